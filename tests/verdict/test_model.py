"""The model's error against training's: p-values and intervals by SciPy, whole audits by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import skewcheck
from skewcheck.counts.losses import Losses
from skewcheck.counts.plan import Plan
from skewcheck.features.types import Feature, Metric, Parameters, TrainingError
from skewcheck.reports.json import render, schema
from skewcheck.reports.words.features import message
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import texts
from skewcheck.reports.words.reasons import reason as words
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest, Measurement, Reason
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict.model_error import error_test


def measured(error: TrainingError, losses: np.ndarray, **more: int) -> Measurement:
    found = Losses(len(losses), float(losses.sum()), float((losses**2).sum()), **more)
    outcome = error_test(error, Plan(()), found)
    assert isinstance(outcome, Measurement)
    return outcome


@pytest.mark.parametrize(("k", "n", "known", "m"), [
    (30, 400, 0.05, 2000), (3, 50, 0.01, 500), (450, 1000, 0.4, 100_000), (19, 400, 0.05, 2000),
    (0, 400, 0.05, 2000), (41_000, 1_000_000, 0.04, 500_000), (400, 400, 0.5, 30),
])  # fmt: skip
def test_an_error_rate_is_compared_exactly(k: int, n: int, known: float, m: int) -> None:
    rows = np.repeat([1.0, 0.0], [k, n - k])
    found = measured(TrainingError("error_rate", known, m), rows)
    both = k + round(known * m)
    exact = stats.hypergeom.sf(k - 1, n + m, both, n)
    assert found.p_value == pytest.approx(exact, rel=1e-6)
    alone = measured(TrainingError("error_rate", known), rows)
    assert alone.p_value == pytest.approx(stats.binom.sf(k - 1, n, known), rel=1e-9)
    wilson = stats.binomtest(k, n).proportion_ci(0.95, "wilson")
    assert found.interval == pytest.approx(tuple(wilson))
    assert found.statistic == pytest.approx(k / n)
    assert found.effect == pytest.approx(max(k / n / known - 1, 0))


@pytest.mark.parametrize("metric", ["log_loss", "brier", "mae", "rmse"])
def test_a_mean_loss_is_compared_by_t(metric: Metric) -> None:
    losses = np.random.default_rng(1).gamma(2, 0.11, 300)
    known = 0.44 if metric == "rmse" else 0.2
    mean = known**2 if metric == "rmse" else known
    found = measured(TrainingError(metric, known), losses)
    truth = stats.ttest_1samp(losses, mean, alternative="greater").pvalue
    assert found.p_value == pytest.approx(truth)
    error = losses.std(ddof=1) / np.sqrt(300)
    value = np.sqrt(losses.mean()) if metric == "rmse" else losses.mean()
    wide = 1.96 * (error / (2 * value) if metric == "rmse" else error)
    assert found.interval == pytest.approx((value - wide, value + wide), rel=1e-4)
    # Training's own uncertainty makes it less sure.
    unsure = measured(TrainingError(metric, known, rows=100, std=0.2), losses)
    spread = np.hypot(error, 0.2 / 10)
    assert unsure.p_value == pytest.approx(stats.t.sf((losses.mean() - mean) / spread, 299))


@pytest.mark.parametrize("metric", ["error_rate", "rmse", "log_loss"])
def test_its_level_and_its_power_are_what_they_say(metric: Metric) -> None:
    rng = np.random.default_rng(5)
    n, m = 400, 800

    def rows(mean: float, count: int) -> np.ndarray:
        if metric == "error_rate":
            return (rng.random(count) < mean).astype(float)
        return rng.exponential(mean, count)

    def p(worse: float) -> tuple[float, Measurement]:
        training = rows(0.2, m)
        value = training.mean() ** (0.5 if metric == "rmse" else 1)
        error = TrainingError(metric, float(value), m, float(training.std()))
        found = measured(error, rows(0.2 * (1 + worse), n))
        assert found.p_value is not None
        return found.p_value, found

    assert np.mean([p(0.0)[0] <= 0.05 for _ in range(1500)]) <= 0.05 + 3 * np.sqrt(0.0475 / 1500)
    found = [p(0.4) for _ in range(600)]
    seen = np.mean([one <= 0.01 for one, _ in found])
    effect = np.sqrt(1.4) - 1 if metric == "rmse" else 0.4
    told = np.mean([t.power(n, 0.01, effect) for _, t in found if t.power])
    assert seen == pytest.approx(told, abs=0.1)


@pytest.mark.parametrize(
    ("error", "losses", "more", "reason"),
    [
        (TrainingError("mae", 1.0), [], {}, "no row has both a prediction and a label"),
        (TrainingError("mae", 1.0), [2.0], {}, "a single row has both a prediction and a label"),
        (TrainingError("mae", 1.0), [2.0, 2.0], {}, "every row has the same loss"),
        (TrainingError("mae", 1.0), [1e200, 2.0], {}, "losses too large"),
        (TrainingError("brier", 0.1), [0.2] * 98, {"odd_predictions": 1, "odd_labels": 2},
         "1 row with a score outside of [0, 1]; 2 rows with a label that is neither class"),
        (TrainingError("mae", 0.1), [0.2] * 98, {"odd_predictions": 2},
         "2 rows with an infinite prediction"),
    ],
)  # fmt: skip
def test_what_is_untested(
    error: TrainingError, losses: list[float], more: dict[str, int], reason: str
) -> None:
    some = np.array(losses)
    with np.errstate(over="ignore"):
        counted = Losses(len(some), float(some.sum()), float((some**2).sum()), **more)
        found = error_test(error, Plan(()), counted)
    assert isinstance(found, Reason)
    told = words(JudgedTest("error", Verdict.UNTESTED, reason=found))
    assert told is not None
    assert told.startswith(reason)


def served(seed: int, rows: int, *, shift: float = 0.0, flipped: float = 0.0) -> pd.DataFrame:
    """A model that knows the truth's probability, in a world in which some labels are flipped."""
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1, rows)
    score = 1 / (1 + np.exp(-2 * x))
    y = (rng.random(rows) < score) ^ (rng.random(rows) < flipped)
    return pd.DataFrame({"x": x, "score": score, "guess": np.where(score > 0.5, "yes", "no"),
                         "y": np.where(y, "yes", "no")})  # fmt: skip


def known(metric: Metric, prediction: str, rows: int = 40_000) -> Parameters:
    other = {"score": "guess", "guess": "score"}[prediction]
    return skewcheck.fit(
        served(1, rows), prediction=prediction, label="y", metric=metric, exclude=[other],
        positive=None if prediction == "guess" else "yes",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "prediction"),
    [("log_loss", "score"), ("brier", "score"), ("error_rate", "score"), ("error_rate", "guess")],
)
def test_drift_that_costs_nothing_and_drift_that_costs_accuracy(
    metric: Metric, prediction: str
) -> None:
    parameters = known(metric, prediction)

    def audited(**world: float) -> tuple[Audit, str]:
        audit = skewcheck.audit(parameters, served(2, 20_000, **world))
        assert audit.error is not None
        jsonschema.validate(json.loads(render(audit)), schema())
        assert error_text(audit.error) in " ".join(skewcheck.render(audit).split())
        return audit, error_text(audit.error)

    clean, message = audited()
    assert (clean.verdict, clean.error and clean.error.test.verdict) == ("ok", "ok")
    assert "training had" in message
    moved, message = audited(shift=0.3)
    assert moved.verdict == "skew"
    assert message.startswith("skew without loss of accuracy: ")
    changed, message = audited(flipped=0.1)
    assert {f.name: str(f.verdict) for f in changed.features} == {
        "x": "ok", prediction: "ok", "y": "skew",
    }  # fmt: skip
    assert message.startswith("worse than in training, though nothing else differs: ")
    both, message = audited(shift=0.3, flipped=0.15)
    assert both.verdict == "skew"
    assert message.startswith("worse than in training: ")


def test_labels_that_come_late() -> None:
    log = served(2, 4000)
    log.loc[1500:, "y"] = None
    audit = skewcheck.audit(known("brier", "score"), log)
    assert audit.error is not None
    assert (audit.error.rows, audit.error.nulls) == (1500, 2500)
    of = "in the 1,500 of 4,000 rows that have a prediction and a label"
    assert of in error_text(audit.error)
    assert audit.error.test.verdict == "inconclusive"
    assert error_text(audit.error).startswith("too little data to tell whether it is worse (1,500 ")
    assert "needed to see an error that is 10 % larger" in error_text(audit.error)
    # Nobody knows whether the model got worse: an `ok` would say that it did not.
    assert (audit.verdict, audit.exit_code) == ("inconclusive", 3)
    assert "too little data to say so for 1 of 3 features" in skewcheck.render(audit)
    log["y"] = None
    audit = skewcheck.audit(known("brier", "score"), log)
    assert audit.error is not None
    assert words(audit.error.test) == "no row has both a prediction and a label"
    assert audit.verdict == "ok"


def test_roles_and_notes() -> None:
    parameters, log = known("brier", "score"), served(2, 2000)
    bare = replace(parameters, error=None)
    audit = skewcheck.audit(bare, log)
    note = "the error of score against y is not judged: the parameter file has no model.error"
    assert (audit.error, texts(audit.notes), audit.verdict) == (None, (note,), "ok")
    assert texts(skewcheck.audit(bare, log.drop(columns="y")).notes) == ()
    lone = skewcheck.audit(parameters, log, exclude=["score"])
    assert lone.error is None
    assert texts(lone.notes) == (
        "model.error is not compared: no audited feature has the role prediction",
    )
    gone = skewcheck.audit(parameters, log.drop(columns="y"))
    assert gone.error is not None
    assert words(gone.error.test) == "no column y in the log"
    assert gone.verdict == "ok"


def test_the_policy_of_an_error() -> None:
    parameters, log = known("brier", "score"), served(2, 8000, flipped=0.1)

    def verdict(**options: object) -> str:
        audit = skewcheck.audit(parameters, log, **options)
        assert audit.error is not None
        assert audit.features[-1].tests[-1] == audit.error.test
        assert [t.name for t in audit.features[-1].tests] == ["type", "error"]
        return audit.error.test.verdict.value

    worse = skewcheck.audit(parameters, log).error
    assert worse is not None
    effect = worse.test.effect or 0.0
    assert verdict(thresholds={"error": effect * 0.99}) == "skew"
    assert verdict(thresholds={"error": effect * 1.9}) == "warn"
    assert verdict(thresholds={"error": effect * 2.1}) == "ok"
    waived = skewcheck.audit(parameters, log, ignore="error:y@2999-01-01")
    assert waived.verdict == "ok"


def test_outputs_stand_under_their_own_names() -> None:
    parameters, log = known("brier", "score"), served(2, 2000)
    renamed = parameters.transform(log, served="{feature}_n").rename(columns={"x": "x_raw"})
    audit = skewcheck.audit(parameters, renamed, raw="{feature}_raw", served="{feature}_n")
    assert {f.name: f.mode for f in audit.features} == {"x": "paired", "score": "raw", "y": "raw"}
    assert audit.error is not None
    assert audit.error.rows == 2000


def test_regression_and_hand_written_roles() -> None:
    rng = np.random.default_rng(4)
    features = (
        Feature("guess", "numeric", role="prediction"),
        Feature("y", "numeric", role="label"),
    )
    y = rng.normal(10, 3, 3000)
    parameters = Parameters(features, "", error=TrainingError("rmse", 1.0, 5000))
    for spread, verdict in ((1.0, "ok"), (1.3, "skew")):
        log = pd.DataFrame({"guess": y + rng.normal(0, spread, 3000), "y": y})
        audit = skewcheck.audit(parameters, log)
        assert audit.error is not None
        assert audit.error.test.statistic == pytest.approx(np.sqrt(((log.guess - y) ** 2).mean()))
        assert audit.error.test.verdict == verdict


def judged(log: pd.DataFrame) -> tuple[Audit, str]:
    audit = skewcheck.audit(known("brier", "score"), log)
    assert audit.error is not None
    assert audit.error.rows + audit.error.nulls + audit.error.unusable == len(log)
    return audit, error_text(audit.error)


def test_a_label_or_a_score_that_is_none() -> None:
    log = served(2, 6000)
    strange = log.assign(y=log.y.replace("no", "perhaps"))
    audit, message = judged(strange)
    rows = int((log.y == "no").sum())
    assert audit.features[-1].verdict == "untested"
    assert f"{rows:,} rows with a label that is neither class" in message
    audit, message = judged(log.assign(score=100 * log.score))
    assert {f.name: str(f.verdict) for f in audit.features} == {
        "x": "ok", "score": "skew", "y": "untested",
    }  # fmt: skip
    rows = int((log.score > 0.01).sum())
    assert f"not tested: {rows:,} rows with a score outside of [0, 1]" in message
    audit, message = judged(log.assign(score=np.where(log.index < 4, 1.5, log.score)))
    assert audit.verdict == "ok"
    assert "in 5,996 of 6,000 rows (left out: 4 rows with a score outside of [0, 1])" in message
    audit, message = judged(log.assign(score="high"))
    assert (
        message == "Brier score not tested: 6,000 rows with score of another type than in training"
    )
    assert [str(t.verdict) for t in audit.features[-1].tests] == ["ok", "untested"]


@pytest.mark.parametrize("error", [True, False])
def test_a_label_of_another_type_is_a_finding(error: bool) -> None:
    rng = np.random.default_rng(8)
    log = pd.DataFrame({"score": rng.random(20_000)})
    log["y"] = (rng.random(20_000) < log.score).astype(int)
    more = {"prediction": "score", "metric": "brier"} if error else {}
    parameters = skewcheck.fit(log, label="y", **more)
    audit = skewcheck.audit(parameters, log.assign(y=log.y.map({0: "no", 1: "yes"})))
    assert (audit.verdict, audit.features[1].verdict) == ("skew", "skew")
    assert message(audit.features[1]).startswith("100 % of the rows hold values of another type")
    assert skewcheck.audit(parameters, log.assign(y=log.y == 1)).verdict == "ok"
    assert skewcheck.audit(parameters, log.drop(columns="y")).verdict == "ok"


@pytest.mark.parametrize("metric", ["error_rate", "mae"])
def test_losses_of_dependent_rows_are_worth_less(metric: Metric) -> None:
    # Users of 50 rows, of whom some are harder to tell: the mean loss of all is 0.2, always.
    rng, users, each = np.random.default_rng(9), 80, 50
    error = TrainingError(metric, 0.2, 10**6, 0.4 if metric == "error_rate" else 0.2)

    def p(known: bool) -> Measurement:
        mean = np.repeat(rng.beta(2, 8, users), each)
        rows = (rng.random(len(mean)) < mean).astype(float)
        if metric == "mae":
            rows = rng.exponential(mean)
        sums = rows.reshape(users, each).sum(1)
        groups = np.zeros((2, 1024))
        groups[:, :users] = np.full(users, each), sums
        found = Losses(len(rows), float(rows.sum()), float((rows**2).sum()))
        outcome = error_test(error, Plan(()), replace(found, groups=groups if known else None))
        assert isinstance(outcome, Measurement)
        return outcome

    plain, worth = ([p(known) for _ in range(800)] for known in (False, True))
    assert np.mean([(t.p_value or 0) <= 0.01 for t in plain]) > 0.05
    assert np.mean([(t.p_value or 0) <= 0.01 for t in worth]) <= 0.01 + 3 * (0.0099 / 800) ** 0.5
    # The variance of a user's mean: that of the beta is 0.2 * 0.8 / 11, and 1/50 of the rest.
    whole = 0.16 if metric == "error_rate" else 2 * (0.04 + 0.16 / 11) - 0.04
    between = 0.16 / 11
    expected = (between + (whole - between) / each) * each / whole
    few = (stats.t.isf(5e-5, users - 1) / stats.norm.isf(5e-5)) ** 2
    assert np.median([t.deff for t in worth]) == pytest.approx(expected * few, rel=0.1)
    assert worth[0].rows == pytest.approx(users * each / worth[0].deff)


def test_the_error_counts_the_clusters_of_the_log() -> None:
    log = served(3, 6000)
    rng = np.random.default_rng(10)
    hard = np.repeat(rng.random(60) < 0.15, 100) & (rng.random(6000) < 0.5)
    log["y"] = log.y.where(~hard, log.y.map({"yes": "no", "no": "yes"}))
    log["user"] = np.arange(6000) // 100
    shuffled = log.assign(user=rng.permutation(log.user))
    parameters = known("brier", "score")

    def deff(some: pd.DataFrame, cluster: str | None) -> float:
        error = skewcheck.audit(parameters, some, cluster=cluster).error
        assert error is not None
        return error.test.deff

    assert deff(log, None) == 1.0
    assert deff(log, "user") > 3 * deff(shuffled, "user")
    assert 1.0 <= deff(shuffled, "user") < 2.5
