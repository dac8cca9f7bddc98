"""Training scripts that save one model's preprocessing in several files, as people write them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    LabelEncoder,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

NUMERIC = ["age", "income", "bmi"]
LEVELS = ["gender", "city"]
Script = Callable[[Path, pd.DataFrame], pd.DataFrame]
"""Fits on a frame, saves what it fitted in a folder, and returns what it feeds to the model."""


def frame(seed: int = 0, rows: int = 400, *, nulls: bool = False) -> pd.DataFrame:
    """Return raw rows: three columns of numbers, two of levels."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "income": rng.lognormal(10, 0.6, rows).round(2),
        "bmi": rng.normal(27, 4, rows).round(1),
        "gender": rng.choice(["F", "M"], rows),
        "city": rng.choice(["Bern", "Nice", "Oslo", "Rome"], rows, p=[0.4, 0.3, 0.2, 0.1]),
    })  # fmt: skip
    if nulls:
        data.loc[rng.random(rows) < 0.1, ["age", "bmi"]] = np.nan
    return data


def _save(folder: Path, **objects: object) -> None:
    for name, value in objects.items():
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(value))


def _write(folder: Path, **objects: object) -> None:
    for name, value in objects.items():
        (folder / f"{name}.json").write_text(json.dumps(value))


def _named(values: np.ndarray, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, float), columns=columns)


def label_encoder_per_column(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """A LabelEncoder for each column of text, and a StandardScaler of all."""
    coded = data.copy()
    for name in LEVELS:
        encoder = LabelEncoder()
        coded[name] = encoder.fit_transform(data[name])
        joblib.dump(encoder, folder / f"le_{name}.joblib")
    scaler = StandardScaler().fit(coded)
    joblib.dump(scaler, folder / "scaler.joblib")
    return _named(scaler.transform(coded), [*coded])


def get_dummies_standard(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """`pd.get_dummies`, then a StandardScaler that was fitted on the frame."""
    x = pd.get_dummies(data, columns=LEVELS)
    scaler = StandardScaler().fit(x)
    _save(folder, scaler=scaler)
    return _named(scaler.transform(x), [*x])


def get_dummies_of_listed_columns(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """The same on an array, with the model's inputs in a list beside it."""
    x = pd.get_dummies(data, columns=LEVELS)
    scaler = StandardScaler().fit(x.to_numpy(float))
    _save(folder, scaler=scaler)
    _write(folder, columns=[*x])
    return _named(scaler.transform(x.to_numpy(float)), [*x])


def get_dummies_first_minmax(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """`get_dummies(drop_first=True)`, then a MinMaxScaler."""
    x = pd.get_dummies(data, columns=LEVELS, drop_first=True, dtype=int)
    scaler = MinMaxScaler().fit(x)
    _save(folder, scaler=scaler, feature_names=[*x])
    return _named(scaler.transform(x), [*x])


def get_dummies_scaled_numbers(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """Numbers scaled in place, then `get_dummies`; the model's inputs in a list."""
    scaler = StandardScaler().fit(data[NUMERIC])
    x = data.copy()
    x[NUMERIC] = scaler.transform(data[NUMERIC])
    x = pd.get_dummies(x, columns=LEVELS, drop_first=True, dtype=float)
    joblib.dump(scaler, folder / "scaler.pkl")
    joblib.dump([*x], folder / "model_columns.pkl")
    return x


def onehot_and_numbers(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """OneHotEncoder of the text, scaler of the numbers, put side by side."""
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(data[LEVELS])
    scaler = RobustScaler().fit(data[NUMERIC])
    _save(folder, onehot_encoder=encoder, scaler=scaler)
    x = np.hstack([scaler.transform(data[NUMERIC]), encoder.transform(data[LEVELS])])
    return _named(x, [*NUMERIC, *encoder.get_feature_names_out()])


def onehot_then_scaler(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """OneHotEncoder with pandas output, then a StandardScaler of all columns."""
    encoder = OneHotEncoder(sparse_output=False).set_output(transform="pandas").fit(data[LEVELS])
    x = pd.concat([data[NUMERIC], encoder.transform(data[LEVELS])], axis=1)
    scaler = StandardScaler().fit(x)
    _save(folder, encoder=encoder, scaler=scaler)
    return _named(scaler.transform(x), [*x])


def imputer_then_scaler(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """SimpleImputer on a frame, StandardScaler on the array that it returns."""
    numbers = data[NUMERIC]
    imputer = SimpleImputer(strategy="median").fit(numbers)
    scaler = StandardScaler().fit(imputer.transform(numbers))
    _save(folder, imputer=imputer, scaler=scaler)
    return _named(scaler.transform(imputer.transform(numbers)), NUMERIC)


def encoders_in_a_dict(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """A dict of LabelEncoders in one pickle, a scaler in another."""
    coded, encoders = data.copy(), {}
    for name in LEVELS:
        encoders[name] = LabelEncoder().fit(data[name])
        coded[name] = encoders[name].transform(data[name])
    scaler = StandardScaler().fit(coded)
    _save(folder, label_encoders=encoders, scaler=scaler)
    return _named(scaler.transform(coded), [*coded])


def columns_beside_a_scaler(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """A scaler of an array, and the names in JSON."""
    scaler = StandardScaler().fit(data[NUMERIC].to_numpy())
    _save(folder, scaler=scaler)
    _write(folder, columns={"feature_columns": NUMERIC}, metrics={"accuracy": 0.91, "f1": 0.8})
    return _named(scaler.transform(data[NUMERIC].to_numpy()), NUMERIC)


def ordinal_with_names(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """OrdinalEncoder of an array, with names; a scaler of the coded frame."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    codes = encoder.fit_transform(data[LEVELS].to_numpy(object))
    coded = data.assign(gender=codes[:, 0], city=codes[:, 1])
    scaler = MinMaxScaler((-1, 1)).fit(coded)
    _save(folder, ordinal_encoder=encoder, categorical_columns=LEVELS, scaler=scaler)
    return _named(scaler.transform(coded), [*coded])


def json_of_all(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """What a server in another language reads: means, deviations and levels as JSON."""
    coded, levels = data.copy(), {}
    for name in LEVELS:
        encoder = LabelEncoder().fit(data[name])
        coded[name], levels[name] = encoder.transform(data[name]), encoder.classes_.tolist()
    scaler = StandardScaler().fit(coded)
    _write(
        folder, levels=levels,
        scaler={"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist(),
                "feature_names": [*coded]},
    )  # fmt: skip
    return _named(scaler.transform(coded), [*coded])


def columns_of_codes(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """Codes in columns of their own, `city_encoded`, beside the raw ones that are dropped."""
    coded = data.copy()
    for name in LEVELS:
        encoder = LabelEncoder().fit(data[name])
        coded[f"{name}_encoded"] = encoder.transform(data[name])
        _save(folder, **{f"{name}_encoder": encoder})
    coded = coded.drop(columns=LEVELS)
    scaler = StandardScaler().fit(coded)
    _save(folder, scaler=scaler)
    return _named(scaler.transform(coded), [*coded])


def fills_of_text_and_numbers(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """An imputer for each kind of column, an encoder and a scaler: four files."""
    numbers = SimpleImputer().fit(data[NUMERIC])
    texts = SimpleImputer(strategy="most_frequent").fit(data[LEVELS])
    filled = data.copy()
    filled[NUMERIC], filled[LEVELS] = numbers.transform(data[NUMERIC]), texts.transform(data[LEVELS])
    encoder = OrdinalEncoder().fit(filled[LEVELS])
    filled[LEVELS] = encoder.transform(filled[LEVELS])
    scaler = StandardScaler().fit(filled.astype(float))
    _save(folder, num_imputer=numbers, cat_imputer=texts, encoder=encoder, scaler=scaler)
    return _named(scaler.transform(filled.astype(float)), [*filled])


def levels_and_dummies(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """`get_dummies` whose levels stand in JSON, then a scaler."""
    x = pd.get_dummies(data, columns=LEVELS, drop_first=True, dtype=float)
    scaler = StandardScaler().fit(x)
    _save(folder, scaler=scaler)
    _write(folder, categories={name: sorted(data[name].unique()) for name in LEVELS})
    return _named(scaler.transform(x), [*x])


def power_of_some(folder: Path, data: pd.DataFrame) -> pd.DataFrame:
    """A PowerTransformer of one column, a scaler of the others, an encoder of one more."""
    power = PowerTransformer().fit(data[["income"]])
    scaler = StandardScaler().fit(data[["age", "bmi"]])
    encoder = LabelEncoder().fit(data["city"])
    _save(folder, power_transformer=power, scaler=scaler, city_label_encoder=encoder)
    x = data[["age", "bmi"]].copy()
    x[["age", "bmi"]] = scaler.transform(x)
    return x.assign(
        income=power.transform(data[["income"]])[:, 0], city=encoder.transform(data["city"])
    )


SCRIPTS: tuple[Script, ...] = (
    label_encoder_per_column, get_dummies_standard, get_dummies_of_listed_columns,
    get_dummies_first_minmax, get_dummies_scaled_numbers, onehot_and_numbers, onehot_then_scaler,
    imputer_then_scaler, encoders_in_a_dict, columns_beside_a_scaler, ordinal_with_names,
    json_of_all, columns_of_codes, fills_of_text_and_numbers, levels_and_dummies, power_of_some,
)  # fmt: skip
WITH_NULLS = (imputer_then_scaler, fills_of_text_and_numbers)
"""Scripts whose data has nulls."""


def training_data(script: Script, seed: int = 0) -> pd.DataFrame:
    """Return what a script is fitted on."""
    data = frame(seed, nulls=script in WITH_NULLS)
    if script is fills_of_text_and_numbers:
        data.loc[np.random.default_rng(seed).random(len(data)) < 0.1, "city"] = None
    return data


def another_training(script: Script, seed: int = 7) -> pd.DataFrame:
    """Return the data of another training: other rows, and numbers on another scale."""
    data = training_data(script, seed)
    return data.assign(**{name: data[name] * 1.3 + 5 for name in NUMERIC})
