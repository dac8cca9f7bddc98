"""Features with every kind of step, with random parameters, and raw values that try them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from exported_code import Columns

from skewcheck.features.grouped import Partition, served_by_key
from skewcheck.features.steps import (
    Affine,
    Buckets,
    Cast,
    Clip,
    Expand,
    Impute,
    Log1p,
    Logarithm,
    Map,
    MaxAbs,
    MinMax,
    OneHot,
    Piecewise,
    PowerTransform,
    Quantile,
    Quantize,
    Robust,
    Round,
    Step,
    Vocabulary,
    ZScore,
)
from skewcheck.features.steps.discrete import CASTS, QUANTIZED
from skewcheck.features.transform import Served, transformed
from skewcheck.features.types import Feature, Parameters

ROWS = 10_000
KEY = "robot"
FINGERPRINT = f"sha256:{'0' * 64}"
EDGES = (
    math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e308, -1e308,
    1.7976931348623157e308, 2.0**52 + 0.5, 2.0**53, 2.0**63, 0.5, 1.5, 2.5, -0.5, 2.0**-24,
    2.0**-25, 6e-8, 65519.9, 65520.0, 2.0**128 - 2.0**103, 3.4028235677973362e38, 1e-45, 7e-46,
    1 + 2.0**-24, 1 + 3 * 2.0**-24, 2.0**-126, 2.0**-149, -1.0, 1.0,
)  # fmt: skip
LEVELS = (
    None, "", " ", "\t", "unseen", "nan", "true", "TRUE", "True", "tRUE", "1", "1.0", "1.00", "1.",
    "01", "-1.0", "0", "2", "3.5", "3.50", "3.55", "Oslo", "Rom", "oslo", "Oslo ", "it's", "æøå",
)  # fmt: skip


def numeric(rng: np.random.Generator) -> dict[str, tuple[Step, ...]]:
    """Return the steps of features of numbers, by name."""

    def some(count: int) -> tuple[float, ...]:
        return tuple(rng.normal(0, 2, count).tolist())

    mean, std, low = float(rng.normal()), float(rng.uniform(0.1, 3)), float(rng.normal())
    tied = tuple(np.sort(np.round(rng.normal(size=80), 1)).tolist())
    knots = tuple(np.sort(rng.normal(0, 2, 4)).tolist())
    cubic = tuple(some(4) for _ in range(5))
    steps: dict[str, tuple[Step, ...]] = {
        "none": (), "zscore": (ZScore(mean, std),),
        **{f"eps {kind}": (ZScore(mean, std, 1e-3, kind),)
           for kind in ("scale", "variance", "floor")},
        "minmax": (MinMax(low, low + std, (-1.0, 1.0)),), "robust": (Robust(mean, std),),
        "maxabs": (MaxAbs(std),), "affine": (Affine(mean, -std),),
        "clip": (Clip(low, low + 1),), "clip high": (Clip(None, low),),
        "impute": (Impute(low), ZScore(mean, std)), "impute last": (Logarithm(), Impute(-2.0)),
        "log": (Logarithm(),), "log10": (Logarithm(10.0), ZScore(mean, std)),
        "log1p": (Log1p(), ZScore(mean, std)),
        "yeo-johnson": (PowerTransform("yeo-johnson", float(rng.uniform(-2, 3)), mean, std),),
        "yeo-johnson 0": (PowerTransform("yeo-johnson", 0.0),),
        "yeo-johnson 2": (PowerTransform("yeo-johnson", 2.0, mean, std),),
        "box-cox": (PowerTransform("box-cox", float(rng.uniform(-2, 2)), mean, std),),
        "box-cox 0": (PowerTransform("box-cox", 0.0),),
        "uniform": (Quantile(tied),), "normal": (Quantile(tied, "normal"),),
        "huge": (Quantile((-1.7e308, -1.0, 0.0, 5e-324, 1.7e308)),),
        "buckets": (Buckets(tuple(sorted(some(9)))),), "piecewise": (Piecewise(knots, cubic),),
        "polynomial": (Piecewise((), (some(3),)),),
        "expand": (Impute(low), Expand({
            "": (ZScore(mean, std),), "square": (Piecewise((), ((0.0, 0.0, 1.0),)),),
            "log": (Log1p(),),
        })),
    }  # fmt: skip
    steps |= {f"cast {dtype}": (Cast(dtype),) for dtype in CASTS}
    steps |= {f"round {places}": (Round(places),) for places in (-2, 0, 3, 15)}
    return steps | {f"quantize {t}": (Quantize(std / 50, 3, t), MaxAbs(7.0)) for t in QUANTIZED}


def categorical(rng: np.random.Generator) -> dict[str, tuple[Step, ...]]:
    """Return the steps of features of levels, by name."""
    first, second, null = (tuple(rng.normal(size=2).tolist()) for _ in range(3))
    return {
        "level": (), "level filled": (Impute("Rom"),),
        "vocabulary": (Vocabulary(("Oslo", "Rom", "it's")),),
        "vocabulary blank": (Vocabulary(("Oslo", " "), 9.0),),
        "vocabulary null": (Vocabulary(("1", "2", "3.5"), None), ZScore(0.5, 2.0)),
        "vocabulary 1.0": (Vocabulary(("1.0", "1", "2.50")),),
        "vocabulary truths": (Vocabulary(("true", "False"), 7.0),),
        "vocabulary filled": (Impute("Rom"), Vocabulary(("Oslo", "Rom"), None, unsaid=True)),
        "onehot": (OneHot(("Oslo", "æøå", "it's"), "æøå"),), "onehot bits": (OneHot(("1", "0")),),
        "map": (Map({"Oslo": first[:1], "1": second[:1]}, None, null[:1]),),
        "map two": (Map({"Oslo": first, "Rom": second}, null, None),),
    }  # fmt: skip


def parameters(rng: np.random.Generator) -> Parameters:
    """Return a parameter file's features: those above, and one by a key."""
    mixed = {
        "r2": (ZScore(1.0, 2.0),), "R2": (ZScore(-1.0, 0.5),), "r3": (Log1p(), ZScore(0.0, 0.5)),
        "": (Clip(-1.0, 1.0),), "r4": (),
    }  # fmt: skip
    features = [Feature(name, "numeric", steps) for name, steps in numeric(rng).items()]
    features += [Feature(name, "categorical", s) for name, s in categorical(rng).items()]
    features.append(Feature("keyed", "numeric", (MaxAbs(3.0),), by=KEY, groups=mixed))
    return Parameters(tuple(features), FINGERPRINT)


def columns(parameters: Parameters, rng: np.random.Generator) -> Columns:
    """Return raw values: random ones of all sizes, edge cases, and numbers next to parameters."""
    rows: dict[str, list[float] | list[str | None]] = {}
    for feature in parameters.features:
        if feature.type == "categorical":
            rows[feature.name] = [LEVELS[i] for i in rng.integers(len(LEVELS), size=ROWS)]
            continue
        near = [value for step in feature.steps for value in _numbers_of(step)]
        around = [w for v in near for w in (v, math.nextafter(v, 1e9), math.nextafter(v, -1e9))]
        sizes = np.exp(rng.normal(0, 20, ROWS)) * rng.choice([-1.0, 1.0], ROWS)
        values = np.concatenate([EDGES, around, rng.permutation([*sizes, *rng.normal(0, 2, ROWS)])])
        rows[feature.name] = values[:ROWS].tolist()
    keys = ("r2", "R2", "r3", "r4", "r5", "", " ", None)
    return {**rows, KEY: [keys[i] for i in rng.integers(len(keys), size=ROWS)]}


def _numbers_of(step: Step) -> Iterator[float]:
    for name in ("edges", "values", "knots", "min", "max", "mean"):
        value = getattr(step, name, None)
        numbers = value if isinstance(value, tuple) else (value,)
        yield from (float(v) for v in numbers if isinstance(v, float))


def served(parameters: Parameters, rows: Columns) -> dict[str, Served]:
    """Return what skewcheck itself makes of raw columns."""
    result: dict[str, Served] = {}
    for feature in parameters.features:
        array = pa.array(rows[feature.name])
        if feature.groups:
            keys = Partition.of(pa.array(rows[KEY]), len(array), tuple(feature.groups))
            result[feature.name] = served_by_key(feature.groups, feature.steps, keys, array)
        else:
            numeric = feature.type == "numeric"
            result |= transformed(feature.name, feature.steps, array, numeric=numeric)
    return result
