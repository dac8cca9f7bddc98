"""Shapes, axes, points and cells of drawings, against what is known of them otherwise."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from reports.page import FULL, FULL_FARE, PAIRS, STARTS, hostile, troubled
from reports.sample import AUDIT, PAYMENT, clean

from skewcheck.reports.figures import plots
from skewcheck.reports.heat_map import MOST_CELLS, MOST_ROWS, heat_map
from skewcheck.reports.scatter import place, scatter
from skewcheck.reports.shapes import shape
from skewcheck.reports.small_pictures import small_picture
from skewcheck.reports.ticks import ticks
from skewcheck.results.audit import Curves, Parity
from skewcheck.results.pairs import Pairs
from skewcheck.results.parts import WindowFigures
from skewcheck.results.verdicts import Verdict


def _curves(reference: np.ndarray, serving: np.ndarray) -> Curves:
    """Return exact distribution functions, with a point below and at each distinct value."""
    values = np.unique(np.concatenate((reference, serving)))
    at = np.repeat(values, 2)
    functions = [
        np.ravel([
            [np.searchsorted(np.sort(x), v, side) / len(x) for side in ("left", "right")]
            for v in values
        ])
        for x in (reference, serving)
    ]  # fmt: skip
    return Curves(tuple(at), *(tuple(f) for f in functions))


def test_a_shape_is_a_histogram_of_the_values() -> None:
    rng = np.random.default_rng(1)
    reference, serving = rng.integers(0, 50, 400) / 1.0, rng.integers(10, 60, 300) / 1.0
    drawn = shape(_curves(reference, serving), 7)
    # Values at an edge are in the bin below it, where numpy has them in that above.
    edges = np.linspace(drawn.start, drawn.stop, 8)
    for values, shares in ((reference, drawn.reference), (serving, drawn.serving)):
        inside = values[(values >= drawn.start) & (values <= drawn.stop)]
        counted = np.histogram(-inside, -edges[::-1])[0][::-1] / len(values)
        assert np.allclose(shares, counted, atol=1e-9)


def test_a_value_at_the_start_is_in_the_first_bin() -> None:
    zeros = np.r_[np.zeros(60), np.linspace(1, 40, 40)]
    drawn = shape(_curves(zeros, zeros), 10)
    assert drawn.start == 0
    assert drawn.reference[0] >= 0.6


def test_wide_ranges_are_in_logarithms() -> None:
    values = 10.0 ** np.linspace(-3, 6, 901)
    drawn = shape(_curves(values, values), 9)
    assert drawn.logarithmic
    assert np.allclose(drawn.reference, 0.96 / 9, atol=0.005)


@pytest.mark.parametrize(
    ("start", "stop", "texts"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-3.2, 4.1, ["-2", "0", "2", "4"]),
        (995, 1010, ["995", "1000", "1005", "1010"]),
        (0, 2_400_000, ["0", "500,000", "1,000,000", "1,500,000", "2,000,000"]),
        (0.01, 1_000, ["0.01", "0.1", "1", "10", "100", "1,000"]),
    ],
)
def test_ticks_are_round_and_inside(start: float, stop: float, texts: list[str]) -> None:
    made = ticks(start, stop)
    assert [text.replace(",", "") for _, text in made] == [t.replace(",", "") for t in texts]
    assert all(-1e-9 <= part <= 1 + 1e-9 for part, _ in made)


@pytest.mark.parametrize("ends", [(-1.7e308, 1.7e308), (1e300, 1.0000001e300), (1, 1 + 1e-15)])
def test_ranges_without_round_numbers_have_no_ticks_that_lie(ends: tuple[float, float]) -> None:
    for part, text in ticks(*ends):
        assert -0.01 <= part <= 1.01
        assert np.isfinite(float(text.replace(",", "")))


def test_points_lie_on_the_line_of_what_was_served() -> None:
    drawn = scatter(PAIRS)
    assert drawn.beyond == 0
    assert drawn.points == tuple(zip(PAIRS.expected, PAIRS.served, strict=True))
    assert drawn.up[0] <= drawn.across[0]
    assert drawn.up[1] >= drawn.across[1]


def test_far_points_are_left_out_and_counted() -> None:
    served = [float(x) for x in range(99)] + [1e9]
    drawn = scatter(Pairs(tuple(float(x) for x in range(100)), tuple(served)))
    assert (len(drawn.points), drawn.beyond) == (99, 1)
    assert drawn.up[1] < 1_000
    far = Parity(200, 100, None, None, pairs=Pairs((0.0, 1.0) * 30, (*(1.0,) * 59, 1e9)))
    caption = plots(replace(FULL_FARE, parity=far))[0].caption
    assert caption.endswith("1 point further out")


@pytest.mark.parametrize("number", [0.0, 5.0, -1.7e308])
def test_points_at_one_place_have_a_range(number: float) -> None:
    drawn = scatter(Pairs((number,) * 3, (number,) * 3))
    assert 0 < place(number, drawn.across) < 1
    assert len(drawn.points) == 3


def test_a_broken_parity_is_drawn_as_served_against_expected() -> None:
    parity_alone = tuple(
        test if test.name == "parity" else replace(test, verdict=Verdict.OK)
        for test in FULL_FARE.tests
    )
    feature = replace(FULL_FARE, tests=parity_alone, windows=(), changes=())
    (plot,) = plots(feature)  # two curves of raw values that are alike would say nothing
    assert plot.title == "Served against expected"
    (dots,) = re.findall(r'class="p" d="([^"]*)"', plot.svg)
    (equal,) = re.findall(r'class="d" d="M(\S+) (\S+)L(\S+) (\S+)"', plot.svg)
    x1, y1, x2, y2 = map(float, equal)
    moves = [tuple(map(int, move)) for move in re.findall(r"m(-?\d+) (-?\d+)h0", dots)]
    places = np.cumsum(moves, axis=0)  # each begins where the one before it is
    assert len(places) == len(PAIRS.expected)
    # 1.25 times as much is above the line, by a quarter of the height above its start.
    for x, y in places[1:]:
        on_line = y1 + (x - x1) / (x2 - x1) * (y2 - y1)
        assert y1 - y == pytest.approx(1.25 * (y1 - on_line), abs=1.5)


def test_small_pictures_are_small_and_say_what_they_show() -> None:
    for feature, words in (
        (replace(FULL_FARE, parity=None), "most changed: 9 to 10, 10 % → 25 %"),
        (FULL_FARE, "served against expected: 13,877 rows off the line"),
        (PAYMENT, "most changed: Cash, 58 % → 50 %"),
    ):
        svg = small_picture(feature)
        assert 150 < len(svg) < 700
        assert f'aria-label="{words}"' in svg
    assert small_picture(clean("x")) == ""


def test_small_pictures_of_hostile_names_are_text() -> None:
    for feature in hostile().features:
        svg = small_picture(feature)
        assert svg.count("<") == svg.count(">")
        assert re.findall(r"<(\w+)", svg) in (["svg", "path", "path"],)


def test_cells_of_the_map_are_the_windows_by_their_thresholds() -> None:
    ratios = (0.0, 0.3, 0.6, 0.9, 1.2, 1.9, 2.5, 4.5)
    windows = tuple(
        WindowFigures(start, 100, Verdict.SKEW if times >= 1 else Verdict.OK, {"ks": times / 10})
        for start, times in zip(STARTS, ratios, strict=False)
    )
    made = heat_map(replace(FULL, features=(replace(FULL_FARE, windows=windows, changes=()),)))
    assert made is not None
    (row,) = made.rows
    assert re.findall(r'class="(\w+)" d="M(\d+)', row.svg) == [
        ("g", "0"), ("h1", "8"), ("h2", "16"), ("h3", "24"), ("h4", "28"),
    ]  # fmt: skip
    titles = [unescape(title) for title in re.findall(r"<title>(.*?)</title>", row.svg)]
    assert titles[1] == (
        "2026-11-01 04:00 to 2026-11-01 05:00: skew, up to 0.19, 1.9 times the threshold"
    )
    assert "skew in 4 of 8 windows" in row.svg


def test_a_window_beyond_the_threshold_by_chance_is_not_drawn_as_skew() -> None:
    windows = (WindowFigures(STARTS[0], 20, Verdict.OK, {"ks": 0.3}),)
    made = heat_map(replace(FULL, features=(replace(FULL_FARE, windows=windows, changes=()),)))
    assert made is not None
    assert 'class="h1"' in made.rows[0].svg


def test_a_title_says_the_worst_of_its_windows() -> None:
    verdicts = (Verdict.UNTESTED, Verdict.OK, Verdict.WARN)
    windows = tuple(
        WindowFigures(start, 100, verdict, {"ks": 0.06})
        for start, verdict in zip(STARTS, verdicts, strict=False)
    )
    made = heat_map(replace(FULL, features=(replace(FULL_FARE, windows=windows, changes=()),)))
    assert made is not None
    (title,) = re.findall(r"<title>(2026.*?)</title>", made.rows[0].svg)
    assert title.startswith("2026-11-01 00:00 to 2026-11-01 02:00: warn, up to 0.06")


def test_the_map_is_bounded_and_says_what_is_left_out() -> None:
    windows = tuple(replace(FULL_FARE.windows[0], start=f"row {i}") for i in range(1_000))
    many = replace(troubled(50), features=tuple(
        replace(f, windows=windows, changes=()) for f in troubled(50).features
    ))  # fmt: skip
    made = heat_map(many)
    assert made is not None
    assert (len(made.rows), made.left_out) == (MOST_ROWS, 20)
    assert (made.windows, made.together) == (1_000, -(-1_000 // MOST_CELLS))
    assert heat_map(replace(AUDIT, features=(clean("x"),))) is None
