"""HTML report: one self-contained page with drawings, by Jinja2 with autoescape.

Its script sorts and filters the table; without it the page says the same. The content policy
allows that script, by its hash, and nothing from elsewhere.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

import skewcheck
from skewcheck.catalogue.tests import TESTS
from skewcheck.reports import series, summary
from skewcheck.reports.figures import Plot, plots
from skewcheck.reports.finding_lines import incident_lines
from skewcheck.reports.heat_map import heat_map
from skewcheck.reports.small_pictures import small_picture
from skewcheck.reports.words import phrases
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.coverage import account_text
from skewcheck.reports.words.features import causes_in_message
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import text as note_text
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.parts import Segment
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import figure, percent
from skewcheck.text.printable import PLAIN, Options, count, printable, value_text

MOST_DRAWN = 200
"""Features with large pictures, the worst first: 2 kB each. The others have a row of the table with
a small one."""
MOST_IN_FULL = 60
"""Of these, features with every drawing, test and segment: 3 kB more each, so that the page of 200
features in trouble stays below 1 MB."""
MOST_INCIDENTS = 50
"""Findings that are listed before the table, where all features are."""
MOST_SEGMENTS = 5
"""Segments of a feature, the worst first."""
_NO_TEST = JudgedTest("none", Verdict.UNTESTED)
_DATE = re.compile(r"\b\d+(?:-\d+)+\b")
_SEVERITY = (*phrases.TROUBLE, Verdict.OK, Verdict.UNTESTED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A feature in the page."""

    anchor: str
    audit: FeatureAudit
    sentence: str
    figures: tuple[JudgedTest, ...]
    """One for each column."""
    picture: Markup
    plots: tuple[tuple[Plot, Markup], ...] | None
    """None where it stands in the table alone."""
    full: bool
    """With every test."""


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the page; names and values of the data are text in it, whatever they are."""
    columns = [
        (title, names)
        for title, names in _columns()
        if any(_is_told(_figure(feature, names)) for feature in audit.features)
    ]
    titles = [title for title, _ in columns]
    weighed = any(feature.importance is not None for feature in audit.features)
    entries = _entries(audit, columns)
    anchors = {e.audit.name: e.anchor for e in entries if e.plots is not None}
    script = _part("page.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    page = _environment().get_template("page.html").render(
        audit=audit,
        entries=entries,
        anchor_of=lambda feature: anchors.get(feature.name),
        columns=titles,
        weighed=weighed,
        headline=summary.headline(audit).removeprefix(f"{audit.verdict.value.upper()}: "),
        subject=summary.subject(audit),
        phrases=phrases,
        incidents=incident_lines(audit),
        most_incidents=MOST_INCIDENTS,
        heat=heat_map(audit),
        causes_in_message=causes_in_message,
        sentence=sentence,
        reason=reason,
        series=series,
        summary=summary,
        segments=_segments,
        severity=_SEVERITY,
        style=Markup(_part("page.css")),  # noqa: S704  # a file of our own, as the script
        cells=Markup(_style_of_cells([*titles, *(["Importance"] if weighed else [])])),  # noqa: S704
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
        version=skewcheck.__version__,
    )  # fmt: skip
    return page.rstrip("\n") + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("skewcheck", "reports/page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "printable": printable, "count": count, "figure": figure, "percent": percent,
        "value": value_text, "moment": series.moment, "error_text": error_text,
        "note_text": note_text, "account_text": account_text, "markup": Markup, "whole": _whole,
    }  # fmt: skip
    return environment


def _part(name: str) -> str:
    return resources.files("skewcheck.reports").joinpath("page", name).read_text("utf-8")


def _style_of_cells(figures: Sequence[str]) -> str:
    """Return the style of the table's columns: figures, and on a phone the heading of each cell.

    Here they stand once; as attributes they would in each of thousands of rows.
    """
    numbers = f"#table td:nth-child(n+4):nth-child(-n+{len(figures) + 3})"
    headings = "".join(
        f"#table td:nth-child({place})::before{{content:'{title}'}}"
        for place, title in enumerate([*figures, "Cause", "Found"], 4)
    )
    return (
        f"{numbers}{{text-align:right;font-variant-numeric:tabular-nums}}\n"
        f"@media screen{{{numbers}{{white-space:nowrap}}}}\n"
        f"@media screen and (max-width:46rem){{{headings}"
        f"{numbers}{{grid-column:auto;text-align:left}}}}"
    )


def _entries(audit: Audit, columns: list[tuple[str, tuple[str, ...]]]) -> list[Entry]:
    return [
        Entry(
            anchor=f"f{i + 1}",
            audit=feature,
            sentence=summary.sentence(feature),
            figures=tuple(_figure(feature, names) for _, names in columns),
            picture=Markup(small_picture(feature)),  # noqa: S704  # escaped where it is made
            plots=tuple(
                (plot, Markup(plot.svg))  # noqa: S704  # as above
                for plot in plots(feature, few=i >= MOST_IN_FULL)
            )
            if i < MOST_DRAWN
            else None,
            full=i < MOST_IN_FULL,
        )
        for i, feature in enumerate(summary.ranked(audit.features))
    ]


def _columns() -> list[tuple[str, tuple[str, ...]]]:
    """Return the headings of the table, and the tests that stand under each: a feature's first."""
    headings = dict.fromkeys(spec.column for spec in TESTS.values() if spec.column is not None)
    return [
        (heading, tuple(spec.code for spec in TESTS.values() if spec.column == heading))
        for heading in headings
    ]


def _is_told(test: JudgedTest) -> bool:
    """Return whether a figure has a column: a usual one, or one that is not well somewhere."""
    return test is not _NO_TEST and (test.spec.always or test.verdict in phrases.TROUBLE)


def _whole(text: str) -> Markup:
    """Return text as markup in which no date is broken at a hyphen."""
    return Markup(_DATE.sub(r'<span class="n">\g<0></span>', str(escape(text))))  # noqa: S704


def _figure(feature: FeatureAudit, names: tuple[str, ...]) -> JudgedTest:
    tests = (test for test in feature.tests if test.name in names and test.statistic is not None)
    return next(tests, _NO_TEST)


def _segments(feature: FeatureAudit) -> list[Segment]:
    """Return the worst segments of a feature, the largest first within a verdict."""
    order = sorted(feature.segments, key=lambda s: (_SEVERITY.index(s.verdict), -s.rows))
    return order[:MOST_SEGMENTS]
