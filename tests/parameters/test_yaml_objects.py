"""Fitted objects as yaml.dump writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing
from sklearn.pipeline import make_pipeline

from skewcheck.parameters import load
from skewcheck.text.errors import ParameterError

yaml = pytest.importorskip("yaml")
RANDOM = np.random.default_rng(11)
FRAME = pd.DataFrame(RANDOM.lognormal(2, 1, (200, 3)), columns=["a", "b", "c"])


@pytest.mark.parametrize(
    "fitted",
    [
        preprocessing.StandardScaler(),
        preprocessing.MinMaxScaler((-1, 1)),
        preprocessing.RobustScaler(),
        make_pipeline(preprocessing.StandardScaler(with_mean=False), preprocessing.MaxAbsScaler()),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_steps_are_those_of_the_object(tmp_path: Path, fitted: object, wrapped: bool) -> None:
    expected = fitted.fit_transform(FRAME)
    path = tmp_path / "scaler.yaml"
    path.write_text(yaml.dump({"scaler": fitted, "features": [*"abc"]} if wrapped else fitted))
    known = load(path)
    assert [f.name for f in known.features] == ["a", "b", "c"]
    np.testing.assert_allclose(known.transform(FRAME), expected, rtol=1e-9, atol=1e-12)


def test_arrays_by_name(tmp_path: Path) -> None:
    path = tmp_path / "stats.yaml"
    path.write_text(yaml.dump({"mean": FRAME.mean().to_numpy(), "std": np.array([1.0, 2.0, 3.0])}))
    known = load(path, ["a", "b", "c"])
    assert [f.steps[0].std for f in known.features] == [1.0, 2.0, 3.0]


SCALER = "x: !!python/object:sklearn.preprocessing._data.StandardScaler\n  mean_: 1\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("y: !!python/object/apply:os.system ['touch pwned']", "it wants os.system"),
        (
            "y: !!python/object/new:subprocess.Popen [['touch', 'pwned']]",
            "it wants subprocess.Popen",
        ),
        ("y: !!python/object/apply:builtins.eval ['1']", "it wants builtins.eval"),
        ("y: !!python/module:os ''", "could not determine a constructor"),
        ("y: !!python/object/apply:numpy._core.multiarray._reconstruct {state: 3}", "no state"),
        ("y: &a [*a]", "an alias that contains itself"),
        ("? [1, 2]\n: 3", "has no pairs"),
    ],
)
def test_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scaler.yaml").write_text(SCALER + content)
    with pytest.raises(ParameterError, match=reason):
        load("scaler.yaml")
    assert not Path("pwned").exists()
