"""Raw and served values of the same request in two logs, or in two kinds of records of one."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from joined_logs import (
    IDS,
    KNOWN,
    RAW,
    RIGHT,
    ROWS,
    WRONG,
    audit,
    kinds,
    lines,
    losses,
    told,
    two,
    write,
)

import skewcheck
from skewcheck.text.errors import UsageError


@pytest.mark.parametrize(
    ("first", "second"),
    [("raw.jsonl", "served.jsonl"), ("raw.parquet", "served.jsonl"), ("raw.csv", "served.parquet"),
     ("a_served.csv", "z_raw.csv")],
)  # fmt: skip
@pytest.mark.parametrize("values", [RIGHT, WRONG], ids=["right", "wrong"])
def test_two_logs_are_as_one(tmp_path: Path, first: str, second: str, values: pd.DataFrame) -> None:
    swapped = first.startswith("a_")
    raw, other = (second, first) if swapped else (first, second)
    result = audit(two(tmp_path, values, first=raw, second=other))
    size = sum((tmp_path / name).stat().st_size for name in (raw, other))
    assert (result.account.files, result.account.size) == (2, size)
    verdict = "ok" if values is RIGHT else "skew"
    assert (result.verdict.value, losses(result)) == (verdict, {})
    assert result.coverage is not None
    assert (result.coverage.parsed, result.coverage.joined) == (2 * ROWS, ROWS)
    codes = {cause.code for feature in result.features for cause in feature.causes}
    assert codes == (set() if values is RIGHT else {"unit_change"})
    if not swapped:
        path = tmp_path / "both.parquet"
        write(RAW.join(values.add_suffix("_norm")), path)
        if Path(first).suffix == Path(second).suffix == ".parquet":
            assert told(result) == told(skewcheck.audit(KNOWN, path, served="{feature}_norm"))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_joined_log_gives_the_report_of_the_merged_one(tmp_path: Path, suffix: str) -> None:
    paths = two(tmp_path, WRONG, first=f"raw{suffix}", second=f"served{suffix}")
    merged = tmp_path / f"merged{suffix}"
    write(RAW.join(WRONG.add_suffix("_norm")), merged)
    result = audit(paths, served="served.{feature}", every=1000)
    whole = skewcheck.audit(KNOWN, merged, served="{feature}_norm", every=1000)
    assert told(result) == told(whole)
    assert [f.windows for f in result.features] == [f.windows for f in whole.features]


@pytest.mark.parametrize("name", ["features", "model_input"])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("values", [RIGHT, WRONG], ids=["right", "wrong"])
def test_two_kinds_of_records_of_one_log(
    tmp_path: Path, name: str, shuffled: bool, values: pd.DataFrame
) -> None:
    path = lines(kinds(values, shuffled=shuffled, name=name), tmp_path / "log.jsonl")
    result = audit(path)
    assert result.verdict.value == ("ok" if values is RIGHT else "skew")
    assert losses(result) == {}
    codes = {cause.code for feature in result.features for cause in feature.causes}
    assert codes == (set() if values is RIGHT else {"unit_change"})
    assert all(feature.parity is not None for feature in result.features)


@pytest.mark.parametrize("values", [RIGHT, WRONG], ids=["right", "wrong"])
def test_two_kinds_of_records_inside_of_text(tmp_path: Path, values: pd.DataFrame) -> None:
    records = [{"ts": 1, "message": json.dumps(record)} for record in kinds(values)]
    result = audit(lines(records, tmp_path / "log.jsonl"))
    assert result.verdict.value == ("ok" if values is RIGHT else "skew")
    assert losses(result) == {}
    assert all(feature.parity is not None for feature in result.features)
    joined = next(note for note in result.notes if note.code == "joined")
    assert joined.parameters["path"] == "message.kind"


def test_kinds_without_a_kind(tmp_path: Path) -> None:
    records = [{k: v for k, v in r.items() if k != "kind"} for r in kinds(WRONG, name="inputs")]
    result = audit(lines(records, tmp_path / "log.jsonl"))
    assert (result.verdict.value, losses(result)) == ("skew", {})


def test_ids_inside_of_records_under_two_names(tmp_path: Path) -> None:
    raw = [{"message": json.dumps({"meta": {"id": str(i)}, "x": row})}
           for i, row in zip(IDS, RAW.to_dict("records"), strict=True)]  # fmt: skip
    out = [{"event": {"request_id": int(i)}, "model_input": list(row)}
           for i, row in zip(IDS, WRONG.to_numpy().tolist(), strict=True)]  # fmt: skip
    paths = [lines(raw, tmp_path / "a.jsonl"), lines(out[::-1], tmp_path / "b.jsonl")]
    for join in ("message.meta.id=event.request_id", "id=request_id"):
        result = skewcheck.audit(KNOWN, paths, join=join)
        assert (result.verdict.value, losses(result)) == ("skew", {})
        assert {c.code for f in result.features for c in f.causes} == {"unit_change"}


@pytest.mark.parametrize("fault", ["constant", "copy"])
def test_served_values_that_show_nothing_are_never_passed_over(tmp_path: Path, fault: str) -> None:
    values = RIGHT * 0 if fault == "constant" else RAW
    records = kinds(values)
    assert audit(lines(records, tmp_path / "log.jsonl")).verdict.value == "skew"
    for record in records:  # words that say nothing
        record["kind"] = {"request": "a", "served": "b"}[str(record["kind"])]
    first = records.index(next(r for r in records if r["kind"] == "a"))
    path = lines([records[first], *records[:first], *records[first + 1 :]], tmp_path / "log.jsonl")
    with pytest.raises(UsageError, match=r"several places may hold the raw|nothing shows which"):
        audit(path)
    with pytest.raises(UsageError, match="nothing shows which are raw and which served") as raised:
        audit(path, raw="features.{feature}")
    names = ("raw='features.{feature}'", "served='joined_features.{feature}'")
    assert all(name in str(raised.value) for name in names)
    result = audit(path, raw="features.{feature}", served="joined_features.{feature}")
    assert (result.verdict.value, losses(result)) == ("skew", {})
    assert audit(path, raw="features.{feature}", served="none").verdict.value == "ok"


def test_kinds_over_several_days(tmp_path: Path) -> None:
    records = kinds(WRONG)
    lines(records[:2000], tmp_path / "monday.jsonl")
    lines(records[2000:], tmp_path / "tuesday.jsonl")
    result = audit(tmp_path)
    assert (result.verdict.value, losses(result)) == ("skew", {})
    joined = next(note for note in result.notes if note.code == "joined")
    assert joined.parameters["path"] == "kind"


def test_tables_in_memory_and_several_files_a_side(tmp_path: Path) -> None:
    tables = [RAW.assign(request_id=IDS), WRONG.assign(request_id=IDS)[::-1]]
    assert audit(tables).verdict.value == "skew"
    for day in range(3):
        for side, table in zip(("raw", "served"), tables, strict=True):
            write(table.iloc[day * 1000 : (day + 1) * 1000], tmp_path / f"{side}-{day}.jsonl")
    result = audit(tmp_path)
    assert (result.verdict.value, losses(result)) == ("skew", {})
    assert result.logs.rows == ROWS


def test_no_values(tmp_path: Path) -> None:
    path = lines(kinds(WRONG), tmp_path / "log.jsonl")
    text = skewcheck.render(audit(path, no_values=True), "json")
    assert '"request"' not in text
    assert str(IDS[0]) not in text
