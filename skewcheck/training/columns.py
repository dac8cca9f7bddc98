"""Which columns of training data are features, and of what type."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from skewcheck.config.columns import Choice
from skewcheck.engine.source import Source
from skewcheck.features.notes import Note
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.text.errors import UsageError
from skewcheck.text.patterns import matches
from skewcheck.training.first_pass import LARGEST_SQUARED, FirstPass, LevelSummary, NumericSummary

_UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__|)")
_IDENTIFIER = re.compile(r"(^|[_\W])(?i:id|uuid|guid|key)$|[a-z]I[dD]$")  # not `paid`
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d(:\d\d){1,2}([.,]\d+)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)?)?"
    r"|\d\d:\d\d(:\d\d([.,]\d+)?)?"
)
FEW = 20
"""Rows below which neither order nor distinctness tells an identifier."""

MOSTLY = 0.95
"""The share of ISO dates or times from which a column of text is one of dates: a few are words."""


def choose(source: Source, choice: Choice) -> tuple[list[str], list[str], list[Note]]:
    """Return numeric columns, categorical columns, and notes on those that are neither."""
    columns = source.leaves()
    if choice.label is not None and choice.label == choice.prediction:
        raise UsageError(f"--label: {choice.label!r} is the --prediction: name another column")
    for pattern in (*choice.features, *choice.categorical, *choice.outputs):
        if not any(matches(name, [pattern]) for name in columns):
            there = ", ".join([*columns][:5])
            raise UsageError(f"no column {pattern!r} in the training data, which has {there} ...")
    numeric: list[str] = []
    categorical: list[str] = []
    notes: list[Note] = []
    for name, kind in columns.items():
        if not choice.wants(name):
            continue
        why = _left_out(name, kind)
        asked = choice.named(name) and (_temporal(kind) or _UNNAMED.fullmatch(name))
        if why is not None and not asked:
            notes.append(why)
            continue
        text = is_text_or_boolean(kind) or matches(name, choice.categorical)
        (categorical if text else numeric).append(name)
    return numeric, categorical, notes


def _left_out(name: str, kind: pa.DataType) -> Note | None:
    if _UNNAMED.fullmatch(name):
        return Note("index_column", {"column": name})
    if _temporal(kind):
        return Note("moving_column", {"column": name})
    if is_text_or_boolean(kind) or _number(kind):
        return None
    return Note("untyped_column", {"column": name, "type": str(kind)})


def _temporal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_temporal(kind))


def _number(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )


def unfit(first_pass: FirstPass, choice: Choice) -> Mapping[str, Note]:
    """Return the columns that would alarm for ever, or that hold nothing, and why."""
    found: dict[str, Note] = {}
    for name, numbers in first_pass.numeric.items():
        note = _unfit_numbers(name, numbers, first_pass.rows)
        if note is not None and not (choice.named(name) and numbers.countable):
            found[name] = note
    for name, levels in first_pass.levels.items():
        code = _unfit_levels(levels)
        if code is not None and not (choice.named(name) and levels.counts):
            found[name] = Note(code, {"column": name})
    return found


def _unfit_numbers(name: str, column: NumericSummary, rows: int) -> Note | None:
    if not column.finite:
        return Note("empty_column", {"column": name})
    if not column.countable:
        return Note("overflowing_column", {"column": name, "limit": LARGEST_SQUARED})
    distinct = len(column.distinct) if column.distinct is not None else None
    if rows < FEW or not column.whole or (distinct is not None and distinct < column.finite):
        return None
    if column.rising:
        return Note("row_numbers", {"column": name})
    if _IDENTIFIER.search(name):
        return Note("identifier", {"column": name})
    return None


def _unfit_levels(column: LevelSummary) -> str | None:
    """Return the code of the note on a column whose levels make no feature."""
    present = column.rows - column.nulls - column.mistyped
    if not present:
        return "empty_column"
    if column.counts is None:
        return "many_levels"
    moments = sum(rows for name, rows in column.counts.items() if _MOMENT.fullmatch(name.strip()))
    if moments >= MOSTLY * present:
        return "moving_column"
    if present >= FEW and len(column.counts) > max(present / 2, FEW):
        return "distinct_levels"
    return None
