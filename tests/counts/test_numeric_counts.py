"""Rows below, at and between edges: against counting one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from strategies import columns, edges

from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.windows import Windows, text_tolerance
from skewcheck.logs.arrays import Digits

TENTHS = np.arange(1, 40) / 10
CENTS = np.arange(500_012, 500_912, 7) / 100


@given(columns, edges)
def test_counts_are_those_of_counting_one_by_one(
    drawn: NDArray[np.float64], cuts: NDArray[np.float64]
) -> None:
    values = np.concatenate((drawn, cuts[::2], cuts[:3]))
    counts = NumericCounts.of(values, Windows(cuts, cuts, cuts))
    finite = values[np.isfinite(values)]
    bounds = np.concatenate(([-np.inf], cuts, [np.inf]))
    inside = [finite[(finite > a) & (finite < b)] for a, b in pairwise(bounds)]
    assert counts.histogram.at.tolist() == [int((finite == edge).sum()) for edge in cuts]
    assert counts.histogram.between.tolist() == [len(some) for some in inside]
    assert counts.histogram.sums == pytest.approx(
        [some.sum() for some in inside], rel=1e-12, abs=1e-6
    )
    assert counts.rows == len(values)
    assert counts.nulls == int(np.isnan(values).sum())
    assert counts.nonfinite == int(np.isinf(values).sum())
    assert counts.finite == len(finite)
    assert counts.moments.mean == pytest.approx(finite.mean(), rel=1e-12, abs=1e-6)
    assert counts.moments.std == pytest.approx(finite.std(), rel=1e-9, abs=1e-6)
    assert (counts.moments.min, counts.moments.max) == (finite.min(), finite.max())


def test_mistyped_values_are_no_nulls() -> None:
    counts = NumericCounts.of(np.array([1.0, np.nan, np.nan]), Windows.exact(TENTHS), mistyped=1)
    assert (counts.rows, counts.nulls, counts.mistyped, counts.finite) == (3, 1, 1, 1)


@pytest.mark.parametrize("grid", [TENTHS, CENTS, np.array([0.3, 0.6]), CENTS * 1000], ids=len)
@pytest.mark.parametrize("training", [np.float32, np.float64])
@pytest.mark.parametrize("serving", [np.float32, np.float64])
def test_either_width_of_float_finds_its_values_at_the_other_ones(
    grid: NDArray[np.float64], training: type, serving: type
) -> None:
    known = np.unique(grid.astype(training).astype(np.float64))
    counts = NumericCounts.of(grid.astype(serving), Windows.exact(known))
    assert counts.histogram.between.sum() == 0
    assert counts.histogram.at.sum() == len(grid)


def test_whole_numbers_that_training_held_as_float32() -> None:
    # Beyond 2**24 float32 has not every integer: an int64 log has, and must be rounded as well.
    whole = np.arange(2**25, 2**25 + 400, 3)
    known = np.unique(whole.astype(np.float32).astype(np.float64))
    assert NumericCounts.of(whole, Windows.exact(known)).histogram.between.sum() == 0


@pytest.mark.parametrize("grid", [np.arange(9.0), np.arange(9) / 4, np.arange(1.0, 9e5, 1e3)])
def test_an_atom_beside_a_whole_number_or_quarter_is_no_edge(grid: NDArray[np.float64]) -> None:
    beside = np.nextafter(grid, np.inf)
    counts = NumericCounts.of(beside, Windows.exact(grid))
    assert counts.histogram.at.sum() == 0


def test_integers_beyond_float64_are_compared_as_integers() -> None:
    edge = np.array([2.0**53])
    values = np.array([2**53, 2**53 + 1, -(2**63), 2**63 - 1], np.int64)
    counts = NumericCounts.of(values, Windows.exact(edge))
    assert counts.histogram.at.tolist() == [1]
    assert counts.histogram.between.tolist() == [1, 2]
    far = np.array([-1e300, 2.0**63, 1e300])
    assert NumericCounts.of(values, Windows.exact(far)).histogram.between.tolist() == [0, 4, 0, 0]


def test_edges_that_are_one_value_in_float32_take_it_once() -> None:
    cuts = np.array([1.0, 1.0 + 1e-12, 2.0])
    counts = NumericCounts.of(np.array([1.0, 1.0, 2.0], np.float32), Windows.exact(cuts))
    assert counts.histogram.at.tolist() == [2, 0, 1]
    assert counts.histogram.between.sum() == 0


def test_a_column_without_a_value_or_a_row() -> None:
    windows = Windows.exact(TENTHS)
    for values in (np.empty(0), np.full(5, np.nan), np.empty(0, np.int64)):
        counts = NumericCounts.of(values, windows)
        assert counts.finite == 0
        assert counts.nulls == len(values)
        assert counts.histogram.at.sum() == counts.histogram.between.sum() == 0
    assert NumericCounts.of(
        np.array([1.0]), Windows.exact(np.empty(0))
    ).histogram.between.tolist() == [1]


@pytest.mark.parametrize(
    ("values", "spelled", "significant", "decimals"),
    [
        ([123.456789, 0.0012345678, 98765.4321], "%.6g", 6, 7),
        ([1234567.0, 9876543.0, 50.0], "%.6g", 6, 0),
        ([3.14159, 200.1, 0.0], "%.2f", 5, 2),
        ([12.0, 250.0, 999.0], "%d", 3, 0),
        ([98765.4, 1234567.0, 1432.1], "%.3g", 3, 0),
        ([15_000.0, 2_000_000.0], "%d", 2, 0),
    ],
)
def test_text_loses_half_its_last_digit(
    values: list[float], spelled: str, significant: int, decimals: int
) -> None:
    x = np.array(values)
    printed = np.array([float(spelled % v) for v in values])
    tolerance = text_tolerance(printed, significant, decimals)
    assert (np.abs(printed - x) <= tolerance).all()
    if spelled == "%d":
        assert tolerance.tolist() == [0.0] * len(values)


def test_digits_finer_than_the_grid_lose_nothing() -> None:
    assert text_tolerance(np.array([12.34]), 4, 2, 0.01).tolist() == [0.0]
    assert text_tolerance(np.array([12345.7]), 6, 1, 0.01)[0] >= 0.05


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("digits", [Digits(17, 17), Digits(17, 3), Digits(9, 9), Digits(5, 2)])
def test_float32_values_in_text_are_those_within_half_a_digit(share: float, digits: Digits) -> None:
    rng = np.random.default_rng(17)
    values = rng.normal(0, 10.0 ** rng.uniform(-9, 6, 500))
    printed = np.array([float(f"{np.float32(v):.9g}") for v in values])
    values = np.where(rng.random(500) < share, printed, values)
    values[::50] = np.nan
    singles = values.astype(np.float32)
    tolerance = text_tolerance(values, digits.significant, digits.decimals)
    # Numbers that end in zero bits are the same in both types.
    long = (singles.view(np.uint32) & 0xF != 0) & (np.rint(values) != values)
    expected = long & (np.abs(singles - values) <= tolerance)

    held = np.zeros(500, bool)
    for group in Windows.exact(np.arange(3.0)).by_width(values, digits)[:-1]:
        assert group.rows is not None
        held |= group.rows

    assert held.tolist() == expected.tolist()
