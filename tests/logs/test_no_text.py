"""Bytes that are no text are never read as CSV or JSON Lines; text of any encoding is."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.logs import Wanted, open_logs
from skewcheck.logs.text import refuse_binary
from skewcheck.text.errors import LogError

ROWS = b"x,y\n" + b"1,2\n" * 200


def _read(path: Path) -> int:
    return sum(batch.rows for batch in open_logs(path).batches(Wanted(frozenset("x"))))


def _random(size: int) -> bytes:
    """Return bytes without NUL, of which text logs have a message of their own."""
    return np.random.default_rng(3).integers(1, 256, size).astype(np.uint8).tobytes()


BINARY: dict[str, Callable[[], bytes]] = {
    "bytes at random": lambda: _random(5000),
    "a few bytes": lambda: _random(40),
    "a protocol buffer": lambda: b'"\x15\n\x04hive"\x03age*\x03age2\x03int' * 9,
    "lines of control characters": lambda: b"abc\n\x02\x03\x04\x05def\n" * 20,
    "packed behind text": lambda: b"x,y\n" + _random(3000),
    "a pickle of protocol 1": lambda: pickle.dumps(["age"] * 30, protocol=1),
    "floats": lambda: struct.pack("<200d", *np.random.default_rng(4).normal(size=200)),
}


@pytest.mark.parametrize("what", BINARY)
@pytest.mark.parametrize("name", ["z.csv", "z", "z.csv.meta"])
def test_binary_files_are_refused_by_name(tmp_path: Path, what: str, name: str) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS)
    (tmp_path / name).write_bytes(BINARY[what]())
    with pytest.raises(LogError, match=rf"\A{name}: [^\n]*(neither text|NUL byte)[^\n]*\Z"):
        open_logs(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        b"x,s\n" + b"1,caf\xe9\n" * 200,
        "x,s\n1,“quoted” – €\n".encode("cp1252") * 1 + b"2,b\n" * 9,
        b"x,s\n" + "1,Москва\n".encode("koi8-r") * 200,
        b"x,s\n" + "1,東京\n".encode("shift-jis") * 200,
        b"x,s\n1,\x1b[31mred\x1b[0m\n2,b\n",
        b"x,s\n1,a\n2,b\n\x1a",
        b"x,s\n" + b"1,abc\n" * 200 + b"2,a\x01b\n",
        b"x,s\n" + "1,é\n".encode() * 200,
    ],
)
def test_text_of_any_encoding_is_read(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(text.removesuffix(b"\x1a"))
    rows = text.removesuffix(b"\x1a").count(b"\n") - 1
    assert _read(tmp_path / "a.csv") == rows
    refuse_binary(text, "a.csv")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.integers(0, 3))
def test_the_end_of_what_is_looked_at_may_cut_a_character(text: str, cut: int) -> None:
    data = b"x" + text.encode() + b"\n" + b"rows, " * 100 + b"\x01" + "é€".encode()
    refuse_binary(data[: len(data) - cut], "a")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_is_refused_with_what_to_do(tmp_path: Path, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding.endswith("be") else b"\xff\xfe" * encoding.endswith("le")
    for text in ("x,y\n1,2\n", '{"x": 1}\n'):
        (tmp_path / "a.log").write_bytes(mark + text.encode(encoding))
        with pytest.raises(LogError, match=r"\Aa\.log: is UTF-16 text: save it as UTF-8\Z"):
            open_logs(tmp_path)
