"""How the value of an option is read: from a flag's text, a TOML value or a Python object."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar

from skewcheck.catalogue.tests import by_kind, gating
from skewcheck.results.policy import Waiver
from skewcheck.text.similar import nearest

T_co = TypeVar("T_co", covariant=True)

_DURATION = re.compile(r"0*([1-9][0-9]{0,5})([smhdw])")
_NO_TIME = re.compile(r"0+[smhdw]")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
"""Letters of lengths of time, the shortest first."""
_SHOWN = 60
"""Characters of a wrong value that an error repeats: it stays one line."""


class WrongValueError(ValueError):
    """What is wrong with a value; whoever reads the option puts its name before it."""


@dataclass(frozen=True, slots=True)
class Reader(Generic[T_co]):
    """How values of a type are read."""

    name: str
    """What the reference calls such a value."""
    read: Callable[[object], T_co]
    """Never called with None; raises WrongValueError."""
    commas: bool = False
    """One flag holds several, separated by commas; else each stands in a flag of its own."""
    choices: tuple[str, ...] = ()
    """The words that it may be."""


def text(value: object) -> str:
    """Return text as it is."""
    if isinstance(value, str):
        return value
    raise WrongValueError(f"must be text, got {_shown(value)}")


def texts(value: object) -> tuple[str, ...]:
    """Return a list of texts; one text is split at its commas, without empty parts."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return _list_of_texts(value)


def exact_texts(value: object) -> tuple[str, ...]:
    """Return a list of texts; one text is split at its commas, empty parts and spaces kept."""
    return tuple(value.split(",")) if isinstance(value, str) else _list_of_texts(value)


def _list_of_texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence):
        raise WrongValueError(f"must be a list of texts, got {_shown(value)}")
    for item in value:
        if not isinstance(item, str):
            raise WrongValueError(f"must be a list of texts, has {_shown(item)} in it")
    return tuple(value)


def flag(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    raise WrongValueError(f"must be true or false, got {_shown(value)}")


def number(value: object) -> float:
    """Return a finite number, also from text."""
    parsed = _finite(value)
    if parsed is None:
        raise WrongValueError(f"must be a number, got {_shown(value)}")
    return parsed


def probability(value: object) -> float:
    """Return a number between 0 and 1, neither of which it may be."""
    parsed = number(value)
    if not 0 < parsed < 1:
        raise WrongValueError(f"must lie between 0 and 1, got {parsed:g}")
    return parsed


def integer(value: object) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError(f"must be a whole number, got {_shown(value)}")
    return value


def positive(value: object) -> int:
    """Return a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise WrongValueError(f"must be a whole number of at least 1, got {_shown(value)}")
    return value


def natural(value: object) -> int:
    """Return a whole number of at least 0, also from text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise WrongValueError(f"must be a whole number of at least 0, got {_shown(value)}")
    return value


def template(value: object) -> str:
    """Return a template of column names: `{feature}` is its only field."""
    pattern = text(value)
    rest = pattern.replace("{feature}", "")
    if rest == pattern or "{" in rest or "}" in rest:
        problem = "must contain {feature} and no other field, as in {feature}_norm"
        raise WrongValueError(f"{problem}, got {_shown(value)}")
    return pattern


NO_SERVED = "none"
"""Instead of a template of served columns: the log has none."""
AUTO = "auto"
"""Instead of one: the log itself shows which they are."""


def served(value: object) -> str | None:
    """Return a template of served columns, the word for none, or None where the log shows them."""
    if value == AUTO:
        return None
    return NO_SERVED if value == NO_SERVED else template(value)


def column_or_columns(value: object) -> str | tuple[str, ...]:
    """Return the name of a column as it is, or a list of such names."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise WrongValueError(f"must be text or a list of texts, got {_shown(value)}")
    return tuple(value)


def moment(value: object) -> datetime:
    """Return a date or time with its offset; UTC where it has none."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        parsed = None
    if isinstance(parsed, date) and not isinstance(parsed, datetime):
        parsed = datetime.combine(parsed, time())
    if not isinstance(parsed, datetime):
        example = "2026-11-01 or 2026-11-01T13:00:00+01:00"
        raise WrongValueError(f"must be a date or time as {example}, got {_shown(value)}")
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def moment_or_now(value: object) -> datetime:
    """Return a date or time as `moment` does; of `now` the present one."""
    return datetime.now(UTC) if value == "now" else moment(value)


def duration(value: object) -> timedelta:
    """Return a length of time such as `24h`, `7d` or `90m`; longer than zero."""
    length = _length(value)
    if length is None:
        problem = "must be a length of time as 24h, 7d or 90m"
        raise WrongValueError(f"{problem}, got {_shown(value)}")
    return length


def delay(value: object) -> timedelta:
    """Return a length of time that may also be zero: `0s`, or 0 of another unit."""
    nothing = isinstance(value, str) and _NO_TIME.fullmatch(value)
    return timedelta() if nothing or value == timedelta() else duration(value)


def window(value: object) -> timedelta | int:
    """Return the size of windows: a length of time, or a number of rows."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, timedelta):
        return duration(value)
    length = _length(value)
    if length is None:
        problem = "must be a length of time as 1h, 1d or 90m, or a number of rows as 5000"
        raise WrongValueError(f"{problem}, got {_shown(value)}")
    return length


def _length(value: object) -> timedelta | None:
    if isinstance(value, timedelta):
        return value if value > timedelta() else None
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else timedelta(**{UNITS[match[2]]: int(match[1])})


def thresholds(value: object) -> dict[str, float]:
    """Return thresholds by test, from a table or from texts `TEST=NUMBER`."""
    if isinstance(value, Mapping):
        return {str(test): threshold(str(test), value[test]) for test in value}
    pairs = [item.partition("=") for item in texts(value)]
    return {test: threshold(test, figure) for test, _, figure in pairs}


def threshold(test: str, value: object) -> float:
    """Return the threshold of one test, a number of at least 0, also from text."""
    tests = gating()
    if test not in tests:
        hint = nearest(test, tests) or f"; known are {', '.join(tests)}"
        raise WrongValueError(f"no test {_shown(test)} with a threshold{hint}")
    parsed = _finite(value)
    if parsed is None or parsed < 0:
        raise WrongValueError(f"{test} must be a number of at least 0, got {_shown(value)}")
    return parsed


def waivers(value: object) -> tuple[Waiver, ...]:
    """Return waivers from texts `CODE:feature@2026-12-31`."""
    return tuple(_waiver(item) for item in texts(value))


def _waiver(item: str) -> Waiver:
    code, colon, rest = item.partition(":")
    # A feature's name may contain both signs, a code and a date neither.
    feature, at, until = rest.rpartition("@")
    if not (colon and at and feature):
        raise WrongValueError(f"must be CODE:feature@2026-12-31, got {_shown(item)}")
    tests = tuple(spec.code for spec in by_kind())
    if code not in tests:
        hint = nearest(code, tests) or f"; known are {', '.join(tests)}"
        raise WrongValueError(f"no test {_shown(code)}{hint}")
    try:
        return Waiver(code, feature, date.fromisoformat(until).isoformat())
    except ValueError:
        raise WrongValueError(f"must end in a day as 2026-12-31, got {_shown(until)}") from None


def _finite(value: object) -> float | None:
    """Return a finite number, also from text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"


TEXT = Reader("text", text)
PATH = Reader("path", text)
TEXTS = Reader("list of texts", texts)
PATHS = Reader("list of paths", texts)
NAMES = Reader("list of names", texts, commas=True)
EXACT_TEXTS = Reader("list of texts", exact_texts, commas=True)
FLAG = Reader("true or false", flag)
NUMBER = Reader("number", number)
PROBABILITY = Reader("number between 0 and 1", probability)
INTEGER = Reader("whole number", integer)
NATURAL = Reader("whole number from 0 on", natural)
POSITIVE = Reader("whole number from 1 on", positive)
TEMPLATE = Reader("template with `{feature}`", template)
SERVED_TEMPLATE = Reader(f"template with `{{feature}}`, `{AUTO}` or `{NO_SERVED}`", served)
COLUMN_OR_COLUMNS = Reader("text, or list of texts", column_or_columns)
MOMENT = Reader("date or time", moment)
MOMENT_OR_NOW = Reader("date, time or now", moment_or_now)
DURATION = Reader("length of time", duration)
DELAY = Reader("length of time", delay)
WINDOW = Reader("length of time, or number of rows", window)
THRESHOLD_BY_TEST = Reader("number by test", thresholds)
WAIVERS = Reader("list of waivers", waivers)


def choice(*words: str) -> Reader[str]:
    """Return a reader of one of these words."""

    def read(value: object) -> str:
        word = text(value)
        if word in words:
            return word
        hint = nearest(word, words)
        raise WrongValueError(f"must be one of {', '.join(words)}, got {_shown(value)}{hint}")

    return Reader("word", read, choices=words)


def word_or_path(*words: str) -> Reader[str]:
    """Return a reader of one of these words or, any other text, a path."""
    return Reader("word or path", text, choices=words)
