from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from skewcheck.config.given import TESTS, Given
from skewcheck.reports import explain
from skewcheck.results.policy import Waiver
from skewcheck.text.errors import UsageError


def given(value: object) -> Given:
    return Given({"key_name": value})


def test_what_is_not_given() -> None:
    nothing = Given({})
    found = (
        nothing.text("k"),
        nothing.number("k"),
        nothing.whole("k", least=1),
        nothing.moment("k"),
    )
    assert found == (None,) * 4
    assert (nothing.duration("k"), nothing.template("k"), nothing.choice("k", ("a",))) == (
        None,
    ) * 3
    assert (nothing.texts("k"), nothing.waivers("k"), nothing.flag("k")) == ((), (), False)
    assert nothing.thresholds("k") == {}


def test_texts() -> None:
    assert given("a, b*,,c ").texts("key_name") == ("a", "b*", "c")
    assert given("?,, ?").texts("key_name", strip=False) == ("?", "", " ?")
    assert given("").texts("key_name", strip=False) == ("",)
    assert given(["a,b", "c"]).texts("key_name") == ("a,b", "c")


def test_moments_are_utc_unless_told() -> None:
    cet = timezone(timedelta(hours=1))
    for value, moment in (
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T13:00", datetime(2026, 11, 1, 13, tzinfo=UTC)),
        ("2026-11-01T13:00:00+01:00", datetime(2026, 11, 1, 13, tzinfo=cet)),
        (date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, 13), datetime(2026, 11, 1, 13, tzinfo=UTC)),
    ):
        found = given(value).moment("key_name")
        assert found == moment
        assert found is not None
        assert found.utcoffset() == moment.utcoffset()


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
    assert given(text).duration("key_name") == length
    assert given(length).duration("key_name") == length


def test_thresholds_and_waivers() -> None:
    assert given(["ks=0.2", "mean=1"]).thresholds("key_name") == {"ks": 0.2, "mean": 1.0}
    assert given({"psi": 0}).thresholds("key_name") == {"psi": 0.0}
    waivers = given(["ks:a:b@c@2026-12-31"]).waivers("key_name")
    assert waivers == (Waiver("ks", "a:b@c", "2026-12-31"),)


@pytest.mark.parametrize(
    ("getter", "value", "words"),
    [
        ("text", 3, "must be text, got 3"),
        ("texts", 3, "must be a list of texts"),
        ("texts", ["a", 3], "has 3 in it"),
        ("flag", "yes", "must be true or false"),
        ("number", "x", "must be a number, got 'x'"),
        ("number", float("nan"), "must be a number"),
        ("number", True, "must be a number"),
        ("moment", "yesterday", "must be a date or time as 2026-11-01"),
        ("moment", 3, "must be a date or time"),
        ("duration", "0h", "must be a length of time as 24h"),
        ("duration", "7", "must be a length of time"),
        ("duration", "9999999d", "must be a length of time"),
        ("duration", timedelta(0), "must be a length of time"),
        ("template", "norm", "must contain {feature} and no other field"),
        ("template", "{feature}_{x}", "no other field"),
        ("template", "{feature!r}", "no other field"),
        ("template", "{{feature}}", "no other field"),
        ("thresholds", ["ks"], "ks must be a number of at least 0, got ''"),
        ("thresholds", ["ks=-1"], "at least 0"),
        ("thresholds", ["ks=inf"], "at least 0"),
        ("thresholds", ["kss=1"], "no test 'kss' with a threshold (did you mean ks?)"),
        ("thresholds", {"chi2": 1}, "no test 'chi2' with a threshold"),
        ("waivers", ["ks:fare"], "must be CODE:feature@2026-12-31"),
        ("waivers", ["fare@2026-12-31"], "must be CODE:feature@2026-12-31"),
        ("waivers", ["kz:fare@2026-12-31"], "no test 'kz' (did you mean ks?)"),
        ("waivers", ["ks:fare@2026-13-01"], "must end in a day as 2026-12-31"),
    ],
)
def test_each_wrong_value_is_named(getter: str, value: object, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        getattr(given(value), getter)("key_name")
    assert words in str(raised.value)
    assert str(raised.value).startswith("--key-name: ")
    assert "\n" not in str(raised.value)


def test_errors_of_a_file_name_the_file_and_the_key() -> None:
    with pytest.raises(
        UsageError, match=r"^a\.toml: min_rows: must be a whole number of at least 1"
    ):
        Given({"min_rows": 0}, "a.toml").whole("min_rows", least=1)


def test_a_wrong_choice_is_told_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r"must be one of skew, warn, got 'skw' \(did you mean skew"
    ):
        given("skw").choice("key_name", ("skew", "warn"))


def test_every_test_has_an_explanation() -> None:
    assert set(explain.codes()["tests"]) == set(TESTS)
