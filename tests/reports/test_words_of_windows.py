"""Changes over windows and failing parts, in words."""

import pytest

from skewcheck.reports.series import changed
from skewcheck.reports.words.parts import failing_parts
from skewcheck.reports.words.windows import change_text
from skewcheck.results.parts import Change, FailingParts


@pytest.mark.parametrize(
    ("test", "statistic", "told"),
    [
        ("parity", 0.25, "parity broken in 25 % of the rows"),
        ("ks", 0.4, "KS D 0.4"),
        ("linf", 0.123456, "L∞ 0.123"),
        ("psi", 1.5, "PSI 1.5"),
        ("mannwhitney", 0.75, "P(serving > training) 0.75"),
        ("nulls", 0.5, "nulls 50 %"),
        ("unseen", 0.0694, "unseen 6.94 %"),
    ],
)
def test_what_a_change_is(test: str, statistic: float, told: str) -> None:
    assert change_text(Change("row 0", None, 1.0, test, statistic)) == told


@pytest.mark.parametrize(
    ("parts", "places"),
    [
        (FailingParts(True), "some windows"),
        (FailingParts(False, ("host",)), "some values of host"),
        (FailingParts(True, ("a", "b")), "some windows and some values of a and some values of b"),
    ],
)
def test_which_parts_fail(parts: FailingParts, places: str) -> None:
    assert failing_parts(parts) == f"the whole log passes, but {places} do not"


def test_times_of_a_change_obey_nobody() -> None:
    line = changed(Change("a\x1b[2J\n::error::x", "b\u202e\r", 0.5, "ks", 0.3))
    assert line.isprintable()
