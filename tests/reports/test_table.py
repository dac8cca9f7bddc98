import csv
import io
from dataclasses import replace
from pathlib import Path

import golden
import pandas as pd
import pyarrow.parquet as pq
import pytest
from reports.sample import AUDIT, NASTY, nasty

from skewcheck.reports import FORMATS, in_file
from skewcheck.results.audit import Audit


def test_golden(audit: Audit) -> None:
    golden.assert_same("table.csv", FORMATS["table"](audit))


def rows(audit: Audit) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(FORMATS["table"](audit), newline="")))


def test_the_same_columns_and_figures_everywhere(audit: Audit) -> None:
    frame = audit.to_pandas()
    read = pd.read_csv(io.StringIO(FORMATS["table"](audit)))
    stored = pq.read_table(io.BytesIO(bytes_of(audit)))
    assert list(frame) == list(read) == stored.column_names
    assert len(frame) == sum(len(f.tests) for f in audit.features)
    # What no test looked at is of no feature.
    assert list(read["test"][len(frame) :]) == ["raw_only", "dependence"]
    assert read["feature"][len(frame) :].isna().all()
    assert len(read) == len(stored)
    read, stored = read[: len(frame)], stored.slice(0, len(frame))
    for name in ("statistic", "effect", "p_value", "p_adjusted", "threshold", "rows"):
        pd.testing.assert_series_equal(read[name], frame[name], check_dtype=name != "rows")
        pd.testing.assert_series_equal(
            stored[name].to_pandas(), frame[name], check_dtype=name == "rows"
        )
    assert list(read["verdict"]) == stored["verdict"].to_pylist() == list(frame["verdict"])
    assert stored["feature"].to_pylist() == list(frame["feature"])


def bytes_of(audit: Audit) -> bytes:
    found = in_file(audit, "table", "out.parquet")
    assert isinstance(found, bytes)
    return found


def test_a_row_tells_of_which_run_and_model_it_is(audit: Audit) -> None:
    row = next(row for row in rows(audit) if (row["feature"], row["test"]) == ("fare", "psi"))
    assert row == {
        "started": "2026-11-01T00:00:00+00:00", "model": "fares", "feature": "fare",
        "type": "numeric", "mode": "paired", "importance": "", "rows": "200000", "nulls": "12",
        "test": "psi", "statistic": "0.6201", "effect": "0.62", "expected": "0.0001",
        "p_value": "1e-290", "p_adjusted": "1.1e-289", "threshold": "0.2", "verdict": "skew",
        "reason": "", "waived": "",
    }  # fmt: skip


def test_types_do_not_depend_on_what_was_found(audit: Audit) -> None:
    none = replace(AUDIT, features=(), not_tested=(), run={}, model={})
    full, empty = (pq.read_schema(io.BytesIO(bytes_of(one))) for one in (audit, none))
    assert full.equals(empty)
    assert FORMATS["table"](none).count("\n") == 1
    assert list(none.to_pandas()) == list(audit.to_pandas())


@pytest.mark.parametrize(("path", "kind"), [("a.csv", str), ("a", str), ("a.parquet", bytes)])
def test_parquet_where_the_file_ends_so(audit: Audit, path: str, kind: type) -> None:
    assert isinstance(in_file(audit, "table", path), kind)
    assert isinstance(in_file(audit, "json", "a.parquet"), str)


def test_data_is_no_formula_and_no_line() -> None:
    audit = nasty()
    found = rows(audit)
    assert len(found) == 3 * len(NASTY) + len(audit.holds) + len(audit.not_tested)
    for row in found:
        assert not row["feature"].startswith(("=", "+", "-", "@"))
        assert not any(ord(c) < 32 or 126 < ord(c) < 160 for value in row.values() for c in value)
    assert {"'=1+1", "a|b", "q\"uo'te"} <= {row["feature"] for row in found}
    stored = pq.read_table(io.BytesIO(bytes_of(audit)))["feature"].to_pylist()
    assert stored[: 3 * len(NASTY) : 3] == [name.replace("\ud800", "\\ud800") for name in NASTY]


def test_runs_append(audit: Audit, tmp_path: Path) -> None:
    for day in ("2026-11-01", "2026-11-02"):
        run = {"started": f"{day}T00:00:00+00:00"}
        content = bytes_of(replace(audit, run=run))
        (tmp_path / f"{day}.parquet").write_bytes(content)
    together = pd.read_parquet(tmp_path)
    assert together.groupby("started").size().nunique() == 1
    assert together["started"].nunique() == 2
