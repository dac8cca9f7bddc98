"""Spark's transformers by class, and those that fill, index, cut, assemble and slice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from skewcheck.features.steps import Buckets, Impute, OneHot, Step, Vocabulary
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.spark import scaling
from skewcheck.parameters.spark.flow import Flow, Transformer
from skewcheck.parameters.spark.stage import WIDEST, Stage, real, texts, vector
from skewcheck.parameters.tree import Node

UNKNOWN = "__unknown"
"""What Spark calls the category of levels that training did not have."""


def _each(stage: Stage, flow: Flow, steps: Sequence[tuple[Sequence[Step], str]]) -> None:
    """Apply to each input its own steps; the text is the key that they stand under."""
    columns = flow.scalars(stage)
    if not len(columns) == len(steps) == len(stage.outputs):
        raise stage.node.error("must have as many inputs as outputs and settings")
    for output, column, (own, key) in zip(stage.outputs, columns, steps, strict=True):
        flow.put(output, [column.then(*own, source=f"{stage.place}.{key}")], vector=False)


def imputer(stage: Stage, flow: Flow) -> None:
    """NaN and nulls become a column's surrogate; other missing values have no step here.

    Spark truncates the surrogate of a column of integers, whose type the model does not tell.
    """
    missing = stage.number("missingValue", math.nan)
    if not math.isnan(missing):
        return flow.lose(stage, f"Imputer replaces {missing:g} as well as nulls: no step does")
    steps = [((Impute(real(stage.found(name))),), f"surrogateDF.{name}") for name in stage.inputs]
    return _each(stage, flow, steps)


def string_indexer(stage: Stage, flow: Flow) -> None:
    """The place of the level among the labels; with `keep`, all others come after the last."""
    if "labelsArray" in stage.data:
        labels = [(texts(item), item.place) for item in stage.data["labelsArray"].items()]
    else:
        labels = [(texts(stage.found("labels")), stage.found("labels").place)]
    keep = stage.word("handleInvalid", "error") == "keep"
    steps = [
        ((Vocabulary(own, float(len(own)) if keep else None),), place.rpartition(".")[2])
        for own, place in labels
    ]
    _each(stage, flow, steps)


def one_hot(stage: Stage, flow: Flow) -> None:
    """A column for each index but the last (`dropLast`), which is all zeros."""
    columns = flow.scalars(stage)
    keep = stage.word("handleInvalid", "error") == "keep"
    drop = stage.flag("dropLast", usual=True)
    sizes = [item.count() for item in stage.data["categorySizes"].items()] if (
        "categorySizes" in stage.data) else [_size(column) for column in columns]  # fmt: skip
    if not len(columns) == len(sizes) == len(stage.outputs):
        raise stage.node.error("must have as many inputs as outputs and category sizes")
    for output, column, size in zip(stage.outputs, columns, sizes, strict=True):
        made = _hot(column, size, keep=keep, drop=drop, source=stage.place)
        if not made:
            flow.notes.append(
                f"{column.feature} has one level, and dropLast leaves no column of it"
            )
        flow.put(output, made, vector=True, exact=all(c.untested is None for c in made))


def _size(column: PipelineColumn) -> int:
    last = column.steps[-1] if column.steps else None
    return _categories(last) if isinstance(last, Vocabulary) else 0


def _categories(indexer: Vocabulary) -> int:
    return len(indexer.values) + (indexer.unknown is not None)


def _hot(
    column: PipelineColumn, size: int, *, keep: bool, drop: bool, source: str
) -> list[PipelineColumn]:
    """Return the columns of an encoder over `size` categories."""
    indexer = column.steps[-1] if column.steps else None
    if isinstance(indexer, Vocabulary) and _categories(indexer) == size:
        kept = indexer.unknown is not None
        levels = [*indexer.values, *([UNKNOWN] if kept else [])]
        before = PipelineColumn(
            column.feature, column.steps[:-1], source=column.source, role=column.role
        )
    elif not column.steps and 0 < size <= WIDEST:
        levels, before, kept = [str(i) for i in range(size)], column, False
    else:
        return [
            column.untestable("OneHotEncoder of what is no index of levels has no per-feature form")
        ]
    if keep:
        levels.append(UNKNOWN if not kept else f"{UNKNOWN}_index")
    levels = levels[:-1] if drop else levels
    if len(set(levels)) < len(levels):
        return [column.untestable(f"OneHotEncoder: {UNKNOWN} is also a level")]
    # What the indexer kept is a level of its own, unless it is the last that is dropped.
    stranger = UNKNOWN if UNKNOWN in levels else None
    return before.onehot(OneHot(tuple(levels), stranger), source) if levels else []


def bucketizer(stage: Stage, flow: Flow) -> None:
    """The number of inner splits that are not above x; with `keep`, NaN is the bucket after.

    The outermost splits are no edges: what lies beyond them is an error in Spark, also with keep.
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
        after = (Impute(float(len(splits) - 1)),) if keep else ()
        steps.append(((Buckets(splits[1:-1]), *after), array.place.rpartition(".")[2]))
    _each(stage, flow, steps)


def binarizer(stage: Stage, flow: Flow) -> None:
    """1 above the threshold, 0 at it and below, and for NaN and nulls."""
    own = stage.settings.get("thresholds")
    some = vector(own) if own is not None else (stage.number("threshold", 0.0),)
    # A value is above the threshold where it is not below the next number after it.
    steps = [(Buckets((float(np.nextafter(x, math.inf)),)), Impute(0.0)) for x in some]
    block = flow.block(stage.input) if len(stage.inputs) == 1 else None
    if block is None or not block.vector:
        return _each(stage, flow, [(both, "threshold") for both in steps * (
            len(stage.inputs) if own is None else 1)])  # fmt: skip
    made = [column.then(*steps[0], source=f"{stage.place}.threshold")
            for column in block.columns]  # fmt: skip
    return flow.put(stage.output, made, vector=True, exact=block.exact)


def assembler(stage: Stage, flow: Flow) -> None:
    """One vector of several columns: it names the dimensions."""
    blocks = [flow.block(name) for name in stage.inputs]
    columns = [column for block in blocks for column in block.columns]
    exact = all(block.exact for block in blocks)
    flow.put(stage.output, columns, vector=True, exact=exact)


def slicer(stage: Stage, flow: Flow) -> None:
    """Some dimensions of a vector, by place."""
    names = stage.settings.get("names")
    block = flow.block(stage.input)
    if (names is not None and names.value) or not block.exact:
        return flow.lose(stage, f"{stage.kind} of names that the pipeline does not know")
    key = "indices" if "indices" in stage.settings else "selectedFeatures"
    places = [item.count() for item in stage.found(key).items()]
    if any(place >= len(block.columns) for place in places):
        why = f"{stage.kind} takes dimensions of {stage.input} that are not known"
        return flow.lose(stage, why)
    return flow.put(stage.output, [block.columns[i] for i in places], vector=True)


def query(stage: Stage, flow: Flow) -> None:
    """Remember a query: columns that it makes cannot be followed."""
    flow.queries.append(stage.word("statement", ""))
    flow.notes.append("SQLTransformer: its columns are not followed")


def nothing(stage: Stage, flow: Flow) -> None:
    """Leave the columns as they are: names, sizes or words change only."""


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
    "SQLTransformer": query,
    "VectorSizeHint": nothing,
    "VectorAttributeRewriter": nothing,
    "ColumnPruner": nothing,
    "IndexToString": nothing,
})  # fmt: skip
