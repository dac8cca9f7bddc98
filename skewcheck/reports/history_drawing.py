"""Strips of the history page as SVG: a night a unit wide, whatever the width of the page.

Colour and height say the same, so that they are read without colour too. Strips are stretched, so
letters stand in drawings of their own, which are placed by per cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from skewcheck.engine.memory.history import FeatureRecord
from skewcheck.reports.history_gates import ABSENT, NO_EFFECT, Mark, Row, level
from skewcheck.results.verdicts import Verdict

HEIGHT = 20
"""Of a strip, in pixels."""
EVIDENCE_HEIGHT = 40
_ALARM = "s"
_DRAWN: Mapping[str, tuple[str, float]] = {
    "1": ("l1", 16.5), "2": ("l2", 14.5), "3": ("l3", 12.5), "4": ("l4", 10),
    "f": ("lf", 10), ABSENT: ("ln", 10), NO_EFFECT: ("lx", 10), _ALARM: ("ls", 18.5),
}  # fmt: skip
"""By kind of night the class, whose stroke is as wide as history.css says, and the middle of it.
Effects under half of the threshold are drawn as nothing, an alarm as a line below."""
_VERDICTS: Mapping[str, int] = {"skew": 20, "inconclusive": 14, "warn": 10}
"""Heights of bars by verdict, as others `_OTHER`."""
_OTHER = 4
_SKEW = Verdict.SKEW.value
_FIRST_LETTERS: Mapping[str, str] = {
    _SKEW: "A", Verdict.WARN.value: "a", Verdict.INCONCLUSIVE.value: "p",
}  # fmt: skip
_LETTERS = {"parameters": "P", "model": "M", "accepted": "A"}
_LETTER_HEIGHT = 14
MOST_LINES = 40
"""Marks that are drawn through all strips: more would hide what is behind them."""
LEAST_EVIDENCE = 2.0
"""Decimal logarithm up to which the strip of evidence goes at least: odds of 100 : 1."""


def codes(row: Row) -> str:
    """Return a letter per night, for the script: effect and verdict of the feature.

    The digit of its `level`, shifted to `A`... for skew, `a`... for a warning, `p`... for an
    inconclusive one; `x` (and `F`, `f`, `u`) without an effect, `.` without the feature.
    """
    return "".join(map(_code, row.records))


def _code(record: FeatureRecord | None) -> str:
    text = level(record)
    start = None if record is None else _FIRST_LETTERS.get(record.verdict)
    return text if start is None else chr(ord(start) + (5 if text == NO_EFFECT else int(text)))


def feature_strip(row: Row, label: str) -> Markup:
    """Return the strip of a feature, with `label` for those who cannot see it."""
    kinds = [_kind(record) for record in row.records]
    skew = [_ALARM if r and r.verdict == _SKEW else "" for r in row.records]
    head = Markup('<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">')
    bars = [*_bars(kinds), *_bars(skew)]
    return head.format(len(kinds), HEIGHT, label) + Markup("").join(bars) + Markup("</svg>")


def _kind(record: FeatureRecord | None) -> str:
    """Return the level of a record; `f` for skew without an effect in thresholds."""
    text = level(record)
    return "f" if text == NO_EFFECT and record and record.verdict == _SKEW else text


def _bars(kinds: Sequence[str]) -> Iterator[Markup]:
    """Yield a path for each kind that is drawn, through all nights that are of it."""
    paths: dict[str, list[str]] = {}
    ends: dict[str, int] = {}
    place = 0
    for kind, group in groupby(kinds):
        length = len([*group])
        if kind in _DRAWN:
            middle = _DRAWN[kind][1]
            start = f"m{place - ends[kind]} 0" if kind in ends else f"M{place} {middle:g}"
            paths.setdefault(kind, []).append(f"{start}h{length}")
            ends[kind] = place + length
        place += length
    for kind in sorted(paths):
        yield Markup('<path class="{}" d="{}"/>').format(_DRAWN[kind][0], "".join(paths[kind]))


def verdict_strip(nights: Iterable[tuple[str, str, str]]) -> Markup:
    """Return a bar per night, each a link: of anchor, verdict and title."""
    parts = []
    for i, (anchor, verdict, title) in enumerate(nights):
        height = _VERDICTS.get(verdict, _OTHER)
        known = verdict if verdict in {v.value for v in Verdict} else ""
        # Nights without alarm are left to the arrow keys and the list: Tab would never end.
        skipped = Markup("") if verdict in _VERDICTS else Markup(' tabindex="-1"')
        parts.append(
            Markup(
                '<a href="#{}"{}><title>{}</title><path class="v {}" d="M{} {}v{}h1v-{}z"/>'
                '<path class="h" d="M{} 0v20h1V0z"/></a>'
            ).format(anchor, skipped, title, known, i, HEIGHT - height, height, height, i)
        )
    head = Markup('<svg class="verdicts" viewBox="0 0 {} {}" preserveAspectRatio="none">')
    return head.format(len(parts), HEIGHT) + Markup("").join(parts) + Markup("</svg>")


def evidence_strip(values: Sequence[float | None], label: str) -> Markup:
    """Return a bar per night, as high as the logarithm of the evidence."""
    most = highest(values)
    path = "".join(
        f"M{i} {EVIDENCE_HEIGHT}v-{max(value / most * EVIDENCE_HEIGHT, 1.0):.0f}h1"
        f"V{EVIDENCE_HEIGHT}z"
        for i, value in enumerate(values)
        if value is not None
    )
    return Markup(
        '<svg class="evidence" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><path d="{}"/></svg>'
    ).format(len(values), EVIDENCE_HEIGHT, label, path)


def highest(values: Iterable[float | None]) -> float:
    """Return the evidence at the top of its strip."""
    return max([LEAST_EVIDENCE, *(value for value in values if value is not None)])


def axis(labels: Sequence[str]) -> Markup:
    """Return the names of some nights of all: the first, the last and three between."""
    last = len(labels) - 1
    places = sorted({round(last * part / 4) for part in range(5)}) if last > 3 else range(last + 1)
    parts = []
    for place in places:
        side, x = _side(place, last), _middle(place, len(labels))
        x = {"start": 0.0, "end": 100.0}.get(side, x)  # the ends stay within the drawing
        text = Markup('<text x="{:.2f}%" y="12" class="{}">{}</text>')
        parts.append(text.format(x, side, labels[place]))
    return Markup('<svg class="axis" height="16">') + Markup("").join(parts) + Markup("</svg>")


def _side(place: int, last: int) -> str:
    """Return the class that says where a label stands, and whether narrow pages leave it out."""
    if place in (0, last):
        return "start" if place == 0 else "end"
    return "middle" if last < 4 or place == round(last / 2) else "middle minor"


def _middle(night: int, nights: int) -> float:
    return 100 * (night + 0.5) / nights


def marks_strip(marks: Sequence[tuple[Mark, str, str]], nights: int) -> Markup:
    """Return a letter per mark, each a link: of mark, anchor and title. A kind has its own line."""
    kinds = [kind for kind in _LETTERS if any(mark.kind == kind for mark, _, _ in marks)]
    parts = [
        Markup('<a href="#{}"><title>{}</title><text x="{:.2f}%" y="{}">{}</text></a>').format(
            anchor, title, _middle(min(mark.night, nights - 1), nights),
            _LETTER_HEIGHT * (kinds.index(mark.kind) + 1) - 2, _LETTERS[mark.kind],
        )
        for mark, anchor, title in marks
    ]  # fmt: skip
    head = Markup('<svg class="marks" height="{}">').format(_LETTER_HEIGHT * len(kinds) + 2)
    return head + Markup("").join(parts) + Markup("</svg>")


def mark_lines(marks: Sequence[Mark], nights: int) -> str:
    """Return a CSS background: a line between two nights where something changed."""
    places = sorted({mark.night for mark in marks if 0 < mark.night < nights})[-MOST_LINES:]
    return ", ".join(
        f"linear-gradient(90deg, transparent calc({place} - 1px), var(--mark) 0 {place},"
        " transparent 0)"
        for place in (f"{100 * night / nights:.2f}%" for night in places)
    ) or "none"  # fmt: skip
