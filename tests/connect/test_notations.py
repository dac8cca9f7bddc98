"""Logs whose records are typed, printed by some language, or parted by other signs than commas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from connect.worlds import lines, records, rides, served, skewed

from skewcheck.logs.shape.codecs import CODECS

RAW = rides(3)
Row = Mapping[str, float]
Write = Callable[[Row, Row], object]


def typed(value: object, number: str, listed: str, mapped: str) -> object:
    """Return a value inside of the names of its types."""
    if isinstance(value, Mapping):
        return {mapped: {k: typed(v, number, listed, mapped) for k, v in value.items()}}
    if isinstance(value, list):
        return {listed: [typed(item, number, listed, mapped) for item in value]}
    return {number: str(value) if number.startswith(("N", "$")) else value}


def mapped(row: Row, item: str, between: str) -> str:
    return between.join(item.format(k, v) for k, v in row.items())


def pair_list(row: Row) -> list[object]:
    return [{"key": k, "value": {"doubleValue": v}} for k, v in row.items()]


def printed(item: str, between: str, around: str) -> Write:
    """Return what writes both sides as maps in text."""
    return lambda raw, fed: {
        "raw": around.format(mapped(raw, item, between)),
        "scaled": around.format(mapped(fed, item, between)),
    }


def vector(text: str, between: str = ", ") -> Write:
    """Return what writes the served side as text."""
    return lambda raw, fed: {**raw, "x": text.format(between.join(map(str, fed.values())))}


NOTATIONS: dict[str, Write] = {
    "DynamoDB": lambda raw, fed: {
        "Item": {k: typed(v, "N", "L", "M") for k, v in {"f": raw, "scaled": fed}.items()}
    },
    "MongoDB": lambda raw, fed: {
        "_id": {"$oid": "6" * 24},
        "f": {k: {"$numberDouble": str(v)} for k, v in raw.items()},
        "x": [{"$numberDouble": str(v)} for v in fed.values()],
    },
    "Protocol Buffers": lambda raw, fed: {
        "f": {"fields": {k: {"numberValue": v} for k, v in raw.items()}},
        "x": {"listValue": {"values": [{"numberValue": v} for v in fed.values()]}},
    },
    "Avro": lambda raw, fed: {
        **{k: {"double": v} for k, v in raw.items()}, "x": {"array": [*fed.values()]}
    },
    "OpenTelemetry": lambda raw, fed: {
        "body": {"stringValue": "prediction"},
        "attributes": [
            *pair_list(raw),
            {"key": "x", "value": {"arrayValue": {
                "values": [{"doubleValue": v} for v in fed.values()]}}},
        ],
    },
    "tf.Example": lambda raw, fed: {
        side: {"feature": {k: {"floatList": {"value": [v]}} for k, v in row.items()}}
        for side, row in (("example", raw), ("scaled", fed))
    },
    "Java": printed("{}={}", ", ", "{{{}}}"),
    "Ruby": printed('"{}"=>{}', ", ", "{{{}}}"),
    "hstore": printed('"{}"=>"{}"', ", ", "{}"),
    "Go": printed("{}:{}", " ", "map[{}]"),
    "Scala": printed("{} -> {}", ", ", "Map({})"),
    "Rust": printed("{}: {}", ", ", "Ride {{ {} }}"),
    "dataclass": printed("{}={}", ", ", "Ride({})"),
    "query strings": lambda raw, fed: {"url": f"/predict?{urlencode(raw)}", "scaled": fed},
    "forms": lambda raw, fed: {"body": urlencode(raw), "scaled": fed},
    "access log": lambda raw, fed: (
        f'10.0.0.1 - - [20/Nov/2026:10:00:00] "GET /p?{urlencode(raw)}&'
        f'{urlencode({f"{k}_norm": v for k, v in fed.items()})} HTTP/1.1" 200 31 "-" "curl/8"'
    ),
    "maps in a line": lambda raw, fed: (
        f"2026-11-20 INFO [main] features={{{mapped(raw, '{}={}', ', ')}}} x={[*fed.values()]}"
    ),
    "structured syslog": lambda raw, fed: (
        "<165>1 2026-11-20T10:00:00Z h app 1 ID [f@1 " + mapped(raw, '{}="{}"', " ")
        + "][s@1 " + mapped(fed, '{}_norm="{}"', " ") + "] predicted"
    ),
    "PostgreSQL array": vector("{{{}}}", ","),
    "PyTorch": vector("tensor([[{}]], dtype=torch.float64, device='cuda:0')"),
    "Spark": vector("DenseVector([{}])"),
    "white space": vector("{}", " "),
    "semicolons": vector("{}", ";"),
    "pipes": vector("{}", "|"),
    "names beside values": lambda raw, fed: {
        "feature_names": [*raw][::-1], "feature_values": [*raw.values()][::-1],
        "x": [*fed.values()],
    },
    "pairs of both sides": lambda raw, fed: {
        "features": [{"name": k, "value": raw[k], "transformed": fed[k]} for k in raw]
    },
}  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS)
def test_notation(tmp_path: Path, notation: str) -> None:
    for wrong in (False, True):
        fed = records(served(RAW, wrong=wrong))
        rows = [NOTATIONS[notation](raw, s) for raw, s in zip(records(RAW), fed, strict=True)]
        log = lines(tmp_path / f"{wrong}.log", rows)
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


def test_a_long_file_whose_records_are_taken_as_a_whole(tmp_path: Path) -> None:
    # Types are told by samples from all over a file that is longer than its beginning.
    pairs = zip(records(RAW), records(served(RAW)), strict=True)
    rows = [
        {"note": "x" * 8_000, **{k: {"double": v} for k, v in raw.items()}, "x": [*fed.values()]}
        for raw, fed in pairs
    ]
    assert skewed(lines(tmp_path / "log.jsonl", rows)) == (0, "paired", [])


def test_a_table_with_served_rows_beside_it(tmp_path: Path) -> None:
    for wrong in (False, True):
        fed = served(RAW, wrong=wrong).to_numpy().tolist()
        table = {"columns": [*RAW], "data": RAW.to_numpy().tolist(), "model_input": fed}
        log = tmp_path / f"{wrong}.json"
        log.write_text(json.dumps(table))
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


def test_one_line_in_twenty_holds_a_record(tmp_path: Path) -> None:
    rows: list[object] = []
    for raw, fed in zip(records(RAW), records(served(RAW, wrong=True)), strict=True):
        rows += ["2026-11-20 INFO health, all is well"] * 9
        rows.append(f"2026-11-20 INFO {json.dumps({'raw': raw, 'scaled': fed})}")
    assert skewed(lines(tmp_path / "log.txt", rows)) == (1, "paired", ["fare"])


@pytest.mark.parametrize(
    ("codec", "text", "held"),
    [
        ("printed", "{a=22, b={c=new york, d=[1, 2]}, e=null}",
         {"a": 22, "b": {"c": "new york", "d": [1, 2]}, "e": None}),
        ("printed", "map[a:map[b:1 c:x] d:3]", {"a": {"b": 1, "c": "x"}, "d": 3}),
        ("printed", "List(1.0, -2e3)", [1.0, -2000.0]),
        ("logfmt", "INFO a={b=1, c=2} d=3 e=\"f g\"", {"a": "{b=1, c=2}", "d": "3", "e": "f g"}),
        ("query", '"GET /p?a=1&b=x+y%21 HTTP/1.1"', {"a": "1", "b": "x y!"}),
        ("numbers", "[1; 2; nan]", pytest.approx([1.0, 2.0, float("nan")], nan_ok=True)),
        ("typed", {"a": {"N": "1"}, "b": {"L": [{"S": "x"}, {"NULL": True}]}},
         {"a": 1, "b": ["x", None]}),
    ],
)  # fmt: skip
def test_codec(codec: str, text: object, held: object) -> None:
    assert CODECS[codec](text) == held


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        *(("printed", text) for text in (
            "hello", "Hello (world) x", "{a=1", "{a=1}}", "{a=1, a=2}", "{A:22 B:7}", "[" * 100,
            "Some(22)", "[INFO] x",
        )),
        ("query", "a=1"), ("query", "a=1&a=2"), ("numbers", "2026-11-20 10:00"), ("numbers", "1"),
        ("typed", {"a": 1}), ("typed", {"int": "x"}), ("typed", {"S": "x"}),
    ],
)  # fmt: skip
def test_codec_refuses(codec: str, text: object) -> None:
    with pytest.raises(ValueError):
        CODECS[codec](text)


@pytest.mark.parametrize("codec", ["printed", "logfmt", "query", "numbers"])
@pytest.mark.parametrize(
    "text",
    ["a={" * 100_000, "a=(" + "x" * 300_000, "a" * 300_000, "1 " * 150_000 + "x", "1" + " " * 50_000
     + "x", '"' * 100_000, "{a" * 100_000],
)  # fmt: skip
def test_long_texts_are_passed_over_in_linear_time(codec: str, text: str) -> None:
    with pytest.raises(ValueError):
        CODECS[codec](text)
