"""The report for a pull request's comment or a job's summary: GitHub's and GitLab's Markdown.

A comment on GitHub may have 65,536 characters: the report has fewer than 60,000, whatever the
audit, and says what it left out. Nothing of the data is markup: what could be is written as a
character reference, which CommonMark never takes for structure, and what is looked for in the
text afterwards (@somebody, #123, :emoji:, $formula$) stands in `<code>`, which is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from skewcheck.reports import series
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
from skewcheck.reports.words.incidents import leading_lines
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
_MARKUP = re.compile(r"[&<>`*_\[\]|~\\]|(?<=[A-Za-z]):(?=//)|(?<=www)\.")
_LOOKED_FOR = re.compile(r"[@#$]|:(?=[\w+-]+:)")


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the report; `\\n` ends each line."""
    troubled = in_trouble(audit)
    alpha = audit.policy.alpha
    head = [MARKER, f"## {_prose(headline(audit))}", "", _prose(subject(audit))]
    if audit.error is not None and audit.error.test.verdict is not Verdict.UNTESTED:
        head += ["", f"Model: {_prose(printable(error_text(audit.error), 300))}"]
    head += [line for text in remarks(audit) for line in ("", _prose(text))]
    causes = [f"- {_prose(line)}" for line in leading_lines(audit)]
    notes = [f"- note: {_prose(printable(note, 400))}" for note in texts(audit.notes)]
    if audit.account is not None:
        notes.append(f"- {_prose(printable(account_text(audit.account), 400))}")
    lists = [*_taken(causes, _ROOM["causes"], "causes"), *_taken(notes, _ROOM["notes"], "notes")]
    rows = [_row(feature) for feature in troubled]
    table = ["| | feature | what is wrong |", "|---|---|---|"] if rows else []
    table += _taken(rows, _ROOM["table"], "features", "| | | {} |")
    tail = _folded("Not tested, waived and fine", "\n".join(_tail(audit)))
    parts = [*head, "", *lists, *([""] if lists else []), *table, *([""] if table else [])]
    text = "\n".join(parts)
    room = MOST_CHARACTERS - len(text) - len(tail)
    blocks = [_block(feature, alpha) for feature in troubled]
    return "\n".join([text, *_taken(blocks, room, "features in detail", "\n{}\n"), tail])


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
    name = _code(printable(feature.name))
    return f"| {_word(feature.verdict)} | {name} | {_prose(sentence(feature))} |"


def _word(verdict: Verdict) -> str:
    return f"**{verdict.value.upper()}**" if verdict is Verdict.SKEW else verdict.value.upper()


def _block(feature: FeatureAudit, alpha: float) -> str:
    """Return all that is to be said about a feature, folded."""
    lines = [phrases.told_cause(cause, feature) for cause in feature.causes[:5]]
    lines += [phrases.figures(feature, alpha)]
    lines += phrases.parity_lines(feature.parity)
    drawn = [line for line in (*phrases.bars(feature.bars), *series.time_lines(feature)) if line]
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(cells(test, alpha) for test in feature.tests)]
    parts = [f"- {_prose(line)}" for line in lines if line]
    if drawn:
        parts += ["", "<pre>" + "\n".join(map(_literal, drawn)) + "</pre>"]
    parts += ["", *(f"| {' | '.join(map(_prose, row))} |" for row in rows)]
    name = _code(printable(feature.name))
    return _folded(f"{feature.verdict.value.upper()}: {name}", "\n".join(parts))


def _folded(title: str, body: str) -> str:
    """Fold a text under a title; the empty lines let what is inside be read as Markdown."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>\n"


def _tail(audit: Audit) -> Iterable[str]:
    """Yield what needs no action: tests that were not done, waivers, features that are fine."""
    lines = [f"- not tested: {_prose(line)}" for line in phrases.untested(audit.features)]
    lines += [
        f"- waived: {_code(printable(feature.name, 40))}: "
        f"{_prose(phrases.phrase(test, audit.policy.alpha))}"
        for feature in audit.features
        for test in feature.tests
        if test.waived
    ]
    yield from _taken(lines, _ROOM["tail"], "of these")
    clean = [feature.name for feature in audit.features if feature.verdict is Verdict.OK]
    yield f"- ok: {count(len(clean))}{': ' if clean else ''}{_prose(phrases.names(clean, 30))}"
    figures = {"alpha": f"{audit.policy.alpha:g}", "correction": audit.policy.correction}
    figures |= {name: f"{limit:g}" for name, limit in audit.policy.thresholds.items()}
    yield f"- policy: {_prose(', '.join(f'{key} {value}' for key, value in figures.items()))}"
    yield f"- parameters: {_code(printable(audit.fingerprint, 80))}"


def _prose(text: str) -> str:
    """Return safe text as Markdown that shows just it."""
    parts = _LOOKED_FOR.split(text)
    marks = [*_LOOKED_FOR.findall(text), ""]
    return "".join(
        _literal(part) + (f"<code>{mark}</code>" if mark else "")
        for part, mark in zip(parts, marks, strict=True)
    )


def _code(text: str) -> str:
    """Return a name as code, in which nothing is looked for."""
    return f"<code>{_literal(text)}</code>"


def _literal(text: str) -> str:
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)
