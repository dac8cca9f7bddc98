"""What a notebook and a prompt show: bounded, self-contained, and nothing of the data is markup."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reports.page import FULL, HOSTILE_TEXT, hostile, troubled
from reports.sample import AUDIT, NASTY, nasty
from rides import frame

import skewcheck
from skewcheck.reports.finding_lines import incident_lines
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.simulate.power import AuditPower, FeaturePower
from skewcheck.simulate.power.false_alarms import FalseAlarms
from skewcheck.simulate.power.search import Detectable
from skewcheck.text.errors import UsageError

KNOWN = skewcheck.fit(frame())


class Fragment(HTMLParser):
    """Checks that what is opened is closed, and that nothing reaches beyond the fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "style", "link", "iframe")
        assert not {name for name, _ in attrs} & {"class", "id", "href", "src"}
        assert not any(name.startswith("on") for name, _ in attrs)
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, dict(attrs).keys() & {"class", "id"}) == ("path", set())

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


LARGE: list[Callable[[], Audit]] = [
    lambda: FULL, lambda: AUDIT, hostile, nasty, lambda: troubled(2_000),
    lambda: without_values(nasty()),
    lambda: replace(AUDIT, features=()),
]  # fmt: skip


@pytest.mark.parametrize("make", LARGE)
def test_audits_of_any_size_are_bounded(make: Callable[[], Audit]) -> None:
    audit = make()
    text = audit._repr_html_()
    assert len(text.encode("utf-8", "backslashreplace")) < 60_000
    Fragment(text)
    assert len(repr(audit)) < 1_000
    assert all(len(repr(feature)) < 1_000 for feature in audit.features)
    assert repr(audit).isprintable()
    assert HOSTILE_TEXT not in text


def test_a_notebook_shows_verdict_incidents_and_pictures() -> None:
    fragment = Fragment(FULL._repr_html_())
    words = " ".join(fragment.text.split())
    assert words.startswith("SKEW 2 of 8 features differ from training (exit code 1)")
    assert "stale_parameters" not in words  # sentences, no codes
    assert all(line.first.text in words for line in incident_lines(FULL))
    assert fragment.tags.count("tr") == 1 + len(FULL.features)
    assert fragment.tags.count("svg") == 2
    left = Fragment(troubled(2_000)._repr_html_()).text
    assert re.search(r"and 1,9\d\d more$", left)


def test_a_prompt_names_the_features_that_differ() -> None:
    assert repr(replace(FULL, features=FULL.features[:3])) == (
        "Audit(verdict='skew', exit_code=1, rows=200000, features=3, skew=['fare'],"
        " warn=['payment_type'])"
    )


def test_an_audit_that_was_pickled_shows_itself() -> None:
    again = pickle.loads(pickle.dumps(FULL))  # noqa: S301  # what was just written
    assert again._repr_html_() == FULL._repr_html_()


def test_parameters_show_themselves() -> None:
    fragment = Fragment(KNOWN._repr_html_())
    assert fragment.tags.count("tr") == 4
    for word in ("fare", "numeric", "zscore mean=9.97", "Cash", "2,000 rows"):
        assert word in fragment.text
    assert len(repr(KNOWN)) < 1_000
    assert repr(KNOWN) == ("Parameters(path=None, number=3, features=['fare', 'count', 'pay'])")
    many = replace(KNOWN, features=tuple(
        replace(KNOWN.features[0], name=name) for name in NASTY * 20
    ))  # fmt: skip
    text = many._repr_html_()
    assert len(text.encode("utf-8", "backslashreplace")) < 60_000
    Fragment(text)
    assert len(repr(many)) < 1_000


def test_power_shows_itself() -> None:
    count = FeaturePower("count <b>", shift=Detectable(0.1, 0.2), nulls=Detectable(0.03, None))
    alarms = FalseAlarms(100, {Verdict.OK: 99, Verdict.WARN: 1}, 7)
    power = AuditPower(500, 0.01, (count,), alarms)
    fragment = Fragment(power._repr_html_())
    assert fragment.tags.count("tr") == 2
    assert "An audit of 500 rows fails" in fragment.text
    assert "count <b>0.1 / 0.23 / -" in fragment.text
    assert "1 % end in warn" in fragment.text
    assert "features=['count <b>']" in repr(power)
    large = replace(power, features=power.features * 5_000)
    assert len(large._repr_html_().encode()) < 60_000
    assert len(repr(large)) < 1_000


def test_what_a_notebook_shows_needs_no_extra() -> None:
    code = (
        "import sys\nfor name in ('jinja2', 'matplotlib'): sys.modules[name] = None\n"
        "import skewcheck, pandas\nframe = pandas.DataFrame({'x': [1.0, 2.0, 3.0] * 50})\n"
        "known = skewcheck.fit(frame)\naudit = skewcheck.audit(known, frame)\n"
        "assert audit._repr_html_().startswith('<div>') and known._repr_html_()\n"
        "try: audit.plot('x')\nexcept skewcheck.SkewcheckError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "plot() needs matplotlib: pip install 'skewcheck[html]'\n"


def test_a_figure_has_what_the_page_draws() -> None:
    figure = FULL.plot("fare")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [
        "Served against expected", "Distribution of the raw values",
        "Share of the rows by bins of training's quantiles", "KS D over time",
    ]  # fmt: skip
    points, curves = figure.axes[0].lines[1], FULL.features[2].curves
    assert curves is not None
    assert list(points.get_ydata()) == [1.25 * x for x in points.get_xdata()]
    assert tuple(figure.axes[1].lines[0].get_ydata()) == curves.reference
    assert figure._repr_png_().startswith(b"\x89PNG")
    names = [text.get_text() for text in FULL.plot("payment_type").axes[0].get_xticklabels()]
    assert names == ["Cash", "[bold]Card", "other"]


def test_names_that_would_be_formulas_are_drawn() -> None:
    for feature in hostile().features:
        figure = hostile().plot(feature.name)
        figure._repr_png_()


def test_a_name_that_is_no_feature_is_refused_with_what_was_meant() -> None:
    with pytest.raises(UsageError, match=r"no feature 'Fair' in the audit \(did you mean fare\?\)"):
        FULL.plot("Fair")
    with pytest.raises(UsageError, match="nothing to draw of 'trip_miles'"):
        FULL.plot("trip_miles")
