"""A log gets the same verdict whether its sides are records or columns.

The matrix of a pipeline is logged as a record, as its columns under their own names, and as these
behind the name of a record. Features that no step reapplies hold all three up alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

import skewcheck
from skewcheck.features.types import Parameters


class YearsAndMonths(TransformerMixin, BaseEstimator):
    """Code of the user's own that makes two columns of one."""

    def fit(self, _: object, __: object = None) -> YearsAndMonths:
        """Learn nothing."""
        self.fitted_ = True
        return self

    def transform(self, x: pd.DataFrame) -> np.ndarray:
        """Return whole years and what is left."""
        return np.column_stack([np.asarray(x) // 12, np.asarray(x) % 12])

    def get_feature_names_out(self, _: object = None) -> np.ndarray:
        """Return names that are in no file."""
        return np.array(["year", "month"], object)


def flats(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "area": np.round(rng.gamma(5, 20, rows), 1),
        "rooms": rng.integers(1, 9, rows).astype(float),
        "months": rng.integers(1, 300, rows).astype(float),
        "smoker": rng.choice(["no", "yes"], rows, p=[0.7, 0.3]),
    })  # fmt: skip


TRAIN, RAW = flats(1, 5_000), flats(2, 1_500)
SCALED = ("n", StandardScaler(), ["age"])
SIZES = ["area", "rooms"]


def beside(*branches: tuple[str, object, list[str]], **settings: bool) -> ColumnTransformer:
    return ColumnTransformer([SCALED, *branches], **settings)


PIPELINES: dict[str, tuple[Callable[[], ColumnTransformer], list[str]]] = {
    "products": (
        lambda: beside(("poly", PolynomialFeatures(2, include_bias=False), SIZES)),
        ["poly__area rooms"],
    ),
    "products and a constant": (
        lambda: beside(("poly", PolynomialFeatures(2), SIZES)), ["poly__area rooms"]
    ),
    "products, scaled": (
        lambda: beside(("poly", make_pipeline(PolynomialFeatures(2), StandardScaler()), SIZES)),
        ["poly__area rooms"],
    ),
    "components": (lambda: beside(("p", PCA(2), SIZES)), ["p__pca0", "p__pca1"]),
    "one component of three": (
        lambda: beside(("p", make_pipeline(StandardScaler(), PCA(1)), [*SIZES, "months"])),
        ["p__pca0"],
    ),
    "filled from similar rows": (
        lambda: beside(("f", KNNImputer(), SIZES)), ["f__area", "f__rooms"]
    ),
    "own class": (
        lambda: beside(("y", YearsAndMonths(), ["months"])), ["y__year", "y__month"]
    ),
    "own class, scaled": (
        lambda: beside(("y", make_pipeline(YearsAndMonths(), StandardScaler()), ["months"])),
        ["y__year", "y__month"],
    ),
    "means of a target beside what passes": (
        lambda: beside(
            ("t", TargetEncoder(), ["smoker"]), ("p", "passthrough", ["rooms"])
        ),
        [],
    ),
    "one-hot of codes": (
        lambda: beside(("c", make_pipeline(OrdinalEncoder(), OneHotEncoder()), ["smoker"])), []
    ),
}  # fmt: skip


@cache
def fitted(kind: str) -> ColumnTransformer:
    target = (TRAIN["area"] + 30 * (TRAIN["smoker"] == "yes") > 100).astype(int)
    return PIPELINES[kind][0]().fit(TRAIN, target)


def inputs(kind: str) -> list[str]:
    return [name for _, _, names in fitted(kind).transformers for name in names]


def known(kind: str, folder: Path) -> Parameters:
    joblib.dump(fitted(kind), folder / "columns.joblib")
    return skewcheck.fit(TRAIN[inputs(kind)], parameters=folder / "columns.joblib")


def matrix(kind: str) -> pd.DataFrame:
    made = fitted(kind).transform(RAW)
    dense = made.toarray() if hasattr(made, "toarray") else made
    return pd.DataFrame(np.asarray(dense, float), columns=fitted(kind).get_feature_names_out())


def verdict(parameters: Parameters, log: pd.DataFrame | Path) -> object:
    audit = skewcheck.audit(parameters, log)
    features = [(f.name, f.mode, f.verdict, f.uncompared) for f in audit.features]
    holds = [(hold.code, hold.features, hold.reason) for hold in audit.holds]
    return audit.verdict, audit.exit_code, audit.logs.mode, features, holds


def all_layouts(kind: str, served: pd.DataFrame, folder: Path) -> list[object]:
    """Return the verdicts of the layouts."""
    raw, parameters = RAW[inputs(kind)], known(kind, folder)
    pairs = zip(raw.to_dict("records"), served.to_dict("records"), strict=True)
    lines = (json.dumps({"request": r, "model_input": s}) + "\n" for r, s in pairs)
    (folder / "log.jsonl").write_text("".join(lines))
    return [
        verdict(parameters, folder / "log.jsonl"),
        verdict(parameters, raw.join(served)),
        verdict(parameters, raw.join(served.add_prefix("model_input."))),
    ]


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_right_server(kind: str, tmp_path: Path) -> None:
    nested, *flat = all_layouts(kind, matrix(kind), tmp_path)
    assert flat == [nested, nested]
    assert nested[:2] == (("inconclusive", 3) if PIPELINES[kind][1] else ("ok", 0))


@pytest.mark.parametrize("kind", [kind for kind, (_, opaque) in PIPELINES.items() if opaque])
def test_what_no_step_says_is_held_whatever_it_is(kind: str, tmp_path: Path) -> None:
    zero = matrix(kind).assign(**dict.fromkeys(PIPELINES[kind][1], 0.0))
    nested, *flat = all_layouts(kind, zero, tmp_path)
    assert flat == [nested, nested]
    assert nested[:2] == ("inconclusive", 3)


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_column_of_zeros_that_a_step_says(kind: str, tmp_path: Path) -> None:
    made = matrix(kind)
    column = next(
        c for c in reversed(made.columns) if c not in PIPELINES[kind][1] and made[c].nunique() > 1
    )
    nested, *flat = all_layouts(kind, made.assign(**{column: 0.0}), tmp_path)
    assert flat == [nested, nested]
    assert nested[:2] == ("skew", 1)


def test_what_is_not_logged_is_not_held(tmp_path: Path) -> None:
    kind = "components"
    made = matrix(kind).drop(columns=PIPELINES[kind][1])
    nested, *flat = all_layouts(kind, made, tmp_path)
    assert flat == [nested, nested]
    assert nested[:2] == ("ok", 0)
    # Nor where others of the log have numbers in columns of no transformer.
    raw = RAW[inputs(kind)].join(made).assign(latency=1.5, user=np.arange(len(RAW)))
    assert verdict(known(kind, tmp_path), raw)[:2] == ("ok", 0)


def test_the_user_may_let_it_pass(tmp_path: Path) -> None:
    kind = "components"
    log = RAW[inputs(kind)].join(matrix(kind))
    passing = {name: {"untested": "pass"} for name in SIZES}
    assert skewcheck.audit(known(kind, tmp_path), log, features=passing).exit_code == 0
