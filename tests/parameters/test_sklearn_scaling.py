"""Scalers and other transformers of numbers: what is read does what scikit-learn does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import TransformerMixin
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

import skewcheck
from skewcheck.features.steps import Affine, MinMax, Quantile, ZScore
from skewcheck.features.types import Parameters

Read = Callable[..., Parameters]
NAMES = ("income", "age", "ratio", "same")


def numbers(seed: int, rows: int = 1000, *, nulls: bool = True) -> pd.DataFrame:
    """Return columns of different sizes, one of them constant; nulls in some rows."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "income": rng.lognormal(10, 1, rows).round(2),
        "age": rng.integers(18, 90, rows).astype(float),
        "ratio": rng.normal(0, 1e-3, rows),
        "same": np.full(rows, 7.0),
    })  # fmt: skip
    if nulls:
        frame = frame.mask(rng.random(frame.shape) < 0.05)
    return frame


def served_later(train: pd.DataFrame, *, nulls: bool = True) -> pd.DataFrame:
    """Return 1,000 other rows, with values at and beyond the ends of training."""
    frame = numbers(1, nulls=nulls)
    frame["same"] += np.arange(len(frame)) % 5
    frame.loc[0], frame.loc[1] = train.min(), train.max()
    frame.loc[2], frame.loc[3] = train.min() - 5, train.max() * 3 + 1
    return frame


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(), StandardScaler(with_mean=False), StandardScaler(with_std=False),
        MinMaxScaler(), MinMaxScaler((-1, 3)), MinMaxScaler((0.5, 2), clip=True),
        RobustScaler(), RobustScaler(with_centering=False), RobustScaler(with_scaling=False),
        RobustScaler(unit_variance=True, quantile_range=(10, 80)), MaxAbsScaler(),
        PowerTransformer(), PowerTransformer(standardize=False),
        QuantileTransformer(n_quantiles=50),
        QuantileTransformer(n_quantiles=300, output_distribution="normal"),
    ],
    ids=repr,
)  # fmt: skip
def test_numbers_come_out_as_scikit_learn_makes_them(
    pickled: Read, transformer: TransformerMixin
) -> None:
    train = numbers(0)
    parameters = pickled(transformer.fit(train))
    rows = served_later(train)
    expected = transformer.transform(rows)
    transformed = parameters.transform(rows)
    assert [f.name for f in parameters.features] == [*train]
    np.testing.assert_allclose(transformed.to_numpy(), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "transformer",
    [
        KBinsDiscretizer(5, encode="ordinal", strategy="uniform"), Binarizer(threshold=30.0),
        KBinsDiscretizer(7, encode="ordinal", quantile_method="averaged_inverted_cdf"),
        KBinsDiscretizer(3, encode="ordinal", strategy="kmeans"), Binarizer(),
    ],
    ids=repr,
)  # fmt: skip
def test_bins(pickled: Read, transformer: TransformerMixin) -> None:
    train = numbers(0, nulls=False).drop(columns="same")
    parameters = pickled(transformer.fit(train))
    rows = served_later(numbers(0, nulls=False), nulls=False).drop(columns="same")
    rows.loc[4] = [30.0, 30.0, 0.0]
    np.testing.assert_array_equal(
        parameters.transform(rows).to_numpy(), transformer.transform(rows)
    )


def test_box_cox(pickled: Read) -> None:
    train = np.exp(numbers(0)[["age", "ratio"]] / 50)
    transformer = PowerTransformer("box-cox").fit(train)
    rows = np.exp(numbers(3)[["age", "ratio"]] / 20)
    transformed = pickled(transformer).transform(rows)
    np.testing.assert_allclose(transformed, transformer.transform(rows), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("func", [np.log, np.log1p, np.log2, np.log10, np.sqrt, np.negative, None])
def test_functions_of_numpy(pickled: Read, func: np.ufunc | None) -> None:
    transformer = FunctionTransformer(func).fit(numbers(0))
    rows = served_later(numbers(0)).abs()
    rows.loc[5] = 0.0
    rows.loc[6] = 1e-12
    with np.errstate(divide="ignore"):
        expected = transformer.transform(rows)
    transformed = pickled(transformer).transform(rows)
    np.testing.assert_allclose(transformed, expected, rtol=1e-9, atol=1e-9)


def test_functions_that_no_step_says(pickled: Read) -> None:
    parameters = pickled(FunctionTransformer(np.cbrt).fit(numbers(0)))
    assert parameters["age"].untested == "FunctionTransformer of numpy.cbrt, which no step says"
    clipped = FunctionTransformer(np.log1p, kw_args={"where": True}).fit(numbers(0))
    assert "numpy.log1p, which no step says" in (pickled(clipped)["age"].untested or "")


@pytest.mark.parametrize("norm", ["l2", "l1", "max"])
def test_rows_are_divided_by_their_norm(pickled: Read, norm: str) -> None:
    train = numbers(0, nulls=False)
    for pipeline in (
        Normalizer(norm), make_pipeline(StandardScaler(), Normalizer(norm)),
        make_pipeline(Normalizer(norm), StandardScaler()),
    ):  # fmt: skip
        expected = pipeline.fit_transform(train)
        parameters = pickled(pipeline)
        made = parameters.transform(train)[list(train)]
        np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-9)
        fitted = skewcheck.fit(train, parameters=parameters)
        assert {warning.code for warning in fitted.warnings} <= {"constant"}
        log = numbers(1, 4000, nulls=False)
        served = pd.DataFrame(pipeline.transform(log), columns=list(log)).astype("float32")
        log = pd.concat([log, served.add_suffix("_n")], axis=1)
        assert skewcheck.audit(fitted, log, served="{feature}_n").exit_code == 0


def test_rows_of_columns_that_are_not_all_known_are_untested(pickled: Read) -> None:
    train = numbers(0, nulls=False)
    bins = KBinsDiscretizer(3, strategy="uniform", encode="onehot-dense")
    twice = FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())])
    for first in (bins, twice):
        read = pickled(make_pipeline(first, Normalizer()).fit(train[["age"]]))
        assert read["age"].untested is not None


def test_what_has_no_form_for_each_feature(pickled: Read) -> None:
    train = numbers(0, nulls=False)
    with pytest.warns(UserWarning, match="constant"):
        discretizer = KBinsDiscretizer(3, encode="ordinal", strategy="uniform").fit(train[["same"]])
    assert "one bin only" in (pickled(discretizer)["same"].untested or "")


def test_names_come_from_the_user_where_the_file_has_none(pickled: Read) -> None:
    train = numbers(0, nulls=False)
    parameters = pickled(StandardScaler().fit(train.to_numpy()), NAMES)
    std = pytest.approx(train["age"].std(ddof=0))
    assert parameters["age"].steps == (ZScore(train["age"].mean(), std),)
    assert parameters["age"].extra["x-source"] == "mean_[1]"


def test_a_column_without_spread_is_shifted_and_told(pickled: Read) -> None:
    for transformer in (StandardScaler(), MinMaxScaler((2, 3)), MaxAbsScaler()):
        train = numbers(0, nulls=False).assign(same=0.0)
        parameters = pickled(transformer.fit(train))
        assert [(w.code, w.features) for w in parameters.warnings] == [("constant", ("same",))]
    parameters = pickled(MinMaxScaler((2, 3)).fit(numbers(0, nulls=False)))
    assert parameters["same"].steps == (Affine(5.0, 1.0),)
    assert isinstance(parameters["age"].steps[0], MinMax)


def test_standardized_twice(pickled: Read) -> None:
    train = numbers(0, nulls=False)
    once = StandardScaler().set_output(transform="pandas").fit_transform(train[["age", "income"]])
    once["ratio"] = train["ratio"]
    parameters = pickled(StandardScaler().fit(once))
    assert [(w.code, w.features) for w in parameters.warnings] == [("refitted", ("age", "income"))]
    assert not pickled(StandardScaler().fit(train[["age", "income"]])).warnings


def test_a_column_without_values_has_no_numbers(pickled: Read) -> None:
    train = numbers(0).assign(empty=np.nan)
    with pytest.warns(RuntimeWarning):
        parameters = pickled(QuantileTransformer(n_quantiles=20).fit(train))
    assert isinstance(parameters["age"].steps[0], Quantile)
    assert parameters["empty"].untested == "quantile: values is not a finite number"
