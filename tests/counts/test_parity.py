"""Served against expected, row by row."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import columns

import skewcheck
from skewcheck.counts import parity
from skewcheck.counts.parity import ParityCounts
from skewcheck.features.steps import (
    Clip,
    Impute,
    Logarithm,
    Step,
    Vocabulary,
    ZScore,
    encode,
    forward,
)
from skewcheck.logs.batch import RowOrigin
from skewcheck.text.errors import NothingToTestError

HERE = RowOrigin("a.csv", 100)
NAN, INF = np.nan, np.inf
STEPS: tuple[Step, ...] = (ZScore(3.0, 2.0),)


def numeric_parity(*rows: object, **tolerances: object) -> ParityCounts:
    """Return the counts, and check that the rows told to fail are as many."""
    counts, fails = parity.numeric_parity(*rows, **tolerances)
    assert len(fails) == counts.mismatched
    return counts


def categorical_parity(*rows: object) -> ParityCounts:
    """Return the counts, and check that the rows told to fail are as many."""
    counts, fails = parity.categorical_parity(*rows)
    assert len(fails) == counts.mismatched
    return counts


@given(columns)
def test_what_the_steps_give_agrees_as_float64_and_float32(raw: np.ndarray) -> None:
    for steps in (STEPS, (Impute(1.0), ZScore(3.0, 2.0), Clip(-9.0, 9.0))):
        served = forward(steps, raw)
        for logged in (served, served.astype(np.float32).astype(np.float64)):
            counts = numeric_parity(raw, logged, steps, HERE)
            # Where nothing is logged and nothing is expected, nothing is compared.
            due = int((~(np.isnan(raw) & np.isnan(served))).sum())
            assert (counts.rows, counts.mismatched, counts.example) == (due, 0, None)


@pytest.mark.parametrize(
    ("raw", "served", "agrees"),
    [
        (NAN, NAN, True), (NAN, 0.0, False), (3.0, NAN, False), (3.0, 0.0, True),
        (3.0, 1e-5, False), (3.0, 1e-7, True), (INF, INF, True), (INF, NAN, True),
        (INF, 0.0, False), (3.0, INF, False), (INF, -INF, False), (-INF, INF, False),
        (-INF, -INF, True), (NAN, INF, False),
    ],
)  # fmt: skip
def test_a_row(raw: float, served: float, agrees: bool) -> None:
    counts = numeric_parity(np.array([raw]), np.array([served]), STEPS, HERE)
    assert counts.mismatched == (not agrees)


def test_a_row_below_the_domain_of_a_logarithm_is_served_as_none() -> None:
    raw, served = np.array([-1.0, 0.0, -1.0]), np.array([NAN, -INF, 5.0])
    assert numeric_parity(raw, served, (Logarithm(),), HERE).mismatched == 1


def test_an_infinity_that_the_steps_make_has_a_sign() -> None:
    raw, served = np.zeros(3), np.array([INF, -INF, NAN])
    assert numeric_parity(raw, served, (Logarithm(),), HERE).mismatched == 1
    # Text: "0.00" may have been 0.004 or -0.004.
    served = np.array([np.log(0.004), -INF, 5.0])
    assert numeric_parity(raw, served, (Logarithm(),), HERE, raw_tolerance=0.005).mismatched == 1


def test_the_first_failing_row_and_the_largest_error() -> None:
    raw = np.array([1.0, 5.0, 7.0, 9.0])
    served = forward(STEPS, raw) + np.array([0, 0.5, 0, -2.0])
    counts = numeric_parity(raw, served, STEPS, RowOrigin("b.csv", 0, np.array([3, 8, 9, 11])))
    assert (counts.rows, counts.mismatched) == (4, 2)
    assert counts.max_error == pytest.approx(2.0)
    assert counts.example is not None
    assert (counts.example.file, counts.example.row) == ("b.csv", 8)
    assert (counts.example.raw, counts.example.expected, counts.example.served) == (5.0, 1.0, 1.5)


def test_text_adds_half_its_last_digit() -> None:
    raw, served = np.array([3.14]), np.array([0.07])
    exact = (3.1449 - 3) / 2  # what the server saw before the log was rounded
    counts = numeric_parity(raw, np.array([exact]), STEPS, HERE)
    assert counts.mismatched == 1
    assert numeric_parity(raw, np.array([exact]), STEPS, HERE, raw_tolerance=0.005).mismatched == 0
    off = served + 0.004
    assert numeric_parity(raw, off, STEPS, HERE, served_tolerance=0.005).mismatched == 0


def test_levels_served_as_numbers_and_as_levels() -> None:
    codes, names = np.array([0, 1, -1, 0], np.int32), ["a", "zz"]
    steps = (Vocabulary(("b", "a")),)
    right = np.array([1.0, -1.0, -1.0, 1.0])
    assert categorical_parity(codes, names, steps, right, HERE).mismatched == 0
    no_code = categorical_parity(codes, names, steps, np.array([1.0, -1, NAN, 1]), HERE)
    assert (no_code.mismatched, no_code.pairs) == (1, {(None, math.nan): 1})
    without_code = (Vocabulary(("b", "a"), None),)
    as_nothing = categorical_parity(codes, names, without_code, np.array([1, NAN, NAN, 1]), HERE)
    assert (as_nothing.rows, as_nothing.mismatched) == (3, 0)
    counts = categorical_parity(codes, names, steps, np.array([1.0, 0, 0, 1]), HERE)
    assert counts.mismatched == 2
    assert counts.example is not None
    assert (counts.example.row, counts.example.raw) == (101, "zz")
    as_text = (np.array([1, 0, -1, 1], np.int32), ["zz", "a"])
    assert categorical_parity(codes, names, (), as_text, HERE).mismatched == 0
    filled = categorical_parity(codes, names, (Impute("a"),), as_text, HERE)
    assert filled.mismatched == 1
    assert filled.example is not None
    assert (filled.example.row, filled.example.expected, filled.example.served) == (102, "a", None)


@pytest.mark.parametrize("reference", [True, False])
@pytest.mark.parametrize(("mean", "std"), [(1.7e9, 60.0), (1e6, 1.0), (1.7e9, 3600.0)])
def test_where_float32_rounding_is_coarse_equality_is_no_evidence(
    mean: float, std: float, *, reference: bool
) -> None:
    rng = np.random.default_rng(0)
    train, raw = rng.normal(mean, std, 4000), rng.normal(mean, std, 2000)
    known = skewcheck.fit(pd.DataFrame({"t": train}), features=["t"])
    if not reference:
        known = replace(known, features=(replace(known.features[0], reference=None),))
    right = (raw - train.mean()) / train.std()

    def verdict(served: NDArray[np.float64]) -> str:
        log = pd.DataFrame({"t": raw, "t_n": served})
        try:
            return skewcheck.audit(known, log, served="{feature}_n").verdict.value
        except NothingToTestError:
            return "untested"

    assert verdict(right) == "ok"
    for wrong in (0 * right, -right, rng.permutation(right), right + 0.05, 1.05 * right):
        assert verdict(wrong) in {"inconclusive", "untested", "skew"}
    assert verdict(right + 100) == "skew"


@given(
    st.lists(st.integers(-1, 4), min_size=1, max_size=40),
    st.lists(st.sampled_from([0.0, 1e-9, 1e-3, 2.0, NAN, INF, -INF]), min_size=40, max_size=40),
    st.sampled_from([(), (ZScore(1.5, 0.7),), (Logarithm(),), (Impute(7.0),)]),
    st.sampled_from([-1.0, None]),
)
def test_levels_fail_where_a_loop_over_the_rows_says_so(
    codes: list[int], off: list[float], later: tuple[Step, ...], unknown: float | None
) -> None:
    # The exact number is right, whatever the bounds say of infinities; else the bounds decide.
    names = ["a", "b", "c", "other", "d"]
    steps = (Vocabulary(("a", "b", "c", "d"), unknown), *later)
    encoded = encode(steps, [None, *names])
    values, low, high = encoded.values, encoded.low, encoded.high
    served = np.array([values[code + 1] + by for code, by in zip(codes, off, strict=False)])
    fails = []
    for row, (code, value) in enumerate(zip(codes, served.tolist(), strict=True)):
        place = code + 1
        right = value == values[place] or low[place] <= value <= high[place]
        if not (math.isnan(low[place]) if math.isnan(value) else right):
            fails.append(row)
    counts, found = parity.categorical_parity(np.array(codes, np.int32), names, steps, served, HERE)
    assert found.tolist() == fails
    assert counts.mismatched == len(fails)
    absent = [c == -1 and math.isnan(v) and r not in fails
              for r, (c, v) in enumerate(zip(codes, served.tolist(), strict=True))]  # fmt: skip
    assert counts.rows == len(codes) - sum(absent)
