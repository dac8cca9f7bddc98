"""A day of rows that a log may hold, hour by hour."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pandas as pd

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.json import schema
from skewcheck.results.audit import Audit, FeatureAudit

START = pd.Timestamp("2026-11-18T00:00:00")
HOURS = 24
EACH = 400


def frame(seed: int, rows: int = HOURS * EACH) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "a": rng.normal(10, 2, rows),
            "b": np.round(rng.gamma(2, 3, rows), 2),
            "pay": rng.choice(["Cash", "Card", "App"], rows, p=[0.5, 0.3, 0.2]),
            "country": rng.choice(["DE", "FR", "IT", "BR"], rows, p=[0.4, 0.3, 0.24, 0.06]),
            "ts": START + pd.to_timedelta(np.sort(rng.random(rows)) * HOURS, unit="h"),
        }
    )


def feature(audit: Audit, name: str) -> FeatureAudit:
    return next(one for one in audit.features if one.name == name)


def hourly(parameters: Parameters, log: object, **options: object) -> Audit:
    audit = skewcheck.audit(parameters, log, time_column="ts", every="1h", **options)
    jsonschema.validate(json.loads(skewcheck.render(audit, "json")), schema())
    return audit


def late(log: pd.DataFrame, hour: int, until: int = 999) -> pd.Series:
    hours = (log["ts"] - START) / pd.Timedelta(hours=1)
    return (hours >= hour) & (hours < until)
