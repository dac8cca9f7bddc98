"""A new cause is a catalogue entry and one module: it is found, named, explained and redacted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import CAUSES
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.steps import PowerTransform, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports import FORMATS
from skewcheck.reports.explain import explained

CUBED = CauseSpec(
    "cubed",
    title="served values to the third power",
    detected="the training steps, then the third power, predict what was served.",
    do="take the power out.",
    phrases={"": "to the power of {exponent}, from the secret {secret}"},
    together="to the power of {exponent}",
    origin=("exponent",),
    shown=("exponent",),
    family="tests_cubed",
    complexity=9,
)


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the logarithms of powers; a family may predict whatever steps can do."""
    lambda_ = 3.0
    steps = (*context.feature.steps, PowerTransform("yeo-johnson", lambda_))
    yield Mechanism(CUBED, steps, {"exponent": 3, "secret": 12.345}, details={"training": 1})


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("tests_cubed")
    monkeypatch.setattr(module, "candidates", candidates, raising=False)
    monkeypatch.setitem(sys.modules, "tests_cubed", module)
    monkeypatch.setitem(CAUSES, "cubed", CUBED)


def log() -> tuple[skewcheck.Parameters, pa.Table]:
    rng = np.random.default_rng(1)
    features = tuple(Feature(name, "numeric", (ZScore(10.0, 2.0),)) for name in "xy")
    train = pa.table({name: rng.normal(10, 2, 6000) for name in "xy"})
    parameters = skewcheck.fit(train, parameters=skewcheck.Parameters(features, "sha256:0"))
    columns = {name: rng.normal(10, 2, 3000) for name in "xy"}
    wrong = rng.integers(0, 3, 3000) == 0
    step = PowerTransform("yeo-johnson", 3.0)
    for name in "xy":
        z = (columns[name] - 10) / 2
        columns[f"{name}_n"] = np.where(wrong, step.forward(z), z)
    return parameters, pa.table({**columns, "host": np.where(wrong, "h-secret", "h-other")})


@pytest.mark.usefixtures("example")
def test_it_is_found_named_explained_and_hidden() -> None:
    audit = skewcheck.audit(*log(), served="{feature}_n")
    report = json.loads(FORMATS["json"](audit))
    for feature in report["features"]:
        (cause,) = feature["causes"]
        assert (cause["code"], cause["where"]) == ("cubed", "host = h-secret")
        assert cause["message"].endswith(" were served to the power of 3, from the secret 12.345")
        assert cause["parameters"] == {"exponent": 3, "secret": 12.345}
    assert report["causes"][0]["message"].startswith(
        "2 of 2 features were served to the power of 3"
    )
    assert "cause: cubed" in FORMATS["terminal"](audit)
    assert "take the power out." in explained("cubed")
    rules = json.loads(FORMATS["sarif"](audit))["runs"][0]["tool"]["driver"]["rules"]
    assert rules[0]["shortDescription"]["text"] == CUBED.title


@pytest.mark.usefixtures("example")
def test_its_values_are_hidden() -> None:
    audit = skewcheck.audit(*log(), served="{feature}_n", no_values=True)
    cause = audit.features[0].causes[0]
    assert cause.parameters == {"exponent": 3}
    for name, render in FORMATS.items():
        text = render(audit)
        assert "secret" not in text, name
        assert "12.345" not in text, name
    assert "host = (hidden): cubed (exponent 3)" in FORMATS["json"](audit)


def test_without_its_entry_nobody_knows_it() -> None:
    audit = skewcheck.audit(*log(), served="{feature}_n")
    assert "cubed" not in FORMATS["json"](audit)
