"""Where a log shows the values of features: by name, by position, and not where it is uncertain."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from connect.worlds import NAMES, known, lines, records, rides, served, skewed

import skewcheck
from skewcheck.text.errors import SkewcheckError

RAW = rides(2)


@pytest.mark.parametrize("wrong", [False, True])
def test_long_tables(tmp_path: Path, wrong: bool) -> None:
    rows = [
        {"request_id": i, "ts": "2026-11-20", "name": name, "value": str(value)}
        for i, (r, s) in enumerate(
            zip(records(RAW), records(served(RAW, wrong=wrong)), strict=True)
        )
        for name, value in {**r, **{f"{k}_norm": v for k, v in s.items()}}.items()
    ]
    for path in (tmp_path / "log.csv", tmp_path / "log.parquet"):
        frame = pd.DataFrame(rows)
        frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
        assert skewed(path) == (int(wrong), "paired", ["fare"] if wrong else [])


def test_a_long_table_of_several_parts_is_the_same_rows(tmp_path: Path) -> None:
    rows = [
        {"id": i, "name": name, "value": value}
        for i, r in enumerate(records(RAW)) for name, value in r.items()
    ]  # fmt: skip
    pd.DataFrame(rows).to_parquet(tmp_path / "log.parquet", row_group_size=7)
    audit = skewcheck.audit(known(), tmp_path / "log.parquet")
    assert (audit.logs.rows, audit.exit_code) == (1_000, 0)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_record_that_is_a_table(tmp_path: Path, wrong: bool) -> None:
    frame = RAW.join(served(RAW, wrong=wrong).add_suffix("_scaled"))
    for keys in (("columns", "data"), ("fields", "values"), ("names", "ndarray")):
        document = {keys[0]: list(frame), keys[1]: frame.to_numpy().tolist()}
        log = lines(tmp_path / f"{keys[0]}.json", [document])
        assert skewed(log) == (int(wrong), "paired", ["fare"] if wrong else [])


@pytest.mark.parametrize("wrong", [False, True])
def test_decimal_commas(tmp_path: Path, wrong: bool) -> None:
    frame = RAW.join(served(RAW, wrong=wrong).add_suffix("_norm"))
    frame.to_csv(tmp_path / "log.csv", sep=";", decimal=",", index=False)
    assert skewed(tmp_path / "log.csv") == (int(wrong), "paired", ["fare"] if wrong else [])
    notes = skewcheck.audit(known(), tmp_path / "log.csv").notes
    assert "decimal_comma" in [note.code for note in notes]


def test_thousands_are_no_decimals(tmp_path: Path) -> None:
    text = "age;fare;dist\n" + "".join(f"{i};{1 + i % 9},{i % 1000:03};3\n" for i in range(500))
    (tmp_path / "log.csv").write_text(text)
    codes = [n.code for n in skewcheck.audit(known(), tmp_path / "log.csv", fail_on="never").notes]
    assert "decimal_comma" not in codes


def test_a_vector_in_another_order_is_refused(tmp_path: Path) -> None:
    ages = rides(7, 9_000)["age"]
    train = pd.DataFrame({"a": ages, "b": ages * 9 + 5_000, "c": -90.5 * ages})
    parameters = skewcheck.fit(train)
    for order, refused in ((["a", "b", "c"], False), (["b", "c", "a"], True)):
        log = lines(
            tmp_path / "log.jsonl", ({"x": row} for row in train[order].to_numpy().tolist())
        )
        if refused:
            with pytest.raises(SkewcheckError):
                skewcheck.audit(parameters, log)
        else:
            assert skewcheck.audit(parameters, log).exit_code == 0


def test_a_vector_of_which_half_is_encoded_is_refused(tmp_path: Path) -> None:
    raw, fed = RAW, served(RAW)
    rows = (
        {"x": [s["age"], r["fare"], r["dist"]]}
        for r, s in zip(records(raw), records(fed), strict=True)
    )
    with pytest.raises(SkewcheckError):
        skewcheck.audit(known(), lines(tmp_path / "log.jsonl", rows))


def test_words_between_objects_are_records_of_another_kind(tmp_path: Path) -> None:
    rows: list[object] = []
    for r, s in zip(records(RAW), records(served(RAW)), strict=True):
        rows += ["INFO: GET /health 200", {"raw": r, "scaled": s}]
    audit = skewcheck.audit(known(), lines(tmp_path / "stdout.log", rows))
    assert audit.coverage is not None
    assert (audit.exit_code, audit.coverage.other, audit.coverage.losses) == (0, 1_000, ())


@pytest.mark.parametrize("torn", ['"x": 3}', "x", '{"raw": {"age": 3', "3]"])
def test_a_torn_object_is_no_line_of_words(tmp_path: Path, torn: str) -> None:
    rows = [*({"raw": r} for r in records(RAW)), torn, *({"raw": r} for r in records(RAW))]
    audit = skewcheck.audit(known(), lines(tmp_path / "log.jsonl", rows))
    assert audit.coverage is not None
    (loss,) = audit.coverage.losses
    assert (loss.code, loss.rows, loss.first) == ("undecoded", 1, ("log.jsonl", 1_000))
    assert (audit.coverage.parsed, audit.coverage.audited) == (2_001, 2_000)


def test_names_are_those_of_the_file() -> None:
    assert [feature.name for feature in known().features] == NAMES
