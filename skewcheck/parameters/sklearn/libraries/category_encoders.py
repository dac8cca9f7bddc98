"""Read encoders of category_encoders: an ordinal code of each level, and numbers for each code.

All versions keep `mapping`: a list of dicts with a column and its table, or a dict of
tables by column. `ordinal_encoder` has the codes, where -1 is that of other levels and -2 of nulls
that training had not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from skewcheck.parameters.columns import MADE_BY, PipelineColumn
from skewcheck.parameters.level_maps import LevelMap, Relabelling, Vector
from skewcheck.parameters.pickles import PickledObject, name_of
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.libraries import Apply, Columns, Library, Reader
from skewcheck.parameters.sklearn.libraries.category_encoders_1 import READERS as OLD_READERS
from skewcheck.parameters.sklearn.libraries.category_encoders_1 import is_old
from skewcheck.parameters.sklearn.libraries.tables import (
    NotReadError,
    encoded,
    is_number,
    level_of,
    members,
    numbers_of_levels,
    rows_of,
    single,
)
from skewcheck.parameters.sklearn.pandas_objects import as_list, frame_items

UNKNOWN, MISSING = -1.0, -2.0
"""Codes of levels that are none of training, and of nulls where training had none."""


@dataclass(frozen=True, slots=True)
class _Encoder:
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


TableReader = Callable[[_Encoder, object], LevelMap]
"""Reads the map of a column, by the column's name in the file."""


def _tables_by_column(fitted: FittedObject) -> dict[object, object]:
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


def _encoder(fitted: FittedObject) -> _Encoder:
    if is_old(fitted) and not fitted.has("mapping"):
        # OneHotEncoder of version 1 has no table but that of its codes.
        codes = _tables_by_column(fitted.inner(fitted.get("ordinal_encoder"), "ordinal_encoder"))
        return _Encoder(fitted, codes, codes)
    ordinal = fitted.get("ordinal_encoder")
    codes = {}
    if isinstance(ordinal, PickledObject):
        codes = _tables_by_column(fitted.inner(ordinal, "ordinal_encoder"))
    return _Encoder(fitted, _tables_by_column(fitted), codes)


def _encoded_columns(fitted: FittedObject, columns: Columns) -> dict[int, object]:
    """Return what the file calls each encoded column, by its place among the inputs."""
    names: list[object] = as_list(fitted.get("feature_names_in_")) or []
    if len(names) != len(columns):
        names = [column.served or column.feature for column in columns]
    places = {name: i for i, name in enumerate(names) if isinstance(name, str | int)}
    result: dict[int, object] = {}
    for name in as_list(fitted.get("cols")) or []:
        place = places.get(name) if isinstance(name, str | int) else None
        if place is None and isinstance(name, int) and 0 <= name < len(columns):
            place = name
        if place is None:
            raise fitted.error(
                f"{ascii(name)[:40]} is none of its {len(columns):,} columns", "cols"
            )
        result[place] = name
    return result


class _Codes:
    """The ordinal code of each level of a column, of nulls and of other levels; NaN for none."""

    def __init__(self, fitted: FittedObject, table: object, encoder: _Encoder) -> None:
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


def _ordinal(encoder: _Encoder, column: object) -> LevelMap:
    """OrdinalEncoder: a code for each level."""
    codes = _Codes(encoder.fitted, encoder.table(column), encoder)
    return single(codes.levels, codes.null, codes.unknown)


def _statistic(encoder: _Encoder, column: object) -> LevelMap:
    """An encoder by the target: a number for each code."""
    codes = _Codes(encoder.ordinal, encoder.codes.get(column), encoder)
    pairs = members(encoder.fitted, encoder.table(column), "mapping")
    rows = rows_of(encoder.fitted, [code for code, _ in pairs], [[n] for _, n in pairs], "mapping")
    return codes.map_to(rows, 1)


def _several(encoder: _Encoder, column: object) -> LevelMap:
    """An encoder with several columns: a row of numbers for each code."""
    codes = _Codes(encoder.ordinal, encoder.codes.get(column), encoder)
    if math.isnan(codes.null) and not encoder.refuses("handle_missing"):
        codes.null = MISSING
    frame = frame_items(encoder.table(column))
    if frame is None:
        raise encoder.fitted.error("must be a table of codes and numbers", "mapping")
    columns, index, rows = frame
    labels = tuple(str(label) for label in columns)
    made = codes.map_to(rows_of(encoder.fitted, index, rows, "mapping"), len(labels))
    return replace(made, columns=labels)


def _count(encoder: _Encoder, column: object) -> LevelMap:
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


def _left_out(encoder: _Encoder, column: object) -> LevelMap:
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


def _reader(table: TableReader) -> Reader:
    return lambda fitted, columns, _apply: _encode(fitted, columns, table)


def _encode(fitted: FittedObject, columns: Columns, table: TableReader) -> Columns:
    """Return the columns with the encoded ones replaced where they stand."""
    joined = fitted.get("composite_members_")
    if isinstance(joined, Mapping) and joined:
        why = f"{fitted.name} of columns together, which no step says"
        return [column.untestable(why) for column in columns]
    names = _encoded_columns(fitted, columns)
    if not names:
        return columns
    if is_old(fitted):
        if fitted.name not in OLD_READERS:
            reason = f"{MADE_BY}{name_of(fitted.pickled)} of version 1"
            return [column.untestable(reason) for column in columns]
        table = _of_version_1
        if fitted.name == "OneHotEncoder":  # its columns are the first
            order = [*names, *(i for i in range(len(columns)) if i not in names)]
            columns = [columns[i] for i in order]
            names = {place: names[i] for place, i in enumerate(order) if i in names}
    encoder = _encoder(fitted)
    outputs: Columns = []
    for i, column in enumerate(columns):
        if i not in names:
            outputs.append(column)
        elif names[i] in encoder.tables:
            outputs += _columns_of(encoder, column, names[i], table)
        # OneHotEncoder has no table of a column whose values were all null, and drops it.
    return _varying(fitted, outputs)


def _of_version_1(encoder: _Encoder, column: object) -> LevelMap:
    return OLD_READERS[encoder.fitted.name](encoder.fitted, encoder.table(column))


def _contrast(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """A contrast encoder: before version 2.6 behind a column of ones, the intercept."""
    made = _encode(fitted, columns, _several)
    if _INTERCEPT not in fitted.names("feature_names"):
        return made
    reason = f"{fitted.name} adds it, always 1"
    return [PipelineColumn(_INTERCEPT).untestable(reason), *made]


_INTERCEPT = "intercept"
_CONTRASTS = ("HelmertEncoder", "SumEncoder", "BackwardDifferenceEncoder", "PolynomialEncoder")


def _varying(fitted: FittedObject, columns: Columns) -> Columns:
    """Return the columns without those that drop_invariant drops: they had one value."""
    keys = ("invariant_cols", "drop_cols")
    dropped = {str(name) for key in keys for name in as_list(fitted.get(key)) or []}
    if not fitted.flag("drop_invariant", False) or not dropped:
        return columns
    fitted.note(f"drops {', '.join(sorted(dropped)[:5])}, which had one value in training")
    kept = [c for c in columns if (c.served or c.feature) not in dropped]
    lost = {c.feature for c in columns} - {c.feature for c in kept}
    fitted.context.lost += [
        replace(c, level=None).untestable("dropped: it had one value in training")
        for c in columns
        if c.feature in lost
    ]
    return kept


def _columns_of(
    encoder: _Encoder, column: PipelineColumn, name: object, table: TableReader
) -> Columns:
    try:
        made = table(encoder, name)
    except NotReadError as error:
        return [column.untestable(str(error))]
    encoder.fitted.context.spend_columns(max(1, len(made.columns)))
    labels = _lumped(encoder.fitted, name)
    if labels is not None:
        made = made.relabelled(labels)
    served, stem = column.served or column.feature, f"{name}_"
    ends = tuple(c.removeprefix(stem) for c in made.columns)
    made, place = replace(made, columns=_levels_of(ends, made)), f"mapping[{name!r}]"
    return encoded(column, made, encoder.fitted.at(place), [f"{served}_{end}" for end in ends])


def _levels_of(ends: tuple[str, ...], made: LevelMap) -> tuple[str, ...]:
    """Return names of columns as an audit spells the levels that they are of: 7 for 7.0."""
    spelled = tuple(level_of(_number(end)) or end for end in ends)
    return spelled if {*spelled} <= made.levels.keys() else ends


def _number(text: str) -> object:
    """Return text as the number or truth value that Python writes so; else the text."""
    try:
        return (
            {"True": True, "False": False}.get(text) if text in ("True", "False") else float(text)
        )
    except ValueError:
        return text


def _lumped(fitted: FittedObject, name: object) -> Relabelling | None:
    """Return how rare levels become one before they are encoded; None if they do not."""
    for key in ("min_group_lumping_", "_min_group_categories"):
        stored = fitted.get(key)
        groups = stored.get(name) if isinstance(stored, Mapping) else None
        if isinstance(groups, Mapping) and groups:
            named = {level_of(a): level_of(b) for a, b in groups.items()}
            null = named.pop(None, None)
            return Relabelling({a: b for a, b in named.items() if a is not None}, null)
    return None


def _binary(fitted: FittedObject, columns: Columns, apply: Apply) -> Columns:
    """BinaryEncoder: to version 2.3 another encoder in it does what it does."""
    if not fitted.has("base_n_encoder"):
        return _encode(fitted, columns, _several)
    return apply(fitted.inner(fitted.get("base_n_encoder"), "base_n_encoder"), columns)


def _input_names(fitted: FittedObject) -> tuple[str, ...]:
    """Return the input columns of versions before 2.6, which state only those that come out.

    An encoded column stands where its outputs do; if these were dropped, at the end. Where not
    even those are stated, there are the encoded columns alone.
    """
    if isinstance(fitted.get("base_n_encoder"), PickledObject):
        return _input_names(fitted.inner(fitted.get("base_n_encoder"), "base_n_encoder"))
    named = [name for name in as_list(fitted.get("cols")) or [] if isinstance(name, str)]
    outputs = fitted.names("feature_names")
    if fitted.name in _CONTRASTS:
        outputs = tuple(name for name in outputs if name != _INTERCEPT)
    if not outputs or not fitted.has("mapping"):
        if named and fitted.number("_dim", 0) > len(named):
            fitted.note("does not name the columns that it passes: they are as they were")
        return tuple(named)
    tables = _tables_by_column(fitted)
    made: dict[str, str] = {}
    for name in named:
        frame = frame_items(tables.get(name))
        made.update({str(output): name for output in (frame[0] if frame else ())})
    return tuple(dict.fromkeys([*(made.get(output, output) for output in outputs), *named]))


LIBRARY = Library(
    MappingProxyType(
        {
            "OrdinalEncoder": _reader(_ordinal),
            "OneHotEncoder": _reader(_several),
            "BaseNEncoder": _reader(_several),
            "BinaryEncoder": _binary,
            "CountEncoder": _reader(_count),
            "TargetEncoder": _reader(_statistic),
            "MEstimateEncoder": _reader(_statistic),
            "JamesSteinEncoder": _reader(_statistic),
            "WOEEncoder": _reader(_statistic),
            "GLMMEncoder": _reader(_statistic),
            **dict.fromkeys(_CONTRASTS, _contrast),
            "QuantileEncoder": _reader(_statistic),
            "LeaveOneOutEncoder": _reader(_left_out),
            "CatBoostEncoder": _reader(_left_out),
        }
    ),
    _input_names,
)
