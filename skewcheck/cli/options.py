"""Typer's parameters, made of the table of options; and what commands do with their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import typer
from typer.models import ArgumentInfo, OptionInfo

from skewcheck.config.given import Given, Origin
from skewcheck.config.options import CONFIG, of

if TYPE_CHECKING:
    from skewcheck.config.types import Settings

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
        if option.argument:
            argument: ArgumentInfo = typer.Argument(
                metavar=option.metavar, help=option.help, show_default=False
            )
            return argument
        metavar = option.metavar or "|".join(option.reader.choices) or None
        flag: OptionInfo = typer.Option(
            *option.spellings, metavar=metavar, help=option.help, show_default=False
        )
        return flag

    return parameter


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

    The file is that of `--config`, or of the working folder.
    """
    file, origin = _file(flags)
    return Given({**file, **flags.values}, origin)


def configured(command: str, flags: Given) -> tuple[Settings, Given]:
    """Return the settings, and all options: flags, then what the configuration file says."""
    from skewcheck.config.settings import settings

    options = of(command)
    file, origin = _file(flags)
    shared = {key: value for key, value in flags.values.items() if options[key].toml}
    return settings(shared, file, origin), Given({**file, **flags.values}, origin)


def _file(flags: Given) -> tuple[dict[str, object], Origin]:
    """Return what the configuration file says, and which options stand in it alone."""
    from skewcheck.config.settings import file_at, read

    place = CONFIG.of(flags) or "."
    file, path = read(place), str(file_at(place))
    return file, Origin(files={key: path for key in file if key not in flags.values})
