"""What a message in a chat says of an audit: what to know of it, incidents, the worst features.

Slack and Teams refuse a message that is too long as a whole, so each part of it has its room, and
what does not fit is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from skewcheck.reports.summary import (
    files_apart,
    headline,
    in_trouble,
    remarks,
    sentence,
    subject,
)
from skewcheck.reports.words import phrases
from skewcheck.reports.words.incidents import leading_lines
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.text.printable import count, printable

MOST_LINES = 10
"""Lines of each part: people read the first few, and the report has all."""
MOST_CHARACTERS = 600
"""Characters of a line; escaped as HTML is, six times as many at most."""
_PARTS = {"remarks": 0.25, "incidents and causes": 0.25, "features": 0.5}
"""Shares of the room."""
_REMAINDER = 220
"""Kept free of each part for the line that says how much was left out, and what is around it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of the message; its texts are safe and cut."""

    text: str
    strong: str = ""
    """What stands before the text and is to catch the eye: a verdict and a feature."""

    @property
    def whole(self) -> str:
        """Return both, as a message without layout has them."""
        return f"{self.strong}: {self.text}" if self.strong else self.text


def title(audit: Audit) -> str:
    """Return what a notification shows, by which skewcheck knows its own messages as well."""
    return f"skewcheck: {headline(audit)}"


def lines(audit: Audit, room: int, size: Callable[[Line], int]) -> list[Line]:
    """Return the lines below the headline, which together take at most the room.

    `size` says how much a line takes of it, in the unit of `room`: characters or bytes.
    """
    about = [subject(audit), *remarks(audit), *(text for _, text in files_apart(audit))]
    parts = {
        "remarks": map(_line, about),
        "incidents and causes": map(_line, leading_lines(audit)),
        "features": map(_of_feature, in_trouble(audit)),
    }
    return [line for what, every in parts.items()
            for line in _taken(tuple(every), int(room * _PARTS[what]), size, what)]  # fmt: skip


def _taken(
    every: Sequence[Line], room: int, size: Callable[[Line], int], what: str
) -> Iterable[Line]:
    """Yield the first lines, as many as fit, and how many do not."""
    for i, line in enumerate(every):
        room -= size(line)
        if i == MOST_LINES or room < _REMAINDER:
            yield Line(f"and {count(len(every) - i)} more {what}; the JSON report has all")
            return
        yield line


def _of_feature(feature: FeatureAudit) -> Line:
    causes = [phrases.told_cause(cause, feature) for cause in feature.causes[:1]]
    name = f"{feature.verdict.value.upper()} {printable(feature.name)}"
    return Line(_cut("; ".join([sentence(feature), *causes])), name)


def _line(text: str) -> Line:
    return Line(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
