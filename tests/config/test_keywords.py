"""Every option of the table, given to a Python function, is used or refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from rides import frame

import skewcheck
from skewcheck import testing
from skewcheck.config import options as o
from skewcheck.config import typed
from skewcheck.config.keywords import settings_for, taken
from skewcheck.config.settings import settings
from skewcheck.config.types import Settings
from skewcheck.features.types import CategoricalReference
from skewcheck.text.errors import UsageError

FUNCTIONS: Mapping[str, tuple[Callable[..., object], type, tuple[str, ...]]] = {
    "audit": (skewcheck.audit, typed.AuditOptions, ("p.json", "log.csv")),
    "assert_no_skew": (testing.assert_no_skew, typed.AuditOptions, ("p.json", "log.csv")),
    "apply": (skewcheck.apply, typed.ApplyOptions, ("p.json", "log.csv", "out.csv")),
    "inject": (skewcheck.inject, typed.InjectOptions, ("drift", "p.json", "log.csv", "out.csv")),
    "power": (skewcheck.power, typed.PowerOptions, ("p.json",)),
}
"""The functions that take options as keywords, the type of these, and arguments of no file: a
wrong option is refused before any is looked at."""
FIELDS = {"no_values": "values"} | dict.fromkeys(
    ("alpha", "correction", "thresholds", "fail_on", "inconclusive", "allow_missing", "ignore"),
    "policy",
)
"""The field of `Settings` that an option becomes, where it has another name."""


def keywords(name: str) -> set[str]:
    """Return what a function takes by a name of its own, or as an option."""
    function, options, _ = FUNCTIONS[name]
    return {*inspect.signature(function).parameters, *get_type_hints(options)} - {"options"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_option_that_a_function_does_not_take_is_refused(name: str) -> None:
    function, _, places = FUNCTIONS[name]
    refused = {option.key for option in o.every()} - keywords(name)
    assert {"quiet", "format", "normalize", "config"} <= refused
    for key in refused:
        with pytest.raises(UsageError) as caught:
            function(*places, **{key: "x"})
        assert str(caught.value).startswith(f"{name}({key}=...): is an option of "), key


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_option_of_its_type_is_none_that_it_refuses(name: str) -> None:
    _, options, _ = FUNCTIONS[name]
    command = "audit" if name == "assert_no_skew" else name
    assert {*taken(command)} - {"reference"} == {*get_type_hints(options)}


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        ("audit", "quiet", "audit(quiet=...): is an option of the command line alone"),
        ("audit", "debug", "audit(debug=...): is an option of the command line alone"),
        (
            "power",
            "since",
            "power(since=...): is an option of audit, profile, inject or bisect, not of power",
        ),
        ("audit", "normalize", "audit(normalize=...): is an option of fit, not of audit"),
        ("apply", "alpa", "apply(): no option 'alpa'"),
        ("power", "alpa", "power(): no option 'alpa' (did you mean alpha?)"),
    ],
)
def test_what_is_refused_is_told_whose_it_is(name: str, key: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings_for(name, None, {key: True})
    assert str(caught.value) == message


def test_none_is_not_given() -> None:
    assert settings_for("power", None, {"since": None, "quiet": None}) == Settings()


def test_options_beside_settings_would_be_ignored() -> None:
    whole = settings({"alpha": 0.5})
    assert settings_for("audit", whole, {"alpha": None}) is whole
    with pytest.raises(UsageError, match=r"^audit\(alpha=...\): cannot stand beside settings"):
        skewcheck.audit("p.json", "log.csv", settings=whole, alpha=0.1)


class Watched(Settings):
    """Settings that remember which of them were looked at."""

    seen: set[str]

    def __getattribute__(self, name: str) -> object:
        if not name.startswith("_"):
            SEEN.add(name)
        return object.__getattribute__(self, name)


SEEN: set[str] = set()


def watched(**options: object) -> Watched:
    """Return settings of which it is known which were looked at."""
    found = settings(options)
    SEEN.clear()
    return Watched(**{field.name: getattr(found, field.name) for field in fields(Settings)})


@pytest.mark.parametrize("name", ["audit", "apply", "inject", "power"])
def test_an_option_that_a_function_takes_is_used(name: str, tmp_path: Path) -> None:
    known = skewcheck.fit(frame())
    log = frame(2).assign(ts="2026-11-01T00:00:00Z", host="a")
    log.to_csv(tmp_path / "log.csv", index=False)
    logs, output = tmp_path / "log.csv", tmp_path / "out.csv"
    if name == "audit":
        chosen = watched(
            state=str(tmp_path / "state"), by="host", every="1h", time_column="ts",
            since="2026-10-01", last=None, baseline=str(logs),
        )  # fmt: skip
        skewcheck.audit(known, logs, settings=chosen)
    elif name == "power":
        skewcheck.power(known, 100, watched(), audits=5)
    elif name == "apply":
        skewcheck.apply(known, logs, output, watched())
    else:
        chosen = watched(since="2026-10-01", time_column="ts")
        skewcheck.inject("drift", known, logs, output, chosen)
    assert {FIELDS.get(key, key) for key in taken(name)} <= SEEN
    assert name == "audit" or "cluster" not in SEEN, "not all are looked at whatever is asked"


def test_a_list_of_a_signature_may_be_one_text(tmp_path: Path) -> None:
    train = pd.DataFrame({"fare": [1.0, 2.5, 4.0], "age": [3, 5, 3], "zone": ["?", "NA", "b"]})
    fitted = skewcheck.fit(train, features="fare, age", categorical="age")
    assert [(f.name, f.type) for f in fitted.features] == [
        ("fare", "numeric"),
        ("age", "categorical"),
    ]
    assert [f.name for f in skewcheck.fit(train, exclude="fare,zone").features] == ["age"]
    train.to_csv(tmp_path / "train.csv", index=False)
    file = tmp_path / "train.csv"
    zone = skewcheck.fit(file, features="zone", null_values="?,NA")["zone"].reference
    assert isinstance(zone, CategoricalReference)
    assert (dict(zone.counts), zone.nulls) == ({"b": 1}, 2)


@pytest.mark.parametrize("key", ["features", "exclude", "categorical", "names", "null_values"])
def test_a_parameter_of_a_wrong_type_is_named(key: str) -> None:
    train = pd.DataFrame({"fare": [1.0, 2.5, 4.0]})
    with pytest.raises(UsageError, match=rf"^fit\({key}=\.\.\.\): must be a list of texts"):
        skewcheck.fit(train, **{key: 3}, parameters=skewcheck.fit(train))


@pytest.mark.parametrize("key", ["rows", "audits"])
@pytest.mark.parametrize("value", [0, -1, "x"])
def test_a_number_of_a_signature_is_checked(key: str, value: object) -> None:
    known = skewcheck.fit(pd.DataFrame({"fare": np.linspace(0, 1, 300)}))
    with pytest.raises(UsageError, match=rf"^power\({key}=\.\.\.\): must be"):
        skewcheck.power(known, **{key: value})


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("shar", "share"), ("seeds", "seed"), ("number", "numbers"), ("served_", "served")],
)
def test_a_typo_is_held_against_the_signature_too(typo: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"no option '{typo}' \(did you mean {meant}\?\)"):
        skewcheck.inject("drift", "p.json", "log.csv", "out.csv", **{typo: 1})
