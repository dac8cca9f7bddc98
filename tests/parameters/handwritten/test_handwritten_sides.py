"""Inputs and outputs of a model in a handwritten file, masks, and what is not read."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import MinMax, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

MEAN, STD = {"a": 1.0, "b": 2.5}, {"a": 0.5, "b": 3.0}
LISTED: Mapping[str, object] = {"feature_names": ["a", "b"]}


def read(tmp_path: Path, tree: object, *names: str) -> Parameters:
    (tmp_path / "p.json").write_text(json.dumps(tree))
    return load(tmp_path / "p.json", names)


PAIRS = [("mean_X", "std_X", "mean_y", "std_y"), ("X_mean", "X_std", "y_mean", "y_std"),
         ("meanX", "stdX", "meanY", "stdY"), ("x_mu", "x_sigma", "y_mu", "y_sigma"),
         ("X_train_mean", "X_train_std", "y_train_mean", "y_train_std"),
         ("train_mean_X", "train_std_X", "train_mean_y", "train_std_y"),
         ("feature_means", "feature_stds", "target_mean", "target_std"),
         ("mean_features", "std_features", "mean_label", "std_label"),
         ("input_mean", "input_std", "output_mean", "output_std")]  # fmt: skip
PLACES: list[Mapping[str, object]] = [
    {"X": {"mean": MEAN, "std": STD}, "y": {"mean": 1, "std": 2}},
    {"mean": {"X": MEAN, "y": 1}, "std": {"X": STD, "y": 2}},
    {"x_scaler": {"mean": MEAN, "scale": STD}, "y_scaler": {"mean": 1, "scale": 2}},
    {"X_train": {"mean": MEAN, "std": STD}, "y_train": {"mean": 1, "std": 2}},
    {"inputs": {n: {"mean": MEAN[n], "std": STD[n]} for n in MEAN},
     "outputs": {"mean": [1], "std": [2]}},
]  # fmt: skip


def trees() -> list[object]:
    """Return layouts of the same numbers: dicts, lists, wrapped, beside others, in any order."""
    found: list[object] = [*PLACES]
    for mx, sx, my, sy in PAIRS:
        dicts = {mx: MEAN, sx: STD, my: 1.0, sy: 2.0}
        lists = {mx: [*MEAN.values()], sx: [*STD.values()], my: [1.0], sy: [2.0]}
        found += [
            dicts, dict(reversed(dicts.items())), {**lists, **LISTED}, {"stats": dicts},
            {"norm": {"params": {**LISTED, **lists}}}, {"epochs": 12, **dicts, "n_features": 2},
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("tree", trees(), ids=str)
def test_features_and_label_in_every_layout(tmp_path: Path, tree: dict[str, object]) -> None:
    known = read(tmp_path, tree)
    named = {f.name: f for f in known.features}
    (label,) = (f for f in known.features if f.role == "label")
    assert set(named) == {"a", "b", label.name}
    assert [named[n].steps for n in MEAN] == [(ZScore(MEAN[n], STD[n]),) for n in MEAN]
    assert [named[n].role for n in MEAN] == ["feature"] * 2
    assert label.steps == (ZScore(1, 2),)
    unread = ("not read: epochs, n_features",) if "epochs" in tree else ()
    assert texts(known.notes) == unread


def test_two_lists_of_names(tmp_path: Path) -> None:
    tree = {"target": {"mean": [1, 2], "std": [2, 3]}, "features": {"mean": [3, 4], "std": [5, 6]},
            "target_names": ["u", "v"], "feature_names": ["a", "b"]}  # fmt: skip
    for keys in itertools.permutations(tree):
        known = read(tmp_path, {key: tree[key] for key in keys})
        assert {f.name: (f.role, f.steps[0].mean) for f in known.features} == {
            "a": ("feature", 3), "b": ("feature", 4), "u": ("label", 1), "v": ("label", 2),
        }  # fmt: skip


def test_outputs_with_names_of_their_own(tmp_path: Path) -> None:
    both = {"mean_y": {"price": 1, "a": 2}, "std_y": {"price": 3, "a": 4}}
    known = read(tmp_path, {"mean_X": MEAN, "std_X": STD, **both})
    assert [(f.name, f.role) for f in known.features] == [
        ("a", "feature"), ("b", "feature"), ("price", "label"), ("y.a", "label"),
    ]  # fmt: skip


def test_one_input_and_coordinates(tmp_path: Path) -> None:
    known = read(tmp_path, {"mean_X": 5, "std_X": 1, "mean_y": 1, "std_y": 2})
    assert [(f.name, f.role) for f in known.features] == [("X", "feature"), ("y", "label")]
    known = read(tmp_path, {"mean_x": 5, "std_x": 1, "mean_y": 1, "std_y": 2})
    assert [(f.name, f.role) for f in known.features] == [("x", "feature"), ("y", "feature")]


def test_observations_and_actions(tmp_path: Path) -> None:
    lists = {"obs_mean": [1, 2], "obs_std": [3, 4], "act_mean": [1, 0], "act_std": [2, 5]}
    names = ["obs[0]", "obs[1]", "act[0]", "act[1]"]
    assert [f.name for f in read(tmp_path, lists).features] == names
    dicts = {"mean_state": MEAN, "std_state": STD, "action_mean": {"g": 1}, "action_std": {"g": 2}}
    known = read(tmp_path, dicts)
    assert [f.name for f in known.features] == ["state.a", "state.b", "action.g"]
    assert texts(known.notes) == ()


def test_what_has_numbers_is_read_or_listed(tmp_path: Path) -> None:
    tree = {
        "mean": MEAN, "std": STD, "gaps": [1, None, 3], "other": {"count": 5},
        "deep": {"z": [[1, "b"]]}, "padding_mask": [True, False, True], "max_target": 5, "k": 3,
    }  # fmt: skip
    known = read(tmp_path, tree)
    assert [f.name for f in known.features] == ["a", "b"]
    (note,) = texts(known.notes)
    assert note == "not read: gaps, deep.z, max_target and 3 more"
    for key in set(tree) - {"mean", "std"}:
        alone = read(tmp_path, {"mean": MEAN, "std": STD, key: tree[key]})
        (note,) = texts(alone.notes)
        assert note.startswith(f"not read: {key}")
    baseline = {"numeric": {"a": {"mean": 1, "std": 2}}, "categorical": {"c": {"u": 0.5}},
                "row_count": 100, "drift": {"limit": 0.3}}  # fmt: skip
    assert texts(read(tmp_path, baseline).notes)[-1] == "not read: drift.limit"


ACTION: Mapping[str, object] = {
    "mean": [0.1, 0.2, 0.3], "std": [1, 1, 0], "min": [-1, -1, 0], "max": [1, 1, 1],
    "q01": [-0.9, -0.8, 0], "q99": [0.9, 0.8, 1], "mask": [True, True, False],
}  # fmt: skip
METHODS = {
    None: (ZScore(0.1, 1), ZScore(0.2, 1)),
    "normal": (ZScore(0.1, 1), ZScore(0.2, 1)),
    "bounds": (MinMax(-1, 1), MinMax(-1, 1)),
    "bounds_q99": (MinMax(-0.9, 0.9, (-1, 1)), MinMax(-0.8, 0.8, (-1, 1))),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_masked_dimension_stays_as_it_is(tmp_path: Path, method: str | None) -> None:
    """As OpenVLA and Octo serve it: np.where(mask, normalized, action)."""
    tree = {"bridge": {"action": ACTION, "num_transitions": 10}}
    if method is not None:
        tree["bridge"]["norm_type"] = method
    known = read(tmp_path, tree)
    assert [f.name.removeprefix("bridge.") for f in known.features] == [
        "action[0]", "action[1]", "action[2]",
    ]  # fmt: skip
    assert tuple(f.steps for f in known.features) == (*((s,) for s in METHODS[method]), ())
    assert [f.untested for f in known.features] == [None] * 3
    assert known.features[2].extra["x-source"] == "bridge.action.mask"
    assert "mask" not in " ".join(texts(known.notes))
    assert known.warnings == ()


@pytest.mark.parametrize(
    "tree",
    [
        {"mean": [1, 2.5], "std": [0.5, 3], "mask": [True, False], "columns": ["a", "b"]},
        {"mean": MEAN, "std": STD, "mask": {"a": True, "b": False}},
        {"a": {"mean": 1, "std": 0.5, "mask": True}, "b": {"mean": 2, "std": 3, "mask": False}},
        {"action_mean": [1, 2], "action_std": [0.5, 3], "action_mask": [True, False]},
        {"action": {"mean": [1, 2], "std": [0.5, 3]},
         "action_normalization_mask": [True, False]},
        {"action": {"mean": [[1, 2]], "std": [[0.5, 3]], "mask": [[True, False]]}},
    ],
    ids=str,
)  # fmt: skip
def test_masks_in_every_layout(tmp_path: Path, tree: object) -> None:
    known = read(tmp_path, tree)
    assert [f.steps for f in known.features] == [(ZScore(1, 0.5),), ()]
    assert texts(known.notes) == ()


@pytest.mark.parametrize("mask", [[True, False], [True] * 4, [True]])
def test_a_mask_of_another_length_is_an_error(tmp_path: Path, mask: list[bool]) -> None:
    with pytest.raises(ParameterError) as caught:
        read(tmp_path, {"action": {**ACTION, "mask": mask}})
    assert str(caught.value).endswith(
        f"p.json: action.mask has {len(mask)} values, but action.mean has 3"
    )


def test_a_mask_alone_is_no_normalization(tmp_path: Path) -> None:
    with pytest.raises(ParameterError):
        read(tmp_path, {"mask": [True, False], "columns": ["a", "b"]})
    known = read(tmp_path, {"action": {**ACTION, "mask": [False] * 3}})
    assert [f.steps for f in known.features] == [()] * 3


def test_a_log_of_masked_actions_is_right(tmp_path: Path) -> None:
    action = np.random.default_rng(4).normal(0.2, 1, (500, 3)).round(3)
    mask, mean, std = (np.array(ACTION[key], float) for key in ("mask", "mean", "std"))
    with np.errstate(divide="ignore", invalid="ignore"):
        served = np.where(mask > 0, (action - mean) / std, action)
    log = pd.DataFrame(
        {f"action[{i}]": action[:, i] for i in range(3)}
        | {f"action[{i}]_norm": served[:, i] for i in range(3)}
    )
    known = read(tmp_path, {"action": ACTION})
    audit = skewcheck.audit(known, log, served="{feature}_norm")
    parity = [t.statistic for f in audit.features for t in f.tests if t.name == "parity"]
    assert parity == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("key", ["shift", "offset", "center"])
def test_numbers_that_no_step_applies_are_in_a_note(tmp_path: Path, key: str) -> None:
    tree = {"a": {"mean": 1, "std": 2, key: 3}, "b": {"mean": 1, "std": 2}}
    assert f"no part of the steps: a.{key}" in texts(read(tmp_path, tree).notes)


def test_a_variance_that_is_not_the_deviations_square_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"std: 10 is not the root of the variance 4"):
        read(tmp_path, {"a": {"mean": 1, "std": 10, "var": 4}})
    with_other_ddof = {"a": {"mean": 1, "std": 2, "var": 4 * 20 / 19}}
    assert read(tmp_path, with_other_ddof)["a"].steps == (ZScore(1, 2),)
