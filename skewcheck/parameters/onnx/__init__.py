"""Read ONNX models: the operations between the graph's inputs and the predictor.

The file is parsed as a protocol buffer, so that no ONNX package is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from types import MappingProxyType

import numpy as np

from skewcheck.features.types import Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.onnx import categorical, column_operations, numeric
from skewcheck.parameters.onnx.graph import (
    Constant,
    Graph,
    GraphNode,
    constant_value,
    parse_graph,
    recognised,
)
from skewcheck.parameters.onnx.inputs import input_tensors
from skewcheck.parameters.onnx.numeric import Result, constant_operation
from skewcheck.parameters.onnx.tensors import Argument, ColumnTensor, NodeCall
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.text.numbers import shortened

MAX_COLUMNS = 500_000
"""Columns that all operations together may create: a few bytes of a file may announce millions."""
_OPERATIONS: Mapping[str, Callable[[NodeCall], Result]] = MappingProxyType(
    {**numeric.OPERATIONS, **categorical.OPERATIONS, **column_operations.OPERATIONS}
)
_MODEL_OPERATIONS = frozenset(
    ("TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor", "LinearClassifier",
     "LinearRegressor", "SVMClassifier", "SVMRegressor", "Gemm", "MatMul", "MatMulInteger",
     "QLinearMatMul", "FusedMatMul", "FusedGemm", "Conv", "ConvTranspose", "LSTM", "GRU", "RNN",
     "BatchNormalization", "LayerNormalization", "Attention", "Einsum", "Relu", "Sigmoid", "Tanh",
     "Softmax")
)  # fmt: skip
"""Operations that belong to a predictor."""


_ORDER_INDEPENDENT = frozenset(
    ("Concat", "FeatureVectorizer", "Identity", "Dropout", "Cast", "Reshape")
)
"""Operations that can be applied to columns whose order is unknown."""


class _GraphWalk:
    """Values of the graph's names so far, and the columns that a predictor uses."""

    def __init__(self, source: ParameterSource, graph: Graph) -> None:
        self.served: list[PipelineColumn] = []
        self.models: dict[str, None] = {}
        self._source = source
        self._graph = graph
        self._values: dict[str, ColumnTensor | Constant | None] = {}
        self._learned: set[str] = set()
        """Names of a predictor's outputs."""
        self._made = 0

    def set_input(self, name: str, tensor: ColumnTensor) -> None:
        """Set the columns of a graph's input."""
        self.spend(len(tensor.columns))
        self._values[name] = tensor

    def spend(self, columns: int) -> None:
        """Count columns; ParameterError if there are too many."""
        self._made += columns
        if self._made > MAX_COLUMNS:
            raise self._source.error(f"makes more than {MAX_COLUMNS:,} columns, too many to follow")

    def apply(self, node: GraphNode) -> None:
        """Apply an operation."""
        if node.op == "Constant":
            self._values[node.outputs[0] if node.outputs else ""] = _constant(node)
            return
        tensors = [
            value
            for name in node.inputs
            if isinstance(value := self._values.get(name), ColumnTensor)
        ]
        after_model = any(name in self._learned for name in node.inputs)
        if after_model or (tensors and node.op in _MODEL_OPERATIONS):
            if tensors:
                self.models[node.op] = None
            self.serve(chain.from_iterable(tensor.columns for tensor in tensors))
            self._learned.update(node.outputs)
            return
        self._set_result(node, self._result(node, tensors))

    def serve(self, columns: chain[PipelineColumn] | tuple[PipelineColumn, ...]) -> None:
        """Add columns that a predictor or the graph's outputs use."""
        count = len(self.served)
        self.served += columns
        self.spend(len(self.served) - count)

    def set_outputs(self) -> None:
        """Add the columns of the graph's outputs."""
        for name in self._graph.outputs:
            if isinstance(tensor := self._values.get(name), ColumnTensor):
                self.serve(tensor.columns)

    def _result(self, node: GraphNode, tensors: list[ColumnTensor]) -> Result | Constant | None:
        arguments = [self._argument(name) for name in node.inputs] if node.op in _OPERATIONS else []
        if not tensors:
            constants = [
                item
                for item in arguments
                if item is not None and not isinstance(item, ColumnTensor)
            ]
            return (
                constant_operation(node.op, constants) if len(constants) == len(arguments) else None
            )
        operation = _OPERATIONS.get(node.op)
        if operation is None:
            return f"{node.op} has no per-feature form"
        mixed = [column for tensor in tensors if not tensor.exact for column in tensor.columns]
        if mixed and node.op not in _ORDER_INDEPENDENT:
            reason = next((column.untested for column in mixed if column.untested), None)
            return reason or f"{node.op} of columns that were mixed before"
        self.spend(sum(len(tensor.columns) for tensor in tensors))
        return operation(NodeCall(node, arguments, self._source.error, self.spend))

    def _argument(self, name: str) -> Argument:
        if name not in self._values and name in self._graph.tensors:
            self._values[name] = constant_value(self._graph.tensors[name])
        return self._values.get(name)

    def _set_result(self, node: GraphNode, result: Result | Constant | None) -> None:
        if isinstance(result, str):
            tensors = [
                f for name in node.inputs if isinstance(f := self._values.get(name), ColumnTensor)
            ]
            columns = tuple(c.untestable(result) for tensor in tensors for c in tensor.columns)
            self.spend(len(columns))
            result = [ColumnTensor(columns, tensors[0].kind, exact=False)] * len(node.outputs)
        if isinstance(result, list):
            self._values.update(zip(node.outputs, result, strict=False))
        elif node.outputs:
            self._values[node.outputs[0]] = result


def _constant(node: GraphNode) -> Constant | None:
    """Return the value of a Constant node; None for a type that no operation uses."""
    if node.has("value"):
        return node.tensor("value")
    if node.has("value_float") or node.has("value_floats"):
        is_scalar = node.has("value_float")
        return (
            np.array(node.number("value_float", 0)) if is_scalar else node.numbers("value_floats")
        )
    if node.has("value_int"):
        return np.array(node.integer("value_int", 0), np.int64)
    return np.array(node.integers("value_ints"), np.int64) if node.has("value_ints") else None


def read(source: ParameterSource) -> Parameters:
    """Return the steps that the graph applies to each input before a model."""
    model_graph = parse_graph(source, {"Constant", *_OPERATIONS})
    notes: list[str] = []
    walk = _GraphWalk(source, model_graph)
    input_features: list[str] = []
    for name, tensor in input_tensors(source, model_graph, notes):
        walk.set_input(name, tensor)
        input_features += [column.feature for column in tensor.columns]
    for node in model_graph.nodes:
        walk.apply(node)
    walk.set_outputs()
    notes += [f"{op}: a model, left out" for op in walk.models]
    served = {column.feature for column in walk.served}
    if unused := [name for name in input_features if name not in served]:
        notes.append(f"{shortened(unused)}: not taken by the model, left out")
    return build_parameters(source, walk.served, notes=notes)


READER = FormatReader(recognised, read)
