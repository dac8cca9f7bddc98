"""Parameters and logs of known truth, for tests of how a log is connected."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.features.types import Parameters

NAMES = ["age", "fare", "dist"]


def rides(seed: int, rows: int = 1_000) -> pd.DataFrame:
    """Draw raw values."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "dist": np.round(rng.lognormal(1, 0.6, rows), 3),
    })  # fmt: skip


def known() -> Parameters:
    """Fit parameters."""
    return skewcheck.fit(rides(1, 20_000))


def served(raw: pd.DataFrame, *, wrong: bool = False) -> pd.DataFrame:
    """Return what a server makes of raw values; a wrong one with another deviation of `fare`."""
    right = known().transform(raw)
    return right.assign(fare=right["fare"] / 1.3) if wrong else right


def records(frame: pd.DataFrame) -> list[dict[str, float]]:
    """Return the rows of a frame as records."""
    return [dict(zip(frame, row, strict=True)) for row in frame.to_numpy().tolist()]


def lines(path: Path, rows: Iterable[object]) -> Path:
    """Write a line per row: text as it is, anything else as JSON."""
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def skewed(log: object, **options: object) -> tuple[int, str, list[str]]:
    """Return exit code, mode and skewed features of an audit."""
    audit = skewcheck.audit(known(), log, **options)  # type: ignore[arg-type]
    return (
        audit.exit_code,
        audit.logs.mode,
        [f.name for f in audit.features if f.verdict.value == "skew"],
    )
