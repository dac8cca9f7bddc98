"""JSON Lines; expected values are the objects that were written."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from batches import batches_of
from hypothesis import given
from hypothesis import strategies as st

import skewcheck
from skewcheck.logs import Wanted, jsonlines, open_logs, text
from skewcheck.logs.arrays import Digits, numbers
from skewcheck.logs.jsonlines import _objects, _rows
from skewcheck.text.errors import LogError

ROWS = [
    {
        "x": i / 8,
        "n": i,
        "s": f"v{i % 3}",
        "b": i % 2 == 0,
        "in": {"a": {"b": i * 10}},
        "f": [i, 0.5],
    }
    for i in range(200)
]


@pytest.fixture
def write(tmp_path):
    def write_lines(*lines: object, name: str = "a.jsonl"):
        path = tmp_path / name
        spelled = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        raw = "\n".join(spelled).encode("utf-8", "surrogateescape")
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write_lines


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "capture"])
def test_flat_and_nested_values(write, read, monkeypatch, name):
    monkeypatch.setattr(text, "BLOCK", 1000)
    found = read(write(*ROWS, name=name), "x n b in.a.b f[1]", "s")
    assert found == {
        "x": [row["x"] for row in ROWS],
        "n": [row["n"] for row in ROWS],
        "b": [int(row["b"]) for row in ROWS],
        "in.a.b": [row["in"]["a"]["b"] for row in ROWS],
        "f[1]": [0.5] * 200,
        "s": [row["s"] for row in ROWS],
    }


def test_labels_of_numbers_and_booleans(write, read):
    path = write({"n": 3, "b": True, "x": 2.0}, {"n": None, "x": 2.5})
    assert read(path, "", "n b x") == {"n": ["3", None], "b": ["true", None], "x": ["2", "2.5"]}


def test_keys_may_be_missing_and_blank_lines_are_none(write, read):
    path = write({"x": 1}, "", "  ", {"y": 2}, {"x": None, "y": 3}, "")
    assert read(path, "x y") == {"x": [1, None, None], "y": [None, 2, 3]}


@pytest.mark.parametrize("blank", ["", " ", "\t", "\r", "\v", "\f", " \t\r", "  "])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_lines_of_white_space_are_no_rows(write, read, blank, place):
    """Whether Arrow takes them for white space or not."""
    lines: list[object] = [{"x": 1}, {"x": 2}, {"x": 3}]
    lines.insert(place, blank)
    assert read(write(*lines, *[blank] * (place % 2)), "x") == {"x": [1, 2, 3]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\t\n", "\r\n\r\n", "\n\f\n \n"])
def test_rows_are_counted_as_they_are_parsed(end):
    data = "".join(f'{{"x": {i}}}{end}' for i in range(5)).encode()
    assert _rows(data) == len(list(_objects(data.split(b"\n"), 0, "a"))) == 5


def test_lines_of_mixed_types_lose_nothing_else(write, read, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 60)
    path = write(
        {"x": 1, "s": "a"},
        {"x": "2.5", "s": 7},
        {"x": "oops", "s": True},
        {"x": True, "s": 1.0},
        {"x": [1], "s": {"deep": 1}},
        {"x": 10**400, "s": None},
    )
    assert read(path, "x", "s") == {
        "x": [1, 2.5, None, None, None, float("inf")],
        "s": ["a", "7", "true", "1", "{…}", None],
    }
    parts = open_logs(path).files[0].parts(Wanted(frozenset("x")))
    found = [numbers(batch.columns["x"]) for thunk in parts for batch in thunk()]
    assert sum(n.mistyped for n in found) == 3
    assert sum(n.nulls for n in found) == 0


def test_types_that_change_after_the_first_megabyte(write, read, monkeypatch):
    monkeypatch.setattr(text, "HEAD", 30)
    monkeypatch.setattr(text, "BLOCK", 30)
    path = write({"n": 1}, {"n": 2}, {"n": 2.5}, {"n": "x"}, {"n": 3})
    assert read(path, "n") == {"n": [1, 2, 2.5, None, 3]}
    assert read(path, "", "n") == {"n": ["1", "2", "2.5", "x", "3"]}


@pytest.fixture
def small_parts(monkeypatch):
    """Make what is looked at small: lines of the tests below have some 10 bytes."""
    for name, size in {"HEAD": 100, "BLOCK": 200, "SAMPLE": 64, "UNPACKED": 1 << 16}.items():
        monkeypatch.setattr(text, name, size)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("late", [1, 100, 300])
@pytest.mark.usefixtures("small_parts")
def test_columns_that_begin_after_the_first_megabyte(write, read, name, late):
    lines = [{"x": i, "in": {"a": i}, "e": None} for i in range(600 - late)]
    more = [{"x": i, "in": {"a": i, "b": i}, "e": 2.5, "y": i} for i in range(late)]
    path = write(*lines, *more, name=name)
    schema = open_logs(path).files[0].schema()
    assert list(schema) == ["x", "in", "e", "y"]
    assert (schema["e"], schema["y"]) == (pa.float64(), pa.int64())
    values = read(path, "in.b e y")
    nothing = [None] * len(lines)
    assert values == {
        "in.b": [*nothing, *range(late)], "y": [*nothing, *range(late)],
        "e": [*nothing, *[2.5] * late],
    }  # fmt: skip


@pytest.mark.usefixtures("small_parts")
def test_columns_in_the_middle_alone_are_seen_by_samples(write):
    # 3,000 lines of 9 bytes or more: samples begin every 2 kB or so, and `y` is there for 6 kB.
    lines = [{"x": 1, "y": 2} if 1000 <= i < 1400 else {"x": 1} for i in range(3000)]
    for name in ("a.jsonl", "a.jsonl.gz"):
        assert list(open_logs(write(*lines, name=name)).files[0].schema()) == ["x", "y"]


@pytest.mark.usefixtures("small_parts")
def test_types_of_the_first_megabyte_stay(write):
    path = write(*[{"x": 1}] * 100, *[{"x": "word"}] * 100)
    assert dict(open_logs(path).files[0].schema()) == {"x": pa.int64()}


@pytest.mark.usefixtures("small_parts")
def test_columns_that_begin_late_on_standard_input(write, monkeypatch):
    path = write(*[{"x": 1}] * 500, *[{"x": 1, "y": 2}] * 50)
    with path.open("rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        assert list(open_logs("-").files[0].schema()) == ["x", "y"]


@pytest.mark.usefixtures("small_parts")
def test_faults_in_samples_are_counted_by_the_reader(write, read):
    path = write(*[{"x": 1}] * 300, '{"x": ', "[1]", *[{"x": 1}] * 3)
    assert list(open_logs(path).files[0].schema()) == ["x"]
    assert lost(path) == [(2, 300)]
    cut = write(*[{"x": i} for i in range(3000)], name="b.jsonl.gz")
    cut.write_bytes(cut.read_bytes()[:-200])
    with pytest.raises(LogError, match=r"b\.jsonl\.gz: damaged gzip file"):
        read(cut, "x")


def test_not_a_number_and_words_of_the_user(write, read):
    path = write('{"x": NaN, "s": "?"}', '{"x": Infinity, "s": "a"}', '{"x": "-", "s": null}')
    assert read(path, "x", "s", null_values=["?", "-"]) == {
        "x": [None, float("inf"), None],
        "s": [None, "a", None],
    }


def test_types_are_those_of_the_first_lines(write):
    line = {
        "i": 1, "x": 1.5, "b": True, "s": "a", "e": None, "t": "2026-11-01T10:00:00Z",
        "d": "2026-11-01", "in": {"v": [1, 2]}, "big": 2**70,
    }  # fmt: skip
    assert dict(open_logs(write(line, {"i": 2})).files[0].schema()) == {
        "i": pa.int64(), "x": pa.float64(), "b": pa.bool_(), "s": pa.string(), "e": pa.null(),
        "t": pa.timestamp("us", "UTC"), "d": pa.date32(),
        "in": pa.struct([("v", pa.list_(pa.int64()))]), "big": pa.float64(),
    }  # fmt: skip


def test_times_are_numbers_and_their_text_is_a_label(write, read):
    path = write({"t": "1970-01-01T00:01:00Z"}, {"t": "1970-01-01 00:02:00.5+00:00"})
    assert read(path, "t") == {"t": [60.0, 120.5]}
    assert read(path, "", "t")["t"][0] == "1970-01-01T00:01:00Z"


def test_text_that_has_no_utf8_form(write, read):
    path = write('{"s": "\\ud800"}', '{"s": "caf\udce9"}')
    assert read(path, "", "s") == {"s": ["\\ud800", "caf\\udce9"]}


def test_what_lies_deep_is_no_harm_beside_a_feature(write, read):
    deep = '{"x": 2, "d": ' + "[" * 300 + "]" * 300 + "}"
    assert read(write({"x": 1}, deep), "x") == {"x": [1, 2]}


@pytest.mark.parametrize("opening", ["[", '{"d":'])
def test_5000_levels_are_refused(write, read, opening):
    closing = "]" if opening == "[" else "}"
    line = '{"x": 1, "d": ' + opening * 5000 + "1" + closing * 5000 + "}"
    with pytest.raises(LogError, match=r"\Aa.jsonl: line 1: nested too deep[^\n]*\Z"):
        read(write(line), "x")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['{"x": 1}', "oops"], "line 2: no JSON object"),
        (['{"x": 1}', '{"x": '], "line 2: no JSON object"),
        (['{"x": 1, 2}', '{"x": 2}'], "line 1: no JSON object"),
        (['{"x": 1}', "[1, 2]"], "line 2: a JSON list"),
        (["[[1, 2]]"], "one JSON array that holds no objects: write one object a line"),
        (["[1, 2]", "[3, 4]"], "one JSON array that holds no objects"),
        (["3"], "does not begin with {"),
    ],
)
def test_what_is_no_object_a_line_is_refused(write, read, lines, says):
    with pytest.raises(LogError, match=rf"\Aa.jsonl: [^\n]*{says}[^\n]*\Z"):
        read(write(*lines), "x")


def test_faults_behind_the_first_megabyte_are_counted(write, monkeypatch):
    monkeypatch.setattr(text, "HEAD", 100)
    monkeypatch.setattr(text, "BLOCK", 100)
    assert lost(write(*[{"x": 1}] * 150, "oops")) == [(1, 150)]


def lost(path):
    """Return how many records of each batch are no objects, and the number of the first."""
    batches = batches_of(path, Wanted(frozenset(["x"])))
    return [(b.undecoded, b.first_undecoded) for b in batches if b.undecoded]


GOOD = st.integers(-9, 9).map(lambda x: json.dumps({"x": x}))
TORN = st.sampled_from(['{"x": ', "oops", "[1]", "3}", '{"x": 1}{"x": 2}'])


@given(
    lines=st.lists(st.tuples(st.just(True), GOOD) | st.tuples(st.just(False), TORN), max_size=30),
    blanks=st.booleans(), block=st.integers(10, 200),
)  # fmt: skip
def test_lines_that_are_no_objects_are_counted_in_their_places(
    tmp_path_factory, lines, blanks, block
):
    path = tmp_path_factory.mktemp("logs") / "a.jsonl"
    lines = [*[(True, '{"x": 0}')] * (len(lines) + 1), *lines]  # most are objects
    path.write_text(("\n\n" if blanks else "\n").join(line for _, line in lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        batches = batches_of(path, Wanted(frozenset(["x"])))
    values = [v for b in batches for v in numbers(b.columns["x"]).values.tolist()]
    rows = [b.origin.row(i) for b in batches for i in range(b.rows)]
    good = [place for place, (whole, _) in enumerate(lines) if whole]
    bad = [place for place, (whole, _) in enumerate(lines) if not whole]
    assert values == [json.loads(lines[place][1])["x"] for place in good]
    assert rows == good
    assert sum(b.undecoded for b in batches) == len(bad)
    assert next((b.first_undecoded for b in batches if b.undecoded), None) == next(iter(bad), None)


def test_a_number_of_thousands_of_digits_is_told(write):
    with pytest.raises(LogError, match=r"a\.jsonl: line 1: a number is too long to be read"):
        open_logs(write('{"x": ' + "9" * 5000 + "}"))


@pytest.mark.parametrize("torn", [1, 30])
@pytest.mark.parametrize("nested", [False, True])
def test_torn_lines_gate_as_coverage(write, torn, nested):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=4_000), "n": rng.gamma(2, 5, 4_000)})
    known = skewcheck.fit(table)
    rows = table.iloc[:2_000].to_dict("records")
    lines = [json.dumps({"features": row} if nested else row) for row in rows]
    for place in range(torn):
        lines[-1 - 50 * place] = lines[-1 - 50 * place][:-9]
    path = write(*lines)
    if torn == 1:  # the last one: the server crashed
        audit = skewcheck.audit(known, path)
        assert (audit.exit_code, audit.logs.rows) == (0, 1_999)
        assert audit.coverage.losses[0].first == ("a.jsonl", 1_999)
    else:
        with pytest.raises(LogError, match=r"a\.jsonl: record 550 cannot be decoded, and 1\.5% of"):
            skewcheck.audit(known, path)
        assert skewcheck.audit(known, path, max_bad=0.02).logs.rows == 1_970
    if not nested:
        with pytest.raises(LogError, match=r"record [\d,]+ cannot be decoded: what others"):
            skewcheck.fit(path)


def test_rows_are_counted_without_any_wanted_column(write):
    parts = open_logs(write({"x": 1}, {"y": 1})).files[0].parts(Wanted(frozenset(["gone"])))
    assert [(b.rows, dict(b.columns)) for thunk in parts for b in thunk()] == [(2, {})]


def test_precision(write):
    parts = open_logs(write(*ROWS)).files[0].parts(Wanted(frozenset(["x", "n", "f[1]"])))
    (batch,) = [batch for thunk in parts for batch in thunk()]
    assert batch.digits == {"x": Digits(5, 3), "n": Digits(3, 0), "f[1]": Digits(1, 1)}


@pytest.mark.parametrize("cached", [64, 200, 1 << 20])
@pytest.mark.parametrize("order", ["x n s", "s n x", "n"])
def test_lines_longer_than_what_is_parsed_at_a_time(write, read, monkeypatch, cached, order):
    monkeypatch.setattr(jsonlines, "_CACHED", cached)
    rows = [{"x": i / 8, "n": i, "s": "y" * (150 * (i == 70))} for i in range(140)]
    found = read(write(*rows), order.replace("s", "").strip(), "s" if "s" in order else "")
    assert found == {name: [row[name] for row in rows] for name in order.split()}


@given(st.binary(max_size=300), st.sampled_from([b"\n", b"\0", b"a"]), st.integers(1, 40))
def test_places_of_a_character(data, character, compared):
    before = text.COMPARED
    text.COMPARED = compared
    try:
        found = text.places(data, character).tolist()
        counted = text.occurrences(data, character, len(data) // 2)
    finally:
        text.COMPARED = before
    assert found == [i for i, byte in enumerate(data) if byte == character[0]]
    assert counted == data[: len(data) // 2].count(character)
