"""Two features whose served columns have one name: an audit never passes by one of the two."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import skewcheck
from skewcheck.text.errors import UsageError

ROWS = 300
Feature = dict[str, object]
Columns = dict[str, np.ndarray]
KINDS = ("number", "expand", "map", "onehot")


def scaled(mean: float, std: float) -> Feature:
    return {"op": "zscore", "mean": mean, "std": std}


def feature(kind: str, tail: str, seed: int) -> tuple[Feature, np.ndarray, Columns]:
    """Return a feature, its raw column, and its served ones by what stands behind its name.

    Without a tail it is one number; else it has a column of that name, and another.
    """
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(0, 3), rng.uniform(1, 4)
    if kind in ("number", "expand"):
        raw = rng.normal(mean, std, ROWS)
        if kind == "number":
            return {"steps": [scaled(mean, std)]}, raw, {"": (raw - mean) / std}
        columns = {tail: [scaled(mean, std)], f"other{seed}": [scaled(mean, 2 * std)]}
        made = {tail: (raw - mean) / std, f"other{seed}": (raw - mean) / (2 * std)}
        return {"steps": [{"op": "expand", "columns": columns}]}, raw, made
    codes, names = rng.integers(0, 2, ROWS), [tail, f"other{seed}"]
    if kind == "onehot":
        made = {name: (codes == i).astype(float) for i, name in enumerate(names)}
        step: Feature = {"op": "onehot", "values": names}
        return {"type": "categorical", "steps": [step]}, np.array(names)[codes], made
    values = {level: rng.normal(size=2).tolist() for level in ("u", "v")}
    table = np.array([values["u"], values["v"]])[codes]
    step = {"op": "map", "values": values, "columns": names}
    made = {name: table[:, i] for i, name in enumerate(names)}
    return {"type": "categorical", "steps": [step]}, np.array(["u", "v"])[codes], made


def served_name(name: str, tail: str) -> str:
    return f"{name}_{tail}" if tail else name


def collision(
    first: str, second: str, seed: int, *, read: int
) -> tuple[dict[str, Feature], pd.DataFrame]:
    """Return features `e` and `e_dup` that share a served name, and a log that has one of both."""
    tail = "" if second == "number" else "x"
    one, raw, made = feature(first, served_name("dup", tail), seed)
    other, other_raw, other_made = feature(second, tail, seed + 1)
    sides = [
        {served_name(name, key): y for key, y in columns.items()}
        for name, columns in (("e", made), ("e_dup", other_made))
    ]
    served = sides[1 - read] | sides[read]
    table = pd.DataFrame(
        {"e": raw, "e_dup": other_raw, **{f"{name}_n": y for name, y in served.items()}}
    )
    return {"e": one, "e_dup": other}, table


def audited(
    folder: Path, of_file: dict[str, Feature], table: pd.DataFrame, **options: object
) -> skewcheck.Audit:
    path = folder / "p.json"
    path.write_text(json.dumps({"features": of_file}))
    return skewcheck.audit(path, table, **options)


@settings(max_examples=40, deadline=None)
@given(
    first=st.sampled_from(KINDS[1:]), second=st.sampled_from(KINDS), seed=st.integers(0, 2**16),
    read=st.sampled_from([0, 1]), turned=st.booleans(), asked=st.booleans(),
)  # fmt: skip
def test_a_shared_name_never_passes(
    tmp_path_factory: pytest.TempPathFactory, first: str, second: str, seed: int, read: int,
    turned: bool, asked: bool,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("shared")
    features, table = collision(first, second, seed, read=read)
    if turned:
        features = dict(reversed(features.items()))
    if asked:
        with pytest.raises(UsageError, match="served column"):
            audited(folder, features, table, served="{feature}_n")
        return
    try:
        audit = audited(folder, features, table)
    except UsageError:
        return  # where the columns are found by name
    # Without --served, what was not compared holds an audit up.
    assert audit.exit_code in (1, 3)
    assert all(f.parity is None for f in audit.features if f.verdict.value == "ok")


@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS[1:])
def test_with_served_it_is_one_line(tmp_path: Path, first: str, second: str) -> None:
    features, table = collision(first, second, 7, read=0)
    with pytest.raises(UsageError, match=r"served column 'e_dup.*'e' and 'e_dup'") as caught:
        audited(tmp_path, features, table, served="{feature}_n")
    assert "\n" not in str(caught.value)
    parameters = skewcheck.load(tmp_path / "p.json")
    with pytest.raises(UsageError, match="served column"):
        parameters.transform(table[["e", "e_dup"]])
    with pytest.raises(UsageError, match="served column"):
        skewcheck.apply(tmp_path / "p.json", table, tmp_path / "out.csv")


@pytest.mark.parametrize(("left_out", "read"), [("e", 1), ("e_dup", 0)])
def test_one_of_both_is_compared(tmp_path: Path, left_out: str, read: int) -> None:
    for logged, code in ((read, 0), (1 - read, 1)):
        features, table = collision("expand", "number", 7, read=logged)
        audit = audited(tmp_path, features, table, served="{feature}_n", exclude=[left_out])
        assert audit.exit_code == code


def test_columns_of_their_own_are_compared(tmp_path: Path) -> None:
    features, table = collision("map", "number", 7, read=0)
    other = feature("number", "", 8)[2][""]
    table["own"] = other
    columns = {"e_dup": {"served": "own"}}
    audit = audited(tmp_path, features, table, served="{feature}_n", features=columns)
    parity = [f.parity for f in audit.features]
    assert [(p.rows, p.mismatched) for p in parity if p is not None] == [(ROWS, 0)] * 2


def test_a_value_beside_its_indicator_is_no_collision(tmp_path: Path) -> None:
    missing = {"op": "piecewise", "knots": [0.0], "coefficients": [[0.0], [1.0]]}
    columns = {"": [scaled(1, 2)], "positive": [missing]}
    features = {"e": {"steps": [{"op": "expand", "columns": columns}]}}
    x = np.random.default_rng(3).normal(1, 2, ROWS)
    table = pd.DataFrame({"e": x, "e_n": (x - 1) / 2, "e_positive_n": (x >= 0) * 1.0})
    audit = audited(tmp_path, features, table, served="{feature}_n")
    assert audit.exit_code == 0
    assert [f.name for f in audit.features] == ["e", "e_positive"]
