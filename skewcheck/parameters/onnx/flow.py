"""What an operation of an ONNX graph is given: columns, constants, and how they fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.arithmetic import Steps
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.onnx.graph import Constant, Kind, Node
from skewcheck.text.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Flow:
    """A tensor of rows: its columns, and what it holds."""

    columns: tuple[PipelineColumn, ...]
    kind: Kind
    stacked: bool = False
    """Whether several columns have a dimension, and the levels of each another one."""
    exact: bool = True
    """Whether these are the tensor's columns one by one, and not only what they were made of."""

    def untestable(self, reason: str) -> Flow:
        """Return the tensor as one whose columns cannot be reapplied."""
        return replace(self, columns=tuple(column.untestable(reason) for column in self.columns))


Given = Flow | Constant | None
"""None: left out, or a constant that is computed."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with what it is given, at least one of it columns."""

    node: Node
    given: Sequence[Given]
    fail: Callable[[str], ParameterError]
    spend: Callable[[int], None]
    """Count columns that are made; raises ParameterError where they are too many."""

    @property
    def flow(self) -> Flow:
        """The first tensor of columns."""
        return self.flows[0]

    @property
    def flows(self) -> list[Flow]:
        """All tensors of columns."""
        return [item for item in self.given if isinstance(item, Flow)]

    def constant(self, place: int) -> Constant | None:
        """Return what is given in a place if it is a constant."""
        item = self.given[place] if place < len(self.given) else None
        return item if isinstance(item, np.ndarray) else None

    def whole(self, place: int) -> list[int] | None:
        """Return the whole numbers given in a place; None if it holds no such."""
        found = self.constant(place)
        if found is None or found.dtype != np.int64:
            return None
        return [int(value) for value in found.ravel()]

    def spread(self, numbers: NDArray[np.float64]) -> list[float] | None:
        """Return a number for each column; None where they do not fit."""
        width = len(self.flow.columns)
        flat = [float(value) for value in numbers.ravel()]
        if len(flat) == 1:
            return flat * width
        fits = len(flat) == width and numbers.shape[-1] == width and not self.flow.stacked
        return flat if fits else None

    def place(self, name: str, i: int | None = None) -> str:
        """Return where in the file a number of an attribute or a constant stands."""
        return f"{self.node.called}.{name}" + ("" if i is None else f"[{i}]")

    def each(self, steps: Iterable[Steps], name: str, kind: Kind | None = None) -> Flow:
        """Return the columns after steps of their own, numbers of the attribute `name`."""
        columns = []
        for i, (column, more) in enumerate(zip(self.flow.columns, steps, strict=True)):
            columns.append(column.then_merged(more, self.place(name, i)))
        return replace(self.flow, columns=tuple(columns), kind=kind or self.flow.kind)

    def picked(self, places: Sequence[int], axis: int) -> Flow | str:
        """Return some of the columns, in that order; a reason where they are not its columns."""
        flow = self.flow
        if flow.stacked or axis not in (-1, 1, 2):
            return f"{self.node.op} of rows, or of a part of every column, is not followed"
        width = len(flow.columns)
        if any(not -width <= i < width for i in places):
            raise self.fail(f"{self.node.called} takes a column that its {width:,} columns lack")
        self.spend(len(places))
        return replace(flow, columns=tuple(flow.columns[i] for i in places))
