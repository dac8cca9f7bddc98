"""How often a claim is false where nothing was put in: `python truth.py --data FOLDER`.

Natural splits: training is the rows of one level of a column of a real set, the log those of
another level, or of one level of all. No server did anything: whatever differs is the world.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import rightly
from worlds import Columns, Steps, world

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.results.causes import LIKELY
from skewcheck.results.verdicts import ALARMS

SETS = (
    "chicago_taxi/train.csv.gz", "adult_tfdv/adult.data.gz",
    "us_census_ma/employment_MA_reference.pq", "flight_delays/flight_delays_reference.csv.gz",
    "german_credit_openscale/credit_risk_training.csv.gz",
    "params/bank_churn/European_Bank.csv.gz", "params/telco_churn/churn.csv.gz",
)  # fmt: skip
MIN_ROWS = 400
"""Rows that a level must have to be a log of its own."""
MAX_ROWS = 4000
"""Rows of a level that are used, to keep the measurement short."""
MAX_LEVELS = 40
"""Columns of more levels are names and numbers, by which nobody splits a log."""
MAX_LOGS = 6
"""Levels of a column that are used, the most frequent."""
MODES = ("raw", "served")


@dataclass(frozen=True)
class Named:
    """An alarmed feature of a natural split, and its first cause."""

    source: str
    split: str
    mode: str
    feature: str
    code: str
    confidence: float

    @property
    def false(self) -> bool:
        """Return whether a mechanism is named as likely, though there was none."""
        known = CAUSES.get(self.code)
        return known is not None and known.mechanical and self.confidence >= LIKELY


def natural_splits(folder: Path) -> list[Named]:
    """Return every alarmed feature of all natural splits of the public sets, raw and served."""
    return [
        named
        for path in SETS
        for split, train, log in _splits(_table(folder / path))
        for named in _audited(path.split("/")[-2], split, train, log)
    ]


def rates(found: list[Named]) -> dict[str, tuple[int, int]]:
    """Return by mode how many alarmed features have a false mechanism, and how many there are."""
    alarmed = Counter(named.mode for named in found)
    false = Counter(named.mode for named in found if named.false)
    return {mode: (false[mode], alarmed[mode]) for mode in MODES}


def _table(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".pq" else pd.read_csv(path)


def _splits(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Yield splits: each level against the next most frequent one, and all against each."""
    for column in table.columns:
        rows = table[column].value_counts()
        levels = rows[rows >= MIN_ROWS].index[:MAX_LOGS]
        if not 2 <= len(rows) <= MAX_LEVELS or len(levels) < 2:
            continue
        parts = {level: _sampled(table[table[column] == level]) for level in levels}
        for one, other in pairwise([*levels, levels[0]]):
            yield f"{column}: {one} -> {other}", parts[one], parts[other]
        for level in levels:
            yield f"{column}: all -> {level}", _sampled(table), parts[level]


def _sampled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(min(len(rows), MAX_ROWS), random_state=1)


def _audited(source: str, split: str, train: pd.DataFrame, log: pd.DataFrame) -> Iterator[Named]:
    """Yield the alarmed features of one split, of raw values and of what a right server served."""
    steps = {name: _steps(train[name]) for name in train.columns if train[name].notna().any()}
    texts = {name for name, step in steps.items() if step[0]["op"] == "vocabulary"}
    known = world("split", _columns(train, steps, texts), steps, lambda *_: {}).parameters
    raw = _columns(log, steps, texts)
    served = {
        name: rightly.codes([str(v) for v in steps[name][0]["values"]], x)
        if name in texts
        else rightly.right(steps[name], x)
        for name, x in raw.items()
    }
    for mode, columns in zip(MODES, (raw, served), strict=True):
        options = {} if mode == "raw" else {"served": "{feature}"}
        audit = skewcheck.audit(known, pd.DataFrame(columns), by=["none"], **options)
        for feature in audit.features:
            if feature.verdict in ALARMS:
                first = feature.causes[0] if feature.causes else None
                yield Named(
                    source, split, mode, feature.name, first.code if first else "none",
                    first.confidence if first else 0.0,
                )  # fmt: skip


def _steps(column: pd.Series) -> Steps:
    """Return a z-score for numbers, a vocabulary by frequency for all else."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        x = column.to_numpy(float)
        return [{"op": "zscore", "mean": float(np.nanmean(x)), "std": float(np.nanstd(x)) or 1.0}]
    values = Counter(str(value) for value in column.dropna())
    return [{"op": "vocabulary", "values": [v for v, _ in values.most_common()], "unknown": -1}]


def _columns(rows: pd.DataFrame, steps: dict[str, Steps], texts: set[str]) -> Columns:
    """Return raw columns: numbers as float64, all else as text, None for nulls."""
    return {
        name: np.array([None if pd.isna(v) else str(v) for v in rows[name]], object)
        if name in texts
        else rows[name].to_numpy(float)
        for name in steps
    }


def main() -> None:
    """Print how many alarmed features have a false mechanism, and which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    found = natural_splits(parser.parse_args().data)
    for named in found:
        if named.false:
            print(named)
    for mode, (false, alarmed) in rates(found).items():
        share = 100 * false / max(alarmed, 1)
        print(f"{mode}: {false} of {alarmed} alarmed features ({share:.2f} %)")


if __name__ == "__main__":
    main()
