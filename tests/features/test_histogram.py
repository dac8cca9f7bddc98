"""Laws of histograms: a commutative monoid that merging and coarsening commute with."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from skewcheck.features.histogram import Histogram, interleaved

rows = st.integers(0, 2**40)
whole = st.integers(-(2**40), 2**40).map(float)
"""Sums of whole numbers are exact in any order, so that laws hold to the last bit."""


@st.composite
def same_edges(draw: st.DrawFn, least: int = 0) -> tuple[Histogram, Histogram, Histogram]:
    """Draw three histograms at the same edges, `least` or more of them."""
    numbers = st.integers(-(2**10), 2**10)
    drawn = draw(st.lists(numbers, unique=True, min_size=least, max_size=9).map(sorted))
    edges, k = np.array(drawn, np.float64), len(drawn)

    def one() -> Histogram:
        at = np.array(draw(st.lists(rows, min_size=k, max_size=k)), np.int64)
        between = np.array(draw(st.lists(rows, min_size=k + 1, max_size=k + 1)), np.int64)
        sums = np.array(draw(st.lists(whole, min_size=k + 1, max_size=k + 1)), np.float64)
        return Histogram(edges, at, between, sums)

    return one(), one(), one()


def values_of(histogram: Histogram) -> float:
    """Return the sum of all values."""
    return float((histogram.edges * histogram.at).sum() + histogram.sums.sum())


@given(same_edges())
def test_addition_is_associative_and_commutative_with_zero_as_identity(
    histograms: tuple[Histogram, Histogram, Histogram],
) -> None:
    a, b, c = histograms
    zero = Histogram.zero(a.edges)
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert zero + a == a == a + zero
    assert (a + b).total == a.total + b.total


@given(same_edges(), st.data())
def test_equal_histograms_have_the_same_numbers(
    histograms: tuple[Histogram, Histogram, Histogram], data: st.DataObject
) -> None:
    a = histograms[0]
    assert a == pickle.loads(pickle.dumps(a))  # noqa: S301  # written here
    assert a == Histogram(*(x.copy() for x in (a.edges, a.at, a.between, a.sums)))
    assert a != (a.edges, a.at, a.between, a.sums)
    name = data.draw(st.sampled_from(["edges", "at", "between", "sums"] if len(a) else ["sums"]))
    other = getattr(a, name).copy()
    other[data.draw(st.integers(0, len(other) - 1))] += 1
    assert a != replace(a, **{name: other})


def test_other_edges_cannot_be_added() -> None:
    a = Histogram.zero(np.array([0.0, 1.0]))
    assert a + Histogram.zero(np.array([0.0, 1.0])) == a
    for edges in ([0.0, 2.0], [0.0], []):
        with pytest.raises(ValueError, match="different edges"):
            _ = a + Histogram.zero(np.array(edges))
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


@given(same_edges())
def test_cells_in_order_add_up(histograms: tuple[Histogram, Histogram, Histogram]) -> None:
    a, b, _ = histograms
    cells = a.interleaved
    assert (len(cells), cells.dtype) == (2 * len(a) + 1, np.int64)
    assert cells.sum() == a.total
    assert cells[1::2].tolist() == a.at.tolist()
    assert cells[::2].tolist() == a.between.tolist()
    # Tables with a histogram per row are put in order row by row.
    both = interleaved(np.array([a.at, b.at]), np.array([a.between, b.between]))
    assert both.tolist() == [cells.tolist(), b.interleaved.tolist()]


@given(same_edges(least=1))
def test_the_distribution_function_is_that_of_counting_one_by_one(
    histograms: tuple[Histogram, Histogram, Histogram],
) -> None:
    a = histograms[0]
    below = [int(a.at[:i].sum() + a.between[: i + 1].sum()) for i in range(len(a))]
    assert a.below.tolist() == below
    assert a.up_to.tolist() == [n + int(at) for n, at in zip(below, a.at, strict=True)]
    total = max(a.total, 1)
    assert a.shares[:-1:2].tolist() == [n / total for n in below]
    assert a.shares[1::2].tolist() == [n / total for n in a.up_to.tolist()]
    assert a.shares[-1] == (a.total > 0)


def places(draw: st.DrawFn, k: int) -> NDArray[np.int64]:
    """Draw places among k, ascending."""
    return np.flatnonzero(draw(st.lists(st.booleans(), min_size=k, max_size=k)))


@given(same_edges(), st.data())
def test_coarsening_commutes_with_addition_and_keeps_all_rows(
    histograms: tuple[Histogram, Histogram, Histogram], data: st.DataObject
) -> None:
    a, b, _ = histograms
    kept = places(data.draw, len(a))
    coarse = a.coarsened(kept)
    assert (a + b).coarsened(kept) == coarse + b.coarsened(kept)
    assert (coarse.total, values_of(coarse)) == (a.total, values_of(a))
    assert coarse.edges.tolist() == a.edges[kept].tolist()
    assert coarse.below.tolist() == a.below[kept].tolist()
    assert coarse.at.tolist() == a.at[kept].tolist()
    assert a.coarsened(np.arange(len(a))) == a
    some = places(data.draw, len(kept))
    assert coarse.coarsened(some) == a.coarsened(kept[some])


@given(same_edges(least=1), st.data())
def test_merging_commutes_with_addition_and_keeps_all_rows(
    histograms: tuple[Histogram, Histogram, Histogram], data: st.DataObject
) -> None:
    a, b, _ = histograms
    first = np.append(0, places(data.draw, len(a) - 1) + 1)
    edges = a.edges[first]
    merged = a.merged(first, edges)
    assert (a + b).merged(first, edges) == merged + b.merged(first, edges)
    assert merged.total == a.total
    assert merged.below.tolist() == a.below[first].tolist()
    last = np.append(first[1:], len(a)) - 1
    assert merged.up_to.tolist() == a.up_to[last].tolist()
    # Between groups nothing is moved.
    outside = np.append(first, len(a))
    assert merged.between.tolist() == a.between[outside].tolist()
    assert merged.sums.tolist() == a.sums[outside].tolist()
    assert a.merged(np.arange(len(a)), a.edges) == a


def test_by_hand() -> None:
    a = Histogram(
        np.array([1.0, 2.0, 4.0]), np.array([10, 20, 30]), np.array([1, 2, 3, 4]),
        np.array([0.5, 3.0, 9.0, 20.0]),
    )  # fmt: skip
    assert a.interleaved.tolist() == [1, 10, 2, 20, 3, 30, 4]
    assert (a.total, a.below.tolist(), a.up_to.tolist()) == (70, [1, 13, 36], [11, 33, 66])
    # Of the edge 2, 20 rows of value 2 go to the interval between 1 and 4.
    assert a.coarsened(np.array([0, 2])) == Histogram(
        np.array([1.0, 4.0]), np.array([10, 30]), np.array([1, 25, 4]), np.array([0.5, 52.0, 20.0])
    )
    assert a.coarsened(np.array([], np.int64)) == Histogram(
        np.empty(0), np.empty(0, np.int64), np.array([70]), np.array([202.5])
    )
    # 1 and 2 as one edge take the two rows between them.
    assert a.merged(np.array([0, 2]), np.array([2.0, 4.0])) == Histogram(
        np.array([2.0, 4.0]), np.array([32, 30]), np.array([1, 3, 4]), np.array([0.5, 9.0, 20.0])
    )


def test_a_distribution_that_is_not_known_is_false() -> None:
    empty = Histogram.empty()
    assert not empty
    assert (len(empty), empty.total, empty.interleaved.tolist()) == (0, 0, [0])
    assert empty.shares.tolist() == [0]
    assert (len(empty.below), len(empty.up_to)) == (0, 0)
    # Edges without rows are known: a range.
    edges = np.array([0.0, 1.0])
    assert Histogram.zero(edges)
    assert Histogram.zero(edges) == Histogram.discrete(edges, np.array([0, 0]))
    assert Histogram.discrete(edges, np.array([2, 3])).interleaved.tolist() == [0, 2, 0, 3, 0]
