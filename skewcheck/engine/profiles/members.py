"""Members of JSON that somebody else wrote: of the kind that is expected, or ValueError."""

from __future__ import annotations

from skewcheck.engine.profiles.format import Json


def as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("no text")


def optional_text(value: object) -> str | None:
    return None if value is None else as_text(value)


def as_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("neither true nor false")


def as_whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise ValueError("no whole number")


def as_number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError("no number")


def as_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise ValueError("no list")


def as_texts(value: object) -> tuple[str, ...]:
    return tuple(map(as_text, as_list(value)))


def as_object(value: object) -> Json:
    if isinstance(value, dict):
        return value
    raise ValueError("no object")
