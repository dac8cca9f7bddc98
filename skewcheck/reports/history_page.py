"""HTML page of a state folder's history: features x nights, what changed, and each night.

Self-contained like the page of an audit (`reports/html.py`): no script but its own, by its hash,
and nothing from elsewhere. Without the script every link still leads to its night.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

import skewcheck
from skewcheck.engine.memory.history import FeatureRecord, Run
from skewcheck.engine.memory.nights import Log
from skewcheck.reports import history_drawing as drawing
from skewcheck.reports.history_gates import Gate, Mark, Row, gates, troubled
from skewcheck.reports.words import history as words
from skewcheck.results.nights import Accepted
from skewcheck.text.numbers import figure
from skewcheck.text.printable import count, printable

MAX_BYTES = 1_000_000
"""Of the page: what every browser shows at once, and mail takes as an attachment."""
MOST_NIGHTS, MOST_FEATURES, MOST_GATES = 365, 200, 5
"""A year; features of all gates together. More of either is left out, and said so."""
LINE_BYTES, NIGHT_BYTES, ROW_BYTES, HEAD_BYTES = 400, 900, 900, 40_000
"""At most, of names that are usual: of a feature in a night, a night without these, a row without
its strip, and all the rest."""
MOST_LINES = 40
"""Features that are named in a night, where the page has room for them."""
MOST_MARKS = 100
"""Changes that are listed, the newest of more."""
_SMALLER = (1.0, 0.5, 0.25, 0.1, 0.03)
"""Shares of the features that are tried until the page is small enough: names may be of letters
that take six bytes each."""


@dataclass(frozen=True, slots=True)
class NightEntry:
    """A night in the page."""

    anchor: str
    run: Run
    features: tuple[tuple[str, FeatureRecord, str], ...]
    """Those in trouble by name, and the anchor of their row; empty for those without one."""
    more: int
    """Others in trouble, which are not named."""


@dataclass(frozen=True, slots=True)
class RowEntry:
    """A feature in the page."""

    anchor: str
    row: Row
    codes: str
    strip: Markup
    first: str
    """The anchor of its first night in trouble; empty without any, and for one left out."""


@dataclass(frozen=True, slots=True)
class GateEntry:
    """A gate in the page."""

    anchor: str
    gate: Gate
    nights: tuple[NightEntry, ...]
    rows: tuple[RowEntry, ...]
    marks: tuple[tuple[Mark, str, str], ...]
    """With the anchor of the night and what is said of it, oldest first."""
    left_out: tuple[str, ...]

    @property
    def evidence(self) -> list[float | None]:
        """Return the evidence of each night."""
        return [night.run.evidence for night in self.nights]

    @property
    def axis(self) -> Markup:
        """Return the dates below which the strips stand."""
        return drawing.axis([printable(night.run.at[:10], 12) for night in self.nights])

    @property
    def verdicts(self) -> Markup:
        """Return the strip of the verdicts, each a link to its night."""
        return drawing.verdict_strip(
            (night.anchor, night.run.verdict, words.night_title(night.run)) for night in self.nights
        )

    @property
    def mark_lines(self) -> str:
        """Return a CSS background with a line for each change."""
        return drawing.mark_lines([mark for mark, _, _ in self.marks], len(self.nights))


def render(
    past: Sequence[Run], accepted: Sequence[tuple[Log, Accepted]] = (), notes: Sequence[str] = ()
) -> str:
    """Return the page of runs, oldest first, of which there is one at least.

    `notes` are sentences on the folder as a whole. Names in it are text, whatever they are. Of more
    than a year, 200 features or five gates it says what is left out; it is never over 1 MB.
    """
    every = gates(past, accepted)
    text = ""
    for share in _SMALLER:
        entries = [_gate(gate, i, len(every), share) for i, gate in enumerate(every[:MOST_GATES])]
        left_out = words.left_out(len(entries), len(every), "gate", "the last")
        text = _page(entries, [*notes, *([f"shown are {left_out}"] if left_out else [])])
        if len(text.encode()) < MAX_BYTES:
            break
    return text


def _page(entries: Sequence[GateEntry], notes: Sequence[str]) -> str:
    script = _part("history.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    page = _template().render(
        gates=entries, notes=notes, words=words, drawing=drawing,
        style=Markup(_part("page.css") + _part("history.css")),  # noqa: S704  # files of our own
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
        version=skewcheck.__version__,
    )  # fmt: skip
    return page.rstrip("\n") + "\n"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("skewcheck", "reports/page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"printable": printable, "count": count, "figure": figure}
    return environment.get_template("history.html")


def _part(name: str) -> str:
    return resources.files("skewcheck.reports").joinpath("page", name).read_text("utf-8")


def _gate(gate: Gate, number: int, of: int, share: float) -> GateEntry:
    """Return a gate with so many nights and features as the page has room for."""
    nights = min(len(gate.runs), MOST_NIGHTS)
    start = len(gate.runs) - nights
    features = max(1, int(share * MOST_FEATURES) // min(of, MOST_GATES))
    rows = tuple(
        _row(row, f"f{number + 1}-{i + 1}", number, start)
        for i, row in enumerate(gate.rows[:features])
    )
    anchors = {entry.row.name: entry.anchor for entry in rows}
    drawn = sum(len(entry.strip) + len(entry.codes) + ROW_BYTES for entry in rows)
    room = (MAX_BYTES - HEAD_BYTES) // min(of, MOST_GATES) - drawn - nights * NIGHT_BYTES
    lines = min(max(room // (nights * LINE_BYTES), 1), MOST_LINES)
    entries = tuple(
        _night(run, _anchor(number, i), anchors, lines)
        for i, run in enumerate(gate.runs[start:], start)
    )
    marks = _marks(gate, number, start)
    shown = (
        words.left_out(nights, len(gate.runs), "night", "the last"),
        words.left_out(len(rows), len(gate.rows), "feature", "the worst"),
        words.left_out(min(len(marks), MOST_MARKS), len(marks), "change", "the last"),
    )
    return GateEntry(
        f"gate-{number + 1}", gate, entries, rows, marks[-MOST_MARKS:], tuple(filter(None, shown))
    )


def _anchor(number: int, night: int) -> str:
    return f"n{number + 1}-{night + 1}"


def _row(row: Row, anchor: str, number: int, start: int) -> RowEntry:
    first = _anchor(number, row.bad[0]) if row.bad and row.bad[0] >= start else ""
    drawn = row.since(start)
    strip = drawing.feature_strip(drawn, words.row_text(row))
    return RowEntry(anchor, row, drawing.codes(drawn), strip, first)


def _night(run: Run, anchor: str, anchors: Mapping[str, str], most: int) -> NightEntry:
    bad = troubled(run)
    features = tuple((name, record, anchors.get(name, "")) for name, record in bad[:most])
    return NightEntry(anchor, run, features, len(bad) - len(features))


def _marks(gate: Gate, number: int, start: int) -> tuple[tuple[Mark, str, str], ...]:
    """Return the marks of the nights that are shown, their nights counted from the first of these.

    What no night has come after stands at the last one.
    """
    last = len(gate.runs) - 1
    return tuple(
        (
            Mark(mark.night - start, mark.kind, mark.old, mark.new),
            _anchor(number, min(mark.night, last)),
            words.mark_text(mark),
        )
        for mark in gate.marks
        if mark.night >= start
    )
