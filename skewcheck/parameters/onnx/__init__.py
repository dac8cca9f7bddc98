"""ONNX: the operations before the model, from the graph's inputs on.

The file is read as it is on the wire, so nothing needs to be installed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from types import MappingProxyType

import numpy as np

from skewcheck.features.types import Parameters
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.onnx import levels, numeric, routes
from skewcheck.parameters.onnx.flow import Call, Flow, Given
from skewcheck.parameters.onnx.graph import Constant, Graph, Node, constant, graph, recognised
from skewcheck.parameters.onnx.inputs import begun
from skewcheck.parameters.onnx.numeric import Result, computed
from skewcheck.parameters.source import ParameterSource, Reader
from skewcheck.text.numbers import shortened

MOST = 500_000
"""Columns that all operations together may make: a few bytes may announce many."""
_OPERATIONS: Mapping[str, Callable[[Call], Result]] = MappingProxyType(
    {**numeric.OPERATIONS, **levels.OPERATIONS, **routes.OPERATIONS}
)
_MODELS = frozenset(
    ("TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor", "LinearClassifier",
     "LinearRegressor", "SVMClassifier", "SVMRegressor", "Gemm", "MatMul", "MatMulInteger",
     "QLinearMatMul", "FusedMatMul", "FusedGemm", "Conv", "ConvTranspose", "LSTM", "GRU", "RNN",
     "BatchNormalization", "LayerNormalization", "Attention", "Einsum", "Relu", "Sigmoid", "Tanh",
     "Softmax")
)  # fmt: skip


_ANY_COLUMNS = frozenset(("Concat", "FeatureVectorizer", "Identity", "Dropout", "Cast", "Reshape"))
"""What may be done to columns without knowing which is which."""


class _Walk:
    """What every name in the graph stands for, so far."""

    def __init__(self, source: ParameterSource, found: Graph) -> None:
        self.served: list[PipelineColumn] = []
        self.models: dict[str, None] = {}
        self._source = source
        self._graph = found
        self._values: dict[str, Flow | Constant | None] = {}
        self._learned: set[str] = set()
        """Names of what a model makes."""
        self._made = 0

    def begin(self, name: str, flow: Flow) -> None:
        """Take an input of the graph."""
        self.spend(len(flow.columns))
        self._values[name] = flow

    def spend(self, columns: int) -> None:
        """Count columns; ParameterError where they are too many."""
        self._made += columns
        if self._made > MOST:
            raise self._source.error(f"makes more than {MOST:,} columns, too many to follow")

    def go(self, node: Node) -> None:
        """Do an operation."""
        if node.op == "Constant":
            self._values[node.outputs[0] if node.outputs else ""] = _constant(node)
            return
        flows = [found for name in node.inputs
                 if isinstance(found := self._values.get(name), Flow)]  # fmt: skip
        learned = any(name in self._learned for name in node.inputs)
        if learned or (flows and node.op in _MODELS):
            if flows:
                self.models[node.op] = None
            self.serve(chain.from_iterable(flow.columns for flow in flows))
            self._learned.update(node.outputs)
            return
        self._put(node, self._result(node, flows))

    def serve(self, columns: chain[PipelineColumn] | tuple[PipelineColumn, ...]) -> None:
        """Give columns to the model, or to whoever reads the graph's outputs."""
        before = len(self.served)
        self.served += columns
        self.spend(len(self.served) - before)

    def end(self) -> None:
        """Take the graph's outputs."""
        for name in self._graph.outputs:
            if isinstance(flow := self._values.get(name), Flow):
                self.serve(flow.columns)

    def _result(self, node: Node, flows: list[Flow]) -> Result | Constant | None:
        given = [self._given(name) for name in node.inputs] if node.op in _OPERATIONS else []
        if not flows:
            constants = [item for item in given if item is not None and not isinstance(item, Flow)]
            return computed(node.op, constants) if len(constants) == len(given) else None
        operation = _OPERATIONS.get(node.op)
        if operation is None:
            return f"{node.op} has no per-feature form"
        mixed = [column for flow in flows if not flow.exact for column in flow.columns]
        if mixed and node.op not in _ANY_COLUMNS:
            first = next((column.untested for column in mixed if column.untested), None)
            return first or f"{node.op} of columns that were mixed before"
        self.spend(sum(len(flow.columns) for flow in flows))
        return operation(Call(node, given, self._source.error, self.spend))

    def _given(self, name: str) -> Given:
        if name not in self._values and name in self._graph.tensors:
            self._values[name] = constant(self._graph.tensors[name])
        return self._values.get(name)

    def _put(self, node: Node, made: Result | Constant | None) -> None:
        if isinstance(made, str):
            flows = [f for name in node.inputs if isinstance(f := self._values.get(name), Flow)]
            columns = tuple(c.untestable(made) for flow in flows for c in flow.columns)
            self.spend(len(columns))
            made = [Flow(columns, flows[0].kind, exact=False)] * len(node.outputs)
        if isinstance(made, list):
            self._values.update(zip(node.outputs, made, strict=False))
        elif node.outputs:
            self._values[node.outputs[0]] = made


def _constant(node: Node) -> Constant | None:
    """Return what a Constant node holds; None for a kind that no operation here takes."""
    if node.has("value"):
        return node.tensor("value")
    if node.has("value_float") or node.has("value_floats"):
        one = node.has("value_float")
        return np.array(node.number("value_float", 0)) if one else node.numbers("value_floats")
    if node.has("value_int"):
        return np.array(node.integer("value_int", 0), np.int64)
    return np.array(node.integers("value_ints"), np.int64) if node.has("value_ints") else None


def read(source: ParameterSource) -> Parameters:
    """Return what the graph does to each of its inputs before a model takes it."""
    found = graph(source, {"Constant", *_OPERATIONS})
    notes: list[str] = []
    walk = _Walk(source, found)
    taken: list[str] = []
    for name, flow in begun(source, found, notes):
        walk.begin(name, flow)
        taken += [column.feature for column in flow.columns]
    for node in found.nodes:
        walk.go(node)
    walk.end()
    notes += [f"{op}: a model, left out" for op in walk.models]
    served = {column.feature for column in walk.served}
    if dropped := [name for name in taken if name not in served]:
        notes.append(f"{shortened(dropped)}: not taken by the model, left out")
    return build_parameters(source, walk.served, notes=notes)


READER = Reader(recognised, read)
