"""A server of known truth: the raw values that it gets, and what it makes of them."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit

NAMES = ("age", "fare", "dist")
MEANS, DEVIATIONS = np.array([40.0, 20.0, 5.0]), np.array([12.0, 8.0, 2.0])


def frame(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(MEANS, DEVIATIONS, (rows, 3)), 3)
    return pd.DataFrame(dict(zip(NAMES, values.T, strict=True)))


@cache
def parameters() -> Parameters:
    """Return what training left: means and standard deviations, and the distributions."""
    stored = {n: {"mean": m, "std": s} for n, m, s in zip(NAMES, MEANS, DEVIATIONS, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "p.json")
        place.write_text(json.dumps(stored))
        return skewcheck.fit(frame(1, 5000), parameters=place)


def rows(
    seed: int, number: int, wrong: bool = False
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return raw and served values of some rows; a wrong server scales `fare` by another number."""
    raw = frame(seed, number)
    served = (raw - MEANS) / (DEVIATIONS * [1.0, 1.3 if wrong else 1.0, 1.0])
    return list(zip(raw.to_dict("records"), served.to_dict("records"), strict=True))


def write_lines(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def skewed(audit: Audit) -> set[str]:
    return {f.name for f in audit.features if f.verdict.value == "skew"}


def figures(audit: Audit) -> str:
    """Return the JSON report without what names columns, files and the run."""
    report = json.loads(skewcheck.render(audit, "json"))
    for key in ("run", "logs", "notes", "policy", "time", "in_force", "account"):
        report.pop(key, None)
    for key in ("records", "message"):
        report["coverage"].pop(key, None)
    return json.dumps(report, indent=1, sort_keys=True)
