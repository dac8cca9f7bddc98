"""Tables of options of some features: what they may say, and that they are of some feature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import Captured

import skewcheck
from skewcheck.cli import main
from skewcheck.config.settings import settings
from skewcheck.config.settings_file import read
from skewcheck.features.steps import OneHot
from skewcheck.features.types import Parameters
from skewcheck.results.policy import FeatureGate
from skewcheck.text.errors import NothingToTestError, SkewcheckError, UsageError

LEVELS = ("a", "b", "c")


def accounts(seed: int, rows: int = 2_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "balance": rng.normal(size=rows), "age": rng.normal(size=rows),
        "plan": rng.choice(LEVELS, rows),
    })  # fmt: skip


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    fitted = skewcheck.fit(accounts(1))
    plan = replace(fitted["plan"], steps=(OneHot(LEVELS),))
    return replace(fitted, features=(fitted["balance"], fitted["age"], plan), path="p.json")


def test_what_a_table_may_say_of_the_gate() -> None:
    tables = {"weight": {"inconclusive": "pass", "ks": 0.2}, "e*": {"untested": "pass"}}
    policy = settings({"features": tables}).policy
    assert policy.feature_gates == {
        "weight": FeatureGate(inconclusive="pass"), "e*": FeatureGate(untested="pass"),
    }  # fmt: skip
    assert policy.feature_thresholds == {"weight": {"ks": 0.2}}
    for key, value in (("inconclusive", "maybe"), ("untested", "fail"), ("untsted", "pass")):
        with pytest.raises(UsageError, match=key):
            settings({"features": {"weight": {key: value}}})


def test_no_served_values_is_said_in_each_place(tmp_path: Path) -> None:
    assert settings({"served": "none"}).served_template is None
    assert settings({}).served is None
    file = tmp_path / "skewcheck.toml"
    file.write_text('served = "{feature}_norm"\n[features."a"]\nserved = "none"\n')
    both = settings({"served": "none"}, read(file))
    assert (both.served, both.columns["a"].served) == ("none", "none")
    with pytest.raises(UsageError, match="must contain"):
        settings({"served": "nothing"})


WRONG: dict[str, tuple[dict[str, object], type[SkewcheckError], str]] = {
    "a pattern of no feature": (
        {"features": {"balnce": {"ks": 0.2}}}, UsageError,
        "[features.\"balnce\"]: no feature 'balnce' in p.json (did you mean balance?)",
    ),
    "a name of no feature": (
        {"features": "balanc"}, NothingToTestError,
        "audit(features=...): no feature 'balanc' in p.json (did you mean balance?)",
    ),
    "a name like none": (
        {"features": "qqqq"}, NothingToTestError,
        "audit(features=...): no feature 'qqqq' in p.json; it has balance, age, plan",
    ),
    "levels in one column": (
        {"features": {"plan": {"served": "v[0]"}}}, UsageError,
        ('[features."plan"]: served = "v[0]" is one column, and plan is served in 3, one for each'
        " level: did you mean a template with {feature}, which stands for plan_a, plan_b and 1"
        " more?"),
    ),
    "too few columns of levels": (
        {"features": {"plan": {"served": ["v[0]", "v[1]"]}}}, UsageError,
        ('[features."plan"]: served lists 2 columns, and plan is served in 3, one for each level'
        " in the file's order"),
    ),
    "a list of columns for one": (
        {"features": {"age": {"served": ["v[0]", "v[1]"]}}}, UsageError,
        '[features."age"]: served lists 2 columns, and age is served in 1',
    ),
    "a column of two levels": (
        {"features": {"plan": {"served": ["v[0]", "v[1]", "v[0]"]}}}, UsageError,
        '[features."plan"]: served lists the column "v[0]" twice',
    ),
    "no list of texts": (
        {"features": {"plan": {"served": [1]}}}, UsageError,
        'audit(features=...): features."plan": served: must be text or a list of texts, got [1]',
    ),
    "features in one column": (
        {"features": {"[ab]*": {"served": "v[0]"}}}, UsageError,
        ('[features."[ab]*"]: served = "v[0]" is one column, and 2 features have it: balance, age:'
        " did you mean a template with {feature}, or a table for each feature?"),
    ),
    "features in one column by two tables": (
        {"features": {"a*": {"served": "v[0]"}, "b*": {"served": "v[0]"}}}, UsageError,
        ('[features."b*"]: served = "v[0]" is one column, and 2 features have it: balance, age:'
        " did you mean a template with {feature}, or a table for each feature?"),
    ),
    "all raw values in one column": (
        {"features": {"*": {"raw": "age"}}}, UsageError,
        ('[features."*"]: raw = "age" is one column, and 3 features have it: balance, age, plan:'
        " did you mean a template with {feature}, or a table for each feature?"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_can_be_no_feature_s_columns(parameters: Parameters, kind: str) -> None:
    options, error, message = WRONG[kind]
    log = accounts(2).assign(v=[[0.0]] * 2_000)
    with pytest.raises(error) as refused:
        skewcheck.audit(parameters, log, **options)
    assert str(refused.value) == message


def one_hot(frame: pd.DataFrame, *, wrong: bool = False) -> np.ndarray:
    levels = LEVELS[::-1] if wrong else LEVELS
    return np.stack([(frame["plan"] == level).to_numpy(float) for level in levels], axis=1)


def test_served_columns_of_levels_are_listed_in_their_order(parameters: Parameters) -> None:
    for wrong, verdict in ((False, "ok"), (True, "skew")):
        log = accounts(2)
        log["x"] = [*np.column_stack([np.zeros(len(log)), one_hot(log, wrong=wrong)])]
        tables = {"plan": {"served": ["x[1]", "x[2]", "x[3]"]}}
        audit = skewcheck.audit(parameters, log, features=tables)
        assert audit.verdict == verdict
        assert next(f for f in audit.features if f.name == "plan").mode == "paired"


def test_a_level_may_have_no_column(parameters: Parameters) -> None:
    log = accounts(2)
    log = log[log["plan"] != "b"].reset_index(drop=True)
    log["x"] = [*one_hot(log)[:, [0, 2]]]
    listed = {"plan": {"served": ["x[0]", "none", "x[1]"]}}
    named = skewcheck.audit(
        parameters, log.assign(plan_a=one_hot(log)[:, 0], plan_c=one_hot(log)[:, 2]),
        features={"plan": {"served": "{feature}"}},
    )  # fmt: skip
    audit = skewcheck.audit(parameters, log, features=listed)
    figures = [
        [(t.name, t.verdict, t.statistic, t.effect) for f in found.features for t in f.tests]
        for found in (audit, named)
    ]
    assert figures[0] == figures[1]


def test_what_stands_before_the_levels_names_their_columns(parameters: Parameters) -> None:
    for wrong, verdict in ((False, "ok"), (True, "skew")):
        log = accounts(2)
        columns = one_hot(log, wrong=wrong).T
        for level, column in zip(LEVELS, columns, strict=True):
            log[f"onehotencoder__plan_{level}"] = column
        tables = {"plan": {"served": "onehotencoder__plan"}}
        assert skewcheck.audit(parameters, log, features=tables).verdict == verdict


def test_auto_is_what_nobody_said(tmp_path: Path) -> None:
    file = tmp_path / "skewcheck.toml"
    file.write_text('served = "{feature}_norm"\n')
    assert settings({"served": "auto"}).served is None
    assert settings({"served": "auto"}, read(file)).served is None
    assert settings({"served": "auto"}) == settings({})


def test_two_features_may_be_made_of_one_raw_column(parameters: Parameters) -> None:
    tables = {"balance": {"raw": "age"}, "age": {"raw": "age"}}
    audit = skewcheck.audit(parameters, accounts(2), features=tables)
    alarms = {t.name for f in audit.features for t in f.tests if t.verdict != "ok"}
    assert alarms == {"dependence"}  # in training they are two


def test_a_table_may_be_of_features_that_are_not_chosen(parameters: Parameters) -> None:
    for options in ({"exclude": "age"}, {"exclude": "plan"}):
        audit = skewcheck.audit(parameters, accounts(2), features={"age": {"ks": 0.2}}, **options)
        assert audit.verdict == "ok"


def test_on_the_command_line(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    accounts(1).to_parquet("train.parquet")
    accounts(2).assign(age_norm=0.5).to_parquet("log.parquet")
    assert main(["fit", "train.parquet", "-o", "p.json"]) == 0
    audit = ["audit", "p.json", "log.parquet", "-q"]
    assert main(audit) == 3
    assert main([*audit, "--served", "none"]) == 0
    Path("skewcheck.toml").write_text('served = "none"\n')
    assert main(audit) == 0
    assert main(["apply", "p.json", "log.parquet", "-o", "out.parquet"]) == 0
    assert {"balance", "age"} <= set(pd.read_parquet("out.parquet"))
    Path("skewcheck.toml").write_text('[features."balnce"]\nuntested = "pass"\n')
    capsys.readouterr()
    for command in (audit, ["power", "p.json"], ["apply", "p.json", "log.parquet", "-o", "o.csv"]):
        assert main(command) == 2
        assert "(did you mean balance?)" in capsys.readouterr().err
