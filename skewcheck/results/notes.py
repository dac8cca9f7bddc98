"""Which parameters of the notes of an audit are no values of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewcheck.features.notes import Note
from skewcheck.features.types import ParameterWarning

SHOWN = frozenset({
    "alarms", "approximate", "at_least", "block", "code", "column", "columns", "effective",
    "exit_code", "feature", "features", "files", "label", "least", "least_effective", "others",
    "parameters", "parts", "predictions", "labels", "prediction", "path", "names", "rows",
    "segments", "share", "side", "by", "shares", "source", "text", "type", "until", "values",
    "verdict", "windows", "limit", "nulls", "step", "levels", "runs", "table", "version", "reason",
    "scopes", "shifts", "first_day", "last_day", "months", "days",
})  # fmt: skip
"""Keys of notes that are no value of a row: names of columns, features and files, codes, days,
counts and shares of many rows. `values` is how many there are. A key that is not listed is hidden.
"""

EXAMPLES = "examples"
"""Key of a warning's parameters under which it holds values of rows."""


def warning_without_values(warning: ParameterWarning) -> ParameterWarning:
    """Return the warning without the values of rows that it shows as examples."""
    kept = {key: value for key, value in warning.parameters.items() if key != EXAMPLES}
    return warning if len(kept) == len(warning.parameters) else replace(warning, parameters=kept)


def without_values(note: Note) -> Note:
    """Return the note without the parameters that might be a value of the data."""
    kept = {key: value for key, value in note.parameters.items() if key in SHOWN}
    inner = kept.get("parameters")
    if isinstance(inner, Mapping):
        kept["parameters"] = {key: value for key, value in inner.items() if key != EXAMPLES}
    return note if kept == note.parameters else replace(note, parameters=kept)
