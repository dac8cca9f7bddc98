"""Typer's parameters, made of the table of options; and what commands do with their values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.models import ArgumentInfo, OptionInfo

from skewcheck.cli import COMPLETION
from skewcheck.config.given import Given, Origin
from skewcheck.config.options import CONFIG, GATE, TOML, of

if TYPE_CHECKING:
    from skewcheck.cli.completion import Completer
    from skewcheck.config.option import Option
    from skewcheck.config.types import Settings, SettingsFile

Text = str | None
Texts = list[str] | None
Flag = bool | None
Whole = int | None
Number = float | None


def parameters_of(command: str) -> Callable[[str], OptionInfo | ArgumentInfo]:
    """Return a function from a key to the metadata of an annotation, as the table has it.

    KeyError for a key that the command does not take.
    """

    def parameter(key: str) -> OptionInfo | ArgumentInfo:
        option = of(command)[key]
        complete = _completer(option) if COMPLETION in os.environ else None
        if option.argument:
            argument: ArgumentInfo = typer.Argument(
                metavar=option.metavar, help=option.help, show_default=False,
                autocompletion=complete,
            )  # fmt: skip
            return argument
        metavar = option.metavar or "|".join(option.reader.choices) or None
        flag: OptionInfo = typer.Option(
            *option.spellings, metavar=metavar, help=option.help, show_default=False,
            autocompletion=complete,
        )  # fmt: skip
        return flag

    return parameter


def _completer(option: Option[object]) -> Completer | None:
    from skewcheck.cli.completion import completer  # only shells need it

    return completer(option)


def given(command: str, values: Mapping[str, object]) -> Given:
    """Return the options that were given, of the values of all parameters.

    A list of names, which may stand in one flag or in several, becomes one text.
    """
    options = of(command)
    found: dict[str, object] = {}
    for key, value in values.items():
        if value is None or value == []:
            continue
        joined = isinstance(value, list) and options[key].reader.commas
        found[key] = ",".join(value) if isinstance(value, list) and joined else value
    return Given(found)


def with_file(flags: Given) -> Given:
    """Return flags and, where there are none, what the configuration file says.

    The file is that of `--config`, or the one that is there: of the working folder, or of a folder
    above it in the same repository.
    """
    file = _read(flags)
    return Given({**file.options, **flags.values}, file.origin)


def configured(command: str, flags: Given) -> tuple[Settings, Given]:
    """Return the settings, and all options: flags, then what the configuration file says."""
    from skewcheck.config.settings import settings

    options = of(command)
    file = _read(flags)
    arguments = {key for key in flags.values if options[key].argument}
    shared = {
        key: value
        for key, value in flags.values.items()
        if options[key].toml and key not in arguments
    }
    others = {key: value for key, value in file.options.items() if key not in arguments}
    chosen = settings(shared, others, file.origin)
    if file.path is not None:
        chosen = replace(chosen, file=_source(file, flags))
    return chosen, Given({**file.options, **flags.values}, file.origin)


@dataclass(frozen=True, slots=True)
class _File:
    """What a configuration file says."""

    options: Mapping[str, object]
    origin: Origin
    """Which options stand in the file alone."""
    path: Path | None


def _read(flags: Given) -> _File:
    """Return the options of the configuration file, if there is one."""
    from skewcheck.config.discovery import confined, settings_file
    from skewcheck.config.settings_file import file_at, read

    place, gate = CONFIG.of(flags), GATE.of(flags)
    path = file_at(place) if place else settings_file(Path())
    if path is None:
        if gate is not None:
            raise GATE.error(flags, f"{gate[:60]!r} is a table of a settings file: there is none")
        return _File({}, Origin(), None)
    options = read(path, gate)
    origin = Origin(files={key: str(path) for key in options if key not in flags.values})
    return _File(options if place else confined(options, flags, path), origin, path)


def _source(file: _File, flags: Given) -> SettingsFile:
    """Return what reports say of the file: what it sets, and what it reads from elsewhere."""
    from skewcheck.config.discovery import outside_inputs
    from skewcheck.config.settings import TABLES
    from skewcheck.config.types import SettingsFile

    merged = {"thresholds"}  # test by test, with those of flags
    keys = [key for key in file.options if key in merged or key not in flags.values]
    keys = [key for key in keys if key not in TOML or not TOML[key].presentation]
    inputs = {key: file.options[key] for key in keys}
    gate = GATE.of(flags)
    outside = () if file.path is None else outside_inputs(inputs, file.path, gate)
    named = {"features" if key == TABLES else key for key in keys}
    return SettingsFile(str(file.path), tuple(sorted(named)), outside, gate)
