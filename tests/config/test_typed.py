"""The typed options of the Python API are those of the table, with values that its readers take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

import skewcheck
from skewcheck import testing
from skewcheck.config import options as o
from skewcheck.config import typed
from skewcheck.config.settings import settings

TYPED: Mapping[str, type] = {
    "audit": typed.AuditOptions,
    "apply": typed.ApplyOptions,
    "inject": typed.InjectOptions,
    "power": typed.PowerOptions,
}
EXAMPLES: Mapping[str, list[object]] = {
    "where": ("kind=a", ["kind!=a", "b in 1,2"]),
    "raw": ["{feature}"], "served": ["{feature}_norm"], "baseline": ["previous", "a.csv"],
    "since": ["2026-11-01", date(2026, 11, 1)], "until": [datetime(2026, 11, 2, tzinfo=UTC)],
    "last": ["24h", timedelta(days=1)], "settle": ["60s", timedelta(minutes=1)],
    "within": ["24h", timedelta(days=1)], "as_of": ["2026-11-01", date(2026, 11, 1)],
    "every": ["1h", timedelta(hours=1), 5000, "5000"],
    "thresholds": [{"ks": 0.1}, ["ks=0.1"], "ks=0.1,psi=1"],
    "features": ["a,b*", ["a"], {"a*": {"raw": "amount", "ks": 0.1}}],
    "ignore": ["ks:fare@2026-12-31", ["ks:fare@2026-12-31"]],
}  # fmt: skip
"""Values that a type admits, where any value of it would not do."""
BY_TYPE: Mapping[object, list[object]] = {
    str: ["a"], int: [1], float: [0.5], bool: [True], typed.Texts: ["a,b", ["a", "b"]],
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_a_function_takes_the_options_of_its_command(name: str) -> None:
    options = o.of(name)
    explicit = {*inspect.signature(getattr(skewcheck, name)).parameters}
    of_the_audit = {key for key, option in options.items() if option.toml}
    of_the_report = {key for key, option in options.items() if option.presentation}
    assert {*get_type_hints(TYPED[name])} == of_the_audit - of_the_report - explicit
    assert {*options} - of_the_audit - of_the_report <= explicit | {
        "config",
        "debug",
        "gate",
        "output",
    }


@pytest.mark.parametrize(
    ("function", "options"),
    [
        *((getattr(skewcheck, n), t) for n, t in TYPED.items()),
        (testing.assert_no_skew, TYPED["audit"]),
    ],
)
def test_the_signature_says_so(function: Callable[..., object], options: type) -> None:
    last = [*inspect.signature(function).parameters.values()][-1]
    assert (last.kind, last.annotation) == (last.VAR_KEYWORD, f"Unpack[{options.__name__}]")


@pytest.mark.parametrize("name", TYPED)
def test_what_a_type_admits_can_be_read(name: str) -> None:
    options = o.of(name)
    for key, hint in get_type_hints(TYPED[name]).items():
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        assert len(kinds) < len(get_args(hint)), f"{key} may be None"
        words = [word for k in kinds if get_origin(k) is Literal for word in get_args(k)]
        reader = options[key].reader
        assert tuple(words) == (reader.choices if reader.name == "word" else ()), key
        values = EXAMPLES.get(key) or words or BY_TYPE.get(kinds[0]) or BY_TYPE[typed.Texts]
        for value in values:
            if key == "features" and isinstance(value, dict):
                assert settings({key: value}).columns["a*"].raw == "amount"
            else:
                reader.read(value)


def test_a_wrong_option_of_a_function_names_the_python_spelling() -> None:
    for function, name in ((skewcheck.audit, "audit"), (testing.assert_no_skew, "assert_no_skew")):
        with pytest.raises(skewcheck.SkewcheckError) as raised:
            function("p.json", "log.csv", alpa=1)
        assert str(raised.value) == f"{name}(): no option 'alpa' (did you mean alpha?)"
        with pytest.raises(skewcheck.SkewcheckError) as raised:
            function("p.json", "log.csv", alpha="x")
        assert str(raised.value) == f"{name}(alpha=...): must be a number, got 'x'"
