"""skewcheck's own file with `by`, `groups` and `standardize`: read, written, refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import skewcheck
from skewcheck.features.steps import Clip, Standardize, ZScore
from skewcheck.text.errors import ParameterError

STEP = {"op": "zscore", "mean": 1, "std": 2}
OVER = {"op": "standardize", "over": "window", "length": 24}


def load(tmp_path: Path, feature: object) -> skewcheck.Parameters:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"features": {"x": feature}}))
    return skewcheck.load(path)


GROUPED = {"by": "k", "groups": {"a": {"steps": [STEP]}, "b": {"steps": []}},
           "steps": [{"op": "clip", "min": -3}]}  # fmt: skip
SCOPED = {"by": "k", "steps": [{"op": "log1p"}, OVER, {"op": "clip", "max": 3}]}


def test_what_stands_there_is_read(tmp_path: Path) -> None:
    feature = load(tmp_path, GROUPED)["x"]
    assert (feature.by, feature.type) == ("k", "numeric")
    assert feature.groups == {"a": (ZScore(1.0, 2.0),), "b": ()}
    assert feature.steps == (Clip(min=-3.0),)
    assert load(tmp_path, SCOPED)["x"].steps[1] == Standardize("window", 24)


@pytest.mark.parametrize("feature", [GROUPED, SCOPED])
def test_it_is_written_as_it_is_read(tmp_path: Path, feature: object) -> None:
    known = load(tmp_path, feature)
    skewcheck.api.save(known, tmp_path / "again.json")
    again = skewcheck.load(tmp_path / "again.json")
    assert again.features == known.features
    assert again.fingerprint == again.lock == known.fingerprint


def test_the_fingerprint_is_of_keys_and_scopes(tmp_path: Path) -> None:
    others = (
        GROUPED | {"by": "j"},
        GROUPED | {"groups": {"a": {"steps": [STEP]}}},
        SCOPED | {"by": "j"},
        SCOPED | {"steps": [{"op": "log1p"}, OVER | {"length": 25}, {"op": "clip", "max": 3}]},
    )
    prints = {load(tmp_path, f).fingerprint for f in (GROUPED, SCOPED, *others)}
    assert len(prints) == 6


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ({"groups": {"a": {"steps": []}}}, r"features.x.by: is missing"),
        ({"by": "k", "steps": [STEP]}, r"features.x.by: needs groups"),
        ({"by": "", "groups": {"a": {"steps": []}}}, r"features.x.by: must be the name"),
        ({"by": "k", "groups": {}}, r"features.x.groups: must have at least one"),
        ({"by": "k", "groups": {"a": {}}}, r"features.x.groups.a.steps: is missing"),
        ({"by": "k", "groups": {"a": {"steps": [], "mean": 1}}}, r"groups.a.mean: no such key"),
        ({"by": "k", "groups": {"a": {"steps": [OVER]}}}, r"a.steps\[0\]: standardize has no"),
        ({"by": "k", "groups": {"a": {"steps": [{"op": "onehot", "values": ["u"]}]}}},
         r"a.steps\[0\]: onehot takes levels"),
        ({"by": "k", "groups": {"a": {"steps": [STEP]}}, "steps": [OVER]}, "cannot stand beside"),
        ({"by": "k", "groups": {"a": {"steps": [{**STEP, "std": 0}]}}}, r"std: must be > 0"),
        ({"steps": [OVER, OVER]}, "two standardize steps"),
        ({"by": "k", "steps": [{"op": "standardize", "over": "row"}]}, "needs none"),
        ({"steps": [{"op": "standardize", "over": "column"}]}, r"over: must be one of row, window"),
        ({"steps": [{"op": "standardize", "over": "window", "length": 2.5}]}, "a whole number"),
        ({"type": "categorical", "by": "k", "groups": {"a": {"steps": []}}}, "is for numeric"),
        ({"steps": [{"op": "vocabulary", "values": ["u"]}, OVER]}, "is for numeric"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, feature: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        load(tmp_path, feature)
