"""Inputs of an ONNX graph: a column per input, or per index of a wide input."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.features.types import FeatureType
from skewcheck.parameters.columns import PipelineColumn, positional_names
from skewcheck.parameters.onnx.graph import Graph, GraphInput, GraphNode, constant_value
from skewcheck.parameters.onnx.tensors import ColumnTensor
from skewcheck.parameters.source import ParameterSource

MAX_WIDTH = 100_000
"""Columns of one input: more are pixels or embeddings."""
_PER_COLUMN_ATTRIBUTES = ("offset", "scale", "imputed_value_floats")


def input_tensors(
    source: ParameterSource, graph: Graph, notes: list[str]
) -> Iterator[tuple[str, ColumnTensor]]:
    """Yield each input's name and columns; a wide input's are `name[3]` or the user's names."""
    widths = {graph_input.name: _width(source, graph, graph_input) for graph_input in graph.inputs}
    wide_inputs = [graph_input for graph_input in graph.inputs if widths[graph_input.name] > 1]
    total = sum(widths[graph_input.name] for graph_input in wide_inputs)
    user_names = iter(source.names_for(total) if source.names and wide_inputs else ())
    for graph_input in graph.inputs:
        width = widths[graph_input.name]
        if width == 1:
            names = [graph_input.name]
        elif source.names:
            names = [next(user_names) for _ in range(width)]
        else:
            names, note = positional_names(graph_input.name, width)
            notes.append(note)
        yield graph_input.name, _tensor(graph_input, names)


def _tensor(graph_input: GraphInput, names: list[str]) -> ColumnTensor:
    feature_type: FeatureType | None = "categorical" if graph_input.kind == "text" else None
    tensor = ColumnTensor(
        tuple(PipelineColumn(name, type=feature_type) for name in names), graph_input.kind
    )
    if graph_input.kind == "other":
        return tensor.untestable("the model takes no plain numbers or text here")
    return tensor


def _width(source: ParameterSource, graph: Graph, graph_input: GraphInput) -> int:
    """Return the number of columns of an input; 1 for inputs that are no table, such as images."""
    if len(graph_input.shape) != 2:
        return 1
    width = graph_input.shape[1]
    if width is None:
        width = max(
            (_expected_width(graph, node, graph_input.name) for node in graph.nodes), default=0
        )
        if not width:
            raise source.error(
                f"does not say how many columns its input {graph_input.name} has: convert the model"
                " with the number of columns in its input's shape"
            )
    if not 0 < width <= MAX_WIDTH:
        raise source.error(
            f"its input {graph_input.name} has {width:,} columns, no table of features"
        )
    return width


def _expected_width(graph: Graph, node: GraphNode, name: str) -> int:
    """Return how many columns an operation on an input has numbers for; 0 if none."""
    if name not in node.inputs:
        return 0
    lengths = [len(node.numbers(key)) for key in _PER_COLUMN_ATTRIBUTES]
    if node.op in ("Add", "Sub", "Mul", "Div"):
        constants = (
            graph.tensors[input_name] for input_name in node.inputs if input_name in graph.tensors
        )
        lengths += [constant_value(tensor).size for tensor in constants]
    return max(lengths)
