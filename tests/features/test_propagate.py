"""The training distribution in served units: against pushing every single row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import seeds

from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.reference_moments import centers, moments
from skewcheck.features.steps import (
    Affine,
    Buckets,
    Clip,
    Impute,
    Log1p,
    Logarithm,
    MinMax,
    Round,
    Step,
    ZScore,
    forward,
)
from skewcheck.features.types import NumericReference


def reference(values: NDArray[np.float64], cuts: NDArray[np.float64]) -> NumericReference:
    """Count rows at cuts, as fit does."""
    c = NumericCounts.of(values, Windows(cuts, cuts, cuts))
    has_values = c.finite > 0
    return NumericReference(
        rows=len(values), nulls=c.nulls, nonfinite=c.nonfinite,
        mean=c.moments.mean if has_values else None, std=c.moments.std if has_values else None,
        min=c.moments.min if has_values else None, max=c.moments.max if has_values else None,
        histogram=c.histogram,
    )  # fmt: skip


def pushed(values: NDArray[np.float64], steps: tuple[Step, ...]) -> PropagatedReference:
    """Push the distribution of values, each of them an edge."""
    propagated = propagate(reference(values, np.unique(values[np.isfinite(values)])), steps)
    assert propagated is not None
    return propagated


PIPELINES: list[tuple[Step, ...]] = [
    (ZScore(3, 2),), (MinMax(-9, 9),), (Affine(1, -0.5),), (Clip(-2, 5), ZScore(0, 1)),
    (Impute(1.5), ZScore(1, 3)), (ZScore(1, 3), Impute(0.25)), (Buckets((-3, 0, 4)),), (Round(0),),
    (Affine(0, -1), Clip(-3, 3), Log1p()), (Logarithm(),), (Logarithm(), Impute(7.5), Clip(-5, 5)),
    (Clip(-1, 1), Impute(-2)), (Buckets((-3, 0, 4)), Impute(-1)), (Round(0), Impute(0.5)),
    (Clip(0.5, None), Logarithm(2), ZScore(1, 1)), (Impute(0), Logarithm()),
]  # fmt: skip


@pytest.mark.parametrize("steps", PIPELINES, ids=repr)
@given(seeds)
def test_counts_are_those_of_the_served_rows(steps: tuple[Step, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(0, 4, 200), 1)
    values[rng.random(200) < 0.1] = np.nan
    served = forward(steps, values)
    finite = np.sort(served[np.isfinite(served)])
    propagated = pushed(values, steps)
    assert propagated.reference.rows == 200
    assert propagated.reference.histogram.between.sum() == 0
    assert propagated.reference.histogram.at.sum() == len(finite)
    assert propagated.reference.nulls == np.isnan(served).sum()
    assert propagated.reference.nonfinite == np.isinf(served).sum()
    rebuilt = np.repeat(propagated.reference.histogram.edges, propagated.reference.histogram.at)
    np.testing.assert_allclose(rebuilt, finite, rtol=1e-12, atol=1e-12)
    assert (propagated.low <= propagated.reference.histogram.edges).all()
    assert (propagated.reference.histogram.edges <= propagated.high).all()
    if propagated.reference.mean is not None:
        assert propagated.reference.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-12)
        assert propagated.reference.std == pytest.approx(finite.std(), rel=1e-9, abs=1e-12)
    assert propagated.reference.min == pytest.approx(finite.min(), abs=1e-12)
    assert propagated.reference.max == pytest.approx(finite.max(), abs=1e-12)


@given(seeds, st.sampled_from([(), (Log1p(),), (Affine(5, -2),), (Clip(2.0, 8.0),)]))
def test_open_intervals_go_along(seed: int, steps: tuple[Step, ...]) -> None:
    values = np.random.default_rng(seed).gamma(2, 2, 500)
    cuts = np.quantile(values, [0, 0.2, 0.21, 0.7, 1])
    propagated = propagate(reference(values, cuts), steps)
    assert propagated is not None
    served, edges = forward(steps, values), propagated.reference.histogram.edges
    total = propagated.reference.histogram.total
    assert total == 500
    for edge, inside in zip(edges, propagated.reference.histogram.below.tolist(), strict=True):
        # Half-way cut by the clip, an interval's rows lie on one of its sides.
        assert abs(inside - int((served < edge - 1e-9).sum())) <= (
            250 if Clip(2.0, 8.0) in steps else 0
        )


def test_nulls_are_counted_at_the_fill_value() -> None:
    values = np.array([1.0, 2.0, 2.0, 4.0, np.nan, np.nan])
    ref = reference(values, np.array([1.0, 4.0]))
    propagated = propagate(ref, (Impute(3.0),))
    assert propagated is not None
    assert propagated.reference.histogram.edges.tolist() == [1, 3, 4]
    assert propagated.reference.histogram.at.tolist() == [1, 2, 1]
    assert propagated.reference.histogram.between.sum() == 2
    assert propagated.reference.nulls == 0
    assert ref.nulls == 2
    assert ref.histogram.at.tolist() == [1, 1]


def test_a_fill_value_after_other_steps_is_one_in_raw_units() -> None:
    values = np.array([1.0, 3.0, 5.0, np.nan])
    propagated = pushed(values, (ZScore(3.0, 2.0), Impute(0.0)))
    assert propagated.reference.histogram.edges.tolist() == [-1, 0, 1]
    assert propagated.reference.histogram.at.tolist() == [1, 2, 1]


def test_what_the_steps_make_nan_becomes_null_and_infinities_stay() -> None:
    propagated = pushed(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), (Logarithm(),))
    assert propagated.reference.histogram.edges == pytest.approx([0, np.log(2)])
    assert (propagated.reference.nulls, propagated.reference.nonfinite) == (2, 1)
    assert (
        propagate(reference(np.array([-2.0, -1.0]), np.array([-2.0, -1.0])), (Logarithm(),)) is None
    )


def test_the_range_ends_at_edges_though_rounding_merges_the_outermost() -> None:
    values = np.concatenate((1e6 + np.arange(9) / 100, np.full(40, 1e6 + 0.03)))
    propagated = pushed(values, (ZScore(1e6, 0.02),))
    assert propagated.reference.min == propagated.reference.histogram.edges[0]
    assert propagated.reference.max == propagated.reference.histogram.edges[-1]


def test_a_fill_value_is_served_with_the_rounding_of_later_steps() -> None:
    propagated = pushed(np.array([999.0, 1001.0, np.nan]), (Impute(1000.0), ZScore(1000.0, 1.0)))
    assert propagated.reference.histogram.edges.tolist() == [-1, 0, 1]
    assert propagated.high[1] > 5e-4
    assert propagated.low[1] < -5e-4


def test_buckets_stay_apart_though_their_bounds_meet() -> None:
    propagated = pushed(np.arange(30.0), (Buckets((10.0, 20.0)),))
    assert propagated.reference.histogram.at.tolist() == [10, 10, 10]


def test_moments_from_counts_and_of_nothing() -> None:
    values = np.array([0.0, 1.0, 1.5, 3.0])
    ref = reference(values, np.array([0.0, 3.0]))
    bare = NumericReference(4, histogram=ref.histogram, min=0.0, max=3.0)
    assert moments(bare)[0] == pytest.approx(values.mean())
    assert centers(bare)[1] == 1.25
    assert np.isnan(moments(NumericReference(0))).all()
    assert moments(ref) == (pytest.approx(values.mean()), pytest.approx(values.std()))


def test_what_was_pushed_before_is_that_references_own_and_lists_in_steps_will_do() -> None:
    cuts, steps = np.array([1.0, 2.0]), [ZScore(1.0, 2.0)]
    some, other = (reference(np.repeat(cuts, n), cuts) for n in (5, 9))
    first, second = propagate(some, steps), propagate(other, steps)
    assert first is propagate(some, [ZScore(1.0, 2.0)])
    assert first is not None
    assert second is not None
    assert first.reference.histogram.at.tolist() == [5, 5]
    assert second.reference.histogram.at.tolist() == [9, 9]
    counted = propagate(some, [Buckets([1.5])])  # type: ignore[arg-type]
    assert counted is not None
    assert counted.reference.histogram.edges.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("negative", [0, 3, 10])
def test_infinities_that_a_step_ends_are_values(negative: int) -> None:
    # 10 rows are infinite; beyond a clip they are at its bounds, in buckets at the outermost.
    histogram = Histogram.discrete(np.array([0.0, 1.0]), np.array([60, 30]))
    reference = NumericReference(
        100, 0, 10, min=0.0, max=1.0, histogram=histogram, negative_infinite=negative
    )
    clipped = propagate(reference, (ZScore(0.0, 1.0), Clip(-3.0, 3.0)))
    binned = propagate(reference, (Buckets((0.5,)),))
    logs = propagate(reference, (Log1p(),))
    assert clipped is not None
    assert binned is not None
    assert logs is not None
    expected = {-3.0: negative, 0.0: 60, 1.0: 30, 3.0: 10 - negative}
    at = dict(zip(clipped.reference.histogram.edges, clipped.reference.histogram.at, strict=True))
    assert at == {value: rows for value, rows in expected.items() if rows}
    assert clipped.reference.nonfinite == 0
    assert binned.reference.histogram.at.tolist() == [60 + negative, 40 - negative]
    # ln of minus infinity is no number, that of infinity infinite.
    assert (logs.reference.nulls, logs.reference.nonfinite) == (negative, 10 - negative)
