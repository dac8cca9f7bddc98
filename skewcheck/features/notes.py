"""Notes on a result, as data without wording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FREE_TEXT = "parameters"
"""Code of a note whose text the reader of a parameter file wrote, as the parameter `text`."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a parameter file, a log, or the way in which they were compared."""

    code: str
    """Names the sentence's template in `reports/words/notes.py`."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Values of the template's fields: texts, numbers, and tuples of these."""


def free_notes(texts: Iterable[str]) -> tuple[Note, ...]:
    """Return a FREE_TEXT note for each text."""
    return tuple(Note(FREE_TEXT, {"text": text}) for text in texts)
