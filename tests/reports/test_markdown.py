"""Read back with markdown-it, an implementation of CommonMark and of GitHub's tables."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import golden
import pytest
from markdown_it import MarkdownIt
from reports.sample import AUDIT, FARE, NASTY, clean, many, nasty

from skewcheck.features.notes import free_notes
from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit
from skewcheck.results.causes import Place
from skewcheck.text.printable import printable


class Page(HTMLParser):
    """The tags of a page, the text of its cells, and all of its text outside code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.comments: list[str] = []
        self.text, self.prose = "", ""
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text += data
        if not {"code", "pre"} & set(self.open):
            self.prose += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def test_golden(audit: Audit) -> None:
    golden.assert_same("report.md", FORMATS["markdown"](audit))


def test_verdict_causes_and_features_stand_first(audit: Audit) -> None:
    text = Page(FORMATS["markdown"](audit)).text
    order = [
        "SKEW: 3 of 9 features differ",
        "cause: wrong_parameters",
        "what is wrong",
        "KS D 0.41 (p",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_nothing_of_the_data_is_markup() -> None:
    page = Page(FORMATS["markdown"](nasty()))
    assert page.tags <= {
        "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "code",
        "details", "summary", "pre",
    }  # fmt: skip
    assert (page.attributes, page.comments, page.open) == ([], [" skewcheck "], [])
    assert {len(row) for row in page.rows} == {3, 6}


def test_what_is_looked_for_after_rendering_stands_in_code() -> None:
    page = Page(FORMATS["markdown"](nasty()))
    assert "octocat" in page.prose
    assert not re.search(r"[@#$]|:tada:", page.prose)


def test_links_are_not_made_of_addresses() -> None:
    found = FORMATS["markdown"](nasty())
    assert "https&#58;//example.com www&#46;example.com" in found
    assert not re.search(r"://|www\.", found)


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_the_terminal_shows_it(name: str) -> None:
    audit = replace(AUDIT, features=(replace(FARE, name=name),), causes=(), notes=())
    row = Page(FORMATS["markdown"](audit)).rows[1]
    assert row[1].strip() == printable(name).strip()


@pytest.mark.parametrize("features", [0, 1, 30, 200, 2000])
def test_never_too_long_for_a_comment(features: int) -> None:
    text = FORMATS["markdown"](many(features))
    assert len(text) < 60_000
    assert Page(text).open == []
    if features >= 200:
        assert re.search(r"and [\d,]+ more features in detail; the JSON report has all", text)


@pytest.mark.parametrize("name", ["@" * 10_000, "|" * 10_000, "e" + "\u0301" * 10_000, "🚕" * 9999])
def test_never_too_long_whatever_the_names_are(name: str) -> None:
    one = nasty().features[0]
    features = tuple(
        replace(one, name=name + str(i), causes=one.causes * 9, bars=one.bars * 9)
        for i in range(300)
    )
    causes = tuple(
        replace(c, place=Place(name, values=(name,)), features=(name,) * 99) for c in AUDIT.causes
    )
    text = FORMATS["markdown"](
        replace(AUDIT, features=features, causes=causes * 99, notes=free_notes([name] * 99))
    )
    assert len(text) < 60_000
    assert Page(text).open == []


def test_all_is_well() -> None:
    audit = replace(AUDIT, features=(clean("a"),), verdict=clean("a").verdict, causes=(), notes=())
    page = Page(FORMATS["markdown"](replace(audit, exit_code=0)))
    assert "OK: no skew in 1 feature (exit code 0)" in page.text
    assert page.rows == []


def test_values_can_be_left_out(audit: Audit) -> None:
    shown, hidden = (FORMATS["markdown"](one) for one in (audit, without_values(audit)))
    for value in ("raw 12", "Krypto", "we&#124;b"):
        assert value in shown
        assert value not in hidden
