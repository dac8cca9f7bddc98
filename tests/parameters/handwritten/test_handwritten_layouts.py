"""The same numbers in every layout, and in every syntax."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from skewcheck.features.steps import ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.parameters.handwritten import read_tree
from skewcheck.parameters.source import ParameterSource, UnnamedError
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

MEANS, STDS = {"age": 40.5, "fare": 12.25}, {"age": 12.0, "fare": 0.5}
PAIRS = {name: {"mean": MEANS[name], "std": STDS[name]} for name in MEANS}
LISTS: Mapping[str, object] = {"mean": [40.5, 12.25], "scale": [12.0, 0.5]}
NAMED: Sequence[object] = [
    PAIRS,
    {"norm_stats": PAIRS},
    {"params": {"features": PAIRS}, "created": "2026-01-01", "version": 3},
    {"mean": MEANS, "std": STDS},
    {"scaler_type": "StandardScaler", "features": list(MEANS), "mean": MEANS, "sigma": STDS},
    {"mean_age": 40.5, "std_age": 12.0, "mean_fare": 12.25, "std_fare": 0.5},
    {"age_mu": 40.5, "age_std_dev": 12, "fare_mu": 12.25, "fare_std_dev": 0.5},
    {**LISTS, "feature_names": list(MEANS)},
    {"scaler": LISTS, "columns": list(MEANS), "model": {"rmse": 2.5}},
    {"mean_": [40.5, 12.25], "var_": [144, 0.25], "feature_names_in_": list(MEANS)},
    {"means": {k: [v] for k, v in MEANS.items()}, "variances": {"age": 144, "fare": 0.25}},
    [{"feature": name, **pair} for name, pair in PAIRS.items()],
    {"columns": [{"name": name, **pair} for name, pair in PAIRS.items()]},
    {"mean": np.array([40.5, 12.25]), "std": np.array([[12.0, 0.5]]), "cols": list(MEANS)},
]
UNNAMED: Sequence[object] = [
    LISTS,
    {"mean_": [40.5, 12.25], "scale_": [12.0, 0.5], "n_samples_seen_": 10},
    [{"mean": 40.5, "std": 12.0}, {"mean": 12.25, "std": 0.5}],
    {"0": {"mean": 40.5, "std": 12.0}, "1": {"mean": 12.25, "std": 0.5}},
    {"mean_stat": [4050.0, 1225.0], "frame_num": 100,
     "var_stat": [100 * (144 + 40.5**2), 100 * (0.25 + 12.25**2)]},
]  # fmt: skip


def read(tree: object, *names: str) -> Parameters:
    return read_tree(ParameterSource(Path("p.json"), names=names), tree)


def check(parameters: Parameters) -> None:
    assert [f.name for f in parameters.features] == ["age", "fare"]
    assert all(isinstance(f.steps[0], ZScore) and f.untested is None for f in parameters.features)
    x = np.random.default_rng(5).normal(20, 30, (1000, 2))
    x[:5, 0] = [np.nan, 0, -1e6, 1e6, 40.5]
    transformed = parameters.transform(pd.DataFrame(x, columns=["age", "fare"])).to_numpy(float)
    # Moments got back from sums lose what E[x²] - E[x]² cancels.
    np.testing.assert_allclose(transformed, (x - [40.5, 12.25]) / [12.0, 0.5], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("tree", NAMED)
def test_every_layout_with_names(tree: object) -> None:
    check(read(tree))


@pytest.mark.parametrize("tree", UNNAMED)
def test_layouts_without_names_need_them(tree: object) -> None:
    check(read(tree, "age", "fare"))
    with pytest.raises(UnnamedError) as caught:
        read(tree)
    assert caught.value.count == 2
    with pytest.raises(ParameterError, match="holds 2 values, but names gives 3 names"):
        read(tree, "a", "b", "c")


@pytest.mark.parametrize("tree", [tree for tree in NAMED[:9] if isinstance(tree, dict)])
def test_files_of_every_syntax(tree: object, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(json.dumps(tree))
    check(load(tmp_path / "p"))
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    check(load(tmp_path / "p.yaml"))
    assert load(tmp_path / "p").model == {"format": "home-made numbers"}


def test_toml_npz_and_csv(tmp_path: Path) -> None:
    lines = ["[age]\nmean = 40.5\nstd = 12\n[fare]\nmean = 12.25\nstd = 0.5"]
    (tmp_path / "p.toml").write_text("\n".join(lines))
    (tmp_path / "p.csv").write_text("feature;mean;std\nage;40.5;12\nfare;12.25;0.5\n")
    (tmp_path / "t.csv").write_text(",age,fare\ncount,9,9\nmean,40.5,12.25\nstd,12,0.5\n")
    np.savez(tmp_path / "p.npz", names=list(MEANS), mean=[40.5, 12.25], std=[12.0, 0.5])
    np.savez_compressed(tmp_path / "c.npz", cols=list(MEANS), mu=[40.5, 12.25], sd=[12.0, 0.5])
    for name in ("p.toml", "p.csv", "t.csv", "p.npz", "c.npz"):
        check(load(tmp_path / name))


def test_places_and_what_was_not_read() -> None:
    parameters = read({**LISTS, "columns": ["age", "fare"], "rmse": 3, "by": "me"})
    assert parameters["fare"].extra == {"x-source": "mean[1]; scale[1]"}
    assert texts(parameters.notes) == ("not read: rmse, by",)
    assert parameters["age"].reference is None


def test_inputs_beside_outputs() -> None:
    parameters = read({"mean_X": [1, 2], "std_X": [3, 4], "mean_y": 5, "std_y": 6}, "a", "b")
    assert [(f.name, f.role) for f in parameters.features] == [
        ("a", "feature"), ("b", "feature"), ("y", "label")]  # fmt: skip
    assert parameters["y"].steps == (ZScore(5.0, 6.0),)
    both = read({"x": {"mean": 1, "std": 2}, "y": {"mean": 3, "std": 4}})
    assert [(f.name, f.role) for f in both.features] == [("x", "feature"), ("y", "feature")]


def test_vectors_of_robots_and_images() -> None:
    image = [[[0.1]], [[0.2]], [[0.3]]]
    parameters = read(
        {
            "observation.state": {"mean": [1, 2], "std": [3, 4], "count": [9]},
            "timestamp": {"mean": [1], "std": [3], "count": [9]},
            "camera": {"mean": image, "std": image, "count": [9]},
        }
    )
    assert [f.name for f in parameters.features] == [
        "observation.state[0]", "observation.state[1]", "timestamp",
        "camera[0]", "camera[1]", "camera[2]",
    ]  # fmt: skip
    assert parameters["camera[2]"].steps == (ZScore(0.3, 0.3),)


def test_one_pair_for_all() -> None:
    parameters = read({"mean": 0.13, "std": 0.31}, "a", "b", "c")
    assert [f.steps for f in parameters.features] == [(ZScore(0.13, 0.31),)] * 3
    assert texts(parameters.notes) == ("one mean and std for all 3 features",)


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        ({"mean": [1, 2], "std": [3, 4, 5]}, "mean has 2 values, but std has 3"),
        ({"mean": [1, 2], "std": [3]}, "mean has 2 values, but std has 1"),
        ({"mean": [1, 2], "std": [3, 4], "columns": ["a"]},
         "mean has 2 values, but columns names 1"),
        ({"mean": [1, 2], "std": [3, 4], "columns": ["a", "a"]}, "columns: 'a' stands twice"),
        ({"mean": [1, 2], "std": [3, 4], "columns": ["a", "b"], "order": ["b", "a"]},
         "columns and order both have 2 names, and differ"),
        ({"max": {"mean": 1, "std": 2}, "min": {"mean": 3, "std": 4}},
         "max and mean may both be the kind of number here"),
        ({"mean": [[1], [2, 3]], "std": [1, 2]}, "mean: its lists have no common shape"),
        ({"mean": {"a": 10**400}, "std": {"a": 1}}, "mean.a: beyond the range of numbers"),
        ({"a": {"mean": 1, "mu": 2, "std": 1}}, "a.mean and a.mu are both mean, and differ"),
        ([{"name": "a", "mean": 1}, {"name": "a", "mean": 2}], "a: stands twice among"),
        ({"a": [1, 2], "b": [3, 4]}, r"a: two numbers could be \[mean, std\] or \[min, max\]"),
        ({"Urea": 1.5, "Cr": 2.5}, "holds one number for each of Urea, Cr, and does not say"),
        ({"mean": np.array([]), "std": np.array([])}, "has no numbers of a normalization"),
        ({"a": {"note": "x"}}, "has no numbers of a normalization by a name that is known"),
    ],
)  # fmt: skip
def test_what_is_refused(tree: object, why: str) -> None:
    with pytest.raises(ParameterError, match=why) as caught:
        read(tree)
    assert "\n" not in str(caught.value)


def test_a_report_on_a_model_is_no_parameter_file(tmp_path: Path) -> None:
    scores = {"cv": {"folds": 5, "score_mean": 0.8, "score_std": 0.1}, "robust": {
        "auc_mean": 0.8, "auc_std": 0.1, "auc_span": 0.2}}  # fmt: skip
    (tmp_path / "metrics.json").write_text(json.dumps(scores))
    with pytest.raises(ParameterError, match="is no skewcheck parameter file"):
        load(tmp_path / "metrics.json")


def test_3000_columns_are_read_in_no_time(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(3000)]
    (tmp_path / "p.json").write_text(
        json.dumps({"mean": [1.5] * 3000, "scale": [2.5] * 3000, "columns": names})
    )
    assert len(load(tmp_path / "p.json").features) == 3000
