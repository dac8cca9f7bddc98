"""Take texts of the command line as they are given, without typer's converters.

Typer has pydantic convert each parameter, also texts (into themselves) and those that are not
given. Importing it and building the converters of fifty options takes a tenth of a small audit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_type_hints

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

TEXTS = (str, str | None, list[str], list[str] | None)
"""Annotations whose values are what was given."""


def take_as_given(command: object, function: Callable[..., object], helped: list[str]) -> None:
    """Let a command of typer, which was made of a function, convert no texts.

    Numbers are converted as ever, and a required parameter that is missing is still an error.
    `helped` are the spellings of the option for help, which typer adds.
    """
    if not isinstance(command, TyperCommand | TyperGroup):
        return
    annotations = get_type_hints(function)
    for parameter in command.get_params(typer.Context(command, help_option_names=helped)):
        if isinstance(parameter, TyperArgument | TyperOption):
            is_text = annotations.get(parameter.name or "") in TEXTS
            process = _without_converter(parameter, is_text=is_text)
            setattr(parameter, "process_value", process)  # noqa: B010  # of this object alone


def _without_converter(
    parameter: TyperArgument | TyperOption, *, is_text: bool
) -> Callable[[typer.Context, object], object]:
    """Return how a parameter makes its value of what was given, by its own way for the rest."""
    process, callback = parameter.process_value, parameter.callback
    many = parameter.nargs == -1 or getattr(parameter, "multiple", False)

    def process_value(context: typer.Context, value: object) -> object:
        if value is None and not parameter.required:
            missing = () if many else None
            return missing if callback is None else callback(context, parameter, missing)
        if is_text and callback is None:
            if isinstance(value, str) and not many:
                return value
            if isinstance(value, list | tuple) and many and value:
                return list(value)
        return process(context, value)

    return process_value
