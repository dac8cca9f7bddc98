"""What tests of causes share: a world of six features, and right servers' arithmetic.

Faults are written in the tests themselves, in NumPy: never with skewcheck's own steps.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import Clip, Impute, Log1p, MinMax, Step, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.features import message
from skewcheck.reports.words.places import where
from skewcheck.results.audit import Cause, FeatureAudit

Array = NDArray[np.float64]
Columns = dict[str, Array]
F = np.float32


def world(rows: int, seed: int) -> Columns:
    """Return integers, cents, quarters, tenths with nulls, and two features on no grid."""
    rng = np.random.default_rng(seed)
    gaps = np.round(rng.normal(60, 12, rows), 1)
    gaps[rng.random(rows) < 0.1] = np.nan
    return {
        "count": rng.poisson(20, rows).astype(float),
        "fare": np.round(rng.gamma(2, 15, rows), 2),
        "quarter": np.round(rng.normal(40, 9, rows) * 4) / 4,
        "gaps": gaps,
        "temp": rng.normal(15, 8, rows),
        "dist": rng.lognormal(1, 0.8, rows),
        "ratio": rng.beta(2, 5, rows),
        "capped": rng.exponential(10, rows),
    }


TRAIN = world(8000, 1)
FILL = float(np.nanmedian(TRAIN["gaps"]))
CAP = float(np.quantile(TRAIN["capped"], 0.95))
MEAN = {name: float(np.nanmean(x)) for name, x in TRAIN.items()}
STD = {name: float(np.nanstd(x)) for name, x in TRAIN.items()}
LOG_MEAN, LOG_STD = float(np.log1p(TRAIN["dist"]).mean()), float(np.log1p(TRAIN["dist"]).std())
LOW, HIGH = float(TRAIN["ratio"].min()), float(TRAIN["ratio"].max())

STEPS: Mapping[str, tuple[Step, ...]] = {
    "count": (ZScore(MEAN["count"], STD["count"]),),
    "fare": (ZScore(MEAN["fare"], STD["fare"]),),
    "quarter": (ZScore(MEAN["quarter"], STD["quarter"]),),
    "gaps": (Impute(FILL), ZScore(MEAN["gaps"], STD["gaps"])),
    "temp": (ZScore(MEAN["temp"], STD["temp"]),),
    "dist": (Log1p(), ZScore(LOG_MEAN, LOG_STD)),
    "ratio": (MinMax(LOW, HIGH),),
    "capped": (Clip(None, CAP), ZScore(MEAN["capped"], STD["capped"])),
}
GRIDDED = ("count", "fare", "quarter")


def known(*names: str) -> Parameters:
    """Return the parameters of these features (all by default), with their distributions."""
    chosen = names or tuple(STEPS)
    features = tuple(Feature(name, "numeric", STEPS[name]) for name in chosen)
    train = pa.table({name: TRAIN[name] for name in chosen})
    return skewcheck.fit(train, parameters=Parameters(features, "sha256:0"))


KNOWN = known()


def right(log: Columns, dtype: type = np.float64) -> Columns:
    """Return what a right server serves, computed and stored in that type."""
    x = {name: values.astype(dtype) for name, values in log.items()}
    scaled = {
        name: (x[name] - dtype(MEAN[name])) / dtype(STD[name])
        for name in ("count", "fare", "quarter", "temp")
    }
    filled = np.where(np.isnan(x["gaps"]), dtype(FILL), x["gaps"])
    return {
        **scaled,
        "gaps": (filled - dtype(MEAN["gaps"])) / dtype(STD["gaps"]),
        "dist": (np.log1p(x["dist"]) - dtype(LOG_MEAN)) / dtype(LOG_STD),
        "ratio": (x["ratio"] - dtype(LOW)) / (dtype(HIGH) - dtype(LOW)),
        "capped": (np.minimum(x["capped"], dtype(CAP)) - dtype(MEAN["capped"]))
        / dtype(STD["capped"]),
    }


def paired(log: Columns, served: Columns, **more: object) -> pa.Table:
    """Return raw and served columns side by side."""
    columns = {**log, **{f"{name}_norm": values for name, values in served.items()}, **more}
    return pa.table(columns)


def audited(
    log: Columns, served: Columns, parameters: Parameters = KNOWN, **options: object
) -> Audit:
    """Audit a paired log; options that are arrays are further columns of it."""
    more = {k: options.pop(k) for k in list(options) if k in ("host", "version", "ts")}
    options.setdefault("served", "{feature}_norm")
    return skewcheck.audit(parameters, paired(log, served, **more), **options)


def served_only(served: Columns, parameters: Parameters = KNOWN, **options: object) -> Audit:
    """Audit a log of served values alone."""
    more = {k: options.pop(k) for k in list(options) if k in ("host", "version", "ts")}
    return skewcheck.audit(parameters, pa.table({**served, **more}), served="{feature}", **options)


def of(audit: Audit, name: str) -> FeatureAudit:
    """Return the audit of one feature."""
    return next(feature for feature in audit.features if feature.name == name)


def causes(audit: Audit, name: str) -> list[str]:
    """Return the codes of a feature's causes, likeliest first."""
    return [cause.code for cause in of(audit, name).causes]


def first(audit: Audit, name: str) -> Cause:
    """Return the likeliest cause of a feature."""
    causes_of_feature = of(audit, name).causes
    assert causes_of_feature, message(of(audit, name))
    return causes_of_feature[0]


def mechanical(audit: Audit, above: float = 0.5) -> dict[str, list[str]]:
    """Return the causes that are no drift, by feature, of more confidence than that."""
    return {
        feature.name: codes
        for feature in audit.features
        if (
            codes := [
                cause.code
                for cause in feature.causes
                if cause.code != "drift" and cause.confidence > above
            ]
        )
    }


def placed(cause: Cause) -> str | None:
    """Return where a cause sits, in words; None without a place."""
    return None if cause.place is None else where(cause.place)
