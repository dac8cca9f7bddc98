"""Operations that move columns about and change nothing.

Semantics: the ONNX project, operator schemas of ai.onnx and ai.onnx.ml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.parameters.onnx.flow import Call, Flow
from skewcheck.parameters.onnx.numeric import Result


def joined(call: Call) -> Result:
    """Concat and FeatureVectorizer: columns side by side."""
    flows = call.flows
    axis = call.node.integer("axis", 1)
    if len(flows) < len(call.given) or axis not in (-1, 1, 2):
        return f"{call.node.op} of columns and something else is not followed"
    columns = tuple(column for flow in flows for column in flow.columns)
    call.spend(len(columns))
    kinds = {flow.kind for flow in flows}
    kind = flows[0].kind if len(kinds) == 1 else "float"
    return Flow(
        columns, kind, any(flow.stacked for flow in flows), all(flow.exact for flow in flows)
    )


def same(call: Call) -> Result:
    """Identity, Dropout, Squeeze, Unsqueeze and the like."""
    return call.flow


def reshaped(call: Call) -> Result:
    """Reshape and Flatten, where every row keeps its columns."""
    width = len(call.flow.columns)
    if not call.flow.exact:
        return call.flow
    if call.node.op == "Flatten":
        axis = call.node.integer("axis", 1)
        return replace(call.flow, stacked=False) if axis == 1 else "Flatten of rows"
    shape = call.whole(1) or call.node.integers("shape")
    rows = shape[:1] in ([-1], [0], [1]) and len(shape) > 1
    if (rows and shape[1:] in ([-1], [width], [width, 1], [1, width])) or (
        shape == [-1] and width == 1
    ):
        return replace(call.flow, stacked=False)
    return f"Reshape of {width:,} columns to {shape} is not followed"


def gathered(call: Call) -> Result:
    """Gather and ArrayFeatureExtractor: some of the columns."""
    places = call.whole(1)
    if places is None or len(call.flows) > 1:
        return f"{call.node.op} of places that the model computes"
    axis = call.node.integer("axis", 0) if call.node.op == "Gather" else -1
    return call.picked(places, axis)


def sliced(call: Call) -> Result:
    """Slice: columns from one place to another."""
    told = [call.whole(i) or call.node.integers(name)
            for i, name in enumerate(("starts", "ends", "axes", "steps"), 1)]  # fmt: skip
    starts, ends, axes, steps = told
    if len(starts) != 1 or len(ends) != 1 or len(axes) > 1 or len(steps) > 1 or steps == [0]:
        return "Slice of rows, or of places that the model computes"
    places = range(len(call.flow.columns))[slice(starts[0], ends[0], steps[0] if steps else 1)]
    return call.picked(places, axes[0] if axes else 0)


def split(call: Call) -> Result:
    """Split: the columns in parts."""
    parts, width = len(call.node.outputs), len(call.flow.columns)
    each = -(-width // max(parts, 1))
    sizes = call.whole(1) or call.node.integers("split") or [
        min(each, max(width - i * each, 0)) for i in range(parts)
    ]  # fmt: skip
    if len(sizes) != parts or sum(sizes) != width or min(sizes) < 0:
        raise call.fail(f"{call.node.called} parts {width:,} columns in other sizes")
    made: list[Flow] = []
    for i, size in enumerate(sizes):
        start = sum(sizes[:i])
        part = call.picked(range(start, start + size), call.node.integer("axis", 0))
        if isinstance(part, str):
            return part
        made.append(part)
    return made


OPERATIONS: Mapping[str, Callable[[Call], Result]] = MappingProxyType({
    "Concat": joined, "FeatureVectorizer": joined, "Identity": same, "Dropout": same,
    "Squeeze": same, "Unsqueeze": same, "Reshape": reshaped, "Flatten": reshaped,
    "Gather": gathered, "ArrayFeatureExtractor": gathered, "Slice": sliced, "Split": split,
})  # fmt: skip
