"""A night on call: 60 features, nine faults in ten of them, read within twenty seconds."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import golden
import pytest
from rich.cells import cell_len

import skewcheck
from skewcheck.reports import Options
from skewcheck.reports.html import render as render_page
from skewcheck.reports.terminal import render
from skewcheck.results.audit import Audit

sys.path.insert(0, str(Path(__file__).parents[2]))

from fixtures.night import FAULTS, HOST, make

PLACES = {
    "amount": f"host = {HOST}", "age_days": f"host = {HOST}", "distance_km": f"host = {HOST}",
    "discount": "country = DE", "balance": "host = web-11, web-2", "plan": "country = BR",
    "latency_ms": "since 2026-11-18 12:00",
}  # fmt: skip
"""Where the faults are that are not in all rows."""
TIMES = Options(height=45)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    parameters, log = make(tmp_path_factory.mktemp("night"))
    audit = skewcheck.audit(parameters, log, served="{feature}_norm", time_column="ts")
    return replace(audit, parameters_path="params.json")


def _findings(text: str) -> list[str]:
    """Return the findings of a report, each as one line, as they are read."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("SKEW  "):
            lines.append(line.removeprefix("SKEW  "))
        elif line.startswith("      ") and lines:
            lines[-1] += f" {line.strip()}"
    return lines


def test_a_screen_has_every_cause_with_its_place_and_time(night: Audit) -> None:
    text = render(night, TIMES)
    golden.assert_same("terminal-night.txt", text)
    assert len(text.splitlines()) < 45
    said = _findings(text)[:7]
    for feature, code in FAULTS.items():
        (finding,) = (line for line in said if re.search(rf"\b{feature}\b", line))
        assert code == "drift" or code in finding, feature
        assert PLACES.get(feature, "") in finding, feature


def test_the_shared_incident_is_first(night: Audit) -> None:
    first = _findings(render(night, TIMES))[0]
    assert first.startswith(f"3 features in host = {HOST} since 2026-11-18 02:")
    assert re.findall(r"- (\w+):", first) == ["amount", "age_days", "distance_km"]
    assert "mean 25.4153, std 25.383, where training has mean 25.4153, std 20.3064" in first


def test_where_nobody_scrolls_nothing_is_cut(night: Audit) -> None:
    text = render(night)
    assert "…" not in text
    assert len(re.findall(r"^      see log.parquet row ", text, re.MULTILINE)) == 8
    assert "more feature" not in text


def test_every_test_of_every_feature(night: Audit) -> None:
    text = render(night, Options(every_test=True))
    assert len(re.findall(r"^ +ks ", text, re.MULTILINE)) == 57
    assert re.search(r"^OK +signal_48: no skew found$", text, re.MULTILINE)


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("height", [None, 24, 45])
def test_sentences_are_whole_at_any_size(night: Audit, width: int, height: int | None) -> None:
    text = render(night, Options(width=width, height=height))
    assert all(cell_len(line) <= width for line in text.splitlines() if " " in line.strip())
    assert "…" not in text
    words = text.split()
    assert words[-1] == "html=FILE"
    if height and width == 80:
        assert len(text.splitlines()) <= height + 3


def test_clean_features_are_one_line(night: Audit) -> None:
    (line,) = re.findall(r"^ok .*", render(night, TIMES), re.MULTILINE)
    assert line == "ok    50: signal_01, signal_02, signal_03, signal_04, signal_05 and 45 more"


def test_the_page_lists_the_incidents_as_the_terminal_does_and_draws_every_feature(
    night: Audit,
) -> None:
    page = render_page(night)
    listed = page[page.index('<ul class="incidents">') : page.index('id="features"')]
    said = [unescape(re.sub(r"<[^>]+>|\s+", " ", part)) for part in listed.split("\n<li>")][1:]
    assert "3 features in" in said[0]
    assert [name for name in FAULTS if any(name in line for line in said)] == list(FAULTS)
    # Of 60 features each has a row with a picture, and a larger picture that the row leads to.
    anchors = re.findall(r'<th scope="row"><a href="#(f\d+)">', page)
    assert len(anchors) == 60
    for anchor in anchors:
        start = page.index(f'<article id="{anchor}"')
        assert "<svg" in page[start : page.index("</article>", start)]
    assert page.count("<svg") >= 120
    # What breaks parity alone is drawn as such, not as two curves of raw values that are alike.
    served = re.findall(r"<h3[^>]*><b[^>]*>skew</b> (\w+) .*?<b>([^<]*)</b>", page, re.DOTALL)
    assert dict(served)["amount"] == "Served against expected"
    assert dict(served)["latency_ms"] == "Distribution of the raw values"
