"""What concerns the model as a whole: its error against training's, and what matters to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from scipy.special import betainc, ndtr, ndtri, stdtr

from skewcheck.auditing import FeatureAudit, ModelError
from skewcheck.features import TrainingError
from skewcheck.profile.losses import Losses
from skewcheck.profile.plan import Plan
from skewcheck.stats import excess
from skewcheck.verdict import Test, Verdict, untested
from skewcheck.wording import figure, percent

UNUSABLE = 0.01
"""The share of rows of which no loss can be taken that is left out in silence."""
_Z = 1.959963984540054
"""97.5 % quantile of the normal distribution."""
_NAMES = {
    "error_rate": "error rate", "log_loss": "log loss", "brier": "Brier score",
    "rmse": "RMSE", "mae": "MAE",
}  # fmt: skip


def error_test(error: TrainingError, plan: Plan, losses: Losses) -> Test:
    """Test whether the error is larger than in training; its effect is how much, relatively."""
    n = losses.rows
    if plan.losses is not None and plan.losses.reason is not None:
        return untested("error", plan.losses.reason)
    if losses.unusable > UNUSABLE * (n + losses.unusable):
        wrong = "infinite values" if error.metric in ("rmse", "mae") else (
            "a score outside of [0, 1], or a label that is neither class")  # fmt: skip
        share = percent(losses.unusable / (n + losses.unusable))
        return untested("error", f"{share} of the rows with both have {wrong}")
    if n < 2:
        return untested("error", "fewer than two rows have both a prediction and a label")
    mean, variance = losses.mean, losses.variance
    if not (math.isfinite(mean) and math.isfinite(variance)):
        return untested("error", "losses too large to add up")
    own = variance if error.std is None else error.std**2
    if error.metric == "error_rate":
        p = _more_often(round(losses.total), n, error)
        own = error.value * (1 - error.value)
    elif variance + own > 0:
        p = _larger(mean, _loss(error), n, variance, own, error.rows)
    else:
        return untested("error", "every row has the same loss: chance cannot be told")
    value = losses.value(error.metric)
    return Test(
        "error", statistic=value, effect=max(value / error.value - 1, 0.0),
        expected=error.value, p_value=p, interval=_interval(error, value, n, variance), rows=n,
        power=partial(_power, error=error, variance=variance, own=own),
    )  # fmt: skip


def _loss(error: TrainingError) -> float:
    """Return training's mean loss of a row."""
    return error.value**2 if error.metric == "rmse" else error.value


def _larger(mean: float, known: float, n: int, variance: float, own: float, m: int | None) -> float:
    """Return the one-sided p-value of a mean of n losses not being above the known one.

    Student's t with n - 1 degrees of freedom, fewer than Welch's (Biometrika 34 (1947)) where
    training's rows are known. Losses have their long tail above: then it is conservative.
    """
    spread = math.sqrt(variance / n + (own / m if m else 0.0))
    return float(stdtr(n - 1, (known - mean) / spread)) if spread else float(mean <= known)


def _more_often(k: int, n: int, error: TrainingError) -> float:
    """Return the one-sided p-value of k errors in n rows not being more than in training.

    The binomial tail (Clopper and Pearson, Biometrika 26 (1934)), or where training's rows are
    known Fisher's exact test.
    """
    if error.rows is not None:
        return excess(round(error.value * error.rows), error.rows, k, n)
    return float(betainc(k, n - k + 1, error.value)) if k else 1.0


def _interval(error: TrainingError, value: float, n: int, variance: float) -> tuple[float, float]:
    """Return the 95 % confidence interval of the metric.

    Wilson's score interval for a rate (JASA 22 (1927), p. 209); for other means the normal one;
    for the root of a mean the delta method: its standard error is that of the mean over twice it.
    """
    if error.metric == "error_rate":
        middle = (value + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * math.sqrt(value * (1 - value) / n + (_Z / (2 * n)) ** 2)
        return max(middle - half, 0.0), min(middle + half, 1.0)
    half = _Z * math.sqrt(variance / n)
    if error.metric == "rmse":
        half = half / (2 * value) if value else 0.0
    return max(value - half, 0.0), value + half


def _power(
    n: float, alpha: float, effect: float, *, error: TrainingError, variance: float, own: float
) -> float:
    """Return the probability that a relative worsening would be significant, by normal theory."""
    worse = error.value * (1 + effect)
    gap = (worse**2 if error.metric == "rmse" else worse) - _loss(error)
    if error.metric == "error_rate":
        variance = min(worse, 1.0) * (1 - min(worse, 1.0))
    spread = math.sqrt(variance / n + (own / error.rows if error.rows else 0.0))
    return float(ndtr(gap / spread - ndtri(1 - alpha))) if spread else 1.0


def told(
    features: tuple[FeatureAudit, ...], error: TrainingError | None, plan: Plan, losses: Losses
) -> tuple[tuple[FeatureAudit, ...], ModelError | None]:
    """Return the judged error in figures and words, which the label's message becomes.

    None where no error was asked for.
    """
    asked = plan.losses
    if asked is None or error is None:
        return features, None
    prediction, label = features[asked.prediction], features[asked.label]
    (test,) = label.tests
    inputs = [one for one in features if one is not label]
    message = _sentence(error, test, losses, inputs)
    found = ModelError(
        error.metric, prediction.name, label.name, error.value,
        losses.rows, losses.nulls, losses.unusable, test, message,
    )  # fmt: skip
    return tuple(replace(f, message=message) if f is label else f for f in features), found


def _sentence(
    error: TrainingError, test: Test, losses: Losses, others: Sequence[FeatureAudit]
) -> str:
    name = _NAMES[error.metric]
    if test.statistic is None or test.interval is None:
        return f"{name} not tested: {test.reason}"
    shown = percent if error.metric == "error_rate" else figure
    low, high = map(shown, test.interval)
    rows = losses.rows + losses.unusable + losses.nulls
    of = f"{losses.rows:,} rows" if losses.rows == rows else (
        f"the {losses.rows:,} of {rows:,} rows that have a label")  # fmt: skip
    text = f"{name} {shown(test.statistic)} ({low} to {high}) in {of}, training had"
    return f"{_finding(test, others)}{text} {shown(error.value)}"


def _finding(test: Test, others: Sequence[FeatureAudit]) -> str:
    moved = {one.verdict for one in others} & {Verdict.SKEW, Verdict.WARN}
    match test.verdict:
        case Verdict.SKEW | Verdict.WARN:
            somewhat = "" if test.verdict is Verdict.SKEW else "somewhat "
            unmoved = "" if moved else ", though nothing else differs"
            return f"{somewhat}worse than in training{unmoved}: "
        case Verdict.INCONCLUSIVE:
            return f"too little data to tell whether it is worse ({test.reason}): "
        case _ if moved:
            what = "skew" if Verdict.SKEW in moved else "drift"
            return f"{what} without loss of accuracy: "
        case _:
            return ""


def counts(feature: FeatureAudit, error: ModelError | None) -> bool:
    """Return whether a feature's verdict counts for the audit's.

    Labels come late: that there are too few to judge the model by is told, but fails no gate,
    which would pass if none were logged at all.
    """
    late = error is not None and feature.name == error.label
    return feature.verdict not in (
        (Verdict.UNTESTED, Verdict.INCONCLUSIVE) if late else (Verdict.UNTESTED,)
    )


def with_importance(features: Sequence[FeatureAudit], plan: Plan) -> tuple[FeatureAudit, ...]:
    """Tell each input's importance, 0 where only others have one; what is no input has none."""
    known = [one.feature.importance for one in plan.features]
    if all(importance is None for importance in known):
        return tuple(features)
    return tuple(
        replace(f, importance=(known[i] or 0.0) if one.feature.role == "feature" else None)
        for i, (f, one) in enumerate(zip(features, plan.features, strict=True))
    )


def error_notes(error: TrainingError | None, plan: Plan) -> list[str]:
    """Tell why the model's error is not compared, where the user may think that it is."""
    places = {"prediction": plan.of_role("prediction"), "label": plan.of_role("label")}
    names = {role: [plan.features[i].feature.name for i in some] for role, some in places.items()}
    if error is None:
        if not all(any(plan.features[i].raw for i in some) for some in places.values()):
            return []
        compared = f"{names['prediction'][0]} against {names['label'][0]}"
        return [f"the error of {compared} is not judged: the parameter file has no model.error"]
    if plan.losses is not None:
        return []
    wrong = [
        f"{'no audited feature has' if not found else ', '.join(found) + ' have'} the role {role}"
        for role, found in names.items()
        if len(found) != 1
    ]
    return [f"model.error is not compared: {' and '.join(wrong)}"]
