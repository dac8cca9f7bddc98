"""Levels that are served as any numbers: each fault is written by hand into the served columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, StandardScaler

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit
from skewcheck.text.errors import ParameterError

LEVELS = ["App", "Card", "Cash"]
COLUMNS = [f"pay_{level}" for level in LEVELS]


def rides(seed: int, rows: int = 3_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pay = pd.Series(rng.choice(LEVELS, rows, p=[0.2, 0.3, 0.5]), dtype=object)
    return pd.DataFrame({
        "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "pay": pay.where(rng.random(rows) > 0.02, np.nan),
    })  # fmt: skip


def taught(scaler: object, *, drop: str | None = None) -> ColumnTransformer:
    """Fit the preprocessor of the tutorials: fill, one-hot, then a scaler."""
    encoder = OneHotEncoder(sparse_output=False, drop=drop)
    levels = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder, scaler)
    numbers = Pipeline([("scaler", StandardScaler())])
    steps = [("num", numbers, ["fare"]), ("cat", levels, ["pay"])]
    return ColumnTransformer(steps, verbose_feature_names_out=False).fit(rides(1, 20_000))


SCALERS = {
    "without the mean": StandardScaler(with_mean=False),
    "standard": StandardScaler(),
    "min-max": MinMaxScaler((-1, 1)),
    "maxabs": MaxAbsScaler(),
}


def known(folder: Path, fitted: ColumnTransformer) -> Parameters:
    """Read a fitted transformer from its file, and write what was read."""
    import joblib

    joblib.dump(fitted, folder / "scaler.joblib")
    read = skewcheck.fit(rides(1, 20_000), parameters=folder / "scaler.joblib")
    skewcheck.save(read, folder / "params.json")
    return skewcheck.load(folder / "params.json")


def served(fitted: ColumnTransformer, raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(fitted.transform(raw), columns=fitted.get_feature_names_out())


SERVED = {"raw": "raw_{feature}", "served": "{feature}"}
"""Options of a log of served values alone, which are called as the raw ones are."""

BESIDE = {"served": "model__{feature}"}


def _beside(raw: pd.DataFrame, fed: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([raw, fed.add_prefix("model__")], axis=1)


@pytest.mark.parametrize("drop", [None, "first"])
@pytest.mark.parametrize("scaler", SCALERS)
def test_scikit_learns_own_values(tmp_path: Path, scaler: str, drop: str | None) -> None:
    fitted, raw = taught(SCALERS[scaler], drop=drop), rides(2)
    parameters, right = known(tmp_path, fitted), served(fitted, raw)
    assert parameters["pay"].untested is None
    made = parameters.transform(raw)
    assert list(made) == list(right)
    np.testing.assert_allclose(made, right, atol=1e-12)
    for log in (right, right.astype("float32")):
        assert skewcheck.audit(parameters, log, **SERVED).exit_code == 0
        assert skewcheck.audit(parameters, _beside(raw, log)).exit_code == 0
        log.to_csv(tmp_path / "log.csv", index=False, float_format="%.6g")
        assert skewcheck.audit(parameters, tmp_path / "log.csv", **SERVED).exit_code == 0


Fault = Callable[[pd.DataFrame], pd.DataFrame]
FAULTS: dict[str, tuple[Fault, str]] = {
    "zero": (lambda fed: fed[COLUMNS] * 0, "with 0 in the columns of App, Card, Cash"),
    "one zero": (lambda fed: fed[["pay_Card"]] * 0, "with 0 in the columns of Card"),
    "permuted": (
        lambda fed: fed[["pay_Card", "pay_Cash", "pay_App"]].set_axis(COLUMNS, axis=1),
        "with the columns of App, Card, Cash permuted",
    ),
    "unscaled": (
        lambda fed: (fed[COLUMNS] == fed[COLUMNS].max()).astype(float),
        "as 0 and 1, unscaled, in the columns of App, Card, Cash",
    ),
    "another scale": (lambda fed: fed[["pay_App"]] * 1.1, " App"),
}  # fmt: skip


def _causes(audit: Audit) -> list[str]:
    return [
        cause["message"]
        for feature in json.loads(skewcheck.render(audit, "json"))["features"]
        for cause in feature["causes"]
    ]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scaler", ["without the mean", "standard"])
def test_faults_of_columns_are_named(tmp_path: Path, scaler: str, fault: str) -> None:
    fitted, raw = taught(SCALERS[scaler]), rides(2)
    parameters, fed = known(tmp_path, fitted), served(fitted, raw)
    change, says = FAULTS[fault]
    wrong = fed.assign(**change(fed))
    alone = skewcheck.audit(parameters, wrong, **SERVED)
    skewed = [feature.name for feature in alone.features if feature.verdict == "skew"]
    assert (alone.exit_code, skewed) == (1, ["pay"])
    paired = skewcheck.audit(parameters, _beside(raw, wrong))
    assert paired.exit_code == 1
    (message,) = _causes(paired)
    assert says in message


def test_an_encoder_that_knows_no_level_is_named(tmp_path: Path) -> None:
    """As one behind a scaler: all its columns are 0 before the next step."""
    fitted, raw = taught(SCALERS["standard"]), rides(2)
    parameters, fed = known(tmp_path, fitted), served(fitted, raw)
    scaler = fitted.named_transformers_["cat"][-1]
    nothing = scaler.transform(np.zeros((1, len(COLUMNS))))[0]
    wrong = fed.assign(**dict(zip(COLUMNS, nothing, strict=True)))
    audit = skewcheck.audit(parameters, _beside(raw, wrong))
    (message,) = _causes(audit)
    assert "with the numbers of unknown levels in the columns of App, Card, Cash" in message


def test_a_share_of_the_rows(tmp_path: Path) -> None:
    fitted, raw = taught(SCALERS["standard"]), rides(2)
    parameters, fed = known(tmp_path, fitted), served(fitted, raw)
    rows = np.random.default_rng(3).random(len(raw)) < 0.1
    wrong = fed.copy()
    wrong.loc[rows, COLUMNS] = 0.0
    audit = skewcheck.audit(parameters, _beside(raw, wrong))
    feature = next(f for f in audit.features if f.name == "pay")
    assert feature.parity is not None
    assert feature.parity.mismatched == rows.sum()


PAY = {"values": {"Cash": [0.0, 1.3], "Card": [2.0, 0.0]}, "null": [0.0, 0.0], "unknown": [0, 0]}


def _written(path: Path, **members: object) -> Path:
    steps = [{"op": "map", **PAY, **members}]
    head = {"kind": "parameters", "version": 1}
    text = {"skewcheck": head, "features": {"pay": {"steps": steps}}}
    path.write_text(json.dumps({k: v for k, v in text.items() if v is not None}))
    return path


def test_written_by_hand(tmp_path: Path) -> None:
    parameters = skewcheck.load(_written(tmp_path / "p.json"))
    log = pd.DataFrame({"pay": ["Cash", "Card", None, "Coin"]})
    made = parameters.transform(log)
    assert list(made) == ["pay_Cash", "pay_Card"]
    assert made.to_numpy().tolist() == [[0.0, 1.3], [2.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    skewcheck.save(parameters, tmp_path / "q.json")
    assert skewcheck.load(tmp_path / "q.json") == parameters or (
        skewcheck.diff(parameters, tmp_path / "q.json") == ()
    )


def test_to_one_number(tmp_path: Path) -> None:
    """Target and count encoding: `{level: mean}`, then a scaler."""
    values = {"Cash": 12.5, "Card": 7.25, "App": 9.0}
    path = _written(tmp_path / "p.json", values=values, null=10.0, unknown=10.0)
    text = json.loads(path.read_text())
    text["features"]["pay"]["steps"].append({"op": "zscore", "mean": 10.0, "std": 2.5})
    path.write_text(json.dumps(text))
    parameters, raw = skewcheck.load(path), rides(2)
    fed = (raw["pay"].map(values).fillna(10.0) - 10) / 2.5
    log = pd.DataFrame({"pay": raw["pay"], "pay_norm": fed})
    np.testing.assert_allclose(parameters.transform(raw)["pay"], fed)
    assert skewcheck.audit(parameters, log).exit_code == 0
    swapped = raw["pay"].map({**values, "Cash": 7.25, "Card": 12.5}).fillna(10.0)
    audit = skewcheck.audit(parameters, log.assign(pay_norm=(swapped - 10) / 2.5))
    assert audit.exit_code == 1


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"values": {}}, "values: must have a level"),
        ({"values": {"a": [1], "b": [1, 2]}}, "as many numbers for each level"),
        ({"values": {"a": []}}, "as many numbers for each level"),
        ({"null": [1.0]}, "null: must have as many numbers as a level"),
        ({"columns": ["a", "a"]}, "columns: must be distinct"),
        ({"columns": ["a"]}, "columns: must be distinct names, one for each"),
        ({"values": {"a": "x"}}, "values"),
        ({"values": [1.0]}, "values"),
    ],
)
def test_wrong_maps_are_refused(tmp_path: Path, members: dict[str, object], says: str) -> None:
    path = _written(tmp_path / "p.json", **members)
    with pytest.raises(ParameterError, match=says) as raised:
        skewcheck.load(path)
    assert "\n" not in str(raised.value)


def test_maps_in_words(tmp_path: Path) -> None:
    old = skewcheck.load(_written(tmp_path / "p.json"))
    values = {**PAY["values"], "Cash": [0.0, 1.5], "Coin": [1.0, 1.0]}  # type: ignore[dict-item]
    new = skewcheck.load(_written(tmp_path / "q.json", values=values))
    assert skewcheck.diff(old, old) == ()
    (line,) = skewcheck.diff(old, new)
    assert line == "pay: map: Cash 0 1.3 → 0 1.5, Coin none → 1 1"


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("missing", [["pay_App"], ["pay_App", "pay_Cash"]])
@pytest.mark.parametrize("scaler", ["without the mean", "standard"])
def test_columns_that_are_not_logged(
    tmp_path: Path, scaler: str, missing: list[str], wrong: bool
) -> None:
    """They are missed, since each row has a number in them, and the others are compared."""
    fitted, raw = taught(SCALERS[scaler]), rides(2)
    parameters, fed = known(tmp_path, fitted), served(fitted, raw).drop(columns=missing)
    fed = fed.assign(pay_Card=0.0) if wrong else fed
    for log, options in ((_beside(raw, fed), BESIDE), (fed, SERVED)):
        audit = skewcheck.audit(parameters, log, **options)
        feature = next(f for f in audit.features if f.name == "pay")
        assert (audit.exit_code, feature.verdict) == (1, "skew")
        assert {t.name: t.verdict for t in feature.tests}["missing"] == "skew"
        if feature.parity is not None:
            assert (feature.parity.mismatched > 0) == wrong
        lenient = skewcheck.audit(parameters, log, allow_missing=True, **options)
        assert lenient.exit_code == int(wrong)


@pytest.mark.parametrize("fault", ["none", "permuted", "zero"])
@pytest.mark.parametrize("missing", ["pay_Bus", "pay_Cash", "pay_infrequent_sklearn"])
def test_columns_beside_that_of_rare_levels(tmp_path: Path, missing: str, fault: str) -> None:
    """Strangers have a column there: one that is not logged is no reason to compare none."""
    rng = np.random.default_rng(0)
    names = np.array(["App", "Bus", "Card", "Cash", "Coin", "Note"], object)
    share = [0.2, 0.1, 0.3, 0.37, 0.02, 0.01]
    train, raw = (pd.DataFrame({"pay": rng.choice(names, n, p=share)}) for n in (20_000, 3_000))
    encoder = OneHotEncoder(
        sparse_output=False, min_frequency=0.05, handle_unknown="infrequent_if_exist"
    )
    encoder.fit(train)
    import joblib

    joblib.dump(encoder, tmp_path / "e.joblib")
    parameters = skewcheck.fit(train, parameters=tmp_path / "e.joblib")
    fed = pd.DataFrame(encoder.transform(raw), columns=encoder.get_feature_names_out())
    left = fed.drop(columns=missing)
    if fault == "permuted":
        left = left[[*left.columns[1:], left.columns[0]]].set_axis(left.columns, axis=1)
    left = left * 0 if fault == "zero" else left
    assert skewcheck.audit(parameters, _beside(raw, fed)).exit_code == 0
    for log, options in ((_beside(raw, left), BESIDE), (left, SERVED)):
        audit = skewcheck.audit(parameters, log, allow_missing=True, **options)
        assert audit.exit_code == int(fault != "none")
        strict = skewcheck.audit(parameters, log, **options)
        assert strict.exit_code == 1
