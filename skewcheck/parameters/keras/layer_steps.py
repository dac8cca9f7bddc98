"""Convert Keras' preprocessing layers to steps.

Semantics: Keras 3, keras.layers: Normalization divides by max(sqrt(variance), epsilon()) with
epsilon() 1e-7; Rescaling is x * scale + offset; Discretization is numpy.digitize.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps import Affine, Buckets, Log1p, Logarithm, OneHot, Vocabulary, ZScore
from skewcheck.features.types import ParameterWarning
from skewcheck.logs.arrays import label
from skewcheck.parameters.arithmetic import Steps, arithmetic_steps
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.keras.layer import Layer
from skewcheck.parameters.keras.saved_model import SavedModel

EPSILON = 1e-7
"""Keras' smallest divisor."""
Columns = tuple[PipelineColumn, ...]
Result = Columns | str
"""The output columns, or the reason why the layer is not testable."""
_NOT_LEARNED = "what it learned is not in this file: save the whole model as .keras"
_OPERATORS = MappingProxyType({
    "Subtract": "-", "Add": "+", "Multiply": "*", "TrueDivide": "/", "Divide": "/",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class LayerCall:
    """A layer and its arguments."""

    layer: Layer
    columns: Columns
    saved: SavedModel
    arguments: Sequence[Columns | float]
    """Columns and numbers, in order."""
    warnings: list[ParameterWarning]

    def per_column(self, numbers: NDArray[np.float64]) -> list[float] | None:
        """Return a number for each column; None if the count does not fit."""
        flat = [float(value) for value in numbers.ravel()]
        if len(flat) == 1:
            return flat * len(self.columns)
        return flat if len(flat) == len(self.columns) else None

    def with_steps(self, steps: Sequence[Steps], setting: str) -> Columns:
        """Return the columns after their own steps, with numbers of the given setting."""
        has_several = len(self.columns) > 1
        return tuple(
            column.then_merged(
                column_steps, f"{self.layer.name}.{setting}" + (f"[{i}]" if has_several else "")
            )
            for i, (column, column_steps) in enumerate(zip(self.columns, steps, strict=True))
        )


def normalization(call: LayerCall) -> Result:
    """Normalization: (x - mean) / std, learned or given; `invert` undoes it."""
    layer = call.layer
    mean, variance = layer.numbers("mean"), layer.numbers("variance")
    learned = mean is None or variance is None
    if learned:
        arrays = call.saved.learned(layer.name, layer.default_name)
        mean, variance = (
            arrays.get("mean", arrays.get("0")),
            arrays.get("variance", arrays.get("1")),
        )
    if mean is None or variance is None:
        return f"Normalization {layer.name}: {_NOT_LEARNED}"
    means, variances = call.per_column(mean), call.per_column(variance)
    if means is None or variances is None:
        return f"Normalization has {mean.size:,} means for {len(call.columns):,} columns"
    stds = [math.sqrt(max(variance, 0.0)) for variance in variances]
    if constant := tuple(c.feature for c, v in zip(call.columns, variances, strict=True) if v == 0):
        reason = "a variance of 0: training had one value, so Keras divides by 1e-7"
        call.warnings.append(ParameterWarning("constant", {"text": reason}, constant))
    pairs = zip(means, stds, strict=True)
    if layer.flag("invert"):
        divisors = [(m, max(s, EPSILON)) for m, s in pairs]
        return call.with_steps([(Affine(-m / s, s),) for m, s in divisors], "mean")
    outputs = call.with_steps([(ZScore(m, s, EPSILON, "floor"),) for m, s in pairs], "mean")
    return tuple(replace(column, fitted=learned) for column in outputs)


def rescaling(call: LayerCall) -> Result:
    """Rescaling: x * scale + offset."""
    scale, offset = call.layer.numbers("scale", 1.0), call.layer.numbers("offset", 0.0)
    scales = call.per_column(scale) if scale is not None else None
    offsets = call.per_column(offset) if offset is not None else None
    if scales is None or offsets is None:
        return f"Rescaling has other numbers than its {len(call.columns):,} columns"
    if 0 in scales:
        return "Rescaling by 0: no step does"
    pairs = zip(scales, offsets, strict=True)
    return call.with_steps([(Affine(-o / s if o else 0.0, s),) for s, o in pairs], "scale")


def discretization(call: LayerCall) -> Result:
    """Discretization: the bucket's index; its one-hot form is not testable."""
    edges = call.layer.numbers("bin_boundaries")
    if edges is None:
        return f"Discretization {call.layer.name}: {_NOT_LEARNED}"
    if call.layer.text("output_mode", "int") != "int":
        return "Discretization into columns of 0 and 1: no step does"
    steps = (Buckets(tuple(float(edge) for edge in edges)),)
    return call.with_steps([steps] * len(call.columns), "bin_boundaries")


def index_lookup(call: LayerCall) -> Result:
    """StringLookup and IntegerLookup: a code or a column per level and for unseen levels."""
    layer = call.layer
    mode, unknown_count = layer.text("output_mode", "int"), layer.count("num_oov_indices", 1)
    vocabulary = _vocabulary(call)
    if vocabulary is None:
        return f"{layer.kind} {layer.name}: {_NOT_LEARNED}"
    if layer.flag("invert"):
        return f"{layer.kind} from codes to levels: no step does"
    if unknown_count > 1:
        return f"{layer.kind} hashes strangers into {unknown_count:,} codes: no step does"
    mask_level = label(layer.settings["mask_token"].value) if layer.setting("mask_token") else None
    unknown_level = (
        label(layer.settings["oov_token"].value) if layer.setting("oov_token") else "[UNK]"
    )
    reserved = [
        *([mask_level] if mask_level is not None and mode == "int" else []),
        *([unknown_level] * unknown_count),
    ]
    levels = vocabulary[len(reserved) :] if vocabulary[: len(reserved)] == reserved else vocabulary
    values = tuple(str(level) for level in (*reserved, *levels))
    source = f"{layer.name}.vocabulary"
    if mode == "int":
        code = float(len(reserved) - 1) if unknown_count else None
        return tuple(c.then(Vocabulary(values, code), source=source) for c in call.columns)
    if mode == "tf_idf" or len(call.columns) > 1 or mask_level is not None:
        return f"{layer.kind} with output_mode {mode} of more than one value: no step does"
    step = OneHot(values, values[0] if unknown_count else None)
    return tuple(call.columns[0].onehot(step, source))


def _vocabulary(call: LayerCall) -> list[str | None] | None:
    """Return the levels; a learned vocabulary begins with the mask and the unknown level."""
    setting = call.layer.setting("vocabulary")
    if setting is not None:
        if not isinstance(setting.value, list):
            return None
        return [label(item.free()) for item in setting.items()]
    text = call.saved.vocabularies.get(call.layer.default_name)
    if text is None:
        return None
    lines: list[str | None] = list(text.splitlines())
    while lines and lines[-1] == "":
        lines.pop()
    return lines


def category_encoding(call: LayerCall) -> Result:
    """CategoryEncoding of one code: a column per code."""
    count = call.layer.count("num_tokens", 0)
    if len(call.columns) != 1:
        return "CategoryEncoding of several codes at once: no step does"
    column, source = call.columns[0], f"{call.layer.name}.num_tokens"
    if count > 100_000:
        return f"CategoryEncoding of {count:,} codes: more than any log's levels"
    if column.untested is not None:
        return (column,)
    if not column.steps:
        return tuple(column.onehot(OneHot(tuple(map(str, range(count)))), source))
    match column.steps:
        case (Vocabulary(values, unknown),) if len(values) == count and (
            unknown is None or 0 <= unknown < count
        ):
            unknown_level = None if unknown is None else values[int(unknown)]
            return tuple(replace(column, steps=()).onehot(OneHot(values, unknown_level), source))
    return "CategoryEncoding of codes that are not of a lookup just before it: no step does"


def arithmetic(call: LayerCall) -> Result:
    """Arithmetic of keras.ops with a constant."""
    if len(call.arguments) != 2 or not any(
        isinstance(argument, float) for argument in call.arguments
    ):
        return f"{call.layer.kind} of several columns has no per-feature form"
    first, second = (
        argument if isinstance(argument, float) else None for argument in call.arguments
    )
    steps = arithmetic_steps(_OPERATORS[call.layer.kind], (first, second))
    if steps is None:
        return f"{call.layer.kind} with 0, or of a number by a column: no step does"
    return call.with_steps([steps] * len(call.columns), call.layer.kind.lower())


def logarithm(call: LayerCall) -> Result:
    """Log and Log1p of keras.ops."""
    steps: Steps = (Logarithm(),) if call.layer.kind == "Log" else (Log1p(),)
    return call.with_steps([steps] * len(call.columns), call.layer.kind.lower())


def identity(call: LayerCall) -> Result:
    """Layers that concatenate columns or leave them unchanged."""
    return tuple(
        c for argument in call.arguments if not isinstance(argument, float) for c in argument
    )


LAYERS: Mapping[str, Callable[[LayerCall], Result]] = MappingProxyType(
    {
        "Normalization": normalization,
        "Rescaling": rescaling,
        "Discretization": discretization,
        "StringLookup": index_lookup,
        "IntegerLookup": index_lookup,
        "CategoryEncoding": category_encoding,
        "Subtract": arithmetic,
        "Add": arithmetic,
        "Multiply": arithmetic,
        "TrueDivide": arithmetic,
        "Divide": arithmetic,
        "Log": logarithm,
        "Log1p": logarithm,
        "Concatenate": identity,
        "Flatten": identity,
        "Reshape": identity,
        "Dropout": identity,
        "Cast": identity,
        "Identity": identity,
        "ExpandDims": identity,
    }
)
"""Functions that convert a layer's call to columns, by class."""
UNTESTABLE_LAYERS = frozenset(
    ("Hashing", "HashedCrossing", "TextVectorization", "Lambda", "TFOpLambda", "UnitNormalization",
     "SlicingOpLambda", "GetItem", "Where", "Maximum", "Minimum", "Sqrt", "Power",
     "CategoryCrossing", "Resizing", "CenterCrop", "STFTSpectrogram", "MelSpectrogram")
)  # fmt: skip
"""Preprocessing layers that no step describes."""
