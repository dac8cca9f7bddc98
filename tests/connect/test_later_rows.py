"""Keys of records that begin late, in later files, or that only some files have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from layout_servers import NAMES, parameters, rows, skewed, write_lines

import skewcheck
from skewcheck.text.errors import SkewcheckError


def _records(number: int, without: int, wrong: bool = True) -> list[dict[str, Any]]:
    """Return records of which the first have neither side of `fare`."""
    pairs = rows(3, number, wrong)
    for raw, served in pairs[:without]:
        del raw["fare"], served["fare"]
    return [{"in": raw, "norm": served} for raw, served in pairs]


def _json_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    return write_lines(path / "log.jsonl", [{"log": json.dumps(record)} for record in records])


def _words(path: Path, records: list[dict[str, Any]]) -> Path:
    log = path / "log.log"
    log.write_text("".join(f"10:00 INFO sent {json.dumps(record)}\n" for record in records))
    return log


def _parquet(path: Path, records: list[dict[str, Any]]) -> Path:
    table = pa.table({"log": [json.dumps(record) for record in records]})
    pq.write_table(table, path / "log.parquet", row_group_size=7000)
    return path / "log.parquet"


def _one_row_group(path: Path, records: list[dict[str, Any]]) -> Path:
    table = pa.table({"log": [json.dumps(record) for record in records]})
    pq.write_table(table, path / "log.parquet")
    return path / "log.parquet"


@pytest.mark.parametrize("write", [_json_lines, _words, _parquet, _one_row_group])
def test_a_feature_that_begins_late(
    write: Callable[[Path, list[dict[str, Any]]], Path], tmp_path: Path
) -> None:
    audit = skewcheck.audit(parameters(), write(tmp_path, _records(60_000, 50_000)))
    assert {f.name for f in audit.features} == set(NAMES)
    assert skewed(audit) == {"fare"}
    fare = next(f for f in audit.features if f.name == "fare")
    assert fare.rows - fare.nulls == 10_000


def test_a_feature_that_begins_in_the_second_file(tmp_path: Path) -> None:
    records = _records(9000, 6000)
    for place in range(3):
        lines = [{"log": json.dumps(r)} for r in records[3000 * place : 3000 * (place + 1)]]
        write_lines(tmp_path / f"{place}.jsonl", lines)
    audit = skewcheck.audit(parameters(), tmp_path)
    assert skewed(audit) == {"fare"}
    fare = next(f for f in audit.features if f.name == "fare")
    assert fare.rows - fare.nulls == 3000


def test_files_of_other_layouts_and_empty_ones(tmp_path: Path) -> None:
    records = _records(1000, 0, wrong=False)
    write_lines(tmp_path / "0.jsonl", [{"log": json.dumps(record)} for record in records])
    (tmp_path / "1.jsonl").write_text("")
    write_lines(tmp_path / "2.jsonl", [{"message": "no record"}] * 400)
    audit = skewcheck.audit(parameters(), tmp_path)
    assert audit.exit_code != 0  # rows without a value of any feature
    assert audit.coverage is not None
    assert (audit.coverage.parsed, audit.coverage.audited) == (1400, 1000)
    assert {loss.code: loss.rows for loss in audit.coverage.losses} == {"featureless": 400}


def test_a_file_whose_text_cannot_be_decoded(tmp_path: Path) -> None:
    records = _records(1000, 0, wrong=False)
    write_lines(tmp_path / "0.jsonl", [{"log": json.dumps(record)} for record in records])
    write_lines(tmp_path / "1.jsonl", [{"log": '{"in": {"age'}] * 400)
    with pytest.raises(SkewcheckError) as raised:
        skewcheck.audit(parameters(), tmp_path)
    assert "\n" not in str(raised.value)


def test_words_beside_the_record_of_the_other_side(tmp_path: Path) -> None:
    pairs = rows(3, 1000)
    lines = [
        {"in": json.dumps(raw), "norm": "timeout" if place % 4 == 3 else json.dumps(served)}
        for place, (raw, served) in enumerate(pairs)
    ]
    audit = skewcheck.audit(parameters(), write_lines(tmp_path / "log.jsonl", lines), max_bad=1.0)
    assert audit.exit_code == 1
    assert audit.coverage is not None
    assert [(loss.code, loss.rows) for loss in audit.coverage.losses] == [("undecoded", 250)]
    assert audit.coverage.losses[0].first == ("log.jsonl", 3)


def test_lists_that_cannot_be_paired(tmp_path: Path) -> None:
    pairs = rows(3, 1200)
    lines = []
    for start in range(0, 1200, 4):
        raw, served = zip(*pairs[start : start + 4], strict=True)
        lines.append({"in": raw, "norm": served[: 3 if start % 40 == 36 else 4]})
    audit = skewcheck.audit(parameters(), write_lines(tmp_path / "log.jsonl", lines), max_bad=1.0)
    assert audit.exit_code != 0
    assert audit.coverage is not None
    assert [(loss.code, loss.rows) for loss in audit.coverage.losses] == [("undecoded", 30)]
    assert audit.coverage.share == 0.1  # of the rows: the others have four each
    assert audit.coverage.losses[0].first == ("log.jsonl", 9)
