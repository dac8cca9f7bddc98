"""A report without values of the data says all else, and nothing of them."""

import re
from dataclasses import replace
from itertools import cycle
from string import Formatter

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import CAUSES
from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message
from skewcheck.reports.words.places import where
from skewcheck.results.audit import Audit, Bar, Example, Parity
from skewcheck.results.causes import Cause, Place
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import Options


def test_counts_and_figures_stay_values_go(audit: Audit) -> None:
    redacted = without_values(audit)
    for before, after in zip(audit.features, redacted.features, strict=True):
        assert (after.name, after.verdict) == (before.name, before.verdict)
        if not before.causes:
            assert message(after) == message(before)
        # Of 200,000 rows shares and distances have steps of 10 / n = 0.00005; a moment has a digit,
        # two behind a 1, and a chi-square a step of 3 sqrt(8,123) = 270.
        rounded = {0.412: 0.4, 1.207: 1.2, 8123.4: 8000.0, 0.14: None}  # that of 40 rows
        assert [t.statistic for t in after.tests] == [
            rounded.get(t.statistic or 0.0, t.statistic) for t in before.tests
        ]
        assert [b.serving for b in after.bars] == [b.serving for b in before.bars]
        assert not any(t.value for t in after.tests)
        assert not any(b.label for b in after.bars)
    parity = redacted.features[2].parity
    assert parity is not None
    assert parity.example is not None
    assert (parity.mismatched, parity.example.file, parity.example.row) == (13_877, "a.parquet", 17)
    assert (parity.example.raw, parity.example.expected, parity.example.served) == (None,) * 3


def test_causes_keep_share_and_column_but_not_the_segment(audit: Audit) -> None:
    cause = without_values(audit).features[2].causes[0]
    assert (cause.code, cause.share) == ("stale_parameters", 0.069385)
    assert cause.place is not None
    assert where(cause.place) == "host = (hidden)"
    assert cause.parameters == {"file": "params-2026-09.json"}
    assert sentence(cause) == (
        "6.94 % of the rows, host = (hidden): stale parameters (file params-2026-09.json)"
    )


DAY = 1793491200.0  # 2026-11-01
LEVEL = "k7q-level"
"""A value of a row, wherever one may stand."""


def every_cause() -> tuple[Cause, ...]:
    values: dict[str, object] = {
        "min": 41.25, "max": 42.75, "center": 43.5, "scale": 44.5, "value": 45.25,
        "mapping": {LEVEL: LEVEL}, "a key of tomorrow": LEVEL,
        "mean": 8.125, "std": 9.375, "factor": 3.5, "decimals": 2, "dtype": "int8", "ddof": 1,
        "file": "p.json", "feature": "tip", "swapped": "values", "op": "zscore",
    }  # fmt: skip
    details = {
        "training": LEVEL, "on": Place(LEVEL, values=(LEVEL,)), "unit": LEVEL, "shift": 48.5,
        "of": 9, "shares": (0.125, 0.125),
    }  # fmt: skip
    places = (
        Place("host", values=(LEVEL,)),
        Place("host", values=(f"a = {LEVEL}",), since=DAY, until=DAY + 86_400),
        Place("host", values=(f"{LEVEL}\n",), since=DAY), Place(since=DAY), None,
    )  # fmt: skip
    return tuple(
        Cause(
            code, 0.125, 0.99, values, place, next(iter(spec.phrases)),
            {**dict.fromkeys(fields_of(spec) - values.keys(), 48.5), **details},
        )
        for (code, spec), place in zip(CAUSES.items(), cycle(places), strict=False)
    )  # fmt: skip


def fields_of(spec: CauseSpec) -> set[str]:
    """Return the fields of a cause's first phrase and of what is said of several features."""
    phrases = (*list(spec.phrases.values())[:1], spec.together)
    fields = [field for phrase in phrases for _, field, _, _ in Formatter().parse(phrase) if field]
    return {re.split(r"[.[]", field)[0] for field in fields}


def hostile(audit: Audit) -> Audit:
    """Return the audit with every cause in a feature with an example, and for the whole report."""
    causes = every_cause()
    nulls = JudgedTest("nulls", Verdict.SKEW, statistic=0.3, effect=0.3, expected=0.0)
    tests = (*(test for test in audit.features[2].tests if test.name != "nulls"), nulls)
    feature = replace(
        audit.features[2], causes=causes,
        tests=tuple(replace(test, value=LEVEL) for test in tests),
        parity=Parity(200, 25, 46.75, Example("a.parquet", 17, LEVEL, LEVEL, 47.25)),
        bars=(Bar(LEVEL, 0.5, 0.6),),
    )  # fmt: skip
    whole = tuple(replace(cause, features=("fare", "tip")) for cause in causes)
    return replace(audit, features=(feature,), causes=whole)


@pytest.mark.parametrize("every_test", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_no_report_has_a_value(audit: Audit, name: str, *, every_test: bool) -> None:
    text = FORMATS[name](without_values(hostile(audit)), Options(width=4000, every_test=every_test))
    values = [LEVEL, "tomorrow", "41.25", "42.75", "43.5", "44.5", "45.25", "46.75", "47.25",
              "48.5"]  # fmt: skip
    assert [value for value in values if value in text] == []


@pytest.mark.parametrize("every_test", [False, True])
@pytest.mark.parametrize("name", ["terminal", "json", "junit"])
def test_the_full_reports_have_the_rest(audit: Audit, name: str, *, every_test: bool) -> None:
    text = FORMATS[name](without_values(hostile(audit)), Options(width=4000, every_test=every_test))
    assert LEVEL in FORMATS[name](hostile(audit), Options(4000))
    assert "45.25" in FORMATS["json"](hostile(audit), Options(4000))
    for figures in (
        "wrong parameters (mean 8.125, std 9.375)", "stale parameters (file p.json)",
        "recomputed parameters (mean 8.125, std 9.375)", "wrong ddof (ddof 1)",
        "wrong method (mean 8.125, std 9.375, op zscore)", "unit change (factor 3.5)",
        "swapped features (feature tip, swapped values)", "step missing (op zscore)",
        "precision loss (decimals 2, dtype int8)",
    ):  # fmt: skip
        assert figures in text
    assert "12.5 % of the rows, host = (hidden) since 2026-11-01 00:00 until 2026-11-02" in text
    assert "12.5 % of the rows, since 2026-11-01 00:00: stale parameters (file" in text
    assert "30 % nulls" in text or name != "json"
    assert all(code.replace("_", " ") in text for code in CAUSES)


def test_twice_is_once(audit: Audit) -> None:
    once = without_values(audit)
    assert without_values(once) == once


def test_times_are_told_to_the_minute() -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=600)})
    parameters = skewcheck.fit(frame)
    log = frame.assign(x=frame.x + 3 * (frame.index > 300))
    log["ts"] = pd.date_range("2026-11-18 01:02:03", periods=600, freq="s")
    found = skewcheck.audit(parameters, log, time_column="ts", every="7s")
    assert ":49Z" in FORMATS["json"](found)
    for name in ("json", "terminal"):
        shown = FORMATS[name](replace(without_values(found), run={}))
        assert set(re.findall(r"\d\d:\d\d(:\d\d)", shown)) <= {":00"}
        assert "2026-11-18" in shown
