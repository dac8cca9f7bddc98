"""Keras' preprocessing layers as steps.

Semantics: Keras 3, keras.layers: Normalization divides by max(sqrt(variance), epsilon()) with
epsilon() 1e-7; Rescaling is x * scale + offset; Discretization is numpy.digitize.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps import Affine, Buckets, Log, Log1p, OneHot, Vocabulary, ZScore
from skewcheck.features.types import ParameterWarning
from skewcheck.logs.arrays import label
from skewcheck.parameters.arithmetic import Steps, arithmetic_steps
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.keras.layer import Layer
from skewcheck.parameters.keras.saved import Saved

EPSILON = 1e-7
Columns = tuple[PipelineColumn, ...]
Result = Columns | str
"""What comes out; a reason where it cannot be reapplied."""
_UNLEARNED = "what it learned is not in this file: save the whole model as .keras"
_SIGNS = MappingProxyType({
    "Subtract": "-", "Add": "+", "Multiply": "*", "TrueDivide": "/", "Divide": "/",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A layer with the columns that it takes."""

    layer: Layer
    columns: Columns
    saved: Saved
    given: Sequence[Columns | float]
    """Tensors and numbers in their order."""
    warnings: list[ParameterWarning]

    def spread(self, numbers: NDArray[np.float64]) -> list[float] | None:
        """Return a number for each column; None where they do not fit."""
        flat = [float(value) for value in numbers.ravel()]
        if len(flat) == 1:
            return flat * len(self.columns)
        return flat if len(flat) == len(self.columns) else None

    def each(self, steps: Sequence[Steps], where: str) -> Columns:
        """Return the columns after steps of their own, numbers of the setting `where`."""
        many = len(self.columns) > 1
        return tuple(
            column.then_merged(more, f"{self.layer.name}.{where}" + (f"[{i}]" if many else ""))
            for i, (column, more) in enumerate(zip(self.columns, steps, strict=True))
        )


def normalization(call: Call) -> Result:
    """Normalization: learned, or given with the layer; `invert` undoes it."""
    layer = call.layer
    mean, variance = layer.numbers("mean"), layer.numbers("variance")
    if mean is None or variance is None:
        held = call.saved.learned(layer.name, layer.usual)
        mean, variance = held.get("mean", held.get("0")), held.get("variance", held.get("1"))
    if mean is None or variance is None:
        return f"Normalization {layer.name}: {_UNLEARNED}"
    means, variances = call.spread(mean), call.spread(variance)
    if means is None or variances is None:
        return f"Normalization has {mean.size:,} means for {len(call.columns):,} columns"
    stds = [float(np.maximum(np.sqrt(max(v, 0.0)), EPSILON)) for v in variances]
    if alone := tuple(c.feature for c, v in zip(call.columns, variances, strict=True) if v == 0):
        why = "a variance of 0: training had one value, so Keras divides by 1e-7"
        call.warnings.append(ParameterWarning("constant", why, alone))
    pairs = zip(means, stds, strict=True)
    if layer.flag("invert"):
        return call.each([(Affine(-m / s, s),) for m, s in pairs], "mean")
    return call.each([(ZScore(m, s),) for m, s in pairs], "mean")


def rescaling(call: Call) -> Result:
    """Rescaling."""
    scale, offset = call.layer.numbers("scale", 1.0), call.layer.numbers("offset", 0.0)
    scales = call.spread(scale) if scale is not None else None
    offsets = call.spread(offset) if offset is not None else None
    if scales is None or offsets is None:
        return f"Rescaling has other numbers than its {len(call.columns):,} columns"
    if 0 in scales:
        return "Rescaling by 0: no step does"
    pairs = zip(scales, offsets, strict=True)
    return call.each([(Affine(-o / s if o else 0.0, s),) for s, o in pairs], "scale")


def discretization(call: Call) -> Result:
    """Discretization; its one-hot form has no step, because that takes levels."""
    edges = call.layer.numbers("bin_boundaries")
    if edges is None:
        return f"Discretization {call.layer.name}: {_UNLEARNED}"
    if call.layer.text("output_mode", "int") != "int":
        return "Discretization into columns of 0 and 1: no step does"
    steps = (Buckets(tuple(float(edge) for edge in edges)),)
    return call.each([steps] * len(call.columns), "bin_boundaries")


def lookup(call: Call) -> Result:
    """StringLookup and IntegerLookup: a code, or a column, for each level and for strangers."""
    layer = call.layer
    mode, strangers = layer.text("output_mode", "int"), layer.count("num_oov_indices", 1)
    known = _vocabulary(call)
    if known is None:
        return f"{layer.kind} {layer.name}: {_UNLEARNED}"
    if layer.flag("invert"):
        return f"{layer.kind} from codes to levels: no step does"
    if strangers > 1:
        return f"{layer.kind} hashes strangers into {strangers:,} codes: no step does"
    mask = label(layer.settings["mask_token"].value) if layer.given("mask_token") else None
    other = label(layer.settings["oov_token"].value) if layer.given("oov_token") else "[UNK]"
    head = [*([mask] if mask is not None and mode == "int" else []), *([other] * strangers)]
    learned = known[len(head) :] if known[: len(head)] == head else known
    values = tuple(str(level) for level in (*head, *learned))
    place = f"{layer.name}.vocabulary"
    if mode == "int":
        code = float(len(head) - 1) if strangers else None
        return tuple(c.then(Vocabulary(values, code), source=place) for c in call.columns)
    if mode == "tf_idf" or len(call.columns) > 1 or mask is not None:
        return f"{layer.kind} with output_mode {mode} of more than one value: no step does"
    step = OneHot(values, values[0] if strangers else None)
    return tuple(call.columns[0].onehot(step, place))


def _vocabulary(call: Call) -> list[str | None] | None:
    """Return the levels; those of a learned one begin with the mask and strangers."""
    given = call.layer.given("vocabulary")
    if given is not None:
        if not isinstance(given.value, list):
            return None
        return [label(item.free()) for item in given.items()]
    text = call.saved.vocabularies.get(call.layer.usual)
    if text is None:
        return None
    lines: list[str | None] = list(text.splitlines())
    while lines and lines[-1] == "":
        lines.pop()
    return lines


def encoding(call: Call) -> Result:
    """CategoryEncoding of one code: a column for each."""
    count = call.layer.count("num_tokens", 0)
    if len(call.columns) != 1:
        return "CategoryEncoding of several codes at once: no step does"
    column, place = call.columns[0], f"{call.layer.name}.num_tokens"
    if count > 100_000:
        return f"CategoryEncoding of {count:,} codes: more than any log's levels"
    if column.untested is not None:
        return (column,)
    if not column.steps:
        return tuple(column.onehot(OneHot(tuple(map(str, range(count)))), place))
    match column.steps:
        case (Vocabulary(values, unknown),) if len(values) == count and (
            unknown is None or 0 <= unknown < count
        ):
            other = None if unknown is None else values[int(unknown)]
            return tuple(replace(column, steps=()).onehot(OneHot(values, other), place))
    return "CategoryEncoding of codes that are not of a lookup just before it: no step does"


def arithmetic(call: Call) -> Result:
    """Arithmetic of keras.ops with a number."""
    if len(call.given) != 2 or not any(isinstance(item, float) for item in call.given):
        return f"{call.layer.kind} of several columns has no per-feature form"
    first, second = (item if isinstance(item, float) else None for item in call.given)
    steps = arithmetic_steps(_SIGNS[call.layer.kind], (first, second))
    if steps is None:
        return f"{call.layer.kind} with 0, or of a number by a column: no step does"
    return call.each([steps] * len(call.columns), call.layer.kind.lower())


def curve(call: Call) -> Result:
    """Log and Log1p of keras.ops."""
    steps: Steps = (Log(),) if call.layer.kind == "Log" else (Log1p(),)
    return call.each([steps] * len(call.columns), call.layer.kind.lower())


def same(call: Call) -> Result:
    """Take columns together or as they are."""
    return tuple(c for item in call.given if not isinstance(item, float) for c in item)


LAYERS: Mapping[str, Callable[[Call], Result]] = MappingProxyType({
    "Normalization": normalization, "Rescaling": rescaling, "Discretization": discretization,
    "StringLookup": lookup, "IntegerLookup": lookup, "CategoryEncoding": encoding,
    "Subtract": arithmetic, "Add": arithmetic, "Multiply": arithmetic, "TrueDivide": arithmetic,
    "Divide": arithmetic, "Log": curve, "Log1p": curve, "Concatenate": same, "Flatten": same,
    "Reshape": same, "Dropout": same, "Cast": same, "Identity": same, "ExpandDims": same,
})  # fmt: skip
HASHED = frozenset(
    ("Hashing", "HashedCrossing", "TextVectorization", "Lambda", "TFOpLambda", "UnitNormalization",
     "SlicingOpLambda", "GetItem", "Where", "Maximum", "Minimum", "Sqrt", "Power",
     "CategoryCrossing", "Resizing", "CenterCrop", "STFTSpectrogram", "MelSpectrogram")
)  # fmt: skip
"""Layers before the model that no step says."""
