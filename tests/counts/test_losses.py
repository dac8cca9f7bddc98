"""The losses of predictions: against the formulas by hand, for every type they are logged in."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import assert_commutes, assert_monoid

from skewcheck.catalogue.losses import NO_LOSS
from skewcheck.counts.losses import Losses, LossPlan
from skewcheck.counts.losses_of_rows import losses_of, plan_losses
from skewcheck.features.histogram import Histogram
from skewcheck.features.types import (
    METRICS,
    CategoricalReference,
    Feature,
    FeatureType,
    Metric,
    NumericReference,
    Reference,
    TrainingError,
)
from skewcheck.logs.arrays import labels, numbers

RNG = np.random.default_rng(3)
P = RNG.random(500)
Y = (RNG.random(500) < P).astype(int)
BY_HAND = {
    "log_loss": -np.where(Y == 1, np.log(P), np.log(1 - P)),
    "brier": (P - Y) ** 2,
    "error_rate": ((P > 0.5) != (Y == 1)).astype(float),
    "rmse": (P - Y) ** 2,
    "mae": np.abs(P - Y),
}


def planned(
    metric: Metric, label_type: FeatureType = "numeric", *, positive: str | None = None,
    reference: Reference | None = None, prediction: FeatureType = "numeric",
) -> LossPlan:  # fmt: skip
    features = (Feature("p", prediction), Feature("y", label_type, reference=reference))
    return plan_losses(TrainingError(metric, 0.5, positive=positive), features, 0, 1)


def assert_losses(found: Losses, by_hand: np.ndarray) -> None:
    assert found.rows == len(by_hand)
    assert found.total == pytest.approx(by_hand.sum())
    assert found.mean == pytest.approx(by_hand.mean())
    assert found.variance == pytest.approx(by_hand.var(ddof=1))


@pytest.mark.parametrize("metric", METRICS)
def test_numbers(metric: Metric) -> None:
    found = losses_of(planned(metric), numbers(pa.array(P)), numbers(pa.array(Y)), 500)
    assert_losses(found, BY_HAND[metric])
    root = math.sqrt(BY_HAND[metric].mean())
    assert found.value(metric) == pytest.approx(
        root if metric == "rmse" else BY_HAND[metric].mean()
    )


TRUTHS = {
    "booleans": pa.array(Y == 1),
    "integers": pa.array(Y),
    "floats": pa.array(Y.astype(float)),
    "text": pa.array(np.where(Y == 1, "True", "False")),
    "numbers as text": pa.array(np.where(Y == 1, "1.0", "0.0")),
}


@pytest.mark.parametrize("spelled", TRUTHS)
@pytest.mark.parametrize("metric", ["log_loss", "brier", "error_rate"])
def test_however_a_truth_is_spelled(metric: Metric, spelled: str) -> None:
    as_label = losses_of(
        planned(metric, "categorical"), numbers(pa.array(P)), labels(TRUTHS[spelled]), 500
    )
    assert_losses(as_label, BY_HAND[metric])
    if "ext" not in spelled:
        as_number = losses_of(planned(metric), numbers(pa.array(P)), numbers(TRUTHS[spelled]), 500)
        assert as_number == as_label


def test_the_positive_class() -> None:
    text = labels(pa.array(np.where(Y == 1, "bad", "good")))
    two = CategoricalReference(500, counts={"good": 200, "bad": 300})
    score = numbers(pa.array(P))
    bad = planned("brier", "categorical", reference=two, positive="bad")
    assert_losses(losses_of(bad, score, text, 500), BY_HAND["brier"])
    # Without a name it is the larger of the two, here "good".
    good = planned("brier", "categorical", reference=two)
    assert_losses(losses_of(good, score, text, 500), (P - (1 - Y)) ** 2)
    # Without a reference either, "bad" against all others.
    rest = planned("brier", "categorical", positive="bad")
    assert_losses(losses_of(rest, score, text, 500), BY_HAND["brier"])
    histogram = Histogram.discrete(np.array([-1.0, 1.0]), np.array([4, 5]))
    signs = NumericReference(9, histogram=histogram)
    plus = planned("brier", reference=signs)
    truth = numbers(pa.array(2 * Y - 1))
    assert_losses(losses_of(plus, score, truth, 500), BY_HAND["brier"])


@pytest.mark.parametrize("truth", [["a", "b", "3", None], ["b", "b", "3", "a"]])
def test_classes_are_compared_as_text(truth: list[str | None]) -> None:
    plan = planned("error_rate", "categorical", prediction="categorical")
    guess = labels(pa.array(["a", "b", "x", "a"]))
    found = losses_of(plan, guess, labels(pa.array(truth)), 4)
    wrong = [t != g for t, g in zip(truth, ["a", "b", "x", "a"], strict=True) if t is not None]
    assert (found.rows, found.total, found.nulls) == (len(wrong), sum(wrong), truth.count(None))


def test_classes_of_two_types() -> None:
    plan = planned("error_rate", "numeric", prediction="categorical")
    guess = labels(pa.array(["0", "1.0", "2", "7", None]))
    found = losses_of(plan, guess, numbers(pa.array([0.0, 1.0, 1.0, np.nan, 2.0])), 5)
    assert found == Losses(3, 1.0, 1.0, nulls=2)
    truth = numbers(pa.array([1, 0]))
    assert losses_of(plan, labels(pa.array([True, True])), truth, 2) == Losses(2, 1.0, 1.0)


def test_rows_that_are_left_out() -> None:
    score = numbers(pa.array([0.3, None, 0.4, 1.5, -0.1, np.inf, 0.2]))
    truth = numbers(pa.array([1, 0, None, 1, 0, 0, 2]))
    found = losses_of(planned("brier"), score, truth, 7)
    assert (found.rows, found.nulls, found.unusable) == (1, 2, 4)
    assert found.total == pytest.approx(0.49)
    assert losses_of(planned("brier"), None, truth, 7) == Losses(nulls=7)


@pytest.mark.parametrize(("kind", "eps"), [("float64", 2.0**-52), ("float32", 2.0**-23)])
def test_a_sure_and_wrong_score_costs_a_finite_loss(kind: str, eps: float) -> None:
    score = numbers(pa.array(np.array([1.0, 0.0, 1.0], kind)))
    found = losses_of(planned("log_loss"), score, numbers(pa.array([0, 1, 1])), 3)
    assert found.total == pytest.approx(-2 * math.log(eps), rel=1e-6)


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (planned("rmse", "categorical"), "rmse needs numbers: y is categorical"),
        (planned("log_loss", "categorical", prediction="categorical"),
         "log_loss needs probabilities: p is categorical"),
        (planned("brier", "categorical", positive="z",
                 reference=CategoricalReference(5, counts={"a": 2, "b": 3})),
         "y has no level 'z', model.error.positive"),
        (planned("brier", "categorical",
                 reference=CategoricalReference(5, counts={"a": 2, "b": 2, "c": 1})),
         ("y has 3 levels: name that of which p is the probability as model.error.positive,"
         " or make both categorical")),
        (planned("brier", positive="yes"), "y is numeric, but model.error.positive is no number"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken(plan: LossPlan, reason: str) -> None:
    assert plan.reason is not None
    assert NO_LOSS[plan.reason.kind].format_map(plan.reason.parameters) == reason


rows = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.2, 0.5, 1.0, 3.0, np.nan, np.inf]),
        st.sampled_from([0.0, 1.0, 2.0, np.nan]),
    ),
    max_size=20,
)


@given(st.tuples(rows, rows, rows), st.sampled_from(METRICS))
def test_losses_add_up(parts: tuple[list[tuple[float, float]], ...], metric: Metric) -> None:
    def of(some: list[tuple[float, float]]) -> Losses:
        columns = np.array(some, float).reshape(-1, 2)
        one, other = (numbers(pa.array(column)) for column in columns.T)
        return losses_of(planned(metric), one, other, len(some))

    found = [of(part) for part in parts]
    assert_monoid(Losses(), found, of([row for part in parts for row in part]))
    assert_commutes(found[0], found[1])
