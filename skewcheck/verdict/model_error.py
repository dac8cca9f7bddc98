"""The model's error against that of training: its test, its interval, its power."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from scipy.special import betainc, ndtr, ndtri, stdtr

from skewcheck.catalogue.tests import ERROR
from skewcheck.counts.losses import Losses
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.types import TrainingError
from skewcheck.results.audit import FeatureAudit, LeftOut, ModelError
from skewcheck.results.tests import Measurement, Outcome, Reason, Subject
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.statistics.design_effect import of_means
from skewcheck.statistics.intervals import Z, of_share
from skewcheck.statistics.two_sample import excess
from skewcheck.verdict.feature import type_test

UNUSABLE = 0.01
"""The share of rows of which no loss can be taken that is left out in silence."""
NONE: Mapping[str, int] = MappingProxyType({})


def error_tests(
    error: TrainingError | None, plan: Plan, profile: Profile
) -> dict[Subject, dict[str, Outcome]]:
    """Return the tests of the label that the model's error is measured by, if any."""
    if error is None or plan.losses is None:
        return {}
    i = plan.losses.label
    test = error_test(error, plan, profile.losses, mistyped(plan, profile))
    tests = {**type_test(profile.features[i]), ERROR.code: test}
    return {Subject(plan.features[i].feature.name): tests}


def error_test(
    error: TrainingError, plan: Plan, losses: Losses, mistyped: Mapping[str, int] = NONE
) -> Outcome:
    """Test whether the error is larger than in training; its effect is how much, relatively.

    It gates as the tests of the features do: with few labels the audit is inconclusive. It is
    `untested`, and gates nothing, where fewer than two rows have both a prediction and a label:
    those come late. `mistyped` are the rows of other types than training's, by column. Rows are
    worth what their losses are by the plan's clusters.
    """
    n = losses.rows
    if plan.losses is not None and plan.losses.reason is not None:
        return Reason("losses", {"kind": plan.losses.reason.kind, **plan.losses.reason.parameters})
    odd = losses.unusable + sum(mistyped.values())
    if odd > UNUSABLE * (n + odd):
        return Reason("unusable_losses", {"left_out": left_out(error, losses, mistyped)})
    if n < 2:
        return Reason("single_loss" if n else "no_loss")
    mean, variance = losses.mean, losses.variance
    if not (math.isfinite(mean) and math.isfinite(variance)):
        return Reason("losses_too_large")
    deff = 1.0
    if losses.groups is not None:
        sizes, sums = losses.groups
        deff = of_means(sizes, sums, variance)
    own = variance if error.std is None else error.std**2
    if error.metric == "error_rate":
        p = _more_often(round(losses.total), n, error, deff)
        own = error.value * (1 - error.value)
    elif variance + own > 0:
        p = _larger(mean, _loss(error), n / deff, variance, own, error.rows)
    else:
        return Reason("same_loss")
    value = losses.value(error.metric)
    return Measurement(
        value, max(value / error.value - 1, 0.0), error.value, p, n / deff,
        _interval(error, value, n / deff, variance), deff=deff,
        power=LossPower(error, variance, own),
    )  # fmt: skip


def left_out(
    error: TrainingError, losses: Losses, mistyped: Mapping[str, int]
) -> tuple[LeftOut, ...]:
    """Return of which rows no loss was taken, though they have both a prediction and a label.

    `mistyped` are rows by column.
    """
    of_classes = error.metric not in ("rmse", "mae")
    found = (
        LeftOut("score" if of_classes else "prediction", losses.odd_predictions),
        LeftOut("class" if of_classes else "label", losses.odd_labels),
        *(LeftOut("type", rows, column) for column, rows in mistyped.items()),
    )
    return tuple(one for one in found if one.rows)


def _loss(error: TrainingError) -> float:
    """Return training's mean loss of a row."""
    return error.value**2 if error.metric == "rmse" else error.value


def _larger(
    mean: float, known: float, n: float, variance: float, own: float, m: int | None
) -> float:
    """Return the one-sided p-value of a mean of n losses not being above the known one.

    Student's t with n - 1 degrees of freedom, fewer than Welch's (Biometrika 34 (1947)) where
    training's rows are known. Losses have their long tail above: then it is conservative. Of
    fewer than two rows, after a design effect, it is 1.
    """
    if n < 2:
        return 1.0
    spread = math.sqrt(variance / n + (own / m if m else 0.0))
    return float(stdtr(n - 1, (known - mean) / spread)) if spread else float(mean <= known)


def _more_often(k: int, n: int, error: TrainingError, deff: float) -> float:
    """Return the one-sided p-value of k errors in n rows not being more than in training.

    The binomial tail (Clopper and Pearson, Biometrika 26 (1934)), or where training's rows are
    known Fisher's exact test.
    """
    if error.rows is not None:
        return excess(round(error.value * error.rows), error.rows, k, n, deff)
    return float(betainc(k / deff, (n - k) / deff + 1, error.value)) if k else 1.0


def _interval(error: TrainingError, value: float, n: float, variance: float) -> tuple[float, float]:
    """Return the 95 % confidence interval of the metric.

    The score interval for a rate; for other means the normal one; for the root of a mean the
    delta method: its standard error is that of the mean over twice it.
    """
    if error.metric == "error_rate":
        return of_share(value, n)
    half = Z * math.sqrt(variance / n)
    if error.metric == "rmse":
        half = half / (2 * value) if value else 0.0
    return max(value - half, 0.0), value + half


@dataclass(frozen=True, slots=True)
class LossPower:
    """The probability that a relative worsening would be significant, by normal theory."""

    error: TrainingError
    variance: float
    """Of the log's losses."""
    training_variance: float

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        error, variance = self.error, self.variance
        worse = error.value * (1 + effect)
        gap = (worse**2 if error.metric == "rmse" else worse) - _loss(error)
        if error.metric == "error_rate":
            variance = min(worse, 1.0) * (1 - min(worse, 1.0))
        known = self.training_variance / error.rows if error.rows else 0.0
        spread = math.sqrt(variance / n + known)
        return float(ndtr(gap / spread - ndtri(1 - alpha))) if spread else 1.0


def judged_error(
    features: Sequence[FeatureAudit], error: TrainingError | None, plan: Plan, profile: Profile
) -> ModelError | None:
    """Return the judged error beside what it was measured on; None where none was asked for."""
    asked, losses = plan.losses, profile.losses
    if asked is None or error is None:
        return None
    prediction, label = features[asked.prediction], features[asked.label]
    moved = {one.verdict for one in features if one is not label}
    return ModelError(
        error.metric, prediction.name, label.name, error.value,
        losses.rows, losses.nulls, losses.unusable,
        next(test for test in label.tests if test.spec is ERROR),
        left_out(error, losses, mistyped(plan, profile)),
        worst([*(moved & {Verdict.SKEW, Verdict.WARN}), Verdict.OK]),
    )  # fmt: skip


def with_error(features: Sequence[FeatureAudit], error: ModelError) -> tuple[FeatureAudit, ...]:
    """Return the features with the error in the label's audit."""
    return tuple(replace(f, error=error) if f.name == error.label else f for f in features)


def mistyped(plan: Plan, profile: Profile) -> dict[str, int]:
    """Return how many rows of the prediction and of the label are of another type, if any."""
    asked = plan.losses
    found = {} if asked is None else {
        plan.features[i].feature.name: counts.mistyped
        for i in (asked.prediction, asked.label)
        if (counts := profile.features[i].raw) is not None
    }  # fmt: skip
    return {name: rows for name, rows in found.items() if rows}
