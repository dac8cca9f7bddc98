"""Sentences from templates: `str.format` fields with a few more ways to write a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from skewcheck.text.numbers import figure, percent, shortened

HIDDEN = "(hidden)"
"""Written where the parameter of a field is missing: `--no-values` drops those that are data."""
Template = str | Callable[[Mapping[str, object]], str]
"""A text with fields, or a function of the parameters where the wording depends on them."""


def filled(template: Template, parameters: Mapping[str, object]) -> str:
    """Return the sentence of a template.

    Beside the formats of `str.format` a field may have `{share:percent}`, `{value:figure}`,
    `{names:few 3}` (the first three names, and how many more there are), `{names:all}`,
    `{rows:count row}` (`1 row`, `2,000 rows`) and `{column:or no name}` (the text where the value
    is empty). A parameter that is missing is written as `(hidden)`. Raises ValueError where a
    value is not what its format takes.
    """
    if callable(template):
        return template(parameters)
    return _SENTENCE.vformat(template, (), _Given(parameters))


class _Given(dict[str, object]):
    """Parameters, and the text that stands for those that were dropped."""

    def __missing__(self, key: str) -> str:
        return HIDDEN


class _Sentence(Formatter):
    """`str.format` with the ways of `_WAYS`."""

    def format_field(self, value: object, format_spec: str) -> str:
        """Return a value as its format says."""
        if value is HIDDEN:
            return HIDDEN
        name, _, argument = format_spec.partition(" ")
        write = _WAYS.get(name)
        return format(value, format_spec) if write is None else write(value, argument)


def _few(value: object, argument: str) -> str:
    return shortened(_names(value), int(argument))


def _all(value: object, _: str) -> str:
    return ", ".join(_names(value))


def _names(value: object) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"must be several names, got {value!r}")
    return [str(name) for name in value]


def _count(value: object, argument: str) -> str:
    return f"{value:,} {argument}{'' if value == 1 else 's'}"


def _or(value: object, argument: str) -> str:
    return str(value) or argument


def _percent(value: object, _: str) -> str:
    return percent(_number(value))


def _figure(value: object, _: str) -> str:
    return figure(_number(value))


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise ValueError(f"must be a number, got {value!r}")
    return float(value)


_WAYS: Mapping[str, Callable[[object, str], str]] = {
    "percent": _percent, "figure": _figure, "few": _few, "all": _all, "count": _count,
    "or": _or,
}  # fmt: skip
_SENTENCE = _Sentence()
