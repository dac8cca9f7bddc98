"""What a reader of a result must know beside it, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FREE_TEXT = "parameters"
"""The code of a note that the reader of a parameter file wrote: its parameter is `text`."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know of a parameter file, a log or the way in which they were compared."""

    code: str
    """Names the template of its sentence in `reports/words/notes.py`."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """The values of the template's fields: texts, numbers, and tuples of these."""


def free_notes(texts: Iterable[str]) -> tuple[Note, ...]:
    """Return a note for each text of a parameter file's reader."""
    return tuple(Note(FREE_TEXT, {"text": text}) for text in texts)
