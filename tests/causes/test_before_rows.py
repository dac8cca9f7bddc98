"""Faults before a scope of one row: simulated servers in NumPy, whose faults are named or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck

ROWS = 3_000
OVER = {"op": "standardize", "over": "row"}
LOG, FILL = {"op": "log1p"}, {"op": "impute", "value": 3.0}
CLIP = {"op": "clip", "max": 9.0}
Before = Callable[[np.ndarray], np.ndarray]
Table = dict[str, np.ndarray]


def world(names: str = "abcd", nulls: str = "") -> Table:
    rng = np.random.default_rng(11)
    table = {name: rng.lognormal(1 + 0.2 * i, 0.7, ROWS) for i, name in enumerate(names)}
    for name in nulls:
        table[name][rng.random(ROWS) < 0.1] = np.nan
    return table


def row_of(raw: Table, before: dict[str, Before], how: str = "zscore") -> Table:
    """Return each row normalized over itself, in float32 as a server does."""
    x = np.stack([before.get(name, np.asarray)(raw[name]) for name in raw], 1).astype("f4")
    if how == "zscore":
        y = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    elif how == "skipping":
        y = (x - np.nanmean(x, 1, keepdims=True)) / np.nanstd(x, 1, keepdims=True)
    else:
        y = x / np.sqrt((x * x).sum(1, keepdims=True))
    return {name: y[:, i] for i, name in enumerate(raw)}


def audited(
    folder: Path, raw: Table, steps: dict[str, list[object]], served: Table, over: object = OVER
) -> tuple[skewcheck.Audit, dict[str, tuple[object, ...]]]:
    """Return the audit, and of each feature the code, the step and the members of its causes."""
    features = {name: {"steps": [*steps.get(name, []), over]} for name in raw}
    (folder / "p.json").write_text(json.dumps({"features": features}))
    table = pd.DataFrame({**raw, **{f"{name}_n": y for name, y in served.items()}})
    audit = skewcheck.audit(folder / "p.json", table, served="{feature}_n")
    causes = {
        f.name: tuple((c.code, c.parameters.get("op"), c.parameters.get("member"))
                      for c in f.causes)
        for f in audit.features
    }  # fmt: skip
    return audit, causes


def scaled(mean: float, std: float) -> Before:
    return lambda x: (x - mean) / std


def filled(x: np.ndarray, value: float = 3.0) -> np.ndarray:
    return np.where(np.isnan(x), value, x)


def test_the_right_server_passes(tmp_path: Path) -> None:
    raw = world(nulls="a")
    served = row_of(raw, {"a": lambda x: np.log1p(filled(x)), "b": np.log1p})
    audit, _ = audited(tmp_path, raw, {"a": [FILL, LOG], "b": [LOG]}, served)
    assert audit.exit_code == 0


def test_a_step_left_out_of_one_feature_is_named_in_all_of_the_row(tmp_path: Path) -> None:
    raw = world()
    audit, causes = audited(tmp_path, raw, {"a": [LOG], "b": [LOG]}, row_of(raw, {"b": np.log1p}))
    assert causes["a"] == (("step_missing", "log1p", None),)
    for name in "bcd":
        assert causes[name] == (("step_missing", "log1p", ("a",)),)
    text = " ".join(skewcheck.render(audit).split())
    assert "without the log1p step (of a, a feature of the same row)" in text
    report = json.loads(skewcheck.render(audit, "json"))
    assert report["features"][1]["causes"][0]["parameters"]["member"] == ["a"]


def test_a_step_left_out_of_all_features_is_one_cause(tmp_path: Path) -> None:
    raw = world()
    steps = {name: [LOG] for name in "abc"}
    audit, causes = audited(tmp_path, raw, steps, row_of(raw, {}))
    for name in "abc":
        assert causes[name] == (("step_missing", "log1p", None),)
    assert causes["d"] == (("step_missing", "log1p", ("a", "b", "c")),)
    (first, *_) = audit.causes
    assert first.features == ("a", "b", "c")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (lambda x: np.log1p(1000 * x), ("unit_change", {"factor": 1000.0})),
        (lambda x: np.log(x), ("step_changed", {"op": "log"})),
        (lambda x: np.log1p(x) / np.log(10), ("step_changed", {"op": "log1p", "base": 10.0})),
    ],
)
def test_units_and_settings_are_named_with_their_numbers(
    tmp_path: Path, wrong: Before, expected: tuple[str, dict[str, object]]
) -> None:
    raw = world()
    served = row_of(raw, {"a": wrong, "b": np.log1p})
    audit, _ = audited(tmp_path, raw, {"a": [LOG], "b": [LOG]}, served)
    for feature in audit.features:
        (cause,) = feature.causes
        assert cause.code == expected[0]
        assert cause.parameters.items() >= expected[1].items()
        assert cause.parameters.get("member") == (None if feature.name == "a" else ("a",))


@pytest.mark.parametrize("how", ["zscore", "skipping"])
def test_an_imputation_left_out_is_named_where_nulls_spread(tmp_path: Path, how: str) -> None:
    raw = world(nulls="a")
    served = row_of(raw, {"b": np.log1p}, how)
    _, causes = audited(tmp_path, raw, {"a": [FILL], "b": [LOG]}, served)
    assert causes["a"] == (("step_missing", "impute", None),)
    for name in "bcd":
        assert causes[name] == (("step_missing", "impute", ("a",)),)


def test_another_fill_value_is_read_off(tmp_path: Path) -> None:
    raw = world(nulls="a")
    served = row_of(raw, {"a": lambda x: np.log1p(filled(x, 4.7))})
    audit, _ = audited(tmp_path, raw, {"a": [FILL, LOG]}, served)
    for feature in audit.features:
        (cause,) = feature.causes
        assert (cause.code, cause.variant) == ("step_changed", "filled")
        assert cause.parameters["value"] == pytest.approx(4.7, rel=1e-4)
    text = " ".join(skewcheck.render(audit).split())
    assert "nulls filled by 4.7 (of a, a feature of the same row)" in text


def test_another_bound_is_read_off(tmp_path: Path) -> None:
    raw = world()
    served = row_of(raw, {"a": lambda x: np.minimum(x, 6.5)})
    audit, _ = audited(tmp_path, raw, {"a": [CLIP]}, served)
    for feature in audit.features:
        (cause,) = feature.causes
        assert (cause.code, cause.variant) == ("step_changed", "clipped")
        assert cause.parameters["max"] == pytest.approx(6.5, rel=1e-4)


def test_other_scaling_before_norms_is_read_off(tmp_path: Path) -> None:
    raw = world()
    steps = {n: [{"op": "zscore", "mean": 3.0 + i, "std": 2.0}] for i, n in enumerate("abcd")}
    before: dict[str, Before] = {n: scaled(3.0 + i, 2.0) for i, n in enumerate("abcd")}
    before["c"] = scaled(5.6, 1.7)
    audit, _ = audited(tmp_path, raw, steps, row_of(raw, before, "l2"), OVER | {"method": "l2"})
    for feature in audit.features:
        (cause,) = feature.causes
        assert cause.code == "wrong_parameters"
        assert cause.parameters["mean"] == pytest.approx(5.6, rel=1e-4)
        assert cause.parameters["std"] == pytest.approx(1.7, rel=1e-4)
        assert cause.parameters.get("member") == (None if feature.name == "c" else ("c",))


def test_of_two_features_signs_alone_name_nothing(tmp_path: Path) -> None:
    raw = world("ab")  # z-scores of two numbers are -1 and 1
    _, causes = audited(tmp_path, raw, {"a": [LOG]}, row_of(raw, {}))
    assert causes == {"a": (), "b": ()}


def test_a_constant_is_still_named(tmp_path: Path) -> None:
    raw = world()
    served = row_of(raw, {"a": np.log1p}) | {"b": np.full(ROWS, 0.25)}
    _, causes = audited(tmp_path, raw, {"a": [LOG]}, served)
    assert [code for code, _, _ in causes["b"]] == ["stuck_value"]


def test_noise_and_other_faults_name_no_step(tmp_path: Path) -> None:
    raw = world()
    noise = np.random.default_rng(5).normal(0, 0.2, ROWS)
    steps: dict[str, list[object]] = {"a": [LOG], "b": [LOG]}
    for wrong in (lambda x: np.log1p(x) + noise, lambda x: np.arctan(x), lambda x: x[::-1]):
        served = row_of(raw, {"a": wrong, "b": np.log1p})
        _, causes = audited(tmp_path, raw, steps, served)
        named = {code for found in causes.values() for code, _, _ in found}
        assert named <= {"drift"}


def test_a_fault_of_some_rows_is_named_there(tmp_path: Path) -> None:
    raw = world()
    right, wrong = row_of(raw, {"a": np.log1p}), row_of(raw, {})
    bad = np.arange(ROWS) % 4 == 0
    served = {name: np.where(bad, wrong[name], right[name]) for name in raw}
    audit, causes = audited(tmp_path, raw, {"a": [LOG]}, served)
    assert causes["b"] == (("step_missing", "log1p", ("a",)),)
    assert audit.features[0].causes[0].share == pytest.approx(0.25, abs=0.01)
