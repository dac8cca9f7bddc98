"""What feeds what among the files of a folder: names, counts, copies, rivals, what is not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    LabelEncoder,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

import skewcheck
from skewcheck.features.steps import Impute, MinMax, Vocabulary, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

FRAME = pd.DataFrame({
    "age": [20.0, 30.0, 70.0, 44.0], "size": [1.0, 2.0, 6.0, 3.0], "city": ["a", "b", "a", "c"],
})  # fmt: skip
NUMBERS = FRAME[["age", "size"]]
SCALER = StandardScaler().fit(NUMBERS)
NAMELESS = StandardScaler().fit(NUMBERS.to_numpy())
OTHER = StandardScaler().fit(NUMBERS * 3 + 1)
CITY = LabelEncoder().fit(FRAME["city"])
MODEL = LogisticRegression().fit(SCALER.transform(NUMBERS), [0, 1, 0, 1])
MEANS, STDS = SCALER.mean_.tolist(), SCALER.scale_.tolist()
AGE, SIZE = (ZScore(m, s) for m, s in zip(MEANS, STDS, strict=True))
Folder = Callable[..., Path]


def _names(parameters: Parameters) -> list[str]:
    return [feature.name for feature in parameters.features]


def test_each_step_says_its_file(folder: Folder) -> None:
    imputer = SimpleImputer().fit(NUMBERS)
    scaler = StandardScaler().fit(imputer.transform(NUMBERS))
    parameters = skewcheck.load(folder(imputer=imputer, scaler=scaler))
    assert (
        parameters["size"].extra["x-source"] == "imputer.pkl: statistics_[1]; scaler.pkl: mean_[1]"
    )
    assert parameters["size"].steps == (Impute(3.0), SIZE)
    assert texts(parameters.notes) == (
        "scaler.pkl: its 2 columns are taken to be those in imputer.pkl",
    )
    assert parameters.model == {"format": "scikit-learn"}


def test_a_folder_of_one_file_says_what_the_file_says(folder: Folder) -> None:
    path = folder(scaler=SCALER)
    one, whole = skewcheck.load(path / "scaler.pkl"), skewcheck.load(path)
    assert whole.fingerprint == one.fingerprint
    assert whole.path == str(path)
    assert skewcheck.diff(path, path / "scaler.pkl") == ()


def test_a_copy_is_not_applied_again(folder: Folder) -> None:
    """Of equal numbers, of which one file may have fewer digits, the pickle is used."""
    copy = {"mean": [round(x, 9) for x in MEANS], "scale": STDS, "columns": [*NUMBERS]}
    parameters = skewcheck.load(folder(scaler=SCALER, a_scaler_json=copy))
    assert parameters["age"].steps == (AGE,)
    assert texts(parameters.notes) == ("a_scaler.json: says the same as scaler.pkl: not used",)


def test_a_part_of_a_whole_pipeline_is_a_copy(folder: Folder) -> None:
    whole = make_pipeline(StandardScaler(), LogisticRegression()).fit(NUMBERS, [0, 1, 0, 1])
    parameters = skewcheck.load(folder(scaler=SCALER, model=whole))
    assert parameters["age"].steps == (AGE,)
    assert any("says the same as" in text for text in texts(parameters.notes))


@pytest.mark.parametrize("other", [OTHER, MinMaxScaler().fit(NUMBERS)])
def test_rivals_are_asked_for(folder: Folder, other: object) -> None:
    path = folder(scaler=SCALER, scaler_old=other)
    with pytest.raises(ParameterError, match=r"scaler.pkl and scaler_old.pkl both normalize age"):
        skewcheck.load(path)
    first, then = (path / f"{name}.pkl" for name in ("scaler", "scaler_old"))
    # Files that the user names follow each other in that order.
    assert skewcheck.load([first, then])["age"].steps[0] == AGE
    assert skewcheck.load([then, first])["age"].steps[-1] == AGE


def test_two_encoders_of_one_column_are_asked_for(folder: Folder) -> None:
    other = OrdinalEncoder(categories=[["c", "b", "a"]]).fit(FRAME[["city"]])
    with pytest.raises(ParameterError, match="both normalize city"):
        skewcheck.load(folder(le_city=CITY, encoder=other))


def test_names_are_asked_for_where_lists_differ(folder: Folder) -> None:
    path = folder(scaler=NAMELESS, columns_json=["age", "size"], features_json=["size", "age"])
    with pytest.raises(UnnamedError) as caught:
        skewcheck.load(path)
    assert caught.value.count == 2
    assert "columns.json, features.json have as many for scaler.pkl, which differ" in str(
        caught.value
    )
    assert skewcheck.load(path, ("age", "size"))["size"].steps == (SIZE,)


def test_names_are_asked_for_once_of_equal_files(folder: Folder) -> None:
    path = folder(scaler=NAMELESS, scaler_json={"mean": MEANS, "std": STDS}, columns_json=["x"])
    with pytest.raises(UnnamedError, match=r"2 values, and they are those of scaler.pkl \(columns"):
        skewcheck.load(path)
    assert skewcheck.load(path, ("age", "size"))["age"].steps == (AGE,)


def test_names_come_from_training_data_as_for_one_file(folder: Folder) -> None:
    path = folder(scaler=NAMELESS, model=MODEL)
    fitted = skewcheck.fit(FRAME, parameters=path)
    assert fitted["age"].steps == (AGE,)


@pytest.mark.parametrize(
    "names",
    [
        {"config_json": {"threshold": 0.5, "model": {"feature_names": ["age", "size"]}}},
        {"features": NUMBERS.columns},
        {"features": np.array(["age", "size"])},
        {"columns_json": {"columns": ["age", "size"]}, "more_json": [["age", "size"]]},
        {"numeric_columns": ["age", "size"], "categorical_columns": ["city", "zone"]},
    ],
)
def test_names_beside_an_unnamed_scaler(folder: Folder, names: dict[str, object]) -> None:
    parameters = skewcheck.load(folder(scaler=NAMELESS, **names))
    assert parameters["size"].steps == (SIZE,)


def test_names_in_a_text_file(folder: Folder) -> None:
    path = folder(scaler=NAMELESS)
    (path / "feature_names.txt").write_text("age\nsize\n\n")
    assert _names(skewcheck.load(path)) == ["age", "size"]


@pytest.mark.parametrize(
    "name", ["city_encoder", "le_City", "labelEncoderCity", "encoder_city_v2", "CITY_le_final"]
)
def test_a_column_in_the_name_of_a_file(folder: Folder, name: str) -> None:
    coded = StandardScaler().fit(FRAME.assign(city=[0, 1, 0, 2]))
    parameters = skewcheck.load(folder(**{name: CITY, "scaler": coded}))
    assert parameters["city"].steps[0] == Vocabulary(("a", "b", "c"), None)
    assert _names(parameters) == ["age", "size", "city"]


@pytest.mark.parametrize(
    "files",
    [
        {"label_encoder": CITY}, {"label_encoder_json": {"classes": ["a", "b"]}},
        {"label_encoder_json": {"a": 0, "b": 1, "c": 2}}, {"target_encoder": CITY},
        {"label_encoder_target": CITY},
        {"y_encoder": CITY}, {"y_scaler": StandardScaler().fit([[1.0], [2.0]])},
        {"target_scaler": StandardScaler().fit([[1.0], [2.0]])}, {"scaler_y": OTHER},
        {"le_crop": CITY, "feature_names_json": ["age", "size"]}, {"classes_json": ["a", "b"]},
    ],
)  # fmt: skip
def test_what_is_of_the_target_feeds_no_feature(folder: Folder, files: dict[str, object]) -> None:
    parameters = skewcheck.load(folder(scaler=SCALER, **files))
    assert {f.name: f.steps for f in parameters.features} == {"age": (AGE,), "size": (SIZE,)}
    assert any("not read" in text for text in texts(parameters.notes))


def test_a_label_encoder_of_a_column_that_no_other_file_names(folder: Folder) -> None:
    """It may be of an input that is not scaled, or of the target, which no log need have."""
    path = folder(scaler=SCALER, le_crop=CITY)
    parameters = skewcheck.load(path)
    assert [f.name for f in parameters.features if f.derived] == ["crop"]
    served = pd.DataFrame(SCALER.transform(NUMBERS), columns=["age_norm", "size_norm"])
    log = pd.concat([NUMBERS.join(served)] * 600, ignore_index=True)
    crops = ["a", "b", "c", "a"] * 600
    for right in (log, log.assign(crop=crops)):
        audit = skewcheck.audit(path, right, served="{feature}_norm")
        assert audit.exit_code == 0, skewcheck.render(audit)
    wrong = log.assign(crop=crops, crop_norm=[2.0, 1.0, 0.0, 2.0] * 600)
    assert skewcheck.audit(path, wrong, served="{feature}_norm").exit_code == 1
    assert parameters.transform(NUMBERS).shape == NUMBERS.shape


def test_what_a_folder_holds_beside_parameters(folder: Folder) -> None:
    path = folder(
        scaler=SCALER, model=MODEL, metrics_json={"mean": 0.5, "std": 0.1},
        training_json={"loss_mean": 0.3, "loss_std": 0.1}, best_params_json={"depth": 3, "lr": 0.1},
        report_json={"skewcheck": {"kind": "report"}, "features": []},
    )  # fmt: skip
    for name in ("README.md", "plot.png", "requirements.txt", "scaler.pkl.dvc", "serve.py"):
        (path / name).write_text("MEAN = [1.0, 2.0]\nSTD = [3.0, 4.0]\n")
    FRAME.to_csv(path / "train.csv")
    np.save(path / "X.npy", NUMBERS.to_numpy())
    skewcheck.save(skewcheck.fit(FRAME), path / "params.json")
    parameters = skewcheck.load(path)
    assert {f.name: f.steps for f in parameters.features} == {"age": (AGE,), "size": (SIZE,)}
    listed = {text.partition(": not read")[0] for text in texts(parameters.notes)}
    assert listed == {file.name for file in path.iterdir()} - {"scaler.pkl"}


def test_fills_of_scaled_values_follow_the_scaler(folder: Folder) -> None:
    """A mean of scaled values is 0: no raw age is."""
    with_nulls = NUMBERS.assign(age=[20.0, np.nan, 70.0, 44.0])
    scaler = StandardScaler().fit(with_nulls)
    scaled = pd.DataFrame(scaler.transform(with_nulls), columns=["age", "size"])
    imputer = SimpleImputer(strategy="median").fit(scaled)
    parameters = skewcheck.load(folder(scaler=scaler, imputer=imputer))
    assert [type(step) for step in parameters["age"].steps] == [ZScore, Impute]
    ours = parameters.transform(with_nulls)
    np.testing.assert_allclose(ours, imputer.transform(scaled), rtol=1e-9)


def test_what_mixes_columns_leaves_none_to_compare(folder: Folder) -> None:
    pca = PCA(2).fit(SCALER.transform(NUMBERS))
    parameters = skewcheck.load(folder(scaler=SCALER, pca=pca))
    assert all("PCA" in str(feature.untested) for feature in parameters.features)


def test_levels_that_numbers_contradict_are_no_codes(folder: Folder) -> None:
    """A scaler of ages from 20 to 70 takes no positions of two levels."""
    scaler = MinMaxScaler().fit(NUMBERS)
    levels = {"age": ["young", "old"], "size": ["S", "M"]}
    parameters = skewcheck.load(folder(scaler=scaler, levels_json=levels))
    assert parameters["age"].steps == (MinMax(20.0, 70.0),)


def test_an_unnamed_onehot_before_a_scaler(folder: Folder) -> None:
    encoder = OneHotEncoder(sparse_output=False).fit(FRAME[["city"]].to_numpy(object))
    names = ["age", "city_a", "city_b", "city_c"]
    x = np.column_stack([FRAME["age"], encoder.transform(FRAME[["city"]].to_numpy(object))])
    scaler = StandardScaler().fit(pd.DataFrame(x, columns=names))
    path = folder(city_encoder=encoder, scaler=scaler)
    ours = skewcheck.load(path).transform(FRAME)[names]
    np.testing.assert_allclose(ours, scaler.transform(pd.DataFrame(x, columns=names)), rtol=1e-9)
