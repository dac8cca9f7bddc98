"""The public sets as tables, and a normalization for each of their columns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import rightly
from worlds import Columns, Steps

import skewcheck

SETS = (
    "chicago_taxi/train.csv.gz", "adult_tfdv/adult.data.gz",
    "us_census_ma/employment_MA_reference.pq", "flight_delays/flight_delays_reference.csv.gz",
    "german_credit_openscale/credit_risk_training.csv.gz",
    "params/bank_churn/European_Bank.csv.gz", "params/telco_churn/churn.csv.gz",
)  # fmt: skip


def table(path: Path) -> pd.DataFrame:
    """Return a set's rows."""
    return pd.read_parquet(path) if path.suffix == ".pq" else pd.read_csv(path)


def normalization(train: pd.DataFrame) -> dict[str, Steps]:
    """Return the steps of the columns that `fit` takes as features, by the type it gives them."""
    return {f.name: _steps(train[f.name], f.type) for f in skewcheck.fit(train).features}


def _steps(column: pd.Series, kind: str) -> Steps:
    """Return a z-score for numbers, a vocabulary by frequency for levels."""
    if kind == "numeric":
        x = pd.to_numeric(column, errors="coerce").to_numpy(float)
        return [{"op": "zscore", "mean": float(np.nanmean(x)), "std": float(np.nanstd(x)) or 1.0}]
    values = Counter(str(value) for value in column.dropna())
    return [{"op": "vocabulary", "values": [v for v, _ in values.most_common()], "unknown": -1}]


def columns(rows: pd.DataFrame, steps: dict[str, Steps]) -> Columns:
    """Return raw columns: numbers as float64, all else as text, None for nulls."""
    return {
        name: np.array([None if pd.isna(v) else str(v) for v in rows[name]], object)
        if steps[name][0]["op"] == "vocabulary"
        else pd.to_numeric(rows[name], errors="coerce").to_numpy(float)
        for name in steps
    }


def right(steps: dict[str, Steps], raw: Columns) -> Columns:
    """Return what a right server makes of raw columns, in NumPy."""
    return {
        name: rightly.codes([str(value) for value in steps[name][0]["values"]], x)
        if steps[name][0]["op"] == "vocabulary"
        else np.asarray(rightly.right(steps[name], x), np.float64)
        for name, x in raw.items()
    }
