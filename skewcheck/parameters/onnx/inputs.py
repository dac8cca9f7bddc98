"""What an ONNX graph takes: a column for each of its inputs, or for each place in a wide one."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.features.types import FeatureType
from skewcheck.parameters.columns import PipelineColumn, positional_names
from skewcheck.parameters.onnx.flow import Flow
from skewcheck.parameters.onnx.graph import Graph, Input, Node, constant
from skewcheck.parameters.source import ParameterSource

WIDEST = 100_000
"""Columns of one input."""
_LISTS = ("offset", "scale", "imputed_value_floats")


def begun(source: ParameterSource, graph: Graph, notes: list[str]) -> Iterator[tuple[str, Flow]]:
    """Yield each input's name and columns; the places of a wide one are `name[3]` or named."""
    widths = {item.name: _width(source, graph, item) for item in graph.inputs}
    wide = [item for item in graph.inputs if widths[item.name] > 1]
    total = sum(widths[item.name] for item in wide)
    named = iter(source.names_for(total) if source.names and wide else ())
    for item in graph.inputs:
        width = widths[item.name]
        if width == 1:
            names = [item.name]
        elif source.names:
            names = [next(named) for _ in range(width)]
        else:
            names, note = positional_names(item.name, width)
            notes.append(note)
        yield item.name, _flow(item, names)


def _flow(item: Input, names: list[str]) -> Flow:
    text: FeatureType | None = "categorical" if item.kind == "text" else None
    flow = Flow(tuple(PipelineColumn(name, type=text) for name in names), item.kind)
    if item.kind == "other":
        return flow.untestable("the model takes no plain numbers or text here")
    return flow


def _width(source: ParameterSource, graph: Graph, item: Input) -> int:
    """Return how many columns an input has; 1 for what is no table, such as images."""
    if len(item.shape) != 2:
        return 1
    width = item.shape[1]
    if width is None:
        width = max((_asked(graph, node, item.name) for node in graph.nodes), default=0)
        if not width:
            raise source.error(
                f"does not say how many columns its input {item.name} has: convert the model with"
                " the number of columns in its input's shape"
            )
    if not 0 < width <= WIDEST:
        raise source.error(f"its input {item.name} has {width:,} columns, no table of features")
    return width


def _asked(graph: Graph, node: Node, name: str) -> int:
    """Return how many columns an operation that takes an input has numbers for; 0 if none."""
    if name not in node.inputs:
        return 0
    listed = [len(node.numbers(key)) for key in _LISTS]
    if node.op in ("Add", "Sub", "Mul", "Div"):
        held = (graph.tensors[other] for other in node.inputs if other in graph.tensors)
        listed += [constant(tensor).size for tensor in held]
    return max(listed)
