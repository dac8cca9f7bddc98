"""ONNX operations that concatenate, select and reshape columns.

Semantics: the ONNX project, operator schemas of ai.onnx and ai.onnx.ml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.parameters.onnx.numeric import Result
from skewcheck.parameters.onnx.tensors import ColumnTensor, NodeCall


def concatenate(call: NodeCall) -> Result:
    """Concat and FeatureVectorizer: columns side by side."""
    tensors = call.tensors
    axis = call.node.integer("axis", 1)
    if len(tensors) < len(call.arguments) or axis not in (-1, 1, 2):
        return f"{call.node.op} of columns and something else is not followed"
    columns = tuple(column for tensor in tensors for column in tensor.columns)
    call.spend(len(columns))
    kinds = {tensor.kind for tensor in tensors}
    kind = tensors[0].kind if len(kinds) == 1 else "float"
    return ColumnTensor(
        columns,
        kind,
        any(tensor.stacked for tensor in tensors),
        all(tensor.exact for tensor in tensors),
    )


def identity(call: NodeCall) -> Result:
    """Identity, Dropout, Squeeze, Unsqueeze and the like."""
    return call.tensor


def reshape(call: NodeCall) -> Result:
    """Reshape and Flatten, if every row keeps its columns."""
    width = len(call.tensor.columns)
    if not call.tensor.exact:
        return call.tensor
    if call.node.op == "Flatten":
        axis = call.node.integer("axis", 1)
        return replace(call.tensor, stacked=False) if axis == 1 else "Flatten of rows"
    shape = call.integers(1) or call.node.integers("shape")
    keeps_rows = shape[:1] in ([-1], [0], [1]) and len(shape) > 1
    if (keeps_rows and shape[1:] in ([-1], [width], [width, 1], [1, width])) or (
        shape == [-1] and width == 1
    ):
        return replace(call.tensor, stacked=False)
    return f"Reshape of {width:,} columns to {shape} is not followed"


def gather(call: NodeCall) -> Result:
    """Gather and ArrayFeatureExtractor: some of the columns."""
    indices = call.integers(1)
    if indices is None or len(call.tensors) > 1:
        return f"{call.node.op} of places that the model computes"
    axis = call.node.integer("axis", 0) if call.node.op == "Gather" else -1
    return call.select(indices, axis)


def slice_columns(call: NodeCall) -> Result:
    """Slice: a range of columns."""
    bounds = [
        call.integers(i) or call.node.integers(name)
        for i, name in enumerate(("starts", "ends", "axes", "steps"), 1)
    ]
    starts, ends, axes, steps = bounds
    if len(starts) != 1 or len(ends) != 1 or len(axes) > 1 or len(steps) > 1 or steps == [0]:
        return "Slice of rows, or of places that the model computes"
    indices = range(len(call.tensor.columns))[slice(starts[0], ends[0], steps[0] if steps else 1)]
    return call.select(indices, axes[0] if axes else 0)


def split(call: NodeCall) -> Result:
    """Split: consecutive groups of columns."""
    part_count, width = len(call.node.outputs), len(call.tensor.columns)
    part_size = -(-width // max(part_count, 1))
    sizes = call.integers(1) or call.node.integers("split") or [
        min(part_size, max(width - i * part_size, 0)) for i in range(part_count)
    ]  # fmt: skip
    if len(sizes) != part_count or sum(sizes) != width or min(sizes) < 0:
        raise call.fail(f"{call.node.label} parts {width:,} columns in other sizes")
    outputs: list[ColumnTensor] = []
    for i, size in enumerate(sizes):
        start = sum(sizes[:i])
        part = call.select(range(start, start + size), call.node.integer("axis", 0))
        if isinstance(part, str):
            return part
        outputs.append(part)
    return outputs


OPERATIONS: Mapping[str, Callable[[NodeCall], Result]] = MappingProxyType(
    {
        "Concat": concatenate,
        "FeatureVectorizer": concatenate,
        "Identity": identity,
        "Dropout": identity,
        "Squeeze": identity,
        "Unsqueeze": identity,
        "Reshape": reshape,
        "Flatten": reshape,
        "Gather": gather,
        "ArrayFeatureExtractor": gather,
        "Slice": slice_columns,
        "Split": split,
    }
)
