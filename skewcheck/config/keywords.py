"""The options of a Python function's call: each is used or refused."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.config.given import Given, Origin
from skewcheck.config.options import CONFIG, DEBUG, GATE, Option, every, listed, of
from skewcheck.config.readers import T_co
from skewcheck.config.settings import settings as settings_of
from skewcheck.config.types import Settings
from skewcheck.text.errors import UsageError

_COMMANDS = {"assert_no_skew": "audit", "spark.audit": "audit", "Profiler": "profile"}
"""The command whose options a function takes, where it has another name."""
_SAME = "policy"
"""The command that takes options of an audit for what they say: no function is named after it."""
_OF_THE_COMMAND_LINE = (CONFIG, DEBUG, GATE)
"""Options of no function: which settings file is read, and tracebacks."""


def settings_for(
    function: str, settings: Settings | None, options: Mapping[str, object]
) -> Settings:
    """Return the settings that a function was given, or else those of its options.

    Options that are None were not given. Raises UsageError, which names the keyword, for an option
    beside `settings`, for one that the function has no use for, and for a wrong value.
    """
    given = Given(
        {key: value for key, value in options.items() if value is not None},
        Origin("function", function),
    )
    _refuse_unused(given, _COMMANDS.get(function, function))
    if settings is None:
        return settings_of(given.values, origin=given.origin)
    for key in given.values:
        raise given.error(key, "cannot stand beside settings, which hold all options")
    return settings


def parameter(function: str, option: Option[T_co], value: object) -> T_co:
    """Return the value of a parameter in a function's signature, as its option reads it.

    So `fit(features="a,b")` has a list, as all options. Raises UsageError, which names it.
    """
    return option.of(Given({option.key: value}, Origin("function", function)))


def taken(command: str) -> list[str]:
    """Return the options that a command's function takes as keywords: those of what it does."""
    return [
        key
        for key, option in of(command).items()
        if option.toml and not option.presentation and not option.argument
    ]


def _refuse_unused(given: Given, command: str) -> None:
    keys = taken(command)
    for key in given.values:
        if key not in keys:
            raise _unused(given, key, _spelled(command))


def _spelled(command: str) -> list[str]:
    """Return all keywords of a command's function, those that stand in its signature as well."""
    return [
        key
        for key, option in of(command).items()
        if not (option.presentation or option.argument or option in _OF_THE_COMMAND_LINE)
    ]


def _unused(given: Given, key: str, keys: list[str]) -> UsageError:
    entries = [option for option in every() if option.key == key]
    if not entries:
        return given.unknown(key, keys)
    apart = (option for option in entries if not option.presentation)
    commands = [name for o in apart if o not in _OF_THE_COMMAND_LINE for name in o.commands]
    commands = [name for name in commands if name != _SAME]
    if not commands:
        return given.error(key, "is an option of the command line alone")
    return given.error(key, f"is an option of {listed(commands)}, not of {given.origin.name}")
