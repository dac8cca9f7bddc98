"""Arrow to NumPy. Expected numbers are Python's own float(), repr() and datetime."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.logs.arrays import Digits, digits, label, labels, numbers
from skewcheck.logs.arrays.arrow import taken

FLOATS = st.one_of(st.none(), st.floats(width=64))
TEXTS = st.one_of(st.none(), st.text(max_size=4), st.floats().map(repr), st.integers().map(str))


def as_list(array: pa.Array) -> list[float | None]:
    """Return numbers with None for NaN, so that lists can be compared."""
    return [None if value != value else value for value in numbers(array).values.tolist()]


def as_labels(array: pa.Array) -> list[str | None]:
    found = labels(array)
    assert found.codes.dtype == np.int32
    assert len(set(found.levels)) == len(found.levels)
    return [None if code < 0 else found.levels[code] for code in found.codes]


@pytest.mark.parametrize(
    ("array", "dtype", "expected"),
    [
        (pa.array([1.5, float("nan"), -0.0]), np.float64, [1.5, None, 0.0]),
        (pa.array([1.5, None]), np.float64, [1.5, None]),
        (pa.array([0.1], pa.float32()), np.float32, [float(np.float32(0.1))]),
        (pa.array([0.5, None], pa.float16()), np.float32, [0.5, None]),
        (pa.array([2**53 + 1, -5]), np.int64, [2**53 + 1, -5]),
        (pa.array([3, None], pa.int8()), np.float64, [3.0, None]),
        (pa.array([3, 4], pa.uint16()), np.int64, [3, 4]),
        (pa.array([2**63 - 1], pa.uint64()), np.int64, [2**63 - 1]),
        (pa.array([2**63], pa.uint64()), np.float64, [2.0**63]),
        (pa.array([], pa.uint64()), np.int64, []),
        (pa.array([True, False]), np.int64, [1, 0]),
        (pa.array([True, None]), np.float64, [1.0, None]),
        (pa.nulls(2), np.float64, [None, None]),
        (pa.array([Decimal("12.30"), None]), np.float64, [12.3, None]),
        (pa.array([Decimal(10) ** 40], pa.decimal256(50, 2)), np.float64, [1e40]),
        (pa.array([1, None, 2]).dictionary_encode(), np.float64, [1.0, None, 2.0]),
        (pa.array([7, 7, 2]).dictionary_encode(), np.int64, [7, 7, 2]),
        (pa.array(["a"]).dictionary_encode().slice(1), np.float64, []),
    ],
)
def test_numbers_keep_what_numpy_can_hold(array, dtype, expected):
    found = numbers(array)
    assert found.values.dtype == dtype
    assert as_list(array) == expected
    assert (found.mistyped, found.nulls) == (0, expected.count(None))


def test_float64_without_nulls_is_not_copied():
    values = np.arange(10.0)
    assert np.shares_memory(numbers(pa.array(values).slice(2)).values, values)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (dt.datetime(2026, 11, 1, 12, 30, 15, 250_000), pa.timestamp("us")),
        (dt.datetime(2026, 11, 1, 12, 30, 15), pa.timestamp("s")),
        (dt.datetime(2026, 11, 1, 12, 30, 15, 250_000), pa.timestamp("ms", "Europe/Berlin")),
        (dt.date(1969, 12, 31), pa.date32()),
        (dt.date(2026, 11, 1), pa.date64()),
    ],
)
def test_moments_are_epoch_seconds(value, kind):
    moment = value if isinstance(value, dt.datetime) else dt.datetime(*value.timetuple()[:3])
    expected = moment.replace(tzinfo=dt.UTC).timestamp()
    aware = moment.replace(tzinfo=dt.UTC) if pa.types.is_timestamp(kind) else value
    assert as_list(pa.array([aware, None], kind)) == [expected, None]


def test_times_and_durations_are_seconds():
    assert as_list(pa.array([dt.time(1, 0, 0, 500_000)], pa.time64("us"))) == [3600.5]
    assert as_list(pa.array([dt.time(0, 1)], pa.time32("ms"))) == [60.0]
    assert as_list(pa.array([dt.timedelta(milliseconds=-1500)], pa.duration("ms"))) == [-1.5]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_text_is_parsed_strictly(kind):
    text = [" 1.5 ", "-2e3", "+7", ".5", "5.", "", "nan", "NaN", "inf", "-Infinity", None, "1e400"]
    wrong = ["1_000", "0x10", "abc", "1,5", "true", "1 2", "--1", "e5", "nan(1)x"]
    found = numbers(pa.array(text + wrong, kind))
    expected = [1.5, -2000.0, 7.0, 0.5, 5.0, None, None, None, math.inf, -math.inf, None, math.inf]
    assert as_list(pa.array(text + wrong, kind)) == expected + [None] * len(wrong)
    assert (found.mistyped, found.nulls) == (len(wrong), 4)


def test_dictionaries_of_text_count_what_is_no_number_by_row():
    found = numbers(pa.array(["1", "x", None, "x", "2"]).dictionary_encode())
    assert (found.mistyped, found.nulls) == (2, 1)
    assert numbers(pa.array(["1", "x", "x"]).dictionary_encode().slice(1)).mistyped == 2


@pytest.mark.parametrize(
    "array",
    [
        pa.array([b"\xff", None, b"1\xe9"]),
        pa.array([[1], None, []]),
        pa.array([{"a": 1}, None, {"a": 2}]),
        pa.array([b"\xff", None, b"1\xe9"]).dictionary_encode(),
        pa.array([(1, 2, 3), None, (0, 0, 0)], pa.month_day_nano_interval()),
    ],
)
def test_nested_and_binary_values_are_mistyped_and_no_nulls(array):
    for found in (numbers(array), labels(array)):
        assert (found.mistyped, found.nulls) == (2, 1)


def test_run_ends_and_extensions_are_looked_through():
    encoded = pa.RunEndEncodedArray.from_arrays([2, 3], pa.array([1.5, 2.5]))
    assert as_list(encoded) == [1.5, 1.5, 2.5]
    assert as_labels(encoded) == ["1.5", "1.5", "2.5"]
    assert as_labels(pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8()))) == [
        "1",
        "0",
    ]


@given(st.lists(FLOATS), st.integers(0, 5))
def test_numbers_of_floats_are_pythons(values, start):
    array = pa.array(values, pa.float64()).slice(start)
    assert as_list(array) == [None if v is None or math.isnan(v) else v for v in values[start:]]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))), st.integers(0, 5))
def test_numbers_of_integers_are_pythons(values, start):
    assert as_list(pa.array(values, pa.int64()).slice(start)) == [
        value if None not in values[start:] or value is None else float(value)
        for value in values[start:]
    ]


@given(st.lists(st.decimals(-(10**15), 10**15, places=2) | st.none()), st.integers(0, 5))
def test_decimals_are_the_nearest_floats(values, start):
    for kind in (pa.decimal128(18, 2), pa.decimal128(30, 2), pa.decimal256(40, 2)):
        array = pa.array(values, kind).slice(start)
        assert as_list(array) == [None if v is None else float(v) for v in values[start:]]


NO_NUMBER = ["", "na", "n/a", "#na", "#n/a", "<na>", "null", "none"]


def strictly(text: str) -> float | None:
    """Parse as `numbers` promises, by Python's float(); a ValueError for what is no number."""
    bare = text.strip(" \t\n\r\v\f")
    if text.isspace() or bare.lower() in NO_NUMBER:
        return None
    if not bare.isascii() or "_" in bare or bare != bare.strip():
        raise ValueError(text)
    value = float(bare)
    return None if math.isnan(value) else value


@given(st.lists(TEXTS), st.integers(0, 5), st.booleans())
def test_numbers_of_text_are_pythons(values, start, encoded):
    array = pa.array(values, pa.string())
    found = numbers((array.dictionary_encode() if encoded else array).slice(start))
    expected, wrong = [], 0
    for value in values[start:]:
        try:
            expected.append(None if value is None else strictly(value))
        except ValueError:
            expected.append(None)
            wrong += 1
    assert [None if v != v else v for v in found.values.tolist()] == expected
    assert found.mistyped == wrong


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array(["b", " a", "", None, "NaN"]), ["b", " a", "", None, "NaN"]),
        (pa.array(["b", "a"], pa.string_view()), ["b", "a"]),
        (pa.array([True, None, False]), ["true", None, "false"]),
        (pa.array([3, None], pa.uint8()), ["3", None]),
        (pa.array([2**63 - 1]), ["9223372036854775807"]),
        (pa.array([3.0, 0.1, float("nan"), -0.0, 0.0]), ["3", "0.1", None, "0", "0"]),
        (pa.array([1e300, math.inf]), ["1e+300", "inf"]),
        (pa.array([0.1, 3.0], pa.float32()), ["0.1", "3"]),
        (pa.array([0.5], pa.float16()), ["0.5"]),
        (pa.array([Decimal("3.00"), Decimal("2.50")]), ["3", "2.5"]),
        (pa.array([Decimal("100")], pa.decimal128(5, -2)), ["100"]),
        (pa.array([dt.date(2026, 11, 1)]), ["2026-11-01"]),
        (pa.array([dt.time(12, 30, 10)]), ["12:30:10"]),
        (pa.array([dt.timedelta(seconds=90)]), ["90"]),
        (
            pa.array([0, 1_500_000], pa.timestamp("us")),
            ["1970-01-01T00:00:00", "1970-01-01T00:00:01.5"],
        ),
        (pa.array([0], pa.timestamp("ns", "Europe/Berlin")), ["1970-01-01T00:00:00Z"]),
        (pa.nulls(1), [None]),
        (pa.array([], pa.string()), []),
    ],
)
def test_labels_have_one_spelling(array, expected):
    assert as_labels(array) == expected
    assert labels(array).nulls == expected.count(None)
    assert as_labels(array.slice(1)) == expected[1:]


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int32", "int64", "uint64"])
@pytest.mark.parametrize("step", [1, 1_000])
@pytest.mark.parametrize("start", [0, 3])
def test_labels_of_integers_of_a_narrow_and_of_a_wide_range(kind, step, start):
    info = np.iinfo(kind)
    for first in (info.min, 0, info.max - 40 * step):
        row = [None if i % 7 == 5 else first + step * (i * 17 % 40) for i in range(80)]
        if any(v is not None and not info.min <= v <= info.max for v in row):
            continue  # int8 holds no wide range
        for values in (row, [v for v in row if v is not None]):
            array = pa.array(values, kind).slice(start)
            expected = [None if v is None else str(v) for v in values[start:]]
            assert as_labels(array) == expected


def test_labels_of_dictionaries_merge_equal_and_null_values():
    codes = pa.array([0, 1, 2, None, 1], pa.int8())
    array = pa.DictionaryArray.from_arrays(codes, pa.array(["a", None, "a"]))
    assert as_labels(array) == ["a", None, "a", None, None]
    assert labels(array).levels == ("a",)


def test_dictionary_codes_are_not_copied():
    codes = np.array([0, 1, 0], np.int32)
    array = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(["x", "y"]))
    assert np.shares_memory(labels(array).codes, codes)


def test_bytes_that_are_no_utf8_are_shown_as_escapes():
    bad = pa.array([b"caf\xe9", b"ok", None]).view(pa.string())
    assert as_labels(bad) == ["caf\\xe9", "ok", None]
    assert as_labels(bad.dictionary_encode()) == ["caf\\xe9", "ok", None]
    assert numbers(bad).mistyped == 2


def test_moments_out_of_every_calendar_do_not_crash():
    assert len(as_labels(pa.array([2**62], pa.timestamp("s")))) == 1


@given(st.lists(st.one_of(st.none(), st.text(max_size=3))), st.integers(0, 5), st.booleans())
def test_labels_of_text_are_the_text(values, start, encoded):
    array = pa.array(values, pa.string())
    assert (
        as_labels((array.dictionary_encode() if encoded else array).slice(start)) == values[start:]
    )


@given(st.lists(st.integers(-(2**52), 2**52)))
def test_integers_floats_and_decimals_have_the_same_labels(values):
    expected = [str(value) for value in values]
    assert as_labels(pa.array(values, pa.int64())) == expected
    assert as_labels(pa.array(values, pa.float64())) == expected
    assert as_labels(pa.array(values, pa.decimal128(20, 0))) == expected
    assert [label(value) for value in values] == expected


def test_label_of_single_values():
    odd = [None, float("nan"), True, np.True_, 2.0, np.float32(0.1), Decimal("1E+2"), "x", "\ud800"]
    assert [label(v) for v in odd] == [
        None, None, "true", "true", "2", "0.1", "100", "x", "\\ud800",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Digits(0, 0)),
        ([0.0, math.nan, math.inf], Digits(0, 0)),
        ([1500.0, 0.25], Digits(2, 2)),
        ([-12345.678, 1.0], Digits(8, 3)),
        ([1e-7], Digits(1, 7)),
        ([1.5e22], Digits(2, 0)),
        ([0.000123456], Digits(6, 9)),
        ([0.1 + 0.2], Digits(17, 17)),
    ],
)
def test_digits_are_those_of_the_shortest_spelling(values, expected):
    assert digits(np.array(values)) == expected


@settings(max_examples=50)
@given(st.lists(st.decimals(-(10**6), 10**6, places=3), min_size=1))
def test_digits_agree_with_decimal(values):
    spelled = [value.normalize() for value in values if value]
    expected = Digits(
        max((len(value.as_tuple().digits) for value in spelled), default=0),
        max((max(0, -int(value.as_tuple().exponent)) for value in spelled), default=0),
    )
    assert digits(np.array([float(value) for value in values])) == expected


def test_digits_look_at_the_first_thousand_numbers_only():
    assert digits(np.array([0.0] * 50 + [1.5] * 1000 + [1.25])) == Digits(2, 1)


TAKEN = {
    "float64": [1.5, None, math.inf, -0.0, 3.25],
    "float32": [1.5, None, 2.0, 0.5, 3.25],
    "float16": [1.5, 2.0, None, 0.5, 3.25],
    "int8": [1, None, 3, 4, -5],
    "uint64": [1, 2**64 - 1, 3, 4, 5],
    "string": ["a", None, "b", "", "a"],
    "bool": [True, None, False, True, True],
    "list<item: int64>": [[1], [], None, [2, 3], [4]],
}


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("first", [0, 1])
def test_values_in_rows(kind, first):
    kinds = {"list<item: int64>": pa.list_(pa.int64())}
    whole = pa.array(TAKEN[kind], kinds.get(kind) or pa.type_for_alias(kind))
    encoded = [whole.dictionary_encode()] if kind == "string" else []
    rows = np.array([3, 0, 1, 1], np.int64)
    for array in (whole, *encoded):
        found = taken(array.slice(first), rows)
        assert found.type == array.type
        assert found.to_pylist() == [TAKEN[kind][first + i] for i in rows]
        assert taken(array.slice(first), rows[:0]).to_pylist() == []
