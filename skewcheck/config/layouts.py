"""Layouts of logs by name: where records hold features, in what lies around them.

The presets stand in `layouts.toml`; a user's own in the table `[layouts.NAME]` of skewcheck.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from skewcheck.config.conditions import Condition, condition
from skewcheck.config.readers import WrongValueError

PRESETS = Path(__file__).with_name("layouts.toml")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a kind of log keeps the values of features."""

    name: str
    about: str = ""
    """Who writes it."""
    inside: tuple[str, ...] = ()
    """Paths of records at or below which features are looked for, and nowhere else; `[]` may be
    left out."""
    time: str | None = None
    """The path of a record's time, where an option asks for times and names no column."""
    where: tuple[Condition, ...] = ()
    """Which records are meant."""
    preset: bool = False
    """Whether it is of the package, and the same for everybody."""

    def data(self) -> str | dict[str, object]:
        """Return what it says as JSON has it; of a preset the name."""
        if self.preset:
            return self.name
        return {
            "name": self.name, "inside": list(self.inside), "time": self.time,
            "where": [str(c) for c in self.where],
        }  # fmt: skip


def presets() -> Mapping[str, Layout]:
    """Return the layouts that the package knows, by name."""
    from skewcheck.text import toml  # most audits name none

    tables = toml.loads(PRESETS.read_text("utf-8"))
    return {name: replace(layout_of(name, t), preset=True) for name, t in tables.items()}


def layout_of(name: str, table: object) -> Layout:
    """Return a layout of a table of TOML; WrongValueError for what it must not hold."""
    if not isinstance(table, Mapping):
        raise WrongValueError("must be a table")
    for key in table:
        if key not in _KEYS:
            raise WrongValueError(f"{key} is no key of a layout; known are {', '.join(_KEYS)}")
    time = table.get("time")
    if time is not None and not isinstance(time, str):
        raise WrongValueError("time must be a path, as `eventMetadata.inferenceTime`")
    return Layout(
        name, str(table.get("about", "")), _texts(table, "inside"), time,
        tuple(condition(text) for text in _texts(table, "where")),
    )  # fmt: skip


_KEYS = ("about", "inside", "time", "where")


def _texts(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, ())
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(v, str) for v in values):
        raise WrongValueError(f"{key} must be a text, or a list of texts")
    return tuple(values)
