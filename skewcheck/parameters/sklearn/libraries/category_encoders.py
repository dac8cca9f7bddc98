"""Read encoders of category_encoders: which columns they encode, and what these become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.parameters.columns import MADE_BY, PipelineColumn
from skewcheck.parameters.level_maps import LevelMap, Relabelling
from skewcheck.parameters.pickles import PickledObject, name_of
from skewcheck.parameters.sklearn.fitted_object import FittedObject
from skewcheck.parameters.sklearn.libraries import Apply, Columns, Library, Reader
from skewcheck.parameters.sklearn.libraries.category_encoders_1 import READERS as OLD_READERS
from skewcheck.parameters.sklearn.libraries.category_encoders_1 import is_old
from skewcheck.parameters.sklearn.libraries.category_encoders_tables import (
    Encoder,
    TableReader,
    count,
    encoder_of,
    left_out,
    ordinal,
    several,
    statistic,
    tables_by_column,
)
from skewcheck.parameters.sklearn.libraries.tables import (
    NotReadError,
    encoded,
    level_of,
)
from skewcheck.parameters.sklearn.pandas_objects import as_list, frame_items


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
    encoder = encoder_of(fitted)
    outputs: Columns = []
    for i, column in enumerate(columns):
        if i not in names:
            outputs.append(column)
        elif names[i] in encoder.tables:
            outputs += _columns_of(encoder, column, names[i], table)
        # OneHotEncoder has no table of a column whose values were all null, and drops it.
    return _varying(fitted, outputs)


def _of_version_1(encoder: Encoder, column: object) -> LevelMap:
    return OLD_READERS[encoder.fitted.name](encoder.fitted, encoder.table(column))


def _contrast(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """A contrast encoder: before version 2.6 behind a column of ones, the intercept."""
    made = _encode(fitted, columns, several)
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
    encoder: Encoder, column: PipelineColumn, name: object, table: TableReader
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
        return _encode(fitted, columns, several)
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
    tables = tables_by_column(fitted)
    made: dict[str, str] = {}
    for name in named:
        frame = frame_items(tables.get(name))
        made.update({str(output): name for output in (frame[0] if frame else ())})
    return tuple(dict.fromkeys([*(made.get(output, output) for output in outputs), *named]))


LIBRARY = Library(
    MappingProxyType(
        {
            "OrdinalEncoder": _reader(ordinal),
            "OneHotEncoder": _reader(several),
            "BaseNEncoder": _reader(several),
            "BinaryEncoder": _binary,
            "CountEncoder": _reader(count),
            "TargetEncoder": _reader(statistic),
            "MEstimateEncoder": _reader(statistic),
            "JamesSteinEncoder": _reader(statistic),
            "WOEEncoder": _reader(statistic),
            "GLMMEncoder": _reader(statistic),
            **dict.fromkeys(_CONTRASTS, _contrast),
            "QuantileEncoder": _reader(statistic),
            "LeaveOneOutEncoder": _reader(left_out),
            "CatBoostEncoder": _reader(left_out),
        }
    ),
    _input_names,
)
