"""What `skewcheck diff` says, as text and as JSON: of parameter files, and of JSON reports."""

from __future__ import annotations

import json
from collections.abc import Sequence

from skewcheck import __version__
from skewcheck.lock.diff import Difference
from skewcheck.reports.comparison import Comparison
from skewcheck.reports.words import comparison as words
from skewcheck.reports.words.diff import line, lines

NOTHING = "no difference: both files normalize alike"


def text_of_parameters(changes: Sequence[Difference]) -> str:
    """Return a line per difference, or the one that there is none."""
    return _text(lines(changes) or (NOTHING,))


def text_of_reports(comparison: Comparison) -> str:
    """Return whether it is worse, the two reports, and a line per change."""
    return _text(words.lines(comparison))


def _text(said: Sequence[str]) -> str:
    return "".join(f"{text}\n" for text in said)


def json_of_parameters(changes: Sequence[Difference], notes: Sequence[str]) -> str:
    """Return the differences as JSON."""
    entries = [
        {"kind": change.kind, "feature": change.feature, "message": line(change)}
        for change in changes
    ]
    return _dumps("parameters", 1 if changes else 0, {"changes": entries}, notes)


def json_of_reports(comparison: Comparison, notes: Sequence[str]) -> str:
    """Return the changes as JSON, with the verdicts and causes of both sides."""
    entries = [
        {
            "kind": change.kind,
            "subject": change.outcome.subject,
            "name": change.outcome.name,
            **{
                side: {"verdict": of.verdict.value, "causes": list(of.causes)}
                for side, of in (("old", change.old), ("new", change.new))
                if of is not None
            },
            "message": words.change_text(change),
        }
        for change in comparison.changes
    ]
    sides = {
        side: {
            "path": report.path, "verdict": report.verdict.value, "exit_code": report.exit_code,
            "rows": report.rows, "started": report.started or None,
        }
        for side, report in (("old", comparison.old), ("new", comparison.new))
    }  # fmt: skip
    members = {"worse": comparison.is_worse, **sides, "changes": entries}
    return _dumps("reports", int(comparison.is_worse), members, notes)


def _dumps(of: str, code: int, members: dict[str, object], notes: Sequence[str]) -> str:
    head = {"kind": "diff", "version": 1, "tool": __version__}
    whole = {"skewcheck": head, "of": of, "exit_code": code, **members, "notes": list(notes)}
    return json.dumps(whole, indent=2, allow_nan=False) + "\n"
