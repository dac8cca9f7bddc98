"""Values show which columns are served ones; which of them is a feature's is in their names.

Faults are written by hand into columns of whatever names: none may make a wrong server pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import OneHot
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit

LEVELS = ("app", "card", "cash", "none")
NUMERIC = ["age", "fare", "dist", "hours"]


def rides(seed: int, rows: int = 2_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows),
        "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "dist": np.round(rng.lognormal(1, 0.6, rows), 3),
        "hours": rng.integers(0, 24, rows),
        "pay": rng.choice(LEVELS, rows, p=[0.2, 0.4, 0.3, 0.1]),
    })  # fmt: skip


@pytest.fixture(scope="module")
def known() -> Parameters:
    fitted = skewcheck.fit(rides(1, 20_000))
    pay = replace(fitted["pay"], steps=(OneHot(LEVELS),))
    return replace(fitted, features=(*fitted.features[:4], pay))


Names = Callable[[str], str]
SPELLINGS: dict[str, Names] = {
    "upper case": lambda key: f"NUM__{key}".upper(),
    "camel case": lambda key: "In" + "".join(part.capitalize() for part in key.split("_")),
    "dots": lambda key: f"t1.{key}",
    "slashes": lambda key: f"t1/{key.replace('_', '/')}",
    "a word behind": lambda key: f"{key}_z",
    "kebab": lambda key: f"out-{key.replace('_', '-')}",
    "a level alone": lambda key: f"is_{key.removeprefix('pay_')}",
}
Fault = Callable[[pd.DataFrame, pd.DataFrame], dict[str, object]]
"""Returns the columns that a wrong server changes, of raw values and what training makes."""
FAULTS: dict[str, tuple[Fault, set[str]]] = {
    "none": (lambda *_: {}, set()),
    "two swapped": (lambda _, fed: {"age": fed["dist"], "dist": fed["age"]}, {"age", "dist"}),
    "all rotated": (
        lambda _, fed: {name: fed[NUMERIC[place - 1]] for place, name in enumerate(NUMERIC)},
        set(NUMERIC),
    ),
    "raw": (lambda raw, _: {"fare": raw["fare"]}, {"fare"}),
    "constant": (lambda *_: {"fare": 0.0}, {"fare"}),
    "another deviation": (lambda _, fed: {"fare": fed["fare"] / 1.3}, {"fare"}),
    "noise": (
        lambda raw, _: {"fare": np.random.default_rng(3).normal(size=len(raw))}, {"fare"}
    ),
    "levels permuted": (
        lambda _, fed: {f"pay_{level}": fed[f"pay_{LEVELS[place - 1]}"]
                        for place, level in enumerate(LEVELS)}, {"pay"},
    ),
    "levels zero": (lambda *_: {f"pay_{level}": 0 for level in LEVELS}, {"pay"}),
}  # fmt: skip


def _audited(known: Parameters, fault: str, name: Names, more: pd.DataFrame | None = None) -> Audit:
    raw = rides(2)
    fed = known.transform(raw)
    fed = fed.assign(**FAULTS[fault][0](raw, fed)).rename(columns=name)
    return skewcheck.audit(known, pd.concat([raw, fed, *([] if more is None else [more])], axis=1))


def _skewed(audit: Audit) -> set[str]:
    return {feature.name for feature in audit.features if feature.verdict.value == "skew"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_family_is_served_by_its_names(known: Parameters, spelling: str, fault: str) -> None:
    audit = _audited(known, fault, SPELLINGS[spelling])
    assert _skewed(audit) == FAULTS[fault][1]
    assert audit.exit_code == int(fault != "none")


HASHES = {name: f"f{place}{'qzxkwvyj'[place]}" for place, name in enumerate(
    (*NUMERIC, *(f"pay_{level}" for level in LEVELS))
)}  # fmt: skip


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "levels" not in fault])
def test_nothing_passes_where_names_say_nothing(known: Parameters, fault: str) -> None:
    """What equals training is taken by its values, and a feature that is left holds the audit.

    Two columns that are swapped are what training makes of the other feature: nothing says that
    they are not its own.
    """
    audit = _audited(known, fault, HASHES.__getitem__)
    seen = fault not in ("none", "two swapped", "all rotated")
    assert audit.exit_code == (3 if seen else 0)
    if seen:
        (served,) = [hold.served for hold in audit.holds if hold.served is not None]
        assert (served.features, HASHES["fare"] in served.columns) == (("fare",), True)
        assert "fare" in skewcheck.render(audit, "markdown").split("COLUMN")[0]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
@pytest.mark.parametrize("first", [True, False])
def test_a_right_family_does_not_stand_for_a_wrong_one(
    known: Parameters, fault: str, first: bool
) -> None:
    """Beside the values that the model was fed lie those of a shadow server, or of training."""
    fed, shadow = ("a", "b") if first else ("b", "a")
    right = known.transform(rides(2)).rename(columns=lambda key: f"{shadow}.{key}")
    audit = _audited(known, fault, lambda key: f"{fed}.{key}", right)
    assert audit.exit_code in (1, 3)
    copy = _audited(known, "none", lambda key: f"{fed}.{key}", right)
    assert (copy.exit_code, copy.holds) == (0, ())


def test_names_of_other_values_are_no_family(known: Parameters) -> None:
    """Averages, shares and logarithms of features have names like those of served values."""
    raw = rides(2)
    others = pd.concat([
        raw[NUMERIC].rolling(30, min_periods=1).mean().add_suffix("_avg"),
        raw[NUMERIC].rank(pct=True).add_prefix("pct."), np.log1p(raw[NUMERIC]).add_prefix("log_"),
    ], axis=1)  # fmt: skip
    alone = skewcheck.audit(known, pd.concat([raw, others], axis=1))
    assert (alone.exit_code, alone.logs.mode, alone.holds) == (0, "raw", ())
    for fault in ("none", "two swapped"):
        audit = _audited(known, fault, SPELLINGS["dots"], others)
        assert _skewed(audit) == FAULTS[fault][1]


@pytest.mark.parametrize("words", [("t", "f"), ("Y", "N"), ("yes", "no")])
@pytest.mark.parametrize("fault", ["none", "levels permuted"])
def test_levels_in_words_hold_the_audit(
    known: Parameters, words: tuple[str, str], fault: str
) -> None:
    raw = rides(2)
    fed = known.transform(raw)
    levels = fed.assign(**FAULTS[fault][0](raw, fed))[[f"pay_{level}" for level in LEVELS]]
    levels = levels.map(lambda value: words[0] if value else words[1])
    audit = skewcheck.audit(known, pd.concat([raw, levels.add_prefix("cat__")], axis=1))
    assert (audit.exit_code, [hold.code for hold in audit.holds]) == (3, ["served_unasked"])


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("prefix", ["model__", "x.", "NUM__", "fed/"])
def test_few_of_the_levels(known: Parameters, prefix: str, wrong: bool) -> None:
    """One column of four is the served side where others are: three are missed, as asked for."""
    raw = rides(2)
    fed = known.transform(raw)[[*NUMERIC, "pay_cash"]]
    fed = (fed.assign(pay_cash=0) if wrong else fed).rename(columns=lambda key: f"{prefix}{key}")
    audit = skewcheck.audit(known, pd.concat([raw, fed], axis=1))
    (pay,) = [feature for feature in audit.features if feature.name == "pay"]
    assert (audit.exit_code, _skewed(audit), pay.mode) == (1, {"pay"}, "paired")
    assert pay.parity is not None
    assert (pay.parity.mismatched > 0) == wrong


ALL_WRONG: dict[str, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "of other data": lambda _, fed: fed / 5 + 20,
    "raw": lambda raw, _: raw,
    "zero": lambda _, fed: fed * 0,
}


@pytest.mark.parametrize("fault", ALL_WRONG)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_server_that_is_wrong_in_all_numbers(
    known: Parameters, spelling: str, fault: str
) -> None:
    """Only the levels are right: that some are served says that the others' columns may be."""
    raw = rides(2)
    fed = known.transform(raw)
    fed[NUMERIC] = ALL_WRONG[fault](raw[NUMERIC].astype(float), fed[NUMERIC])
    log = pd.concat([raw, fed.rename(columns=SPELLINGS[spelling])], axis=1)
    audit = skewcheck.audit(known, log)
    held = [set(hold.features) for hold in audit.holds if hold.code == "served_unasked"]
    assert _skewed(audit) == set(NUMERIC) or held == [set(NUMERIC)]
    assert audit.exit_code in (1, 3)
