"""The table of options agrees with the commands, the settings, and all that lists its words."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import pytest

from skewcheck.cli import COMMANDS, command
from skewcheck.config import options as o
from skewcheck.config import readers as r
from skewcheck.config.conditions import CONDITIONS, SHARE_OF_ALL
from skewcheck.config.settings import settings
from skewcheck.config.types import Settings
from skewcheck.features.types import METRICS
from skewcheck.reports import FORMATS
from skewcheck.statistics.corrections import CORRECTIONS
from skewcheck.training.methods import METHODS

LISTS = (
    r.TEXTS, r.PATHS, r.NAMES, r.EXACT_TEXTS, r.THRESHOLD_BY_TEST, r.WAIVERS, CONDITIONS
)  # fmt: skip
"""What one flag after another adds to."""
TYPES = {r.FLAG: bool, r.NUMBER: float, r.PROBABILITY: float, SHARE_OF_ALL: float,
    r.INTEGER: int, r.POSITIVE: int,
    r.NATURAL: int}  # fmt: skip


def flag_type(option: o.Option[object]) -> object:
    """Return the type that typer is to read; text for all that has no type of its own there."""
    return list[str] if option.reader in LISTS else TYPES.get(option.reader, str)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_what_the_table_says(name: str) -> None:
    options, function = o.of(name), command(name)
    parameters = inspect.signature(function).parameters
    assert sorted(parameters) == sorted(options)
    for key, hint in get_type_hints(function).items():
        if key != "return":
            optional = parameters[key].default is None
            expected = flag_type(options[key])
            assert hint == (expected | None if optional else expected), key
            assert (parameters[key].default is inspect.Parameter.empty) == options[key].required


def test_no_command_takes_a_key_twice() -> None:
    taken = [(name, option.key) for option in o.every() for name in option.commands]
    assert len(taken) == len(set(taken))
    assert {name for name, _ in taken} == {*COMMANDS, "skewcheck"}


def test_flags_follow_from_keys_where_nothing_else_is_said() -> None:
    assert o.MIN_ROWS.spellings == ("--min-rows",)
    assert o.OUTPUT.spellings == ("--output", "-o")
    assert o.THRESHOLD.flag == "--threshold"
    assert o.LOGS.spellings == ()


def test_help_ends_in_the_default() -> None:
    assert o.ALPHA.help == "Chance of a false alarm in a whole audit.  [default: 0.01]"
    assert o.of("inject")["seed"].help == "Another seed, other rows.  [default: 0]"
    assert o.SERVED.help == f"{o.SERVED.text}  [default: auto]"
    assert o.LAST.help == o.LAST.text
    assert o.QUIET.help == o.QUIET.text
    assert o.LOG_TO_WRITE.help == o.LOG_TO_WRITE.text


def test_each_key_of_a_file_is_of_the_audit_where_it_has_it() -> None:
    audit = o.of("audit")
    assert {key for key, option in audit.items() if option.toml} == {*o.TOML} - {
        "normalize", "categorical"}  # fmt: skip
    assert all(o.TOML[key] is audit[key] for key in o.TOML if key in audit)


@pytest.mark.parametrize("key", [key for key, option in o.TOML.items() if option.default])
def test_a_default_that_is_given_changes_nothing(key: str) -> None:
    assert settings({key: o.TOML[key].default}) == settings({}) == Settings()


def test_words_are_those_of_the_modules_that_know_them() -> None:
    assert o.FORMAT.reader.choices == tuple(FORMATS)
    assert o.CORRECTION.reader.choices == tuple(CORRECTIONS)
    assert o.METHODS == METHODS
    assert o.METRICS == METRICS


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_words_are_listed_as_in_a_sentence(words: list[str], text: str) -> None:
    assert o.listed(words) == text
