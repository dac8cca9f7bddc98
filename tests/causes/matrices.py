"""A matrix of numbers and one-hot columns, and orders in which a server may pass its columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from servers import Array, Columns

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import OneHot, Step, ZScore
from skewcheck.features.types import Feature

LEVELS = {"city": ("rome", "oslo", "bern"), "plan": ("x", "y")}
Raw = dict[str, NDArray[np.float64] | NDArray[np.str_]]


def raw(rows: int, seed: int) -> Raw:
    """Return two features of levels, whole numbers, cents, counts and a continuous number."""
    rng = np.random.default_rng(seed)
    return {
        "city": rng.choice(LEVELS["city"], rows, p=[0.5, 0.3, 0.2]),
        "age": np.round(rng.normal(40, 12, rows)),
        "plan": rng.choice(LEVELS["plan"], rows, p=[0.85, 0.15]),
        "fare": np.round(rng.gamma(2, 15, rows), 2),
        "visits": rng.poisson(4, rows).astype(float),
        "load": rng.exponential(3, rows),
    }


TRAIN = raw(8000, 1)
SCALES = {n: (float(x.mean()), float(x.std())) for n, x in TRAIN.items() if n not in LEVELS}


def _known() -> Parameters:
    steps: dict[str, tuple[Step, ...]] = {name: (OneHot(LEVELS[name]),) for name in LEVELS}
    steps |= {name: (ZScore(*scale),) for name, scale in SCALES.items()}
    features = tuple(
        Feature(name, "categorical" if name in LEVELS else "numeric", steps[name]) for name in TRAIN
    )
    return skewcheck.fit(pa.table(TRAIN), parameters=Parameters(features, "sha256:0"))


KNOWN = _known()


def matrix(log: Raw) -> Columns:
    """Return what a right server passes to the model, by the names of columns, in order."""
    columns: dict[str, Array] = {}
    for name, values in log.items():
        if name in LEVELS:
            columns |= {f"{name}_{x}": (values == x).astype(float) for x in LEVELS[name]}
        else:
            mean, std = SCALES[name]
            columns[name] = (values - mean) / std
    return columns


NAMES = [*matrix(raw(1, 1))]
NUMBERS = [name for name in NAMES if name in SCALES]
ORDERS: Mapping[str, list[str]] = {
    "alphabetical": sorted(NAMES),
    "numbers_first": [*NUMBERS, *(name for name in NAMES if name not in SCALES)],
    "shifted": ["label", *NAMES[:-1]],
    "blocks": [*NAMES[4:], *NAMES[:4]],
    "reversed": NAMES[::-1],
}
"""By the rule, the columns in the order in which they are passed."""


def reordered(columns: Columns, order: list[str], where: NDArray[np.bool_]) -> Columns:
    """Return the columns by the names of training, with those of an order in some rows."""
    label = np.random.default_rng(9).integers(0, 2, len(where)).astype(float)
    served = {**columns, "label": label}
    return {
        name: np.where(where, served[source], columns[name])
        for name, source in zip(columns, order, strict=True)
    }


def audited(served: Columns, log: Raw | None = None, **more: Array | NDArray[np.str_]) -> Audit:
    """Audit served columns, with raw ones if given; `host` and `ts` divide the log."""
    beside = {f"raw_{name}": values for name, values in (log or {}).items()}
    if "ts" in more:
        more["ts"] = pa.array(more["ts"].astype("int64"), pa.timestamp("s"))
    options: dict[str, object] = {"raw": "raw_{feature}"} if log else {}
    if "host" in more:
        options["by"] = ["host"]
    if "ts" in more:
        options["time_column"] = "ts"
    return skewcheck.audit(
        KNOWN, pa.table({**beside, **served, **more}), served="{feature}", **options
    )
