"""Transformers that were saved one by one, and lists of names beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from skewcheck.features.steps import Impute, Map, OneHot, Step, Vocabulary, settings
from skewcheck.parameters.columns import PipelineColumn

Apply = Callable[[list[PipelineColumn]], list[PipelineColumn]]
"""Maps the columns that go into a transformer to those that come out of it."""
_TOLERANCE = 1e-6
"""Relative difference of equal numbers of two files: one of them may be written as text."""


class Order(IntEnum):
    """The place of a transformer in a pipeline, where names do not tell it."""

    TEXT_FILL = 0
    """Fills nulls of text, which encoders take."""
    ENCODER = 1
    FILL = 2
    SEVERAL = 3
    """Encodes some columns and scales others."""
    SCALER = 4
    OTHER = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """A transformer and its place: it takes the columns that it names, or `count` of them."""

    label: str
    """What messages call it: its file, or its place in one."""
    count: int
    apply: Apply
    preview: Apply
    """As `apply`, without notes, and not counted."""
    names: tuple[str, ...] = ()
    """The columns that it names; empty if it names none."""
    hint: str = ""
    """The column that the name of its file or its key gives a transformer of one; or empty."""
    file: str = ""
    """Stands before the places of its numbers; empty for those of the only file."""
    fitted: bool = True
    """Whether its numbers were computed on training data, as its format tells."""
    kind: str = ""
    """The name of its class; empty where it has none."""
    order: Order = Order.OTHER

    alone: tuple[PipelineColumn, ...] = ()
    """Its output for columns without steps; `[0]`, `[1]` ... where it names none."""

    @property
    def encodes_labels(self) -> bool:
        """Whether it is a LabelEncoder, or codes of levels, and names no column."""
        is_encoder = self.kind in ("LabelEncoder", "LabelBinarizer") or not self.kind
        steps = [step for column in self.placed().alone for step in column.steps]
        is_coded = bool(steps) and isinstance(steps[0], Vocabulary | OneHot)
        return is_encoder and not self.names and self.count == 1 and is_coded

    def placed(self) -> Stage:
        """Return it with its output for columns without steps, and its place by what it does."""
        names = self.names or tuple(f"[{i}]" for i in range(self.count))
        alone = tuple(self.preview([PipelineColumn(name) for name in names]))
        seen = replace(self, alone=alone)
        return replace(seen, order=seen._place())

    def alone_with(self, names: Sequence[str]) -> dict[str, list[PipelineColumn]]:
        """Return its output for columns without steps by the names of these."""
        made: dict[str, list[PipelineColumn]] = {}
        for column in self.alone:
            made.setdefault(column.feature, []).append(column)
        if self.names:
            return made
        return {name: made.get(f"[{i}]", []) for i, name in enumerate(names)}

    def _place(self) -> Order:
        outputs = self.alone
        actions = set[str]().union(*(actions_of(column) for column in outputs))
        if any(column.untested is not None for column in outputs) or not actions:
            by_name = {"Imputer": Order.FILL, "Encoder": Order.ENCODER, "Scaler": Order.SCALER}
            return next((o for word, o in by_name.items() if word in self.kind), Order.OTHER)
        if "text" in actions and "scale" not in actions:
            return Order.TEXT_FILL if "encode" not in actions else Order.ENCODER
        if "encode" in actions:
            return Order.SEVERAL if "scale" in actions else Order.ENCODER
        return Order.SCALER if "scale" in actions else Order.FILL


@dataclass(frozen=True, slots=True)
class NameList:
    """A list of column names beside transformers."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a column, in a file that does not say how they are encoded."""

    label: str
    values: tuple[str, ...]


def actions_of(column: PipelineColumn) -> frozenset[str]:
    """Return what its steps do: fill nulls (of text), encode, scale."""
    return frozenset(map(_action, (*column.steps, *column.later)))


def _action(step: Step) -> str:
    if isinstance(step, Impute):
        return "text" if isinstance(step.value, str) else "fill"
    return "encode" if isinstance(step, Vocabulary | OneHot | Map) else "scale"


def alike(first: Sequence[PipelineColumn], second: Sequence[PipelineColumn]) -> bool:
    """Return whether columns have the same steps, with numbers as equal as text keeps them."""
    return len(first) == len(second) and all(
        (a.level, a.untested) == (b.level, b.untested)
        and _steps_alike((*a.steps, *a.later), (*b.steps, *b.later))
        for a, b in zip(first, second, strict=True)
    )


def _steps_alike(first: Sequence[Step], second: Sequence[Step]) -> bool:
    return len(first) == len(second) and all(
        a.op == b.op and _equal(settings(a), settings(b))
        for a, b in zip(first, second, strict=True)
    )


def _equal(a: object, b: object) -> bool:
    if isinstance(a, float | int) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=1e-12)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_equal(value, b[key]) for key, value in a.items())
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return a == b


def with_sources(
    stage: Stage, inputs: Iterable[PipelineColumn], outputs: Iterable[PipelineColumn]
) -> list[PipelineColumn]:
    """Return a stage's output with its file before the places of its numbers."""
    before: dict[tuple[str, str | None], PipelineColumn] = {}
    for taken in inputs:
        before[taken.feature, taken.level] = taken
        before.setdefault((taken.feature, None), taken)
    result = []
    for output in outputs:
        column = before.get((output.feature, output.level)) or before.get((output.feature, None))
        earlier = "" if column is None else column.source
        added = output.source.removeprefix(earlier).removeprefix("; ")
        if stage.file and added:
            source = "; ".join(filter(None, (earlier, f"{stage.file}: {added}")))
            output = replace(output, source=source)
        if added and stage.fitted:
            fitted = column is None or column.fitted or not column.steps
            output = replace(output, fitted=fitted)
        elif added:
            output = replace(output, fitted=False)
        result.append(output)
    return result
