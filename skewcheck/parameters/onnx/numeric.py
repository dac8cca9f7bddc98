"""Operations on numbers: scalers, imputers and arithmetic with constants.

Semantics: the ONNX project, operator schemas of ai.onnx and ai.onnx.ml.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from skewcheck.features.steps import Affine, Buckets, Cast, Clip, Impute, Log, Log1p, Round
from skewcheck.parameters.arithmetic import Steps, arithmetic_steps, constant_result
from skewcheck.parameters.onnx.flow import Call, Flow
from skewcheck.parameters.onnx.graph import Constant, kind

Result = Flow | list[Flow] | str
"""What comes out; a reason where it cannot be reapplied."""
SIGNS: Final = MappingProxyType({"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"})
_FLOATS = MappingProxyType({10: "float16", 16: "bfloat16"})
_WHOLE = MappingProxyType({
    2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 12: "uint32",
    13: "uint64",
})  # fmt: skip
_UNBOUNDED = 3.4e38
"""The largest float32 stands for no bound."""


def scaler(call: Call) -> Result:
    """Scaler: (x - offset) * scale."""
    offsets = call.spread(call.node.numbers("offset")) if call.node.has("offset") else None
    scales = call.spread(call.node.numbers("scale")) if call.node.has("scale") else None
    width = len(call.flow.columns)
    if (offsets is None and call.node.has("offset")) or (scales is None and call.node.has("scale")):
        return f"Scaler has other numbers than its {width:,} columns"
    pairs = zip(offsets or [0.0] * width, scales or [1.0] * width, strict=True)
    made: list[Steps] = [(Affine(offset, scale),) for offset, scale in pairs]
    return call.each(made, "scale" if offsets is None else "offset", "float")


def imputer(call: Call) -> Result:
    """Imputer: NaN becomes a number; where another value is replaced, no step says so."""
    if not call.node.has("imputed_value_floats"):
        return "Imputer of whole numbers, which have no nulls"
    if not math.isnan(replaced := call.node.number("replaced_value_float", math.nan)):
        return f"Imputer replaces {replaced:g}, and no nulls: no step does"
    values = call.spread(call.node.numbers("imputed_value_floats"))
    if values is None:
        return f"Imputer has other numbers than its {len(call.flow.columns):,} columns"
    return call.each([(Impute(value),) for value in values], "imputed_value_floats")


def binarizer(call: Call) -> Result:
    """Binarizer: 1 above the threshold, else 0."""
    edge = math.nextafter(call.node.number("threshold", 0.0), math.inf)
    return call.each([(Buckets((edge,)),)] * len(call.flow.columns), "threshold")


def normalizer(call: Call) -> Result:
    """Normalizer: said to be untestable."""
    return f"{call.node.op} divides each row by its own norm, which has no per-feature form"


def arithmetic(call: Call) -> Result:
    """Add, Sub, Mul and Div with a constant."""
    op = call.node.op
    if len(call.flows) > 1:
        return f"{op} of two columns has no per-feature form"
    first = isinstance(call.given[0], Flow)
    constant = call.constant(1 if first else 0)
    if constant is None or constant.dtype == object:
        return f"{op} with numbers that the model computes"
    if op == "Div" and constant.dtype == np.int64 and call.flow.kind == "integer":
        return "Div of whole numbers cuts the fraction off, which no step does"
    numbers = call.spread(constant.astype(np.float64))
    if numbers is None:
        return f"{op} with other numbers than its {len(call.flow.columns):,} columns"
    made = [arithmetic_steps(SIGNS[op], (None, c) if first else (c, None)) for c in numbers]
    if any(steps is None for steps in made):
        return f"{op} with 0, or of a constant by a column: no step does"
    return call.each([steps or () for steps in made], call.node.inputs[1 if first else 0])


def clip(call: Call) -> Result:
    """Clip, and Min and Max with a constant."""
    if call.node.op in ("Min", "Max"):
        if len(call.given) != 2 or len(call.flows) > 1:
            return f"{call.node.op} of several columns has no per-feature form"
        bound = call.constant(1 if isinstance(call.given[0], Flow) else 0)
        bounds = [bound, None] if call.node.op == "Max" else [None, bound]
    else:
        bounds = [_bound(call, 1, "min"), _bound(call, 2, "max")]
        asked = [bool(name) for name in (*call.node.inputs[1:3], "", "")]
        if any(told and bound is None for told, bound in zip(asked, bounds, strict=False)):
            return "Clip with numbers that the model computes"
    if all(bound is None for bound in bounds):
        same = call.node.op == "Clip"
        return call.flow if same else f"{call.node.op} with numbers that the model computes"
    spread = [_limits(call, bound) for bound in bounds]
    if any(limits is None for limits in spread):
        return f"{call.node.op} with other numbers than its columns"
    low, high = ([*limits] if limits else [] for limits in spread)
    pairs = zip(low, high, strict=True)
    made: list[Steps] = [() if a is None and b is None else (Clip(a, b),) for a, b in pairs]
    return call.each(made, "min")


def _bound(call: Call, place: int, name: str) -> Constant | None:
    if call.node.has(name):
        return np.array(call.node.number(name, 0.0))
    return call.constant(place)


def _limits(call: Call, bound: Constant | None) -> list[float | None] | None:
    if bound is None:
        return [None] * len(call.flow.columns)
    if bound.dtype == object:
        return None
    found = call.spread(bound.astype(np.float64))
    if found is None:
        return None
    return [None if abs(value) >= _UNBOUNDED else value for value in found]


def negative(call: Call) -> Result:
    """Neg."""
    return call.each([(Affine(0.0, -1.0),)] * len(call.flow.columns), "Neg")


def logarithm(call: Call) -> Result:
    """Log; of 1 + x it is one step."""
    columns = []
    for column in call.flow.columns:
        if column.steps[-1:] == (Affine(-1.0, 1.0),):
            shorter = replace(column, steps=column.steps[:-1])
            columns.append(shorter.then(Log1p(), source=call.node.called))
        else:
            columns.append(column.then(Log(), source=call.node.called))
    return replace(call.flow, columns=tuple(columns), kind="float")


def rounded(call: Call) -> Result:
    """Round, half to even."""
    return call.each([(Round(0),)] * len(call.flow.columns), "Round")


def cast(call: Call) -> Result:
    """Cast: to float32 and float64 it changes nothing that a server's arithmetic would not."""
    code = call.node.integer("to", 1)
    now, before = kind(code), call.flow.kind
    if now == "text" and before == "integer":
        return replace(call.flow, kind=now)
    if "text" in (now, before) and now != before:
        return f"Cast from {before} to {now}: no step does"
    if now in ("truth", "other") and now != before:
        return f"Cast to {now}: no step does"
    if not call.flow.exact:
        return replace(call.flow, kind=now)
    narrow = _FLOATS.get(code) or (_WHOLE.get(code) if before == "float" else None)
    if narrow is None:
        return replace(call.flow, kind=now)
    return call.each([(Cast(narrow),)] * len(call.flow.columns), "to", now)


def computed(op: str, numbers: list[Constant]) -> Constant | None:
    """Return what an operation makes of constants alone; None where that is not known."""
    if op in ("Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape") and numbers:
        return numbers[0].ravel() if op in ("Squeeze", "Unsqueeze", "Reshape") else numbers[0]
    if (
        op in SIGNS
        and len(numbers) == 2
        and all(n.size == 1 and n.dtype != object for n in numbers)
    ):
        value = constant_result(SIGNS[op], [float(n.ravel()[0]) for n in numbers])
        return None if value is None else np.array(value)
    return None


OPERATIONS: Mapping[str, Callable[[Call], Result]] = MappingProxyType({
    "Scaler": scaler, "Imputer": imputer, "Binarizer": binarizer, "Normalizer": normalizer,
    "Add": arithmetic, "Sub": arithmetic, "Mul": arithmetic, "Div": arithmetic, "Clip": clip,
    "Min": clip, "Max": clip, "Neg": negative, "Log": logarithm, "Round": rounded, "Cast": cast,
})  # fmt: skip
