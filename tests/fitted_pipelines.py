"""Random scikit-learn pipelines as people fit them, on columns that people have."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from pipelines import COLUMNS, ROWS, Random
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

NUMERIC: Mapping[str, Callable[[Random], object]] = {
    "standard": lambda rng: StandardScaler(with_mean=rng.random() < 0.8),
    "minmax": lambda rng: MinMaxScaler((-1, 1) if rng.random() < 0.5 else (0, 1),
                                       clip=bool(rng.random() < 0.5)),
    "maxabs": lambda _: MaxAbsScaler(),
    "robust": lambda rng: RobustScaler(with_centering=bool(rng.random() < 0.8)),
    "power": lambda rng: PowerTransformer(standardize=bool(rng.random() < 0.8)),
    "quantile": lambda rng: QuantileTransformer(
        n_quantiles=50, output_distribution=str(rng.choice(["uniform", "normal"]))),
    "bins": lambda _: KBinsDiscretizer(
        4, encode="ordinal", quantile_method="averaged_inverted_cdf"),
}  # fmt: skip
FIRST: Mapping[str, Callable[[Random], object]] = {
    "median": lambda rng: SimpleImputer(strategy=str(rng.choice(["median", "mean"]))),
    "constant": lambda _: SimpleImputer(strategy="constant", fill_value=0.0),
    "log1p": lambda _: FunctionTransformer(np.log1p, feature_names_out="one-to-one"),
}
CATEGORICAL: Mapping[str, Callable[[Random], object]] = {
    "onehot": lambda rng: OneHotEncoder(
        sparse_output=False, handle_unknown="ignore",
        drop=rng.choice([None, "if_binary"])),  # type: ignore[arg-type]
    "first": lambda _: OneHotEncoder(sparse_output=False, drop="first"),
    "ordinal": lambda _: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
}  # fmt: skip


def frame(rng: Random, *, nulls: bool) -> pd.DataFrame:
    """Return three columns of numbers, of which one has nulls, and two of levels."""
    names = rng.choice([*COLUMNS], 3, replace=False)
    columns: dict[str, object] = {f"n{i}": COLUMNS[str(name)](rng) for i, name in enumerate(names)}
    if nulls:
        columns["n0"] = np.where(rng.random(ROWS) < 0.1, np.nan, columns["n0"])
    columns["sex"] = rng.choice(["F", "M"], ROWS)
    columns["city"] = rng.choice(["Oslo", "Rome", "Bern", "Nice"], ROWS, p=[0.4, 0.3, 0.2, 0.1])
    return pd.DataFrame(columns).astype({"n1": str(rng.choice(["float64", "float32"]))})


def transformer(rng: Random, data: pd.DataFrame, *, nulls: bool) -> ColumnTransformer:
    """Return a fitted ColumnTransformer with pandas output."""
    steps = [FIRST["median"](rng)] if nulls else []
    if data[["n0", "n1", "n2"]].min().min() > -0.9 and rng.random() < 0.5:
        steps.append(FIRST["log1p"](rng))
    steps.append(NUMERIC[str(rng.choice([*NUMERIC]))](rng))
    if rng.random() < 0.3:
        steps.append(NUMERIC[str(rng.choice(["standard", "minmax", "maxabs"]))](rng))
    levels = CATEGORICAL[str(rng.choice([*CATEGORICAL]))](rng)
    columns = ColumnTransformer(
        [("num", make_pipeline(*steps), ["n0", "n1", "n2"]), ("cat", levels, ["sex", "city"])],
        verbose_feature_names_out=bool(rng.random() < 0.5),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # bins that ties leave empty
        return columns.set_output(transform="pandas").fit(data)
