"""Table of what `fit` took each column of the training data for, and why."""

from __future__ import annotations

from itertools import groupby

from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.notes import text
from skewcheck.text.printable import printable

MAX_ROWS = 60
"""Rows from which neighbours that were taken alike share one: no screen shows more."""
_HEADS = ("feature", "taken for", "because", "normalized by")


def lines(parameters: Parameters) -> list[str]:
    """Return the lines of the table, a row per feature under a head; none if nothing was taken."""
    rows = [_row(feature, parameters) for feature in parameters.features
            if feature.name in parameters.readings]  # fmt: skip
    if not rows:
        return []
    if len(rows) > MAX_ROWS:
        rows = [_joined([name for name, *_ in alike], what)
                for what, alike in groupby(rows, lambda row: row[1:])]  # fmt: skip
    widths = [max(len(cell) for cell in column) for column in zip(*rows, _HEADS, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (_HEADS, *rows)
    ]


def _row(feature: Feature, parameters: Parameters) -> tuple[str, ...]:
    kind = {"numeric": "numbers", "categorical": "levels"}[feature.type]
    role = "" if feature.role == "feature" else f" ({feature.role})"
    because = text(parameters.readings[feature.name])
    steps = next(iter(feature.groups.values()), feature.steps)
    step = steps[0].op if steps else "nothing"
    step += f" by {printable(feature.by, 40)}" if feature.groups and feature.by else ""
    return printable(feature.name, 60), f"{kind}{role}", because, step


def _joined(names: list[str], what: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) == 1:
        return names[0], *what
    return f"{names[0]} to {names[-1]} ({len(names):,})", *what
