"""The model's error against that of training, tested and judged."""

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
from skewcheck.results.verdicts import ALARMS, Verdict, worst
from skewcheck.statistics.design_effect import of_means
from skewcheck.statistics.intervals import Z, of_share
from skewcheck.statistics.two_sample import excess
from skewcheck.verdict.feature import type_test

MAX_UNUSABLE_SHARE = 0.01
"""Share of rows without a loss, of those with a prediction and a label, above which the error is
untested: those that are left out may be the wrong ones."""
MIN_LOSSES = 2
"""Losses without which there is no variance of them."""
NO_COLUMNS: Mapping[str, int] = MappingProxyType({})


def error_tests(
    error: TrainingError | None, plan: Plan, profile: Profile
) -> dict[Subject, dict[str, Outcome]]:
    """Return the outcomes of the label that the model's error is measured by, by subject.

    None where training's error is not known, or prediction and label are not logged.
    """
    if error is None or plan.losses is None:
        return {}
    i = plan.losses.label
    test = error_test(error, plan, profile.losses, mistyped(plan, profile))
    tests = {**type_test(profile.features[i]), ERROR.code: test}
    return {Subject(plan.features[i].feature.name): tests}


def error_test(
    error: TrainingError, plan: Plan, losses: Losses, mistyped: Mapping[str, int] = NO_COLUMNS
) -> Outcome:
    """Measure the error; the effect is by how much of itself it is above training's, 0 at least.

    One-sided. With few labels the test is inconclusive; with fewer than two rows with both a
    prediction and a label, which come late, it has a reason instead. `mistyped` are the rows of
    other types than training's, by column. With clusters the design effect is that of the losses.
    """
    n = losses.rows
    if plan.losses is not None and plan.losses.reason is not None:
        return Reason("losses", {"kind": plan.losses.reason.kind, **plan.losses.reason.parameters})
    unusable = losses.unusable + sum(mistyped.values())
    if unusable > MAX_UNUSABLE_SHARE * (n + unusable):
        return Reason("unusable_losses", {"left_out": left_out(error, losses, mistyped)})
    if n < MIN_LOSSES:
        return Reason("single_loss" if n else "no_loss")
    mean, variance = losses.mean, losses.variance
    if not (math.isfinite(mean) and math.isfinite(variance)):
        return Reason("losses_too_large")
    deff = 1.0
    if losses.groups is not None:
        sizes, sums = losses.groups
        deff = of_means(sizes, sums, variance)
    training_variance = variance if error.std is None else error.std**2
    if error.metric == "error_rate":
        p = _rate_p_value(round(losses.total), n, error, deff)
        training_variance = error.value * (1 - error.value)
    elif variance + training_variance > 0:
        p = _mean_p_value(
            mean, _mean_loss(error), n / deff, variance, training_variance, error.rows
        )
    else:
        return Reason("same_loss")
    value = losses.value(error.metric)
    return Measurement(
        value, max(value / error.value - 1, 0.0), error.value, p, n / deff,
        _interval(error, value, n / deff, variance), deff=deff,
        power=LossPower(error, variance, training_variance),
    )  # fmt: skip


def left_out(
    error: TrainingError, losses: Losses, mistyped: Mapping[str, int]
) -> tuple[LeftOut, ...]:
    """Return the rows with a prediction and a label of which no loss was taken, by the fault.

    `mistyped` are rows of another type than training's, by column.
    """
    of_classes = error.metric not in ("rmse", "mae")
    by_fault = (
        LeftOut("score" if of_classes else "prediction", losses.odd_predictions),
        LeftOut("class" if of_classes else "label", losses.odd_labels),
        *(LeftOut("type", rows, column) for column, rows in mistyped.items()),
    )
    return tuple(left_out for left_out in by_fault if left_out.rows)


def _mean_loss(error: TrainingError) -> float:
    """Return the mean loss of a row in training: the metric, or its square for RMSE."""
    return error.value**2 if error.metric == "rmse" else error.value


def _mean_p_value(
    mean: float, training_mean: float, n: float, variance: float, training_variance: float,
    m: int | None,
) -> float:  # fmt: skip
    """Return the one-sided p-value of a mean of n losses being at most that of m in training.

    Student's t with n - 1 degrees of freedom, fewer than Welch's (Biometrika 34 (1947)) where m
    is known; else training's mean counts as exact. Conservative for losses, which are skewed to
    the right. 1 for fewer than two rows, after a design effect.
    """
    if n < MIN_LOSSES:
        return 1.0
    error = math.sqrt(variance / n + (training_variance / m if m else 0.0))
    if not error:
        return float(mean <= training_mean)
    return float(stdtr(n - 1, (training_mean - mean) / error))


def _rate_p_value(k: int, n: int, error: TrainingError, deff: float) -> float:
    """Return the one-sided p-value of k errors in n rows, a rate at most that of training.

    The binomial tail (Clopper and Pearson, Biometrika 26 (1934)), or where training's rows are
    known Fisher's exact test.
    """
    if error.rows is not None:
        return excess(round(error.value * error.rows), error.rows, k, n, deff)
    return float(betainc(k / deff, (n - k) / deff + 1, error.value)) if k else 1.0


def _interval(error: TrainingError, value: float, n: float, variance: float) -> tuple[float, float]:
    """Return the 95 % confidence interval of the metric, of n rows.

    The score interval for a rate; the normal one for other means; for the root of a mean by the
    delta method: its standard error is that of the mean over twice the root.
    """
    if error.metric == "error_rate":
        return of_share(value, n)
    half = Z * math.sqrt(variance / n)
    if error.metric == "rmse":
        half = half / (2 * value) if value else 0.0
    return max(value - half, 0.0), value + half


@dataclass(frozen=True, slots=True)
class LossPower:
    """The power against an error larger by a relative effect, by the normal approximation."""

    error: TrainingError
    variance: float
    """Of the log's losses."""
    training_variance: float
    """Of training's losses."""

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        error, variance = self.error, self.variance
        larger = error.value * (1 + effect)
        difference = (larger**2 if error.metric == "rmse" else larger) - _mean_loss(error)
        if error.metric == "error_rate":
            variance = min(larger, 1.0) * (1 - min(larger, 1.0))
        of_training = self.training_variance / error.rows if error.rows else 0.0
        standard_error = math.sqrt(variance / n + of_training)
        if not standard_error:
            return 1.0
        return float(ndtr(difference / standard_error - ndtri(1 - alpha)))


def judged_error(
    features: Sequence[FeatureAudit], error: TrainingError | None, plan: Plan, profile: Profile
) -> ModelError | None:
    """Return the judged error with the rows that it is of; None where no losses are planned."""
    loss_plan, losses = plan.losses, profile.losses
    if loss_plan is None or error is None:
        return None
    prediction, label = features[loss_plan.prediction], features[loss_plan.label]
    others = {feature.verdict for feature in features if feature is not label}
    return ModelError(
        error.metric, prediction.name, label.name, error.value,
        losses.rows, losses.nulls, losses.unusable,
        next(test for test in label.tests if test.spec is ERROR),
        left_out(error, losses, mistyped(plan, profile)),
        worst([*(others & ALARMS), Verdict.OK]),
    )  # fmt: skip


def with_error(features: Sequence[FeatureAudit], error: ModelError) -> tuple[FeatureAudit, ...]:
    """Return the features, the label with the error."""
    return tuple(replace(f, error=error) if f.name == error.label else f for f in features)


def mistyped(plan: Plan, profile: Profile) -> dict[str, int]:
    """Return the rows of the prediction and of the label with a value of another type, by name.

    Names without such a row are left out.
    """
    losses = plan.losses
    mistyped_rows = {} if losses is None else {
        plan.features[i].feature.name: counts.mistyped
        for i in (losses.prediction, losses.label)
        if (counts := profile.features[i].raw) is not None
    }  # fmt: skip
    return {name: rows for name, rows in mistyped_rows.items() if rows}
