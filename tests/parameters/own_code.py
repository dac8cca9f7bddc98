"""A training script as people write it, with code of its own: what its pipelines are saved as.

It is run as `__main__`, since dill and cloudpickle then hold its classes and functions by value,
and dill the script's whole state. Usage: python own_code.py FOLDER
"""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import cloudpickle
import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

Dump = Callable[[object, BinaryIO], object]
PLAIN: dict[str, Dump] = {
    "pickle": pickle.dump, "joblib": joblib.dump, "zlib": partial(joblib.dump, compress=3),
}  # fmt: skip


def by_value() -> dict[str, Dump]:
    """Return what saves code too. Once dill is imported, joblib saves as it does."""
    import dill

    return {
        "dill": dill.dump,
        "dill 2": partial(dill.dump, protocol=2),
        "recurse": partial(dill.dump, recurse=True),
        "byref": partial(dill.dump, byref=True),
        "cloudpickle": cloudpickle.dump,
        "cloudpickle 2": partial(cloudpickle.dump, protocol=2),
    }


VALUES = {
    "floats": np.arange(6.0).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "objects": np.array(["a", None, 1.5], dtype=object),
    "levels": np.array(["é", "b"]),
    "times": np.array(["2026-01-01"], "datetime64[s]"),
    "scalar": np.float64(1.5),
    "sets": {"a": {2}, "b": frozenset({"x"}), "c": bytearray(b"x"), "d": complex(1, 2)},
    "others": [slice(1, None), b"x", (1, 2.5)],
}
"""Values whose form in a pickle differs with what saves them."""


class LogScaling(BaseEstimator, TransformerMixin):
    """The logarithm, by a class that holds itself: `super()` and a recursion."""

    root = math.sqrt

    def fit(self, _rows: object, _y: object = None) -> LogScaling:
        self.depth_ = self.depth(2)
        return self

    def depth(self, n: int) -> int:
        return 0 if n == 0 else 1 + LogScaling.depth(self, n - 1)

    def __sklearn_tags__(self) -> object:
        return super().__sklearn_tags__()

    def transform(self, rows: object) -> object:
        return np.log1p(rows)

    def get_feature_names_out(self, names: object = None) -> object:
        return names


class AgeFill(LogScaling):
    """Adds a column and fills another, and keeps names."""

    def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(fare=rows["fare"].fillna(1.0), ratio=rows["miles"] / rows["people"])


class Ratios(LogScaling):
    """Makes three columns of the first, and none of the others."""

    def transform(self, rows: pd.DataFrame) -> object:
        return np.column_stack([rows.iloc[:, 0]] * 3)


class TaxiModel:
    """What tutorials save: the preprocessor and the model in one object."""

    def __init__(self, preprocessing: ColumnTransformer, model: LogisticRegression) -> None:
        self.preprocessing, self.trained_model = preprocessing, model


def my_log(x: object) -> object:
    return np.log1p(x) if math.pi > 3 else x


def rides(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "fare": rng.lognormal(2, 1, 300), "miles": rng.gamma(2, 3, 300),
        "people": rng.integers(1, 6, 300).astype(float), "speed": rng.gamma(3, 5, 300),
        "city": rng.choice(["Oslo", "Lima", "Rome"], 300).astype(object),
    })  # fmt: skip
    frame.loc[rng.random(300) < 0.1, "fare"] = np.nan
    return frame


def plus_one(x: object) -> object:
    return x + 1


def columns(plus: Callable[[object], object]) -> ColumnTransformer:
    return ColumnTransformer([
        ("num", Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())]), ["fare"]),
        ("own", make_pipeline(LogScaling(), StandardScaler()), ["miles"]),
        ("log", FunctionTransformer(my_log, feature_names_out="one-to-one"), ["people"]),
        ("plus", FunctionTransformer(plus, feature_names_out="one-to-one"), ["speed"]),
        ("cat", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]),
    ])  # fmt: skip


def zoo(plus: Callable[[object], object]) -> dict[str, object]:
    """Return the objects that are saved, by name; pickle itself saves no lambda."""
    data = rides(0)
    numbers = data.drop(columns="city").fillna(0)
    steps = [
        MinMaxScaler(), FunctionTransformer(my_log), FunctionTransformer(plus),
        FunctionTransformer(partial(np.clip, a_min=0, a_max=9)), LogScaling(),
    ]  # fmt: skip
    fitted = columns(plus).fit(data)
    model = LogisticRegression().fit(fitted.transform(data), data["fare"] > 5)
    return {
        "stages": make_pipeline(*steps).fit(numbers),
        "columns": fitted,
        "pipeline": make_pipeline(columns(plus), LogisticRegression()).fit(data, data["fare"] > 5),
        "model": TaxiModel(fitted, model),
        "bundle": {"preprocessor": fitted, "model": model, "own": LogScaling().fit(data)},
        "first": make_pipeline(AgeFill(), numbers_of_all()).fit(data),
        "wide": wide().fit(data),
        "alone": LogScaling().fit(data),
        "values": VALUES,
    }


def wide() -> Pipeline:
    branches = ColumnTransformer([
        ("fill", SimpleImputer(), ["fare"]), ("own", Ratios(), ["miles", "people"]),
        ("log", FunctionTransformer(np.log1p), ["speed"]),
    ])  # fmt: skip
    return make_pipeline(branches, MinMaxScaler())


def numbers_of_all() -> ColumnTransformer:
    names = ["fare", "miles", "ratio"]
    return ColumnTransformer([("num", StandardScaler(), names)])


def _save(folder: Path, values: dict[str, object], dumps: dict[str, Dump]) -> None:
    for what, value in values.items():
        for how, dump in dumps.items():
            with (folder / f"{what}.{how}").open("wb") as file:
                dump(value, file)


def main(folder: Path) -> None:
    named = zoo(plus_one)
    _save(folder, named, PLAIN)
    _save(folder, zoo(lambda x: x + 1), by_value())
    fitted = named["columns"]
    served = pd.DataFrame(fitted.transform(rides(1)), columns=fitted.get_feature_names_out())
    served.to_csv(folder / "served.csv", index=False)
    wide_rows = pd.DataFrame(named["wide"].transform(rides(1)))
    wide_rows.to_csv(folder / "wide.csv", index=False)
    rides(1).to_csv(folder / "rides.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
