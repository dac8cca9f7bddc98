"""What a user gave, by key: each getter turns one value into its type or says what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches

from skewcheck.results.policy import THRESHOLDS, Waiver
from skewcheck.text.errors import UsageError

REPORTED = ("wasserstein", "js", "kl", "mean", "std")
"""Tests that gate only where a threshold is set."""
TESTS = (*THRESHOLDS, *REPORTED, "chi2", "missing", "type", "constant")
"""Every test code."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FLAGS = {"thresholds": "threshold"}


def nearest(word: str, known: Sequence[str]) -> str:
    """Return ` (did you mean ...?)` with the nearest known word, or nothing if none is near."""
    close = get_close_matches(word, known, n=1, cutoff=0.5)  # short codes differ fast
    return f" (did you mean {close[0]}?)" if close else ""


@dataclass(frozen=True, slots=True)
class Given:
    """Options by key, and the file they stand in, if they do."""

    values: Mapping[str, object]
    file: str | None = None

    def error(self, key: str, problem: str) -> UsageError:
        """Return the error that names the option as the user wrote it."""
        flag = f"--{_FLAGS.get(key, key).replace('_', '-')}"
        return UsageError(f"{f'{self.file}: {key}' if self.file else flag}: {problem}")

    def text(self, key: str) -> str | None:
        """Return text; None where the option is not given, as all getters do."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.error(key, f"must be text, got {_shown(value)}")

    def texts(self, key: str, *, strip: bool = True) -> tuple[str, ...]:
        """Return a list of texts; one text is split at its commas."""
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            parts = value.split(",")
            return tuple(part.strip() for part in parts if part.strip()) if strip else tuple(parts)
        if isinstance(value, Sequence):
            return tuple(self._one_text(key, item) for item in value)
        raise self.error(key, f"must be a list of texts, got {_shown(value)}")

    def _one_text(self, key: str, value: object) -> str:
        if isinstance(value, str):
            return value
        raise self.error(key, f"must be a list of texts, has {_shown(value)} in it")

    def flag(self, key: str) -> bool:
        """Return whether it is true; False where it is not given."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.error(key, f"must be true or false, got {_shown(value)}")

    def number(self, key: str) -> float | None:
        """Return a finite number."""
        value = self.values.get(key)
        if value is None:
            return None
        number = _number(value)
        if number is None:
            raise self.error(key, f"must be a number, got {_shown(value)}")
        return number

    def whole(self, key: str, *, least: int) -> int | None:
        """Return a whole number that is at least `least`."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.error(
                key, f"must be a whole number of at least {least}, got {_shown(value)}"
            )
        return value

    def choice(self, key: str, known: Sequence[str]) -> str | None:
        """Return one of the known words."""
        value = self.text(key)
        if value is None or value in known:
            return value
        hint = nearest(value, known)
        raise self.error(key, f"must be one of {', '.join(known)}, got {_shown(value)}{hint}")

    def template(self, key: str) -> str | None:
        """Return a template for column names: `{feature}` is its only field."""
        value = self.text(key)
        if value is None:
            return None
        rest = value.replace("{feature}", "")
        if rest == value or "{" in rest or "}" in rest:
            problem = "must contain {feature} and no other field, as in {feature}_norm"
            raise self.error(key, f"{problem}, got {_shown(value)}")
        return value

    def moment(self, key: str) -> datetime | None:
        """Return a date or time with its offset; UTC where it has none."""
        value = self.values.get(key)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = None
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if not isinstance(moment, datetime):
            example = "2026-11-01 or 2026-11-01T13:00:00+01:00"
            raise self.error(key, f"must be a date or time as {example}, got {_shown(value)}")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def duration(self, key: str) -> timedelta | None:
        """Return a length of time such as `24h`, `7d` or `90m`."""
        value = self.values.get(key)
        if value is None or (isinstance(value, timedelta) and value > timedelta()):
            return value
        text = value if isinstance(value, str) else ""
        match = re.fullmatch(r"0*([1-9][0-9]{0,5})([smhdw])", text)
        if match is None:
            problem = "must be a length of time as 24h, 7d or 90m"
            raise self.error(key, f"{problem}, got {_shown(value)}")
        return timedelta(**{_UNITS[match[2]]: int(match[1])})

    def every(self, key: str = "every") -> timedelta | int | None:
        """Return a length of time, or a number of rows."""
        value = self.values.get(key)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        if value is None or isinstance(value, timedelta):
            return self.duration(key)
        if isinstance(value, str) and re.fullmatch(r"0*([1-9][0-9]{0,5})([smhdw])", value):
            return self.duration(key)
        problem = "must be a length of time as 1h, 1d or 90m, or a number of rows as 5000"
        raise self.error(key, f"{problem}, got {_shown(value)}")

    def thresholds(self, key: str = "thresholds") -> dict[str, float]:
        """Return thresholds by test, from a table or from texts `TEST=NUMBER`."""
        value = self.values.get(key)
        if isinstance(value, Mapping):
            return {str(test): self.threshold(key, str(test), value[test]) for test in value}
        pairs = [text.partition("=") for text in self.texts(key)]
        return {test: self.threshold(key, test, number) for test, _, number in pairs}

    def threshold(self, key: str, test: str, value: object) -> float:
        """Return the threshold of one test; its number may be text."""
        known = (*THRESHOLDS, *REPORTED)
        if test not in known:
            hint = nearest(test, known) or f"; known are {', '.join(known)}"
            raise self.error(key, f"no test {_shown(test)} with a threshold{hint}")
        number = _number(value)
        if number is None or number < 0:
            raise self.error(key, f"{test} must be a number of at least 0, got {_shown(value)}")
        return number

    def waivers(self, key: str = "ignore") -> tuple[Waiver, ...]:
        """Return waivers from texts `CODE:feature@2026-12-31`."""
        return tuple(self._waiver(key, text) for text in self.texts(key))

    def _waiver(self, key: str, text: str) -> Waiver:
        code, colon, rest = text.partition(":")
        # A feature's name may contain both signs, a code and a date neither.
        feature, at, until = rest.rpartition("@")
        if not (colon and at and feature):
            raise self.error(key, f"must be CODE:feature@2026-12-31, got {_shown(text)}")
        if code not in TESTS:
            hint = nearest(code, TESTS) or f"; known are {', '.join(TESTS)}"
            raise self.error(key, f"no test {_shown(code)}{hint}")
        try:
            return Waiver(code, feature, date.fromisoformat(until).isoformat())
        except ValueError:
            problem = f"must end in a day as 2026-12-31, got {_shown(until)}"
            raise self.error(key, problem) from None


def _number(value: object) -> float | None:
    """A finite number, also from text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
