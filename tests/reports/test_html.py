"""The page, without a browser: what is in it, and what is not."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from pathlib import Path

import golden
import pytest
from reports.page import FULL, FULL_FARE, HOSTILE_TEXT, hostile, many, troubled

import skewcheck
from skewcheck.reports import html
from skewcheck.reports.figures import plots
from skewcheck.reports.html import render
from skewcheck.reports.redact import without_values
from skewcheck.reports.small_pictures import small_picture
from skewcheck.results.audit import Audit, Curves

VOID = {"meta", "input"}


class Page(HTMLParser):
    """Checks that what is opened is closed, and gathers tags, ids, links and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.text.append(data)

    def all(self, attribute: str) -> list[str]:
        return [found[attribute] or "" for _, found in self.tags if attribute in found]


def test_golden(audit: Audit) -> None:
    text = re.sub(r"<svg [^>]*(aria-label=\"[^\"]*\")[^>]*>.*?</svg>", r"<svg \1/>", render(audit))
    golden.assert_same(
        "report.html", text.replace(f"skewcheck {skewcheck.__version__}", "skewcheck VERSION")
    )


@pytest.mark.parametrize("audit", [FULL, hostile(), many(40), without_values(FULL)])
def test_it_is_well_formed_and_every_link_arrives(audit: Audit) -> None:
    text = render(audit)
    assert text.startswith("<!doctype html>")
    page = Page(text)
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    links = [*page.all("href"), *page.all("xlink:href")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(page.all("aria-labelledby")) <= set(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


def test_nothing_comes_from_elsewhere() -> None:
    text = render(FULL)
    assert "default-src 'none'" in unescape(text)
    assert not re.search(r"(src|action|data|poster|srcset)=|@import|url\((?!#)", text)
    # Names of SVG's vocabulary are no places to load from.
    assert set(re.findall(r"https?://[^\"'\s]+", text)) <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
    }  # fmt: skip


def test_verdict_and_causes_come_first() -> None:
    page = " ".join(" ".join(Page(render(FULL)).text).split())
    order = [
        "2 of 8 features differ",
        "Incidents",
        "Not tested",
        "Notes on the log",
        "Features",
        "Over time",
        "In full",
        "Policy and run",
    ]
    places = [page.index(words) for words in order]
    assert places == sorted(places)


def test_what_is_told_of_a_feature() -> None:
    page = " ".join(" ".join(Page(render(FULL)).text).split())
    for words in (
        "mean moved by +0.41 training standard deviations",
        "13,877 of 200,000 rows (6.94 %) differ, by up to 3.2",
        "see a.parquet row 17: raw 12, expected 0.31, served inf",
        "host = web-7",
        "widest apart up to 5: 50 % of training, 25 % of production",
        "most changed: from 9 to 10, 10 % → 25 %",
        "up to 0.3 in 48 windows; the threshold, 0.1, is the broken line; shaded where it was skew",
        "since 2026-11-02 00:00 (90 % sure): KS D 0.3",
        "waived until 2026-12-31",
        "no level is left after pooling",
        "alpha 0.01 for the whole audit, holm",
    ):
        assert words in page


def test_data_is_text_wherever_it_stands() -> None:
    text = render(hostile())
    page = Page(text)
    # The page has the tags of one without such names, and no other.
    plain = Page(render(hostile("plain")))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in plain.tags}
    assert not any(name.startswith("on") for _, found in page.tags for name in found)
    assert HOSTILE_TEXT not in text
    assert len(re.findall("<script", text)) == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_long_names_are_cut() -> None:
    assert len(render(hostile("x" * 10_000))) < len(render(hostile("y"))) * 2


def test_without_values_it_draws_but_tells_none() -> None:
    audit = without_values(FULL)
    text = render(audit)
    assert "(hidden)" in text
    assert "Distribution of the" not in text  # a distribution function is values
    assert "Served against expected" not in text
    assert "Share of the rows" in text
    for value in ("12.0", "web-7", "9 to 10", "Krypto", "Cash"):
        assert value not in text


def test_200_features_in_trouble_take_a_megabyte_and_5000_less_than_five(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = render(troubled(200))
    assert len(text.encode()) < 1_000_000
    assert {f"f{i + 1}" for i in range(200)} <= set(Page(text).all("id"))
    # Each has a small picture and two large ones or, of the worst, three; the map has 30 rows.
    assert text.count("<figure>") == 200 * 2 + 60
    assert text.count("<svg") == 200 + (200 * 2 + 60) + 30
    # All further features have a row alone.
    monkeypatch.setattr(html, "MOST_DRAWN", 0)
    few, more = (len(render(troubled(number)).encode()) for number in (60, 110))
    assert len(text.encode()) + 4_800 * (more - few) / 50 < 5_000_000


def test_the_same_audit_gives_the_same_bytes() -> None:
    assert render(FULL) == render(FULL)


def test_a_page_of_nothing() -> None:
    page = render(replace(FULL, features=(), causes=(), notes=()))
    Page(page)  # is well-formed
    assert "<article" not in page


@pytest.mark.parametrize(
    "points",
    [
        ((1.0, 1.0, 1.0), (0.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
        ((1e-9, 1e-9, 1.0, 1e9), (0.0, 0.5, 0.7, 1.0), (0.0, 0.1, 0.7, 1.0)),
        ((1.0, 9.0, 9.0, 9000.0), (0.0, 0.9, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0)),
        ((-1e300, 0.0, 1e300), (0.0, 1.0, 1.0), (0.0, 0.0, 1.0)),
    ],
)
def test_odd_distributions_are_drawn(points: tuple[tuple[float, ...], ...]) -> None:
    feature = replace(FULL_FARE, parity=None, curves=Curves(*points), bars=(), windows=())
    [plot] = plots(feature)
    assert plot.svg.startswith("<svg")
    assert not re.search("nan|inf", plot.svg)
    assert not re.search("nan|inf", small_picture(feature))


def test_values_that_training_never_had_are_said_to_be_guessed() -> None:
    known = Curves((0.0, 1.0, 1.0, 9.0), (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0))
    guessed = replace(known, serving=(0.0, 0.0, 0.5, 1.0))
    for curves, told in ((known, False), (guessed, True)):
        feature = replace(FULL_FARE, parity=None, curves=curves, bars=(), windows=())
        assert ("spread evenly where" in plots(feature)[0].caption) is told


def test_bars_show_their_shares() -> None:
    feature = replace(FULL_FARE, curves=None)
    svg = next(plot.svg for plot in plots(feature) if plot.title.startswith("Share of the rows"))
    (serve,) = re.findall(r'class="S" d="([^"]*)"', svg)
    heights = [0.0, *(float(high) for high in re.findall(r"v([\d.]+)h", serve))]
    shares = [bar.serving for bar in feature.bars]
    assert shares[0] == 0  # which is drawn as nothing
    assert len(heights) == len(shares)
    assert heights == pytest.approx([share * heights[-1] / shares[-1] for share in shares], abs=0.2)


@pytest.mark.parametrize("windows", [1, 2, 3, 4, 10, 11, 24, 300])
def test_names_of_windows_do_not_overlap(windows: int) -> None:
    ends: dict[str, Callable[[float, float], tuple[float, float]]] = {
        "": lambda x, wide: (x, x + wide),
        "m": lambda x, wide: (x - wide / 2, x + wide / 2),
        "e": lambda x, wide: (x - wide, x),
    }
    feature = FULL.features[2]
    starts = [f"2026-11-{1 + i % 30:02}T12:30:00Z" for i in range(windows)]
    every = tuple(replace(feature.windows[0], start=start) for start in starts)
    svg = plots(replace(feature, windows=every, changes=()))[-1].svg
    names = re.findall(r'<text x="([\d.]+)" y="104"(?: class="(\w)")?>([^<]*)<', svg)
    assert 1 <= len(names) <= 3
    # A digit of a usual font of 11 units is 6.2 wide, a hyphen, a colon or a space less.
    spans = sorted(ends[anchor](float(x), 5.7 * len(name)) for x, anchor, name in names)
    assert all(a[1] < b[0] for a, b in pairwise(spans))


def _luminance(color: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast() -> None:
    css = resources.files("skewcheck.reports").joinpath("page", "page.css").read_text("utf-8")
    themes = re.findall(r":root \{([^}]*)\}", css)
    assert len(themes) == 3  # light, dark, print
    for theme in themes:
        colors = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        pairs = [
            (text, page, 4.5) for text in ("text", "quiet", "link") for page in ("page", "panel")
        ]
        pairs += [
            ("on", verdict, 4.5) for verdict in ("skew", "warn", "inconclusive", "ok", "untested")
        ]
        pairs += [("text", "shade", 4.5)]
        # Graphics need 3 (WCAG 2.2, 1.4.11).
        pairs += [
            (drawn, on, 3) for drawn in ("train", "serve", "skew") for on in ("page", "panel")
        ]
        for one, other, least in pairs:
            low, high = sorted((_luminance(colors[one]), _luminance(colors[other])))
            assert (high + 0.05) / (low + 0.05) >= least, (one, other)


def test_other_reports_load_nothing_of_it() -> None:
    code = (
        "import sys; from skewcheck.reports import FORMATS, check; check(set(FORMATS) - {'html'});"
        "print({'jinja2', 'matplotlib', 'markupsafe'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_missing_library_is_told_before_logs_are_read(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['jinja2'] = None; from skewcheck.cli import main;"
        "sys.exit(main(['audit', 'none.json', 'none.csv', '--report', 'html=x']))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith("--format html needs jinja2: pip install 'skewcheck[html]'\n")
