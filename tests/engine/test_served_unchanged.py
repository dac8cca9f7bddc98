"""What a model takes as it is has a served side too, where the columns beside it have one."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skewcheck

CHANGES = {
    "right": None, "stuck": lambda raw: raw["rooms"] * 0.0, "another's": lambda raw: raw["floor"],
    "scaled": lambda raw: (raw["rooms"] - 4) / 2, "shifted": lambda raw: raw["rooms"] + 1,
}  # fmt: skip


def homes(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "area": rng.gamma(6, 25, rows).round(1), "year": rng.integers(1900, 2024, rows),
        "city": rng.choice(list("abc"), rows), "rooms": rng.integers(1, 9, rows),
        "floor": rng.integers(0, 30, rows),
    })  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["as scikit-learn", "{feature}_in", "model.{feature}"])
def test_columns_that_pass_through_are_compared(tmp_path: Path, name: str, change: str) -> None:
    columns = ColumnTransformer(
        [("num", StandardScaler(), ["area", "year"]),
         ("cat", OneHotEncoder(sparse_output=False), ["city"])], remainder="passthrough",
    ).fit(homes(1, 8_000))  # fmt: skip
    joblib.dump(columns, tmp_path / "columns.joblib")
    known = skewcheck.fit(homes(1, 8_000), parameters=tmp_path / "columns.joblib")
    raw = homes(2, 3_000)
    names = [str(x) for x in columns.get_feature_names_out()]
    if name != "as scikit-learn":
        names = [name.replace("{feature}", x.split("__")[1]) for x in names]
    fed = pd.DataFrame(columns.transform(raw).astype("float32"), columns=names)
    wrong = CHANGES[change]
    if wrong is not None:
        fed.iloc[:, names.index(next(n for n in names if "rooms" in n))] = wrong(raw)
    audit = skewcheck.audit(known, pd.concat([raw, fed], axis=1))
    assert audit.exit_code == (0 if wrong is None else 1)
    assert [f.name for f in audit.features if f.verdict == "skew"] == (["rooms"] if wrong else [])
    assert {f.mode for f in audit.features} == {"paired"}


def test_columns_beside_are_no_served_ones_without_a_template(tmp_path: Path) -> None:
    """`rooms_total` is no served side of `rooms`, where `area_n` is that of `area`."""
    fitted = skewcheck.fit(homes(1, 8_000), normalize=["zscore:area,year", "none:rooms,floor"])
    raw = homes(2, 3_000)
    served = fitted.transform(raw, served="{feature}_n")[["area_n", "year_n"]]
    log = pd.concat([raw, served], axis=1).assign(rooms_total=raw["rooms"] * 3)
    audit = skewcheck.audit(fitted, log)
    assert audit.exit_code == 0
    assert {f.name: f.mode for f in audit.features if f.name in ("rooms", "area")} == {
        "rooms": "raw", "area": "paired",
    }  # fmt: skip


@pytest.mark.parametrize("written", ["float64", "%.6g", "JSON Lines"])
def test_values_that_a_server_held_as_float32(tmp_path: Path, written: str) -> None:
    """Few distinct values, none of which float32 has exactly: each is still that of training."""
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, 12)
    train = pd.DataFrame({"x": rng.choice(values, 8_000)})
    known = skewcheck.fit(train, normalize="none")
    log = pd.DataFrame({"x_n": rng.choice(values, 4_000).astype("float32").astype("float64")})
    path = tmp_path / "log"
    if written == "float64":
        log.to_parquet(path)
    elif written == "JSON Lines":
        log.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        log.to_csv(path, index=False, float_format=written)
    assert skewcheck.audit(known, path, served="{feature}_n").exit_code == 0
