"""Two faults of the same rows: another unit with the numbers of an older file, by formula."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

import skewcheck
from skewcheck import Parameters
from skewcheck.config.types import Settings
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.results.causes import Cause

RNG = np.random.default_rng(5)
MILES = np.round(RNG.lognormal(1, 0.7, 3_000), 2)
MEAN, STD = float(MILES.mean()), float(MILES.std())
KNOWN = skewcheck.fit(
    pa.table({"miles": MILES}),
    parameters=Parameters((Feature("miles", "numeric", (ZScore(MEAN, STD),)),), "sha256:0"),
)


def named(mean: float, std: float, folder: Path) -> tuple[Cause, ...]:
    """Return what is said of kilometres that are normalized with these numbers."""
    step = {"op": "zscore", "mean": MEAN + 0.3, "std": STD * 1.2}
    features = {"miles": {"type": "numeric", "steps": [step]}}
    older = folder / "older.json"
    older.write_text(
        json.dumps({"skewcheck": {"kind": "parameters", "version": 1}, "features": features})
    )
    table = pa.table({"miles": MILES, "miles_n": (MILES * 1.609344 - mean) / std})
    settings = Settings(served="{feature}_n", history=(str(older),))
    return skewcheck.audit(KNOWN, table, settings=settings).features[0].causes


def test_a_unit_and_an_older_file_are_both_named(tmp_path: Path) -> None:
    both = named(MEAN + 0.3, STD * 1.2, tmp_path)
    assert {cause.code: dict(cause.parameters) for cause in both} == {
        "unit_change": {"factor": 1.609344, "offset": 0.0},
        "stale_parameters": {"file": str(tmp_path / "older.json")},
    }
    assert {cause.confidence for cause in both} == {0.99}


def test_other_numbers_are_neither(tmp_path: Path) -> None:
    (cause,) = named(MEAN + 0.31, STD * 1.2, tmp_path)
    assert cause.code == "wrong_parameters"
