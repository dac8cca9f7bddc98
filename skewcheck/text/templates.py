"""Sentences from templates: `str.format` fields with additional formats for lists and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from skewcheck.text.numbers import figure, percent, shortened

HIDDEN = "(hidden)"
"""Written for a parameter that is missing: `--no-values` drops those that contain data."""
Template = str | Callable[[Mapping[str, object]], str]
"""A text with fields, or a function of the parameters if the wording depends on them."""


def filled(template: Template, parameters: Mapping[str, object]) -> str:
    """Return the sentence of a template.

    In addition to the formats of `str.format` a field may have `{share:percent}`, `{value:figure}`,
    `{names:few 3}` (the first three names, and how many more there are), `{names:all}`,
    `{rows:count row}` (`1 row`, `2,000 rows`) and `{column:or no name}` (the text if the value is
    empty). A missing parameter is written as `(hidden)`. Raises ValueError if a value does not fit
    its format.
    """
    if callable(template):
        return template(parameters)
    return _FORMATTER.vformat(template, (), _VisibleParameters(parameters))


class _VisibleParameters(dict[str, object]):
    """Parameters by name; HIDDEN for those that were dropped."""

    def __missing__(self, key: str) -> str:
        return HIDDEN


class _SentenceFormatter(Formatter):
    """`str.format` with the additional formats of `_FORMATS`."""

    def format_field(self, value: object, format_spec: str) -> str:
        """Return a value in the given format."""
        if value is HIDDEN:
            return HIDDEN
        name, _, argument = format_spec.partition(" ")
        write = _FORMATS.get(name)
        return format(value, format_spec) if write is None else write(value, argument)


def _first_names(value: object, argument: str) -> str:
    return shortened(_names(value), int(argument))


def _all_names(value: object, _: str) -> str:
    return ", ".join(_names(value))


def _names(value: object) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"must be several names, got {value!r}")
    return [str(name) for name in value]


def _count(value: object, argument: str) -> str:
    return f"{value:,} {argument}{'' if value == 1 else 's'}"


def _or_default(value: object, argument: str) -> str:
    return str(value) or argument


def _percent(value: object, _: str) -> str:
    return percent(_number(value))


def _figure(value: object, _: str) -> str:
    return figure(_number(value))


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise ValueError(f"must be a number, got {value!r}")
    return float(value)


_FORMATS: Mapping[str, Callable[[object, str], str]] = {
    "percent": _percent, "figure": _figure, "few": _first_names, "all": _all_names, "count": _count,
    "or": _or_default,
}  # fmt: skip
"""Functions of value and argument, by name of the format."""
_FORMATTER = _SentenceFormatter()
