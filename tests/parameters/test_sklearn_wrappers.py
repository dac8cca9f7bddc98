"""Searches, calibration, ensembles and targets around a pipeline: the pipeline is read."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline as SamplingPipeline
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next import work
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skewcheck.features.steps import ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

Read = Callable[..., Parameters]
RNG = np.random.default_rng(5)
ROWS = pd.DataFrame({"age": RNG.normal(40, 9, 120), "pay": RNG.lognormal(8, 1, 120)})
LABEL = (ROWS["age"] + RNG.normal(0, 9, 120) > 40).astype(int)
SCALED = {name: (ZScore(float(ROWS[name].mean()), float(ROWS[name].std(ddof=0))),) for name in ROWS}
GRID = {"logisticregression__C": [0.1, 1.0]}


def scaled() -> BaseEstimator:
    return make_pipeline(StandardScaler(), LogisticRegression())


WRAPPERS: dict[str, Callable[[], BaseEstimator]] = {
    "grid": lambda: GridSearchCV(scaled(), GRID, cv=2),
    "halving": lambda: HalvingGridSearchCV(scaled(), GRID, cv=2, random_state=1),
    "threshold": lambda: TunedThresholdClassifierCV(scaled(), cv=2),
    "one calibrated": lambda: CalibratedClassifierCV(scaled(), cv=2, ensemble=False),
    "calibrated before": lambda: CalibratedClassifierCV(
        FrozenEstimator(scaled().fit(ROWS, LABEL)), cv=2
    ),
    "target": lambda: TransformedTargetRegressor(
        make_pipeline(StandardScaler(), LinearRegression()), transformer=StandardScaler()
    ),
    "voting": lambda: VotingClassifier(
        [("a", scaled()), ("b", RandomForestClassifier(2))]
    ),
    "sampling": lambda: make_sampling_pipeline(
        StandardScaler(), RandomOverSampler(random_state=1), LogisticRegression()
    ),
    "deep": lambda: GridSearchCV(
        make_pipeline(
            SamplingPipeline([("s", StandardScaler()), ("o", "passthrough")]),
            CalibratedClassifierCV(LogisticRegression(), cv=2),
        ),
        {"calibratedclassifiercv__method": ["sigmoid"]}, cv=2,
    ),
}  # fmt: skip


def close(read: Parameters) -> None:
    assert [feature.name for feature in read.features] == ["age", "pay"]
    assert [feature.untested for feature in read.features] == [None, None]
    ours = read.transform(ROWS)
    for name, (step,) in SCALED.items():
        expected = (ROWS[name] - step.mean) / step.std
        np.testing.assert_allclose(ours[name], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", WRAPPERS)
def test_a_wrapper_is_read_through(kind: str, pickled: Read) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = WRAPPERS[kind]().fit(ROWS, LABEL)
    close(pickled(fitted))
    close(pickled({"model": fitted, "columns": ["age", "pay"]}))


def test_samplers_and_targets_are_noted(pickled: Read) -> None:
    assert "RandomOverSampler works in training only" in str(
        texts(pickled(WRAPPERS["sampling"]().fit(ROWS, LABEL)).notes)
    )
    assert "what it does with the target is not looked at" in str(
        texts(pickled(WRAPPERS["target"]().fit(ROWS, LABEL)).notes)
    )


def test_pipelines_of_several_folds_have_no_numbers_of_the_feature(pickled: Read) -> None:
    for wrapper in (
        CalibratedClassifierCV(scaled(), cv=3),
        BaggingClassifier(scaled(), n_estimators=3, max_features=1),
    ):
        read = pickled(wrapper.fit(ROWS, LABEL))
        assert [feature.name for feature in read.features] == ["age", "pay"]
        assert {feature.untested for feature in read.features} == {
            f"{type(wrapper).__name__} asks 3 pipelines, each with numbers of its own"
        }


@pytest.mark.parametrize(
    "model",
    [CalibratedClassifierCV(LogisticRegression(), cv=2), RandomForestClassifier(2),
     GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2),
]
)  # fmt: skip
def test_a_model_without_a_preprocessor_is_refused(model: BaseEstimator, tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model.fit(ROWS, LABEL)))
    with pytest.raises(ParameterError, match="a model, and so no normalization"):
        load(tmp_path / "m.pkl")
