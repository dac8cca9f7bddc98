"""Odd but valid input: a finding on that feature, and no other feature loses its result."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rides import ROWS, Captured, audited, frame, outcomes, refused

from skewcheck import api
from skewcheck.cli import main
from skewcheck.features.steps import Logarithm
from skewcheck.reports.words.reasons import reason

pytestmark = pytest.mark.usefixtures("folder")

N = ROWS
ODD: dict[str, tuple[object, str]] = {
    "NaN": (pa.array([float("nan")] * N), "nulls"),
    "infinities": (pa.array([float("inf"), float("-inf")] * (N // 2)), "nonfinite"),
    "huge": (pa.array([1e308, -1e308] * (N // 2)), "range"),
    "int64 beyond 2^53": (pa.array([2**53 + 1, 2**63 - 1] * (N // 2)), "range"),
    "uint64 beyond int64": (pa.array([2**64 - 1] * N, pa.uint64()), "range"),
    "decimal128": (pa.array([Decimal("12345678901234567890.12")] * N), "range"),
    "all nulls": (pa.nulls(N, pa.float64()), "nulls"),
    "the type of nothing": (pa.nulls(N), "nulls"),
    "text": (pa.array(["12 dollars"] * N), "type"),
    "mostly text": (pa.array(["12.5", "n/a", "x", "?"] * (N // 4)), "type"),
    "lists": (pa.array([[1.0]] * N), "type"),
    "binary": (pa.array([b"\x00\xff"] * N), "type"),
    "structs": (pa.array([{"a": 1}] * N), "type"),
    "constant": (pa.array([5.0] * N), "constant"),
    "float16": (pa.array(np.full(N, 6e4, np.float16)), "range"),
    "dictionary of text": (pa.array(["a", "b"] * (N // 2)).dictionary_encode(), "type"),
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_number_column_costs_no_other_feature(capsys: Captured, what: str) -> None:
    column, finding = ODD[what]
    table = pa.Table.from_pandas(frame(2), preserve_index=False).set_column(0, "fare", column)
    pq.write_table(table, "a.parquet")
    code, found = audited(capsys, "a.parquet")
    assert code == 1
    assert {name: feature["verdict"] for name, feature in found.items()} == {
        "fare": "skew", "count": "ok", "pay": "ok",
    }  # fmt: skip
    assert outcomes(found["fare"])[finding] == "skew"


ODD_LEVELS: dict[str, tuple[object, str]] = {
    "numbers": (pa.array(np.arange(N) * 1.5), "unseen"),
    "integers": (pa.array([0, 1] * (N // 2)), "unseen"),
    "nothing": (pa.nulls(N, pa.string()), "nulls"),
    "lists": (pa.array([["Cash"]] * N), "type"),
    "one": (pa.array(["Cash"] * N), "constant"),
    "markup": (pa.array(["[red]x[/red]", "[/]", "[bold"] * N)[:N], "unseen"),
    "control": (pa.array(["\x1b[2J\x1b]0;t\x07", "\r\n\t\x00", "\x9b31m"] * N)[:N], "unseen"),
    "bidi": (pa.array(["\u202egnp.exe", "\u2066x", "\u200b"] * N)[:N], "unseen"),
    "emoji": (pa.array(["👩‍👩‍👧", "\U0001f1e9\U0001f1ea"] * N)[:N], "unseen"),
    "long": (pa.array(["x" * 10_000, "é" * 10_000] * (N // 2)), "unseen"),
    "identifiers": (pa.array([f"u{i}" for i in range(N)]), "unseen"),
}


@pytest.mark.parametrize("what", ODD_LEVELS)
def test_an_odd_category_costs_no_other_feature(capsys: Captured, what: str) -> None:
    column, finding = ODD_LEVELS[what]
    table = pa.Table.from_pandas(frame(2), preserve_index=False).set_column(2, "pay", column)
    pq.write_table(table, "a.parquet")
    code, found = audited(capsys, "a.parquet")
    assert code == 1
    assert {name: feature["verdict"] for name, feature in found.items()} == {
        "fare": "ok", "count": "ok", "pay": "skew",
    }  # fmt: skip
    assert outcomes(found["pay"])[finding] == "skew"


def test_bytes_that_are_no_text(capsys: Captured) -> None:
    content = Path("good.csv").read_bytes().replace(b"Cash", b"C\xffsh\xfe")
    Path("a.csv").write_bytes(content)
    code, found = audited(capsys, "a.csv")
    assert (code, found["pay"]["verdict"], found["fare"]["verdict"]) == (1, "skew", "ok")


def test_a_missing_and_an_additional_column(capsys: Captured) -> None:
    frame(2).drop(columns="fare").assign(other=1).to_parquet("a.parquet")
    code, found = audited(capsys, "a.parquet")
    assert (code, found["fare"]["verdict"], found["pay"]["verdict"]) == (1, "skew", "ok")
    assert outcomes(found["fare"]) == {"missing": "skew"}


NAMES = [
    "[red]fare[/red]", "[/]", "[link=file:///x]a", "\x1b[31mfare\x1b[0m", "\x1b]0;title\x07",
    "two\nlines", "tab\tcr\r", "nul\x00", "\x9b2J", "👩‍👩‍👧 emoji", "x" * 10_000,
    "\u202egnp", "\u2066iso", "a.b", "a[3]", "{feature}", "*", "it's", '"quoted"', " ", "é\u0301",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
@pytest.mark.parametrize("shift", [0, 20])
def test_columns_of_any_name(capsys: Captured, name: str, shift: int) -> None:
    frame().rename(columns={"fare": name}).to_parquet("train.parquet")
    frame(2).assign(fare=lambda f: f["fare"] + shift).rename(columns={"fare": name}).to_parquet(
        "a.parquet"
    )
    assert main(["fit", "train.parquet", "-o", "p.json"]) == 0
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 4)  # a head, and a line per feature
    assert not [c for c in err if c != "\n" and not c.isprintable()]
    code, found = audited(capsys, "a.parquet")
    assert code == int(shift > 0)
    assert list(found) == [name, "count", "pay"]
    assert [f["verdict"] for f in found.values()] == ["skew" if shift else "ok", "ok", "ok"]
    assert main(["show", "p.json"]) == 0
    out = capsys.readouterr().out
    assert not [c for c in out if c != "\n" and not c.isprintable()]
    assert main(["apply", "p.json", "a.parquet", "-o", "out.parquet"]) == 0
    assert set(pq.read_schema("out.parquet").names) == {name, "count", "pay"}


def test_a_name_in_an_error_is_no_terminal_control(capsys: Captured) -> None:
    name = "\x1b[2J\n[red]\u202e"
    frame().rename(columns={"fare": name}).to_parquet("a\x1b[31m.parquet")
    line = refused(capsys, "fit", "a\x1b[31m.parquet", "--features", "nothing")
    assert "\\x1b[2J" in line
    step = {"op": "zscore", "mean": 0, "std": 0}
    Path("bad.json").write_text(json.dumps({"features": {name: {"steps": [step]}}}))
    assert "std: must be > 0" in refused(capsys, "show", "bad.json")


def test_a_log_of_which_the_normalization_leaves_nothing() -> None:
    """Of negative values no logarithm is left: a finding, not the loss of the report."""
    train = pd.DataFrame({"a": np.random.default_rng(0).lognormal(0, 1, 3000)})
    known = api.fit(train)
    known = replace(known, features=(replace(known["a"], steps=(Logarithm(),)),))
    tests = {test.name: test for test in api.audit(known, -train).features[0].tests}
    assert tests["ks"].verdict == "skew"
    assert reason(tests["wasserstein"]) == "the training normalization gives no finite value"
