"""What was not compared is no `ok`: it holds an audit until somebody decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.features.steps import OneHot, Vocabulary
from skewcheck.features.types import Parameters
from skewcheck.reports.words.features import message
from skewcheck.results.audit import Audit
from skewcheck.results.policy import FeatureGate, Policy
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import NothingToTestError

ROWS = 3_000
BOTH = "{feature}_norm"
NO_FORM = "zscore after a onehot step has no form for each feature"


def rides(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "fare": np.round(rng.gamma(2, 5, rows), 2),
        "pay": rng.choice(np.array(["Cash", "Card", None], object), rows, p=[0.6, 0.3, 0.1]),
    })  # fmt: skip


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(rides(1, 20_000))


@pytest.fixture(scope="module")
def log(parameters: Parameters) -> pd.DataFrame:
    return parameters.transform(rides(2), served=BOTH)


def without_references(parameters: Parameters) -> Parameters:
    return replace(
        parameters, features=tuple(replace(f, reference=None) for f in parameters.features)
    )


def opaque(parameters: Parameters, name: str) -> Parameters:
    return replace(parameters, features=tuple(
        replace(f, steps=(), untested=NO_FORM) if f.name == name else f for f in parameters.features
    ))  # fmt: skip


def verdicts(audit: Audit) -> dict[str, str]:
    return {feature.name: feature.verdict.value for feature in audit.features}


def empty(*columns: str) -> dict[str, pa.Array]:
    return {name: pa.nulls(ROWS, pa.float64()) for name in columns}


# No value


def test_columns_without_any_value_were_not_tested(parameters: Parameters) -> None:
    known = without_references(parameters)
    fare = replace(known, features=(known["fare"],))
    for columns in (("fare",), ("fare", "fare_norm"), ("fare_norm",)):
        table = pa.table(empty(*columns))
        with pytest.raises(NothingToTestError, match="nothing could be tested: not tested: "):
            skewcheck.audit(fare, table, served=BOTH if "fare_norm" in columns else None)


def test_such_columns_hold_the_audit_of_others(parameters: Parameters, log: pd.DataFrame) -> None:
    known = without_references(parameters)
    nothing = log.assign(fare=np.nan, fare_norm=np.nan)
    for table, served in ((nothing, BOTH), (nothing[["fare", "pay"]], "none")):
        audit = skewcheck.audit(known, table, served=served)
        assert verdicts(audit) == {"fare": "untested", "pay": "ok"}
        assert (audit.verdict, audit.exit_code) == ("inconclusive", 3)
        (hold,) = audit.holds
        assert (hold.code, hold.features, hold.reason and hold.reason.code) == (
            "untested", ("fare",), "no_value",
        )  # fmt: skip
        assert message(audit.features[0]) == "not tested: no value in the log"
    # With training's share of nulls known it is told as what it is.
    assert skewcheck.audit(parameters, nothing, served=BOTH).exit_code == 1


def test_rows_of_files_with_one_side_each_are_no_pairs(
    parameters: Parameters, log: pd.DataFrame
) -> None:
    halves = [log.drop(columns="fare_norm")[:1500], log.drop(columns="fare")[1500:]]
    audit = skewcheck.audit(parameters, halves, served=BOTH)
    fare = audit.features[0]
    assert [t.reason and t.reason.code for t in fare.tests if t.name == "parity"] == ["no_pair"]
    assert fare.verdict != "ok"


def test_a_label_without_a_value_is_waited_for(parameters: Parameters, log: pd.DataFrame) -> None:
    known = without_references(parameters)
    late = replace(known["fare"], name="label", steps=(), role="label")
    audit = skewcheck.audit(
        replace(known, features=(*known.features, late)), log.assign(label=np.nan), served=BOTH
    )
    assert (audit.verdict, audit.holds) == ("ok", ())


# Codes of nulls


@pytest.mark.parametrize("step", [Vocabulary(("Cash", "Card"), -1.0), OneHot(("Cash", "Card"))])
def test_a_null_that_training_gave_a_code_is_served_with_it(
    parameters: Parameters, step: Vocabulary | OneHot
) -> None:
    pay = replace(parameters["pay"], steps=(step,))
    known = replace(parameters, features=(pay,))
    right = known.transform(rides(2)[["pay"]], served=BOTH)
    served = [name for name in right if name != "pay"]
    wrong = right.assign(**{name: right[name].where(right["pay"].notna()) for name in served})
    for table in (right, right[served]):
        assert skewcheck.audit(known, table, served=BOTH).verdict == "ok"
    nulls = int(right["pay"].isna().sum())
    paired = skewcheck.audit(known, wrong, served=BOTH).features[0]
    assert (paired.verdict, paired.parity and paired.parity.mismatched) == ("skew", nulls)
    assert skewcheck.audit(known, wrong[served], served=BOTH).verdict == "skew"


# Vectors

SEVEN = [f"action[{i}]" for i in range(7)]


def vectors(length: int, *, fixed: bool, seed: int = 3) -> pa.Table:
    values = np.random.default_rng(seed).normal(size=(ROWS, length)).tolist()
    return pa.table({"action": pa.array(values, pa.list_(pa.float64(), length if fixed else -1))})


def of_vectors(columns: str = "action") -> Parameters:
    training = pd.DataFrame(np.random.default_rng(4).normal(size=(20_000, 7)), columns=SEVEN)
    return skewcheck.fit(training)


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("reference", [False, True])
def test_an_element_that_no_row_has_is_missing(fixed: bool, reference: bool) -> None:
    known = of_vectors() if reference else without_references(of_vectors())
    of_elements = dict.fromkeys(SEVEN, "ok" if reference else "untested")
    assert verdicts(skewcheck.audit(known, vectors(7, fixed=fixed))) == of_elements
    for options in ({}, {"every": 1000}):
        audit = skewcheck.audit(known, vectors(6, fixed=fixed), **options)
        assert verdicts(audit) == {**of_elements, "action[6]": "skew"}
        assert [t.name for t in audit.features[6].tests] == ["missing"]
    allowed = skewcheck.audit(known, vectors(6, fixed=fixed), allow_missing=True)
    assert allowed.exit_code == (0 if reference else 3)


def test_an_element_that_is_not_served_is_missing() -> None:
    known, table = of_vectors(), vectors(7, fixed=False)
    fed = known.transform(pd.DataFrame(table["action"].to_pylist(), columns=SEVEN)).to_numpy()
    served = {name: {"served": f"fed[{i}]"} for i, name in enumerate(SEVEN)}
    for length, verdict in ((7, "ok"), (6, "skew")):
        logged = table.append_column("fed", pa.array(fed[:, :length].tolist()))
        audit = skewcheck.audit(known, logged, features=served)
        assert (audit.features[5].mode, audit.features[6].verdict) == ("paired", verdict)


@pytest.mark.parametrize("fixed", [False, True])
def test_an_element_of_no_feature_is_noted(fixed: bool) -> None:
    for options in ({}, {"features": "action[0]"}):
        audit = skewcheck.audit(of_vectors(), vectors(8, fixed=fixed), **options)
        (note,) = (note for note in audit.notes if not note.code.startswith("connected"))
        assert (note.code, note.parameters["names"]) == ("extra_elements", ("action[7]",))
        assert audit.verdict == "ok"
    notes = skewcheck.audit(of_vectors(), vectors(7, fixed=fixed)).notes
    assert not [note for note in notes if not note.code.startswith("connected")]


# Steps that no file tells


@pytest.mark.parametrize("served", [("pay_norm",), ("pay_Cash_norm", "pay_Card_norm")])
def test_what_cannot_be_reapplied_is_untested_and_holds(
    parameters: Parameters, log: pd.DataFrame, served: tuple[str, ...]
) -> None:
    known = opaque(parameters, "pay")
    zeros = log.drop(columns="pay_norm").assign(**dict.fromkeys(served, 0.0))
    for table in (zeros, zeros.drop(columns="pay")):
        audit = skewcheck.audit(known, table, served=BOTH)
        assert verdicts(audit) == {"fare": "ok", "pay": "untested"}
        assert (audit.verdict, audit.exit_code) == ("inconclusive", 3)
        assert message(audit.features[1]) == f"not tested: {NO_FORM}"
        assert [(hold.code, hold.features) for hold in audit.holds] == [("untested", ("pay",))]
        passing = {"pay": {"untested": "pass"}}
        passed = skewcheck.audit(known, table, served=BOTH, features=passing)
        assert (passed.verdict, passed.exit_code, passed.holds) == ("ok", 0, ())
        assert verdicts(passed) == {"fare": "ok", "pay": "untested"}
    # Without served columns the raw ones are all that could be compared.
    raw = skewcheck.audit(known, log[["fare", "fare_norm", "pay"]], served=BOTH)
    assert verdicts(raw) == {"fare": "ok", "pay": "ok"}
    # That raw values moved is seen all the same.
    moved = skewcheck.audit(known, zeros.assign(pay="Card"), served=BOTH)
    assert verdicts(moved)["pay"] == "skew"


def test_served_columns_alone_that_nothing_compares_leave_no_test(parameters: Parameters) -> None:
    known = opaque(replace(parameters, features=(parameters["pay"],)), "pay")
    table = pd.DataFrame({"pay_Cash_norm": np.zeros(ROWS), "pay_Card_norm": np.zeros(ROWS)})
    with pytest.raises(NothingToTestError, match=NO_FORM):
        skewcheck.audit(known, table, served=BOTH)
    # A raw column of that name is the served one: it is not compared with raw values either.
    with pytest.raises(NothingToTestError, match=NO_FORM):
        skewcheck.audit(known, pd.DataFrame({"pay": np.zeros(ROWS)}), served="{feature}")


# Verdict and exit code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, 3), ({"inconclusive": "pass"}, 3), ({"inconclusive": "fail"}, 1),
        ({"fail_on": "never"}, 0), ({"fail_on": "warn"}, 3),
    ],
)  # fmt: skip
def test_the_exit_code_of_a_hold(
    parameters: Parameters, log: pd.DataFrame, options: Mapping[str, str], code: int
) -> None:
    audit = skewcheck.audit(opaque(parameters, "pay"), log, served=BOTH, **options)
    assert (audit.verdict, audit.exit_code) == ("inconclusive", code)


def test_skew_outweighs_a_hold(parameters: Parameters, log: pd.DataFrame) -> None:
    bad = log.assign(fare_norm=log["fare_norm"] * 1.1)
    audit = skewcheck.audit(opaque(parameters, "pay"), bad, served=BOTH)
    assert (audit.verdict, audit.exit_code, len(audit.holds)) == ("skew", 1, 1)


@pytest.mark.parametrize(("rule", "code"), [(None, 3), ("pass", 0), ("fail", 1)])
def test_too_little_data_of_some_features(
    parameters: Parameters, rule: str | None, code: int
) -> None:
    few = rides(5, 150)
    few["pay"] = rides(5)["pay"][:150]
    for options in ({}, {"inconclusive": "pass"}):
        tables = {"*": {"inconclusive": rule}} if rule else {}
        audit = skewcheck.audit(parameters, few, features=tables, **options)
        assert "inconclusive" in verdicts(audit).values()
        expected = 0 if options and rule is None else code
        assert audit.exit_code == expected
        assert audit.verdict == ("ok" if rule == "pass" else "inconclusive")


def test_the_first_pattern_that_says_something_holds() -> None:
    policy = Policy(feature_gates={
        "fare": FeatureGate(untested="pass"), "f*": FeatureGate(inconclusive="fail"),
        "*": FeatureGate("pass"),
    })  # fmt: skip
    assert [policy.inconclusive_of(name) for name in ("fare", "pay")] == ["fail", "pass"]
    assert [policy.lets_untested_pass(name) for name in ("fare", "pay")] == [True, False]
    assert policy.exit_code(Verdict.INCONCLUSIVE, failed=True) == 1


# What no test looked at


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        (["fare", "pay"], [("raw_only", ())]),
        (["fare_norm", "pay_norm"], [("served_only", ()), ("dependence", ())]),
        (["fare", "pay", "fare_norm", "pay_norm"], []),
        (["fare", "pay", "fare_norm"], [("raw_only", ("pay",))]),
    ],
)
def test_every_audit_says_what_it_left_out(
    parameters: Parameters,
    log: pd.DataFrame,
    columns: list[str],
    codes: list[tuple[str, tuple[str, ...]]],
) -> None:
    served = BOTH if "fare_norm" in columns else "none"
    audit = skewcheck.audit(parameters, log[columns], served=served, allow_missing=True)
    assert [(left_out.code, left_out.features) for left_out in audit.not_tested] == codes


# Training that cannot support a test


def sparse(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    weight = np.where(rng.random(rows) < 0.97, np.nan, rng.normal(70, 9, rows))
    surname = rng.integers(0, 2_900, rows).astype(str)
    return rides(seed, rows).assign(weight=weight, surname=surname)


def test_a_sparse_column_does_not_hold_a_gate_for_ever() -> None:
    known = skewcheck.fit(
        sparse(1, 4_000), categorical="surname", features="fare,pay,weight,surname"
    )
    clean = skewcheck.audit(known, sparse(2, 5_000))
    assert (clean.verdict, clean.exit_code, clean.holds) == ("ok", 0, ())
    reasons = {
        f.name: {t.reason.code for t in f.tests if t.verdict == "untested" and t.reason}
        for f in clean.features
    }
    assert reasons["weight"] == {"sparse_in_training"}
    assert reasons["surname"] == {"many_levels_in_training"}
    assert not reasons["fare"] | reasons["pay"]
    # What can be seen is seen: fewer nulls and other values of the few that there are.
    filled = sparse(3, 5_000)
    for shift in ({"weight": filled["weight"].fillna(70)}, {"weight": filled["weight"] * 2.2}):
        audit = skewcheck.audit(known, filled.assign(**shift))
        assert verdicts(audit)["weight"] == "skew"
    # Too few rows for all features are too few.
    assert skewcheck.audit(known, sparse(4, 100)).exit_code == 3
