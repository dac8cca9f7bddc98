"""The epsilon of a divisor, and the bound of normalized values, in home-made files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import skewcheck
from skewcheck.features.steps import Clip, MinMax, Step, ZScore

MEAN_STD = {"mean": {"a": 1.0}, "std": {"a": 0.0}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({**MEAN_STD, "epsilon": 1e-6}, (ZScore(1, 0, 1e-6),)),
        ({"stats": MEAN_STD, "eps": 1e-8}, (ZScore(1, 0, 1e-8),)),
        ({"a": {"mean": 1.0, "std": 2.0, "epsilon": 1e-3}}, (ZScore(1, 2, 1e-3),)),
        (
            {"a": {"mean": 1.0, "var": 4.0}, "epsilon": 1e-8, "clip_obs": 10.0},
            (ZScore(1, 2, 1e-8, "variance"), Clip(-10.0, 10.0)),
        ),
        (
            {"a": {"q01": 0.0, "q99": 2.0, "mean": 1.0, "std": 1.0}, "eps": 1e-8,
             "norm_type": "quantiles"},
            (MinMax(0, 2, (-1, 1), 1e-8),),
        ),
    ],
)  # fmt: skip
def test_the_steps(content: object, expected: tuple[Step, ...], tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    path.write_text(json.dumps(content))
    parameters = skewcheck.load(path)
    assert [feature.name for feature in parameters.features] == ["a"]
    assert parameters.features[0].steps == expected
    assert any("its epsilon is read as" in str(note.parameters) for note in parameters.notes)


def test_without_an_epsilon_a_deviation_of_0_divides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    path.write_text(json.dumps(MEAN_STD))
    assert skewcheck.load(path)["a"].untested == "zscore: std must be > 0"


def test_bounds_of_a_clip_are_no_feature(tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    path.write_text(json.dumps({"a": {"mean": 1.0, "std": 2.0, "clip_min": -3, "clip_max": 3}}))
    parameters = skewcheck.load(path)
    assert [feature.name for feature in parameters.features] == ["a"]
    assert any("clip_min" in str(note.parameters) for note in parameters.notes)


def test_a_mask_of_ones_and_zeros(tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    numbers = {"mean": [1, 2], "std": [1, 2], "mask": [1, 0]}
    path.write_text(json.dumps({"action": numbers}))
    steps = [feature.steps for feature in skewcheck.load(path).features]
    assert steps == [(ZScore(1, 1),), ()]
