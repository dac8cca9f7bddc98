"""Each reader takes what its option may be, and says in one line what is wrong with all else."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from skewcheck.catalogue.tests import TESTS
from skewcheck.config import readers as r
from skewcheck.config.given import Given
from skewcheck.config.options import Option
from skewcheck.reports import explain
from skewcheck.results.policy import Waiver
from skewcheck.text.errors import UsageError


def test_what_is_not_given_is_the_default() -> None:
    option: Option[float | None] = Option("key_name", r.NUMBER, None, "", ())
    assert option.of(Given({})) is None
    assert option.of(Given({"key_name": None})) is None
    assert Option("key_name", r.NUMBER, 0.5, "", ()).of(Given({})) == 0.5
    assert Option("key_name", r.NUMBER, 0.5, "", ()).of(Given({"key_name": 0})) == 0


def test_texts() -> None:
    assert r.texts("a, b*,,c ") == ("a", "b*", "c")
    assert r.exact_texts("?,, ?") == ("?", "", " ?")
    assert r.exact_texts("") == ("",)
    assert r.texts(["a,b", "c"]) == r.exact_texts(["a,b", "c"]) == ("a,b", "c")


def test_numbers() -> None:
    assert r.number("1e-3") == 0.001
    assert r.probability(0.5) == 0.5
    assert r.positive(1) == 1
    assert r.integer(-3) == -3


def test_moments_are_utc_without_an_offset() -> None:
    cet = timezone(timedelta(hours=1))
    for value, moment in (
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T13:00", datetime(2026, 11, 1, 13, tzinfo=UTC)),
        ("2026-11-01T13:00:00+01:00", datetime(2026, 11, 1, 13, tzinfo=cet)),
        (date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, 13), datetime(2026, 11, 1, 13, tzinfo=UTC)),
    ):
        parsed = r.moment(value)
        assert parsed == moment
        assert parsed.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("24h", timedelta(days=1)),
        ("7d", timedelta(weeks=1)),
        ("90m", timedelta(hours=1.5)),
        ("2w", timedelta(days=14)),
        ("30s", timedelta(seconds=30)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert r.duration(text) == r.window(text) == length
    assert r.duration(length) == r.window(length) == length


@pytest.mark.parametrize("value", [5000, "5000", "05000"])
def test_windows_of_rows(value: object) -> None:
    assert r.window(value) == 5000


def test_thresholds_and_waivers() -> None:
    assert r.thresholds(["ks=0.2", "mean=1"]) == {"ks": 0.2, "mean": 1.0}
    assert r.thresholds({"psi": 0}) == {"psi": 0.0}
    assert r.waivers("ks:a:b@c@2026-12-31") == (Waiver("ks", "a:b@c", "2026-12-31"),)


@pytest.mark.parametrize(
    ("reader", "value", "words"),
    [
        (r.TEXT, 3, "must be text, got 3"),
        (r.TEXTS, 3, "must be a list of texts"),
        (r.TEXTS, ["a", 3], "has 3 in it"),
        (r.FLAG, "yes", "must be true or false"),
        (r.NUMBER, "x", "must be a number, got 'x'"),
        (r.NUMBER, float("nan"), "must be a number"),
        (r.NUMBER, True, "must be a number"),
        (r.PROBABILITY, 1, "must lie between 0 and 1, got 1"),
        (r.PROBABILITY, "x", "must be a number, got 'x'"),
        (r.INTEGER, 0.5, "must be a whole number, got 0.5"),
        (r.POSITIVE, 0, "must be a whole number of at least 1, got 0"),
        (r.POSITIVE, True, "must be a whole number of at least 1, got True"),
        (r.WINDOW, "0h", "must be a length of time as 1h, 1d or 90m, or a number of rows as 5000"),
        (r.WINDOW, timedelta(0), "must be a length of time as 24h"),
        (r.WINDOW, 0, "or a number of rows as 5000, got 0"),
        (r.MOMENT, "yesterday", "must be a date or time as 2026-11-01"),
        (r.MOMENT, 3, "must be a date or time"),
        (r.DURATION, "0h", "must be a length of time as 24h"),
        (r.DURATION, "7", "must be a length of time"),
        (r.DURATION, "9999999d", "must be a length of time"),
        (r.DURATION, timedelta(0), "must be a length of time"),
        (r.TEMPLATE, "norm", "must contain {feature} and no other field"),
        (r.TEMPLATE, "{feature}_{x}", "no other field"),
        (r.TEMPLATE, "{feature!r}", "no other field"),
        (r.TEMPLATE, "{{feature}}", "no other field"),
        (r.THRESHOLD_BY_TEST, ["ks"], "ks must be a number of at least 0, got ''"),
        (r.THRESHOLD_BY_TEST, ["ks=-1"], "at least 0"),
        (r.THRESHOLD_BY_TEST, ["ks=inf"], "at least 0"),
        (r.THRESHOLD_BY_TEST, ["kss=1"], "no test 'kss' with a threshold (did you mean ks?)"),
        (r.THRESHOLD_BY_TEST, {"chi2": 1}, "no test 'chi2' with a threshold"),
        (r.WAIVERS, ["ks:fare"], "must be CODE:feature@2026-12-31"),
        (r.WAIVERS, ["fare@2026-12-31"], "must be CODE:feature@2026-12-31"),
        (r.WAIVERS, ["kz:fare@2026-12-31"], "no test 'kz' (did you mean ks?)"),
        (r.WAIVERS, ["ks:fare@2026-13-01"], "must end in a day as 2026-12-31"),
    ],
)
def test_each_wrong_value_is_named(reader: r.Reader[object], value: object, words: str) -> None:
    option = Option("key_name", reader, None, "", ())
    with pytest.raises(UsageError) as raised:
        option.of(Given({"key_name": value}))
    assert words in str(raised.value)
    assert str(raised.value).startswith("--key-name: ")
    assert "\n" not in str(raised.value)


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(r.WrongValueError) as raised:
        r.number("x" * 5000)
    assert str(raised.value) == f"must be a number, got '{'x' * 58}…"


def test_a_wrong_word_is_told_the_nearest() -> None:
    assert r.choice("skew", "warn").read("warn") == "warn"
    words = r"must be one of skew, warn, got 'skw' \(did you mean skew"
    with pytest.raises(r.WrongValueError, match=words):
        r.choice("skew", "warn").read("skw")
    assert r.word_or_path("previous").read("a.parquet") == "a.parquet"


def test_every_test_has_an_explanation() -> None:
    assert set(explain.codes()["tests"]) == set(TESTS)
