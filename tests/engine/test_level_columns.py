"""The columns of a one-hot feature are found by any usual spelling of its levels."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skewcheck
from skewcheck.features.steps import OneHot
from skewcheck.features.types import CategoricalReference, Feature, Parameters
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import UsageError
from skewcheck.training.importance import with_importance

ROWS = 3_000
Source = pd.DataFrame | Path


def moments(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601"))


LEVELS: dict[str, pd.Series] = {
    "float": pd.Series([1.0, 2.5, 3.0]),
    "whole float": pd.Series([1.0, 2.0, 30.0]),
    "float and null": pd.Series([1.0, 2.0, np.nan]),
    "nullable": pd.Series([1, 2, 3], dtype="Int64"),
    "bool": pd.Series([True, False]),
    "nullable bool": pd.Series([True, False], dtype="boolean"),
    "date": moments("2024-01-01", "2024-02-01", "2024-03-01"),
    "time": moments("2024-01-01 10:00", "2024-02-01 00:00", "2024-03-01 12:30:01.5"),
    "dates as objects": pd.Series([date(2024, 1, 1), date(2024, 2, 1)], dtype=object),
    "times as objects": pd.Series([datetime(2024, 1, 1, 3), datetime(2024, 2, 1)], dtype=object),
    "time with zone": moments("2024-01-01 10:00", "2024-02-01 01:00").dt.tz_localize("UTC"),
    "blanks": pd.Series([" a", "b", "B "]),
}


def rows(levels: pd.Series, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = levels.iloc[rng.integers(len(levels), size=ROWS)].reset_index(drop=True)
    return pd.DataFrame({"c": values, "x": rng.normal(size=ROWS)})


def sklearn_names(train: pd.DataFrame, log: pd.DataFrame) -> tuple[Parameters, pd.DataFrame]:
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["c"]), (StandardScaler(), ["x"]),
        verbose_feature_names_out=False,
    ).set_output(transform="pandas").fit(train)  # fmt: skip
    joblib.dump(columns, "columns.joblib")
    return skewcheck.load("columns.joblib"), columns.transform(log)


def dummies(train: pd.DataFrame, log: pd.DataFrame) -> tuple[Parameters, pd.DataFrame]:
    parameters, made = sklearn_names(train, log)
    columns = pd.get_dummies(log[["c"]], columns=["c"], dummy_na=bool(train["c"].isna().any()))
    return parameters, columns.join(made["x"])


def sources(log: pd.DataFrame, folder: Path) -> list[Source]:
    paths = [folder / f"log.{ending}" for ending in ("csv", "parquet", "iso.jsonl", "jsonl")]
    log.to_csv(paths[0], index=False)
    log.to_parquet(paths[1])
    log.to_json(paths[2], orient="records", lines=True, double_precision=15, date_format="iso")
    if "c" in log and isinstance(log["c"].iloc[0], date):
        when = pd.to_datetime(log["c"], utc=True).dt.as_unit("ms")
        log = log.assign(c=when.astype("int64"))
    log.to_json(paths[3], orient="records", lines=True, double_precision=15)
    return [log, *paths]


@pytest.mark.parametrize("named", [sklearn_names, dummies])
@pytest.mark.parametrize("kind", LEVELS)
def test_the_usual_names_are_clean(
    kind: str, named: Callable[..., tuple[Parameters, pd.DataFrame]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    train, log = rows(LEVELS[kind], 1), rows(LEVELS[kind], 3)
    parameters, made = named(train, log)
    for prefix, whole in (("S_", True), ("", True), ("S_", False)):
        served = made.add_prefix(prefix) if prefix else made.drop(columns="x")
        logged = pd.concat([log, served], axis=1) if whole else served
        for source in sources(logged, tmp_path):
            audit = skewcheck.audit(
                parameters, source, served=prefix + "{feature}", reference=train
            )
            (levels,) = (feature for feature in audit.features if feature.name == "c")
            assert (levels.verdict, levels.causes) == (Verdict.OK, ()), levels.tests
            assert levels.mode == ("paired" if whole else "served")


def onehot(*levels: str) -> Parameters:
    counts = CategoricalReference(ROWS, 0, dict.fromkeys(levels, ROWS // len(levels)))
    return Parameters((Feature("c", "categorical", (OneHot(levels),), counts),), "test")


def hot(levels: Sequence[str], columns: Sequence[str], seed: int = 1) -> pd.DataFrame:
    codes = np.random.default_rng(seed).integers(len(levels), size=ROWS)
    served = pd.DataFrame(np.eye(len(levels))[codes], columns=list(columns))
    return served.assign(c=np.array(levels)[codes])


@pytest.mark.parametrize(
    ("levels", "columns"),
    [
        (("1", "1.0", "2"), ("c_1_n", "c_1.0_n", "c_2_n")),
        (("true", "True", "no"), ("c_true_n", "c_True_n", "c_no_n")),
        (("b", "b "), ("c_b_n", "c_b _n")),
    ],
)
def test_a_columns_own_name_comes_first(levels: Sequence[str], columns: Sequence[str]) -> None:
    audit = skewcheck.audit(onehot(*levels), hot(levels, columns), served="{feature}_n")
    assert audit.verdict is Verdict.OK


def test_what_fits_twice_is_refused() -> None:
    log = hot(("1", "2"), ("c_1.0_n", "c_2.0_n"))
    twice = log.assign(c_True_n=log["c_1.0_n"])
    with pytest.raises(UsageError, match=r"c_1\.0_n.*c_True_n.*may each be the column 'c_1_n'"):
        skewcheck.audit(onehot("1", "2"), twice, served="{feature}_n")
    both = hot(("b ", "b  ", "c"), ("c_b", "x", "c_c"))
    with pytest.raises(UsageError, match="the column 'c_b' may be each of 'c_b ', 'c_b  '"):
        skewcheck.audit(onehot("b ", "b  ", "c"), both, served="{feature}")


@pytest.mark.parametrize("template", ["{}", "{}_norm", "norm_{}", "cat__{}"])
def test_they_are_seen_where_no_option_names_them(template: str) -> None:
    levels = ("1", "2.5", "3", "4")
    columns = [template.format(f"c_{float(level)}") for level in levels]
    audit = skewcheck.audit(onehot(*levels), hot(levels, columns))
    (note,) = (note for note in audit.notes if note.code == "connected_served")
    assert note.parameters["columns"] == tuple(columns)
    assert audit.logs.mode == "paired"


def test_importances_of_their_names_count(tmp_path: Path) -> None:
    path = tmp_path / "importance.json"
    path.write_text(json.dumps({"c_1.0": 0.5, "cat__c_True": 0.25, "c_2.5": 0.25}))
    parameters = with_importance(onehot("1", "2.5", "0"), path)
    assert parameters["c"].importance == 1
    assert not parameters.notes
