"""The report for a pull request's comment or a job's summary: GitHub's and GitLab's Markdown.

A comment on GitHub may have 65,536 characters: the report has fewer than 60,000, whatever the
audit, and says what it left out. Names, codes and commands are code, and nothing of the data is
markup: see `markdown_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skewcheck.reports import series
from skewcheck.reports.markdown_text import code, codes, html_code, literal, prose
from skewcheck.reports.summary import (
    COLUMNS,
    cells,
    headline,
    in_trouble,
    remarks,
    sentence,
    subject,
)
from skewcheck.reports.words import phrases
from skewcheck.reports.words.coverage import account_text
from skewcheck.reports.words.features import causes_in_message
from skewcheck.reports.words.incidents import leading
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import texts
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, count, printable

MOST_CHARACTERS = 59_000
"""Characters; with those that close what is open, the report stays below 60,000."""
MARKER = "<!-- skewcheck -->"
"""By this first line a job finds the comment that it wrote earlier."""
_ROOM = {"causes": 12_000, "notes": 6_000, "table": 16_000, "tail": 6_000}
"""Characters of each part: together 40,000, so that features in detail get the rest."""
_REMAINDER_LINE = 100
"""Characters kept free for the line that says how much was left out; it has fewer."""
_MOST_CODES = 2
"""Causes of a feature in its row of the table; all are in its details."""


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the report; `\\n` ends each line."""
    troubled = in_trouble(audit)
    alpha = audit.policy.alpha
    head = [MARKER, f"## {prose(headline(audit))}", "", prose(subject(audit))]
    if audit.error is not None and audit.error.test.verdict is not Verdict.UNTESTED:
        head += ["", f"Model: {prose(printable(error_text(audit.error), 300))}"]
    head += [line for text in remarks(audit) for line in ("", prose(text))]
    causes = [f"- {prose(text)}{_of(names)}" for text, names in leading(audit)]
    notes = [f"- note: {prose(printable(note, 400))}" for note in texts(audit.notes)]
    if audit.account is not None:
        notes.append(f"- {prose(printable(account_text(audit.account), 400))}")
    lists = [*_taken(causes, _ROOM["causes"], "causes"), *_taken(notes, _ROOM["notes"], "notes")]
    rows = [_row(feature) for feature in troubled]
    table = ["| | feature | cause | what is wrong |", "|---|---|---|---|"] if rows else []
    table += _taken(rows, _ROOM["table"], "features", "| | | | {} |")
    tail = _folded("Not tested, waived and fine", "\n".join(_tail(audit)))
    parts = [*head, "", *lists, *([""] if lists else []), *table, *([""] if table else [])]
    text = "\n".join(parts)
    room = MOST_CHARACTERS - len(text) - len(tail)
    blocks = [_block(feature, alpha) for feature in troubled]
    return "\n".join([text, *_taken(blocks, room, "features in detail", "\n{}\n"), tail])


def _of(names: Sequence[str], most: int = 10) -> str:
    return f": {codes(names, most)}" if names else ""


def _taken(parts: Sequence[str], room: int, what: str, line: str = "- {}") -> list[str]:
    """Return the parts that fit, and how many do not."""
    kept: list[str] = []
    for part in parts:
        room -= len(part) + 1
        if room < _REMAINDER_LINE:
            left = count(len(parts) - len(kept))
            return [*kept, line.format(f"and {left} more {what}; the JSON report has all")]
        kept.append(part)
    return kept


def _row(feature: FeatureAudit) -> str:
    name = code(printable(feature.name), cell=True)
    named = causes_in_message(feature) or feature.causes
    of_cause = ", ".join(code(c) for c in dict.fromkeys(c.code for c in named[:_MOST_CODES]))
    wrong = prose(sentence(feature), cell=True)
    return f"| {_word(feature.verdict)} | {name} | {of_cause} | {wrong} |"


def _word(verdict: Verdict) -> str:
    return f"**{verdict.value.upper()}**" if verdict is Verdict.SKEW else verdict.value.upper()


def _block(feature: FeatureAudit, alpha: float) -> str:
    """Return all that is to be said about a feature, folded."""
    lines = [phrases.told_cause(cause, feature) for cause in feature.causes[:5]]
    lines += [phrases.figures(feature, alpha)]
    lines += phrases.parity_lines(feature.parity)
    drawn = [line for line in (*phrases.bars(feature.bars), *series.time_lines(feature)) if line]
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    parts = [f"- {prose(line)}" for line in lines if line]
    if drawn:
        parts += ["", "<pre>" + "\n".join(map(literal, drawn)) + "</pre>"]
    parts += ["", *(f"| {' | '.join(row)} |" for row in rows)]
    for test in feature.tests:
        name, *figures = cells(test, alpha)
        parts.append(f"| {code(name)} | {' | '.join(prose(x, cell=True) for x in figures)} |")
    name = html_code(printable(feature.name))
    return _folded(f"{feature.verdict.value.upper()}: {name}", "\n".join(parts))


def _folded(title: str, body: str) -> str:
    """Fold a text under a title; the empty lines let what is inside be read as Markdown."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>\n"


def _tail(audit: Audit) -> Iterable[str]:
    """Yield what needs no action: tests that were not done, waivers, features that are fine."""
    lines = [
        f"- not tested: {', '.join(map(code, tests))}{' of ' if tests else ''}{codes(names, 4)}:"
        f" {prose(printable(why, 200))}"
        for tests, names, why in phrases.untested_groups(audit.features)
    ]
    lines += [
        f"- waived: {code(printable(feature.name, 40))}: "
        f"{prose(phrases.phrase(test, audit.policy.alpha))}"
        for feature in audit.features
        for test in feature.tests
        if test.waived
    ]
    yield from _taken(lines, _ROOM["tail"], "of these")
    clean = [feature.name for feature in audit.features if feature.verdict is Verdict.OK]
    yield f"- ok: {count(len(clean))}{_of(clean, 30)}"
    figures = {"alpha": f"{audit.policy.alpha:g}", "correction": audit.policy.correction}
    figures |= {name: f"{limit:g}" for name, limit in audit.policy.thresholds.items()}
    yield f"- policy: {prose(', '.join(f'{key} {value}' for key, value in figures.items()))}"
    yield f"- parameters: {code(printable(audit.fingerprint, 80))}"
