"""Logs of older encodings are read: what no feature needs may be text that is no UTF-8."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import skewcheck
from skewcheck.cli import main
from skewcheck.logs.arrays.python import pylist

RNG = np.random.default_rng(0)
TRAINING = pd.DataFrame({"age": RNG.integers(18, 90, 5_000), "fare": RNG.gamma(2.5, 9, 5_000)})
KNOWN = skewcheck.fit(TRAINING)


def log_of(letter: str, *, factor: float = 1.0) -> pd.DataFrame:
    """Return a log with both sides, and a column of text beside them."""
    raw = TRAINING.iloc[:1_500].reset_index(drop=True)
    served = pd.DataFrame(KNOWN.transform(raw)).add_suffix("_norm")
    served["fare_norm"] *= factor
    city = pd.Series([f"Orl{letter}ans"] * len(raw), name="city")
    return pd.concat([city, raw, served], axis=1)


@pytest.mark.parametrize(("encoding", "letter"), [("latin-1", "é"), ("cp1252", "€"), ("gbk", "京")])
@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_a_letter_changes_nothing(
    encoding: str, letter: str, factor: float, tmp_path: Path
) -> None:
    log = tmp_path / "a.csv"
    log_of(letter, factor=factor).to_csv(log, index=False, encoding=encoding)
    audit = skewcheck.audit(KNOWN, log)
    assert audit.logs.mode == "paired"
    assert audit.exit_code == (factor != 1)


def test_init_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, parameters = tmp_path / "a.csv", tmp_path / "p.json"
    log_of("é").to_csv(log, index=False, encoding="latin-1")
    skewcheck.save(KNOWN, parameters)
    assert main(["init", str(parameters), str(log), "-o", str(tmp_path / "s.toml")]) == 0
    assert "internal" not in capsys.readouterr().err


@settings(max_examples=15)
@given(garbage=st.binary(min_size=1, max_size=6).map(lambda b: bytes(x | 0x80 for x in b)))
def test_records_in_text_may_hold_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    table = log_of("e")
    served = ["age_norm", "fare_norm"]
    cells = [
        json.dumps({**dict(zip(served, row, strict=True)), "city": "Orl?ans"}).replace('"', '""')
        for row in table[served].to_numpy().tolist()
    ]
    lines = [
        f'{age},{fare},"{cell}"\n'
        for age, fare, cell in zip(table["age"], table["fare"], cells, strict=True)
    ]
    text = ("age,fare,model_input\n" + "".join(lines)).encode().replace(b"?", garbage)
    (folder / "a.csv").write_bytes(text)
    audit = skewcheck.audit(KNOWN, folder / "a.csv")
    assert (audit.logs.mode, audit.exit_code) == ("paired", 0)


def _undecoded(raw: list[bytes | None]) -> pa.Array:
    """Return bytes as an array of text, as readers that check nothing do."""
    array = pa.array(raw, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(array), array.buffers())


@given(raw=st.lists(st.none() | st.binary(max_size=4), min_size=1, max_size=5))
def test_values_at_any_depth_are_as_python_has_them(raw: list[bytes | None]) -> None:
    texts = _undecoded(raw)
    expected = [None if item is None else item.decode("utf-8", "replace") for item in raw]
    numbers = pa.array(range(len(raw)))
    assert pylist(texts) == expected
    assert pylist(texts.dictionary_encode()) == expected
    assert pylist(pa.chunked_array([texts, texts])) == expected * 2
    records = pa.StructArray.from_arrays([texts, numbers], names=["a", "b"])
    assert pylist(records) == [{"a": text, "b": i} for i, text in enumerate(expected)]
    lists = pa.ListArray.from_arrays([0, len(raw), len(raw)], records)
    assert pylist(lists) == [pylist(records), []]
    maps = pa.MapArray.from_arrays([0, len(raw)], numbers, texts)
    assert pylist(maps) == [list(enumerate(expected))]


def test_joined_files_may_hold_any_letters(tmp_path: Path) -> None:
    table = log_of("é").assign(id=range(1_500))
    for name, columns in (("raw", ["age", "fare"]), ("served", ["age_norm", "fare_norm"])):
        part = table[["id", "city", *columns]]
        part.to_csv(tmp_path / f"{name}.csv", index=False, encoding="latin-1")
    files = [tmp_path / "raw.csv", tmp_path / "served.csv"]
    audit = skewcheck.audit(KNOWN, files, join="id")
    assert (audit.logs.mode, audit.exit_code) == ("paired", 0)
