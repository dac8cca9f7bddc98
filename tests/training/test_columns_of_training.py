"""Which columns of training data become features, and what is said of the others."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import NothingToTestError, UsageError
from skewcheck.training.lists import MAX_ELEMENTS

ROWS = 60
SHUFFLED = np.random.default_rng(3).permutation(ROWS)
KINDS: dict[str, pa.Array] = {
    "float": pa.array(SHUFFLED / 7),
    "single": pa.array(SHUFFLED / 7, pa.float32()),
    "half": pa.array((SHUFFLED / 8).astype(np.float16)),
    "few": pa.array(SHUFFLED % 3),
    "unsigned": pa.array(SHUFFLED % 5, pa.uint8()),
    "flag": pa.array(SHUFFLED % 2 == 0),
    "text": pa.array([f"v{i % 4}" for i in SHUFFLED]),
    "large": pa.array([f"v{i % 4}" for i in SHUFFLED], pa.large_string()),
    "coded": pa.array([f"v{i % 4}" for i in SHUFFLED]).dictionary_encode(),
    "cents": pa.array([Decimal(int(i)) / 100 for i in SHUFFLED], pa.decimal128(9, 2)),
    "day": pa.array([date(2026, 1, 1 + int(i) % 28) for i in SHUFFLED]),
    "moment": pa.array([datetime(2026, 1, 1, 0, int(i)) for i in SHUFFLED]),
    "parts": pa.array([[1, 2]] * (ROWS - 1) + [[1]]),
    "raw": pa.array([b"x"] * ROWS),
    "id": pa.array(SHUFFLED),
    "row": pa.array(range(ROWS)),
    "__index_level_0__": pa.array(SHUFFLED % 3),
    "uuid": pa.array([f"{i:032x}" for i in SHUFFLED]),
    "nothing": pa.array([None] * ROWS, pa.float64()),
    "void": pa.nulls(ROWS),
    "blank": pa.array([None] * ROWS, pa.string()),
    "one": pa.array([0.1] * ROWS),
    "only": pa.array(["x"] * ROWS),
}
TABLE = pa.table(KINDS)


def types(parameters: Parameters) -> dict[str, str]:
    return {feature.name: feature.type for feature in parameters.features}


def test_types_are_inferred() -> None:
    found = skewcheck.fit(TABLE)
    assert types(found) == {
        "float": "numeric", "single": "numeric", "half": "numeric", "few": "numeric",
        "unsigned": "numeric", "flag": "categorical", "text": "categorical",
        "large": "categorical", "coded": "categorical", "cents": "numeric", "one": "numeric",
        "only": "categorical",
    }  # fmt: skip
    assert list(types(found)) == [name for name in TABLE.column_names if name in types(found)]


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("day", "a date or time moves on by itself"),
        ("moment", "a date or time moves on by itself"),
        ("parts", "lists of several lengths, or too long, are no vector (list<item: int64>)"),
        ("raw", "binary is no number, text or boolean"),
        ("id", "an identifier by its name"),
        ("row", "all distinct and sorted, as row numbers are"),
        ("__index_level_0__", "an index column without a name"),
        ("uuid", "nearly every value is distinct"),
        ("nothing", "no value in any row"),
        ("void", "no value in any row"),
        ("blank", "no value in any row"),
        ("one", "one value only: not normalized"),
    ],
)
def test_what_is_left_out_is_told(column: str, why: str) -> None:
    (note,) = [n for n in texts(skewcheck.fit(TABLE).notes) if n.startswith(f"{column}: ")]
    assert why in note


@pytest.mark.parametrize("column", ["day", "moment", "id", "row", "__index_level_0__", "uuid"])
def test_what_is_named_is_kept(column: str) -> None:
    found = skewcheck.fit(TABLE, features=[column, "float"])
    assert set(types(found)) == {column, "float"}
    assert texts(found.notes) == ()


@pytest.mark.parametrize("column", ["nothing", "blank", "void"])
def test_a_column_without_a_value_is_left_out_even_if_named(column: str) -> None:
    found = skewcheck.fit(TABLE, features=[column, "float"])
    assert set(types(found)) == {"float"}
    assert texts(found.notes) == (f"{column}: left out: no value in any row",)


def test_a_pattern_does_not_name_a_column() -> None:
    assert set(types(skewcheck.fit(TABLE, features=["*id", "few"]))) == {"few"}


def test_an_integer_is_a_category_if_named() -> None:
    found = skewcheck.fit(TABLE, categorical=["few", "id"])
    assert (found["few"].type, found["id"].type) == ("categorical", "categorical")
    assert dict(found["few"].reference.counts) == {"0": 20, "1": 20, "2": 20}


def test_features_and_exclude_are_patterns() -> None:
    assert set(types(skewcheck.fit(TABLE, features=["f*"], exclude=["fl*"]))) == {"few"}


@pytest.mark.parametrize("option", ["features", "categorical"])
def test_a_column_that_is_not_there_is_an_error(option: str) -> None:
    with pytest.raises(UsageError, match=r"no column 'flt' in .* .did you mean float"):
        skewcheck.fit(TABLE, **{option: ["flt"]})


def test_no_feature_at_all_is_an_error() -> None:
    with pytest.raises(NothingToTestError, match="no column is a feature: id: left out: an ident"):
        skewcheck.fit(TABLE.select(["id"]))
    with pytest.raises(NothingToTestError, match="no column is a feature"):
        skewcheck.fit(TABLE, exclude=["*"])


@pytest.mark.parametrize("name", ["amount_paid", "bid", "grid", "humid", "monkey", "liquid"])
def test_a_word_that_ends_as_an_identifier_is_none(name: str) -> None:
    assert set(types(skewcheck.fit(pa.table({name: SHUFFLED})))) == {name}


@pytest.mark.parametrize("name", ["id", "ID", "user_id", "USER_ID", "user-id", "userId", "row_key"])
def test_identifiers_by_name(name: str) -> None:
    table = pa.table({name: SHUFFLED, "x": KINDS["few"]})
    assert set(types(skewcheck.fit(table))) == {"x"}


def test_an_identifier_with_more_distinct_values_than_are_kept() -> None:
    many = np.random.default_rng(5).permutation(5000)
    table = pa.table({"user_id": many, "row": np.arange(5000), "x": many % 7, "zip": many})
    assert set(types(skewcheck.fit(table))) == {"x", "zip"}


def test_sorted_across_files_is_sorted(tmp_path: Path) -> None:
    for i in range(3):
        rows = np.arange(30) + 30 * i
        pq.write_table(pa.table({"n": rows, "x": rows % 4}), tmp_path / f"{i}.parquet")
    assert set(types(skewcheck.fit(tmp_path))) == {"x"}
    pq.write_table(pa.table({"n": [5], "x": [1]}), tmp_path / "3.parquet")
    assert set(types(skewcheck.fit(tmp_path))) == {"n", "x"}


def test_a_file_in_which_a_column_is_empty_does_not_tell_its_type(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,c\n1,\n2,\n")
    (tmp_path / "b.csv").write_text("x,c\n1,u\n2,v\n1,u\n")
    found = skewcheck.fit(tmp_path)
    assert types(found) == {"x": "numeric", "c": "categorical"}
    assert (found["c"].reference.nulls, dict(found["c"].reference.counts)) == (2, {"u": 2, "v": 1})


def test_values_of_another_type_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n2\n4\n")
    (tmp_path / "b.csv").write_text("x\n5\nsoon\nlater\n")
    found = skewcheck.fit(tmp_path)
    assert texts(found.notes) == ("x: 2 rows hold values of another type, which are left out",)
    reference = found["x"].reference
    assert (reference.rows, reference.nulls, reference.mean) == (4, 0, 3.0)


def test_leaves_of_structs_and_of_vectors(tmp_path: Path) -> None:
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(range(40), pa.float32()), 2)
    nested = pa.array([{"a": i % 3, "b": {"c": f"v{i % 2}"}} for i in range(20)])
    pq.write_table(pa.table({"f": vectors, "s": nested}), tmp_path / "t.parquet")
    assert types(skewcheck.fit(tmp_path, features=["s.*", "f[0]"])) == {
        "f[0]": "numeric", "s.a": "numeric", "s.b.c": "categorical",
    }  # fmt: skip
    assert set(types(skewcheck.fit(tmp_path, features=["f[1]"]))) == {"f[1]"}


def test_plain_lists_of_one_length_are_vectors(tmp_path: Path) -> None:
    rows = [[i % 3, None if i == 5 else i / 7, None] for i in range(ROWS - 2)] + [None, []]
    vector = pa.array(rows, pa.list_(pa.float64()))
    fixed = pa.array([*rows[:-1], None], pa.list_(pa.float64(), 3))
    deep = pa.array([[[1, i % 4], [i % 2, 2]] for i in range(ROWS)])
    inside = pa.array([{"l": [f"v{i % 2}"]} for i in range(ROWS)])
    columns = {"v": vector, "d": deep, "s": inside}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet", row_group_size=7)
    known = skewcheck.fit(tmp_path / "t.parquet")
    assert types(known) == {
        "v[0]": "numeric", "v[1]": "numeric", "d[0][0]": "numeric", "d[0][1]": "numeric",
        "d[1][0]": "numeric", "d[1][1]": "numeric", "s.l[0]": "categorical",
    }  # fmt: skip
    assert texts(known.notes)[0] == "v[2]: left out: no value in any row"
    of_fixed = skewcheck.fit(pa.table({"v": fixed}))
    means = [of_fixed[name].reference.mean for name in ("v[0]", "v[1]")]
    assert [known[n].reference.mean for n in ("v[0]", "v[1]")] == pytest.approx(means, rel=1e-14)
    assert known["v[1]"].reference.nulls == 3
    lines = [json.dumps(row) for row in pa.table(columns).to_pylist()]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    assert types(skewcheck.fit(tmp_path / "t.jsonl")) == types(known)
    for log in ("t.parquet", "t.jsonl"):
        assert skewcheck.audit(known, tmp_path / log).verdict in {"ok", "inconclusive"}


def test_the_last_row_may_tell_that_a_list_is_no_vector(tmp_path: Path) -> None:
    vector = pa.array([[1.0, 2.0]] * ROWS + [[1.0]])
    long = pa.array([[0.5] * (MAX_ELEMENTS + 1)] * (ROWS + 1))
    pq.write_table(pa.table({"v": vector, "w": long}), tmp_path / "t.parquet", row_group_size=7)
    with pytest.raises(NothingToTestError) as caught:
        skewcheck.fit(tmp_path / "t.parquet")
    assert str(caught.value).count("lists of several lengths, or too long, are no vector") == 2


def test_a_data_frame_without_its_index() -> None:
    frame = pd.DataFrame({"x": SHUFFLED / 7, "c": pd.Categorical(["a", "b"] * 30)})
    frame.index = pd.Index(range(100, 160), name="key")
    assert types(skewcheck.fit(frame)) == {"x": "numeric", "c": "categorical"}


FORMATS = ["csv", "parquet", "jsonl"]


def written(table: pa.Table, folder: Path, kind: str) -> Path:
    path = folder / f"t.{kind}"
    if kind == "csv":
        table.to_pandas().to_csv(path, index=False)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row, default=str) + "\n" for row in table.to_pylist()))
    else:
        pq.write_table(table, path)
    return path


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("column", ["day", "moment"])
def test_a_date_becomes_epoch_seconds_in_fit_and_in_audit(
    tmp_path: Path, column: str, kind: str
) -> None:
    table = pa.table({column: pa.concat_arrays([KINDS[column]] * 40)})
    path = written(table, tmp_path, kind)
    known = skewcheck.fit(path, features=[column])
    epoch = table.to_pandas()[column].astype("datetime64[s]").astype(np.int64)
    reference = known[column].reference
    assert reference.mean == pytest.approx(epoch.mean(), rel=1e-15)
    assert (reference.min, reference.max) == (epoch.min(), epoch.max())
    audit = skewcheck.audit(known, path)
    assert (audit.verdict, audit.features[0].nulls) == ("ok", 0)
    windowed = skewcheck.audit(known, path, since="2025-01-01", time_column=column)
    assert (windowed.verdict, windowed.logs.rows) == ("ok", len(table))
    later = pa.table({column: pd.to_datetime(table.to_pandas()[column]) + pd.Timedelta(days=400)})
    assert skewcheck.audit(known, written(later, tmp_path, kind)).verdict == "skew"


@pytest.mark.parametrize("spelled", FORMATS)
@pytest.mark.parametrize("fitted", FORMATS)
def test_a_boolean_is_one_level_however_it_is_spelled(
    tmp_path: Path, fitted: str, spelled: str
) -> None:
    table = pa.table({"flag": pa.array([True, False, None] * 3000)})
    known = skewcheck.fit(written(table, tmp_path, fitted))
    assert dict(known["flag"].reference.counts) == {"false": 3000, "true": 3000}
    assert skewcheck.audit(known, written(table, tmp_path, spelled)).verdict == "ok"
