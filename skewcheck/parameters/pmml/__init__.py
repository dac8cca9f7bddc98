"""PMML: the fields of a model, their ranges, and how they are derived and normalized."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from skewcheck.features.steps import Cast, Clip, Impute, Robust, Step, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters, Reference
from skewcheck.parameters.columns import PipelineColumn, build_parameters
from skewcheck.parameters.pmml.elements import Document, Element, parsed
from skewcheck.parameters.pmml.expressions import Fields, numeric
from skewcheck.parameters.source import ParameterSource, Reader

_ROOT = re.compile(rb"<(\w+:)?PMML[\s>/]")
_NO_EXPRESSION = frozenset({"Extension", "Value", "Interval"})
_FEATURES = frozenset({"active", ""})
_STANDARD = "standardScaler("
"""How sklearn2pmml names what a StandardScaler made: the arithmetic alone does not tell it."""
_LABELS = frozenset({"target", "predicted"})


def recognised(source: ParameterSource) -> bool:
    """Return whether the content begins as an XML file with the root PMML."""
    begin = source.content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return begin.startswith(b"<") and _ROOT.search(begin) is not None


def read(source: ParameterSource) -> Parameters:
    """Return what is done to each field before the model, whose own numbers are left out."""
    document = parsed(source)
    derived = [
        field
        for name in ("TransformationDictionary", "LocalTransformations")
        for group in document.of(name)
        for field in group.all("DerivedField")
    ]
    neural = [
        field
        for group in document.of("NeuralInputs")
        for item in group.all("NeuralInput")
        for field in item.all("DerivedField")
    ]
    functions = [
        function
        for group in document.of("TransformationDictionary")
        for function in group.all("DefineFunction")
    ]
    own = frozenset(function.get("name") for function in functions)
    fields = Fields(source, [*derived, *neural], own)
    labels = _declare(fields, document)
    for field in derived:
        fields.add(field, _derived(fields, field, field.get("name")))
    inputs = [column for field in neural for column in _derived(fields, field, "")]
    ends = [c for n, some in fields.columns.items() if n not in fields.read for c in some]
    notes = [f"{model}: a model, left out" for model in document.models]
    return build_parameters(source, [*inputs, *ends, *labels], notes=notes)


def _declare(fields: Fields, document: Document) -> list[PipelineColumn]:
    """Declare the fields that the model takes; return those that it predicts."""
    mining = {e.get("name"): e for group in document.of("MiningSchema")[:1] for e in group.children}
    labels = []
    for group in document.of("DataDictionary"):
        for field in group.all("DataField"):
            use = mining.get(field.get("name"))
            if mining and use is None:
                continue
            usage = use.get("usageType") if use is not None else ""
            column = _column(fields, field)
            if usage in _LABELS:
                labels.append(replace(column, role="label", untested=None))
            elif usage in _FEATURES:
                treated = column if use is None else _treated(fields, column, field, use)
                fields.columns[column.feature] = [treated]
    return labels


def _column(fields: Fields, field: Element) -> PipelineColumn:
    if not field.get("name"):
        raise fields.error(field, "has no name")
    continuous = field.get("optype") == "continuous"
    column = PipelineColumn(
        field.get("name"), type="numeric" if continuous else "categorical",
        reference=_reference(fields, field, continuous=continuous),
    )  # fmt: skip
    stand_ins = [v.get("value") for v in field.all("Value") if v.get("property") == "missing"]
    if stand_ins:
        return column.untestable(f"{stand_ins[0]!r} stands for a missing value: no step says so")
    return column


def _reference(fields: Fields, field: Element, *, continuous: bool) -> Reference | None:
    """Return the range or the levels that a field declares; nothing was counted."""
    if continuous:
        ends = [
            (fields.number(e, "leftMargin"), fields.number(e, "rightMargin"))
            for e in field.all("Interval")
        ]
        low = min((-math.inf if a is None else a for a, _ in ends), default=-math.inf)
        high = max((math.inf if b is None else b for _, b in ends), default=math.inf)
        finite = math.isfinite(low) and math.isfinite(high)
        return NumericReference(0, min=low, max=high) if finite and low <= high else None
    levels = [e.get("value") for e in field.all("Value") if e.get("property", "valid") == "valid"]
    return CategoricalReference(0, counts=dict.fromkeys(levels, 0)) if levels else None


def _treated(
    fields: Fields, column: PipelineColumn, field: Element, use: Element
) -> PipelineColumn:
    """Return the column after what the mining schema does to outliers and missing values."""
    declared = bool(field.all("Interval") or field.all("Value"))
    if declared and use.get("invalidValueTreatment") in ("asMissing", "asValue"):
        return column.untestable("values outside of what is declared are replaced: no step does")
    source = f"line {use.line}"
    match use.get("outliers", "asIs"):
        case "asMissingValues":
            return column.untestable("outliers become missing: no step does")
        case "asExtremeValues":
            ends = fields.number(use, "lowValue"), fields.number(use, "highValue")
            column = column.then(Clip(*ends), source=source)
    fill = use.attributes.get("missingValueReplacement")
    if fill is None:
        return column
    value = fields.number(use, "missingValueReplacement") if numeric(column) else fill
    return column if value is None else column.then(Impute(value), source=source)


def _derived(fields: Fields, field: Element, name: str) -> list[PipelineColumn]:
    expression = next((e for e in field.children if e.name not in _NO_EXPRESSION), None)
    if expression is None:
        raise fields.error(field, "has no expression")
    columns = fields.value(expression)
    if field.get("dataType") == "float":
        columns = [c.then(Cast("float32")) if _narrowed(c) else c for c in columns]
    if name.startswith(_STANDARD):
        columns = [replace(c, steps=_standard(c.steps)) for c in columns]
    return [replace(c, served=name) for c in columns] if name else columns


def _standard(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    match steps:
        case (*before, Robust(center, scale)):
            return *before, ZScore(center, scale)
    return steps


def _narrowed(column: PipelineColumn) -> bool:
    return column.level is None and column.type is not None and numeric(column)


READER = Reader(recognised, read)
