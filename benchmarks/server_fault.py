"""The type of a server's fault: what it is made of, what it serves, and what a right audit says.

Names of the numbers that a cause must tell, and their units:

`over` (`running`, `ema`, `window`, `batch`, `key`, `day`), `alpha` (weight of the old value, or of
the new one), `length` (rows of a window, a batch), `frozen` (rows after which statistics stay),
`until` (rows of a warm-up), `per` (column of keys that have their own statistics), `lag` (rows;
negative where the raw column is late), `lag_seconds`, `seconds` (that a cache keeps a value), `by`
(name of the column of entities), `offset` and `modulo` (of `time_shift`), `multiple` (of what a
value is cut to),
`function` (its usual name), `map` (raw value to the raw value that was used), `relation` (of
recovered numbers to those of the file), `factor` (served unit per unit of training), `feature`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from server_sets import ServerSet
from worlds import Columns

Array = np.ndarray
Mode = Literal["paired", "served", "raw"]
Part = Literal["all", "host", "noon", "tenth"]
MODES: tuple[Mode, ...] = ("paired", "served", "raw")
PARTS: tuple[Part, ...] = ("all", "host", "noon", "tenth")
PAIRED: tuple[Mode, ...] = ("paired",)
NO_RAW: tuple[Mode, ...] = ("paired", "served")
Number = float | str | tuple[float | str, ...] | Mapping[float, float]
"""What a parameter must be: empty for none; a tuple lists values that are as good."""
Numbers = Mapping[str, Number]


@dataclass(frozen=True)
class Rows:
    """Rows that one faulty server answered, in the order of their arrival."""

    data: ServerSet
    feature: str
    raw: Columns
    """As training knows them."""
    times: Array
    """Epoch seconds, ascending."""
    entity: Array
    request: Array
    """Number of the request that a row came with; a request has 5 to 30 rows in sequence."""
    random: np.random.Generator

    @property
    def x(self) -> Array:
        """Return the raw values of the faulty feature."""
        return self.raw[self.feature]

    @property
    def trained(self) -> Array:
        """Return the raw values that training had of the faulty feature."""
        return self.data.training[self.feature]

    @cached_property
    def served(self) -> Columns:
        """Return what a right server serves."""
        served: dict[str, Array] = {}
        for name, x in self.raw.items():
            served |= self.data.right(name, x)
        return served

    @property
    def line(self) -> tuple[float, float]:
        """Return what training subtracts from the feature, and what it divides by."""
        step = self.data.steps[self.feature][-1]
        get = {k: float(v) for k, v in step.items() if isinstance(v, float | int)}
        match step["op"]:
            case "zscore":
                return get["mean"], get["std"]
            case "minmax":
                return get["min"], get["max"] - get["min"]
            case _:
                return 0.0, get["scale"]


@dataclass(frozen=True)
class Made:
    """What a faulty server made of rows: the columns that differ from those of a right one."""

    served: Columns = field(default_factory=dict)
    """By served column."""
    raw: Columns = field(default_factory=dict)
    """By feature: what is logged raw where the fault comes before the log."""
    extra: Columns = field(default_factory=dict)
    """Columns that the log has beside, null in the rows of other servers."""
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    """By code: numbers that depend on the data."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By feature: the feature whose values or parameters it has."""


Maker = Callable[[Rows], Made]


@dataclass(frozen=True)
class ServerFault:
    """A fault that real servers have."""

    name: str
    family: str
    on: tuple[tuple[str, str], ...]
    """Sets, and the features of theirs that have it; empty for a fault of whole rows."""
    make: Maker
    codes: Mapping[str, Numbers]
    """The causes that name it rightly, and the numbers that each must tell."""
    modes: tuple[Mode, ...] = MODES
    parts: tuple[Part, ...] = PARTS
    also: frozenset[str] = frozenset()
    """Mechanical causes that are true as well, though they do not name it."""
    upstream: bool = False
    """Raw values are wrong before they are logged, also where both sides are."""
    every: bool = False
    """All codes must be told, of the same feature."""
    older: tuple[float, float] | None = None
    """An older parameter file is at hand: its mean is higher by so many deviations, its deviation
    so many times as large."""
    placed: bool = True
    """Whether the faulty rows are just those of the part: else no place is judged."""


def causes(*codes: str, **numbers: Number) -> dict[str, Numbers]:
    """Return codes that all must tell the same numbers."""
    return dict.fromkeys(codes, numbers)


def on(*places: str) -> tuple[tuple[str, str], ...]:
    """Return sets and features, written as `taxi.fare`."""
    return tuple((s, f) for s, _, f in (place.partition(".") for place in places))


def values(change: Callable[[Array], Array]) -> Maker:
    """Return a fault of the values that enter: another raw value, then training's steps."""

    def make(rows: Rows) -> Made:
        with np.errstate(all="ignore"):
            x = change(rows.x)
        return Made(rows.data.right(rows.feature, x), {rows.feature: x})

    return make


def mapped(change: Callable[[Array], Array], known: Iterable[float]) -> Mapping[float, float]:
    """Return what a fault makes of each value of a feature that has few."""
    before = np.array([*known], float)
    return dict(zip(before.tolist(), change(before).tolist(), strict=True))
