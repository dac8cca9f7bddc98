"""feature_engine: what is read does what the library does, in its chains too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from feature_engine import (
    discretisation,
    encoding,
    imputation,
    outliers,
    preprocessing,
    selection,
    transformation,
    wrappers,
)
from feature_engine import pipeline as fe_pipeline
from feature_engine.scaling import MeanNormalizationScaler
from library_comparison import compared
from sklearn.base import TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from test_category_encoders import frame, target

from skewcheck.features.types import Parameters

Read = Callable[..., Parameters]
pytestmark = [  # of feature_engine, of levels that become nulls, and of pandas, to it
    pytest.mark.filterwarnings("ignore:During the"),
    pytest.mark.filterwarnings("ignore:The number of unique categories"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
CITY = ["city"]


def rows_of(seed: int, *, nulls: bool = False, strangers: bool = False) -> pd.DataFrame:
    """Return rows as `frame`, with a second column of text and numbers of both signs."""
    made = frame(seed, nulls=nulls, strangers=strangers)
    rng = np.random.default_rng(seed + 1)
    made["pets"] = made["pets"].map({True: "yes", False: "no"})
    made["delta"] = rng.normal(0, 3, len(made)).round(2)
    if nulls:
        made.loc[rng.random(len(made)) < 0.1, ["age", "delta"]] = np.nan
    return made


def encoders(seed: int) -> list[TransformerMixin]:
    """Return encoders with settings drawn by the seed."""
    rng = np.random.default_rng(seed)
    unseen, missing = str(rng.choice(["ignore", "encode"])), str(rng.choice(["raise", "ignore"]))
    both = {"unseen": unseen, "missing_values": missing, "ignore_format": True}
    columns = {"variables": ["city", "rooms", "pets"]}
    return [
        encoding.OrdinalEncoder("ordered", **both, **columns),
        encoding.OrdinalEncoder("arbitrary", **both, **columns),
        encoding.CountFrequencyEncoder(
            str(rng.choice(["count", "frequency"])), **both, **columns
        ),
        encoding.MeanEncoder(smoothing=float(rng.choice([0, 3.5])), **both, **columns),
        encoding.WoEEncoder(fill_value=0.01, ignore_format=True, **columns),
        encoding.DecisionTreeEncoder(regression=False, scoring="roc_auc", **columns,
                                     unseen=unseen, fill_value=-0.5, ignore_format=True),
        encoding.OneHotEncoder(
            top_categories=int(rng.integers(1, 4)) if rng.random() < 0.5 else None,
            drop_last=bool(rng.random() < 0.5), drop_last_binary=bool(rng.random() < 0.5),
            ignore_format=True, **columns,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("which", range(7))
def test_encoders(pickled: Read, which: int, seed: int) -> None:
    encoder = encoders(seed)[which]
    ignores = encoder.get_params().get("missing_values") == "ignore"
    train = rows_of(seed, nulls=ignores and seed % 2 == 0).drop(columns="delta")
    train["age"] = train["age"].fillna(1.0)
    fitted = encoder.fit(train, target(train))
    rows = rows_of(seed + 50, nulls=ignores, strangers=True).drop(columns="delta")
    expected = fitted.transform(rows)
    assert compared(pickled(fitted), expected, rows) == [*expected] or which == 6
    assert {*compared(pickled(fitted), expected, rows)} == {*expected}


NUMBERS = ["age", "fare", "delta"]
POSITIVE = ["age", "fare"]


def numeric(seed: int) -> list[TransformerMixin]:
    """Return transformers of numbers that take nulls or not, with settings by the seed."""
    rng = np.random.default_rng(seed)
    method = str(rng.choice(["gaussian", "iqr", "quantiles", "mad"]))
    tail, base = str(rng.choice(["left", "right", "both"])), str(rng.choice(["e", "10"]))
    exponent = float(rng.choice([0.5, 0.3, -0.5, 1.7, 1.0]))
    low, high = {"age": 30.0, "delta": -1}, {"age": 50.0, "fare": 20}
    return [
        imputation.MeanMedianImputer(str(rng.choice(["mean", "median"])), NUMBERS),
        imputation.ArbitraryNumberImputer(-7, NUMBERS),
        imputation.ArbitraryNumberImputer(imputer_dict={"age": 3, "fare": 0.5}),
        imputation.EndTailImputer(str(rng.choice(["gaussian", "iqr", "max"])), variables=NUMBERS),
        outliers.Winsorizer(method, tail, variables=NUMBERS, missing_values="ignore"),
        outliers.ArbitraryOutlierCapper(high, low, "ignore"),
        outliers.ArbitraryOutlierCapper(high, missing_values="ignore"),
        MeanNormalizationScaler(NUMBERS),
        transformation.LogTransformer(POSITIVE, base),
        transformation.LogCpTransformer(NUMBERS, base),
        transformation.LogCpTransformer(POSITIVE, base, C=2),
        transformation.LogCpTransformer(base=base, C={"age": 3, "fare": 0}),
        transformation.PowerTransformer(POSITIVE, exponent),
        transformation.BoxCoxTransformer(POSITIVE),
        transformation.YeoJohnsonTransformer(NUMBERS),
        discretisation.EqualFrequencyDiscretiser(NUMBERS, q=int(rng.integers(2, 9))),
        discretisation.EqualWidthDiscretiser(NUMBERS, bins=int(rng.integers(2, 9))),
        discretisation.GeometricWidthDiscretiser(NUMBERS, bins=int(rng.integers(2, 9))),
        discretisation.ArbitraryDiscretiser({"age": [-np.inf, 20.0, 40.0, 41.5, np.inf]}),
        discretisation.DecisionTreeDiscretiser(
            NUMBERS, "bin_number", regression=False, scoring="roc_auc"
        ),
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("which", range(20))
def test_numbers(pickled: Read, which: int, seed: int) -> None:
    transformer = numeric(seed)[which]
    takes_nulls = which < 7
    train, rows = (rows_of(seed + n, nulls=takes_nulls) for n in (0, 40))
    if takes_nulls:
        train.loc[train["age"] > 60, "fare"] = np.nan
    else:
        rows.loc[:3, "age"] = sorted({*train["age"]})[:4]  # edges of its buckets
        rows.loc[4:9, NUMBERS] = train.loc[4:9, NUMBERS]
    rows[POSITIVE] = rows[POSITIVE].where(~(rows[POSITIVE] <= 0), 0.5)
    train[POSITIVE] = train[POSITIVE].where(~(train[POSITIVE] <= 0), 0.5)
    if transformer.__class__ is transformation.LogCpTransformer and "delta" in NUMBERS:
        rows["delta"] = rows["delta"].clip(lower=train["delta"].min())
    fitted = transformer.fit(train, target(train))
    expected = fitted.transform(rows)
    assert compared(pickled(fitted), expected, rows) == [*expected]


def chains(seed: int) -> list[TransformerMixin]:
    """Return chains as people write them."""
    rng = np.random.default_rng(seed)
    encoder = [
        encoding.MeanEncoder(unseen="encode"), encoding.OneHotEncoder(),
        encoding.OrdinalEncoder("arbitrary"), encoding.CountFrequencyEncoder(unseen="encode"),
        encoding.OneHotEncoder(drop_last=True), encoding.WoEEncoder(fill_value=0.001),
    ][seed % 6]  # fmt: skip
    rare = encoding.RareLabelEncoder(
        tol=float(rng.choice([0.12, 0.165])), n_categories=int(rng.integers(1, 4)),
        replace_with=str(rng.choice(["Rare", "Other"])),
    )  # fmt: skip
    steps = [
        ("fill", imputation.MeanMedianImputer()),
        ("missing", imputation.CategoricalImputer(fill_value="Missing")),
        ("rare", rare), ("encode", encoder),
    ]  # fmt: skip
    cap = ("cap", outliers.Winsorizer("iqr", "both", missing_values="ignore"))
    scale = wrappers.SklearnTransformerWrapper(MinMaxScaler(), variables=["age", "fare"])
    numbers = ["age", "rooms", "fare", "delta"]
    hot = wrappers.SklearnTransformerWrapper(
        OneHotEncoder(sparse_output=False, handle_unknown="ignore"), variables=["city", "pets"]
    )
    return [
        Pipeline(steps), Pipeline([*steps[:2], cap, *steps[2:], ("scaler", StandardScaler())]),
        fe_pipeline.Pipeline([*steps, ("scale", scale)]),
        Pipeline([*steps[:3], ("hot", hot)]),
        Pipeline([*steps[:2], ("hot", hot), ("s", StandardScaler(with_mean=False))]),
        Pipeline([("drop", selection.DropFeatures(["delta", "pets"])), *steps]),
        Pipeline([*steps[:2], ("match", preprocessing.MatchCategories(missing_values="ignore")),
                  ("encode", encoding.OrdinalEncoder("arbitrary", missing_values="ignore"))]),
        Pipeline([*steps[:3], ("encode", encoder),
                  ("constant", selection.DropConstantFeatures(tol=0.99)),
                  ("scale", wrappers.SklearnTransformerWrapper(StandardScaler(), numbers))]),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("which", range(8))
def test_chains(pickled: Read, which: int, seed: int) -> None:
    chain = chains(seed)[which]
    train, rows = (rows_of(seed + n, nulls=True, strangers=n > 0) for n in (0, 60))
    fitted = chain.fit(train, target(train))
    made = fitted.transform(rows)
    names = fitted[-1].feature_names_in_ if isinstance(made, np.ndarray) else made.columns
    expected = pd.DataFrame(np.asarray(made), columns=names).infer_objects()
    assert {*compared(pickled(fitted), expected, rows)} == {*expected}
