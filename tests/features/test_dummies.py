"""Columns of get_dummies and the column that they were made of; pandas and scikit-learn are the
truth."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import skewcheck
from skewcheck.features.steps import Map, OneHot

RNG = np.random.default_rng(3)
ROWS = 3000
FRAME = pd.DataFrame({
    "fare": RNG.gamma(2, 10, ROWS).round(2),
    "class": RNG.choice([1, 2, 3], ROWS, p=[0.2, 0.3, 0.5]),
    "first": RNG.random(ROWS) < 0.3,
    "port": RNG.choice(["C", "Q", "S_1", None], ROWS, p=[0.3, 0.2, 0.4, 0.1]),
})  # fmt: skip
LEVELS = ["class", "first", "port"]
Save = Callable[[object], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def of(scaler: object) -> Path:
        path = tmp_path / "scaler.pkl"
        path.write_bytes(pickle.dumps(scaler))
        return path

    return of


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("dummy_na", [False, True])
@pytest.mark.parametrize(
    "scaler", [StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler(), MaxAbsScaler()]
)
def test_the_librarys_own_output(save: Save, scaler: object, drop: bool, dummy_na: bool) -> None:
    x = pd.get_dummies(FRAME, columns=LEVELS, drop_first=drop, dummy_na=dummy_na, dtype=float)
    fitted = scaler.fit(x)  # type: ignore[attr-defined]
    path = save(fitted)
    ours = skewcheck.load(path).transform(FRAME)
    # Levels have one spelling: that of a boolean is in lower case, of 1.0 without the point.
    spelled = {"first_True": "first_true", "first_False": "first_false"}
    names = {name: spelled.get(name, name.removesuffix(".0")) for name in x}
    expected = pd.DataFrame(fitted.transform(x), columns=[names[name] for name in x])
    assert {*expected} == {*ours}
    np.testing.assert_allclose(ours[[*expected]], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("drop", [False, True])
def test_a_right_server_is_ok(save: Save, drop: bool) -> None:
    x = pd.get_dummies(FRAME, columns=LEVELS, drop_first=drop, dtype=float)
    scaler = StandardScaler().fit(x)
    served = pd.DataFrame(scaler.transform(x), columns=[*x]).astype("float32").add_suffix("_norm")
    path = save(scaler)
    for log in (FRAME.join(served), x.join(served)):
        audit = skewcheck.audit(path, log, served="{feature}_norm")
        assert audit.exit_code == 0, skewcheck.render(audit)
        assert {feature.mode for feature in audit.features} == {"paired"}


def test_features_are_selected_by_the_column(save: Save) -> None:
    x = pd.get_dummies(FRAME, columns=LEVELS, dtype=float)
    scaler = StandardScaler().fit(x)
    served = pd.DataFrame(scaler.transform(x), columns=[*x]).add_suffix("_norm")
    path = save(scaler)
    weights = path.with_name("importance.json")
    weights.write_text('{"class_1": 0.25, "class_3": 0.5, "fare": 0.25}')
    audit = skewcheck.audit(
        path,
        FRAME.join(served),
        served="{feature}_norm",
        features="class,port",
        importance=str(weights),
    )
    assert [f.name for f in audit.features] == ["class", "port"]
    assert audit.features[0].importance == 0.75


def test_a_server_without_the_dummies_of_one_level(save: Save) -> None:
    x = pd.get_dummies(FRAME, columns=LEVELS, dtype=float)
    scaler = StandardScaler().fit(x)
    wrong = x.assign(class_2=0.0)
    served = pd.DataFrame(scaler.transform(wrong), columns=[*x]).add_suffix("_norm")
    audit = skewcheck.audit(save(scaler), FRAME.join(served), served="{feature}_norm")
    assert audit.exit_code == 1
    assert [f.name for f in audit.features if f.verdict.value == "skew"] == ["class"]


def test_training_data_says_the_levels(save: Save) -> None:
    x = pd.get_dummies(FRAME, columns=["port"], drop_first=True, dtype=float)[
        ["port_Q", "port_S_1"]
    ]
    fitted = skewcheck.fit(FRAME, parameters=save(RobustScaler().fit(x)))
    (port,) = fitted.features
    assert port.steps == (OneHot(("Q", "S_1")),)
    counts = FRAME["port"].value_counts()
    assert port.reference is not None
    assert dict(getattr(port.reference, "counts")) == counts.to_dict()  # noqa: B009  # a union


def test_numbers_that_are_none_of_zeros_and_ones(save: Save) -> None:
    """A ratio beside the column that it begins like; and one whose own column the data has."""
    data = FRAME.assign(fare_ratio=FRAME["fare"] / 3, port_count=FRAME["fare"] > 9, is_first=1)
    scaler = StandardScaler().fit(data[["fare_ratio", "port_count", "is_first"]])
    parameters = skewcheck.load(save(scaler))
    log = data[["port", "fare", "port_count", "is_first"]].assign(fare_ratio_norm=0.0)
    audit = skewcheck.audit(parameters, log, served="{feature}_norm")
    assert [f.name for f in audit.features] == ["fare_ratio", "port_count", "is_first"]


def test_what_is_a_feature_itself_is_no_base(save: Save) -> None:
    data = pd.DataFrame({"port": FRAME["class"], "port_1": (FRAME["class"] == 1).astype(float)})
    parameters = skewcheck.load(save(StandardScaler().fit(data)))
    with pytest.raises(skewcheck.SkewcheckError, match="the data has no column 'port_1'"):
        parameters.transform(data[["port"]])


def test_lags_of_a_column_are_no_levels_of_it(save: Save) -> None:
    lags = pd.DataFrame({f"fare_{i}": np.roll(FRAME["fare"], i) for i in (1, 2)})
    parameters = skewcheck.load(save(StandardScaler().fit(lags)))
    with pytest.raises(skewcheck.SkewcheckError, match="the data has no column 'fare_1'"):
        parameters.transform(FRAME)


def test_all_levels_are_in_the_map(save: Save) -> None:
    x = pd.get_dummies(FRAME[["class"]], columns=["class"], dtype=float)
    scaler = StandardScaler().fit(x)
    audit = skewcheck.fit(FRAME[["class"]], parameters=save(scaler))
    (step,) = audit["class"].steps
    assert isinstance(step, Map)
    low, high = (scaler.transform(pd.DataFrame([[v] * 3], columns=[*x]))[0] for v in (0.0, 1.0))
    np.testing.assert_allclose(step.values["2"], [low[0], high[1], low[2]], rtol=1e-12)
    np.testing.assert_allclose(step.unknown or (), low, rtol=1e-12)


def test_training_says_which_column_they_are_of_where_a_log_has_records(tmp_path: Path) -> None:
    """The raw column lies within the records of a log: `request.city`."""

    def homes(seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        city = rng.choice(["Oslo", "Bergen", "Bodo"], 3_000)
        return pd.DataFrame({"area": rng.gamma(6, 25, 3_000).round(1), "city": city})

    def dummies(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.get_dummies(frame, columns=["city"], dtype=float)

    train, log = homes(1), homes(2)
    scaler = StandardScaler().fit(dummies(train))
    joblib.dump(scaler, tmp_path / "scaler.pkl")
    made = pd.DataFrame(scaler.transform(dummies(log)), columns=list(dummies(log)))

    def written(served: pd.DataFrame) -> Path:
        pairs = zip(log.to_dict("records"), served.to_dict("records"), strict=True)
        lines = [json.dumps({"request": a, "model_input": b}) for a, b in pairs]
        path = tmp_path / "log.jsonl"
        path.write_text("\n".join(lines))
        return path

    def exit_code(served: pd.DataFrame) -> int:
        path = written(served)
        return skewcheck.audit(tmp_path / "scaler.pkl", path, reference=train).exit_code

    assert exit_code(made) == 0
    assert exit_code(made.assign(city_Oslo=made["city_Bodo"])) == 1
