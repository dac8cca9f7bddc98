"""A log of known truth, which the layouts of LAYOUTS.md write: right servers, and wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skewcheck

ROWS, TRAINED = 1_000, 20_000
NUMERIC = ["age", "fare", "dist", "hours"]
LEVELS = ["card", "cash", "voucher"]
FEATURES = [*NUMERIC, "pay"]
WRONG = ("other std", "not normalized", "swapped")
"""What wrong servers do: to `fare` the first two, to `dist` and `hours` the third."""
AFFECTED = {"other std": {"fare"}, "not normalized": {"fare"}, "swapped": {"dist", "hours"}}


@dataclass(frozen=True)
class Log:
    """Rows that were served."""

    raw: pd.DataFrame
    """Values by the features' names, as the client sent them."""
    served: pd.DataFrame
    """What the model got, by the names of ColumnTransformer: `num__age`, `cat__pay_card`."""

    @property
    def ids(self) -> list[str]:
        """A request's id per row."""
        return [f"req-{i:05}" for i in range(len(self.raw))]

    @property
    def times(self) -> list[str]:
        """A moment per row."""
        start = pd.Timestamp("2026-11-20T10:00:00Z")
        return [
            (start + pd.Timedelta(seconds=i)).isoformat().replace("+00:00", "Z")
            for i in range(len(self.raw))
        ]

    def records(self) -> list[dict[str, object]]:
        """The raw values of each row by name."""
        return _records(self.raw)

    def scaled(self) -> list[dict[str, object]]:
        """The served values of each row by name."""
        return _records(self.served)

    def lists(self) -> list[list[object]]:
        """The raw values of each row in the order of the features."""
        return [list(record.values()) for record in self.records()]

    def vectors(self) -> list[list[float]]:
        """The served values of each row in the order of the transformer."""
        return [[float(value) for value in row] for row in self.served.to_numpy()]


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = {name: column.tolist() for name, column in frame.items()}
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def rides(seed: int, rows: int) -> pd.DataFrame:
    """Draw raw values."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows),
        "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "dist": np.round(rng.lognormal(1, 0.6, rows), 3),
        "hours": np.round(rng.normal(8, 2.5, rows), 1),
        "pay": rng.choice(LEVELS, rows, p=[0.5, 0.4, 0.1]),
    })  # fmt: skip


@dataclass(frozen=True)
class World:
    """What training left, and the logs of servers."""

    parameters: Path
    right: Log
    wrong: dict[str, Log]

    @classmethod
    def made(cls, folder: Path) -> World:
        """Fit a ColumnTransformer and its distributions, and serve rows rightly and wrongly."""
        train = rides(1, TRAINED)
        transformer = ColumnTransformer([
            ("num", StandardScaler(), NUMERIC),
            ("cat", OneHotEncoder(sparse_output=False), ["pay"]),
        ]).set_output(transform="pandas").fit(train)  # fmt: skip
        joblib.dump(transformer, folder / "preprocessor.joblib")
        path = folder / "params.json"
        skewcheck.save(skewcheck.fit(train, parameters=folder / "preprocessor.joblib"), path)
        raw = rides(2, ROWS)
        right = transformer.transform(raw)
        fare = raw["fare"]
        other = right.assign(num__fare=(fare - train["fare"].mean()) / (train["fare"].std() * 1.3))
        plain = right.assign(num__fare=fare.astype(float))
        swapped = right.assign(num__dist=right["num__hours"], num__hours=right["num__dist"])
        wrong = dict(zip(WRONG, (other, plain, swapped), strict=True))
        return cls(
            path, Log(raw, right), {name: Log(raw, served) for name, served in wrong.items()}
        )
