"""A newcomer's first minute: every fault of the demo is named. The server is the demo's own."""

from __future__ import annotations

from pathlib import Path

import pytest

import skewcheck
from skewcheck.cli import main
from skewcheck.simulate.demo import FAULT_BY_FEATURE, RENAMED, write_demo

CODES = {
    "unit": "unit_change", "row_before": "swapped_features",
    "own_statistics": "recomputed_parameters", "scaled_twice": "normalized_twice",
    "time_zone": "time_shift", "stale_std": "wrong_parameters", "float16": "precision_loss",
    "swapped": "swapped_features", "sorted_codes": "encoding_changed",
}  # fmt: skip
NUMBERS = {
    "trip_seconds": {"lag": 1}, "fare": {"over": "ema", "alpha": 0.99},
    "pickup_hour": {"offset": 5, "modulo": 24},
}  # fmt: skip


def _fit(train: Path, parameters: Path) -> None:
    skewcheck.save(skewcheck.fit(train, parameters=parameters), parameters)


def test_the_demo_names_every_fault(tmp_path: Path) -> None:
    files = write_demo(tmp_path / "demo", _fit)
    audit = skewcheck.audit(files.parameters, files.many_faults, served="{feature}_norm")
    found = {f.name: f.causes[0] for f in audit.features if f.causes}
    expected = {feature: CODES[fault] for feature, fault in FAULT_BY_FEATURE.items()}
    named = {name: cause.code for name, cause in found.items()}
    assert named == {**expected, RENAMED: "category_renamed"}
    for name, numbers in NUMBERS.items():
        assert numbers.items() <= found[name].parameters.items()
    assert len({*FAULT_BY_FEATURE.values(), RENAMED}) == 10
    assert [cause.features for cause in audit.causes] == [("pickup_lat", "pickup_lon")]


def test_the_demo_fits_on_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["demo", str(tmp_path / "demo")]) == 0
    *_, list_of_causes, _ = capsys.readouterr().out.split("\n\n")
    lines = list_of_causes.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    told = [line.split(":")[0].strip() for line in lines if line[2] != " "]
    assert set(told) == {*FAULT_BY_FEATURE, RENAMED}
