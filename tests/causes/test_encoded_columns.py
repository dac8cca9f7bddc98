"""Columns of encoded levels: exchanged with others, constant, scaled by another fit, or noise.

What a right server feeds is scikit-learn's output; faults are written into it by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.words.causes import sentence
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.causes import LIKELY, OPEN, SURE

Fault = Callable[[pd.DataFrame, pd.DataFrame], None]
CITY = ["fed_city_Oslo", "fed_city_Paris", "fed_city_Rome"]
PAY = ["fed_pay_app", "fed_pay_card", "fed_pay_cash"]


def trips(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 12, rows).round(0).clip(18, 90)
    age[rng.random(rows) < 0.01] = np.nan
    return pd.DataFrame({
        "age": age, "income": rng.lognormal(10, 0.5, rows).round(2),
        "city": rng.choice(["Oslo", "Paris", "Rome"], rows, p=[0.2, 0.5, 0.3]),
        "pay": rng.choice(["app", "card", "cash"], rows, p=[0.1, 0.7, 0.2]),
    })  # fmt: skip


def fitted(raw: pd.DataFrame, *, scale: bool, center: bool) -> ColumnTransformer:
    onehot = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    levels = make_pipeline(onehot, StandardScaler(with_mean=center)) if scale else onehot
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return ColumnTransformer(
        [("numbers", numbers, ["age", "income"]), ("levels", levels, ["city", "pay"])]
    ).fit(raw)


class World:
    """A fitted pipeline, what is known of it, and a log of what it feeds."""

    def __init__(self, folder: Path, *, scale: bool, center: bool = False) -> None:
        self.pipeline = fitted(trips(1, 20_000), scale=scale, center=center)
        joblib.dump(self.pipeline, folder / "pipeline.joblib")
        self.known: Parameters = skewcheck.fit(
            trips(1, 20_000), parameters=folder / "pipeline.joblib"
        )
        self.raw = trips(2, 3_000)

    def fed(self, pipeline: ColumnTransformer | None = None) -> pd.DataFrame:
        made = (pipeline or self.pipeline).transform(self.raw)
        return pd.DataFrame(made, columns=["fed_age", "fed_income", *CITY, *PAY])

    def audit(self, fed: pd.DataFrame) -> Audit:
        return skewcheck.audit(
            self.known, pd.concat([self.raw, fed], axis=1), served="fed_{feature}"
        )


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("scaled"), scale=True)


@pytest.fixture(scope="module")
def centered(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("centered"), scale=True, center=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("plain"), scale=False)


def exchanged(fed: pd.DataFrame, a: list[str], b: list[str], share: float = 1.0) -> pd.DataFrame:
    rows = np.random.default_rng(5).random(len(fed)) < share
    result = fed.copy()
    result.loc[rows, a + b] = fed.loc[rows, b + a].to_numpy()
    return result


def of(audit: Audit, name: str) -> FeatureAudit:
    return next(feature for feature in audit.features if feature.name == name)


@pytest.mark.parametrize("share", [1.0, 0.3])
@pytest.mark.parametrize("kind", ["scaled", "centered", "plain"])
def test_a_number_and_a_column_of_a_level_are_exchanged(
    request: pytest.FixtureRequest, kind: str, share: float
) -> None:
    world: World = request.getfixturevalue(kind)
    audit = world.audit(exchanged(world.fed(), ["fed_age"], ["fed_city_Paris"], share))
    (age,), (city,) = of(audit, "age").causes, of(audit, "city").causes
    assert (age.code, city.code) == ("swapped_features", "swapped_features")
    assert age.parameters == {"feature": "city", "swapped": "values", "column": "Paris"}
    assert city.parameters["columns"] == {"Paris": "age"}
    assert age.share == pytest.approx(share, abs=0.05) == city.share
    assert [f.name for f in audit.features if f.verdict != "ok"] == ["age", "city"]
    assert audit.causes[0].features == ("age", "city")
    assert sentence(audit.causes[0]).startswith("age and city_Paris are swapped")


@pytest.mark.parametrize("share", [1.0, 0.3])
@pytest.mark.parametrize("kind", ["scaled", "centered", "plain"])
def test_columns_of_two_features_are_exchanged(
    request: pytest.FixtureRequest, kind: str, share: float
) -> None:
    world: World = request.getfixturevalue(kind)
    blocks = world.audit(exchanged(world.fed(), CITY, PAY, share))
    (city,) = of(blocks, "city").causes
    assert (city.code, city.confidence) == ("swapped_features", SURE)
    assert city.parameters["feature"] == "pay"
    assert city.parameters["columns"] == {
        "Oslo": "pay_app", "Paris": "pay_card", "Rome": "pay_cash",
    }  # fmt: skip
    one = world.audit(exchanged(world.fed(), ["fed_city_Paris"], ["fed_pay_card"], share))
    (city,), (pay,) = of(one, "city").causes, of(one, "pay").causes
    assert city.parameters["columns"] == {"Paris": "pay_card"}
    assert pay.parameters["columns"] == {"card": "city_Paris"}
    assert of(one, "city").unexplained == of(one, "pay").unexplained == 0


def test_exchanges_are_named_in_text_logs_and_without_values(scaled: World, tmp_path: Path) -> None:
    fed = exchanged(scaled.fed(), ["fed_income"], ["fed_city_Rome"])
    pd.concat([scaled.raw, fed.round(4)], axis=1).to_csv(tmp_path / "log.csv", index=False)
    audit = skewcheck.audit(scaled.known, tmp_path / "log.csv", served="fed_{feature}")
    assert of(audit, "income").causes[0].parameters["column"] == "Rome"
    assert of(audit, "city").causes[0].parameters["columns"] == {"Rome": "income"}
    hidden = skewcheck.render(
        skewcheck.audit(
            scaled.known, tmp_path / "log.csv", served="fed_{feature}", no_values=True
        ), "json",
    )  # fmt: skip
    assert "Rome" not in hidden
    assert "swapped_features" in hidden


def test_columns_are_a_place_further(scaled: World) -> None:
    """Numbers, columns of their own feature and of others: each is named."""
    fed = scaled.fed()
    turned = pd.DataFrame(np.roll(fed.to_numpy(), 1, axis=1), columns=fed.columns)
    audit = scaled.audit(turned)
    assert of(audit, "age").causes[0].parameters["column"] == "cash"
    assert of(audit, "city").causes[0].parameters["columns"] == {
        "Oslo": "income", "Paris": "city_Oslo", "Rome": "city_Paris",
    }  # fmt: skip


def test_columns_of_one_feature_are_no_exchange_with_another(scaled: World) -> None:
    audit = scaled.audit(exchanged(scaled.fed(), ["fed_city_Paris"], ["fed_city_Rome"]))
    (cause,) = of(audit, "city").causes
    assert (cause.code, cause.variant) == ("encoding_changed", "columns_permuted")


def test_levels_that_depend_on_each_other_are_no_exchange(tmp_path: Path) -> None:
    """A column that another one mirrors, turned over by the server."""
    rng = np.random.default_rng(3)
    raw = pd.DataFrame({"sex": rng.choice(["f", "m"], 4_000)})
    raw["title"] = np.where(raw["sex"] == "f", "Ms", "Mr")
    pipeline = make_pipeline(OneHotEncoder(sparse_output=False), StandardScaler(with_mean=False))
    joblib.dump(pipeline.fit(raw), tmp_path / "p.joblib")
    known = skewcheck.fit(raw, parameters=tmp_path / "p.joblib")
    names = ["fed_sex_f", "fed_sex_m", "fed_title_Mr", "fed_title_Ms"]
    fed = pd.DataFrame(pipeline.transform(raw), columns=names)
    fed[names[:2]] = fed[names[1::-1]].to_numpy()
    audit = skewcheck.audit(known, pd.concat([raw, fed], axis=1), served="fed_{feature}")
    assert [c.code for c in of(audit, "sex").causes] == ["encoding_changed"]
    assert of(audit, "title").verdict == "ok"


@pytest.mark.parametrize("value", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("kind", ["scaled", "centered"])
def test_a_constant_column_is_named_with_its_value(
    request: pytest.FixtureRequest, kind: str, value: float
) -> None:
    world: World = request.getfixturevalue(kind)
    fed = world.fed()
    fed["fed_city_Rome"] = value
    (cause,) = of(world.audit(fed), "city").causes
    assert cause.parameters["columns"] == ("Rome",)
    if value:
        assert (cause.variant, cause.parameters["value"]) == ("columns_constant", value)
    else:
        assert cause.variant == "columns_zero"


@pytest.mark.parametrize("kind", ["scaled", "centered"])
def test_the_scaler_of_another_training_is_recovered(
    request: pytest.FixtureRequest, kind: str
) -> None:
    world: World = request.getfixturevalue(kind)
    others = trips(9, 3_000).query("city != 'Oslo' or age > 45")
    other = fitted(others, scale=True, center=kind == "centered")
    audit = world.audit(world.fed(other))
    scaler = other.named_transformers_["levels"][-1]
    for name, levels, first in (("city", CITY, 0), ("pay", PAY, 3)):
        (cause,) = of(audit, name).causes
        assert (cause.code, cause.confidence) == ("wrong_parameters", SURE)
        columns = cause.parameters["columns"]
        assert isinstance(columns, dict)
        for i, column in enumerate(levels, first):
            scale = columns[column.rsplit("_", 1)[1]]
            mean = scaler.mean_[i] if scaler.with_mean else 0.0
            assert scale["mean"] == pytest.approx(mean, abs=1e-5)
            assert scale["std"] == pytest.approx(scaler.scale_[i], rel=1e-5)


def test_an_older_file_is_named(scaled: World, tmp_path: Path) -> None:
    older = fitted(trips(9, 3_000), scale=True, center=False)
    joblib.dump(older, tmp_path / "older.joblib")
    log = pd.concat([scaled.raw, scaled.fed(older)], axis=1)
    audit = skewcheck.audit(
        scaled.known, log, served="fed_{feature}", history=[str(tmp_path / "older.joblib")]
    )
    assert {f.causes[0].code for f in audit.features} == {"stale_parameters"}


def test_numbers_of_any_kind_are_no_scaler(scaled: World) -> None:
    """The 1 of each level is served as less than its 0, or as a number of its own."""
    fed = scaled.fed()
    fed[CITY] = -fed[CITY]
    (cause,) = of(scaled.audit(fed), "city").causes
    assert (cause.code, cause.variant) == ("encoding_changed", "columns_other")


def test_noise_in_a_column_is_no_sure_encoding(scaled: World) -> None:
    fed = scaled.fed()
    on = float(fed["fed_city_Paris"].max())
    fed["fed_city_Paris"] = np.random.default_rng(1).choice([0.0, on], len(fed))
    feature = of(scaled.audit(fed), "city")
    assert feature.verdict == "skew"
    assert all(cause.confidence <= OPEN for cause in feature.causes)


@pytest.mark.parametrize("levels", [2, 3])
def test_columns_of_other_rows_are_told_as_such(tmp_path: Path, levels: int) -> None:
    names = ["a", "b", "c"][:levels]
    raw = pd.DataFrame({"x": np.random.default_rng(3).choice(names, 4_000)})
    pipeline = make_pipeline(OneHotEncoder(sparse_output=False), StandardScaler())
    joblib.dump(pipeline.fit(raw), tmp_path / "p.joblib")
    known = skewcheck.fit(raw, parameters=tmp_path / "p.joblib")
    made = np.random.default_rng(4).permutation(pipeline.transform(raw))
    fed = pd.DataFrame(made, columns=[f"fed_x_{name}" for name in names])
    audit = skewcheck.audit(known, pd.concat([raw, fed], axis=1), served="fed_{feature}")
    causes = [(c.code, c.confidence) for c in audit.features[0].causes]
    rows = ("swapped_features", LIKELY if levels == 3 else OPEN)
    assert causes == ([rows] if levels == 3 else [("encoding_changed", OPEN), rows])


def test_a_cause_of_few_of_the_wrong_rows_does_not_stand_alone(scaled: World) -> None:
    """Nulls among noise: the noise comes first, and nothing is sure."""
    fed = scaled.fed()
    fed["fed_age"] = np.random.default_rng(3).normal(0, 3, len(fed))
    fed.loc[scaled.raw["age"].isna(), "fed_age"] = np.nan
    audit = scaled.audit(fed)
    age = of(audit, "age")
    share = float(scaled.raw["age"].isna().mean())
    assert age.unexplained == pytest.approx(1 - share, abs=0.01)
    assert [(c.code, c.variant, c.confidence) for c in age.causes] == [
        ("stuck_value", "null", OPEN)
    ]
    report = json.loads(skewcheck.render(audit, "json"))["features"][0]
    assert report["unexplained"] == age.unexplained
    text = report["message"]
    assert "%" in text
    assert text.index("no known mechanism") < text.index("served as null")


def test_rows_of_levels_beside_a_cause_are_said_to_be_unexplained(scaled: World) -> None:
    """Nine rows of ten with a column of zeros, one with noise."""
    fed = scaled.fed()
    fed["fed_city_Paris"] = 0.0
    rng = np.random.default_rng(1)
    some = rng.random(len(fed)) < 0.08
    fed.loc[some, "fed_city_Oslo"] = rng.normal(7, 1, int(some.sum()))
    feature = of(scaled.audit(fed), "city")
    (cause,) = feature.causes
    assert cause.variant == "columns_zero"
    assert feature.parity is not None
    wrong = feature.parity.mismatched / feature.parity.rows
    assert feature.unexplained == pytest.approx(wrong - cause.share)
    assert feature.unexplained > 0.05
