"""The columns of a Spark table, by name, while the pipeline's stages are applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.features.types import Parameters, ParameterWarning
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.spark.stage import Stage

MAX_COLUMNS = 150_000
"""Columns that all stages together may create: a few bytes of a file may announce millions."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of Spark's table: a scalar column, or a vector of columns."""

    columns: tuple[PipelineColumn, ...]
    vector: bool = False
    exact: bool = True
    """Whether `columns` are the vector's dimensions one by one, and not only what they are made
    of."""


class SparkTable:
    """The columns so far, which of them later stages use, and notes."""

    def __init__(self, source: ParameterSource) -> None:
        """Create an empty table; a name that no stage creates is a raw column."""
        self.notes: list[str] = []
        self.queries: list[str] = []
        """Statements of the SQLTransformers so far."""
        self.features = ""
        """The column that the model uses, if a stage names it; else empty."""
        self._source = source
        self._columns: dict[str, TableColumn] = {}
        self._used: set[str] = set()
        self._constants: list[str] = []
        self._created = 0

    def column(self, name: str) -> TableColumn:
        """Use a column; a name that no stage creates is a raw column."""
        self._used.add(name)
        if name in self._columns:
            return self._columns[name]
        for query in self.queries:
            if re.search(rf"(?i)\bas\s+`?{re.escape(name)}\b", query):
                return TableColumn(
                    (PipelineColumn(name).untestable("SQLTransformer has no per-feature form"),)
                )
        return TableColumn((PipelineColumn(name),))

    def dimensions(self, stage: Stage, size: int) -> list[PipelineColumn]:
        """Use the dimensions of a stage's input, a vector of `size` columns.

        A vector that no stage assembles has the user's names, or `features[3]`.
        """
        name = stage.input
        if name not in self._columns:
            self._used.add(name)
            if self._source.names:
                return [PipelineColumn(feature) for feature in self._source.names_for(size)]
            self.notes.append(
                f"no stage says what the {size:,} dimensions of {name} are: they are called"
                f" {name}[0] to {name}[{size - 1}]; --names names them"
            )
            return [PipelineColumn(f"{name}[{i}]") for i in range(size)]
        columns = self.column(name).columns
        if len(columns) == size:
            return list(columns)
        reason = f"{stage.kind} has {size:,} values for {len(columns):,} known columns of {name}"
        return [column.untestable(reason) for column in columns]

    def scalars(self, stage: Stage) -> list[PipelineColumn]:
        """Use a stage's inputs, each a single column; untestable if one is a vector."""
        reason = f"{stage.kind} of a vector has no per-feature form"
        columns = []
        for name in stage.inputs:
            table_column = self.column(name)
            column = table_column.columns[0] if table_column.columns else PipelineColumn(name)
            columns.append(column.untestable(reason) if table_column.vector else column)
        return columns

    def set_column(
        self, name: str, columns: Sequence[PipelineColumn], *, vector: bool, exact: bool = True
    ) -> None:
        """Create a column; the dimensions of a vector are served as `name[3]`.

        ParameterError for more than MAX_COLUMNS columns.
        """
        self._created += len(columns)
        if self._created > MAX_COLUMNS:
            raise self._source.error(f"makes more than {MAX_COLUMNS:,} columns, too many to follow")
        self._used.discard(name)
        self._columns.pop(name, None)  # so that the column created last is last
        served = (
            replace(column, served=f"{name}[{i}]" if vector and exact else name)
            for i, column in enumerate(columns)
        )
        self._columns[name] = TableColumn(tuple(served), vector, exact)

    def untestable(self, stage: Stage, reason: str) -> None:
        """Create a stage's outputs as columns that are not testable."""
        columns = [c.untestable(reason) for name in stage.inputs for c in self.column(name).columns]
        for name in stage.outputs:
            self.set_column(name, columns, vector=True, exact=False)

    def add_constant(self, column: PipelineColumn) -> None:
        """Note a column that was constant in training, which Spark makes constant."""
        self._constants.append(column.feature)

    def mark_label(self, name: str) -> None:
        """Mark the column that the model predicts."""
        if name in self._columns:
            table_column = self._columns[name]
            columns = tuple(replace(column, role="label") for column in table_column.columns)
            self._columns[name] = replace(table_column, columns=columns)

    def parameters(self) -> Parameters:
        """Return the columns that no stage uses: the model's input first, then the others."""
        final_names = [name for name in self._columns if name not in self._used]
        model_input = (
            self.features if self.features in final_names else next(reversed(final_names), "")
        )
        final_names.sort(key=lambda name: name != model_input)
        constants = tuple(dict.fromkeys(self._constants))
        reason = "training had no spread here, so the pipeline makes every value the same"
        warnings = [ParameterWarning("constant", {"text": reason}, constants)] if constants else []
        columns = [column for name in final_names for column in self._columns[name].columns]
        return build_parameters(
            self._source, columns, notes=self.notes, warnings=warnings, fitted=True
        )


Transformer = Callable[[Stage, SparkTable], None]
"""Applies a stage to the table."""


def apply_stages(
    source: ParameterSource,
    stages: Sequence[Stage],
    transformers: Mapping[str, Transformer],
    table: SparkTable,
) -> Parameters:
    """Apply every stage to the table and return the parameters; unknown stages are noted."""
    if not stages:
        raise source.error("is a pipeline without a stage: nothing that could be audited")
    for stage in stages:
        transformer = transformers.get(stage.kind)
        if transformer is not None:
            transformer(stage, table)
        elif _is_model(stage):
            _skip_model(stage, table)
        elif not stage.outputs:
            table.notes.append(f"{stage.kind}: nothing known of it, left out")
        else:
            table.untestable(stage, f"{stage.kind} has no per-feature form")
    return table.parameters()


def _is_model(stage: Stage) -> bool:
    """Return whether a stage is a model and no transformer."""
    return "featuresCol" in stage.settings or stage.package.endswith(
        (".classification", ".regression", ".clustering", ".recommendation", ".fpm")
    )


def _skip_model(stage: Stage, table: SparkTable) -> None:
    table.notes.append(f"{stage.kind}: a model, left out")
    table.features = stage.word("featuresCol", "features")
    table.mark_label(stage.word("labelCol", "label"))
