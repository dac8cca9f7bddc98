"""Tables of category_encoders: an ordinal code of each level, and numbers for each code.

All versions keep `mapping`: a list of dicts with a column and its table, or a dict of tables by
column. `ordinal_encoder` has the codes, where -1 is that of other levels and -2 of nulls that
training had not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from skewcheck.parameters.level_maps import LevelMap, Vector
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.libraries.category_encoders_1 import is_old
from skewcheck.parameters.sklearn.libraries.tables import (
    NotReadError,
    is_number,
    members,
    numbers_of_levels,
    rows_of,
    single,
)
from skewcheck.parameters.sklearn.pandas_objects import frame_items

UNKNOWN, MISSING = -1.0, -2.0
"""Codes of levels that are none of training, and of nulls where training had none."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A fitted encoder and its tables by the column that they are of: its name or its number."""

    fitted: FittedObject
    tables: Mapping[object, object]
    codes: Mapping[object, object]
    """Those of the ordinal encoder in it."""

    def table(self, column: object) -> object:
        """Return the table of a column."""
        return self.tables.get(column)

    @property
    def ordinal(self) -> FittedObject:
        """The ordinal encoder in it."""
        return self.fitted.inner(self.fitted.get("ordinal_encoder"), "ordinal_encoder")

    def refuses(self, key: str) -> bool:
        """Return whether it fails where there is a null or an unseen level, by its setting."""
        return is_word(self.fitted.get(key), "error")


TableReader = Callable[[Encoder, object], LevelMap]
"""Reads the map of a column, by the column's name in the file."""


def tables_by_column(fitted: FittedObject) -> dict[object, object]:
    stored = fitted.get("mapping")
    if isinstance(stored, Mapping):
        return {**stored}
    tables: dict[object, object] = {}
    for entry in fitted.items("mapping"):
        column = entry.get("col") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(column, str | int):
            raise fitted.error("must hold dicts with a column and its table", "mapping")
        tables[column] = entry.get("mapping")
    return tables


def encoder_of(fitted: FittedObject) -> Encoder:
    if is_old(fitted) and not fitted.has("mapping"):
        # OneHotEncoder of version 1 has no table but that of its codes.
        codes = tables_by_column(fitted.inner(fitted.get("ordinal_encoder"), "ordinal_encoder"))
        return Encoder(fitted, codes, codes)
    ordinal = fitted.get("ordinal_encoder")
    codes = {}
    if isinstance(ordinal, PickledObject):
        codes = tables_by_column(fitted.inner(ordinal, "ordinal_encoder"))
    return Encoder(fitted, tables_by_column(fitted), codes)


class Codes:
    """The ordinal code of each level of a column, of nulls and of other levels; NaN for none."""

    def __init__(self, fitted: FittedObject, table: object, encoder: Encoder) -> None:
        """Read an ordinal encoder's table of a column; `encoder` is what it is a part of."""
        known = numbers_of_levels(fitted, members(fitted, table, "mapping"), "mapping")
        self.levels = {name: code for name, code in known.items() if name is not None}
        self.unknown = _handled(fitted, "handle_unknown", UNKNOWN)
        self.null = self.unknown if math.isnan(known.get(None, math.nan)) else known[None]
        if self.null == MISSING:
            self.null = _handled(fitted, "handle_missing", MISSING)
        if encoder.refuses("handle_unknown"):
            self.unknown = math.nan
        if encoder.refuses("handle_missing"):
            self.null = math.nan

    def map_to(self, rows: Mapping[float, Vector], width: int) -> LevelMap:
        """Return the map of the levels to the numbers of their codes."""
        nothing = (math.nan,) * width
        return LevelMap(
            {name: rows.get(code, nothing) for name, code in self.levels.items()},
            rows.get(self.null, nothing), rows.get(self.unknown, nothing),
        )  # fmt: skip


def _handled(fitted: FittedObject, key: str, code: float) -> float:
    """Return what a code becomes by a setting: itself, another number, or NaN."""
    setting = fitted.get(key)
    if is_number(setting):
        return fitted.number(key, math.nan)
    if isinstance(setting, PickledObject):
        raise NotReadError(f"{key} of {fitted.name} is a function, which no step says")
    return code if is_word(setting, "value") else math.nan


def ordinal(encoder: Encoder, column: object) -> LevelMap:
    """OrdinalEncoder: a code for each level."""
    codes = Codes(encoder.fitted, encoder.table(column), encoder)
    return single(codes.levels, codes.null, codes.unknown)


def statistic(encoder: Encoder, column: object) -> LevelMap:
    """An encoder by the target: a number for each code."""
    codes = Codes(encoder.ordinal, encoder.codes.get(column), encoder)
    pairs = members(encoder.fitted, encoder.table(column), "mapping")
    rows = rows_of(encoder.fitted, [code for code, _ in pairs], [[n] for _, n in pairs], "mapping")
    return codes.map_to(rows, 1)


def several(encoder: Encoder, column: object) -> LevelMap:
    """An encoder with several columns: a row of numbers for each code."""
    codes = Codes(encoder.ordinal, encoder.codes.get(column), encoder)
    if math.isnan(codes.null) and not encoder.refuses("handle_missing"):
        codes.null = MISSING
    frame = frame_items(encoder.table(column))
    if frame is None:
        raise encoder.fitted.error("must be a table of codes and numbers", "mapping")
    columns, index, rows = frame
    labels = tuple(str(label) for label in columns)
    made = codes.map_to(rows_of(encoder.fitted, index, rows, "mapping"), len(labels))
    return replace(made, columns=labels)


def count(encoder: Encoder, column: object) -> LevelMap:
    """CountEncoder: the number or the share of a level's rows, rare ones together."""
    fitted = encoder.fitted
    counts = numbers_of_levels(fitted, members(fitted, encoder.table(column), "mapping"), "mapping")
    missing = _setting(fitted, "handle_missing", column)
    unknown = _setting(fitted, "handle_unknown", column)
    if isinstance(unknown, PickledObject):
        raise NotReadError(f"handle_unknown of {fitted.name} is a function, which no step says")
    other = math.nan
    if isinstance(unknown, int) and not isinstance(unknown, bool):
        other = fitted.number("handle_unknown", math.nan) if unknown > 2**53 else float(unknown)
    elif is_word(unknown, "value") and not is_word(missing, "return_nan"):
        other = 0.0 if fitted.has("ordinal_encoder") else math.nan  # from version 2.3 on
    null = counts.pop(None, math.nan)
    null = other if math.isnan(null) else null
    return single(counts, math.nan if is_word(missing, "error") else null, other)


def _setting(fitted: FittedObject, key: str, column: object) -> object:
    """Return a setting of CountEncoder, which may have one for each column."""
    of_columns = fitted.get(f"_{key}")
    if isinstance(of_columns, Mapping) and column in of_columns:
        return of_columns[column]
    return fitted.get(key)


def left_out(encoder: Encoder, column: object) -> LevelMap:
    """LeaveOneOutEncoder and CatBoostEncoder, as they serve: a level's mean of the target.

    A level of a single row has the mean of all rows.
    """
    fitted, frame = encoder.fitted, frame_items(encoder.table(column))
    mean = fitted.number("_mean", math.nan)
    weight = fitted.number("a", 1.0) if fitted.name == "CatBoostEncoder" else 0.0
    if frame is None or {*map(str, frame[0])} != {"sum", "count"}:
        raise fitted.error("must be a table of levels with sum and count", "mapping")
    columns, index, rows = frame
    by_row = rows_of(fitted, [*range(len(rows))], rows, "mapping")
    means: list[tuple[object, object]] = []
    for level, row in zip(index, by_row.values(), strict=True):
        total, count = (row[columns.index(key)] for key in ("sum", "count"))
        is_single = not count > 1
        means.append((level, mean if is_single else (total + mean * weight) / (count + weight)))
    known = numbers_of_levels(fitted, means, "mapping")
    unknown = mean if is_word(fitted.get("handle_unknown"), "value") else math.nan
    missing = fitted.get("handle_missing")
    null = known.pop(None, mean if is_word(missing, "value") else math.nan)
    return single(known, math.nan if is_word(missing, "return_nan", "error") else null, unknown)
