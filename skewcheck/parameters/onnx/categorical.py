"""ONNX operations on levels: one-hot encoding and label encoding.

Semantics: the ONNX project, operator schemas of ai.onnx.ml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.features.steps import Map, OneHot, Step
from skewcheck.logs.arrays import label
from skewcheck.parameters.arithmetic import code_steps
from skewcheck.parameters.onnx.graph import Constant, Kind
from skewcheck.parameters.onnx.numeric import Result
from skewcheck.parameters.onnx.tensors import ColumnTensor, NodeCall

_TYPES = ("int64s", "floats", "strings")


def one_hot_encoder(call: NodeCall) -> Result:
    """OneHotEncoder: a column per category; with zeros=0 unseen levels are refused."""
    name = "cats_strings" if call.node.has("cats_strings") else "cats_int64s"
    values = call.node.texts(name) or [str(code) for code in call.node.integers(name)]
    if not values:
        return "OneHotEncoder without categories"
    is_integer = name == "cats_int64s"
    if is_integer == (call.tensor.kind == "text"):
        return "OneHotEncoder of other values than its categories"
    call.spend(len(values) * len(call.tensor.columns))
    step = OneHot(tuple(values))
    columns = [
        level_column
        for c in call.tensor.columns
        for level_column in c.onehot(step, call.place(name))
    ]
    return ColumnTensor(tuple(columns), "float", len(call.tensor.columns) > 1)


def label_encoder(call: NodeCall) -> Result:
    """LabelEncoder: from keys to values, with a default for unseen levels."""
    table = _code_table(call)
    if table is None:
        return "LabelEncoder without keys and values"
    keys, values, name = table
    if len(keys) != len(values):
        raise call.fail(f"{call.node.label} has {len(keys)} keys for {len(values)} values")
    if values.dtype == object:
        return "LabelEncoder gives text: no step does"
    if keys.dtype == np.float64 and any(key != round(key) for key in keys if np.isfinite(key)):
        return "LabelEncoder of fractions, whose spelling no log shares"
    if (keys.dtype == object) != (call.tensor.kind == "text"):
        return "LabelEncoder of other values than its keys"
    names = [label(key) for key in keys.tolist()]
    numbers = [float(value) for value in values.tolist()]
    codes = [(key, v) for key, v in zip(names, numbers, strict=True) if key]
    default = _default(call, is_integer=values.dtype == np.int64)
    if len(dict(codes)) < len(names) or not np.isfinite([*numbers, default or 0.0]).all():
        return "LabelEncoder of keys that are no distinct levels, or that gives no numbers"
    steps: tuple[Step, ...] | None = code_steps(codes, default)
    if steps is None:
        other = None if default is None else (default,)
        steps = (Map({key: (number,) for key, number in codes}, other, other),)
    kind: Kind = "integer" if values.dtype == np.int64 else "float"
    place = call.place(name)
    return ColumnTensor(tuple(c.then(*steps, source=place) for c in call.tensor.columns), kind)


def _code_table(call: NodeCall) -> tuple[Constant, Constant, str] | None:
    """Return keys, values and the name of the keys' attribute; None if there are none."""
    node = call.node
    if node.has("classes_strings"):  # the first version: the index in the list
        classes = np.array(node.texts("classes_strings"), dtype=object)
        return classes, np.arange(len(classes)), "classes_strings"
    keys, values = _attribute_values(call, "keys"), _attribute_values(call, "values")
    if keys is None or values is None:
        return None
    return keys[0], values[0], keys[1]


def _attribute_values(call: NodeCall, side: str) -> tuple[Constant, str] | None:
    name = next(
        (f"{side}_{kind}" for kind in (*_TYPES, "tensor") if call.node.has(f"{side}_{kind}")), ""
    )
    values: Constant | None = None
    if name.endswith("int64s"):
        values = np.array(call.node.integers(name), np.int64)
    elif name.endswith("floats"):
        values = call.node.numbers(name)
    elif name.endswith("strings"):
        values = np.array(call.node.texts(name), dtype=object)
    elif name:
        values = call.node.tensor(name)
    return None if values is None else (values.ravel(), name)


def _default(call: NodeCall, *, is_integer: bool) -> float | None:
    if call.node.has("default_tensor"):
        tensor = call.node.tensor("default_tensor")
        return float(tensor.ravel()[0]) if tensor is not None and tensor.size else None
    if is_integer:
        return float(call.node.integer("default_int64", -1))
    return call.node.number("default_float", -0.0)


OPERATIONS: Mapping[str, Callable[[NodeCall], Result]] = MappingProxyType(
    {"OneHotEncoder": one_hot_encoder, "LabelEncoder": label_encoder}
)
