"""Logs of faulty servers: which are written, what is wrong in them, and their audits."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import rightly
from server_fault import MODES, PARTS, Made, Mode, Part, Rows, ServerFault
from server_sets import ServerSet
from visible import differs
from worlds import Columns

from skewcheck.api import audit
from skewcheck.config.types import Settings
from skewcheck.results.audit import Audit

Array = np.ndarray
START = 1_772_409_600
"""2026-03-02 00:00 UTC, a Monday: the first moment of each log."""
DAYS = 4
NOON = START + 216_000
"""Noon of the third day."""
HOSTS, FAULTY_HOST = ("web-1", "web-2", "web-3", "web-4", "web-5"), "web-3"
FEW, MANY = 2_000, 20_000
MIN_POOL = 7_000
"""Rows that a set must have beside training for logs of 20,000, in which some then repeat."""
MIN_WRONG_ROWS, MIN_WRONG_SHARE = 20, 0.005
"""A feature with fewer wrong rows than either is no run."""
MIN_SHOWN = 0.05
"""What must differ in a column that is logged alone, so that its cause can be asked for."""


@dataclass(frozen=True)
class Case:
    """One log."""

    fault: int | None
    """Place in FAULTS; None for a clean log."""
    data: str
    feature: str
    """Empty for faults of whole rows."""
    mode: Mode
    part: Part
    rows: int
    seed: int = 0


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a feature of a log."""

    raw: Array
    """The raw values that training knows, of the wrong rows."""
    served: Array
    """What they were served as; of the raw column, in logs without served ones."""
    first: float
    """Epoch seconds of the first wrong row."""
    seen: bool
    """Whether the logged column by itself differs from a right one: see `_shows`."""


@dataclass(frozen=True)
class Log:
    """A log, and what is wrong with it by feature."""

    table: pa.Table
    wrong: Mapping[str, Wrong]
    made: Made
    touched: frozenset[str]
    """Features that the server did something to, also where it shows in too few rows."""


def planned(faults: Sequence[ServerFault], sets: Mapping[str, ServerSet]) -> Iterator[Case]:
    """Yield every fault in its modes and parts: on two columns at 2,000 rows, on one at 20,000."""
    for i, fault in enumerate(faults):
        large = [place for place in fault.on if len(sets[place[0]].entities) >= MIN_POOL]
        for mode in fault.modes:
            for part in (part for part in PARTS if part in fault.parts):
                for data, feature in fault.on[:2]:
                    yield Case(i, data, feature, mode, part, FEW)
                for data, feature in large[:1]:
                    yield Case(i, data, feature, mode, part, MANY)


def clean(sets: Mapping[str, ServerSet], seeds: int) -> Iterator[Case]:
    """Yield logs of right servers."""
    for seed in range(seeds):
        for name in sets:
            for mode in MODES:
                yield Case(None, name, "", mode, "all", FEW, seed)


def written(case: Case, fault: ServerFault | None, data: ServerSet) -> Log:
    """Return the log of a case."""
    random = np.random.default_rng(zlib.crc32(repr(case).encode()))
    raw, entity = data.draw(min(case.rows, max(len(data.entities), MIN_POOL)), random)
    count = len(entity)
    times = np.sort(random.integers(START, START + DAYS * 86_400, count)).astype(float)
    host = random.choice(HOSTS, count)
    request = np.cumsum(random.random(count) < 1 / 17)
    bad = _part(case.part, times, host, random)
    rows = Rows(
        data, case.feature, {f: x[bad] for f, x in raw.items()}, times[bad], entity[bad],
        request[bad], random,
    )  # fmt: skip
    served = {name: x for f in raw for name, x in data.right(f, raw[f]).items()}
    made = fault.make(rows) if fault is not None else Made()
    logged = _logged(case, fault, raw, served, made, bad)
    state = fault is not None and any("over" in numbers for numbers in fault.codes.values())
    wrong = _wrong(case, data, raw, served, logged, times, own_state=state)
    moments = pa.array((times * 1e6).astype("int64"), pa.timestamp("us", "UTC"))
    columns = {"time": moments, "host": host, data.entity: entity}
    if fault is not None and any(n.get("per") == "request" for n in fault.codes.values()):
        columns["request"] = request
    extra = {name: _spread(x, bad) for name, x in made.extra.items()}
    touched = {f for f in raw if f in made.raw or set(made.served) & set(data.right(f, raw[f][:0]))}
    return Log(pa.table({**columns, **logged, **extra}), wrong, made, frozenset(touched))


def _part(part: Part, times: Array, host: Array, random: np.random.Generator) -> Array:
    match part:
        case "all":
            return np.ones(len(times), bool)
        case "host":
            return np.asarray(host == FAULTY_HOST)
        case "noon":
            return np.asarray(times >= NOON)
        case "tenth":
            return random.random(len(times)) < 0.1


def _spread(values: Array, bad: Array) -> Array:
    """Return values in the rows of a part, NaN in the others."""
    whole = np.full(len(bad), np.nan)
    whole[bad] = values
    return whole


def _logged(
    case: Case, fault: ServerFault | None, raw: Columns, served: Columns, made: Made, bad: Array
) -> dict[str, Array]:
    """Return the columns of features as they are logged."""
    columns: dict[str, Array] = {}
    if case.mode != "served":
        before = case.mode == "raw" or (fault is not None and fault.upstream)
        columns |= {f: _put(x, made.raw.get(f) if before else None, bad) for f, x in raw.items()}
    if case.mode != "raw":
        for name, x in served.items():
            columns[f"{name}_norm"] = _put(x, made.served.get(name), bad).astype(np.float32)
    return columns


def _put(column: Array, values: Array | None, bad: Array) -> Array:
    if values is None:
        return column
    changed = column.copy()
    changed[bad] = values
    return changed


def _wrong(
    case: Case, data: ServerSet, raw: Columns, served: Columns, logged: Columns, times: Array,
    *, own_state: bool,
) -> dict[str, Wrong]:  # fmt: skip
    """Return the features of which enough rows are logged otherwise than a right server does.

    With `own_state` the moments of parts of the column tell the fault, whatever its distribution.
    """
    found: dict[str, Wrong] = {}
    for f, x in raw.items():
        other = np.zeros(len(x), bool)
        if f in logged:
            other |= np.asarray(differs(x, logged[f]), bool)
        names = data.right(f, x[:0]) if case.mode != "raw" else ()
        for name in names:
            other |= differs(served[name], logged[f"{name}_norm"].astype(float))
        if other.sum() >= max(MIN_WRONG_ROWS, MIN_WRONG_SHARE * len(x)):
            column = f if case.mode == "raw" else f"{next(iter(names))}_norm"
            before = x if case.mode == "raw" else served[next(iter(names))].astype(np.float32)
            seen = case.mode == "paired" or own_state or _shows(before, logged[column])
            found[f] = Wrong(x[other], logged[column][other], float(times[other][0]), seen)
    return found


def _shows(right: Array, logged: Array) -> bool:
    """Return whether a column differs from a right one by more than a test overlooks.

    By 5 points of nulls, of the distribution function (Kolmogorov-Smirnov), or of values that a
    right column of few values does not have; of levels, by any new one.
    """
    if right.dtype == object:
        return bool(set(logged) - set(right)) or bool(np.mean(logged != right) >= MIN_SHOWN)
    x, y = right[np.isfinite(right)], logged[np.isfinite(logged)]
    if abs(len(x) - len(y)) >= MIN_SHOWN * len(right) or not len(y):
        return True
    at = np.concatenate([x, y])
    below = (np.searchsorted(np.sort(v), at, side="right") / len(v) for v in (x, y))
    if np.max(np.abs(np.subtract(*below))) >= MIN_SHOWN:
        return True
    repeat = len(np.unique(x)) < len(x) / 2
    return repeat and bool(np.mean(~np.isin(y, x)) >= MIN_SHOWN)


def audited(case: Case, log: Log, fault: ServerFault | None, data: ServerSet) -> Audit:
    """Return the audit of a log."""
    served = None if case.mode == "raw" else "{feature}_norm"
    with tempfile.TemporaryDirectory() as folder:
        older = fault.older if fault is not None else None
        history = () if older is None else (_older(data, case.feature, older, Path(folder)),)
        settings = Settings(served=served, time_column="time", history=history)
        return audit(data.parameters, log.table, settings=settings)


def _older(data: ServerSet, feature: str, moved: tuple[float, float], folder: Path) -> str:
    """Write the parameter file of a model before this one; return its path."""
    offset, scale = rightly.line(data.steps[feature][-1])
    step = rightly.moved(data.steps[feature][-1], offset + moved[0] * scale, moved[1] * scale)
    features = {feature: {"type": "numeric", "steps": [step]}}
    path = folder / "older.json"
    path.write_text(
        json.dumps({"skewcheck": {"kind": "parameters", "version": 1}, "features": features})
    )
    return str(path)
