"""Errors spell an option as the user wrote it: flag, TOML key or Python keyword."""

import pytest

from skewcheck.config import options as o
from skewcheck.config.given import Given, Origin, nearest
from skewcheck.config.settings import settings
from skewcheck.text.errors import UsageError

FLAGS = Origin()
FILE = Origin("file", "a.toml")
FUNCTION = Origin("function", "audit")


@pytest.mark.parametrize(
    ("origin", "error", "unknown", "mention"),
    [
        (FLAGS, "--threshold: bad", "--tresholds: no such option (did you", "--threshold ks=1"),
        (FILE, "a.toml: thresholds: bad", "a.toml: tresholds: no such option (", "--threshold"),
        (
            FUNCTION,
            "audit(thresholds=...): bad",
            "audit(): no option 'tresholds' (did",
            "thresholds=",
        ),
    ],
)
def test_an_option_is_spelled_as_it_was_written(
    origin: Origin, error: str, unknown: str, mention: str
) -> None:
    given = Given({}, origin)
    assert str(o.THRESHOLD.error(given, "bad")) == error
    assert str(given.unknown("tresholds", ["thresholds"])).startswith(unknown)
    assert o.THRESHOLD.mention(given, "ks=1").startswith(mention)


def test_nothing_is_near_what_is_like_nothing() -> None:
    assert nearest("alpa", ["by", "alpha"]) == " (did you mean alpha?)"
    assert nearest("zzz", ["by", "alpha"]) == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpa": 1}, "audit(): no option 'alpa' (did you mean alpha?)"),
        ({"alpha": 2}, "audit(alpha=...): must lie between 0 and 1, got 2"),
        (
            {"since": "2026-11-01"},
            "audit(since=...): needs time_column=NAME to know the time of a row",
        ),
        ({"only_new_alarms": True}, "audit(only_new_alarms=...): needs state=FOLDER, where the"),
        ({"baseline": "previous"}, "audit(baseline=...): previous is of windows: needs every=1h,"),
        (
            {"baseline": "a.csv"},
            "audit(baseline=...): is of windows or segments: needs every=",
        ),
        ({"by": ["a", "none"]}, "audit(by=...): none cannot stand beside columns; give it alone"),
        ({"names": "x" * 5000}, "audit(names=...): cannot read"),
        (
            {"features": {"fare*": {"kss": 1}}},
            'audit(features=...): features."fare*": kss: no',
        ),
    ],
)
def test_errors_of_a_python_function_name_its_keywords(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        settings(options, function="audit")
    assert str(raised.value).startswith(message)
    assert "--" not in str(raised.value)
