"""HTML report: one self-contained page with drawings, by Jinja2 with autoescape.

Its script sorts and filters the table; without it the page says the same. The content policy
allows that script, by its hash, and nothing from elsewhere.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import skewcheck
from skewcheck.catalogue.tests import TESTS
from skewcheck.reports import series, summary
from skewcheck.reports.figures import Plot, plots
from skewcheck.reports.words import incidents, phrases
from skewcheck.reports.words.causes import says_where, sentence
from skewcheck.reports.words.coverage import account_text
from skewcheck.reports.words.features import causes_in_message
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.notes import text as note_text
from skewcheck.reports.words.places import where
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.parts import Segment
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import figure, percent
from skewcheck.text.printable import PLAIN, Options, count, printable, value_text

MOST_DRAWN = 30
"""Features with pictures and every test: a picture takes some 70 ms and 7 kB."""
_NO_TEST = JudgedTest("none", Verdict.UNTESTED)
_SEVERITY = (*phrases.TROUBLE, Verdict.OK, Verdict.UNTESTED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A feature in the page."""

    anchor: str
    audit: FeatureAudit
    sentence: str
    figures: tuple[JudgedTest, ...]
    """One for each column."""
    plots: tuple[tuple[Plot, Markup], ...] | None
    """None where it stands in the table alone."""

    @property
    def severity(self) -> int:
        """0 is the worst verdict."""
        return _SEVERITY.index(self.audit.verdict)


def render(audit: Audit, options: Options = PLAIN) -> str:  # noqa: ARG001  # one signature for all
    """Return the page; names and values of the data are text in it, whatever they are."""
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
        "note_text": note_text,
        "account_text": account_text,
    }  # fmt: skip
    columns = [
        (title, names)
        for title, names in _columns()
        if any(_figure(feature, names) is not _NO_TEST for feature in audit.features)
    ]
    script = _part("page.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    template = environment.get_template("page.html")
    page = template.render(
        audit=audit,
        entries=list(_entries(audit, columns)),
        columns=[title for title, _ in columns],
        headline=summary.headline(audit).removeprefix(f"{audit.verdict.value.upper()}: "),
        subject=summary.subject(audit),
        phrases=phrases,
        incidents=incidents.of_several(audit),
        incident_text=incidents.message,
        other_causes=incidents.other_causes(audit),
        causes_in_message=causes_in_message,
        says_where=says_where,
        sentence=sentence,
        where=where,
        reason=reason,
        series=series,
        summary=summary,
        segments=_segments,
        severity=_SEVERITY,
        style=Markup(_part("page.css")),  # noqa: S704  # a file of our own, as the script
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
        version=skewcheck.__version__,
    )
    return page.rstrip("\n") + "\n"


def _part(name: str) -> str:
    return resources.files("skewcheck.reports").joinpath("page", name).read_text("utf-8")


def _entries(audit: Audit, columns: list[tuple[str, tuple[str, ...]]]) -> Iterator[Entry]:
    for i, feature in enumerate(summary.ranked(audit.features)):
        yield Entry(
            anchor=f"feature-{i + 1}",
            audit=feature,
            sentence=summary.sentence(feature),
            figures=tuple(_figure(feature, names) for _, names in columns),
            plots=tuple((plot, _labelled(plot)) for plot in plots(feature))
            if i < MOST_DRAWN
            else None,
        )


def _columns() -> list[tuple[str, tuple[str, ...]]]:
    """Return the headings of the table, and the tests that stand under each: a feature's first."""
    headings = dict.fromkeys(spec.column for spec in TESTS.values() if spec.column is not None)
    return [
        (heading, tuple(spec.code for spec in TESTS.values() if spec.column == heading))
        for heading in headings
    ]


def _figure(feature: FeatureAudit, names: tuple[str, ...]) -> JudgedTest:
    tests = (test for test in feature.tests if test.name in names and test.statistic is not None)
    return next(tests, _NO_TEST)


def _labelled(plot: Plot) -> Markup:
    """Return the drawing with its words for those who cannot see it."""
    label = Markup('<svg role="img" aria-label="{}" ').format(f"{plot.title}: {plot.caption}")
    return label + Markup(plot.svg.removeprefix("<svg "))  # noqa: S704  # matplotlib escapes


def _segments(feature: FeatureAudit, most: int = 12) -> list[Segment]:
    """Return the worst segments of a feature, the largest first within a verdict."""
    order = sorted(feature.segments, key=lambda s: (_SEVERITY.index(s.verdict), -s.rows))
    return order[:most]
