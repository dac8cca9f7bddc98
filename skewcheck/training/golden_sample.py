"""Golden rows of a live object: rows of the data with ends, nulls and levels, and edge cases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.features.golden import MAX_ROWS, GoldenRows, Value
from skewcheck.features.steps.rounding import ROUNDING, UNIT
from skewcheck.text.errors import UsageError
from skewcheck.training.golden_rows import plain, plain_values
from skewcheck.training.live import Column, LiveObject, alike
from skewcheck.training.special_values import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

MAX_DATA_ROWS = 70
"""Rows of the data; the rest are edge cases."""
MIN_DATA_ROWS = 40
"""Rows of the data, if it has as many: permuted columns, lines and factors show in so many."""
LEVELS_PER_COLUMN = 12
"""Levels of a column that have a row for them, the rarest ones."""
PART = 64
"""The smaller of two moves of the inputs is this part of the larger: a line is told from a jump."""
DIRECTIONS = 3
"""Moves of the inputs with other signs: what cancels in one does not in all."""
AMPLIFIED = 8
"""Times what rounding of inputs moves an output: rounding within the arithmetic adds to it."""
DISTINCT_LEVELS = 1_000
"""Values of a text column beyond which none is a level."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Golden rows with what they were made of."""

    rows: GoldenRows
    frame: pd.DataFrame
    """The inputs."""
    outputs: Mapping[str, Column]
    """Outputs that depend on their row alone, as the object gave them."""
    unstable: tuple[str, ...]
    """Outputs that depend on the other rows as well, or on chance."""


def sampled(
    live: LiveObject, data: pd.DataFrame, outputs: Mapping[str, Column], free: Collection[str]
) -> Sampled:
    """Return golden rows of an object that gave these outputs for the data.

    `free` are those that no steps give, of which rows have the tolerance.
    """
    chosen = _chosen(data)
    frame = _plain_types(data.iloc[chosen].reset_index(drop=True))
    # Of the types that they have, as those of all rows: float32 in float64 are other numbers.
    again = live.outputs(data.iloc[chosen].reset_index(drop=True))
    made = live.outputs(frame)
    part = max(1, len(frame) // 2)
    first = live.outputs(frame.iloc[:part])
    steady = [
        name for name in outputs
        if name in made and name in first and name in again
        and alike(outputs[name][chosen], again[name]) and alike(made[name][:part], first[name])
    ]  # fmt: skip
    edges = [*_edges(data)][: MAX_ROWS - len(frame)]
    frames: list[pd.DataFrame] = [frame]
    columns: list[Mapping[str, Column]] = [made]
    for edge, of_edge in _accepted(live, frame, edges):
        frames.append(edge)
        columns.append(of_edge)
    rows = _together(frames, columns, steady, [*outputs])
    of_free = {name: made[name] for name in steady if name in free}
    tolerance = _tolerances(live, frame, of_free) if of_free else {}
    return replace(rows, rows=replace(rows.rows, tolerance=tolerance))


def of_inputs(live: LiveObject, frame: pd.DataFrame) -> Sampled:
    """Return golden rows of these inputs; UsageError where the object fails for one of them."""
    made = live.outputs(frame)
    return _together([frame], [made], [*made], [*made])


def _together(
    frames: Sequence[pd.DataFrame], columns: Sequence[Mapping[str, Column]],
    steady: Sequence[str], names: Sequence[str],
) -> Sampled:  # fmt: skip
    import pandas as pd  # as the caller has it

    inputs: dict[str, tuple[Value, ...]] = {
        str(name): tuple(plain(v) for frame in frames for v in frame[name].tolist())
        for name in frames[0].columns
    }
    outputs = {name: _joined([of_frame[name] for of_frame in columns]) for name in steady}
    expected = {name: plain_values(column) for name, column in outputs.items()}
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    unstable = tuple(name for name in names if name not in outputs)
    return Sampled(GoldenRows(inputs, expected), whole, outputs, unstable)


def _joined(parts: Sequence[Column]) -> Column:
    if any(part.dtype == object for part in parts):
        texts: list[object] = [v for part in parts for v in part.tolist()]
        column = np.empty(len(texts), object)
        column[:] = texts
        return column
    return np.concatenate([part.astype(np.float64) for part in parts])


def _chosen(data: pd.DataFrame) -> list[int]:
    """Return the rows with ends, nulls and rare levels of each column, and some others."""
    telling = [*dict.fromkeys(_round_robin(_telling(data[name]) for name in data.columns))]
    chosen = telling[:MAX_DATA_ROWS]
    count = max(MIN_DATA_ROWS, len(chosen))
    others = np.linspace(0, len(data) - 1, min(len(data), count)).round().astype(int).tolist()
    chosen += [i for i in others if i not in {*chosen}][: max(0, count - len(chosen))]
    return sorted(chosen)


def _round_robin(sequences: Iterable[Iterable[int]]) -> Iterator[int]:
    for members in zip_longest(*sequences):
        yield from (i for i in members if i is not None)


def _telling(column: pd.Series) -> Iterator[int]:
    """Yield the rows of a column's ends, first null, zero and rarest levels."""
    absent = column.isna().to_numpy()
    if absent.any():
        yield int(np.argmax(absent))
    present = np.flatnonzero(~absent)
    if not len(present):
        return
    if column.dtype.kind in "fiu":
        values = column.to_numpy(np.float64, na_value=np.nan)[present]
        for i in (values.argmin(), values.argmax(), np.abs(values - np.median(values)).argmin()):
            yield int(present[i])
        if (values == 0).any():
            yield int(present[np.argmax(values == 0)])
    if column.dtype.kind in "fM" or column.nunique() > DISTINCT_LEVELS:
        return
    counts = column.value_counts(sort=False)
    rare = sorted(counts.index, key=lambda level: (int(counts[level]), str(level)))
    for level in rare[:LEVELS_PER_COLUMN]:
        yield int(np.argmax((column == level).fillna(False).to_numpy(bool)))


def _plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with float64 for narrower floats: JSON has one type of them."""
    narrow = [name for name in frame.columns if frame[name].dtype in (np.float32, np.float16)]
    return frame.astype(dict.fromkeys(narrow, "float64"))


def _edges(data: pd.DataFrame) -> Iterator[tuple[str, Value]]:
    """Yield a column and a value for it: an unknown level, a null, zero, of each column in turn."""
    texts = [n for n in data.columns if data[n].dtype.kind == "O" or _is_text(data[n])]
    numbers = [n for n in data.columns if data[n].dtype.kind in "fiu"]
    yield from ((name, UNKNOWN) for name in texts)
    for name in data.columns:
        if (name in texts or data[name].dtype.kind == "f") and not data[name].isna().any():
            yield name, None
    yield from ((name, 0.0) for name in numbers if not (data[name] == 0).any())


def _is_text(column: pd.Series) -> bool:
    return str(column.dtype) in ("string", "str", "category")


def _accepted(
    live: LiveObject, frame: pd.DataFrame, edges: Sequence[tuple[str, Value]]
) -> Iterator[tuple[pd.DataFrame, Mapping[str, Column]]]:
    """Yield the edge cases that the object takes, each as a row of its own, with its outputs.

    One at a time: a null among whole numbers would make floats of the others.
    """
    full = frame.isna().sum(axis=1).to_numpy()
    base = int(np.argmin(full)) if len(full) else 0
    for name, value in edges:
        row = frame.iloc[[base]].reset_index(drop=True)
        kind = row[name].dtype
        try:
            row[name] = [value]
            if value is not None and kind.kind in "iu":
                row[name] = row[name].astype(kind)
            if value is None and kind.kind == "f":
                row[name] = row[name].astype("float64")
            yield row, live.outputs(row)
        except (UsageError, TypeError, ValueError):
            continue  # refused: no server need take it


def _tolerances(
    live: LiveObject, frame: pd.DataFrame, outputs: Mapping[str, Column]
) -> dict[str, float]:
    """Return how far float32 arithmetic may move each output of numbers.

    By as much as inputs that are off by the rounding of float32 do, several times: sums of large
    terms that cancel show there. Where the object takes no such inputs, what a sum of numbers as
    large as the output loses.
    """
    moved = {name: 0.0 for name, column in outputs.items() if column.dtype != object}
    floats = [name for name in frame.columns if frame[name].dtype.kind == "f"]
    whole = [name for name in frame.columns if frame[name].dtype.kind in "iu"]
    for columns in ([*floats, *whole], floats):
        made = [*_moved(live, frame, columns)] if columns else []
        for pair in made:
            for name in moved:
                moved[name] = max(moved[name], _distance(outputs[name], [x[name] for x in pair]))
        if made:
            break
    return {
        name: AMPLIFIED * distance + ROUNDING * _largest(outputs[name])
        for name, distance in moved.items()
    }


def _moved(
    live: LiveObject, frame: pd.DataFrame, columns: Sequence[str]
) -> Iterator[Sequence[Mapping[str, Column]]]:
    """Yield the outputs of inputs that are off by a unit of float32, and by a part of it.

    In several directions; none where the object takes no such inputs.
    """
    for seed in range(DIRECTIONS):
        rng = np.random.default_rng(seed)
        signs = {name: rng.choice([-1.0, 1.0], len(frame)) for name in columns}
        made = []
        for size in (UNIT, UNIT / PART):
            moved = frame.assign(
                **{
                    name: frame[name].astype("float64") * (1 + size * signs[name])
                    for name in columns
                }
            )
            try:
                made.append(live.outputs(moved))
            except UsageError:
                return
        yield made


def _distance(column: Column, moved: Sequence[Column]) -> float:
    """Return the largest distance that goes with the size of the move.

    Where a branch is crossed, or a neighbour becomes another one, it does not: that is no rounding.
    """
    if any(other.dtype == object for other in moved):
        return 0.0
    base = column.astype(np.float64)
    whole, part = (np.abs(other.astype(np.float64) - base) for other in moved)
    near = np.isfinite(whole) & np.isfinite(part) & (PART * part <= 4 * whole)
    return float(np.minimum(whole, PART * part)[near].max(initial=0.0))


def _largest(column: Column) -> float:
    values = np.abs(column.astype(np.float64))
    return float(values[np.isfinite(values)].max(initial=0.0))
