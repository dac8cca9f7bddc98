"""Which columns of a log an audit compares, however they are named and wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audits import LOG, OK, ROWS, TRAIN, figures, frame, verdicts

import skewcheck
from skewcheck.features.steps import OneHot
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import NothingToTestError


@pytest.fixture(scope="module")
def known() -> Parameters:
    return skewcheck.fit(TRAIN)


def test_hive_folders_are_columns(known: Parameters, tmp_path: Path) -> None:
    for i, way in enumerate(["Cash", "Card"]):
        folder = tmp_path / f"pay={way}"
        folder.mkdir()
        LOG.drop(columns="pay")[i::2].to_parquet(folder / "a.parquet")
    found = skewcheck.audit(known, tmp_path)
    assert found.logs.rows == ROWS
    assert verdicts(found) == {**OK, "pay": "skew"}
    assert figures(found)["pay.linf"] == pytest.approx(0.2, abs=0.03)  # Card: 50 % after 30 %


def test_files_of_other_order_and_types(known: Parameters, tmp_path: Path) -> None:
    narrow = {"fare": "float32", "count": "float64"}
    LOG[:1500].to_parquet(tmp_path / "a.parquet")
    LOG[1500:][["flag", "count", "pay", "fare"]].astype(narrow).to_parquet(tmp_path / "b.parquet")
    found = skewcheck.audit(known, tmp_path)
    assert verdicts(found) == OK
    assert texts(found.notes) == ()
    assert figures(found)["fare.ks"] == pytest.approx(
        figures(skewcheck.audit(known, LOG))["fare.ks"], abs=1e-9
    )


def test_a_column_missing_from_some_files_is_nulls_there_and_said_so(
    known: Parameters, tmp_path: Path
) -> None:
    LOG[:1500].to_parquet(tmp_path / "a.parquet")
    LOG[1500:].drop(columns="fare").to_parquet(tmp_path / "b.parquet")
    found = skewcheck.audit(known, tmp_path)
    assert verdicts(found) == {**OK, "fare": "skew"}
    assert (found.features[0].nulls, figures(found)["fare.nulls"]) == (1500, 0.5)
    assert texts(found.notes) == ("fare is absent from b.parquet: 1,500 rows count as nulls",)


def test_a_column_missing_from_all_files(known: Parameters) -> None:
    found = skewcheck.audit(known, LOG.drop(columns="fare"))
    assert verdicts(found) == {**OK, "fare": "skew"}
    assert found.features[0].tests[0].name == "missing"
    allowed = skewcheck.audit(known, LOG.drop(columns="fare"), allow_missing=True)
    assert (allowed.exit_code, verdicts(allowed)["fare"]) == (0, "untested")


def paired(known: Parameters) -> pd.DataFrame:
    return known.transform(LOG, served="{feature}_norm")


def test_a_misspelt_served_template_is_no_pass(known: Parameters) -> None:
    with pytest.raises(NothingToTestError, match="no served column: looked for 'fare_nrm'"):
        skewcheck.audit(known, paired(known), served="{feature}_nrm")


def test_raw_and_served_side_by_side(known: Parameters) -> None:
    found = skewcheck.audit(known, paired(known), served="{feature}_norm")
    assert (found.logs.mode, verdicts(found)) == ("paired", OK)
    log = paired(known)
    log.loc[7, "fare_norm"] += 1
    broken = skewcheck.audit(known, log, served="{feature}_norm")
    example = broken.features[0].parity.example
    assert (broken.features[0].parity.mismatched, example.row) == (1, 7)
    assert (example.raw, example.served) == (log.loc[7, "fare"], log.loc[7, "fare_norm"])
    assert example.expected == pytest.approx(log.loc[7, "fare_norm"] - 1)


def test_one_served_column_missing_among_others(known: Parameters) -> None:
    log = paired(known).drop(columns="count_norm")
    found = skewcheck.audit(known, log, served="{feature}_norm")
    assert verdicts(found) == {**OK, "count": "skew"}


def test_the_feature_itself_may_be_the_served_value(known: Parameters) -> None:
    served = known.transform(LOG)
    found = skewcheck.audit(known, served, served="{feature}")
    assert (found.logs.mode, verdicts(found)) == ("served", OK)
    assert verdicts(skewcheck.audit(known, LOG, served="{feature}"))["fare"] == "skew"


def test_columns_of_their_own(known: Parameters) -> None:
    log = LOG.rename(columns={"fare": "money"}).assign(z=known.transform(LOG)["count"])
    tables = {"fare": {"raw": "money"}, "c*": {"served": "z"}}
    found = skewcheck.audit(known, log, features=tables)
    assert verdicts(found) == OK
    assert [f.mode for f in found.features] == ["raw", "paired", "raw", "raw"]


def test_leaves_of_structs_and_of_vectors(tmp_path: Path) -> None:
    def table(seed: int) -> pa.Table:
        some = frame(seed)
        values = np.column_stack((some["fare"], some["count"])).ravel()
        return pa.table(
            {
                "f": pa.FixedSizeListArray.from_arrays(pa.array(values), 2),
                "s": pa.array([{"a": {"b": float(x)}} for x in some["fare"]]),
                "dot.ted": pa.array(some["count"]),
            }
        )

    known = skewcheck.fit(table(1), features=["f[0]", "f[1]", "s.a.b", "dot.ted"])
    pq.write_table(table(2), tmp_path / "log.parquet")
    found = skewcheck.audit(known, tmp_path)
    assert verdicts(found) == dict.fromkeys(["f[0]", "f[1]", "s.a.b", "dot.ted"], "ok")
    assert figures(found)["f[0].ks"] == figures(found)["s.a.b.ks"]
    assert list(verdicts(skewcheck.audit(known, tmp_path, features=["f[1]"]))) == ["f[1]"]
    # A list of any length, as JSON has it, is the same vector.
    lists = [{"f": row} for row in table(2)["f"].to_pylist()]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lists)))
    again = skewcheck.audit(known, tmp_path / "log.jsonl", features=["f[0]"])
    assert figures(again)["f[0].ks"] == figures(found)["f[0].ks"]


def test_onehot_columns() -> None:
    known = skewcheck.fit(TRAIN[["pay"]])
    hot = Parameters(
        (Feature("pay", "categorical", (OneHot(("Cash", "Card")),), known["pay"].reference),), ""
    )
    log = hot.transform(LOG, served="{feature}_hot")
    found = skewcheck.audit(hot, log, served="{feature}_hot")
    assert (found.logs.mode, verdicts(found)) == ("paired", {"pay": "ok"})
    log["pay_Card_hot"] = 0.0
    assert skewcheck.audit(hot, log, served="{feature}_hot").features[0].parity.mismatched == (
        (LOG["pay"] == "Card").sum()
    )
    only = skewcheck.audit(hot, log.drop(columns="pay"), served="{feature}_hot")
    assert (only.logs.mode, verdicts(only)) == ("served", {"pay": "skew"})
