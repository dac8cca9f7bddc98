"""`inject` and `power` for features that are served in several columns, and for maps.

What is written is computed by hand, and the audit names it, or it is refused in one line.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.text.errors import UsageError

ROWS = 2_000
LEVELS = [f"l{i}" for i in range(5)]
VALUES = dict(zip(LEVELS, [0.3, 0.7, -0.2, 1.4, 0.9], strict=True))
rng = np.random.default_rng(8)
X = rng.normal(1, 2, ROWS)
LEVEL = rng.choice(LEVELS, ROWS)
TABLE = pd.DataFrame({"x": X, "y": rng.normal(4, 3, ROWS), "c": LEVEL})
LINE = {"op": "zscore", "mean": 1.0, "std": 2.0}


def power_of(k: int) -> dict[str, object]:
    return {"op": "piecewise", "knots": [], "coefficients": [[0.0] * k + [1.0]]}


SQUARES = {"": [power_of(1)], "2": [power_of(2)]}
BIN = {"op": "piecewise", "knots": [0.0], "coefficients": [[1.0], [0.0]]}
BINS = {"0": [BIN], "1": [{**BIN, "coefficients": [[0.0], [1.0]]}]}
RAMP = {
    "op": "piecewise",
    "knots": [-2.0, 4.0],
    "coefficients": [[0.0, 0.0], [0.0, 0.5], [3.0, 0.0]],
}
SPLINE = {"0": [RAMP], "1": [{**RAMP, "coefficients": [[3.0, 0.0], [3.0, -0.5], [0.0, 0.0]]}]}
SQUARED = {"steps": [LINE, {"op": "expand", "columns": SQUARES}]}
BINNED = {"steps": [{"op": "expand", "columns": BINS}]}
SPLINED = {"steps": [{"op": "expand", "columns": SPLINE}]}
ONE = {"type": "categorical", "steps": [{"op": "map", "values": VALUES, "unknown": 0.5}]}
TWO = {"type": "categorical", "steps": [
    {"op": "map", "values": {k: [v, v * v] for k, v in VALUES.items()}, "columns": ["a", "b"]}
]}  # fmt: skip


def injected(
    folder: Path, of_file: dict[str, object], fault: str, **options: object
) -> tuple[pd.DataFrame, skewcheck.Audit]:
    path, out = folder / "p.json", folder / "out.parquet"
    path.write_text(json.dumps({"features": of_file}))
    skewcheck.inject(fault, path, TABLE[[*of_file]], out, **options)
    return pd.read_parquet(out), skewcheck.audit(path, out, served="{feature}_norm")


def squares(z: np.ndarray) -> dict[str, np.ndarray]:
    return {"x": z, "x_2": z * z}


def spline(x: np.ndarray) -> dict[str, np.ndarray]:
    rising = np.clip((x + 2) / 2, 0, 3)
    return {"x_0": rising, "x_1": 3 - rising}


Z = (X - 1) / 2


@pytest.mark.parametrize(
    ("feature", "fault", "numbers", "expected", "causes"),
    [
        (SQUARED, "not_normalized", {}, squares(X), ["not_normalized", "step_missing"]),
        (SQUARED, "wrong_parameters", {"mean": 2.0, "std": 3.0}, squares((X - 2) / 3), None),
        (SQUARED, "step_missing", {}, squares(X), ["not_normalized", "step_missing"]),
        (SQUARED, "unit_change", {"factor": 10}, squares((10 * X - 1) / 2), ["unit_change"] * 2),
        (SQUARED, "stuck_value", {"value": 3}, squares(np.full(ROWS, 3.0)), ["stuck_value"] * 2),
        (SPLINED, "unit_change", {"factor": -1}, spline(-X), ["unit_change"] * 2),
        (SPLINED, "stuck_value", {"value": 1}, spline(np.ones(ROWS)), ["stuck_value"] * 2),
        (BINNED, "unit_change", {"factor": -1},
         {"x_0": (X > 0) * 1.0, "x_1": (X <= 0) * 1.0}, None),
        (BINNED, "stuck_value", {"value": 5},
         {"x_0": np.zeros(ROWS), "x_1": np.ones(ROWS)}, ["stuck_value"] * 2),
    ],
)  # fmt: skip
def test_faults_before_an_expansion(
    tmp_path: Path, feature: object, fault: str, numbers: dict[str, float],
    expected: dict[str, np.ndarray], causes: list[str] | None,
) -> None:  # fmt: skip
    made, audit = injected(tmp_path, {"x": feature}, fault, numbers=numbers)
    for name, values in expected.items():
        np.testing.assert_allclose(made[f"{name}_norm"], values, rtol=0, atol=1e-9)
    assert audit.exit_code == 1
    if causes is not None:
        assert [f.causes[0].code for f in audit.features] == causes


def test_numbers_of_a_map_are_those_of_other_levels(tmp_path: Path) -> None:
    moved = dict(zip(LEVELS, [0.9, 0.3, 0.7, -0.2, 1.4], strict=True))
    for feature, columns in ((ONE, {"c": moved}), (TWO, {"c_a": moved})):
        made, audit = injected(tmp_path, {"c": feature}, "encoding_changed")
        for name, values in columns.items():
            assert made[f"{name}_norm"].tolist() == [values[level] for level in LEVEL]
        assert audit.features[0].causes[0].code == "encoding_changed"


def test_a_map_sticks(tmp_path: Path) -> None:
    made, audit = injected(tmp_path, {"c": ONE}, "stuck_value", numbers={"value": 0.7})
    assert set(made["c_norm"]) == {0.7}
    assert [cause.code for cause in audit.features[0].causes] == ["stuck_value"]
    made, audit = injected(tmp_path, {"c": TWO}, "stuck_value")
    assert (set(made["c_a_norm"]), set(made["c_b_norm"])) == ({0.3}, {0.3**2})
    (cause,) = audit.features[0].causes
    assert cause.variant == "columns_constant"


def test_two_expanded_numbers_are_swapped(tmp_path: Path) -> None:
    made, _ = injected(
        tmp_path, {"x": SQUARED, "y": BINNED}, "swapped_features", feature=["x", "y"]
    )
    z = (TABLE["y"] - 1) / 2
    np.testing.assert_allclose(made["x_2_norm"], z * z, atol=1e-9)
    assert made["y_1_norm"].tolist() == (X >= 0).astype(float).tolist()


@pytest.mark.parametrize(
    ("feature", "fault", "numbers", "why"),
    [
        (BINNED, "not_normalized", {}, "needs a number that is normalized"),
        (SPLINED, "normalized_twice", {}, "needs a number that is normalized"),
        (SPLINED, "wrong_parameters", {}, "needs a step that shifts and scales"),
        (SQUARED, "step_missing", {"op": "expand"}, "would serve other columns than training's"),
        (SQUARED, "encoding_changed", {}, "needs a vocabulary, onehot or map"),
        (ONE, "encoding_changed", {"order": "reverse"}, "order is of codes"),
        (ONE, "encoding_changed", {"shift": 5}, "needs levels with other numbers"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, feature: object, fault: str, numbers: dict[str, float | str], why: str
) -> None:
    name = "c" if feature is ONE else "x"
    with pytest.raises(UsageError, match=why) as caught:
        injected(tmp_path, {name: feature}, fault, numbers=numbers)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.parquet").exists()


def test_an_older_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    older = {"steps": [LINE, {"op": "expand", "columns": {**SQUARES, "3": [power_of(3)]}}]}
    (tmp_path / "old.json").write_text(json.dumps({"features": {"x": older}}))
    with pytest.raises(UsageError, match="other columns than training's"):
        injected(tmp_path, {"x": SQUARED}, "stale_parameters", history=[str(tmp_path / "old.json")])


@pytest.mark.parametrize("feature", [SQUARED, BINNED, SPLINED, ONE, TWO])
@pytest.mark.parametrize("fault", CAUSES)
def test_every_fault_is_written_or_refused(tmp_path: Path, feature: object, fault: str) -> None:
    name = "c" if feature in (ONE, TWO) else "x"
    try:
        made, _ = injected(tmp_path, {name: feature}, fault)
    except UsageError as error:
        refused = str(error)
    else:
        refused = ""
        assert len(made) == ROWS
    assert "\n" not in refused


@pytest.mark.parametrize(("feature", "names"), [
    (SQUARED, ["x", "x_2"]), (BINNED, ["x_0", "x_1"]), (SPLINED, ["x_0", "x_1"]), (ONE, ["c"]),
    (TWO, ["c"]),
])  # fmt: skip
def test_power_has_the_features_of_audits(
    tmp_path: Path, feature: object, names: list[str]
) -> None:
    path, name = tmp_path / "p.json", names[0].removesuffix("_0")
    path.write_text(json.dumps({"features": {name: feature}}))
    fitted = skewcheck.fit(TABLE[[name]], parameters=path)
    power = skewcheck.power(fitted, rows=1000, audits=5)
    assert [of.name for of in power.features] == names
    for of in power.features:
        found = of.level if name == "c" else of.shift
        assert found is not None
        assert found.sure is not None
        assert (of.paired is not None) is (feature is SQUARED)


def by_key(mean: dict[str, float], std: dict[str, float]) -> dict[str, object]:
    groups = {k: {"steps": [{"op": "zscore", "mean": mean[k], "std": std[k]}]} for k in mean}
    return {"by": "k", "groups": groups}


@pytest.mark.parametrize("numbers", [{}, {"mean": 6.0}, {"std": 2.0}])
def test_numbers_for_all_keys_are_none_of_a_key(tmp_path: Path, numbers: dict[str, float]) -> None:
    mean, std = {"a": 2.0, "b": 10.0, "c": 6.0}, dict.fromkeys("abc", 2.0)
    keys = np.random.default_rng(2).choice([*"abc"], ROWS)
    table = pd.DataFrame({"k": keys, "x": rng.normal([mean[k] for k in keys], 2.0)})
    path, out = tmp_path / "p.json", tmp_path / "out.parquet"
    path.write_text(json.dumps({"features": {"x": by_key(mean, std)}}))
    skewcheck.inject("global_parameters", path, table, out, numbers=numbers)
    (cause,) = skewcheck.audit(path, out, served="{feature}_norm").features[0].causes
    assert cause.code == "global_parameters"
    assert cause.share > 0.99


def test_numbers_of_a_key_are_refused_for_all(tmp_path: Path) -> None:
    mean, std = {"a": 2.0, "b": 10.0, "c": 6.0}, dict.fromkeys("abc", 2.0)
    path = tmp_path / "p.json"
    table = pd.DataFrame({"k": [*"abc"] * 100, "x": rng.normal(size=300)})
    path.write_text(json.dumps({"features": {"x": by_key(mean, std)}}))
    numbers = {"mean": 6.0, "std": 2.0}
    with pytest.raises(UsageError, match="the numbers of key 'c', which is wrong_group"):
        skewcheck.inject("global_parameters", path, table, tmp_path / "o.csv", numbers=numbers)
    path.write_text(json.dumps({"features": {"x": by_key({"a": 2.0}, {"a": 2.0})}}))
    with pytest.raises(UsageError, match="needs parameters of several keys"):
        skewcheck.inject("global_parameters", path, table, tmp_path / "o.csv")
