"""An example statistic: an entry of the catalogue and one function are all that it takes."""

from __future__ import annotations

import json
import sys
from collections.abc import MutableMapping
from types import ModuleType

import jsonschema
import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.catalogue.spec import Kind, TestSpec, Texts, Windowed
from skewcheck.catalogue.tests import TESTS, thresholds
from skewcheck.config.settings import settings
from skewcheck.reports import explain
from skewcheck.reports.json import schema
from skewcheck.results.audit import Audit, JudgedTest
from skewcheck.results.tests import Measurement, Outcome
from skewcheck.verdict.numeric import NumericSample

ROWS = 2400
CODE = "iqr"


def iqr(sample: NumericSample) -> Outcome:
    """Measure the ratio of serving's interquartile range to training's, by cell."""
    training, serving = (np.cumsum(side) / side.sum() for side in sample.cells)
    widths = [np.subtract(*np.searchsorted(side, (0.75, 0.25))) for side in (training, serving)]
    ratio = float(widths[1] / widths[0])
    return Measurement(ratio, abs(ratio - 1), 1.0)


SPEC = TestSpec(
    CODE,
    "IQR ratio",
    Kind.REPORTED,
    Texts(
        title="ratio of the interquartile ranges",
        means="Serving by training, in cells of the reference.",
        detected="From the counts at the reference's edges; skew from {threshold}.",
        do="As for std.",
    ),
    threshold=0.75,
    numeric="example_statistic:iqr",
    windowed=Windowed(99, label="IQR ratio in the window"),
    in_parts=True,
    always=True,
)


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    """List the statistic in the catalogue; its function stands in a module of its own."""
    module = ModuleType("example_statistic")
    module.__dict__["iqr"] = iqr
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert isinstance(TESTS, MutableMapping)
    monkeypatch.setitem(TESTS, CODE, SPEC)


def audited(factor: float, **options: str) -> Audit:
    """Audit a feature that is spread so many times as in training."""
    rng = np.random.default_rng(1)
    training = pd.DataFrame({"x": rng.normal(size=5000), "k": rng.choice(list("ab"), 5000)})
    log = pd.DataFrame({"x": factor * rng.normal(size=ROWS), "k": rng.choice(list("ab"), ROWS)})
    return skewcheck.audit(skewcheck.fit(training), log, every="600", **options)


def of(audit: Audit, feature: int = 0) -> JudgedTest | None:
    """Return the example's test of a feature, if it has one."""
    tests = {test.name: test for test in audit.features[feature].tests}
    return tests.get(CODE)


def test_it_is_measured_and_judged_where_it_applies() -> None:
    clean, wide = of(audited(1.0)), of(audited(3.0))
    assert clean is not None
    assert wide is not None
    assert (clean.verdict, clean.threshold) == ("ok", 0.75)
    assert clean.statistic == pytest.approx(1, abs=0.2)
    assert wide.verdict == "skew"
    assert of(audited(3.0), feature=1) is None


def test_it_is_in_every_report() -> None:
    audit = audited(3.0)
    assert "IQR ratio" in skewcheck.render(audit)
    for name in ("json", "markdown", "html", "junit", "table", "prometheus"):
        assert CODE in skewcheck.render(audit, name), name


def test_it_has_figures_in_windows_and_the_schema_knows_them() -> None:
    audit = audited(3.0)
    report = json.loads(skewcheck.render(audit, "json"))
    windows = [window[CODE] for window in report["features"][0]["windows"]]
    assert len(windows) == ROWS // 600
    assert min(windows) > 1.5
    assert CODE not in report["features"][1]["windows"][0]
    jsonschema.Draft202012Validator(schema()).validate(report)


def test_it_is_explained_with_its_threshold() -> None:
    assert "iqr" in explain.overview()
    assert "skew from 0.75" in explain.explained(CODE)


def test_a_threshold_and_a_waiver_can_be_set() -> None:
    assert thresholds()[CODE] == 0.75
    assert settings({"thresholds": {CODE: 99.0}}).policy.thresholds[CODE] == 99
    found = of(audited(3.0, ignore="iqr:x@2999-12-31"))
    assert found is not None
    assert found.waived == "2999-12-31"
