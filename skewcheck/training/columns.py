"""Which columns of training data are features, and of what type."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from skewcheck.config.columns import Choice
from skewcheck.features.notes import Note
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.logs.columns import is_list
from skewcheck.logs.listed import listed
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.patterns import matches
from skewcheck.text.similar import nearest
from skewcheck.training.first_pass import LARGEST_SQUARED, FirstPass, LevelSummary, NumericSummary

_UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__|)")
_IDENTIFIER = re.compile(r"(^|[_\W])(?i:id|uuid|guid|key)$|[a-z]I[dD]$")  # not `paid`
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d(:\d\d){1,2}([.,]\d+)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)?)?"
    r"|\d\d:\d\d(:\d\d([.,]\d+)?)?"
)
MIN_ROWS_OF_IDENTIFIER = 20
"""Rows below which neither order nor distinctness makes a column an identifier: as few are often
distinct by chance."""
MIN_DATE_SHARE = 0.95
"""Share of ISO dates or times from which a column of text is one of dates: the rest are words for a
missing one."""


def choose(
    columns: Mapping[str, pa.DataType], choice: Choice
) -> tuple[list[str], list[str], list[Note]]:
    """Return numeric columns, categorical columns, and notes on those that are neither.

    Columns of text are categorical here: their values may tell otherwise (`texts.py`).

    UsageError for a pattern of the choice that matches no column, and where the label is the
    prediction.
    """
    if choice.label is not None and choice.label == choice.prediction:
        raise UsageError(
            OptionName("label"), f": {choice.label!r} is the ", OptionName("prediction"),
            ": name another column",
        )  # fmt: skip
    for pattern in (*choice.features, *choice.categorical, *choice.outputs):
        if not any(matches(name, [pattern]) for name in columns):
            hint = nearest(pattern, columns) or f", which has {listed(columns)}"
            raise UsageError(f"no column {pattern!r} in the training data{hint}")
    numeric: list[str] = []
    categorical: list[str] = []
    notes: list[Note] = []
    for name, kind in columns.items():
        if not choice.wants(name):
            continue
        note = _left_out(name, kind)
        named = choice.named(name) and (_temporal(kind) or _UNNAMED.fullmatch(name))
        if note is not None and not named:
            notes.append(note)
            continue
        text = is_text_or_boolean(kind) or matches(name, choice.categorical)
        (categorical if text else numeric).append(name)
    return numeric, categorical, notes


def _left_out(name: str, kind: pa.DataType) -> Note | None:
    """Return why a column is no feature by its name and type; None where it may be one."""
    if _UNNAMED.fullmatch(name):
        return Note("index_column", {"column": name})
    if _temporal(kind):
        return Note("moving_column", {"column": name})
    if is_text_or_boolean(kind) or _number(kind):
        return None
    code = "uneven_list" if is_list(kind) else "untyped_column"
    return Note(code, {"column": name, "type": str(kind)})


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
    """Return a note for each column whose values make no feature, by name.

    Those that never repeat (identifiers, row numbers, dates) would be skew in every log; others
    hold no values, or more of them than can be counted. A column that the choice names is taken
    where it can be counted.
    """
    unfit_columns: dict[str, Note] = {}
    for name, numbers in first_pass.numeric.items():
        note = _unfit_numbers(name, numbers, first_pass.rows)
        if note is not None and not (choice.named(name) and numbers.countable):
            unfit_columns[name] = note
    for name, levels in first_pass.levels.items():
        code = _unfit_levels(levels)
        if code is not None and not (choice.named(name) and levels.counts):
            unfit_columns[name] = Note(code, {"column": name})
    return unfit_columns


def _unfit_numbers(name: str, column: NumericSummary, rows: int) -> Note | None:
    """Return the note on a column whose numbers make no feature; None for others."""
    if not column.finite:
        return Note("empty_column", {"column": name})
    if not column.countable:
        return Note("overflowing_column", {"column": name, "limit": LARGEST_SQUARED})
    distinct = len(column.distinct) if column.distinct is not None else None
    if (
        rows < MIN_ROWS_OF_IDENTIFIER
        or not column.whole
        or (distinct is not None and distinct < column.finite)
    ):
        return None
    if column.rising:
        return Note("row_numbers", {"column": name})
    if named_as_identifier(name):
        return Note("identifier", {"column": name})
    return None


def _unfit_levels(column: LevelSummary) -> str | None:
    """Return the code of the note on a column whose levels make no feature; None for others."""
    present = column.rows - column.nulls - column.mistyped
    if not present:
        return "empty_column"
    if column.counts is None:
        return "many_levels"
    dates = sum(rows for name, rows in column.counts.items() if _MOMENT.fullmatch(name.strip()))
    if dates >= MIN_DATE_SHARE * present:
        return "moving_column"
    distinct = len(column.counts)
    if present >= MIN_ROWS_OF_IDENTIFIER and distinct > max(present / 2, MIN_ROWS_OF_IDENTIFIER):
        return "distinct_levels"
    return None


def named_as_identifier(name: str) -> bool:
    """Return whether a column is called `id`, `user_id`, `uuid`, `row_key` and the like."""
    return _IDENTIFIER.search(name) is not None
