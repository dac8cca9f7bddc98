"""Write files of fitted transformers of other libraries into the folder that is named."""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path

import category_encoders as ce
import numpy as np
import pandas as pd
from feature_engine import discretisation, encoding, imputation, outliers, transformation, wrappers
from feature_engine.selection import DropFeatures
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelBinarizer, StandardScaler


def rows(seed: int = 0) -> pd.DataFrame:
    """Return numbers a to d and levels e to i."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.random((60, 4)).round(3) + 0.01, columns=list("abcd"))
    for name in "efghi":
        frame[name] = rng.choice(list("uv") if name == "f" else list("xyz"), 60).astype(object)
    return frame


class DataFrameMapper:
    """sklearn-pandas' class as it is pickled, for today's scikit-learn does not import it."""

    def __init__(self, **state: object) -> None:
        """Take what the class would learn."""
        self.__dict__.update(state)


DataFrameMapper.__module__ = "sklearn_pandas.dataframe_mapper"


class _MapperPickler(pickle._Pickler):
    """A pickler that writes the name of a class whose module is absent."""

    def save_global(self, obj: object, name: str | None = None) -> None:
        if obj is DataFrameMapper:
            self.write(b"c" + b"sklearn_pandas.dataframe_mapper\nDataFrameMapper\n")
            self.memoize(obj)
        else:
            super().save_global(obj, name)  # type: ignore[misc]

    dispatch = {**pickle._Pickler.dispatch, type: lambda self, obj: self.save_global(obj)}  # noqa: RUF012


def pickled_mapper(mapper: DataFrameMapper) -> bytes:
    """Return a mapper as sklearn-pandas writes it."""
    import io

    buffer = io.BytesIO()
    _MapperPickler(buffer, 2).dump(mapper)
    return buffer.getvalue()


def mapper(frame: pd.DataFrame) -> DataFrameMapper:
    """Return a fitted mapper of numbers, of levels, and of what passes."""
    features = [
        (["a", "b"], StandardScaler().fit(frame[["a", "b"]].to_numpy()), {}),
        (["c"], None, {}), ("e", LabelBinarizer().fit(frame["e"]), {"alias": "kind"}),
    ]  # fmt: skip
    return DataFrameMapper(features=features, default=False, sparse=False, df_out=True,
                           input_df=False, drop_cols=[], transformed_names_=[])  # fmt: skip


def fitted(frame: pd.DataFrame) -> dict[str, object]:
    """Return fitted transformers by the names of their files."""
    target = pd.Series((np.arange(60) % 3 > 0).astype(int))
    levels = ColumnTransformer([
        ("t", ce.TargetEncoder(), ["e"]), ("o", ce.OneHotEncoder(use_cat_names=True), ["f"]),
        ("b", make_pipeline(ce.BinaryEncoder(), StandardScaler()), ["g"]),
        ("c", ce.CatBoostEncoder(), ["h"]), ("n", ce.CountEncoder(min_group_size=25), ["i"]),
    ])  # fmt: skip
    engine = Pipeline([
        ("drop", DropFeatures(["d", "g", "h", "i"])), ("fill", imputation.MeanMedianImputer()),
        ("missing", imputation.CategoricalImputer()),
        ("cap", outliers.Winsorizer("iqr", "both", variables=["a"])),
        ("curve", transformation.YeoJohnsonTransformer(["b"])),
        ("log", transformation.LogCpTransformer(["c"])),
        ("rare", encoding.RareLabelEncoder(tol=0.1, n_categories=1, variables=["e"])),
        ("mean", encoding.MeanEncoder(variables=["e"])),
        ("hot", encoding.OneHotEncoder(variables=["f"])),
        ("scale", wrappers.SklearnTransformerWrapper(StandardScaler(), variables=["a", "b"])),
    ])  # fmt: skip
    buckets = discretisation.EqualWidthDiscretiser(["a"], bins=3)
    return {
        "levels.pkl": levels.fit(frame, target), "engine.pkl": engine.fit(frame, target),
        "buckets.pkl": {"buckets": buckets.fit(frame), "codes": ce.OrdinalEncoder().fit(frame)},
    }  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name, value in fitted(rows()).items():
        (Path(sys.argv[1]) / name).write_bytes(pickle.dumps(value))
    (Path(sys.argv[1]) / "mapper.pkl").write_bytes(pickled_mapper(mapper(rows())))
