"""JSON arrays, and objects over several lines or next to each other: rows as of JSON Lines."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.logs import Wanted, documents, open_logs, text
from skewcheck.logs.documents import Documents
from skewcheck.text.errors import LogError

ROWS = [
    {"x": i, "s": f'a "{i}" ]}}{{[ \\', "in": {"a": [{"b": i / 8}], "c": i}} for i in range(700)
]
Spelled = Callable[[list[dict[str, object]]], str]
SPELLINGS: dict[str, Spelled] = {
    "an array": json.dumps,
    "an array without blanks": lambda rows: json.dumps(rows, separators=(",", ":")),
    "an indented array": lambda rows: json.dumps(rows, indent=2) + "\n\n",
    "an array, an object a line": lambda rows: "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n",
    "indented objects": lambda rows: "\n".join(json.dumps(row, indent=4) for row in rows),
    "objects next to each other": lambda rows: "".join(map(json.dumps, rows)),
    "objects in one line": lambda rows: " ".join(map(json.dumps, rows)) + "\n",
    "record separators": lambda rows: "".join(f"\x1e{json.dumps(row)}\n" for row in rows),
    "old line ends": lambda rows: "\r\n".join(json.dumps(r, indent=1) for r in rows).replace(
        "\n", "\r\n"
    ),
    "a byte order mark": lambda rows: "\ufeff" + json.dumps(rows),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("chunk", [64, 1000, 1 << 20])
def test_every_spelling_gives_the_rows_in_order(
    tmp_path: Path, read, monkeypatch, spelling: str, chunk: int
) -> None:
    monkeypatch.setattr(documents, "_CHUNK", chunk)
    monkeypatch.setattr(text, "HEAD", 1 << 12)
    monkeypatch.setattr(text, "BLOCK", 1 << 13)
    path = tmp_path / "a.json"
    content = SPELLINGS[spelling](ROWS).encode()
    path.write_bytes(gzip.compress(content) if chunk == 1000 else content)
    found = read(path, "x in.c in.a[0].b", "s")
    assert found == {
        "x": list(range(700)), "in.c": list(range(700)), "s": [row["s"] for row in ROWS],
        "in.a[0].b": [i / 8 for i in range(700)],
    }  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), max_size=5),
    indent=st.sampled_from([None, 0, 2]),
    plain=st.booleans(),
    between=st.sampled_from(["", " ", "\n", "\r\n", "\x1e", "\n\x1e"]),
    array=st.booleans(),
    chunk=st.integers(1, 40),
)
def test_objects_come_out_as_they_went_in(
    tmp_path_factory, rows, indent, plain, between, array, chunk
) -> None:
    spelled = [json.dumps(row, indent=indent, ensure_ascii=plain) for row in rows]
    whole = f"[{','.join(spelled)}]" if array else between.join(spelled)
    stream = io.BytesIO(whole.encode("utf-8", "surrogatepass"))
    lines = documents._Lines(stream, "a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_CHUNK", chunk)
        found = io.BufferedReader(lines).read().split(b"\n")
    assert found.pop() == b""
    assert [json.loads(line) for line in found] == rows


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"x": 1}, {"x": 2}', "object 3: the file ends within it, or within the array"),
        ('[{"x": 1}, {"x": 2', "object 2: the file ends within it"),
        ('[{"x": 1}, {"x": "2', "object 2: the file ends within it"),
        ('[{"x": 1}, 2]', "object 2: no JSON object"),
        ('[{"x": 1}, [2]]', "object 2: is a list"),
        ('[{"x": 1} {"x": 2}]', "object 2: a comma before it is missing"),
        ('[{"x": 1},, {"x": 2}]', "object 2: [^\n]*damaged|object 2: no JSON"),
        ('[{"x": 1}] {"x": 2}', "text behind the end of its JSON array"),
        ('[{"x": 1}]\n[{"x": 2}]\n', "text behind the end of its JSON array"),
        ('{"x": 1}{"x": 2} oops', "object 3: no JSON object"),
        ('{"x": 1}, {"x": 2}', "object 2: a comma before it is missing, or too many"),
        ('{"x": 1}{"x": 2', "object 2: the file ends within it"),
        ('{"x": 1} {"x": 2]}', "object 3: begins with a bracket that closes"),
        ('{"x": 1} {"x": oops}', "object 2: no JSON object"),
        ('{"x": 1} ] {"x": 2}', "object 2: begins with a bracket that closes"),
        ('{\n"x": 1}\n{"x": \0 2}', "object [12]: a NUL byte"),
        ("{\n", "object 1: the file ends within it"),
    ],
)
def test_damage_is_told_by_object(tmp_path: Path, read, content: str, says: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(LogError, match=rf"\Aa\.json: {says}[^\n]*\Z"):
        read(tmp_path / "a.json", "x")


def test_an_array_of_nothing_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(" [\n]\n")
    (file,) = open_logs(tmp_path).files
    assert [b.rows for part in file.parts(Wanted()) for b in part()] == []


def test_one_object_is_one_row(tmp_path: Path, read) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"x": 3, "y": [1, 2]}, indent=2))
    assert read(tmp_path / "a.json", "x y[1]") == {"x": [3], "y[1]": [2]}


def test_an_object_longer_than_what_is_looked_at(tmp_path: Path, read, monkeypatch) -> None:
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    for begins in ("{", '{"more": ['):
        more = begins.removeprefix("{") or '"more": ['
        row = f'{begins[0]}{more}\n{", ".join(["1"] * 5000)}],\n"x": 4}}\n'
        (tmp_path / "a.json").write_text(row + '{"x": 5}\n')
        assert read(tmp_path / "a.json", "x") == {"x": [4, 5]}


def test_an_object_without_an_end_is_bounded(tmp_path: Path, read, monkeypatch) -> None:
    monkeypatch.setattr(text, "LONGEST", 1 << 16)
    monkeypatch.setattr(documents, "_CHUNK", 1 << 10)
    (tmp_path / "a.json").write_text('[{"x": "' + "a" * (1 << 20))
    with pytest.raises(LogError, match=r"\Aa\.json: object 1: is longer than \d+ MB: no log\Z"):
        read(tmp_path / "a.json", "x")


def test_a_document_on_standard_input(monkeypatch, read) -> None:
    class Stdin:
        buffer = io.BytesIO(b'[{"x": 1}, {"x": 2}]')

    monkeypatch.setattr("sys.stdin", Stdin)
    assert read("-", "x") == {"x": [1, 2]}


def test_lines_of_json_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"x": 1}\n{"x": 2}\n')
    (file,) = open_logs(tmp_path).files
    assert not isinstance(file.contents.read.args[0], Documents)
