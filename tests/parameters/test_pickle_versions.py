"""Files of old versions of scikit-learn, joblib and Python, by hand or made to look like them."""

from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path
from types import ModuleType

import joblib
import numpy as np
import pytest
from joblib.numpy_pickle import NumpyArrayWrapper
from sklearn.preprocessing import (
    StandardScaler,
)

from skewcheck.parameters.pickles import ITEMS, STATE, PickledObject, looks_like_pickle, unpickle

PROTOCOLS = range(6)
PLACE = Path("scaler.pkl")
SCALER = StandardScaler().fit(np.random.default_rng(5).normal(3, 2, (60, 4)))


def same(read: object, live: object) -> None:
    """Assert that a PickledObject has the attributes of the live one, whatever its module."""
    assert isinstance(read, PickledObject)
    assert read.name == type(live).__name__
    assert read.state.keys() - {"_sklearn_version"} == vars(live).keys()
    for key, value in vars(live).items():
        np.testing.assert_array_equal(read.state[key], value)


def written(protocol: int) -> bytes:
    file = io.BytesIO()
    joblib.dump(SCALER, file, protocol=protocol)
    return file.getvalue()


def test_arrays_of_joblib_before_1_2_have_no_padding(monkeypatch: pytest.MonkeyPatch) -> None:
    born = NumpyArrayWrapper.__init__

    def older(self: NumpyArrayWrapper, *args: object, **options: object) -> None:
        born(self, *args, **options)
        del self.numpy_array_alignment_bytes

    monkeypatch.setattr(NumpyArrayWrapper, "__init__", older)
    content = written(3)
    assert b"alignment" not in content
    same(unpickle(content, PLACE), SCALER)


def test_names_of_old_versions() -> None:
    """Before 0.22 modules had no underscore, before 0.21 joblib came with scikit-learn."""
    content = written(2)
    for new, old in (
        (b"sklearn.preprocessing._data", b"sklearn.preprocessing.data"),
        (b"cjoblib.numpy_pickle", b"csklearn.externals.joblib.numpy_pickle"),
        (b"numpy._core", b"numpy.core"),
    ):
        assert new in content
        content = content.replace(new, old)
    read = unpickle(content, PLACE)
    assert isinstance(read, PickledObject)
    assert (read.module, read.name) == ("sklearn.preprocessing.data", "StandardScaler")
    same(read, SCALER)


def test_the_imputer_that_is_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ModuleType("sklearn.preprocessing.imputation")
    gone.Imputer = type("Imputer", (), {"__module__": gone.__name__})
    monkeypatch.setitem(sys.modules, gone.__name__, gone)
    imputer = gone.Imputer()
    imputer.missing_values, imputer.statistics_ = "NaN", np.array([1.5, 2.5])
    for protocol in PROTOCOLS:
        same(unpickle(pickle.dumps(imputer, protocol), PLACE), imputer)


def test_a_scaler_of_python_2() -> None:
    numbers = np.array([1.5, -2.25])
    quoted = "".join(f"\\x{byte:02x}" for byte in numbers.tobytes())
    content = (
        "ccopy_reg\n_reconstructor\np0\n(csklearn.preprocessing.data\nStandardScaler\np1\n"
        "c__builtin__\nobject\np2\nNtp3\nRp4\n(dp5\nS'mean_'\np6\n"
        "cnumpy.core.multiarray\n_reconstruct\np7\n(cnumpy\nndarray\np8\n(I0\ntp9\nS'b'\ntRp10\n"
        "(I1\n(I2\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntRp11\n(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb"
        f"I00\nS'{quoted}'\ntbsS'with_mean'\nI01\nsS'n'\nL60L\nsb."
    ).encode("ascii")
    assert looks_like_pickle(content)
    read = unpickle(content, PLACE)
    assert isinstance(read, PickledObject)
    np.testing.assert_array_equal(read.state["mean_"], numbers)
    assert (read.state["with_mean"], read.state["n"]) == (True, 60)


class Slotted:
    """Has attributes in a dict and in slots."""

    __module__ = "sklearn.slots"
    __slots__ = ("__dict__", "low")


class Listed(list[int]):
    """Has items and attributes."""

    __module__ = "sklearn.slots"


@pytest.mark.parametrize("protocol", range(2, 6))
def test_states_that_are_no_dict(protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sklearn.slots")
    module.Slotted, module.Listed = Slotted, Listed
    monkeypatch.setitem(sys.modules, "sklearn.slots", module)
    slotted, listed = Slotted(), Listed([1, 2])
    slotted.low, slotted.high, listed.name = 1, 2, "n"
    read = unpickle(pickle.dumps([slotted, listed, np.dtype("<f4")], protocol), PLACE)
    assert isinstance(read, list)
    assert read[0].state == {"high": 2, "low": 1}
    assert read[1].state == {ITEMS: [1, 2], "name": "n"}
    assert (read[2].name, read[2].args[0], read[2].state[STATE][1]) == ("dtype", "f4", "<")
