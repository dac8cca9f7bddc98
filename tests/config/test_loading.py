"""Names from training data, for files that name nothing; what cannot be reapplied."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import TargetEncoder

import skewcheck
from skewcheck.catalogue.warnings import message
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.parameters import UnnamedError
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.parameters.writer import dumps
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import NothingToTestError, ParameterError

ROWS = 5_000


def train() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame({
        "age": rng.normal(40, 12, ROWS), "pay": rng.choice(["Cash", "Card"], ROWS),
        "fare": rng.normal(12, 3, ROWS), "target": rng.integers(0, 2, ROWS),
    })  # fmt: skip


@pytest.fixture
def unnamed(tmp_path: Path) -> Path:
    """Means and deviations of age and fare, in that order, without their names."""
    data = train()
    both = [data[name] for name in ("age", "fare")]
    content = {"mean": [c.mean() for c in both], "std": [c.std(ddof=0) for c in both]}
    path = tmp_path / "scaler.json"
    path.write_text(json.dumps(content))
    return path


def test_the_order_of_the_training_data_and_a_warning_that_says_so(unnamed: Path) -> None:
    data = train()
    found = skewcheck.fit(data, parameters=unnamed, exclude=["target"])
    assert [f.name for f in found.features] == ["age", "fare"]
    told = found.warnings[0]
    assert (told.code, told.features) == ("unnamed", ("age", "fare"))
    assert "mean[0]; std[0] is age, mean[1]; std[1] is fare" in message(told)
    audited = skewcheck.audit(unnamed, data, reference=data, exclude=["target"])
    assert texts(audited.notes)[0] == f"unnamed: {message(told)}"
    assert {f.name: f.verdict.value for f in audited.features} == {"age": "ok", "fare": "ok"}


def test_numbers_that_differ_are_an_error_that_tells_both(unnamed: Path) -> None:
    data = train()
    with pytest.raises(UnnamedError, match="its 2 values, and <table> has 4 columns, 3 of them"):
        skewcheck.audit(unnamed, data, reference=data)
    with pytest.raises(
        UnnamedError,
        match=r"2 values; names=\('a', 'b', 'c'\) or names='FILE' does",
    ):
        skewcheck.audit(unnamed, data)


def encoder(path: Path, columns: list[str]) -> Path:
    """Means of a target by level, of columns without names."""
    data = train()
    joblib.dump(TargetEncoder().fit(data[columns].to_numpy(), data["target"]), path)
    return path


def test_levels_that_are_words_are_no_target(tmp_path: Path) -> None:
    """The one column of numbers is the target itself: its encoder is of the column of words."""
    known = encoder(tmp_path / "target_encoder.pkl", ["pay"])
    found = skewcheck.fit(train()[["pay", "target"]], parameters=known)
    assert [f.name for f in found.features] == ["pay"]
    assert found.warnings[0].features == ("pay",)
    with pytest.raises(UnnamedError):  # two columns of words, and one value
        skewcheck.fit(train()[["pay", "target"]].assign(city="x"), parameters=known)


def test_a_scaler_is_of_no_words(unnamed: Path) -> None:
    data = train().assign(city="x")
    with pytest.raises(UnnamedError):
        skewcheck.fit(data, parameters=unnamed)


def test_a_name_that_stands_twice(unnamed: Path) -> None:
    with pytest.raises(ParameterError, match=r": names=... gives 'age' twice$"):
        skewcheck.load(unnamed, ["age", "age"])


def test_names_in_another_order_are_seen(unnamed: Path) -> None:
    data = train()[["fare", "age"]]
    found = skewcheck.fit(data, parameters=unnamed)
    assert [w.code for w in found.warnings] == ["unnamed", "order"]
    named = skewcheck.fit(data, parameters=unnamed, names=["age", "fare"])
    assert named.warnings == ()


LOST = (
    Feature("age", "numeric", (ZScore(40.0, 12.0),)),
    Feature("fare", "numeric", untested="KNNImputer has no per-feature form"),
)
SOME = Parameters(LOST, fingerprint(LOST), path="p.pkl")


def test_raw_values_are_never_served_for_what_cannot_be_reapplied(tmp_path: Path) -> None:
    data = train()
    for served in ("{feature}", "{feature}_norm"):
        with pytest.raises(ParameterError, match=r"^fare: .*KNNImputer.*exclude it"):
            SOME.transform(data, served=served)
        with pytest.raises(ParameterError, match=r"^fare: .*KNNImputer.*exclude it"):
            skewcheck.apply(SOME, data, tmp_path / "o.csv", served=served)
    assert not (tmp_path / "o.csv").exists()
    made = SOME.transform(data, exclude=["fare"])
    np.testing.assert_allclose(made["age"], (data["age"] - 40) / 12)
    pd.testing.assert_series_equal(made["fare"], data["fare"])
    assert skewcheck.apply(SOME, data, tmp_path / "o.csv", exclude=["fare"]) == ROWS


def test_injected_logs_leave_them_out(tmp_path: Path) -> None:
    made = skewcheck.inject("not_normalized", SOME, train(), tmp_path / "o.csv")
    assert texts(made.notes)[0] == "fare: not served, KNNImputer has no per-feature form"
    written = pd.read_csv(tmp_path / "o.csv")
    assert "age_norm" in written
    assert "fare_norm" not in written
    with pytest.raises(ParameterError, match="KNNImputer"):
        skewcheck.inject("not_normalized", SOME, train(), tmp_path / "o.csv", feature="fare")


def test_what_cannot_be_reapplied_is_no_passthrough() -> None:
    taken = Parameters((LOST[0], Feature("fare", "numeric")), "sha256:1")
    assert skewcheck.diff(SOME, taken) == ("fare: KNNImputer has no per-feature form → as it is",)
    assert fingerprint(taken.features) != SOME.fingerprint
    assert skewcheck.diff(SOME, SOME) == ()


def test_power_tells_what_raw_values_can_show() -> None:
    whole = train().round(0)
    fitted = skewcheck.fit(whole, parameters=SOME)
    age, fare = skewcheck.power(fitted, 500, audits=5).features
    assert age.shift is not None
    assert fare.shift is not None
    assert (fare.paired, fare.served) == (None, None)


def test_a_type_that_nobody_tells_is_that_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "hand.json"
    content = {"pay": {"steps": []}, "age": {"steps": []}}
    path.write_text(json.dumps({"features": content}))
    known = skewcheck.load(path)
    assert json.loads(dumps(known))["features"] == content
    data = train()
    # Nothing is known of them at all, which is no alarm, and no verdict either.
    with pytest.raises(NothingToTestError, match="no reference distribution: give --reference"):
        skewcheck.audit(known, data)
    found = skewcheck.audit(known, data, reference=data)
    assert [(f.type, f.verdict.value) for f in found.features] == [
        ("categorical", "ok"), ("numeric", "ok")]  # fmt: skip
    assert known.transform(data)["pay"].tolist() == data["pay"].tolist()
    skewcheck.apply(known, data, tmp_path / "o.csv")
    assert pd.read_csv(tmp_path / "o.csv")["pay"].tolist() == data["pay"].tolist()
    assert [f.type for f in skewcheck.fit(data, parameters=known).features] == [
        "categorical", "numeric"]  # fmt: skip
    # A file that says numeric means it.
    path.write_text('{"features": {"pay": {"type": "numeric", "steps": []}}}')
    assert skewcheck.audit(path, data).features[0].verdict.value == "skew"
