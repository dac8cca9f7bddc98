"""What is counted of each feature, and against what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skewcheck.counts.feature_plan import FeaturePlan, plan_feature
from skewcheck.counts.plan import Plan
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Clip, Impute, Log1p, MinMax, OneHot, Step, Vocabulary, ZScore
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.logs.batch import Wanted

X = Feature(
    "x", "numeric", (ZScore(10.0, 2.0),),
    NumericReference(
        3, mean=10.0, std=2.0, min=8.0, max=12.0, step=1.0,
        histogram=Histogram(
            np.array([8.0, 12.0]), np.array([1, 1]), np.array([0, 1, 0]), np.array([0, 10.0, 0])
        ),
    ),
)  # fmt: skip
KIND = CategoricalReference(10, 2, {"a": 5, "b": 2}, other=1)


def planned(feature: Feature, *columns: str, served: str | None = "{}_n") -> FeaturePlan:
    """Plan with these columns in the log."""
    template = None if served is None else served.format
    return plan_feature(feature, feature.name, template, set(columns).__contains__)


@pytest.mark.parametrize(
    ("columns", "mode"), [(("x",), "raw"), (("x_n",), "served"), (("x", "x_n"), "paired")]
)
def test_the_mode_is_decided_by_the_columns(columns: tuple[str, ...], mode: str) -> None:
    plan = planned(X, *columns)
    assert plan.mode == mode
    assert Plan((plan,)).wanted == Wanted(frozenset(columns))


def test_served_values_alone_under_their_own_name() -> None:
    plan = planned(X, "x", served="{}")
    assert (plan.mode, plan.raw) == ("served", None)
    assert isinstance(plan.served, NumericSide)
    assert plan.served.windows.edges.tolist() == [-1, 1]


def test_a_feature_that_is_not_logged_has_no_side() -> None:
    plan = planned(X, "y")
    assert (plan.raw, plan.served) == (None, None)


def test_a_range_is_known_from_min_and_max_or_from_a_minmax_step() -> None:
    bare = replace(X, reference=NumericReference(5, min=1.0, max=4.0))
    steps: tuple[Step, ...] = (Log1p(), MinMax(0.0, 2.0))
    for feature, ends in ((bare, [1.0, 4.0]), (Feature("x", "numeric", steps), [0, np.expm1(2)])):
        side = planned(feature, "x").raw
        assert isinstance(side, NumericSide)
        assert side.windows.edges == pytest.approx(ends)
        assert side.reference is not None
        assert side.reference.histogram == Histogram.zero(side.windows.edges)
    none = planned(Feature("x", "numeric", (Clip(0.0, 1.0),)), "x").raw
    assert isinstance(none, NumericSide)
    assert (none.reference, len(none.windows.edges)) == (None, 0)


def categorical(*steps: Step) -> CategoricalSide:
    """Return the served side of a categorical feature with these steps."""
    feature = Feature("k", "categorical", steps, KIND)
    side = planned(feature, "k_n", "k_a_n", "k_b_n").served
    assert isinstance(side, CategoricalSide)
    return side


def test_levels_are_counted_as_they_are_served() -> None:
    side = categorical(Vocabulary(("b", "a")))
    assert side.numbers
    assert side.levels.names == ("-1", "0", "1")
    # Nulls and the rows of levels that are not listed are served as strangers are.
    assert side.reference is not None
    assert dict(side.reference.counts) == {"-1": 3, "1": 5, "0": 2}
    assert (side.reference.nulls, side.reference.other) == (0, 0)
    silent = categorical(Vocabulary(("b", "a"), unknown=None)).reference
    assert silent is not None
    assert (silent.nulls, dict(silent.counts)) == (2, {"1": 5, "0": 2})
    filled = categorical(Impute("b")).reference
    assert filled is not None
    assert (filled.nulls, dict(filled.counts), filled.other) == (0, {"a": 5, "b": 4}, 1)


def test_onehot_is_a_column_per_level() -> None:
    side = categorical(OneHot(("a", "b")))
    assert side.columns == ("k_a_n", "k_b_n")
    assert side.levels.names == ("-1", "0", "1")
