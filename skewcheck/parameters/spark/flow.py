"""The columns of a Spark pipeline, by name, while its stages are gone through."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.spark.stage import Stage

MOST = 150_000
"""Columns that all stages together may make: a few bytes may announce many."""


@dataclass(frozen=True, slots=True)
class Block:
    """A column of Spark's table: one of ours, or a vector of them."""

    columns: tuple[PipelineColumn, ...]
    vector: bool = False
    exact: bool = True
    """Whether `columns` are the vector's dimensions, one by one."""


class Flow:
    """What every column is so far, which of them a later stage has taken, and what to tell."""

    def __init__(self, source: ParameterSource) -> None:
        """Begin with the raw columns, whose names are not known yet."""
        self.notes: list[str] = []
        self.queries: list[str] = []
        """Statements of SQLTransformers so far."""
        self.features = ""
        """The column that the model takes, where a stage says so."""
        self._source = source
        self._blocks: dict[str, Block] = {}
        self._taken: set[str] = set()
        self._constant: list[str] = []
        self._made = 0

    def block(self, name: str) -> Block:
        """Take a column; one that no stage has made is a raw column."""
        self._taken.add(name)
        if name in self._blocks:
            return self._blocks[name]
        for query in self.queries:
            if re.search(rf"(?i)\bas\s+`?{re.escape(name)}\b", query):
                return Block(
                    (PipelineColumn(name).untestable("SQLTransformer has no per-feature form"),)
                )
        return Block((PipelineColumn(name),))

    def dimensions(self, stage: Stage, size: int) -> list[PipelineColumn]:
        """Take the dimensions of a stage's input, a vector of `size`.

        Those of a vector that no stage assembles have the user's names, or `features[3]`.
        """
        name = stage.input
        if name not in self._blocks:
            self._taken.add(name)
            if self._source.names:
                return [PipelineColumn(own) for own in self._source.names_for(size)]
            self.notes.append(
                f"no stage says what the {size:,} dimensions of {name} are: they are called"
                f" {name}[0] to {name}[{size - 1}]; --names names them"
            )
            return [PipelineColumn(f"{name}[{i}]") for i in range(size)]
        columns = self.block(name).columns
        if len(columns) == size:
            return list(columns)
        why = f"{stage.kind} has {size:,} values for {len(columns):,} known columns of {name}"
        return [column.untestable(why) for column in columns]

    def scalars(self, stage: Stage) -> list[PipelineColumn]:
        """Take a stage's inputs, each a single column; lost if it is a vector."""
        why = f"{stage.kind} of a vector has no per-feature form"
        found = []
        for name in stage.inputs:
            block = self.block(name)
            first = block.columns[0] if block.columns else PipelineColumn(name)
            found.append(first.untestable(why) if block.vector else first)
        return found

    def put(
        self, name: str, columns: Sequence[PipelineColumn], *, vector: bool, exact: bool = True
    ) -> None:
        """Make a column; the dimensions of a vector are served as `name[3]`."""
        self._made += len(columns)
        if self._made > MOST:
            raise self._source.error(f"makes more than {MOST:,} columns, too many to follow")
        self._taken.discard(name)
        self._blocks.pop(name, None)  # what is made last stands last
        served = (
            replace(column, served=f"{name}[{i}]" if vector and exact else name)
            for i, column in enumerate(columns)
        )
        self._blocks[name] = Block(tuple(served), vector, exact)

    def lose(self, stage: Stage, reason: str) -> None:
        """Pass on a stage's inputs as what cannot be reapplied."""
        columns = [c.untestable(reason) for name in stage.inputs for c in self.block(name).columns]
        for name in stage.outputs:
            self.put(name, columns, vector=True, exact=False)

    def constant(self, column: PipelineColumn) -> None:
        """Remember a column without spread in training, which is made constant."""
        self._constant.append(column.feature)

    def label(self, name: str) -> None:
        """Say which column the model learned to predict."""
        if name in self._blocks:
            block = self._blocks[name]
            columns = tuple(replace(column, role="label") for column in block.columns)
            self._blocks[name] = replace(block, columns=columns)

    def gathered(self) -> Parameters:
        """Return what nobody took: the model's own input first, else what was made last."""
        ends = [name for name in self._blocks if name not in self._taken]
        first = self.features if self.features in ends else next(reversed(ends), "")
        ends.sort(key=lambda name: name != first)
        alone = tuple(dict.fromkeys(self._constant))
        why = "training had no spread here, so the pipeline makes every value the same"
        warnings = [ParameterWarning("constant", why, alone)] if alone else []
        columns = [column for name in ends for column in self._blocks[name].columns]
        return build_parameters(self._source, columns, notes=self.notes, warnings=warnings)


Transformer = Callable[[Stage, Flow], None]


def run(
    source: ParameterSource, stages: Sequence[Stage], known: Mapping[str, Transformer], flow: Flow
) -> Parameters:
    """Let every stage work on the columns; what is no transformer of ours is named."""
    if not stages:
        raise source.error("is a pipeline without a stage: nothing that could be audited")
    for stage in stages:
        transformer = known.get(stage.kind)
        if transformer is not None:
            transformer(stage, flow)
        elif _is_model(stage):
            _skip(stage, flow)
        elif not stage.outputs:
            flow.notes.append(f"{stage.kind}: nothing known of it, left out")
        else:
            flow.lose(stage, f"{stage.kind} has no per-feature form")
    return flow.gathered()


def _is_model(stage: Stage) -> bool:
    return "featuresCol" in stage.settings or stage.package.endswith(
        (".classification", ".regression", ".clustering", ".recommendation", ".fpm")
    )


def _skip(stage: Stage, flow: Flow) -> None:
    flow.notes.append(f"{stage.kind}: a model, left out")
    flow.features = stage.word("featuresCol", "features")
    flow.label(stage.word("labelCol", "label"))
