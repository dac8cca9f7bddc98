"""Golden rows of features by a key, and over scopes: servers written by hand, faults named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skewcheck.lock.conformance import check_rows, rows

Row = dict[str, object]
ROW = ("a", "b", "c", "d")
MEAN = {"s0": 3.0, "s1": 13.0, "s2": 23.0}
STD = {"s0": 1.5, "s1": 2.5, "s2": 3.5}


def written(folder: Path, features: dict[str, object]) -> str:
    path = folder / "p.json"
    path.write_text(json.dumps({"features": features}))
    return str(path)


def over(**keys: object) -> dict[str, object]:
    return {"steps": [{"op": "standardize", **keys}]}


def number(value: object) -> float:
    return float(value) if isinstance(value, int | float | str) else np.nan


def inputs(row: Row) -> dict[str, object]:
    value = row["input"]
    assert isinstance(value, dict)
    return value


def answered(
    path: str, server: Callable[[dict[str, object], int, str], float], names: tuple[str, ...]
) -> list[tuple[int, list[tuple[str, dict[str, object]]]]]:
    """Return of each feature how many answers are wrong, and their causes."""
    answers = []
    for i, row in enumerate(rows(path)):
        made = {name: server(inputs(row), i, name) for name in names}
        output = {f"{k}": v if np.isfinite(v) else None for k, v in made.items()}
        answers.append({"id": i, "output": output})
    checked = check_rows(path, answers)
    return [
        (len(o.wrong), [(c.code, dict(c.parameters)) for c in o.causes]) for o in checked.outputs
    ]


def by_store(folder: Path) -> str:
    groups = {
        k: {"steps": [{"op": "zscore", "mean": MEAN[k], "std": STD[k]}]} for k in MEAN
    }  # fmt: skip
    return written(folder, {"t": {"by": "store", "groups": groups}})


def test_a_server_by_key_is_right(tmp_path: Path) -> None:
    def server(row: dict[str, object], _: int, name: str) -> float:
        store = str(row["store"])
        return float(np.float32((number(row[name]) - MEAN[store]) / STD[store]))

    assert answered(by_store(tmp_path), server, ("t",)) == [(0, [])]


@pytest.mark.parametrize(
    ("mean", "std", "code"),
    [(13.0, 2.5, "wrong_group"), (11.0, 6.0, "global_parameters"), (0.0, 1.0, "not_normalized")],
)
def test_parameters_of_another_key_are_named(
    tmp_path: Path, mean: float, std: float, code: str
) -> None:
    def server(row: dict[str, object], _: int, name: str) -> float:
        return (number(row[name]) - mean) / std

    ((wrong, causes),) = answered(by_store(tmp_path), server, ("t",))
    assert wrong > 0
    ((found, parameters),) = causes
    assert found == code
    if code == "wrong_group":
        assert parameters == {"group": "s1"}
    if code == "global_parameters":
        assert parameters == pytest.approx({"mean": mean, "std": std})


@pytest.mark.parametrize("ddof", [0, 1])
def test_features_of_a_row(tmp_path: Path, ddof: int) -> None:
    path = written(tmp_path, {name: over(over="row") for name in ROW})

    def server(row: dict[str, object], _: int, name: str) -> float:
        x = np.array([number(row[n]) for n in ROW])
        return float(np.float32((number(row[name]) - x.mean()) / x.std(ddof=ddof)))

    for wrong, causes in answered(path, server, ROW):
        assert bool(wrong) == bool(ddof)
        codes = [(code, parameters["ddof"]) for code, parameters in causes]
        assert codes == ([("scope_changed", 1)] if ddof else [])


@pytest.mark.parametrize("scope", ["window", "batch", "running"])
@pytest.mark.parametrize("fault", ["", "not_normalized", "scope_changed"])
def test_rows_in_their_order_are_one_series(tmp_path: Path, scope: str, fault: str) -> None:
    keys = {"over": scope} | ({} if scope == "running" else {"length": 12})
    path = written(tmp_path, {"t": over(**keys)})
    x = np.array([number(inputs(row)["t"]) for row in rows(path)])

    def server(_: dict[str, object], i: int, __: str) -> float:
        if fault == "not_normalized":
            return float(x[i])
        first, last = {
            "window": (i - 11, i + 1), "batch": (i // 12 * 12, i // 12 * 12 + 12),
            "running": (0, i + 1),
        }[scope]  # fmt: skip
        if first < 0 or last > len(x):
            return np.nan
        of = x[first:last]
        if np.ptp(of) == 0:
            return 0.0
        return float(np.float32((x[i] - of.mean()) / of.std(ddof=1 if fault else 0)))

    ((wrong, causes),) = answered(path, server, ("t",))
    assert (wrong > 0) == bool(fault)
    assert [code for code, _ in causes] == ([fault] if fault else [])


def test_windows_longer_than_golden_rows_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, {"t": over(over="window", length=500), "u": over(over="running")})
    expected = rows(path)[0]["expected"]
    assert isinstance(expected, dict)
    assert {*expected} == {"u"}


def test_series_have_a_key(tmp_path: Path) -> None:
    path = written(tmp_path, {"t": {"by": "k", **over(over="running")}})
    assert {str(inputs(row)["k"]) for row in rows(path)} == {"a", "b"}
