"""An audit names the fault that was injected."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from injections import KNOWN, Inject, injector

import skewcheck
from skewcheck.results.audit import FeatureAudit


@pytest.fixture
def inject(tmp_path: Path) -> Inject:
    """Inject into LOG, and read what was written."""
    return injector(tmp_path)


def audited(found: pd.DataFrame, feature: str) -> FeatureAudit:
    audit = skewcheck.audit(KNOWN, found, served="{feature}_norm")
    return next(f for f in audit.features if f.name == feature)


@pytest.mark.parametrize("share", [1.0, 0.2])
@pytest.mark.parametrize(
    ("fault", "feature"),
    [
        ("not_normalized", "age"),
        ("normalized_twice", "age"),
        ("wrong_parameters", "age"),
        ("wrong_parameters", "speed"),
        ("wrong_ddof", "age"),
        ("wrong_method", "count"),
        ("step_missing", "fare"),
        ("step_changed", "fare"),
        ("unit_change", "age"),
        ("precision_loss", "speed"),
        ("stuck_value", "age"),
        ("encoding_changed", "pay"),
        ("category_renamed", "pay"),
    ],
)
def test_an_audit_names_the_fault(inject: Inject, fault: str, feature: str, share: float) -> None:
    _, output = inject(fault, feature=feature, share=share)
    result = audited(output, feature)
    assert result.verdict.value == "skew"
    assert result.causes[0].code == fault
    assert result.causes[0].share == pytest.approx(share, abs=0.05)


def test_an_audit_names_those_of_several_features_and_of_the_world(inject: Inject) -> None:
    _, output = inject("swapped_features", feature=["age", "speed"], share=0.3)
    assert audited(output, "age").causes[0].code == "swapped_features"
    _, output = inject("recomputed_parameters", feature="age")
    assert audited(output, "age").causes[0].code == "recomputed_parameters"
    _, output = inject("drift", feature="age")
    assert [c.code for c in audited(output, "age").causes] == ["drift"]
