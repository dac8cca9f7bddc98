import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from skewcheck.text.numbers import figure, p_value, percent
from skewcheck.text.printable import count, printable, value_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fare", "fare"),
        ("", "''"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[2J\x07\x7f\x9b", r"\x1b[2J\x07\x7f\x9b"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("line\u2028end", r"line\u2028end"),
        ("b\udcff", r"b\udcff"),
        ("Größe 🚕", "Größe 🚕"),
        ("Gro\u0308ße", r"Gro\u0308ße"),
        ("क्षि", "क्षि"),
    ],
)
def test_printable_shows_what_a_terminal_would_obey(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(4, 80))
def test_printable_is_harmless_and_never_too_wide(text: str, most: int) -> None:
    shown = printable(text, most)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert cell_len(shown) <= most
    assert shown


@pytest.mark.parametrize(
    "long", ["x" * 10_000, "🚕" * 10_000, "e" + "\u0301" * 10_000, "\x1b" * 10_000]
)
def test_printable_cuts_what_is_long(long: str) -> None:
    shown = printable(long, 40)
    assert cell_len(shown) <= 40
    assert len(shown) <= 161
    assert shown.endswith("…")


def test_printable_keeps_what_just_fits() -> None:
    assert printable("x" * 40, 40) == "x" * 40
    assert printable("x" * 41, 40) == "x" * 39 + "…"


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        (0.41234, None, "0.412"),
        (0.09996, 0.1, "0.09996"),
        (0.099999999, 0.1, "0.099999999"),
        (0.1, 0.1, "0.1"),
        (0.10001, 0.1, "0.10001"),
        (0.0, 0.1, "0"),
        (1234.4, None, "1,234"),
        (1000.0, None, "1,000"),
        (1.5e300, None, "1.5e+300"),
        (-12.345, None, "-12.3"),
        (math.inf, 0.1, "inf"),
        (math.nan, 0.1, "nan"),
    ],
)
def test_figure(value: float, limit: float | None, shown: str) -> None:
    assert figure(value, limit) == shown


@given(st.floats(0, 1), st.floats(0.001, 1))
def test_figure_never_crosses_its_limit(value: float, limit: float) -> None:
    shown = float(figure(value, limit))
    assert (shown < limit) == (value < limit)
    assert (shown > limit) == (value > limit)


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0, "p < 1e-300"),
        (5e-324, "p < 1e-300"),
        (1.234e-9, "p = 1.2e-09"),
        (0.00999, "p = 0.00999"),
        (0.01, "p = 0.01"),
        (0.5, "p = 0.5"),
        (0.9999, "p > 0.99"),
        (1.0, "p = 1"),
    ],
)
def test_p_value(p: float, shown: str) -> None:
    assert p_value(p, 0.01) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.9998, "99.98 %"),
        (0.99999999, "99.999999 %"),
        (0.069385, "6.94 %"),
        (0.00006, "0.006 %"),
        (1e-12, "1e-10 %"),
        (0.58, "58 %"),
    ],
)
def test_percent(share: float, shown: str) -> None:
    assert percent(share) == shown


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_percent_is_nothing_or_all_only_where_it_is(share: float) -> None:
    if 0 < 100 * share < 100:
        assert percent(share) not in ("0 %", "100 %")


def test_percent_stays_on_its_side_of_a_threshold() -> None:
    assert percent(0.0009999, 0.001) == "0.09999 %"


def test_count() -> None:
    assert [count(1, "row"), count(200_000, "row"), count(0)] == ["1 row", "200,000 rows", "0"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (12.0, "12"),
        (0.1234567890123, "0.123456789"),
        (math.inf, "inf"),
        (True, "True"),
        ("", "''"),
        ("a\x1b[0m", r"'a\x1b[0m'"),
    ],
)
def test_value_text(value: object, shown: str) -> None:
    assert value_text(value) == shown
