"""The settings that a log was counted with: kept in its profile, and compared with an audit's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from skewcheck.config.conditions import conditions
from skewcheck.config.layouts import Layout, layout_of, presets
from skewcheck.config.readers import WrongValueError, moment
from skewcheck.config.types import Columns, Connected, Settings
from skewcheck.counts.codec import DamagedError
from skewcheck.text.errors import OptionName, UsageError

SPANS = ("since", "until", "last")
"""Which rows were counted: profiles of several spans of time are one log."""
KEYS = (
    "raw", "served", "columns", "features", "exclude", "names", "group", "column_names",
    "null_values", "version", "as_of", "sql", "join", "within", "layout", "where", "reference",
    *SPANS, "time_column", "every", "by", "cluster",
)  # fmt: skip
"""The settings that counts depend on; all others are the audit's."""
_OPTIONS = {"column_names": "columns", "columns": "features"}
"""The key of the option that gives a setting, where it is another."""
_SAME_FILE = ("reference",)
"""Paths, which differ between machines: that the file is the same shows in the counts."""


def told(settings: Settings) -> dict[str, object]:
    """Return the settings that counts depend on, as JSON has them; defaults are left out."""
    usual = Settings()
    given = {key: getattr(settings, key) for key in KEYS if key not in _SAME_FILE}
    values = {key: _plain(v) for key, v in given.items() if v != getattr(usual, key)}
    if settings.connected:
        values["connected"] = {
            name: [c.raw, None if c.served is None else dict(c.served)]
            for name, c in settings.connected.items()
        }
    return values


def _plain(value: object) -> object:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case timedelta():
            return {"seconds": value.total_seconds()}
        case datetime():
            return value.isoformat()
        case Layout():
            return value.data()
        case Mapping():
            return [[name, c.raw, _plain(c.served)] for name, c in value.items()]
    return value if value is None or isinstance(value, int | str) else str(value)


def restored(settings: Settings, values: object) -> Settings:
    """Return settings with those of a profile; DamagedError where these are none."""
    if not isinstance(values, dict):
        raise DamagedError("no settings")
    try:
        changed = {
            key: _READERS.get(key, _text)(value) for key, value in values.items() if key in _FIELDS
        }
    except (WrongValueError, ValueError, TypeError, OverflowError):
        raise DamagedError("settings of another kind") from None
    usual = {key: getattr(Settings(), key) for key in KEYS if key not in _SAME_FILE}
    return replace(settings, **{**usual, "connected": {}, **changed})


_FIELDS = frozenset([*KEYS, "connected"]).difference(_SAME_FILE)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("no text")


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(_text, value))
    raise ValueError("no list of texts")


def _served(value: object) -> str | tuple[str, ...] | None:
    return _texts(value) if isinstance(value, list) else None if value is None else _text(value)


def _columns(value: object) -> dict[str, Columns]:
    found = {}
    for pattern, raw, served in value if isinstance(value, list) else ():
        found[_text(pattern)] = Columns(None if raw is None else _text(raw), _served(served))
    return found


def _connected(value: object) -> dict[str, Connected]:
    found = {}
    for name, (raw, served) in value.items() if isinstance(value, dict) else ():
        columns = None if served is None else {_text(k): _text(v) for k, v in served.items()}
        found[_text(name)] = Connected(None if raw is None else _text(raw), columns)
    return found


def _length(value: object) -> timedelta | int:
    if isinstance(value, dict) and isinstance(value.get("seconds"), int | float):
        return timedelta(seconds=value["seconds"])
    return _whole(value)


def _whole(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ValueError("no number")


def _layout(value: object) -> Layout:
    if isinstance(value, str):
        return presets()[value] if value in presets() else layout_of(value, {})
    if not isinstance(value, dict):
        raise ValueError("no layout")
    table = {k: v for k, v in value.items() if k in ("inside", "time", "where") and v is not None}
    return layout_of(_text(value.get("name")), table)


_READERS: Mapping[str, Callable[[object], object]] = {
    **dict.fromkeys(
        ("features", "exclude", "names", "column_names", "null_values", "join", "by"), _texts
    ),
    "columns": _columns, "connected": _connected, "version": _whole, "as_of": moment,
    "since": moment, "until": moment, "every": _length, "within": _length, "last": _length,
    "layout": _layout, "where": conditions,
}  # fmt: skip
"""How a setting is read that is no text."""


def refuse_others(settings: Settings, counted: Settings, name: str) -> None:
    """Raise UsageError for a setting of an audit with which the rows of a profile were not counted.

    What an audit leaves at its default is the profile's. `name` is that of the profile's file.
    """
    given, known, usual = settings.data(), counted.data(), Settings().data()
    for key in KEYS:
        value = given.get(key)
        if key in _SAME_FILE or value in (usual.get(key), known.get(key)):
            continue
        if key == "by" and value is not None and settings.by == counted.by:
            continue
        shown = known.get(key)
        how = "without it" if shown in (None, usual.get(key)) else f"with {shown!r}"
        option = OptionName(_OPTIONS.get(key, key), None if key == "columns" else value)
        raise UsageError(
            option, f": the rows of {name} were counted {how}, and it holds no rows to count"
            " again: leave it out, or write the profile with it",
        )  # fmt: skip


def common(name: str, counted: Settings, first: str, others: Settings) -> None:
    """Raise UsageError where two profiles were counted with other settings; spans may differ."""
    mine, theirs = counted.data(), others.data()
    for key in KEYS:
        if key not in (*SPANS, *_SAME_FILE) and mine.get(key) != theirs.get(key):
            how = [
                "without" if value in (None, Settings().data().get(key)) else f"with {value!r}"
                for value in (mine.get(key), theirs.get(key))
            ]
            key = _OPTIONS.get(key, key)
            raise UsageError(
                f"{name} was counted {how[0]}, and {first} {how[1]}, as ", OptionName(key),
                ": profiles of one audit must be counted alike",
            )  # fmt: skip
