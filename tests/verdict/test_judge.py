"""Whole audits: how often they cry wolf, and that each test finds what it is for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from skewcheck import api
from skewcheck.features.steps import Impute, MinMax, OneHot, Step, Vocabulary, ZScore
from skewcheck.features.types import Feature, NumericReference, Parameters
from skewcheck.reports.words.features import message
from skewcheck.reports.words.notes import texts
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest
from skewcheck.text.errors import NothingToTestError

RNG = np.random.default_rng


def by_name(audit: Audit, feature: str = "x") -> dict[str, JudgedTest]:
    """Return the tests of a feature by name."""
    found = next(f for f in audit.features if f.name == feature)
    return {test.name: test for test in found.tests}


TRAIN = pd.DataFrame(
    {
        "x": np.round(RNG(1).normal(50, 10, 4000), 1),
        "k": RNG(2).choice(["red", "green", "blue"], 4000, p=[0.6, 0.3, 0.1]),
    }
)
LOG = pd.DataFrame(
    {
        "x": np.round(RNG(3).normal(50, 10, 2000), 1),
        "k": RNG(4).choice(["red", "green", "blue"], 2000, p=[0.6, 0.3, 0.1]),
    }
)
KNOWN = api.fit(TRAIN)
HALF = np.arange(2000) % 2 == 0
TENTH = np.arange(2000) % 10 == 0

PROVOKED: dict[str, tuple[str, pd.DataFrame]] = {
    "ks": ("x", LOG.assign(x=LOG.x + 5)),
    "mannwhitney": ("x", LOG.assign(x=LOG.x - 5)),
    "psi": ("x", LOG.assign(x=LOG.x * 1.8 - 40)),
    "nulls": ("x", LOG.assign(x=LOG.x.mask(TENTH))),
    "nonfinite": ("x", LOG.assign(x=LOG.x.mask(TENTH, np.inf))),
    "range": ("x", LOG.assign(x=LOG.x.mask(TENTH, 1e6))),
    "missing": ("x", LOG.drop(columns="x")),
    "type": ("x", LOG.assign(x=LOG.x.astype(str).mask(TENTH, "many"))),
    "constant": ("x", LOG.assign(x=50.0)),
    "linf": ("k", LOG.assign(k=LOG.k.mask(HALF, "blue"))),
    "unseen": ("k", LOG.assign(k=LOG.k.mask(TENTH, "mauve"))),
}


@pytest.mark.parametrize("code", PROVOKED)
def test_each_test_finds_what_it_is_for(code: str) -> None:
    feature, log = PROVOKED[code]
    audit = api.audit(KNOWN, log)
    assert by_name(audit, feature)[code].verdict == "skew"
    assert (audit.verdict, audit.exit_code) == ("skew", 1)
    # And costs no other feature its result.
    other = next(f for f in audit.features if f.name != feature)
    assert other.verdict == "ok"


@pytest.mark.parametrize(("feature", "code"), [("x", "nulls"), ("k", "nulls"), ("k", "constant")])
def test_findings_that_both_types_have(feature: str, code: str) -> None:
    log = LOG.assign(**{feature: LOG[feature].mask(TENTH)})
    if code == "constant":
        log = LOG.assign(k="blue")
    assert by_name(api.audit(KNOWN, log), feature)[code].verdict == "skew"


def test_nulls_do_not_pass() -> None:
    # Trap: nulls dropped before testing let 0 to 60 % of them pass; PSI has a bin for them too.
    log = LOG.assign(x=LOG.x.mask(RNG(5).random(2000) < 0.6), k=LOG.k.mask(HALF))
    found = api.audit(KNOWN, log)
    for feature in ("x", "k"):
        assert by_name(found, feature)["nulls"].verdict == "skew"
    assert by_name(found)["psi"].verdict == "skew"
    assert by_name(found)["ks"].verdict == "ok"


def served(x: pd.Series, mean: float, std: float) -> pd.DataFrame:
    """Return served z-scores."""
    return pd.DataFrame({"x_norm": (x - mean) / std})


def test_served_values_betray_other_parameters() -> None:
    step = KNOWN["x"].steps[0]
    assert isinstance(step, ZScore)
    known = api.fit(TRAIN[["x"]])
    clean = api.audit(known, served(LOG.x, step.mean, step.std), served="{feature}_norm")
    assert clean.verdict == "ok"
    assert by_name(clean)["grid"].effect == 0.0
    wrong = api.audit(known, served(LOG.x, step.mean * 1.001, step.std), served="{feature}_norm")
    assert by_name(wrong)["grid"].verdict == "skew"
    assert by_name(wrong)["ks"].verdict == "ok"


def test_parity_names_the_first_row() -> None:
    step = KNOWN["x"].steps[0]
    assert isinstance(step, ZScore)
    both = pd.DataFrame({"x": LOG.x, "x_norm": (LOG.x - step.mean) / step.std})
    both.loc[17, "x_norm"] = both.x[17]
    audit = api.audit(api.fit(TRAIN[["x"]]), both, served="{feature}_norm")
    assert by_name(audit)["parity"].verdict == "warn"  # 1 of 2,000 is below 0.1 %
    parity = audit.features[0].parity
    assert parity is not None
    assert parity.mismatched == 1
    assert parity.example is not None
    assert (parity.example.row, parity.example.raw) == (17, both.x[17])
    both["x_norm"] = both["x"]
    assert by_name(api.audit(KNOWN, both, served="{feature}_norm"))["parity"].verdict == "skew"


def bare(*steps: Step, kind: str = "numeric", fitted: bool = False) -> Parameters:
    """Return parameters without any reference."""
    feature = Feature("x", "numeric" if kind == "numeric" else "categorical", steps, fitted=fitted)
    return Parameters((feature,), "")


def test_without_a_reference_a_fitted_z_score_has_mean_0_and_std_1() -> None:
    known, rng = bare(ZScore(50.0, 10.0), fitted=True), RNG(6)
    good = pd.DataFrame({"x_norm": rng.normal(0, 1, 2000)})
    audit = api.audit(known, good, served="{feature}_norm")
    assert audit.verdict == "ok"
    found = by_name(audit)
    assert found["ks"].verdict == "untested"
    assert "--reference" in (reason(found["ks"]) or "")
    for log in (good * 10 + 50, good + 0.6, good * 2):
        assert api.audit(known, log, served="{feature}_norm").verdict == "skew"
    raw = pd.DataFrame({"x": rng.normal(50, 10, 2000)})
    assert api.audit(known, raw).verdict == "ok"
    assert api.audit(known, raw * 2).verdict == "skew"


def test_constants_of_the_steps_are_no_moments_of_training() -> None:
    # Dark images: of 0 to 255 scaled to [0, 1], and by the mean and std of other images.
    known = bare(MinMax(0.0, 255.0), ZScore(0.485, 0.229))
    raw = RNG(6).integers(0, 90, 5000).astype(float)
    for values in (raw, np.zeros(5000)):
        served = (values / 255 - 0.485) / 0.229
        both = pd.DataFrame({"x": values, "x_norm": served})
        for log in (both[["x"]], both[["x_norm"]], both):
            template = "{feature}_norm" if "x_norm" in log else None
            audit = api.audit(known, log, served=template)
            tests = by_name(audit)
            # Only parity tests anything, where both sides are logged.
            paired = len(log.columns) == 2
            expected = ("ok", 0) if paired else ("inconclusive", 3)
            assert (audit.verdict, audit.exit_code) == expected
            assert tests["constant"].verdict == "untested"
            for code in ("mean", "std", "range"):
                assert (tests[code].verdict, tests[code].threshold) == ("ok", None)
                assert "constants of the file" in (reason(tests[code]) or "")
            assert tests["mean"].statistic == pytest.approx(served.mean())
            # The user may know better.
            by_user = {"mean": 0.25, "std": 0.4, "range": 0.05}
            audit = api.audit(known, log, served=template, thresholds=by_user)
            assert by_name(audit)["mean"].verdict == "skew"
            assert by_name(audit)["std"].verdict == "skew"
    above = pd.DataFrame({"x": raw + 256})
    assert by_name(api.audit(known, above))["range"].statistic == 1.0
    assert by_name(api.audit(known, above))["range"].verdict == "ok"
    chosen = api.audit(known, above, thresholds={"range": 0.05})
    assert by_name(chosen)["range"].verdict == "skew"
    of_feature = api.audit(known, above, features={"x": {"range": 0.05}})
    assert by_name(of_feature)["range"].verdict == "skew"


def test_a_fitted_step_after_a_fill_is_of_the_filled_values() -> None:
    # 30 % of training was null and filled with 0: the scaler's mean is that of both.
    known = bare(Impute(0.0), ZScore(70.0, 50.0), fitted=True)
    rng = RNG(8)
    log = pd.DataFrame({"x": np.where(rng.random(5000) < 0.3, np.nan, rng.normal(100, 24, 5000))})
    tests = by_name(api.audit(known, log))
    filled = (log.x.fillna(0.0) - 70) / 50
    assert tests["mean"].statistic == pytest.approx(filled.mean())
    assert tests["std"].statistic == pytest.approx(filled.std(ddof=0))
    assert tests["mean"].verdict == "ok"
    assert by_name(api.audit(known, log.dropna()))["mean"].verdict == "skew"


def test_without_a_reference_fitted_min_max_stays_in_its_range() -> None:
    known, x = bare(MinMax(0.0, 100.0), fitted=True), RNG(7).random(1000)
    assert api.audit(known, pd.DataFrame({"x_norm": x}), served="{feature}_norm").verdict == "ok"
    for wrong in (x * 100, x + 0.5):
        audit = api.audit(known, pd.DataFrame({"x_norm": wrong}), served="{feature}_norm")
        assert by_name(audit)["range"].verdict == "skew"
    assert api.audit(known, pd.DataFrame({"x": x * 200})).verdict == "skew"


@pytest.mark.parametrize("step", [Vocabulary(("a", "b")), OneHot(("a", "b"))])
def test_without_a_reference_the_vocabulary_tells_strangers(step: Step) -> None:
    known = bare(step, kind="categorical")
    assert api.audit(known, pd.DataFrame({"x": ["a", "b"] * 500})).verdict == "ok"
    audit = api.audit(known, pd.DataFrame({"x": ["a", "B"] * 500}))
    assert by_name(audit)["unseen"].verdict == "skew"
    assert by_name(audit)["unseen"].value == "B"


def test_one_stranger_among_many_is_no_alarm() -> None:
    log = LOG.assign(k=LOG.k.where(np.arange(2000) != 5, "mauve"))
    assert api.audit(KNOWN, log).verdict == "ok"


def test_a_stored_mean_and_std_without_a_distribution_are_compared() -> None:
    reference = NumericReference(4000, mean=50.0, std=10.0)
    known = Parameters((Feature("x", "numeric", (), reference),), "")
    assert api.audit(known, LOG[["x"]]).verdict == "ok"
    assert by_name(api.audit(known, LOG[["x"]] + 9))["mean"].verdict == "skew"


@pytest.mark.parametrize("rows", [1, 2, 12])
def test_few_equal_values_are_no_constant_column(rows: int) -> None:
    flags = pd.DataFrame({"x": [0.0] * 900 + [1.0] * 100})
    audit = api.audit(api.fit(flags), pd.DataFrame({"x": np.zeros(rows)}))
    assert by_name(audit)["constant"].verdict == "ok"
    assert audit.verdict == "inconclusive"
    many = api.audit(api.fit(flags), pd.DataFrame({"x": np.zeros(500)}))
    assert by_name(many)["constant"].verdict == "skew"


def test_a_missing_column_a_label_and_allow_missing() -> None:
    gone = LOG.drop(columns="k")
    assert by_name(api.audit(KNOWN, gone), "k")["missing"].verdict == "skew"
    allowed = api.audit(KNOWN, gone, allow_missing=True)
    assert (allowed.verdict, by_name(allowed, "k")["missing"].verdict) == ("ok", "untested")
    features = (KNOWN["x"], Feature("k", "categorical", role="label"))
    label = api.audit(Parameters(features, ""), gone)
    assert (label.verdict, label.features[1].verdict) == ("ok", "untested")
    with pytest.raises(NothingToTestError):
        api.audit(KNOWN, pd.DataFrame({"other": [1.0]}), allow_missing=True)


def test_a_waiver_is_shown_and_ends() -> None:
    log = LOG.assign(x=LOG.x.mask(TENTH, np.inf))
    audit = api.audit(KNOWN, log, ignore=["nonfinite:x@2999-12-31"])
    assert audit.verdict == "ok"
    assert "nonfinite until 2999-12-31" in message(audit.features[0])
    over = api.audit(KNOWN, log, ignore=["nonfinite:x@2020-01-01"])
    assert over.verdict == "skew"
    assert any("ended on 2020-01-01" in note for note in texts(over.notes))


def test_thresholds_of_the_audit() -> None:
    log = LOG.assign(x=LOG.x + 1.5)
    assert by_name(api.audit(KNOWN, log))["ks"].verdict == "warn"
    assert by_name(api.audit(KNOWN, log, thresholds={"ks": 0.05}))["ks"].verdict == "skew"


@pytest.mark.parametrize(
    "column",
    [[], [np.nan] * 50, [None] * 50, [3.0] * 50, ["text"] * 50, [np.inf] * 50],
    ids=["empty", "NaN", "null", "constant", "mistyped", "infinite"],
)
def test_one_strange_column_costs_no_other_its_result(column: Sequence[object]) -> None:
    # Trap: one empty or constant column loses the whole report (Evidently #1480, #1929).
    strange = pd.Series([*column, *[None] * (2000 - len(column))], dtype=object)
    if all(isinstance(v, float) for v in column):
        strange = strange.astype(float)
    audit = api.audit(KNOWN, LOG.assign(x=strange))
    assert audit.features[1].verdict == "ok"
    assert audit.features[0].verdict == "skew"
    # In training it is no feature, or one that is only counted.
    known = api.fit(TRAIN.assign(x=[*column, *[None] * (4000 - len(column))]))
    assert api.audit(known, LOG).features[-1].verdict == "ok"


def test_values_of_any_size_give_finite_numbers() -> None:
    wide = pd.DataFrame({"x": np.concatenate((LOG.x[:1000], [1e308, -1e308, 5e-324, 1e300] * 250))})
    large = wide.clip(-1e145, 1e145)
    for known, log in ((KNOWN, wide), (api.fit(large), wide), (api.fit(large), LOG)):
        for test in by_name(api.audit(known, log)).values():
            for number in (test.statistic, test.effect, test.p_value, test.threshold):
                assert number is None or np.isfinite(number), test


def test_the_unit_makes_no_difference() -> None:
    # Trap: a floor on a scale (0.001) makes the rule depend on the unit.
    found = []
    for unit in (1e-9, 1.0, 1e9):
        known = api.fit(pd.DataFrame({"x": TRAIN.x * unit}))
        audit = api.audit(known, pd.DataFrame({"x": (LOG.x + 3) * unit}))
        found.append([by_name(audit)[n].statistic for n in ("ks", "psi", "mean", "wasserstein")])
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert found[2] == pytest.approx(found[1], rel=1e-6)


def test_the_same_log_gives_the_same_numbers_in_any_order() -> None:
    # Trap: sketches give another number each time (whylogs #684).
    one, two = (api.audit(KNOWN, log) for log in (LOG, LOG.sample(frac=1, random_state=3)))
    for a, b in zip(one.features, two.features, strict=True):
        for x, y in zip(a.tests, b.tests, strict=True):
            assert x.name == y.name
            assert x.statistic == pytest.approx(y.statistic, rel=1e-9, abs=1e-12)


def test_a_numeric_feature_has_no_linf_and_every_figure_is_there_though_nothing_fails() -> None:
    # Traps: L-infinity silently 0 on numbers (TFDV #147); no value where nothing fails (#181).
    found = api.audit(KNOWN, LOG)
    assert found.verdict == "ok"
    assert "linf" not in by_name(found)
    for name in ("ks", "mannwhitney", "psi", "wasserstein", "js", "kl", "mean", "std", "range"):
        assert by_name(found)[name].statistic is not None
    for name in ("psi", "chi2", "linf", "js", "kl", "unseen", "nulls"):
        assert by_name(found, "k")[name].statistic is not None


def test_bars_are_shares_of_all_rows() -> None:
    log = LOG.assign(x=LOG.x.mask(TENTH), k=LOG.k.mask(HALF, "mauve"))
    for feature in api.audit(KNOWN, log).features:
        assert sum(bar.reference for bar in feature.bars) == pytest.approx(1)
        assert sum(bar.serving for bar in feature.bars) == pytest.approx(1)
    numeric, levels = (f.bars for f in api.audit(KNOWN, log).features)
    assert numeric[-1].label == "null"
    assert numeric[-1].serving == pytest.approx(0.1)
    assert next(b.serving for b in levels if b.label == "other") == pytest.approx(0.5)
