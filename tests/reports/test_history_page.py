"""The page of a history, without a browser: what is in it, what is not, and how large it gets."""

from __future__ import annotations

import re
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from reports.nights_of_page import ACCEPTED, HOSTILE, at, hostile, month, run, year
from rides import frame

import skewcheck.reports
from skewcheck.cli import main
from skewcheck.engine.memory.history import FeatureRecord, Run
from skewcheck.reports.history_drawing import codes, feature_strip, mark_lines
from skewcheck.reports.history_gates import Mark, Row, gates, level, troubled
from skewcheck.reports.history_page import MAX_BYTES, render

Captured = pytest.CaptureFixture[str]
EVIL = f"{HOSTILE}\"'`|{{{{7*7}}}}\x1b[2J\u202e-->🚕\n"


class Tags(HTMLParser):
    """Checks that what is opened is closed, and gathers tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    def all(self, attribute: str) -> list[str]:
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def pages() -> dict[str, list[Run]]:
    return {"month": month(), "hostile": hostile(EVIL), "one night": month()[:1]}


@pytest.mark.parametrize("name", pages())
def test_it_is_well_formed_and_every_link_arrives(name: str) -> None:
    text = render(pages()[name], ACCEPTED)
    assert text.startswith("<!doctype html>")
    page = Tags(text)
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    links = page.all("href")
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(page.all("aria-labelledby")) <= set(ids)


def test_nothing_comes_from_elsewhere() -> None:
    text = render(month())
    assert "default-src 'none'" in unescape(text)
    assert not re.search(r"(src|action|data|poster|srcset)=|@import|url\(", text)
    assert "http" not in re.sub(r'http-equiv="', "", text)


def test_data_is_text_wherever_it_stands() -> None:
    text = render(hostile(EVIL), notes=[EVIL])
    page, plain = Tags(text), Tags(render(hostile("plain"), notes=["plain"]))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in plain.tags}
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert len(re.findall("<script", text)) == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert len(render(hostile("x" * 10_000))) < 1.5 * len(render(hostile("y" * 60)))


def test_the_same_history_gives_the_same_bytes() -> None:
    assert render(month(), ACCEPTED) == render(month(), ACCEPTED)


def test_what_it_says_of_a_month() -> None:
    page = Tags(render(month(), ACCEPTED))
    for words in (
        "warn last night, 2026-02-02 03:00 UTC",
        "p.json: skew in 4 of 30 nights, 2026-01-01 03:00 to 2026-02-02 03:00 UTC",
        "tip warn for 1 night 2026-02-02 03:00 1 of 30 0.7 ×",
        "fare ok 2026-01-11 03:00 4 of 30 4.2 ×",
        "miles ok – 0 of 30 0.1 ×",
        "up to 1e29 : 1; last 1e29 : 1",
        "other parameters: sha256:1 → sha256:2 (p.json)",
        "another model: fares 1 → fares 2",
        "what changed until 2026-01-15 03:00 was accepted: new price list",
        "its report did not get out",
        "fare : unit change: raw values in another unit; KS D 4.2 times its threshold; odds of a",
        "standing shift 1,259 : 1",
        "3,000 rows of 1 file, exit code 1, odds of a standing shift 1e10 : 1 (fare)",
    ):  # fmt: skip
        assert words in page.text, words
    rows = [attrs for tag, attrs in page.tags if tag == "tr" and "data-l" in attrs]
    assert [attrs["data-l"] for attrs in rows] == [
        "0" * 29 + "b", "0" * 10 + "D" * 4 + "0" * 16, "0" * 30, "." * 5 + "x" * 25,
    ]  # fmt: skip
    first = next(attrs for tag, attrs in page.tags if tag == "a" and attrs["href"] == "#n1-11")
    assert first


def test_a_year_of_any_verdict_is_under_a_megabyte() -> None:
    text = render(year(230, 400))
    assert len(text.encode()) < MAX_BYTES
    said = "the last 365 of 400 nights and the worst 200 of 230 features and the last 100 of"
    assert f"Shown are {said} 365 changes" in Tags(text).text
    assert len(re.findall(r"data-l=", text)) == 200
    assert len(re.findall(r"<article", text)) == 365


def test_names_of_letters_that_take_many_bytes_leave_features_out() -> None:
    wide = render(year(200, 150, lambda i: f"{i:03}{'&' * 57}"))
    assert len(wide.encode()) < MAX_BYTES
    assert "of 200 features" in Tags(wide).text


def test_each_log_of_a_folder_has_a_map() -> None:
    nights = [run(i, {"x": FeatureRecord("ok", 0.1)}, logs=(f"log{i % 2}",)) for i in range(6)]
    assert [len(gate.runs) for gate in gates(nights, ())] == [3, 3]
    assert gates(nights, ())[0].runs[-1] == nights[-1]
    many = [run(i, {"x": FeatureRecord("ok", 0.1)}, logs=(f"log{i}",)) for i in range(7)]
    page = Tags(render(many))
    assert "shown are the last 5 of 7 gates" in page.text
    assert page.text.count("What changed") == 0


def test_lines_without_logs_are_of_their_parameters() -> None:
    """Version 0.1 did not write which logs they were."""
    calm = {"x": FeatureRecord("ok", 0.1)}
    past = [run(0, calm, logs=()), run(1, calm, logs=("a",)), run(2, calm, logs=("b",))]
    assert [len(gate.runs) for gate in gates(past, ())] == [1, 2]


def test_marks_stand_where_something_changed() -> None:
    (gate,) = gates(month(), ACCEPTED)
    assert [(mark.kind, mark.night) for mark in gate.marks] == [
        ("accepted", 15), ("parameters", 20), ("model", 20),
    ]  # fmt: skip
    (later,) = gates(month(), [(ACCEPTED[0][0], type(ACCEPTED[0][1])("2027-01-01", "x"))])
    assert later.marks[-1].night == 30
    assert "What changed" in Tags(render(month()[:15], ACCEPTED)).text
    assert mark_lines([Mark(0, "model", {}, {}), Mark(4, "model", {}, {})], 4) == "none"


def test_a_row_knows_its_bad_nights() -> None:
    verdicts = ("ok", "skew", "ok", "warn", "inconclusive")
    row = Row("x", (None, *(FeatureRecord(verdict, 1.0) for verdict in verdicts)))
    assert (row.bad, row.standing, row.largest) == ((2, 4, 5), 2, 1.0)
    assert codes(row) == ".2C2cr"
    records = {
        "w": FeatureRecord("warn", 9.0), "s": FeatureRecord("skew", 1.0),
        "o": FeatureRecord("ok", 1.0), "t": FeatureRecord("skew", 2.0),
        "i": FeatureRecord("inconclusive", None),
    }  # fmt: skip
    assert [name for name, _ in troubled(run(0, records))] == ["t", "s", "i", "w"]


@pytest.mark.parametrize(
    ("excess", "digit"),
    [(None, "x"), (0.0, "0"), (0.4999, "0"), (0.5, "1"), (1.0, "2"), (2.0, "3"), (5.0, "4")],
)
def test_levels_begin_at_their_bounds(excess: float | None, digit: str) -> None:
    assert level(FeatureRecord("ok", excess)) == digit


def test_a_strip_draws_each_night_where_it_is() -> None:
    """The path is read back: absolute start, then moves and lines to the right."""
    effects = [0.6, 0.1, 0.7, 0.8, None, 3.0, 0.9]
    row = Row("x", tuple(FeatureRecord("ok", effect) for effect in effects))
    (path,) = re.findall(r'class="l1" d="([^"]*)"', feature_strip(row, "x"))
    place, drawn = 0, []
    for letter, number in re.findall(r"([Mmh])(\d+)", path):
        if letter == "h":
            drawn += range(place, place + int(number))
        place = int(number) if letter == "M" else place + int(number)
    assert drawn == [0, 2, 3, 6]


def test_the_command_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    rides = frame(1, 800)[["fare"]]
    skewcheck.save(skewcheck.fit(rides), "p.json")
    (rides * 100).to_parquet("bad.parquet")
    assert main(["audit", "p.json", "bad.parquet", "--state", "s", "-q"]) == 1
    assert main(["accept", "p.json", "--state", "s", "--until", "now", "--why", "new unit"]) == 0
    with Path("s/history.jsonl").open("a") as file:
        file.write('{"at": "20\n')
    capsys.readouterr()
    assert main(["history", "--state", "s", "--format", "html", "-o", "h.html"]) == 0
    page = Tags(Path("h.html").read_text())
    for words in ("skew last night", "unit change", "new unit", "left out, as damaged: 1 line"):
        assert words in page.text
    assert capsys.readouterr().out == ""
    assert main(["history", "--state", "s", "--format", "html"]) == 0
    assert capsys.readouterr().out == Path("h.html").read_text()
    assert at(0).startswith("2026-01-01")
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "skewcheck.reports.history_page")
    monkeypatch.delattr(skewcheck.reports, "history_page")
    assert main(["history", "--state", "s", "--format", "html"]) == 2
    assert "--format html needs jinja2: pip install 'skewcheck[html]'" in capsys.readouterr().err
