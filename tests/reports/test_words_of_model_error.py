"""The model's error in words: its verdict first, then its figures, and what was left out."""

from dataclasses import replace

import pytest

from skewcheck.features.types import Metric
from skewcheck.reports.words.features import message
from skewcheck.reports.words.model_error import error_text
from skewcheck.results.audit import FeatureAudit, JudgedTest, LeftOut, ModelError, Verdict
from skewcheck.results.tests import Reason

OK, WARN, SKEW = Verdict.OK, Verdict.WARN, Verdict.SKEW
TEST = JudgedTest("error", OK, 0.125, 0.25, expected=0.1, threshold=0.1, interval=(0.1, 0.15))
ERROR = ModelError("brier", "p", "y", 0.1, 2000, 0, 0, TEST)
FIGURES = "Brier score 0.125 (0.1 to 0.15) in 2,000 rows, training had 0.1"


@pytest.mark.parametrize(
    ("verdict", "others", "told"),
    [
        (OK, OK, ""),
        (OK, WARN, "drift without loss of accuracy: "),
        (OK, SKEW, "skew without loss of accuracy: "),
        (WARN, OK, "somewhat worse than in training, though nothing else differs: "),
        (WARN, SKEW, "somewhat worse than in training: "),
        (SKEW, OK, "worse than in training, though nothing else differs: "),
        (SKEW, WARN, "worse than in training: "),
        (Verdict.INCONCLUSIVE, SKEW, "too little data to tell whether it is worse (9 rows): "),
    ],
)
def test_worse_or_not(verdict: Verdict, others: Verdict, told: str) -> None:
    test = replace(TEST, verdict=verdict, reason=Reason("file", {"text": "9 rows"}))
    assert error_text(replace(ERROR, test=test, others=others)) == f"{told}{FIGURES}"


def test_one_that_was_not_tested() -> None:
    test = JudgedTest("error", Verdict.UNTESTED, reason=Reason("no_loss"))
    assert error_text(replace(ERROR, test=test)) == (
        "Brier score not tested: no row has both a prediction and a label"
    )


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("error_rate", "error rate 12.5 % (10 % to 15 %) in 2,000 rows, training had 10 %"),
        ("log_loss", "log loss 0.125 (0.1 to 0.15) in 2,000 rows, training had 0.1"),
        ("rmse", "RMSE 0.125 (0.1 to 0.15) in 2,000 rows, training had 0.1"),
        ("mae", "MAE 0.125 (0.1 to 0.15) in 2,000 rows, training had 0.1"),
    ],
)
def test_metrics(metric: Metric, told: str) -> None:
    assert error_text(replace(ERROR, metric=metric)) == told


def test_rows_that_are_not_in_it() -> None:
    late = error_text(replace(ERROR, nulls=500))
    assert "in the 2,000 of 2,500 rows that have a prediction and a label, training" in late
    left_out = (
        LeftOut("score", 1), LeftOut("class", 2), LeftOut("prediction", 1), LeftOut("label", 1000),
        LeftOut("type", 3, "{y}"),
    )  # fmt: skip
    odd = error_text(replace(ERROR, nulls=500, unusable=1004, left_out=left_out))
    assert (
        "in 2,000 of 3,504 rows (left out: 1 row with a score outside of [0, 1], 2 rows with a"
        " label that is neither class, 1 row with an infinite prediction, 1,000 rows with an"
        " infinite label, 3 rows with {y} of another type than in training), training"
    ) in odd


def test_the_message_of_the_label() -> None:
    retyped = JudgedTest("type", SKEW, 1.0, 1.0)
    label = FeatureAudit("y", "numeric", "raw", SKEW, 2000, 0, (retyped, TEST), error=ERROR)
    assert message(label) == f"100 % of the rows hold values of another type; {FIGURES}"
    plain = replace(label, tests=(replace(retyped, verdict=OK), TEST))
    assert message(plain) == FIGURES
