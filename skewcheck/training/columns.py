"""Which columns of training data are features, and of what type."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from skewcheck.config.columns import Choice
from skewcheck.engine.source import Source
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
_MOVES_ON = "left out: a date or time moves on by itself (name it in --features to keep it)"
FEW = 20
"""Rows below which neither order nor distinctness tells an identifier."""

MOSTLY = 0.95
"""The share of ISO dates or times from which a column of text is one of dates: a few are words."""


def choose(source: Source, choice: Choice) -> tuple[list[str], list[str], list[str]]:
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
    notes: list[str] = []
    for name, kind in columns.items():
        if not choice.wants(name):
            continue
        why = _left_out(name, kind)
        asked = choice.named(name) and (_temporal(kind) or _UNNAMED.fullmatch(name))
        if why is not None and not asked:
            notes.append(f"{name or 'the column without a name'}: {why}")
            continue
        text = is_text_or_boolean(kind) or matches(name, choice.categorical)
        (categorical if text else numeric).append(name)
    return numeric, categorical, notes


def _left_out(name: str, kind: pa.DataType) -> str | None:
    if _UNNAMED.fullmatch(name):
        return "left out: an index column without a name"
    if _temporal(kind):
        return _MOVES_ON
    if is_text_or_boolean(kind) or _number(kind):
        return None
    return f"left out: {kind} is no number, text or boolean"


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


def unfit(first_pass: FirstPass, choice: Choice) -> Mapping[str, str]:
    """Return the columns that would alarm for ever, or that hold nothing, and why."""
    found: dict[str, str] = {}
    for name, numbers in first_pass.numeric.items():
        why = _unfit_numbers(name, numbers, first_pass.rows)
        if why is not None and not (choice.named(name) and numbers.countable):
            found[name] = why
    for name, levels in first_pass.levels.items():
        why = _unfit_levels(levels)
        if why is not None and not (choice.named(name) and levels.counts):
            found[name] = why
    return found


def _unfit_numbers(name: str, column: NumericSummary, rows: int) -> str | None:
    if not column.finite:
        return "left out: no value in any row"
    if not column.countable:
        beyond = f"values beyond {LARGEST_SQUARED:g}"
        return f"left out: {beyond}, of which no standard deviation can be computed"
    distinct = len(column.distinct) if column.distinct is not None else None
    if rows < FEW or not column.whole or (distinct is not None and distinct < column.finite):
        return None
    if column.rising:
        return "left out: integers, all distinct and sorted, as row numbers are"
    if _IDENTIFIER.search(name):
        return "left out: an identifier by its name and its many distinct values"
    return None


def _unfit_levels(column: LevelSummary) -> str | None:
    present = column.rows - column.nulls - column.mistyped
    if not present:
        return "left out: no value in any row"
    if column.counts is None:
        return "left out: more than 200,000 levels, as text or identifiers have"
    moments = sum(rows for name, rows in column.counts.items() if _MOMENT.fullmatch(name.strip()))
    if moments >= MOSTLY * present:
        return _MOVES_ON
    if present >= FEW and len(column.counts) > max(present / 2, FEW):
        return "left out: nearly every value is distinct, as text or identifiers are"
    return None
