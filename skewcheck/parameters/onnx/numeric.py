"""ONNX operations on numbers: scalers, imputers, clipping, casts and arithmetic with constants.

Semantics: the ONNX project, operator schemas of ai.onnx and ai.onnx.ml.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from skewcheck.features.steps import Affine, Buckets, Cast, Clip, Impute, Log1p, Logarithm, Round
from skewcheck.features.steps.discrete import CASTS
from skewcheck.parameters.arithmetic import Steps, arithmetic_steps, constant_result
from skewcheck.parameters.onnx.graph import Constant, element_kind
from skewcheck.parameters.onnx.tensors import ColumnTensor, NodeCall

Result = ColumnTensor | list[ColumnTensor] | str
"""The output tensors, or the reason why the operation is not testable."""
OPERATORS: Final = MappingProxyType({"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"})
_FLOAT_TYPES = MappingProxyType({10: "float16", 16: "bfloat16"})
_INTEGER_TYPES = MappingProxyType({
    2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 12: "uint32",
    13: "uint64",
})  # fmt: skip
_NO_BOUND = 3.4e38
"""A bound of at least that, near the largest float32, is no bound."""


def scaler(call: NodeCall) -> Result:
    """Scaler: (x - offset) * scale."""
    offsets = call.per_column(call.node.numbers("offset")) if call.node.has("offset") else None
    scales = call.per_column(call.node.numbers("scale")) if call.node.has("scale") else None
    width = len(call.tensor.columns)
    if (offsets is None and call.node.has("offset")) or (scales is None and call.node.has("scale")):
        return f"Scaler has other numbers than its {width:,} columns"
    pairs = zip(offsets or [0.0] * width, scales or [1.0] * width, strict=True)
    steps: list[Steps] = [(Affine(offset, scale),) for offset, scale in pairs]
    return call.with_steps(steps, "scale" if offsets is None else "offset", "float")


def imputer(call: NodeCall) -> Result:
    """Imputer: NaN becomes a number; replacing another value is not testable."""
    if not call.node.has("imputed_value_floats"):
        return "Imputer of whole numbers, which have no nulls"
    if not math.isnan(replaced_value := call.node.number("replaced_value_float", math.nan)):
        return f"Imputer replaces {replaced_value:g}, and no nulls: no step does"
    values = call.per_column(call.node.numbers("imputed_value_floats"))
    if values is None:
        return f"Imputer has other numbers than its {len(call.tensor.columns):,} columns"
    return call.with_steps([(Impute(value),) for value in values], "imputed_value_floats")


def binarizer(call: NodeCall) -> Result:
    """Binarizer: 1 above the threshold, else 0."""
    threshold_edge = math.nextafter(call.node.number("threshold", 0.0), math.inf)
    return call.with_steps([(Buckets((threshold_edge,)),)] * len(call.tensor.columns), "threshold")


def normalizer(call: NodeCall) -> Result:
    """Normalizer: not testable."""
    return f"{call.node.op} divides each row by its own norm, which has no per-feature form"


def arithmetic(call: NodeCall) -> Result:
    """Add, Sub, Mul and Div with a constant."""
    op = call.node.op
    if len(call.tensors) > 1:
        return f"{op} of two columns has no per-feature form"
    column_is_first = isinstance(call.arguments[0], ColumnTensor)
    constant = call.constant(1 if column_is_first else 0)
    if constant is None or constant.dtype == object:
        return f"{op} with numbers that the model computes"
    if op == "Div" and constant.dtype == np.int64 and call.tensor.kind == "integer":
        return "Div of whole numbers cuts the fraction off, which no step does"
    numbers = call.per_column(constant.astype(np.float64))
    if numbers is None:
        return f"{op} with other numbers than its {len(call.tensor.columns):,} columns"
    column_steps = [
        arithmetic_steps(OPERATORS[op], (None, c) if column_is_first else (c, None))
        for c in numbers
    ]
    if any(steps is None for steps in column_steps):
        return f"{op} with 0, or of a constant by a column: no step does"
    return call.with_steps(
        [steps or () for steps in column_steps], call.node.inputs[1 if column_is_first else 0]
    )


def clip(call: NodeCall) -> Result:
    """Clip, and Min and Max with a constant."""
    if call.node.op in ("Min", "Max"):
        if len(call.arguments) != 2 or len(call.tensors) > 1:
            return f"{call.node.op} of several columns has no per-feature form"
        bound = call.constant(1 if isinstance(call.arguments[0], ColumnTensor) else 0)
        bounds = [bound, None] if call.node.op == "Max" else [None, bound]
    else:
        bounds = [_bound(call, 1, "min"), _bound(call, 2, "max")]
        has_input = [bool(name) for name in (*call.node.inputs[1:3], "", "")]
        if any(
            is_given and bound is None for is_given, bound in zip(has_input, bounds, strict=False)
        ):
            return "Clip with numbers that the model computes"
    if all(bound is None for bound in bounds):
        is_clip = call.node.op == "Clip"
        return call.tensor if is_clip else f"{call.node.op} with numbers that the model computes"
    limits_of_bounds = [_limits(call, bound) for bound in bounds]
    if any(limits is None for limits in limits_of_bounds):
        return f"{call.node.op} with other numbers than its columns"
    low, high = ([*limits] if limits else [] for limits in limits_of_bounds)
    pairs = zip(low, high, strict=True)
    steps: list[Steps] = [() if a is None and b is None else (Clip(a, b),) for a, b in pairs]
    return call.with_steps(steps, "min")


def _bound(call: NodeCall, index: int, name: str) -> Constant | None:
    if call.node.has(name):
        return np.array(call.node.number(name, 0.0))
    return call.constant(index)


def _limits(call: NodeCall, bound: Constant | None) -> list[float | None] | None:
    """Return a bound for each column, None for no bound; None if the shape does not fit."""
    if bound is None:
        return [None] * len(call.tensor.columns)
    if bound.dtype == object:
        return None
    values = call.per_column(bound.astype(np.float64))
    if values is None:
        return None
    return [None if abs(value) >= _NO_BOUND else value for value in values]


def negative(call: NodeCall) -> Result:
    """Neg."""
    return call.with_steps([(Affine(0.0, -1.0),)] * len(call.tensor.columns), "Neg")


def logarithm(call: NodeCall) -> Result:
    """Log; log(1 + x) becomes one step."""
    columns = []
    for column in call.tensor.columns:
        if column.steps[-1:] == (Affine(-1.0, 1.0),):
            without_shift = replace(column, steps=column.steps[:-1])
            columns.append(without_shift.then(Log1p(), source=call.node.label))
        else:
            columns.append(column.then(Logarithm(), source=call.node.label))
    return replace(call.tensor, columns=tuple(columns), kind="float")


def round_half_even(call: NodeCall) -> Result:
    """Round, half to even."""
    return call.with_steps([(Round(0),)] * len(call.tensor.columns), "Round")


def cast(call: NodeCall) -> Result:
    """Cast: a step to float16 and bfloat16, and from floats to whole numbers.

    To float32 and float64 it is none, as a server's arithmetic may do the same; between whole
    numbers neither. Not testable to uint64, which no step has, and to or from what is no number.
    """
    code = call.node.integer("to", 1)
    new_kind, old_kind = element_kind(code), call.tensor.kind
    if new_kind == "text" and old_kind == "integer":
        return replace(call.tensor, kind=new_kind)
    if "text" in (new_kind, old_kind) and new_kind != old_kind:
        return f"Cast from {old_kind} to {new_kind}: no step does"
    if new_kind in ("truth", "other") and new_kind != old_kind:
        return f"Cast to {new_kind}: no step does"
    if not call.tensor.exact:
        return replace(call.tensor, kind=new_kind)
    cast_type = _FLOAT_TYPES.get(code) or (
        _INTEGER_TYPES.get(code) if old_kind == "float" else None
    )
    if cast_type is None:
        return replace(call.tensor, kind=new_kind)
    if cast_type not in CASTS:
        return f"Cast to {cast_type}: no step does"
    return call.with_steps([(Cast(cast_type),)] * len(call.tensor.columns), "to", new_kind)


def constant_operation(op: str, constants: list[Constant]) -> Constant | None:
    """Return the result of an operation on constants; None if it is unknown."""
    if op in ("Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape") and constants:
        return constants[0].ravel() if op in ("Squeeze", "Unsqueeze", "Reshape") else constants[0]
    if (
        op in OPERATORS
        and len(constants) == 2
        and all(n.size == 1 and n.dtype != object for n in constants)
    ):
        value = constant_result(OPERATORS[op], [float(n.ravel()[0]) for n in constants])
        return None if value is None else np.array(value)
    return None


OPERATIONS: Mapping[str, Callable[[NodeCall], Result]] = MappingProxyType(
    {
        "Scaler": scaler,
        "Imputer": imputer,
        "Binarizer": binarizer,
        "Normalizer": normalizer,
        "Add": arithmetic,
        "Sub": arithmetic,
        "Mul": arithmetic,
        "Div": arithmetic,
        "Clip": clip,
        "Min": clip,
        "Max": clip,
        "Neg": negative,
        "Log": logarithm,
        "Round": round_half_even,
        "Cast": cast,
    }
)
