"""Tensors of columns, and operations with their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.arithmetic import Steps
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.onnx.graph import Constant, GraphNode, Kind
from skewcheck.text.errors import ParameterError


@dataclass(frozen=True, slots=True)
class ColumnTensor:
    """A tensor with a row per observation: its columns and element type."""

    columns: tuple[PipelineColumn, ...]
    kind: Kind
    stacked: bool = False
    """Whether columns are one axis, and the levels of each column another."""
    exact: bool = True
    """Whether `columns` are the tensor's columns one by one, and not only what they are made of."""

    def untestable(self, reason: str) -> ColumnTensor:
        """Return the tensor with columns that are not testable."""
        return replace(self, columns=tuple(column.untestable(reason) for column in self.columns))


Argument = ColumnTensor | Constant | None
"""Columns, a constant, or None for an omitted argument or a computed constant."""


@dataclass(frozen=True, slots=True)
class NodeCall:
    """An operation and its arguments, of which at least one has columns."""

    node: GraphNode
    arguments: Sequence[Argument]
    fail: Callable[[str], ParameterError]
    """Returns the error about the file."""
    spend: Callable[[int], None]
    """Counts created columns; raises ParameterError if there are too many."""

    @property
    def tensor(self) -> ColumnTensor:
        """The first tensor of columns."""
        return self.tensors[0]

    @property
    def tensors(self) -> list[ColumnTensor]:
        """All tensors of columns."""
        return [item for item in self.arguments if isinstance(item, ColumnTensor)]

    def constant(self, index: int) -> Constant | None:
        """Return the argument at an index if it is a constant, else None."""
        argument = self.arguments[index] if index < len(self.arguments) else None
        return argument if isinstance(argument, np.ndarray) else None

    def integers(self, index: int) -> list[int] | None:
        """Return the integers of an argument; None if it has none."""
        argument = self.constant(index)
        if argument is None or argument.dtype != np.int64:
            return None
        return [int(value) for value in argument.ravel()]

    def per_column(self, numbers: NDArray[np.float64]) -> list[float] | None:
        """Return a number for each column; None if the shape does not fit."""
        width = len(self.tensor.columns)
        flat = [float(value) for value in numbers.ravel()]
        if len(flat) == 1:
            return flat * width
        fits = len(flat) == width and numbers.shape[-1] == width and not self.tensor.stacked
        return flat if fits else None

    def place(self, name: str, i: int | None = None) -> str:
        """Return where in the file a number of an attribute or a constant is."""
        return f"{self.node.label}.{name}" + ("" if i is None else f"[{i}]")

    def with_steps(
        self, steps: Iterable[Steps], name: str, kind: Kind | None = None
    ) -> ColumnTensor:
        """Return the columns after their own steps, with numbers of the attribute `name`."""
        columns = []
        for i, (column, column_steps) in enumerate(zip(self.tensor.columns, steps, strict=True)):
            columns.append(column.then_merged(column_steps, self.place(name, i)))
        return replace(self.tensor, columns=tuple(columns), kind=kind or self.tensor.kind)

    def select(self, indices: Sequence[int], axis: int) -> ColumnTensor | str:
        """Return the columns at the indices; a reason if the axis is not that of columns."""
        tensor = self.tensor
        if tensor.stacked or axis not in (-1, 1, 2):
            return f"{self.node.op} of rows, or of a part of every column, is not followed"
        width = len(tensor.columns)
        if any(not -width <= i < width for i in indices):
            raise self.fail(f"{self.node.label} takes a column that its {width:,} columns lack")
        self.spend(len(indices))
        return replace(tensor, columns=tuple(tensor.columns[i] for i in indices))
