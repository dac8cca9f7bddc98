"""Functions, classes and arrays as dill and cloudpickle write them: read as data, by name."""

from __future__ import annotations

from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from own_code import PLAIN, VALUES

from skewcheck.parameters.pickles import PickledObject, unpickle

BY_VALUE = ("dill", "dill 2", "recurse", "byref", "cloudpickle", "cloudpickle 2")
PLACE = Path("preprocessor.pkl")


@pytest.mark.parametrize("how", BY_VALUE)
def test_code_is_its_name_and_the_rest_is_read(own_code: Path, how: str) -> None:
    path = own_code / f"stages.{how}"
    read = unpickle(path.read_bytes(), path)
    assert isinstance(read, PickledObject)
    steps = read.state["steps"]
    assert isinstance(steps, list)
    scaler, log, function, clip, own = [step[1] for step in steps]
    assert scaler.state["scale_"].shape == (4,)
    assert (log.state["func"].module, log.state["func"].name) == ("__main__", "my_log")
    assert function.state["func"].name.endswith("<lambda>")
    assert function.state["func"].opaque
    assert not function.state["func"].state
    assert clip.state["func"].name == "partial"
    assert (own.module, own.name, own.state) == ("__main__", "LogScaling", {"depth_": 2})


@pytest.mark.parametrize("how", [*PLAIN, *BY_VALUE])
def test_values_are_those_that_were_saved(own_code: Path, how: str) -> None:
    path = own_code / f"values.{how}"
    read = unpickle(path.read_bytes(), path)
    assert isinstance(read, dict)
    assert repr(read) == repr(VALUES)
    for name in ("floats", "fortran", "times"):
        np.testing.assert_array_equal(read[name], VALUES[name])
        assert read[name].dtype == VALUES[name].dtype


def test_what_code_holds_takes_no_depth_in_the_result() -> None:
    deep: object = "end"
    for _ in range(150):
        deep = [deep]
    code = cloudpickle.dumps(lambda x, held=deep: (x, held))
    assert isinstance(unpickle(code, PLACE), PickledObject)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Plain", "Plain"),
        ("Outer.<locals>.Inner", "Outer.<locals>.Inner"),
        ("\x1b[31mred", "code"),
        ("x" * 500, "code"),
        ("a b", "code"),
    ],
)
def test_a_name_of_code_is_a_name(name: str, read: str) -> None:
    content = b"cdill._dill\n_create_function\n(N}X" + len(name).to_bytes(4, "little")
    value = unpickle(content + name.encode() + b"tR.", PLACE)
    assert isinstance(value, PickledObject)
    assert (value.module, value.name) == ("__main__", read)
