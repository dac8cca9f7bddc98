"""An epsilon in the divisor: its three places, against NumPy's own arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import skewcheck
from skewcheck.features.steps import MaxAbs, MinMax, Robust, Step, ZScore, forward, inverse
from skewcheck.reports.words.diff import described
from skewcheck.text.errors import ParameterError

X = np.array([-3.0, 0.0, 0.002, 5.0, np.nan])
STEPS = {
    "zscore": (ZScore, {"mean": 0.25, "std": 0.002}, 0.25, 0.002),
    "robust": (Robust, {"center": 0.25, "scale": 0.002}, 0.25, 0.002),
    "maxabs": (MaxAbs, {"scale": 0.002}, 0.0, 0.002),
    "minmax": (MinMax, {"min": 0.25, "max": 0.252}, 0.25, 0.252 - 0.25),
}
DIVISORS = {
    "scale": lambda s, e: s + e,
    "variance": lambda s, e: np.sqrt(s**2 + e),
    "floor": max,
}  # fmt: skip


@pytest.mark.parametrize("op", STEPS)
@pytest.mark.parametrize("place", DIVISORS)
@pytest.mark.parametrize("epsilon", [1e-8, 1e-3, 0.5])
def test_what_a_step_divides_by(op: str, place: str, epsilon: float) -> None:
    kind, settings, offset, spread = STEPS[op]
    step = kind(**settings, epsilon=epsilon, epsilon_in=place)
    assert step.check() is None
    expected = (X - offset) / DIVISORS[place](spread, epsilon)
    assert forward((step,), X) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert inverse((step,), expected) == pytest.approx(X, rel=1e-9, abs=1e-9, nan_ok=True)


def parameters(folder: Path, **settings: object) -> skewcheck.Parameters:
    path = folder / "p.json"
    step = {"op": "zscore", "mean": 1.0, **settings}
    path.write_text(json.dumps({"features": {"x": {"steps": [step]}}}))
    return skewcheck.load(path)


def test_a_spread_of_0_needs_an_epsilon(tmp_path: Path) -> None:
    step = parameters(tmp_path, std=0.0, epsilon=1e-6)["x"].steps[0]
    assert forward((step,), np.array([1.0, 1.0 + 1e-6])) == pytest.approx([0, 1], rel=1e-9)
    with pytest.raises(ParameterError, match=r"std: must be > 0, got 0"):
        parameters(tmp_path, std=0.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epsilon": -1e-6}, r"steps\[0\].epsilon: must be a finite number >= 0, got -1e-06"),
        ({"epsilon": "1e-6"}, r"steps\[0\].epsilon: must be a finite number, got"),
        ({"epsilon_in": "std"}, r"epsilon_in: must be scale, variance or floor, got \"std\""),
        ({"epsilon_in": 1}, r"epsilon_in: must be a string"),
    ],
)
def test_what_an_epsilon_cannot_be(
    settings: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=message):
        parameters(tmp_path, std=2.0, **settings)


def test_a_file_keeps_it_and_a_file_without_it_its_fingerprint(tmp_path: Path) -> None:
    plain = parameters(tmp_path, std=2.0)
    # As version 0.1 wrote it, before there were epsilons.
    assert plain.fingerprint.startswith("sha256:5c99a7c3ba6bb6105aa667055f2d41e4")
    skewcheck.save(plain, tmp_path / "plain.json")
    assert "epsilon" not in (tmp_path / "plain.json").read_text()
    with_epsilon = parameters(tmp_path, std=2.0, epsilon=1e-3, epsilon_in="variance")
    assert with_epsilon.fingerprint != plain.fingerprint
    skewcheck.save(with_epsilon, tmp_path / "again.json")
    assert skewcheck.load(tmp_path / "again.json")["x"].steps == with_epsilon["x"].steps
    changes = skewcheck.diff(plain, with_epsilon)
    assert changes == ("x: zscore epsilon 0 → 0.001", "x: zscore epsilon_in 'scale' → 'variance'")
    # The same divisor, written otherwise: no other normalization.
    same = parameters(tmp_path, std=1.5, epsilon=0.5)
    assert skewcheck.diff(plain, same) == ()


def test_steps_are_shown_with_it() -> None:
    steps: list[Step] = [ZScore(1.0, 2.0), ZScore(1.0, 2.0, 1e-3), ZScore(1.0, 2.0, 1e-8, "floor")]
    assert list(map(described, steps)) == [
        "zscore mean=1 std=2",
        "zscore mean=1 std=2 epsilon=0.001 epsilon_in='scale'",
        "zscore mean=1 std=2 epsilon=1e-08 epsilon_in='floor'",
    ]
