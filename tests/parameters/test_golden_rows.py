"""Golden rows in a parameter file: written, read again, and refused where a rule is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import skewcheck
from skewcheck.features.golden import GoldenRows
from skewcheck.text.errors import ParameterError

FILE = {
    "features": {
        "fare": {"type": "numeric", "untested": "made by Own", "steps": []},
        "own0": {"type": "numeric", "derived": True, "steps": [], "reference": {"rows": 2}},
    },
    "rows": {
        "inputs": {"fare": [1.5, None], "city": ["Oslo", True]},
        "expected": {"own0": [3, "inf"]},
        "tolerance": {"own0": 1e-6},
    },
}


def written(path: Path, **members: object) -> Path:
    path.write_text(json.dumps({**FILE, "rows": {**FILE["rows"], **members}}))
    return path


def test_rows_are_written_as_they_are_read(tmp_path: Path) -> None:
    parameters = skewcheck.load(written(tmp_path / "p.json"))
    assert parameters.rows == GoldenRows(
        {"fare": (1.5, None), "city": ("Oslo", True)}, {"own0": (3, "inf")}, {"own0": 1e-6}
    )
    skewcheck.save(parameters, tmp_path / "again.json")
    again = skewcheck.load(tmp_path / "again.json")
    assert again.rows == parameters.rows
    assert skewcheck.rows(again)[1] == {
        "id": 1, "input": {"fare": None, "city": True}, "expected": {"own0": "inf"}
    }  # fmt: skip


def test_the_fingerprint_does_not_depend_on_rows(tmp_path: Path) -> None:
    with_rows = skewcheck.load(written(tmp_path / "p.json"))
    others = skewcheck.load(written(tmp_path / "o.json", expected={"own0": [4, 5]}))
    assert with_rows.fingerprint == others.fingerprint


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"inputs": {"fare": [1.5]}}, "rows.expected.own0: has 2 values for 1 rows"),
        ({"expected": {}, "tolerance": {}}, "rows: must have 1 to 100 rows, with inputs"),
        ({"inputs": {"fare": [0] * 101}, "expected": {"own0": [0] * 101}},
         "rows: must have 1 to 100 rows, with inputs and outputs"),
        ({"inputs": {"fare": [[1], 2]}}, "rows.inputs.fare[0]: must be a finite number"),
        ({"inputs": 3}, "rows.inputs: must be an object, got 3"),
        ({"tolerance": {"own0": -1}}, "rows.tolerance.own0: must be at least 0, got -1"),
        ({"tolerance": {"own1": 1}}, "rows.tolerance.own1: is no column of expected"),
        ({"outputs": {}}, "rows.outputs: no such key"),
    ],
)  # fmt: skip
def test_broken_rules_name_the_place(members: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        skewcheck.load(written(tmp_path / "p.json", **members))
    assert said in str(caught.value)


@pytest.mark.parametrize("key", ["inputs", "expected"])
def test_both_sides_are_needed(key: str, tmp_path: Path) -> None:
    rows = {k: v for k, v in FILE["rows"].items() if k != key}
    (tmp_path / "p.json").write_text(json.dumps({**FILE, "rows": rows}))
    with pytest.raises(ParameterError, match=f"rows.{key}: is missing"):
        skewcheck.load(tmp_path / "p.json")


def test_fit_keeps_rows_or_leaves_them_out(tmp_path: Path) -> None:
    path, train = written(tmp_path / "p.json"), tmp_path / "train.csv"
    train.write_text("fare\n1\n2\n4\n")
    assert skewcheck.fit(train, parameters=path).rows is not None
    assert skewcheck.fit(train, parameters=path, rows=False).rows is None
