"""What tests of profiles share: logs of a faulty server, and what an audit says of them as data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit

ROWS = 400
TEMPLATE = "{feature}_norm"


def frame(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fare": np.round(rng.gamma(2, 5, rows), 2),
            "count": rng.poisson(3, rows).astype(float),
            "pay": rng.choice(["Cash", "Card", "é"], rows, p=[0.6, 0.3, 0.1]),
        }
    )


def parameters(folder: Path) -> Parameters:
    """Write the parameters of three features, and return them."""
    fitted = skewcheck.fit(frame(1, 3_000))
    skewcheck.save(fitted, folder / "p.json")
    return skewcheck.load(folder / "p.json")


def served(known: Parameters, seed: int, *, faulty: bool, rows: int = ROWS) -> pd.DataFrame:
    """Return a day of rows with served values; a faulty host has another unit of fares."""
    rng = np.random.default_rng(seed)
    raw = frame(seed, rows)
    log = known.transform(raw, served=TEMPLATE)
    log["pay"] = raw["pay"]
    log["host"] = rng.choice(["web-1", "web-2"], rows)
    log["user"] = rng.integers(0, 60, rows)
    log["t"] = pd.Timestamp("2026-11-01") + pd.to_timedelta(
        seed * 86_400 + np.arange(rows) * 60, unit="s"
    )
    if faulty:
        other = known.transform(raw.assign(fare=raw["fare"] * 1.6), served=TEMPLATE)
        log["fare_norm"] = np.where(log["host"] == "web-2", other["fare_norm"], log["fare_norm"])
    return log


def days(folder: Path, known: Parameters, number: int, *, text: bool = False) -> list[str]:
    """Write a file a day; the later half is faulty."""
    paths = []
    for day in range(number):
        log = served(known, day + 10, faulty=day >= number // 2)
        path = folder / (f"d{day}.csv" if text else f"d{day}.parquet")
        if text:
            log.to_csv(path, index=False, float_format="%.4f")
        else:
            log.to_parquet(path, row_group_size=150)
        paths.append(str(path))
    return paths


def said(audit: Audit) -> dict[str, object]:
    """Return the JSON report without what differs between any two runs: when it was."""
    report: dict[str, object] = json.loads(skewcheck.render(audit, "json"))
    report.pop("run")
    return report
