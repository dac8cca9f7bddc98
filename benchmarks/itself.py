"""Public sets audited against themselves, however they are written: nothing may alarm.

A log is the training rows, or the half that training did not have; raw, served, or both. What a
right server serves is computed in NumPy.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from public_sets import SETS, columns, normalization, right, table
from worlds import Columns, Steps, world

import skewcheck
from skewcheck.results.verdicts import Verdict

MAX_ROWS = 8000
"""Rows of a set that are used, to keep the measurement short."""
Written = pd.DataFrame | Path


def _numbers_as(dtype: str) -> Callable[[pd.DataFrame, Path], Written]:
    def cast(log: pd.DataFrame, _: Path) -> Written:
        numbers = log.select_dtypes("number").columns
        return log.astype(dict.fromkeys(numbers, dtype))

    return cast


def _widened(log: pd.DataFrame, folder: Path) -> Written:
    narrow = _numbers_as("float32")(log, folder)
    return _numbers_as("float64")(narrow, folder) if isinstance(narrow, pd.DataFrame) else narrow


def _csv(digits: str) -> Callable[[pd.DataFrame, Path], Written]:
    def write(log: pd.DataFrame, folder: Path) -> Written:
        log.to_csv(folder / "log.csv", index=False, float_format=digits)
        return folder / "log.csv"

    return write


def _json_lines(log: pd.DataFrame, folder: Path) -> Written:
    log.to_json(folder / "log.jsonl", orient="records", lines=True, double_precision=15)
    return folder / "log.jsonl"


WRITTEN: Mapping[str, Callable[[pd.DataFrame, Path], Written]] = {
    "float64": _numbers_as("float64"),
    "float32": _numbers_as("float32"),
    "float32 as float64": _widened,
    "CSV %.6g": _csv("%.6g"),
    "CSV %.9g": _csv("%.9g"),
    "JSON Lines": _json_lines,
}
MODES = ("raw", "served", "paired")
LOGS = ("itself", "the other half")


@dataclass(frozen=True)
class CleanAudit:
    """The audit of a right log, and its alarms as feature and test."""

    source: str
    log: str
    mode: str
    written: str
    verdict: Verdict
    alarms: tuple[str, ...]


def clean_audits(folder: Path) -> Iterator[CleanAudit]:
    """Yield every audit of the public sets in a folder."""
    for path in SETS:
        rows = table(folder / path)
        rows = rows.sample(min(len(rows), MAX_ROWS), random_state=1)
        half = len(rows) // 2
        for log, (train, logged) in zip(
            LOGS, ((rows, rows), (rows[:half], rows[half:])), strict=True
        ):
            yield from _audits(path.split("/")[-2], log, train, logged)


def _audits(
    source: str, log: str, train: pd.DataFrame, logged: pd.DataFrame
) -> Iterator[CleanAudit]:
    steps = normalization(train)
    known = world("itself", columns(train, steps), steps, lambda *_: {}).parameters
    raw = columns(logged, steps)
    for mode in MODES:
        frame = _log(mode, raw, steps)
        for written, write in WRITTEN.items():
            with tempfile.TemporaryDirectory() as folder:
                audit = skewcheck.audit(
                    known, write(frame, Path(folder)), by=["none"],
                    served="none" if mode == "raw" else "{feature}_n",
                )  # fmt: skip
            alarms = tuple(
                f"{feature.name} {test.name}"
                for feature in audit.features
                for test in feature.tests
                if test.verdict in (Verdict.SKEW, Verdict.WARN)
            )
            yield CleanAudit(source, log, mode, written, audit.verdict, alarms)


def _log(mode: str, raw: Columns, steps: dict[str, Steps]) -> pd.DataFrame:
    served = {f"{name}_n": x for name, x in right(steps, raw).items()}
    return pd.DataFrame({**(raw if mode != "served" else {}), **(served if mode != "raw" else {})})
