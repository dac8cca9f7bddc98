"""Logs of every kind, and measures that kill their process, for tests of engines."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.logs.batch import Batch
from skewcheck.reports.json import render
from skewcheck.results.audit import Audit
from skewcheck.text.errors import LogError

DAYS = 4
ROWS = 1_600
"""Of each file."""


def training(seed: int = 1, rows: int = 4_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fare": np.round(rng.gamma(2, 5, rows), 2), "age": rng.normal(40, 12, rows),
            "pay": rng.choice(["Cash", "Card", "App"], rows, p=[0.5, 0.3, 0.2]),
        }
    )  # fmt: skip


def fitted() -> Parameters:
    return skewcheck.fit(training())


def write_logs(folder: Path, parameters: Parameters) -> None:
    """Write two Parquet files of several row groups, a CSV file and one of JSON Lines.

    From the second day on `host` h2 serves `fare` raw, and some rows have no value.
    """
    for day in range(DAYS):
        rng = np.random.default_rng(100 + day)
        log = training(10 + day, ROWS)
        log.loc[rng.random(ROWS) < 0.02, "age"] = np.nan
        log["host"] = rng.choice(["h1", "h2", "h3"], ROWS)
        log["user"] = rng.integers(0, 500, ROWS)
        log["ts"] = pd.Timestamp("2026-11-18") + pd.to_timedelta(
            24 * day + np.sort(rng.random(ROWS)) * 24, unit="h"
        )
        served = parameters.transform(log)
        wrong = (log["host"] == "h2") & (day > 0)
        log["fare_norm"] = served["fare"].where(~wrong, log["fare"])
        log["age_norm"] = served["age"]
        if day == 2:
            log.to_csv(folder / f"{day}.csv", index=False)
        elif day == 3:
            log.to_json(folder / f"{day}.jsonl", orient="records", lines=True, date_format="iso")
        else:
            table = pa.Table.from_pandas(log, preserve_index=False)
            pq.write_table(table, folder / f"{day}.parquet", row_group_size=400)


def report(audit: Audit) -> str:
    """Return the JSON report without when it was made and how long that took."""
    data = json.loads(render(audit))
    del data["run"]
    return json.dumps(data, indent=1)


@dataclass(frozen=True)
class Met:
    """Which rows came by, in the order of the additions."""

    rows: int = 0
    where: tuple[tuple[str, int, int], ...] = ()

    def __add__(self, other: Met) -> Met:
        return Met(self.rows + other.rows, self.where + other.where)


def met(batch: Batch) -> Met:
    return Met(batch.rows, ((batch.origin.file, batch.origin.start, batch.rows),))


@dataclass(frozen=True)
class Killing:
    """Kills the process that measures the second day, the first time alone or each time."""

    mark: Path
    again: bool = False

    def __call__(self, batch: Batch) -> Met:
        if batch.origin.file == "1.parquet" and (self.again or not self.mark.exists()):
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return met(batch)


def refusing(batch: Batch) -> Met:
    if batch.origin.start:
        raise LogError(f"{batch.origin.file}: damaged in row {batch.origin.start}")
    return met(batch)


def unpicklable(rows: int) -> Callable[[Batch], Met]:
    return lambda batch: Met(rows + batch.rows)
