"""The files of the demo: what is in them, and what becomes of a folder that is not empty."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from skewcheck.simulate.demo import DemoFiles, rides, serve, training_parameters, write_demo
from skewcheck.simulate.demo.ride_data import FEATURES
from skewcheck.text.errors import SkewcheckError


def no_fit(train: Path, parameters: Path) -> None:
    """Stand in for the fit: the steps stay as they are."""
    assert train.is_file()
    assert parameters.is_file()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("made") / "new" / "demo", no_fit)


def test_the_fit_gets_the_sample_and_the_steps_and_may_add_to_them(tmp_path: Path) -> None:
    def fit(train: Path, parameters: Path) -> None:
        steps = json.loads(parameters.read_text())
        assert list(steps["features"]) == pq.read_schema(train).names
        parameters.write_text("fitted")

    assert write_demo(tmp_path, fit).parameters.read_text() == "fitted"


def test_the_parameters_are_those_of_the_training_file(files: DemoFiles) -> None:
    assert pq.read_schema(files.train).names == list(FEATURES)
    assert json.loads(files.parameters.read_text()) == training_parameters(rides(20_000, seed=1))


def test_the_clean_log_is_two_files_with_raw_and_served_values(files: DemoFiles) -> None:
    assert [path.name for path in sorted(files.clean.iterdir())] == [
        "part-1.parquet",
        "part-2.parquet",
    ]
    table = ds.dataset(files.clean).to_table()
    assert table.num_rows == 10_000
    assert {f"{name}_norm" for name in FEATURES} < set(table.column_names)
    assert table.schema.field("ts").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("fare_norm").type == pa.float32()
    assert 0 < table["trip_miles"].null_count < 100
    assert table["trip_miles_norm"].null_count == 0


def test_the_drifted_log_holds_raw_values_only(files: DemoFiles) -> None:
    assert pq.read_schema(files.drifted).names == list(rides(0, seed=1))


def test_the_unnormalized_log_serves_what_came_in(files: DemoFiles) -> None:
    table = pq.read_table(files.not_normalized)
    assert (
        table["fare_norm"].to_pylist() == table["fare"].cast(pa.float32(), safe=False).to_pylist()
    )
    assert set(table["is_airport_norm"].to_pylist()) == {0.0, 1.0}


def test_the_bug_is_on_one_host_in_the_second_half_of_the_week(files: DemoFiles) -> None:
    log = rides(10_000, seed=6)
    clean = serve(log, training_parameters(rides(20_000, seed=1)))
    table = pq.read_table(files.paired_bug)
    for name, values in clean.items():
        differs = table[name].to_numpy() != values
        if name == "fare_norm":
            assert set(log["host"][differs]) == {"web-7"}
            assert str(log["ts"][differs].min()) >= "2026-11-05T12:00:00"
            assert 0.04 < differs.mean() < 0.085  # an eighth of a half
        else:
            assert not differs.any(), name


def test_text_logs_say_the_same_as_the_arrays(files: DemoFiles) -> None:
    log = rides(2_000, seed=3)
    with files.clean_csv.open(newline="") as file:
        from_csv = list(csv.DictReader(file))
    from_json = [json.loads(line) for line in files.clean_jsonl.read_text().splitlines()]
    assert len(from_csv) == len(from_json) == 2_000
    assert [float(row["fare"]) for row in from_csv] == log["fare"].tolist()
    assert [row["fare"] for row in from_json] == log["fare"].tolist()
    assert [row["ts"] for row in from_csv] == [row["ts"] for row in from_json]
    assert from_json[0]["ts"].endswith("Z")
    gaps = [row["trip_miles"] is None for row in from_json]
    assert any(gaps)
    assert [row["trip_miles"] == "" for row in from_csv] == gaps
    digits = {len(row["fare_norm"].lstrip("-0.").replace(".", "")) for row in from_csv}
    assert max(digits) == 6
    assert "fare_norm" not in from_json[0]


def test_an_earlier_demo_is_written_over_and_other_files_stay(tmp_path: Path) -> None:
    first = write_demo(tmp_path, no_fit)
    written_files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    before = first.clean_csv.read_bytes()
    first.clean_csv.write_text("edited")
    (tmp_path / "notes.txt").write_text("mine")
    assert write_demo(tmp_path, no_fit) == first
    assert first.clean_csv.read_bytes() == before
    after = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert after == sorted([*written_files, Path("notes.txt")])


@pytest.mark.parametrize("name", ["mine.txt", "README.md"])
def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff mine")
    with pytest.raises(SkewcheckError, match=r"not empty.*choose another folder"):
        write_demo(tmp_path, no_fit)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_in_place_of_the_folder_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SkewcheckError, match="choose another folder") as caught:
        write_demo(tmp_path / "file", no_fit)
    assert "\n" not in str(caught.value)


def test_nothing_is_left_of_a_demo_that_failed(tmp_path: Path) -> None:
    def broken(train: Path, parameters: Path) -> None:
        raise SkewcheckError("no fit today")

    with pytest.raises(SkewcheckError, match="no fit today"):
        write_demo(tmp_path, broken)
    assert list(tmp_path.iterdir()) == []
