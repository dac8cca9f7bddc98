"""Several numbers of one: polynomials between knots against SciPy, and what float32 computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PPoly

import skewcheck
from skewcheck.features.steps import Expand, Piecewise, ZScore, bounds, forward
from skewcheck.text.errors import ParameterError

KNOTS = st.lists(
    st.integers(-(10**6), 10**6).map(lambda n: n / 1000), min_size=0, max_size=6, unique=True
).map(sorted)


@st.composite
def piecewise(draw: st.DrawFn) -> Piecewise:
    knots = tuple(draw(KNOTS))
    width = draw(st.integers(1, 4))
    numbers = st.integers(-1000, 1000).map(lambda n: n / 100)  # none that float32 loses
    rows = st.lists(numbers, min_size=width, max_size=width).map(tuple)
    count = len(knots) + 1
    return Piecewise(knots, tuple(draw(st.lists(rows, min_size=count, max_size=count))))


@given(piecewise(), st.lists(st.floats(-2e3, 2e3), min_size=1, max_size=20))
def test_between_knots_it_is_scipys(step: Piecewise, values: list[float]) -> None:
    x = np.array(values)
    made = step.forward(x)
    if len(step.knots) < 2:
        return
    inner = (x >= step.knots[0]) & (x < step.knots[-1])
    descending = np.array(step.coefficients)[1:-1, ::-1].T
    right = PPoly(descending, np.array(step.knots))(x)
    np.testing.assert_allclose(made[inner], right[inner], rtol=1e-9, atol=1e-6)


@given(piecewise(), st.lists(st.floats(-2e3, 2e3), min_size=1, max_size=20))
def test_float32_lies_within_the_bounds(step: Piecewise, values: list[float]) -> None:
    """A server computes powers one by one in float32, from a float32 value."""
    x = np.array(values)
    narrow = x.astype(np.float32)
    knots = np.array(step.knots, np.float32)
    index = np.searchsorted(knots, narrow, "right")
    starts = np.append(knots[:1], knots) if len(knots) else np.zeros(1, np.float32)
    t = narrow - starts[index]
    total = np.zeros_like(t)
    for power in range(len(step.coefficients[0])):
        total += np.array(step.coefficients, np.float32)[index, power] * t**power
    low, high = bounds([step], x, x)
    assert ((total >= low) & (total <= high)).all()
    exact = forward([step], x)
    assert ((exact >= low) & (exact <= high)).all()


@given(piecewise(), st.floats(-2e3, 2e3), st.floats(0, 500))
def test_all_values_between_lie_within_the_bounds(step: Piecewise, x: float, width: float) -> None:
    low, high = bounds([step], np.array([x]), np.array([x + width]))
    inner = [k for k in step.knots if x <= k <= x + width]
    between = np.concatenate((np.linspace(x, x + width, 201), inner))
    made = forward([step], between)
    assert (made >= low[0]).all()
    assert (made <= high[0]).all()


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"knots": [1, 1], "coefficients": [[0], [1], [2]]}, "knots: must be numbers that ascend"),
        ({"knots": [1], "coefficients": [[0]]}, "a list of numbers for each interval"),
        ({"knots": [1], "coefficients": [[0], [1, 2]]}, "as many numbers for each interval"),
        ({"knots": [], "coefficients": [[]]}, "coefficients"),
        ({"knots": ["a"], "coefficients": [[0]]}, "a finite number"),
    ],
)
def test_a_wrong_piecewise_is_refused(tmp_path: Path, step: dict[str, object], why: str) -> None:
    def refused(steps: list[object], text: str) -> None:
        path = tmp_path / "p.json"
        path.write_text(json.dumps({"features": {"x": {"steps": steps}}}))
        with pytest.raises(ParameterError, match=text):
            skewcheck.load(path)

    refused([{"op": "piecewise", **step}], why)
    refused([{"op": "expand", "columns": {"a": [{"op": "piecewise", **step}]}}], "steps")
    nested: dict[str, object] = {"op": "expand", "columns": {"a": []}}
    for _ in range(40):
        nested = {"op": "expand", "columns": {"a": [nested]}}
    refused([nested], "from a number to one number")
    refused([{"op": "expand", "columns": {}}], "must have a column")
    refused([{"op": "expand", "columns": {"a": []}}, {"op": "log1p"}], "must be the last step")


def test_columns_are_written_and_read(tmp_path: Path) -> None:
    square = Piecewise((), ((0.0, 0.0, 1.0),))
    path = tmp_path / "p.json"
    columns = {"1": [], "2": [{"op": "piecewise", "knots": [], "coefficients": [[0, 0, 1]]}]}
    columns["2"].append({"op": "zscore", "mean": 4, "std": 2})
    steps = [{"op": "impute", "value": 3}, {"op": "expand", "columns": columns}]
    path.write_text(json.dumps({"features": {"x": {"steps": steps}}}))
    read = skewcheck.load(path)
    assert read["x"].steps[1] == Expand({"1": (), "2": (square, ZScore(4.0, 2.0))})
    skewcheck.save(read, tmp_path / "again.json")
    assert skewcheck.load(tmp_path / "again.json").fingerprint == read.fingerprint
    made = read.transform(pd.DataFrame({"x": [1.0, np.nan, -2.0]}))
    assert made.to_dict("list") == {"x_1": [1, 3, -2], "x_2": [-1.5, 2.5, 0.0]}
