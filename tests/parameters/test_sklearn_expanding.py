"""Transformers that make several columns of numbers: what is read is what scikit-learn serves."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)
from sklearn_comparison import check

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.text.errors import ParameterError

Read = Callable[..., Parameters]


def rows(seed: int, count: int = 2_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 80, count).astype(float),
        "tenure": np.round(rng.gamma(2.0, 20.0, count), 1),
    })  # fmt: skip


TRANSFORMERS = [
    SplineTransformer(),
    SplineTransformer(n_knots=4, degree=2, extrapolation="linear", include_bias=False),
    SplineTransformer(degree=1, extrapolation="continue"),
    SplineTransformer(n_knots=6, knots="quantile", extrapolation="continue"),
    PolynomialFeatures(2, include_bias=False),
    PolynomialFeatures(3),
    PolynomialFeatures((2, 3), include_bias=False),
    PolynomialFeatures(2, interaction_only=True),
    KBinsDiscretizer(5, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
    make_pipeline(StandardScaler(), SplineTransformer(), MinMaxScaler()),
    make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler()),
]


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=repr)
def test_scikit_learns_own_values(
    pickled: Read, transformer: TransformerMixin, tmp_path: Path
) -> None:
    parameters = pickled(transformer.fit(rows(1)))
    log = rows(2)
    log.iloc[0], log.iloc[1] = [150.0, 900.0], [-5.0, -3.0]  # beyond all that training had
    assert check(parameters, transformer, log) == ["age", "tenure"]
    lost = {f.name: f.untested for f in parameters.features if f.untested is not None}
    assert all("PolynomialFeatures" in str(reason) for reason in lost.values())
    skewcheck.save(skewcheck.fit(rows(1), parameters=_saved(parameters, tmp_path)), tmp_path / "p")
    known = skewcheck.load(tmp_path / "p")
    served = known.transform(log, served="{feature}_n", exclude=[*lost])
    right = served.astype({c: "float32" for c in served if c.endswith("_n")})
    right = right.merge(log, left_index=True, right_index=True) if "age" not in right else right
    assert skewcheck.audit(known, right, served="{feature}_n").exit_code == 0
    assert skewcheck.audit(known, right).exit_code == 0
    columns = [c for c in right if c.startswith("tenure") and c.endswith("_n")]
    for wrong in (
        right.assign(**{columns[-1]: 0.0}),
        right.assign(**{columns[-1]: right[columns[-1]] * 1.01 + 0.001}),
        right.assign(**{columns[0]: right["age"]}),
    ):
        audit = skewcheck.audit(known, wrong, served="{feature}_n")
        assert audit.exit_code == 1
        assert next(f.name for f in audit.features if f.verdict == "skew").startswith("tenure")


def _saved(parameters: Parameters, folder: Path) -> Path:
    skewcheck.save(parameters, folder / "steps.json")
    return folder / "steps.json"


def test_products_of_several_columns_are_named(pickled: Read) -> None:
    parameters = pickled(PolynomialFeatures(2).fit(rows(1)))
    reasons = {f.name: f.untested for f in parameters.features}
    assert reasons == {
        "age": None, "tenure": None,
        "age tenure": "made by PolynomialFeatures of age and tenure",
    }  # fmt: skip


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("once", [True, False])
def test_a_constant_is_a_power_of_the_first_column(
    pickled: Read, degree: int, once: bool, tmp_path: Path
) -> None:
    polynomial = PolynomialFeatures(degree, interaction_only=once)
    for scaled, constant in ((polynomial, 1.0), (make_pipeline(polynomial, StandardScaler()), 0.0)):
        saved = _saved(pickled(scaled.fit(rows(1))), tmp_path)
        known, log = skewcheck.fit(rows(1), parameters=saved), rows(2)
        lost = [f.name for f in known.features if f.untested is not None]
        made = known.transform(log, exclude=lost)
        assert (made["age_pow0"] == constant).all()
        names = [str(name) for name in scaled.get_feature_names_out()]
        table = pd.DataFrame(scaled.transform(log), columns=names).add_prefix("model_input.")
        for served, wrong in (
            (table, set()),
            (table.assign(**{"model_input.1": 1 - constant}), {"age_pow0"}),
            (table.drop(columns="model_input.1"), set()),  # a constant need not be logged
        ):
            audit = skewcheck.audit(known, log.join(served))
            assert {f.name for f in audit.features if f.verdict == "skew"} == wrong
            assert audit.exit_code == (1 if wrong else 3 if lost else 0)


def test_what_is_not_read(pickled: Read) -> None:
    spline = SplineTransformer(extrapolation="periodic").fit(rows(1))
    assert pickled(spline)["age"].untested == "SplineTransformer that is periodic"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wide = PolynomialFeatures(2).fit(np.zeros((2, 3_000)))
    with pytest.raises(ParameterError, match="more than 10,000,000 numbers"):
        pickled(wide, tuple(f"x{i}" for i in range(3_000)))
