"""Objects that hold themselves: read where they are the user's own, refused elsewhere."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import dill
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

import skewcheck
from skewcheck.parameters.pickles import PickledObject, unpickle
from skewcheck.parameters.pickles.size_limits import children
from skewcheck.text.errors import ParameterError

FRAME = pd.DataFrame(np.random.default_rng(5).normal(size=(40, 2)) * 7, columns=["a", "b"])


class Preprocessor:
    """Code of the user's own."""

    def __init__(self) -> None:
        self.scaler = StandardScaler().fit(FRAME)

    def act(self) -> None:
        """Do nothing."""


class Step:
    """A part that knows what it is a part of."""

    def __init__(self, owner: object) -> None:
        self.owner = owner


def itself(made: Preprocessor) -> None:
    made.me = made  # type: ignore[attr-defined]


def through_a_part(made: Preprocessor) -> None:
    made.step = Step(made)  # type: ignore[attr-defined]


def through_a_list(made: Preprocessor) -> None:
    made.steps = [Step(made), made]  # type: ignore[attr-defined]


def through_a_dict(made: Preprocessor) -> None:
    made.steps = {"x": made}  # type: ignore[attr-defined]


def through_a_method(made: Preprocessor) -> None:
    made.run = made.act  # type: ignore[attr-defined]


def through_the_scaler(made: Preprocessor) -> None:
    made.scaler.owner = made  # type: ignore[attr-defined]


CYCLES = [itself, through_a_part, through_a_list, through_a_dict, through_a_method,
          through_the_scaler]  # fmt: skip


@pytest.mark.parametrize("dump", [pickle.dumps, dill.dumps, cloudpickle.dumps],
                         ids=["pickle", "dill", "cloudpickle"])  # fmt: skip
@pytest.mark.parametrize("cycle", CYCLES)
def test_the_users_own_objects_may_hold_themselves(
    cycle: Callable[[Preprocessor], None], dump: Callable[[object], bytes], tmp_path: Path
) -> None:
    made = Preprocessor()
    cycle(made)
    (tmp_path / "x.pkl").write_bytes(dump(made))
    served = skewcheck.load(tmp_path / "x.pkl").transform(FRAME)
    np.testing.assert_allclose(served, made.scaler.transform(FRAME), rtol=1e-12)


def is_acyclic(value: object, above: tuple[int, ...] = ()) -> bool:
    return id(value) not in above and all(
        is_acyclic(child, (*above, id(value)))
        for child in children(value)
        if not isinstance(child, str | int | None)
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_whatever_own_objects_refer_to_what_is_read_has_no_cycle(
    edges: list[tuple[int, int]],
) -> None:
    objects = [Step(None) for _ in range(7)]
    for number, (start, end) in enumerate(edges):
        setattr(objects[start], f"edge{number}", objects[end])
    read = unpickle(pickle.dumps(objects), Path("x.pkl"))
    assert is_acyclic(read)
    assert isinstance(read, list)
    held = [x.opaque for x in read if isinstance(x, PickledObject)]
    assert held == [False] * 7  # what stands in the list itself is kept


def test_a_list_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(ParameterError, match="holds itself"):
        unpickle(pickle.dumps(value), Path("x.pkl"))


def test_a_librarys_object_that_holds_itself_is_refused() -> None:
    fitted = StandardScaler().fit(FRAME)
    fitted.me = fitted  # type: ignore[attr-defined]
    with pytest.raises(ParameterError, match="holds itself"):
        unpickle(pickle.dumps(fitted), Path("x.pkl"))
