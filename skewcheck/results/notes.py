"""Which parameters of the notes of an audit are no values of the data."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.features.notes import Note

SHOWN = frozenset({
    "alarms", "approximate", "at_least", "block", "code", "column", "effective", "exit_code",
    "feature", "features", "files", "label", "least", "least_effective", "others", "parameters",
    "parts", "predictions", "labels", "prediction", "path", "names", "rows", "segments", "share",
    "shares", "source", "text", "type", "until", "values", "verdict", "windows", "limit", "step",
})  # fmt: skip
"""Keys of notes that are no value of a row: names of columns, features and files, codes, days,
counts and shares of many rows. `values` is how many there are. A key that is not listed is hidden.
"""


def without_values(note: Note) -> Note:
    """Return the note without the parameters that might be a value of the data."""
    kept = {key: value for key, value in note.parameters.items() if key in SHOWN}
    return note if len(kept) == len(note.parameters) else replace(note, parameters=kept)
