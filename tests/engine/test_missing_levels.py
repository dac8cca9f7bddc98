"""A served column of one level that is not logged is told by name, and as no other fault."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import Impute, OneHot, Step
from skewcheck.features.types import CategoricalReference, Feature, Parameters
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.verdicts import Verdict

ROWS = 3_000
LEVELS = ("A", "B", "C", "rare")
SHARES = (0.4, 0.3, 0.299, 0.001)


def known(*steps: Step, reference: bool) -> Parameters:
    counts = dict(zip(LEVELS, (int(1e5 * share) for share in SHARES), strict=True))
    return Parameters((
        Feature(
            "plan", "categorical", steps or (OneHot(LEVELS),),
            CategoricalReference(100_000, 0, counts) if reference else None,
        ),
    ), "test")  # fmt: skip


def served(parameters: Parameters, raw: pd.DataFrame) -> pd.DataFrame:
    return parameters.transform(raw).add_prefix("S_")


def rows(seed: int, shares: tuple[float, ...] = SHARES) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"plan": rng.choice(LEVELS, ROWS, p=shares)})


def of_plan(audit: Audit) -> FeatureAudit:
    (feature,) = audit.features
    return feature


def message(audit: Audit) -> str:
    (feature,) = json.loads(skewcheck.render(audit, "json"))["features"]
    return str(feature["message"])


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("reference", [True, False])
@pytest.mark.parametrize("absent", [["B"], ["B", "C"]])
def test_it_is_named(absent: list[str], reference: bool, paired: bool) -> None:
    parameters, raw = known(reference=reference), rows(1)
    columns = [f"S_plan_{level}" for level in absent]
    log = served(parameters, raw).drop(columns=columns)
    audit = skewcheck.audit(parameters, log.join(raw) if paired else log, served="S_{feature}")
    feature = of_plan(audit)
    assert (feature.verdict, feature.causes, audit.exit_code) == (Verdict.SKEW, (), 1)
    assert message(audit).startswith(f"{', '.join(columns)}: not in the log")
    assert [test.name for test in feature.tests if test.verdict is Verdict.SKEW] == ["missing"]
    assert feature.parity is None or feature.parity.mismatched == 0


@pytest.mark.parametrize("paired", [True, False])
def test_one_that_no_row_needs_is_not_missed(paired: bool) -> None:
    parameters, raw = known(reference=True), rows(2, (0.4, 0.3, 0.3, 0.0))
    log = served(parameters, raw).drop(columns="S_plan_rare")
    audit = skewcheck.audit(parameters, log.join(raw) if paired else log, served="S_{feature}")
    assert (audit.verdict, audit.exit_code) == (Verdict.OK, 0)
    (missing,) = (test for test in of_plan(audit).tests if test.name == "missing")
    assert missing.reason is not None
    assert missing.reason.parameters == {"columns": ("S_plan_rare",)}


def test_allow_missing_allows_it() -> None:
    parameters, raw = known(reference=True), rows(1)
    log = raw.join(served(parameters, raw).drop(columns="S_plan_B"))
    audit = skewcheck.audit(parameters, log, served="S_{feature}", allow_missing=True)
    assert audit.verdict is Verdict.OK


def test_other_columns_are_compared_all_the_same() -> None:
    parameters, raw = known(reference=True), rows(1)
    log = served(parameters, raw).drop(columns="S_plan_B")
    log = log.rename(columns={"S_plan_A": "S_plan_C", "S_plan_C": "S_plan_A"}).join(raw)
    feature = of_plan(skewcheck.audit(parameters, log, served="S_{feature}"))
    assert [cause.code for cause in feature.causes] == ["encoding_changed"]
    assert {"missing", "parity"} <= {
        test.name for test in feature.tests if test.verdict is Verdict.SKEW
    }


def test_a_column_of_nulls_or_of_unseen_levels() -> None:
    steps = Impute("none"), OneHot((*LEVELS, "none"))
    parameters, raw = known(*steps, reference=False), rows(1)
    raw = raw.assign(plan=raw["plan"].where(raw.index % 5 > 0, None))
    audit_of = partial(skewcheck.audit, served="S_{feature}")
    log = served(parameters, raw).drop(columns="S_plan_none")
    assert message(audit_of(parameters, raw.join(log))).startswith("S_plan_none: not in the log")
    others = known(OneHot(("A", "B", "other"), "other"), reference=True)
    log = served(others, rows(1))
    for column in ("S_plan_other", "S_plan_A"):
        audit = audit_of(others, rows(1).join(log.drop(columns=column)))
        assert message(audit).startswith(f"{column}: not in the log")
        assert of_plan(audit).causes == ()
    unneeded = rows(1).replace({"C": "A", "rare": "B"})
    log = served(others, unneeded).drop(columns="S_plan_other")
    feature = replace(others["plan"], reference=None)
    audit = audit_of(replace(others, features=(feature,)), unneeded.join(log))
    assert of_plan(audit).parity is not None
    assert audit.verdict is Verdict.OK
