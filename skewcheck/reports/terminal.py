"""Terminal report: the verdict first, then features by severity, on one screen."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from skewcheck.reports import series
from skewcheck.reports.summary import (
    COLUMNS,
    cells,
    files_apart,
    headline,
    in_trouble,
    ranked,
    remarks,
    sentence,
    subject,
)
from skewcheck.reports.words import phrases
from skewcheck.reports.words.coverage import account_text
from skewcheck.reports.words.incidents import leading_lines
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import texts
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, count, printable

SCREEN_LINES = 40
"""Lines of a report that is not verbose: one screen of a window taller than the classic 24."""
_INDENT = 6
_STYLES = {
    Verdict.SKEW: "bold red",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.WARN: "yellow",
    Verdict.OK: "green",
    Verdict.UNTESTED: "dim",
}
_HEADS = {Verdict.INCONCLUSIVE: "?", Verdict.UNTESTED: "-"}
"""Heads of a feature where the verdict itself is too long for the margin."""


def render(audit: Audit, options: Options = PLAIN) -> str:
    """Return the report; without colour it is plain text of at most `options.width` columns."""
    if options.quiet:
        return f"{quiet_line(audit)}\n"
    page = _Page(options)
    head = [*page.lines(_headline(audit)), *page.lines(subject(audit))]
    if audit.error is not None and audit.error.test.verdict is not Verdict.UNTESTED:
        head += page.lines(f"model: {printable(error_text(audit.error), 300)}")
    head += [line for text in remarks(audit) for line in page.lines(text)]
    notes = [
        line for note in texts(audit.notes) for line in page.lines(f"note: {printable(note, 400)}")
    ]
    if options.verbose and audit.account is not None:
        head += page.lines(printable(account_text(audit.account), 400))
    head += notes if options.verbose else _cut(notes, 6, "notes")
    head += [line for text in leading_lines(audit) for line in page.lines(text)]
    tail = [line for text in _tail(audit) for line in page.lines(text, _INDENT, 3)]
    if options.verbose:
        blocks = [page.block(feature, audit.policy.alpha) for feature in ranked(audit.features)]
        body = [line for block in blocks for line in (*block, Text())]
        return page.text([*head, Text(), *body, *tail])
    body = _fitted(page, audit, SCREEN_LINES - len(head) - len(tail) - 2)
    gaps = [Text()] if body or tail else []
    return page.text([*head, *gaps, *body, *([Text()] if body and tail else []), *tail])


def quiet_line(audit: Audit) -> str:
    """Return the verdict in one line."""
    parts = [
        f"{count(len(features))} {verdict.value} ({phrases.names(features, 5)})"
        for verdict in (*phrases.TROUBLE, Verdict.UNTESTED)
        if (features := [f.name for f in audit.features if f.verdict is verdict])
    ]
    parts.append(f"{count(audit.count(Verdict.OK))} ok")
    line = f"{audit.verdict.value}: {', '.join(parts)}; {count(audit.logs.rows, 'row')}"
    return "; ".join([line, *remarks(audit), *(text for _, text in files_apart(audit))])


class _Page:
    """A screen of fixed width on which texts become lines."""

    def __init__(self, options: Options) -> None:
        self.width = max(options.width, 40)
        self.verbose = options.verbose
        self.console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=options.color,
            color_system="standard" if options.color else None,
            no_color=not options.color,
            legacy_windows=False,
            _environ={},
        )

    def lines(self, text: Text | str, hang: int = 0, most: int | None = None) -> list[Text]:
        """Wrap a text; lines after the first are indented by `hang`, beyond `most` they are cut."""
        whole = Text(text) if isinstance(text, str) else text
        if not hang:
            return list(whole.wrap(self.console, self.width))
        # The first line is as wide as the others, so that one wrap serves all.
        margin, rest = whole[:hang], whole[hang:]
        wrapped = list(rest.wrap(self.console, self.width - hang))
        if most is not None and len(wrapped) > most:
            wrapped = [*wrapped[: most - 1], _shortened(wrapped[most - 1], self.width - hang)]
        pads = [margin, *(Text(" " * hang) for _ in wrapped[1:])]
        return [pad + line for pad, line in zip(pads, wrapped, strict=True)]

    def block(self, feature: FeatureAudit, alpha: float) -> list[Text]:
        """Return all that is to be said about a feature."""
        head = self.lines(_sentence(feature), _INDENT)
        details = [phrases.figures(feature, alpha), *phrases.bars(feature.bars)]
        details += phrases.parity_lines(feature.parity)
        details += series.time_lines(feature)
        causes = feature.causes if self.verbose else feature.causes[:2]
        details += [phrases.told_cause(cause, feature) for cause in causes]
        if self.verbose:
            details += _table(feature.tests, alpha)
        pad = " " * _INDENT
        return [*head, *(x for text in details if text for x in self.lines(pad + text, _INDENT))]

    def text(self, lines: Iterable[Text]) -> str:
        """Return the lines as text, with colour if the page has any."""
        with self.console.capture() as captured:
            for line in lines:
                line.rstrip()
                self.console.print(
                    line, no_wrap=True, overflow="ignore", crop=False, highlight=False
                )
        return captured.get()


def _headline(audit: Audit) -> Text:
    text = Text(headline(audit))
    text.stylize(_STYLES[audit.verdict], 0, len(audit.verdict.value))
    return text


def _sentence(feature: FeatureAudit) -> Text:
    word = _HEADS.get(feature.verdict, feature.verdict.value.upper())
    margin = (f"{word:<{_INDENT}}", _STYLES[feature.verdict])
    return Text.assemble(margin, (printable(feature.name), "bold"), f": {sentence(feature)}")


def _fitted(page: _Page, audit: Audit, room: int) -> list[Text]:
    """The features in trouble, in full as far as there is room, then a line each, then a count."""
    troubled = in_trouble(audit)
    short = [page.lines(_sentence(feature), _INDENT, 1) for feature in troubled]
    room = max(room, 3)
    if len(short) > room:
        left = len(short) - room + 1
        return [x for lines in short[: room - 1] for x in lines] + [_more(left, "features")]
    spare = room - len(short)
    for place, feature in enumerate(troubled):
        full = page.block(feature, audit.policy.alpha)
        if len(full) - 1 > spare:
            break
        short[place] = full
        spare -= len(full) - 1
    return [line for lines in short for line in lines]


def _tail(audit: Audit) -> Iterable[Text]:
    """What is fine, and what was not tested, grouped by its reason."""
    clean = [feature.name for feature in audit.features if feature.verdict is Verdict.OK]
    if clean:
        listed = phrases.names(clean, 30)
        yield Text.assemble(("ok    ", _STYLES[Verdict.OK]), f"{count(len(clean))}: {listed}")
    reasons = phrases.untested(audit.features)
    for line in reasons[:4]:
        yield _dash(f"not tested: {line}")
    if len(reasons) > 4:
        yield _dash(f"not tested for {count(len(reasons) - 4)} more reasons; --verbose shows all")
    waived = [
        f"{printable(feature.name, 40)}: {phrases.phrase(test, audit.policy.alpha)}"
        for feature in audit.features
        for test in feature.tests
        if test.waived and feature.verdict not in phrases.TROUBLE
    ]
    if waived:
        yield _dash(f"waived: {'; '.join(waived)}")


def _dash(text: str) -> Text:
    return Text.assemble((f"{_HEADS[Verdict.UNTESTED]:<{_INDENT}}", "dim"), text)


def _table(tests: Sequence[JudgedTest], alpha: float) -> list[str]:
    """Every test in a row of its own."""
    rows = [COLUMNS, *(cells(test, alpha) for test in tests)]
    widths = (11, 11, 9, 9, 10, 0)
    lines = ["  ".join(f"{x:<{w}}" for x, w in zip(row, widths, strict=True)) for row in rows]
    reasons = [f": {printable(text, 200)}" if (text := reason(test)) else "" for test in tests]
    return [line + reason for line, reason in zip(lines, ["", *reasons], strict=True)]


def _cut(lines: list[Text], most: int, what: str) -> list[Text]:
    left = len(lines) - most
    return lines if left <= 0 else [*lines[: most - 1], _more(left + 1, f"lines of {what}")]


def _more(number: int, what: str) -> Text:
    return Text(f"and {count(number)} more {what}; --verbose shows all")


def _shortened(line: Text, width: int) -> Text:
    shown = line.copy()
    shown.truncate(width - 2, overflow="crop")
    shown.rstrip()
    return shown + Text(" …")
