"""Reference distributions for steps that are known already."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from audits import ROWS, TRAIN

import skewcheck
from skewcheck.engine.source import open_source
from skewcheck.features.steps import Clip
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import NothingToTestError
from skewcheck.training.fit import with_reference


def test_the_steps_of_another_file(tmp_path: Path) -> None:
    hand = tmp_path / "hand.json"
    hand.write_text(
        """{"x-us": 1, "model": {"name": "m"}, "features": {
        "fare": {"steps": [{"op": "clip", "max": 20.1234}, {"op": "log1p"}]},
        "pay": {"steps": [{"op": "vocabulary", "values": ["Cash"]}]},
        "far": {"steps": [{"op": "maxabs", "scale": 2}]}}}"""
    )
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")
    given = skewcheck.load(hand)
    found = skewcheck.fit(TRAIN, parameters=hand, model=str(model))
    assert [f.steps for f in found.features] == [f.steps for f in given.features]
    assert (found.fingerprint, found.extra) == (given.fingerprint, {"x-us": 1})
    assert found.model == {"name": "model", "sha256": hashlib.sha256(b"weights").hexdigest()}
    assert texts(found.notes) == ("far: the training data has no such column",)
    assert 20.1234 in found["fare"].reference.histogram.edges
    assert found["fare"].steps[0] == Clip(max=20.1234)
    assert found["pay"].reference.rows == ROWS
    assert found["far"].reference is None
    some = skewcheck.fit(TRAIN, parameters=hand, exclude=["far"])
    assert [f.name for f in some.features] == ["fare", "pay"]
    assert some.fingerprint != given.fingerprint


def test_a_file_that_shares_no_feature_is_an_error() -> None:
    known = skewcheck.fit(TRAIN)
    source = open_source(pa.table({"a": [1]}))
    with pytest.raises(NothingToTestError, match="has none of the features fare, count"):
        with_reference(known, source)


def test_a_category_of_too_many_levels_costs_no_other_feature() -> None:
    hand = skewcheck.fit(pa.table({"x": [1.0, 2.0], "c": ["a", "a"]}))
    many = pa.table({"x": np.arange(200_100) * 1.0, "c": [f"{i}" for i in range(200_100)]})
    found = skewcheck.fit(many, parameters=hand)
    assert texts(found.notes) == (
        "c: more than 200,000 levels in the training data: none of them is kept",
    )
    assert found["c"].reference is None
    assert found["x"].reference.rows == 200_100
