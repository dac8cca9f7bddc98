"""`rows` and `check-rows` on the command line, with good answers, bad ones, and damaged files."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import Captured
from sklearn.decomposition import PCA

import skewcheck
from skewcheck.cli import main

DAMAGED = 300
"""Damaged files."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"fare": rng.gamma(2, 5, 300), "secret": rng.normal(987654, 1, 300)})
    skewcheck.save(skewcheck.capture(PCA(2).fit(frame), frame), folder / "p.json")
    assert main(["rows", str(folder / "p.json"), "-o", str(folder / "rows.jsonl")]) == 0
    return folder


def answered(place: Path, change: Callable[[dict[str, float]], object]) -> Path:
    path = place / "answers.jsonl"
    lines = map(json.loads, (place / "rows.jsonl").read_text().splitlines())
    answers = ({"id": row["id"], "output": change(row["expected"])} for row in lines)
    path.write_text("".join(f"{json.dumps(answer)}\n" for answer in answers))
    return path


def test_rows_are_lines_of_json(place: Path, capsys: Captured) -> None:
    assert main(["rows", str(place / "p.json")]) == 0
    out, err = capsys.readouterr()
    assert out == (place / "rows.jsonl").read_text()
    assert err == ""
    first = json.loads(out.splitlines()[0])
    assert [*first] == ["id", "input", "expected"]
    assert [*first["input"]] == ["fare", "secret"]


def test_right_answers_pass(place: Path, capsys: Captured) -> None:
    assert main(["check-rows", str(place / "p.json"), str(answered(place, lambda x: x))]) == 0
    assert capsys.readouterr().out.startswith("ok: all ")


def test_wrong_answers_fail_with_their_cause(place: Path, capsys: Captured) -> None:
    wrong = answered(place, lambda x: {"pca0": x["pca1"], "pca1": x["pca0"]})
    command = ["check-rows", str(place / "p.json"), str(wrong)]
    assert main(command) == 1
    out = capsys.readouterr().out
    assert out.startswith("SKEW: 2 of 2 outputs differ")
    assert "all rows were served with the values of pca1" in out
    assert main([*command, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["exit_code"]) == ("skew", 1)
    assert [o["causes"][0]["code"] for o in report["outputs"]] == ["swapped_features"] * 2
    assert report["outputs"][0]["wrong"] == [*range(report["rows"]["golden"])]
    assert main([*command, "--format", "junit", "-o", str(place / "out.xml")]) == 1
    suite = ET.parse(place / "out.xml").getroot()[0]  # noqa: S314  # written by skewcheck
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")


def test_no_value_is_shown_where_none_may_be(place: Path, capsys: Captured) -> None:
    wrong = answered(place, lambda x: {"pca0": 4711.5, "pca1": x["pca1"]})
    for name in ("terminal", "json", "junit"):
        command = ["check-rows", str(place / "p.json"), str(wrong), "--format", name]
        assert main(command) == 1
        assert "4711.5" in capsys.readouterr().out
        assert main([*command, "--no-values"]) == 1
        out = capsys.readouterr().out
        assert "4711.5" not in out
        assert "stuck" in out


def test_missing_lines_are_exit_code_3(place: Path, capsys: Captured) -> None:
    path = answered(place, lambda x: x)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[2:]))
    assert main(["check-rows", str(place / "p.json"), str(path)]) == 3
    assert "note: without an answer: rows 0, 1" in capsys.readouterr().out


def test_no_input_is_written_over(place: Path, capsys: Captured) -> None:
    path = answered(place, lambda x: x)
    assert main(["check-rows", str(place / "p.json"), str(path), "-o", str(path)]) == 2
    assert "is read by this command" in capsys.readouterr().err


def test_damaged_answers_are_one_line(place: Path, capsys: Captured) -> None:
    good, rng = answered(place, lambda x: x).read_bytes(), random.Random(8)  # noqa: S311  # damages files
    codes = set()
    for _ in range(DAMAGED):
        path = place / "damaged.jsonl"
        path.write_bytes(damaged(good, rng))
        codes.add(code := main(["check-rows", str(place / "p.json"), str(path)]))
        err = capsys.readouterr().err
        assert code in (0, 1, 2, 3)
        assert "internal error" not in err
        assert err.count("\n") == (code == 2)
    assert codes >= {0, 1, 2}


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return answers with bytes changed, cut out, put in, cut off, replaced, or lines moved."""
    i, lines = rng.randrange(len(content)), content.splitlines(keepends=True)
    junk = bytes(rng.choice(b'{}[]",:0eE-.n\x00\xff\n') for _ in range(rng.randrange(1, 8)))
    word = rng.choice([b'"id"', b'"output"', b'"pca1"', b"0.", b"{", b"-"])
    other = rng.choice([b"", b'"x"', b"null", b"NaN", b"[[", b"1e999", b"9" * 5000, b"true"])
    return rng.choice([
        content[:i] + bytes([rng.randrange(256)]) + content[i + 1 :],
        content[:i] + content[i + rng.randrange(200) :],
        content[:i] + junk + content[i:],
        content[:i],
        content.replace(word, other, rng.randrange(1, 50)),
        b"".join(rng.sample(lines, len(lines))),
        b"".join([*lines, rng.choice(lines)]),
        b"[" * rng.randrange(1, 100_000) + content,
        content.replace(b"\n", rng.choice([b"\r\n", b",", b" ", b"\n\n", b"\r"])),
        b"",
    ])  # fmt: skip
