"""Conditions on records, as `--where` takes them: `kind=predict`, `kind!=health`, `kind in a,b`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.config.readers import TEXT, TEXTS, Reader, WrongValueError

_CONDITION = re.compile(r"\s*(.+?)\s*(!=|=|\s(?:not\s+)?in\s)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which values a column may have."""

    column: str
    values: tuple[str, ...]
    negated: bool = False
    """Whether it must have another value."""

    def __str__(self) -> str:
        """Return it as it is written."""
        if len(self.values) == 1:
            return f"{self.column}{'!=' if self.negated else '='}{self.values[0]}"
        return f"{self.column} {'not in' if self.negated else 'in'} {','.join(self.values)}"


def condition(text: str) -> Condition:
    """Return the condition that a text is; WrongValueError for any other."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        problem = "must be kind=predict, kind!=health or kind in a,b"
        raise WrongValueError(f"{problem}, got {text[:40]!r}")
    column, sign, values = match.groups()
    several = sign.strip().endswith("in")
    parts = [part.strip() for part in values.split(",")] if several else [values]
    return Condition(column, tuple(parts), sign.strip() == "!=" or "not" in sign)


def conditions(value: object) -> tuple[Condition, ...]:
    """Return the conditions of a text, or of a list of texts; all of them must hold."""
    if isinstance(value, Sequence) and all(isinstance(item, Condition) for item in value):
        return tuple(item for item in value if isinstance(item, Condition))
    texts = (value,) if isinstance(value, str) else TEXTS.read(value)
    return tuple(condition(text) for text in texts)


CONDITIONS = Reader("list of conditions", conditions)


def share(value: object) -> float:
    """Return a number from 0 to 1."""
    from skewcheck.config.readers import number

    parsed = number(value)
    if not 0 <= parsed <= 1:
        raise WrongValueError(f"must lie between 0 and 1, got {parsed:g}")
    return parsed


SHARE_OF_ALL = Reader("number from 0 to 1", share)


def join_names(value: object) -> tuple[str, ...]:
    """Return the names of an id: one, or two as `a.id=b.request_id`."""
    names = tuple(name.strip() for name in TEXT.read(value).split("="))
    if not all(names) or len(names) > 2:
        raise WrongValueError(f"must be COLUMN or COLUMN=OTHER, got {str(value)[:40]!r}")
    return tuple(dict.fromkeys(names))


JOIN_NAMES = Reader("column, or two as `a=b`", join_names)
