"""Losses of the rows of a batch; and which loss is taken of which columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.losses import Losses, LossPlan, NoLoss
from skewcheck.counts.rows import GROUPS
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
    TrainingError,
)
from skewcheck.logs.arrays import Labels, Numbers, canonical, label

Column = Numbers | Labels | None
"""A column that was read; None where the file has none."""
_TRUTHS = {"true": "1", "false": "0"}


def losses_of(
    plan: LossPlan, prediction: Column, truth: Column, rows: int,
    groups: NDArray[np.uint16] | None = None,
) -> Losses:  # fmt: skip
    """Take the losses of a batch; a column that its file lacks counts as nulls.

    `groups` are those of the rows' clusters, below `GROUPS`.
    """
    if prediction is None or truth is None:
        return Losses(nulls=rows)
    present = _present(prediction) & _present(truth)
    losses = _losses(plan, prediction, truth)
    usable = present & np.isfinite(losses)
    left = present & ~usable
    odd = int((left & _odd(plan, truth)).sum()) if left.any() else 0
    kept = losses[usable]
    both = None
    if groups is not None:
        of = groups[usable]
        sums = np.bincount(of, kept, GROUPS)
        both = np.array([np.bincount(of, minlength=GROUPS), sums], np.float64)
    return Losses(
        len(kept), float(kept.sum()), float(np.square(kept).sum()),
        rows - int(present.sum()), odd, int(left.sum()) - odd, both,
    )  # fmt: skip


def _present(column: Numbers | Labels) -> NDArray[np.bool_]:
    return column.codes >= 0 if isinstance(column, Labels) else ~np.isnan(column.values)


def _losses(plan: LossPlan, prediction: Numbers | Labels, truth: Numbers | Labels) -> FloatArray:
    """Return a loss per row, NaN or infinite where there is none.

    Log loss and Brier score: Gneiting and Raftery, JASA 102 (2007), section 3; a probability is
    clipped to [eps, 1 - eps] of its float type, as scikit-learn does. A score is the class it is
    nearer to; at one half it is the negative one.
    """
    if isinstance(prediction, Labels):
        classes: dict[str, int] = {}
        predicted, actual = (_codes(column, classes) for column in (prediction, truth))
        return np.not_equal(predicted, actual).astype(np.float64)
    x = prediction.values.astype(np.float64, copy=False)
    if plan.metric in ("rmse", "mae"):
        if not isinstance(truth, Numbers):
            return np.full(len(x), np.nan)
        error: FloatArray = np.abs(x - truth.values)
        return error if plan.metric == "mae" else error * error
    y = _binary(plan, truth)
    p = np.where((x >= 0) & (x <= 1), x, np.nan)
    if plan.metric == "brier":
        squared: FloatArray = np.square(p - y)
        return squared
    if plan.metric == "error_rate":
        return np.where(np.isnan(p + y), np.nan, (p > 0.5) != y)
    single = prediction.values.dtype == np.float32
    eps = float(np.finfo(np.float32 if single else np.float64).eps)
    p = np.clip(p, eps, 1 - eps)
    return -np.log(np.where(y == 1, p, 1 - p) + 0 * y)


def _odd(plan: LossPlan, truth: Numbers | Labels) -> NDArray[np.bool_]:
    """Return which labels no loss can be taken against, whatever the prediction; nulls, too."""
    if plan.metric in ("rmse", "mae"):
        values = truth.values if isinstance(truth, Numbers) else np.full(len(truth.codes), np.nan)
        return ~np.isfinite(values)
    return np.isnan(_binary(plan, truth))


def _binary(plan: LossPlan, truth: Numbers | Labels) -> FloatArray:
    """Return 1 for the positive class, 0 for the negative one, NaN for a third."""
    rest = 0.0 if plan.negative is None else np.nan
    if isinstance(truth, Labels):
        classes = [_class(level) for level in truth.levels]
        worth = [
            1.0 if c == plan.positive else 0.0 if c == plan.negative else rest for c in classes
        ]
        return np.take(np.array([*worth, np.nan]), truth.codes)
    y = np.where(truth.values == float(plan.positive), 1.0, rest)
    if plan.negative is not None:
        y[truth.values == float(plan.negative)] = 0.0
    return y


def _codes(column: Numbers | Labels, classes: dict[str, int]) -> NDArray[np.int64]:
    """Return a code per row: the same for the same class, which are added as they come."""
    if isinstance(column, Labels):
        levels: list[str | None] = list(column.levels)
        codes: NDArray[np.signedinteger] = column.codes
    else:
        distinct, codes = np.unique(column.values, return_inverse=True)
        levels = [label(value) for value in distinct]
    class_codes = [-1 if x is None else classes.setdefault(_class(x), len(classes)) for x in levels]
    return np.take(np.array([*class_codes, -1], np.int64), codes)


def _class(name: str) -> str:
    """Return one spelling of a class, whichever column's type it was logged in."""
    spelled = canonical(name)
    return _TRUTHS.get(spelled, spelled)


def plan_losses(
    error: TrainingError, features: tuple[Feature, ...], prediction: int, truth: int
) -> LossPlan:
    """Plan the losses of the feature at one place against the label at another."""
    plan = LossPlan(error.metric, prediction, truth)
    score, target = features[prediction], features[truth]
    metric = error.metric

    def no_loss(kind: str, **parameters: object) -> LossPlan:
        return replace(plan, reason=NoLoss(kind, parameters))

    if metric in ("rmse", "mae"):
        wrong = next((f for f in (score, target) if f.type != "numeric"), None)
        if wrong is None:
            return plan
        return no_loss("no_number", metric=metric, column=wrong.name, type=wrong.type)
    if score.type == "categorical":
        if metric == "error_rate":
            return plan
        return no_loss("no_probability", metric=metric, column=score.name)
    levels = _levels(target)
    positive = None if error.positive is None else _class(error.positive)
    if positive is None:
        positive = _likely_positive(levels)
    if positive is None:
        names = {"label": target.name, "prediction": score.name}
        return no_loss("several_classes", levels=len(levels), **names)
    if levels and positive not in levels and error.positive is not None:
        return no_loss("no_such_class", label=target.name, positive=error.positive)
    others = [level for level in levels if level != positive]
    negative = others[0] if len(others) == 1 else "0" if error.positive is None else None
    if target.type == "numeric" and None in (_number(positive), _number(negative or "0")):
        return no_loss("class_no_number", label=target.name)
    return LossPlan(error.metric, prediction, truth, positive, negative)


def _levels(feature: Feature) -> list[str]:
    """Return the classes that training had; none where they are not known."""
    reference = feature.reference
    if isinstance(reference, CategoricalReference):
        return list(dict.fromkeys(map(_class, reference.counts)))
    if isinstance(reference, NumericReference) and reference.histogram:
        histogram = reference.histogram
        names = [label(value) for value in histogram.edges[histogram.at > 0]]
        beyond = ["..."] if histogram.between.any() else []
        return [_class(name) for name in names if name is not None] + beyond
    return []


def _likely_positive(levels: list[str]) -> str | None:
    """Return 1 (or true), or else the larger of two classes; None where there are more."""
    if set(levels) <= {"0", "1"}:
        return "1"
    if len(levels) != 2:
        return None
    if "1" in levels:
        return "1"
    numbers = [_number(level) for level in levels]
    if None not in numbers:
        return max(levels, key=float)
    return max(levels)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
