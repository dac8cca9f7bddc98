"""`apply` writes what `transform` computes, whatever the format and however many files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.features.steps import Clip, Impute, Log1p, OneHot, Vocabulary, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.batch import ROWS
from skewcheck.text.errors import LogError, NothingToTestError, SkewcheckError, UsageError

KNOWN = Parameters(
    (
        Feature("fare", "numeric", (Impute(2.5), Clip(0.0), Log1p(), ZScore(1.0, 0.7))),
        Feature("count", "numeric", (ZScore(3.0, 2.0),)),
        Feature("way", "categorical", (OneHot(("a", "b")),)),
        Feature("pay", "categorical", (Vocabulary(("Cash", "Card")),)),
        Feature("town", "categorical", (Impute("none"),)),
    ),
    "",
)


def frame(rows: int = 200, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows) + 10**17,
            "fare": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(5, 4, rows).round(2)),
            "count": rng.integers(0, 9, rows),
            "way": rng.choice(["a", "b", "?"], rows),
            "note": [f"n, {i}" for i in range(rows)],
            "pay": rng.choice(["Cash", "Card", None], rows),
            "town": rng.choice(["x", "y", None], rows),
        }
    )


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pyarrow.csv.read_csv(path).to_pandas()
    if path.suffix in (".arrow", ".feather"):
        return pyarrow.ipc.open_file(path).read_all().to_pandas()
    return pq.read_table(path).to_pandas()


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Onehot columns stand in the place of theirs, where `transform` has them at the end."""
    assert sorted(found) == sorted(expected)
    order = list(expected)
    pd.testing.assert_frame_equal(
        found[order], expected, check_dtype=False, check_exact=True, check_index_type=False
    )


@pytest.mark.parametrize("ending", ["parquet", "pq", "csv", "arrow", "feather", "PARQUET"])
@pytest.mark.parametrize("source", ["table", "parquet", "csv"])
def test_the_same_as_transform(tmp_path: Path, source: str, ending: str) -> None:
    raw = frame()
    log: object = raw
    if source == "parquet":
        log = tmp_path / "log.parquet"
        raw.to_parquet(log, row_group_size=37)
    elif source == "csv":
        log = tmp_path / "log.csv"
        raw.to_csv(log, index=False)
    out = tmp_path / f"out.{ending}"
    assert skewcheck.apply(KNOWN, log, out) == 200
    same(read(out), KNOWN.transform(raw))


def test_the_formula(tmp_path: Path) -> None:
    raw = frame()
    skewcheck.apply(KNOWN, raw, tmp_path / "out.parquet")
    fares = np.log1p(np.clip(np.nan_to_num(raw["fare"], nan=2.5), 0, None))
    found = read(tmp_path / "out.parquet")
    np.testing.assert_allclose(found["fare"], (fares - 1.0) / 0.7, rtol=1e-15)
    assert found["id"].tolist() == raw["id"].tolist()


def test_beside_the_raw_columns(tmp_path: Path) -> None:
    raw = frame()
    out = tmp_path / "out.parquet"
    skewcheck.apply(KNOWN, raw, out, served="{feature}_norm")
    same(read(out), KNOWN.transform(raw, served="{feature}_norm"))
    audit = skewcheck.audit(KNOWN, out, served="{feature}_norm", features="fare,count,way,pay")
    assert [f.parity.mismatched for f in audit.features if f.parity] == [0, 0, 0, 0]


def test_columns_of_other_names(tmp_path: Path) -> None:
    raw = frame().rename(columns={name: f"raw_{name}" for name in ("fare", "count")})
    out = tmp_path / "out.parquet"
    skewcheck.apply(KNOWN, raw, out, raw="raw_{feature}", served="{feature}_x", features="fare")
    found = read(out)
    assert set(found) == {*raw, "fare_x"}
    assert found["fare_x"].tolist() == KNOWN.transform(frame())["fare"].tolist()


def test_several_files_that_differ(tmp_path: Path) -> None:
    a, b = frame(50), frame(40, seed=2)
    b["count"] = b["count"].astype(float)
    b["extra"] = 1.5
    a["extra"] = 2
    a = a.drop(columns="fare")
    for name, some in (("a", a), ("b", b[list(reversed(b.columns))])):
        pq.write_table(pa.Table.from_pandas(some), tmp_path / f"{name}.parquet")
    out = tmp_path / "out.feather"
    assert skewcheck.apply(KNOWN, [tmp_path / "a.parquet", tmp_path / "b.parquet"], out) == 90
    found = read(out)
    a["fare"] = np.nan  # a column missing from some files is nulls there
    expected = KNOWN.transform(pd.concat([a, b]).reset_index(drop=True))
    same(found, expected)


def test_integers_that_become_fractions_further_down_a_csv(tmp_path: Path) -> None:
    head = "count,note\n" + "1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 30_000
    (tmp_path / "log.csv").write_text(head + "2.5,b\n,c\nsoon,d\n")
    out = tmp_path / "out.parquet"
    skewcheck.apply(KNOWN, tmp_path / "log.csv", out)
    found = read(out)
    assert found["count"].tolist()[-4:] == pytest.approx([-1, -0.25, np.nan, np.nan], nan_ok=True)
    assert len(found) == 30_003
    error = refused(tmp_path, tmp_path / "log.csv", out, served="{feature}_n")
    assert str(error).startswith("log.csv: column 'count' is string here and double elsewhere")
    (tmp_path / "log.csv").write_text(head + "2.5,b\n,c\n")
    skewcheck.apply(KNOWN, tmp_path / "log.csv", out, served="{feature}_n")
    assert read(out)["count"].tolist()[-3:] == pytest.approx([1.0, 2.5, np.nan], nan_ok=True)


def test_batches_are_written_as_they_come(tmp_path: Path) -> None:
    rows = 2 * ROWS + 5
    pq.write_table(pa.table({"count": np.arange(rows) % 7}), tmp_path / "a.parquet")
    assert skewcheck.apply(KNOWN, tmp_path / "a.parquet", tmp_path / "out.parquet") == rows
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups == 3


def test_dictionaries_hive_folders_and_struct_leaves(tmp_path: Path) -> None:
    known = Parameters((Feature("s.x", "numeric", (ZScore(1.0, 2.0),)),), "")
    folder = tmp_path / "log" / "day=3"
    folder.mkdir(parents=True)
    table = pa.table(
        {"s": pa.array([{"x": 3.0}, None]), "c": pa.array(["u", "v"]).dictionary_encode()}
    )
    pq.write_table(table, folder / "a.parquet")
    skewcheck.apply(known, tmp_path / "log", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").to_pydict() == {
        "s": [{"x": 3.0}, None], "c": ["u", "v"], "day": [3, 3], "s.x": [1.0, None],
    }  # fmt: skip


def refused(tmp_path: Path, log: object, out: Path, **options: object) -> SkewcheckError:
    """Return the error; what was there before must be there still, and nothing else."""
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    with pytest.raises(SkewcheckError) as caught:
        skewcheck.apply(KNOWN, log, out, **options)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_damaged_file_among_good_ones_leaves_nothing_behind(tmp_path: Path) -> None:
    good = frame(50).drop(columns="way")
    good.to_parquet(tmp_path / "a.parquet")
    good.to_parquet(tmp_path / "b.parquet")
    content = bytearray((tmp_path / "b.parquet").read_bytes())
    content[4:300] = bytes(296)
    (tmp_path / "b.parquet").write_bytes(content)
    (tmp_path / "out.parquet").write_bytes(b"what was there")
    error = refused(
        tmp_path, [tmp_path / "a.parquet", tmp_path / "b.parquet"], tmp_path / "out.parquet"
    )
    assert str(error).startswith("b.parquet: ")
    assert isinstance(error, LogError)


def test_types_that_cannot_be_one_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"count": [1], "o": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"count": [1], "o": ["x"]}), tmp_path / "b.parquet")
    error = refused(
        tmp_path, [tmp_path / "a.parquet", tmp_path / "b.parquet"], tmp_path / "out.parquet"
    )
    assert str(error).startswith("b.parquet: column 'o' is string here and int64 elsewhere")


def test_a_type_that_the_format_cannot_hold(tmp_path: Path) -> None:
    table = pa.table({"count": [1], "deep": [{"a": [1]}]})
    error = refused(tmp_path, table, tmp_path / "out.csv")
    assert "deep" in str(error)
    assert isinstance(error, SkewcheckError)


def test_wrong_outputs(tmp_path: Path) -> None:
    error = refused(tmp_path, frame(), tmp_path / "out.xlsx")
    assert "the ending must be one of .parquet, .pq, .csv" in str(error)
    assert isinstance(error, UsageError)
    error = refused(tmp_path, frame(), tmp_path / "none" / "out.csv")
    assert "cannot write it (No such file or directory)" in str(error)


def test_no_raw_column_at_all(tmp_path: Path) -> None:
    error = refused(tmp_path, pd.DataFrame({"a": [1]}), tmp_path / "out.csv")
    assert isinstance(error, NothingToTestError)
    error = refused(tmp_path, frame(), tmp_path / "out.csv", features="fair")
    assert "no feature 'fair'" in str(error)


def test_an_output_never_takes_the_place_of_its_log(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    frame().to_parquet(path)
    with pytest.raises(UsageError, match="is one of the logs"):
        skewcheck.apply(KNOWN, path, path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), frame())
