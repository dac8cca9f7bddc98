"""Read back with markdown-it, an implementation of CommonMark and of GitHub's tables."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from reports.sample import AUDIT, FARE, NASTY, clean, many, nasty

from skewcheck.features.notes import free_notes
from skewcheck.reports import FORMATS
from skewcheck.reports.markdown_text import code, prose
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
        self.nodes: list[str] = []
        self.codes: list[str] = []
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
            self.nodes.append(data)
        elif self.open[-1] == "code":
            self.codes.append(data)
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
    assert {len(row) for row in page.rows} == {4, 6}


def test_what_is_looked_for_after_rendering_stands_in_code() -> None:
    page = Page(FORMATS["markdown"](nasty()))
    assert "octocat" in page.prose
    assert not re.search(r"[@#$]|:tada:", page.prose)


LOOKED_FOR = re.compile(
    r"\b\w+://|\bwww\.|\bGH-\d|[@#$]\w|!\d|&\d|[~%][\w\"]|%\{|\[\w+:|[\[{][+-]|:[\w+-]+:"
    r"|\b(?=\d*[a-f])[0-9a-f]{7,40}\b"
)
"""What GitHub and GitLab make links, mentions, images and marks of in a rendered text node."""


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com www.example.com WWW.example.com irc://a.b",
        "GH-7 @a #1 $x$ !12 &3 ~bug %now",
        '~"a b" %{project_name} [issue:12] *iteration:1 {+ a +} [- b -]',
        "at 0deadbeef1 or 1234567a",
    ],
)
def test_links_are_not_made_of_texts(text: str) -> None:
    for written in (prose(text), prose(text, cell=True)):
        page = Page(written)
        assert page.text.strip() == text
        assert page.tags == {"p", "code"}
        assert [node for node in page.nodes if LOOKED_FOR.search(node)] == []
    page = Page(FORMATS["markdown"](nasty()))
    assert [node for node in page.nodes if LOOKED_FOR.search(node)] == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("payment_type of a__b", "payment_type of a__b"),  # no emphasis within a word
        ("_a_ b_ _", r"\_a\_ b\_ \_"),
        ("p < 1e-300 and 10 % -> 25 %", "p < 1e-300 and 10 % -> 25 %"),
        ("<b> & &amp; a\\n a\\*", r"\<b> & \&amp; a\n a\\\*"),
        ("cause: not_normalized", "cause: `not_normalized`"),
        ("`skewcheck explain not_normalized`", "`skewcheck explain not_normalized`"),
        ("`rm -rf`", r"\`rm -rf\`"),
        ("a|b", "a|b"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, written: str) -> None:
    assert prose(text) == written
    assert Page(written).text.strip() in (text, text.strip("`"))


@given(st.text(st.sampled_from("`|\\ _*[]<>&~#@!ab1:/.$-"), min_size=1, max_size=12))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    for cell in (False, True):
        for written in (prose(text, cell=cell), code(text, cell=cell)):
            table = f"| x {written} y |\n|---|\n" if cell else f"x {written} y"
            page = Page(table)
            assert page.text.strip() == f"x {text} y"
            assert page.tags <= {"p", "code", "table", "thead", "tr", "th"}


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_the_terminal_shows_it(name: str) -> None:
    audit = replace(AUDIT, features=(replace(FARE, name=name),), causes=(), notes=())
    page = Page(FORMATS["markdown"](audit))
    row = page.rows[1]
    assert row[1].strip() == printable(name).strip()
    assert row[2] == "stale_parameters"
    assert {"stale_parameters", "skewcheck explain stale_parameters", "ks"} <= set(page.codes)


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
    for value in ("raw 12", "Krypto", "we|b"):
        assert value in shown
        assert value not in hidden
