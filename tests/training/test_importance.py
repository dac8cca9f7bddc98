"""Importances from a file, and what they do: they order the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import OneHot
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError
from skewcheck.training.importance import read, with_importance

WANTED = {"fare": 0.5, "tip": -0.25, "pay": 0.0}
FRAME = pd.DataFrame({"feature": list(WANTED), "importance": list(WANTED.values())})
SERIES = pd.Series(WANTED)
NAMES, VALUES = list(WANTED), list(WANTED.values())
SAVED: dict[str, Callable[[Path], object]] = {
    "dict.json": lambda p: p.write_text(json.dumps(WANTED)),
    "records.json": lambda p: p.write_text(FRAME.to_json(orient="records")),
    "lists.json": lambda p: p.write_text(
        json.dumps({"features": NAMES, "importances": VALUES, "model": "forest"})
    ),
    "columns.json": lambda p: p.write_text(FRAME.to_json()),
    "plain.csv": lambda p: FRAME.to_csv(p, index=False),
    "index.csv": lambda p: FRAME.to_csv(p),
    "series.csv": lambda p: SERIES.to_csv(p),
    "bare.csv": lambda p: SERIES.to_csv(p, header=False),
    "bom.csv": lambda p: FRAME.to_csv(p, index=False, encoding="utf-8-sig"),
    "tabs.tsv": lambda p: FRAME.to_csv(p, index=False, sep="\t"),
    "semicolons.csv": lambda p: SERIES.to_csv(p, sep=";"),
    "shap.csv": lambda p: FRAME.set_axis(["col_name", "feature_importance_vals"], axis=1).to_csv(p),
    "turned.csv": lambda p: FRAME[["importance", "feature"]].to_csv(p, index=False),
    "more.csv": lambda p: FRAME.assign(std=0.1, gain="x").to_csv(p),
    "sklearn.csv": lambda p: pd.DataFrame(
        {"Feature": NAMES, "importances_mean": VALUES, "importances_std": 0.1}
    ).to_csv(p, index=False),
}


@pytest.mark.parametrize("name", SAVED)
def test_however_they_were_saved(tmp_path: Path, name: str) -> None:
    SAVED[name](tmp_path / name)
    assert read(tmp_path / name) == WANTED


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty: it must hold the importance of some feature"),
        ("{}", "is empty: it must hold the importance of some feature"),
        ("{", ("no valid JSON: Expecting property name enclosed in double quotes"
         " (line 1, column 2)")),
        ('{"fare": "high"}', 'fare: must be a finite number, got "high"'),
        ('{"fare": NaN}', "fare: must be a finite number, got NaN"),
        ('{"fare": 1, "fare": 2}', 'key "fare" stands twice in one object'),
        ('{"fare": [0.1, 0.2]}', ('fare: must be {"feature": number}, a list of feature and'
         " importance, or two lists of these")),
        ('[{"feature": "fare"}]', "[0]: must have the keys feature and importance"),
        ('{"features": ["fare"]}', "has features, but no list of importances beside it"),
        ('{"features": ["fare"], "importances": [1, 2]}',
         "importances: must be as long as features: 1, got 2"),
        ("feature,importance\nfare,high\n",
         "row 2: the importance of 'fare' must be a finite number, got 'high'"),
        ("fare,1\ntip,inf\n", "row 2: the importance of 'tip' must be a finite number, got 'inf'"),
        ("fare,1\n\ntip\n", "row 3: must have a name and a number, has 1 columns"),
        ("fare,1\nfare,2\n", "'fare' stands there twice; leave one"),
        ("a,b,c\nfare,1,2\n", "row 1: must name the columns feature and importance, has a, b, c"),
        ("\x00\x01\xff", "neither JSON nor a table of text: save names and importances as CSV"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "i.txt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ParameterError) as error:
        read(path)
    assert str(error.value) == f"{path}: {problem}"


def parameters() -> Parameters:
    numbers = (Feature("fare", "numeric", importance=9.0), Feature("tip", "numeric"))
    pay = Feature("pay", "categorical", (OneHot(("Cash", "Card")),))
    return Parameters((*numbers, pay, Feature("y", "numeric", role="label")), "")


def test_they_find_their_features(tmp_path: Path) -> None:
    path = tmp_path / "i.json"
    found = {"num__fare": 0.5, "cat__pay_Cash": 0.25, "pay_Card": 0.125, "tipp": 1, "q": 1}
    path.write_text(json.dumps(found))
    known = with_importance(parameters(), path)
    assert [f.importance for f in known.features] == [0.5, 0.0, 0.375, None]
    assert texts(known.notes) == (
        f"{path}: no feature has the name 'tipp' (did you mean tip?), 'q'",
    )


def test_that_none_fits_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("f0,1\nf1,2\n")
    with pytest.raises(ParameterError, match="no importance of any feature: it names 'f0', 'f1',"):
        with_importance(parameters(), tmp_path / "i.csv")
    with pytest.raises(ParameterError, match="cannot read importances from it"):
        with_importance(parameters(), tmp_path / "gone.csv")


def moved(seed: int, by: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"small": rng.normal(by, 1, 4000), "large": rng.normal(2 * by, 1, 4000),
                         "same": rng.normal(0, 1, 4000)})  # fmt: skip


def test_the_report_is_ordered_by_importance_times_effect(tmp_path: Path) -> None:
    known, log = skewcheck.fit(moved(1, 0.0)), moved(2, 0.5)

    def order(**options: object) -> list[str]:
        audit = skewcheck.audit(known, log, **options)
        assert [f.name for f in audit.features] == ["small", "large", "same"]
        text = skewcheck.render(audit)
        return sorted(["small", "large"], key=lambda name: text.index(f"SKEW  {name}:"))

    assert order() == ["large", "small"]
    path = tmp_path / "i.json"
    for weight, expected in ((1.2, ["large", "small"]), (9, ["small", "large"])):
        path.write_text(json.dumps({"small": weight, "large": 1}))
        assert order(importance=str(path)) == expected
    # What has none comes last, whatever its effect; what is excluded may be in the file.
    path.write_text(json.dumps({"small": 0.001, "same": 1}))
    assert order(importance=str(path)) == ["small", "large"]
    audit = skewcheck.audit(known, log, importance=str(path), exclude="same")
    report = json.loads(skewcheck.render(audit, "json"))
    assert {f["name"]: f["importance"] for f in report["features"]} == {"small": 0.001, "large": 0}
    frame = audit.to_pandas()
    assert frame.groupby("feature").importance.first().to_dict() == {"small": 0.001, "large": 0.0}


def test_without_importances_there_is_no_key() -> None:
    report = json.loads(skewcheck.render(skewcheck.audit(skewcheck.fit(moved(1, 0)), moved(2, 0)),
                                         "json"))  # fmt: skip
    assert not [f for f in report["features"] if "importance" in f]
