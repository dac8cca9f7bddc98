"""Redundant numbers are compared as exactly as they are stored; scikit-learn is the truth."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import skewcheck
from skewcheck.features.steps import Affine, MinMax, Vocabulary, ZScore
from skewcheck.parameters import load
from skewcheck.parameters.arithmetic import code_steps, spacing_steps
from skewcheck.parameters.pmml.arithmetic import norm_continuous_steps
from skewcheck.parameters.precision import FLOAT32, FLOAT64, stored_error, written_error
from skewcheck.text.errors import ParameterError

NAMES = ["a", "b", "c", "d", "e", "f"]
RNG = np.random.default_rng(3)
X = RNG.normal(size=(3000, 6)) * [1, 10, 100, 1e3, 0.1, 5] + [0, 50, 1e3, 0, 3, 1e4]
RANGES = [(0, 1), (-1, 1), (0, 255)]


@pytest.mark.parametrize("output", RANGES)
@pytest.mark.parametrize("stored", ["fitted", "cast"])
def test_a_min_max_scaler_of_float32(tmp_path: Path, stored: str, output: tuple[int, int]) -> None:
    """Fitted to float32, or fitted to float64 and then cast, as for a smaller file."""
    data = X.astype(np.float32) if stored == "fitted" else X
    scaler = MinMaxScaler(feature_range=output).fit(data)
    for key in ("min_", "scale_", "data_min_", "data_max_", "data_range_"):
        setattr(scaler, key, getattr(scaler, key).astype(np.float32))
    (tmp_path / "s.pkl").write_bytes(pickle.dumps(scaler))
    known = load(tmp_path / "s.pkl", NAMES)
    for feature, low, high in zip(known.features, scaler.data_min_, scaler.data_max_, strict=True):
        assert feature.steps == (MinMax(float(low), float(high), tuple(map(float, output))),)
    log = pd.DataFrame(data, columns=NAMES)
    served = scaler.transform(data)
    log[[f"{name}_norm" for name in NAMES]] = served
    audit = skewcheck.audit(known, log, served="{feature}_norm")
    parity = [next(t for t in f.tests if t.name == "parity") for f in audit.features]
    assert [test.statistic for test in parity] == [0.0] * 6


def test_another_scale_is_no_rounding(tmp_path: Path) -> None:
    scaler = MinMaxScaler().fit(X.astype(np.float32))
    scaler.scale_ = scaler.scale_ * np.float32(1.0005)
    (tmp_path / "s.pkl").write_bytes(pickle.dumps(scaler))
    steps = [f.steps[0] for f in load(tmp_path / "s.pkl", NAMES).features]
    assert all(isinstance(step, Affine) for step in steps)


@pytest.mark.parametrize("offset", ["min_", "min"])
@pytest.mark.parametrize("digits", [None, 9, 6])
def test_min_max_scalers_written_by_hand(tmp_path: Path, digits: int | None, offset: str) -> None:
    scaler = MinMaxScaler().fit(X.astype(np.float32))
    attributes = {"data_min": "data_min_", "data_max": "data_max_", "scale": "scale_",
                  offset: "min_"}  # fmt: skip
    tree: dict[str, object] = {"columns": NAMES}
    for key, attribute in attributes.items():
        numbers = getattr(scaler, attribute).astype(float)
        tree[key] = [x if digits is None else float(f"{x:.{digits}g}") for x in numbers]
    if offset == "min":
        del tree["data_min"]  # the offset is called a minimum
    (tmp_path / "s.json").write_text(json.dumps(tree))
    for feature, low, high in zip(
        load(tmp_path / "s.json").features, scaler.data_min_, scaler.data_max_, strict=True
    ):
        (step,) = feature.steps
        assert isinstance(step, MinMax)
        assert step.range == (0.0, 1.0)
        slack = (3e-2 if digits == 6 else 2e-3) * float(high - low)
        assert (step.min, step.max) == pytest.approx((low, high), abs=slack)


@pytest.mark.parametrize("decimals", [3, 4, 17])
def test_a_variance_and_its_root_as_they_are_rounded(tmp_path: Path, decimals: int) -> None:
    scaler = StandardScaler().fit(RNG.random((500, 3)))
    tree = {key: np.round(getattr(scaler, key), decimals).tolist()
            for key in ("mean_", "var_", "scale_")}  # fmt: skip
    path = tmp_path / "s.json"
    path.write_text(json.dumps({**tree, "columns": ["a", "b", "c"]}))
    steps = [f.steps[0] for f in load(path).features]
    assert steps == [ZScore(*pair) for pair in zip(tree["mean_"], tree["scale_"], strict=True)]
    wrong = [1.03 * x for x in tree["scale_"]]
    path.write_text(json.dumps({**tree, "scale_": wrong, "columns": ["a", "b", "c"]}))
    with pytest.raises(ParameterError, match="is not the root of the variance"):
        load(path)


def test_codes_and_lines_of_float32() -> None:
    tenths = [float(np.float32(i / 10)) for i in range(1, 6)]
    (step,) = spacing_steps(tenths) or ()
    assert isinstance(step, Affine)
    assert step.scale == pytest.approx(0.1, rel=1e-7)
    levels = code_steps([(f"v{i}", x) for i, x in enumerate(tenths)], None)
    assert levels is not None
    assert levels[0] == Vocabulary(("v0", "v1", "v2", "v3", "v4"), None)
    assert spacing_steps([0.0, 0.25, 0.5, 0.7501]) is None
    line = [(x, float(np.float32((x - 3) / 7))) for x in (0.0, 1.0, 2.0, 5.0)]
    assert isinstance(norm_continuous_steps(line, "asIs"), tuple)
    assert isinstance(norm_continuous_steps([*line, (6.0, 0.43)], "asIs"), str)


def test_how_exact_numbers_are() -> None:
    assert stored_error([0.5, 0.1, float(np.float32(0.1)), 1e300]) == FLOAT64
    assert stored_error([0.5, 0.1, float(np.float32(0.1))]) == FLOAT32
    assert stored_error([1 / 3, 0.5]) == FLOAT64
    # Half a unit of the last digit; not below 1e-6 of the number, nor above 1e-3.
    assert written_error(0.5774) == pytest.approx(0.00005)
    assert written_error(1 / 3) == pytest.approx(1e-6 / 3)
    assert written_error(-2.0) == pytest.approx(2e-3)
    assert (written_error(0.0), written_error(float("inf"))) == (0.0, 0.0)
