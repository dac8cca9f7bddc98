"""Terminal report: the verdict first, then features by severity, on one screen."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from skewcheck.reports import series
from skewcheck.reports.findings import Finding, codes_of, findings, lines_of
from skewcheck.reports.summary import (
    files_apart,
    headline,
    ranked,
    remarks,
    sentence,
    subject,
)
from skewcheck.reports.table_of_tests import table_of_tests
from skewcheck.reports.words import phrases
from skewcheck.reports.words.coverage import account_text
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import texts
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options, count, printable

SCREEN_LINES = 40
"""Findings of at most so many lines have their figures below their sentences, where no terminal
says how many lines it has."""
_NOTE_LINES = 5
"""Lines of notes on a screen: what is wrong matters more."""
_INDENT, _NARROW_INDENT = 6, 2
_NARROW = 40
"""Columns below which the margin is narrow: long codes and blocks want the room."""
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
    """Return the report; without colour it is plain text of at most `options.width` columns.

    First comes what is wrong, in a sentence for each finding, none of them cut; then the figures of
    each feature, as many as the height of a terminal has room for.
    """
    if options.quiet:
        return f"{quiet_line(audit)}\n"
    page = _Page(options)
    head, tail = _head(page, audit), _tail(page, audit)
    room = None if options.height is None else options.height - len(head) - len(tail) - 4
    wrong = findings(audit)
    if options.every_test:
        listed, left = _within(page, wrong, None)
        blocks = [page.block(feature, audit.policy.alpha) for feature in ranked(audit.features)]
        body = [*listed, *(line for block in blocks for line in (Text(), *block))]
    else:
        body, left = _fitted(page, audit, wrong, room)
    after = [*tail, *([Text()] if wrong else []), *_next(page, wrong, left)]
    return page.text(
        [
            *head,
            *([Text()] if body or tail else []),
            *body,
            *([Text()] if body and tail else []),
            *after,
        ]
    )


def _head(page: _Page, audit: Audit) -> list[Text]:
    """The verdict, what was audited, and what the reader must know of the audit as a whole."""
    head = [*page.lines(_headline(audit)), *page.lines(subject(audit))]
    if audit.error is not None and audit.error.test.verdict is not Verdict.UNTESTED:
        head += page.lines(f"model: {printable(error_text(audit.error), 300)}")
    head += [line for text in remarks(audit) for line in page.lines(text)]
    if page.every_test and audit.account is not None:
        head += page.lines(printable(account_text(audit.account), 400))
    return [*head, *_notes(page, audit)]


def _notes(page: _Page, audit: Audit) -> list[Text]:
    """The notes, whole ones; on a screen as many as leave room for what is wrong."""
    entries = [page.lines(f"note: {printable(note, 400)}") for note in texts(audit.notes)]
    kept: list[Text] = []
    for place, entry in enumerate(entries):
        if page.cut and kept and len(kept) + len(entry) > _NOTE_LINES:
            left = count(len(entries) - place, "more note")
            return [*kept, *page.lines(f"and {left}: -v")]
        kept += entry
    return kept


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
        self.width = max(options.width, 20)
        self.indent = _INDENT if self.width >= _NARROW else _NARROW_INDENT
        self.every_test = options.every_test
        self.whole = options.verbose or options.every_test
        self.cut = options.height is not None and not self.whole
        self.console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=options.color,
            color_system="standard" if options.color else None,
            no_color=not options.color,
            legacy_windows=False,
            _environ={},
        )

    def lines(self, text: Text | str, hang: int = 0) -> list[Text]:
        """Wrap a text; lines after the first are indented by `hang`."""
        whole = Text(text) if isinstance(text, str) else text
        if not hang:
            return list(whole.wrap(self.console, self.width))
        # The first line is as wide as the others, so that one wrap serves all.
        margin, rest = whole[:hang], whole[hang:]
        wrapped = list(rest.wrap(self.console, self.width - hang))
        pads = [margin, *(Text(" " * hang) for _ in wrapped[1:])]
        return [pad + line for pad, line in zip(pads, wrapped, strict=True)]

    def listed(self, finding: Finding) -> list[Text]:
        """Return a finding in whole sentences: where several features are, one for each."""
        head, rest = self._head(finding)
        pad = " " * self.indent if self.indent == _INDENT else ""
        return [*head, *(x for line in rest for x in self.lines(f"{pad}- {line}", len(pad) + 2))]

    def _head(self, finding: Finding) -> tuple[list[Text], list[str]]:
        text, rest = lines_of(finding)
        if finding.cause is not None or not rest:
            text = f"{text} ({', '.join(codes_of(finding))})"
        return self.lines(self.headed(finding.verdict, text), self.indent), rest

    def in_full(self, finding: Finding, blocks: dict[str, list[Text]]) -> list[Text]:
        """Return a finding with the blocks of its features, which are taken out of `blocks`.

        A feature of several findings stands below the first.
        """
        own = [blocks.pop(feature.name, []) for feature in finding.features]
        if len(own) == 1 and finding.cause is None:
            return own[0]
        head = self._head(finding)[0] if any(own) else self.listed(finding)
        return [*head, *(line for block in own for line in block)]

    def block(self, feature: FeatureAudit, alpha: float) -> list[Text]:
        """Return all that is to be said about a feature."""
        name = printable(feature.name)
        text = self.headed(feature.verdict, f"{name}: {sentence(feature)}", bold=len(name))
        head = self.lines(text, self.indent)
        room = self.width - self.indent
        details = [phrases.figures(feature, alpha), *phrases.bars(feature.bars, room)]
        details += phrases.parity_lines(feature.parity)
        details += series.time_lines(feature, room)
        causes = feature.causes if self.whole else feature.causes[:2]
        details += [phrases.told_cause(cause, feature) for cause in causes]
        if self.every_test:
            details += table_of_tests(feature.tests, alpha, room)
        pad = " " * self.indent
        lines = (x for text in details if text for x in self.lines(pad + text, self.indent))
        return [*head, *lines]

    def headed(self, verdict: Verdict, text: str, bold: int = 0) -> Text:
        """Put the verdict before a text, whose first characters may be bold."""
        head = (self.margin(_HEADS.get(verdict, verdict.value.upper())), _STYLES[verdict])
        return Text.assemble(head, (text[:bold], "bold"), text[bold:])

    def dashed(self, text: str) -> list[Text]:
        """Wrap a text that is no finding."""
        margin = self.margin(_HEADS[Verdict.UNTESTED])
        return self.lines(Text.assemble((margin, "dim"), text), self.indent)

    def margin(self, head: str) -> str:
        """Return what stands before a text: as wide for each, where there is room."""
        return f"{head:<{_INDENT}}" if self.indent == _INDENT else f"{head} "

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


def _fitted(
    page: _Page, audit: Audit, wrong: Sequence[Finding], room: int | None
) -> tuple[list[Text], int]:
    """Return what is wrong, with figures as far as there is room, and how many have none.

    What fits on a screen has its figures below its sentence. Of more, all sentences come first.
    """
    alpha = audit.policy.alpha
    features = {f.name: f for finding in wrong for f in finding.features}
    blocks = {name: page.block(feature, alpha) for name, feature in features.items()}
    pending = dict(blocks)
    inline = [line for finding in wrong for line in page.in_full(finding, pending)]
    if len(wrong) < 2 or len(inline) <= (SCREEN_LINES if room is None else room):
        return inline, 0
    listed, left = _within(page, wrong, room)
    body = list(listed)
    for place, name in enumerate(features):
        block = [Text(), *blocks[name]]
        if room is not None and (left or len(body) + len(block) > room):
            return body, len(features) - place
        body += block
    return body, 0


def _within(page: _Page, wrong: Sequence[Finding], room: int | None) -> tuple[list[Text], int]:
    """Return the sentences, whole ones, as far as there is room, and how many findings are left."""
    listed: list[Text] = []
    for place, finding in enumerate(wrong):
        entry = page.listed(finding)
        if room is not None and place and len(listed) + len(entry) >= room:
            names = [f.name for finding in wrong[place:] for f in finding.features]
            more = f"and {count(len(names), 'more feature')}: {phrases.names(names, 5)}"
            return [*listed, *page.dashed(more)], len(names)
        listed += entry
    return listed, 0


def _next(page: _Page, wrong: Sequence[Finding], left: int) -> list[Text]:
    """What to type next."""
    if not wrong:
        return []
    codes = list(dict.fromkeys(code for finding in wrong for code in codes_of(finding)))
    said = [f"skewcheck explain {code}" for code in codes[:1]]
    said += [f"-v (figures of {count(left, 'more feature')})"] if left else []
    said += [] if page.every_test else ["-vv (every test)"]
    return page.lines(f"next: {', '.join([*said, '--report html=FILE'])}")


def _tail(page: _Page, audit: Audit) -> list[Text]:
    """What is fine, and what was not tested, grouped by its reason."""
    clean = [feature.name for feature in audit.features if feature.verdict is Verdict.OK]
    lines: list[Text] = []
    if clean:
        start = f"{page.margin('ok')}{count(len(clean))}: "
        text = Text(f"{start}{_names_within(clean, page.width - len(start), page.whole)}")
        text.stylize(_STYLES[Verdict.OK], 0, 2)
        lines += page.lines(text, page.indent)
    reasons = phrases.untested(audit.features)
    shown = reasons if page.whole else reasons[:4]
    texts = [f"not tested: {line}" for line in shown]
    if len(reasons) > len(shown):
        texts.append(f"not tested for {count(len(reasons) - 4)} more reasons: -v")
    waived = [
        f"{printable(feature.name, 40)}: {phrases.phrase(test, audit.policy.alpha)}"
        for feature in audit.features
        for test in feature.tests
        if test.waived and feature.verdict not in phrases.TROUBLE
    ]
    texts += [f"waived: {'; '.join(waived)}"] if waived else []
    return [*lines, *(line for text in texts for line in page.dashed(text))]


def _names_within(names: Sequence[str], width: int, whole: bool) -> str:
    """Return names in one line, of which the last says how many more there are."""
    most = len(names) if whole else min(len(names), max(width // 3, 1))  # with ", " after each
    while cell_len(listed := phrases.names(names, most)) > width and most > 1 and not whole:
        most -= 1
    return listed
