"""The model's error against training's, in words."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.results.audit import FeatureAudit, LeftOut, ModelError
from skewcheck.results.policy import Verdict
from skewcheck.text.numbers import figure, percent
from skewcheck.text.templates import filled

_METRICS = {
    "error_rate": "error rate", "log_loss": "log loss", "brier": "Brier score",
    "rmse": "RMSE", "mae": "MAE",
}  # fmt: skip
_LEFT_OUT = {
    "score": "a score outside of [0, 1]",
    "prediction": "an infinite prediction",
    "class": "a label that is neither class",
    "label": "an infinite label",
    "type": "{column} of another type than in training",
}


def left_out_texts(left_out: Sequence[LeftOut]) -> list[str]:
    """Return how many rows were left out, a text for each reason."""
    return [
        filled(f"{{rows:count row}} with {_LEFT_OUT[one.kind]}", {
            "rows": one.rows, "column": one.column,
        })
        for one in left_out
    ]  # fmt: skip


def error_text(error: ModelError) -> str:
    """Return the error in figures, and first of all whether it is worse than in training."""
    name, test = _METRICS[error.metric], error.test
    if test.statistic is None or test.interval is None:
        return f"{name} not tested: {test.reason}"
    shown = percent if error.metric == "error_rate" else figure
    low, high = map(shown, test.interval)
    text = f"{name} {shown(test.statistic)} ({low} to {high}) in {_rows(error)}, training had"
    return f"{_finding(error)}{text} {shown(error.reference)}"


def label_message(error: ModelError, label: FeatureAudit) -> str:
    """Return the message of the label's feature, which ends in that of the error.

    Of its own tests only another type is worth telling beside the error.
    """
    retyped = any(test.name == "type" and test.verdict is Verdict.SKEW for test in label.tests)
    return f"{label.message}; {error_text(error)}" if retyped else error_text(error)


def _rows(error: ModelError) -> str:
    rows = error.rows + error.unusable + error.nulls
    if error.left_out:
        left_out = ", ".join(left_out_texts(error.left_out))
        return f"{error.rows:,} of {rows:,} rows (left out: {left_out})"
    if error.rows == rows:
        return f"{error.rows:,} rows"
    return f"the {error.rows:,} of {rows:,} rows that have a prediction and a label"


def _finding(error: ModelError) -> str:
    match error.test.verdict:
        case Verdict.SKEW | Verdict.WARN as verdict:
            somewhat = "" if verdict is Verdict.SKEW else "somewhat "
            unmoved = "" if error.others is not Verdict.OK else ", though nothing else differs"
            return f"{somewhat}worse than in training{unmoved}: "
        case Verdict.INCONCLUSIVE:
            return f"too little data to tell whether it is worse ({error.test.reason}): "
        case _ if error.others is not Verdict.OK:
            moved = "skew" if error.others is Verdict.SKEW else "drift"
            return f"{moved} without loss of accuracy: "
        case _:
            return ""
