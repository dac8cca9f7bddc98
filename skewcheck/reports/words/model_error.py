"""The model's error against training's, in words."""

from __future__ import annotations

from skewcheck.reports.words.reasons import left_out_texts, reason
from skewcheck.results.audit import ModelError
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import figure, percent
from skewcheck.text.templates import HIDDEN

_METRICS = {
    "error_rate": "error rate", "log_loss": "log loss", "brier": "Brier score",
    "rmse": "RMSE", "mae": "MAE",
}  # fmt: skip


def error_text(error: ModelError) -> str:
    """Return the error in figures, and first of all whether it is worse than in training."""
    name, test = _METRICS[error.metric], error.test
    if test.verdict is not Verdict.UNTESTED and test.statistic is None:
        return f"{_finding(error)}{name} {HIDDEN} in {_rows(error)}"
    if test.statistic is None or test.interval is None:
        return f"{name} not tested: {reason(test)}"
    shown = percent if error.metric == "error_rate" else figure
    low, high = map(shown, test.interval)
    text = f"{name} {shown(test.statistic)} ({low} to {high}) in {_rows(error)}, training had"
    return f"{_finding(error)}{text} {shown(error.reference)}"


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
            return f"too little data to tell whether it is worse ({reason(error.test)}): "
        case _ if error.others is not Verdict.OK:
            if error.others is Verdict.SKEW:
                return "skew without loss of accuracy: "
            return "drift without loss of accuracy: "
        case _:
            return ""
