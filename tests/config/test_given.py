"""Errors spell an option as the user wrote it: flag, TOML key or Python keyword."""

import pytest

from skewcheck.config import options as o
from skewcheck.config.given import Given, Origin, flag_of
from skewcheck.config.settings import settings
from skewcheck.text.errors import OptionName, UsageError, message
from skewcheck.text.similar import nearest

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
    assert nearest("KSS", ["psi", "ks"]) == " (did you mean ks?)"
    assert nearest("fare", ["FARE", "Fare"]) == " (did you mean FARE?)"


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
        settings(options, origin=FUNCTION)
    assert str(raised.value).startswith(message)
    assert "--" not in str(raised.value)


MIXED = Origin(files={"every": "a.toml"})


@pytest.mark.parametrize(
    ("origin", "first", "later"),
    [
        (FLAGS, "--every 1h", "--every 1h"),
        (FILE, "a.toml: every: 1h", "every 1h of a.toml"),
        (MIXED, "a.toml: every: 1h", "every 1h of a.toml"),
        (FUNCTION, "audit(every='1h')", "every='1h'"),
    ],
)
def test_an_option_that_leads_a_message_says_where_it_stands(
    origin: Origin, first: str, later: str
) -> None:
    option = OptionName("every", "1h")
    assert message((option, ": x"), origin) == f"{first}: x"
    assert message(("x: ", option), origin) == f"x: {later}"


@pytest.mark.parametrize(
    ("origin", "first", "later"),
    [
        (FLAGS, "--set", "--set"),
        (FILE, "a.toml: numbers", "numbers of a.toml"),
        (MIXED, "--set", "--set"),
        (FUNCTION, "audit(numbers=...)", "numbers=..."),
    ],
)
def test_an_option_without_a_value(origin: Origin, first: str, later: str) -> None:
    assert message((OptionName("numbers"), ": x"), origin) == f"{first}: x"
    assert message(("x: ", OptionName("numbers")), origin) == f"x: {later}"


@pytest.mark.parametrize(
    ("value", "flag", "keyword"),
    [
        (3000, "--min-rows 3,000", "min_rows=3000"),
        (0.25, "--min-rows 0.25", "min_rows=0.25"),
        (("a", "b"), "--min-rows a,b", "min_rows=('a', 'b')"),
        ({"host": "web-7"}, "--min-rows host=web-7", "min_rows={'host': 'web-7'}"),
    ],
)
def test_values_are_written_as_the_caller_writes_them(
    value: object, flag: str, keyword: str
) -> None:
    parts = ("", OptionName("min_rows", value))
    assert message(parts, FLAGS) == flag
    assert message(parts, FUNCTION) == keyword


def test_every_option_has_the_flag_of_the_table() -> None:
    for option in o.every():
        if option.spellings:
            assert flag_of(option.key) == option.flag, option.key
    assert [flag_of(key) for key in ("by_file", "numbers", "thresholds", "no_such_key")] == [
        "--by", "--set", "--threshold", "--no-such-key",
    ]  # fmt: skip
