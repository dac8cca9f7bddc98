"""Operations on levels: one-hot columns and codes.

Semantics: the ONNX project, operator schemas of ai.onnx.ml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.features.steps import OneHot
from skewcheck.logs.arrays import label
from skewcheck.parameters.arithmetic import code_steps
from skewcheck.parameters.onnx.flow import Call, Flow
from skewcheck.parameters.onnx.graph import Constant, Kind
from skewcheck.parameters.onnx.numeric import Result

_TYPES = ("int64s", "floats", "strings")


def onehot(call: Call) -> Result:
    """OneHotEncoder: a column for each category; with zeros=0 strangers are refused."""
    name = "cats_strings" if call.node.has("cats_strings") else "cats_int64s"
    values = call.node.texts(name) or [str(code) for code in call.node.integers(name)]
    if not values:
        return "OneHotEncoder without categories"
    whole = name == "cats_int64s"
    if whole == (call.flow.kind == "text"):
        return "OneHotEncoder of other values than its categories"
    call.spend(len(values) * len(call.flow.columns))
    step = OneHot(tuple(values))
    made = [hot for c in call.flow.columns for hot in c.onehot(step, call.place(name))]
    return Flow(tuple(made), "float", len(call.flow.columns) > 1)


def codes(call: Call) -> Result:
    """LabelEncoder: from keys to values, and a default for strangers."""
    found = _table(call)
    if found is None:
        return "LabelEncoder without keys and values"
    keys, values, name = found
    if len(keys) != len(values):
        raise call.fail(f"{call.node.called} has {len(keys)} keys for {len(values)} values")
    if values.dtype == object:
        return "LabelEncoder gives text: no step does"
    if keys.dtype == np.float64 and any(key != round(key) for key in keys if np.isfinite(key)):
        return "LabelEncoder of fractions, whose spelling no log shares"
    if (keys.dtype == object) != (call.flow.kind == "text"):
        return "LabelEncoder of other values than its keys"
    names = [label(key) for key in keys.tolist()]
    numbers = [float(value) for value in values.tolist()]
    steps = code_steps(
        [(key, v) for key, v in zip(names, numbers, strict=True) if key],
        _default(call, whole=values.dtype == np.int64),
    )
    if steps is None or None in names:
        return "LabelEncoder gives codes that are not distinct and equally spaced: no step does"
    kind: Kind = "integer" if values.dtype == np.int64 else "float"
    place = call.place(name)
    return Flow(tuple(c.then(*steps, source=place) for c in call.flow.columns), kind)


def _table(call: Call) -> tuple[Constant, Constant, str] | None:
    """Return keys, values and the keys' attribute."""
    node = call.node
    if node.has("classes_strings"):  # the first version: the place in the list
        known = np.array(node.texts("classes_strings"), dtype=object)
        return known, np.arange(len(known)), "classes_strings"
    keys, values = _listed(call, "keys"), _listed(call, "values")
    if keys is None or values is None:
        return None
    return keys[0], values[0], keys[1]


def _listed(call: Call, side: str) -> tuple[Constant, str] | None:
    name = next(
        (f"{side}_{kind}" for kind in (*_TYPES, "tensor") if call.node.has(f"{side}_{kind}")), ""
    )
    found: Constant | None = None
    if name.endswith("int64s"):
        found = np.array(call.node.integers(name), np.int64)
    elif name.endswith("floats"):
        found = call.node.numbers(name)
    elif name.endswith("strings"):
        found = np.array(call.node.texts(name), dtype=object)
    elif name:
        found = call.node.tensor(name)
    return None if found is None else (found.ravel(), name)


def _default(call: Call, *, whole: bool) -> float | None:
    if call.node.has("default_tensor"):
        tensor = call.node.tensor("default_tensor")
        return float(tensor.ravel()[0]) if tensor is not None and tensor.size else None
    if whole:
        return float(call.node.integer("default_int64", -1))
    return call.node.number("default_float", -0.0)


OPERATIONS: Mapping[str, Callable[[Call], Result]] = MappingProxyType(
    {"OneHotEncoder": onehot, "LabelEncoder": codes}
)
