"""Laws of features by a key, and over scopes: what training's normalization makes is clean.

Truth is pandas, NumPy or a row by row loop; logs are of any format, in parts of any size.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import skewcheck

COLUMNS = ("a", "b", "c")


def frame(seed: int, rows: int, *, keys: int = 3, nulls: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({c: rng.normal(5, 2, rows) + rng.normal() * 10 for c in COLUMNS})
    for column in COLUMNS:
        table.loc[rng.random(rows) < nulls, column] = np.nan
    table["k"] = rng.choice([f"k{i}" for i in range(keys)], rows)
    return table


def written(folder: Path, features: dict[str, object], name: str = "p.json") -> str:
    path = folder / name
    path.write_text(json.dumps({"features": features}))
    return str(path)


def by_key(keys: int, seed: int = 1) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    steps = {
        f"k{i}": {"steps": [{"op": "zscore", "mean": rng.normal(5, 3), "std": rng.uniform(1, 4)}]}
        for i in range(keys)
    }
    return {c: {"by": "k", "groups": steps} for c in COLUMNS}


def over(by: str | None = None, **keys: object) -> dict[str, object]:
    step = {"op": "standardize", **keys}
    return {c: {"steps": [step], **({"by": by} if by else {})} for c in COLUMNS}


STRUCTURES = {
    "key": by_key(3),
    "row": over(over="row"),
    "l2": over(over="row", method="l2"),
    "window": over(over="window", length=5),
    "window by key": over("k", over="window", length=8, ddof=1),
    "minmax": over("k", over="window", length=6, method="minmax"),
    "batch": over(over="batch", length=16),
    "batch by key": over("k", over="batch", length=7),
    "file": over(over="batch"),
    "running": over("k", over="running"),
}


def apply_and_audit(
    folder: Path, structure: str, table: pd.DataFrame, ending: str, group: int
) -> tuple[skewcheck.Audit, pd.DataFrame]:
    parameters = written(folder, STRUCTURES[structure])
    pq.write_table(pa.Table.from_pandas(table), folder / "log.parquet", row_group_size=group)
    out = folder / f"out{ending}"
    skewcheck.apply(parameters, folder / "log.parquet", out, served="{feature}_n")
    made = pd.read_csv(out) if ending == ".csv" else pd.read_feather(out) if (
        ending == ".feather") else pd.read_parquet(out)  # fmt: skip
    return skewcheck.audit(parameters, out, served="{feature}_n"), made


@pytest.mark.parametrize("structure", STRUCTURES)
@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 2**16), rows=st.integers(40, 300), group=st.sampled_from([3, 17, 1000]),
    ending=st.sampled_from([".parquet", ".csv", ".feather"]), nulls=st.sampled_from([0.0, 0.03]),
    dtype=st.sampled_from(["float64", "float32"]),
)  # fmt: skip
def test_what_apply_makes_is_clean(
    tmp_path_factory: pytest.TempPathFactory, structure: str, seed: int, rows: int, group: int,
    ending: str, nulls: float, dtype: str,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("law")
    table = frame(seed, rows, nulls=0.0 if structure in ("running", "file") else nulls)
    table = table.astype(dict.fromkeys(COLUMNS, dtype))
    audit, _ = apply_and_audit(folder, structure, table, ending, group)
    for feature in audit.features:
        assert feature.parity is not None
        assert feature.parity.mismatched == 0
        present = int(table[feature.name].notna().sum())
        assert feature.parity.rows + feature.parity.left_out == present
        assert feature.parity.rows > 0
    assert audit.exit_code == 0


@pytest.mark.parametrize("structure", STRUCTURES)
def test_files_and_their_parts_do_not_matter(tmp_path: Path, structure: str) -> None:
    table = frame(5, 200)
    outputs = []
    for group in (1, 13, 64, 1000):
        _, made = apply_and_audit(tmp_path, structure, table, ".parquet", group)
        outputs.append(made)
    for made in outputs[1:]:
        pd.testing.assert_frame_equal(made, outputs[0], check_exact=True)
    if structure == "file":
        return  # there each file is a scope
    parameters = written(tmp_path, STRUCTURES[structure])
    whole = skewcheck.audit(parameters, outputs[0], served="{feature}_n")
    for i, start in enumerate((0, 37, 90)):
        stop = (37, 90, 200)[i]
        outputs[0].iloc[start:stop].to_parquet(tmp_path / f"part{i}.parquet")
    parts = skewcheck.audit(
        parameters, [tmp_path / f"part{i}.parquet" for i in range(3)], served="{feature}_n"
    )
    for one, other in zip(whole.features, parts.features, strict=True):
        assert one.parity is not None
        assert other.parity is not None
        assert (one.parity.rows, one.parity.left_out) == (other.parity.rows, other.parity.left_out)
        assert other.parity.mismatched == 0


@pytest.mark.parametrize("structure", STRUCTURES)
def test_float32_servers_are_right(tmp_path: Path, structure: str) -> None:
    parameters = skewcheck.load(written(tmp_path, STRUCTURES[structure]))
    table = frame(7, 3000)
    single = table.astype(dict.fromkeys(COLUMNS, "float32"))
    served = parameters.transform(single, served="{feature}_n")
    for column in COLUMNS:
        table[f"{column}_n"] = served[f"{column}_n"].astype("float32")
    audit = skewcheck.audit(parameters, table, served="{feature}_n")
    assert audit.exit_code == 0
    assert all(f.parity is not None and not f.parity.mismatched for f in audit.features)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_one_changed_cell_alarms(tmp_path: Path, structure: str) -> None:
    parameters = skewcheck.load(written(tmp_path, STRUCTURES[structure]))
    table = parameters.transform(frame(9, 400), served="{feature}_n")
    row = int(np.flatnonzero(table["b_n"].notna())[150])
    table.loc[row, "b_n"] += 0.01
    audit = skewcheck.audit(parameters, table, served="{feature}_n")
    failing = {f.name: f.parity.mismatched for f in audit.features if f.parity is not None}
    assert failing == {"a": 0, "b": 1, "c": 0}
    parity = audit.features[1].parity
    assert parity is not None
    assert parity.example is not None
    assert parity.example.row == row
    assert parity.example.raw == pytest.approx(table.loc[row, "b"])


def test_rows_of_keys_add_up(tmp_path: Path) -> None:
    parameters = skewcheck.load(written(tmp_path, by_key(3)))
    table = frame(3, 1000, keys=5)
    table.loc[::50, "k"] = None
    served = parameters.transform(table, served="{feature}_n")
    audit = skewcheck.audit(parameters, served, served="{feature}_n")
    known = int(table["k"].isin(["k0", "k1", "k2"]).sum())
    for feature in audit.features:
        keys = feature.keys
        assert keys is not None
        assert (keys.known, keys.nulls) == (known, 20)
        assert keys.known + keys.unknown + keys.nulls == 1000
        assert feature.parity is not None
        assert (feature.parity.rows, feature.parity.mismatched) == (known, 0)
        assert "keys" in [test.name for test in feature.tests if test.verdict.value == "skew"]
    note = next(note for note in audit.notes if note.code == "unknown_keys")
    counts = {key: int((table["k"] == key).sum()) for key in ("k3", "k4")}
    expected = tuple(sorted(counts.items(), key=lambda pair: -pair[1]))
    assert note.parameters["keys"] == expected
    assert "'k3' (" in skewcheck.render(audit)
    hidden = skewcheck.audit(parameters, served, served="{feature}_n", no_values=True)
    assert "k3" not in skewcheck.render(hidden, "json")


def test_a_null_key_alone_warns(tmp_path: Path) -> None:
    parameters = skewcheck.load(written(tmp_path, by_key(3)))
    table = parameters.transform(frame(3, 1000), served="{feature}_n")
    table.loc[5, "k"] = None
    audit = skewcheck.audit(parameters, table, served="{feature}_n")
    assert audit.verdict.value == "warn"


def test_keys_that_are_numbers(tmp_path: Path) -> None:
    groups = {"1": {"steps": [{"op": "zscore", "mean": 1, "std": 2}]},
              "2": {"steps": [{"op": "minmax", "min": 0, "max": 4}]}}  # fmt: skip
    parameters = skewcheck.load(written(tmp_path, {"a": {"by": "k", "groups": groups}}))
    for keys in ([1, 2, 1], [1.0, 2.0, 1.0], ["1", "2", "1"]):
        made = parameters.transform(pd.DataFrame({"a": [5.0, 1.0, 1.0], "k": keys}))
        assert made["a"].tolist() == [2.0, 0.25, 0.0]
