"""What is said to be caught is caught, in audits of logs that are drawn and moved by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.cli import main
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict
from skewcheck.simulate.power import AuditPower, power_of
from skewcheck.simulate.power.false_alarms import simulated
from skewcheck.simulate.power.tilting import normalized_reference, training_distribution

ROWS = 1_000
AUDITS = 60


@pytest.fixture(scope="module")
def training() -> pd.DataFrame:
    random = np.random.default_rng(1)
    return pd.DataFrame({
        "normal": random.normal(10, 3, 20_000),
        "whole": random.poisson(6, 20_000).astype(float),
        "level": random.choice(list("abcd"), 20_000, p=[0.4, 0.3, 0.2, 0.1]),
    })  # fmt: skip


@pytest.fixture(scope="module")
def parameters(training: pd.DataFrame) -> skewcheck.Parameters:
    return skewcheck.fit(training)


@pytest.fixture(scope="module")
def power(parameters: skewcheck.Parameters) -> AuditPower:
    return power_of(parameters, ROWS, Policy(), 5)


def caught(parameters: skewcheck.Parameters, feature: str, logs: list[pd.DataFrame]) -> float:
    verdicts = [
        next(f for f in skewcheck.audit(parameters, log).features if f.name == feature).verdict
        for log in logs
    ]
    return float(np.mean([verdict is Verdict.SKEW for verdict in verdicts]))


def drawn(seed: int, *, by: float = 0.0, ratio: float = 1.0, nulls: float = 0.0,
          level: float = 0.0) -> pd.DataFrame:  # fmt: skip
    random = np.random.default_rng(seed)
    normal = 10 + 3 * (by + ratio * random.standard_normal(ROWS))
    normal[random.random(ROWS) < nulls] = np.nan
    shares = np.array([0.4 + level, *(np.array([0.3, 0.2, 0.1]) * (0.6 - level) / 0.6)])
    return pd.DataFrame({
        "normal": normal,
        # Reweighted to a higher mean, a Poisson variable is one of a higher rate.
        "whole": random.poisson(6 + by * np.sqrt(6), ROWS).astype(float),
        "level": random.choice(list("abcd"), ROWS, p=shares),
    })  # fmt: skip


@pytest.mark.parametrize(
    ("feature", "change", "unit"),
    [("normal", "shift", "by"), ("whole", "shift", "by"), ("normal", "scale", "ratio"),
     ("normal", "nulls", "nulls"), ("level", "level", "level")],
)  # fmt: skip
def test_what_is_said_to_be_caught_is(
    parameters: skewcheck.Parameters, power: AuditPower, feature: str, change: str, unit: str
) -> None:
    sensitivity = getattr(next(f for f in power.features if f.name == feature), change)
    no_change = 1.0 if unit == "ratio" else 0.0
    for size, least in ((sensitivity.likely, 0.6), (sensitivity.sure, 0.9)):
        logs = [drawn(seed, **{unit: size}) for seed in range(AUDITS)]
        assert caught(parameters, feature, logs) >= least
    # It is nearly the smallest: three fifths of it are mostly missed.
    less = no_change + (sensitivity.likely - no_change) * 3 / 5
    assert caught(parameters, feature, [drawn(s, **{unit: less}) for s in range(AUDITS)]) < 0.5


def test_reweighting_a_normal_feature_moves_every_value(training: pd.DataFrame) -> None:
    feature = skewcheck.fit(training[["normal"]]).features[0]
    feature_world = training_distribution(
        normalized_reference(feature.reference, feature.steps)  # type: ignore[arg-type]
    )
    assert feature_world is not None
    moved, wider = feature_world.shifted(0.3), feature_world.wider(1.2)
    assert moved is not None
    assert wider is not None
    z = feature_world.z
    assert (moved * z).sum() == pytest.approx(0.3, abs=1e-9)
    assert (moved * z**2).sum() - 0.3**2 == pytest.approx(1, abs=0.05)
    assert (wider * z**2).sum() == pytest.approx(1.44, abs=1e-9)
    assert feature_world.shifted(50.0) is None


@pytest.mark.parametrize("error", ["paired", "served"])
def test_errors_of_the_scale_are_caught(
    training: pd.DataFrame, parameters: skewcheck.Parameters, power: AuditPower, error: str
) -> None:
    sensitivity = getattr(next(f for f in power.features if f.name == "whole"), error)
    step = parameters.features[1].steps[0]
    raw = training.whole[:ROWS]

    def log(off: float) -> pd.DataFrame:
        served = ((raw - step.mean) / (step.std * (1 + off))).astype(np.float32)  # type: ignore[union-attr]
        both = {"whole": raw, "whole_norm": served} if error == "paired" else {"whole_norm": served}
        return pd.DataFrame(both)

    def verdict(off: float) -> Verdict:
        audit = skewcheck.audit(parameters, log(off), served="{feature}_norm", features="whole")
        return audit.verdict

    assert verdict(1.05 * sensitivity.sure) is Verdict.SKEW
    assert verdict(0.0) in (Verdict.OK, Verdict.INCONCLUSIVE)


def test_clean_logs_are_seldom_alarms(parameters: skewcheck.Parameters) -> None:
    alarms = simulated(parameters, 200, Policy(), 300)
    assert alarms.audits == 300
    assert alarms.share(Verdict.SKEW) <= 0.01
    # Nothing of 300 is at most 1 % (the rule of three).
    assert alarms.at_most(Verdict.SKEW) == pytest.approx(1 - 0.05 ** (1 / 300), abs=0.01)
    loud = simulated(parameters, 200, Policy(alpha=0.9, thresholds={"ks": 0.0}), 50)
    assert loud.share(Verdict.SKEW) > 0.2


@pytest.mark.parametrize("method", ["minmax", "maxabs", "robust"])
def test_features_of_tiny_numbers_have_a_power(method: str) -> None:
    # 1e-310 has no inverse, and the square of 1e-200 is 0.
    for size in (1e-310, 1e-200):
        values = np.random.default_rng(2).normal(0, size, 3_000)
        tiny = skewcheck.fit(pd.DataFrame({"d": values}), normalize=method)
        assert skewcheck.power(tiny, 500, audits=4).rows == 500


def test_the_command(
    parameters: skewcheck.Parameters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "params.json"
    skewcheck.save(parameters, path)
    assert main(["power", str(path), "--rows", "500", "--audits", "5", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rows"] == 500
    assert [f["name"] for f in report["features"]] == ["normal", "whole", "level"]
    assert 0 < report["features"][0]["shift"]["likely"] < report["features"][0]["shift"]["sure"]
    assert main(["power", str(path), "--audits", "5", "--features", "level"]) == 0
    shown = capsys.readouterr().out
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "An audit of 2,000 rows" in shown
    assert "part of the simulated audits" not in shown
    assert "--state" not in shown
    words = ["power", str(path), "--audits", "5", "--features", "level", "--rows", "1000"]
    assert main([*words, "--nights", "10", "--learn", "20", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["nights"] == {"nights": 10, "learn": 20}
    stands = report["features"][0]["standing_level"]
    # A night shows far larger ones alone; ten of 1,000 rows have a standard error of 0.5 points.
    assert 0.02 < stands["likely"] < stands["sure"] < report["features"][0]["level"]["likely"] / 2
    assert main([*words, "--nights", "10"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "after 14 nights of audits with --state" in shown
    assert "alarms within 10 nights of 1,000 rows each" in shown
    assert main([*words, "--nights", "0"]) == 2
    assert "--nights" in capsys.readouterr().err
    words = ["power", str(path), "--audits", "5", "--features", "level"]
    words += ["--threshold", "js=0.1", "--threshold", "mean=0.2"]
    assert main(words) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "The thresholds of mean, js are part of the simulated audits, but not of the table" in shown
    )
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unforeseen"] == ["mean", "js"]
    assert main(["power", str(path), "--rows", "0"]) == 2
    assert "--rows" in capsys.readouterr().err


def test_a_file_without_distributions_says_so(tmp_path: Path) -> None:
    path = tmp_path / "params.json"
    path.write_text(json.dumps({
        "skewcheck": {"kind": "parameters", "version": 1},
        "features": {"x": {"steps": [{"op": "zscore", "mean": 0.0, "std": 1.0}]}},
    }))  # fmt: skip
    power = skewcheck.power(path, 100, audits=3)
    assert power.features[0].without_reference
    assert power.features[0].shift is None


def test_progress_is_told(parameters: skewcheck.Parameters) -> None:
    steps: list[tuple[int, int, str]] = []
    level = replace(parameters, features=parameters.features[2:])
    skewcheck.power(level, 200, audits=3, progress=lambda *step: steps.append(step))
    assert steps == [(0, 4, ""), (1, 4, ""), (2, 4, ""), (3, 4, "level")]
