"""Spark's transformers by class, with imputation, indexing, bucketing, assembling and slicing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from skewcheck.features.steps import Buckets, Impute, OneHot, Step, Vocabulary
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.spark import scaling
from skewcheck.parameters.spark.stage import MAX_DIMENSIONS, Stage, any_float, string_items, vector
from skewcheck.parameters.spark.table import SparkTable, Transformer
from skewcheck.parameters.tree import Node

UNKNOWN_LEVEL = "__unknown"
"""Spark's name of the category of unseen levels."""


def _apply_to_each(
    stage: Stage, table: SparkTable, steps: Sequence[tuple[Sequence[Step], str]]
) -> None:
    """Apply to each input its own steps; the text is the key of their setting."""
    columns = table.scalars(stage)
    if not len(columns) == len(steps) == len(stage.outputs):
        raise stage.node.error("must have as many inputs as outputs and settings")
    for output, column, (column_steps, key) in zip(stage.outputs, columns, steps, strict=True):
        table.set_column(
            output, [column.then(*column_steps, source=f"{stage.place}.{key}")], vector=False
        )


def imputer(stage: Stage, table: SparkTable) -> None:
    """NaN and nulls become the column's surrogate; other missing values have no step here.

    Spark truncates the surrogate of an integer column, whose type the model does not contain.
    """
    missing = stage.number("missingValue", math.nan)
    if not math.isnan(missing):
        return table.untestable(
            stage, f"Imputer replaces {missing:g} as well as nulls: no step does"
        )
    steps = [
        ((Impute(any_float(stage.required(name))),), f"surrogateDF.{name}") for name in stage.inputs
    ]
    return _apply_to_each(stage, table, steps)


def string_indexer(stage: Stage, table: SparkTable) -> None:
    """The index of the level in the labels; with `keep`, all others get the next index."""
    if "labelsArray" in stage.data:
        labels = [(string_items(item), item.place) for item in stage.data["labelsArray"].items()]
    else:
        labels = [(string_items(stage.required("labels")), stage.required("labels").place)]
    keep = stage.word("handleInvalid", "error") == "keep"
    steps = [
        ((Vocabulary(levels, float(len(levels)) if keep else None),), place.rpartition(".")[2])
        for levels, place in labels
    ]
    _apply_to_each(stage, table, steps)


def one_hot(stage: Stage, table: SparkTable) -> None:
    """A column per index except the last (`dropLast`), which is all zeros."""
    columns = table.scalars(stage)
    keep = stage.word("handleInvalid", "error") == "keep"
    drop = stage.flag("dropLast", default=True)
    sizes = (
        [item.count() for item in stage.data["categorySizes"].items()]
        if ("categorySizes" in stage.data)
        else [_category_count_of_column(column) for column in columns]
    )
    if not len(columns) == len(sizes) == len(stage.outputs):
        raise stage.node.error("must have as many inputs as outputs and category sizes")
    for output, column, size in zip(stage.outputs, columns, sizes, strict=True):
        encoded = _one_hot_columns(column, size, keep=keep, drop=drop, source=stage.place)
        if not encoded:
            table.notes.append(
                f"{column.feature} has one level, and dropLast leaves no column of it"
            )
        table.set_column(
            output, encoded, vector=True, exact=all(c.untested is None for c in encoded)
        )


def _category_count_of_column(column: PipelineColumn) -> int:
    last = column.steps[-1] if column.steps else None
    return _category_count(last) if isinstance(last, Vocabulary) else 0


def _category_count(indexer: Vocabulary) -> int:
    return len(indexer.values) + (indexer.unknown is not None)


def _one_hot_columns(
    column: PipelineColumn, size: int, *, keep: bool, drop: bool, source: str
) -> list[PipelineColumn]:
    """Return the columns of an encoder with `size` categories."""
    indexer = column.steps[-1] if column.steps else None
    if isinstance(indexer, Vocabulary) and _category_count(indexer) == size:
        has_unknown = indexer.unknown is not None
        levels = [*indexer.values, *([UNKNOWN_LEVEL] if has_unknown else [])]
        raw = PipelineColumn(
            column.feature, column.steps[:-1], source=column.source, role=column.role
        )
    elif not column.steps and 0 < size <= MAX_DIMENSIONS:
        levels, raw, has_unknown = [str(i) for i in range(size)], column, False
    else:
        return [
            column.untestable("OneHotEncoder of what is no index of levels has no per-feature form")
        ]
    if keep:
        levels.append(UNKNOWN_LEVEL if not has_unknown else f"{UNKNOWN_LEVEL}_index")
    levels = levels[:-1] if drop else levels
    if len(set(levels)) < len(levels):
        return [column.untestable(f"OneHotEncoder: {UNKNOWN_LEVEL} is also a level")]
    # The indexer's category of unseen levels is a level, unless it is the dropped last one.
    unknown_column = UNKNOWN_LEVEL if UNKNOWN_LEVEL in levels else None
    return raw.onehot(OneHot(tuple(levels), unknown_column), source) if levels else []


def bucketizer(stage: Stage, table: SparkTable) -> None:
    """The number of inner splits less than or equal to x; with `keep`, NaN is the next bucket.

    The outermost splits are no edges: values beyond them are an error in Spark, also with `keep`.
    """
    arrays: list[Node] = []
    if "splitsArray" in stage.settings:
        arrays = list(stage.settings["splitsArray"].items())
    elif "splits" in stage.settings:
        arrays = [stage.settings["splits"]]
    keep = stage.word("handleInvalid", "error") == "keep"
    steps: list[tuple[Sequence[Step], str]] = []
    for array in arrays:
        splits = vector(array)
        imputation = (Impute(float(len(splits) - 1)),) if keep else ()
        steps.append(((Buckets(splits[1:-1]), *imputation), array.place.rpartition(".")[2]))
    _apply_to_each(stage, table, steps)


def binarizer(stage: Stage, table: SparkTable) -> None:
    """1 above the threshold, 0 at it and below, and for NaN and nulls."""
    threshold_list = stage.settings.get("thresholds")
    thresholds = (
        vector(threshold_list) if threshold_list is not None else (stage.number("threshold", 0.0),)
    )
    # A value is above the threshold if it is at least the next float64.
    steps = [(Buckets((float(np.nextafter(x, math.inf)),)), Impute(0.0)) for x in thresholds]
    table_column = table.column(stage.input) if len(stage.inputs) == 1 else None
    if table_column is None or not table_column.vector:
        return _apply_to_each(
            stage,
            table,
            [
                (threshold_steps, "threshold")
                for threshold_steps in steps * (len(stage.inputs) if threshold_list is None else 1)
            ],
        )
    outputs = [
        column.then(*steps[0], source=f"{stage.place}.threshold") for column in table_column.columns
    ]
    return table.set_column(stage.output, outputs, vector=True, exact=table_column.exact)


def assembler(stage: Stage, table: SparkTable) -> None:
    """One vector of several columns, which names the dimensions."""
    table_columns = [table.column(name) for name in stage.inputs]
    columns = [column for table_column in table_columns for column in table_column.columns]
    exact = all(table_column.exact for table_column in table_columns)
    table.set_column(stage.output, columns, vector=True, exact=exact)


def slicer(stage: Stage, table: SparkTable) -> None:
    """Some dimensions of a vector, by index."""
    names = stage.settings.get("names")
    table_column = table.column(stage.input)
    if (names is not None and names.value) or not table_column.exact:
        return table.untestable(stage, f"{stage.kind} of names that the pipeline does not know")
    key = "indices" if "indices" in stage.settings else "selectedFeatures"
    indices = [item.count() for item in stage.required(key).items()]
    if any(index >= len(table_column.columns) for index in indices):
        reason = f"{stage.kind} takes dimensions of {stage.input} that are not known"
        return table.untestable(stage, reason)
    return table.set_column(stage.output, [table_column.columns[i] for i in indices], vector=True)


def sql_transformer(stage: Stage, table: SparkTable) -> None:
    """Store a query: columns that it creates are not testable."""
    table.queries.append(stage.word("statement", ""))
    table.notes.append("SQLTransformer: its columns are not followed")


def unchanged(stage: Stage, table: SparkTable) -> None:
    """Leave the columns as they are: only names, sizes or attributes change."""


TRANSFORMERS: Mapping[str, Transformer] = MappingProxyType({
    "StandardScalerModel": scaling.standard,
    "MinMaxScalerModel": scaling.min_max,
    "MaxAbsScalerModel": scaling.max_abs,
    "RobustScalerModel": scaling.robust,
    "ElementwiseProduct": scaling.product,
    "ImputerModel": imputer,
    "StringIndexerModel": string_indexer,
    "OneHotEncoderModel": one_hot,
    "OneHotEncoder": one_hot,  # before Spark 3 it was not fitted
    "Bucketizer": bucketizer,
    "Binarizer": binarizer,
    "VectorAssembler": assembler,
    "VectorSlicer": slicer,
    "ChiSqSelectorModel": slicer,
    "UnivariateFeatureSelectorModel": slicer,
    "VarianceThresholdSelectorModel": slicer,
    "SQLTransformer": sql_transformer,
    "VectorSizeHint": unchanged,
    "VectorAttributeRewriter": unchanged,
    "ColumnPruner": unchanged,
    "IndexToString": unchanged,
})  # fmt: skip
"""Transformer functions by Spark class."""
