"""Read PMML: the fields of a model, their ranges, and how they are derived and normalized."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from skewcheck.features.steps import Cast, Clip, Impute, Robust, Step, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters, Reference
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pmml.elements import Document, Element, parse
from skewcheck.parameters.pmml.expressions import Fields, is_numeric
from skewcheck.parameters.source import FormatReader, ParameterSource

_ROOT = re.compile(rb"<(\w+:)?PMML[\s>/]")
_NOT_EXPRESSIONS = frozenset({"Extension", "Value", "Interval"})
_FEATURE_USAGES = frozenset({"active", ""})
_STANDARD_SCALER_PREFIX = "standardScaler("
"""Prefix of the names that sklearn2pmml gives a StandardScaler's output, whose arithmetic alone
could be another scaler's."""
_LABEL_USAGES = frozenset({"target", "predicted"})


def recognised(source: ParameterSource) -> bool:
    """Return whether the content starts as an XML file with the root PMML."""
    begin = source.content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return begin.startswith(b"<") and _ROOT.search(begin) is not None


def read(source: ParameterSource) -> Parameters:
    """Return the steps applied to each field before the model, which is left out."""
    document = parse(source)
    if not document.elements_named("DataDictionary"):
        raise source.error(
            "has no DataDictionary, which names the fields of a PMML file: export the whole model"
            " again, or give the file of the scaler"
        )
    derived = [
        field
        for name in ("TransformationDictionary", "LocalTransformations")
        for group in document.elements_named(name)
        for field in group.children_named("DerivedField")
    ]
    neural = [
        field
        for group in document.elements_named("NeuralInputs")
        for item in group.children_named("NeuralInput")
        for field in item.children_named("DerivedField")
    ]
    functions = [
        function
        for group in document.elements_named("TransformationDictionary")
        for function in group.children_named("DefineFunction")
    ]
    own_functions = frozenset(function.get("name") for function in functions)
    fields = Fields(source, [*derived, *neural], own_functions)
    labels = _declare(fields, document)
    for field in derived:
        fields.add(field, _derived(fields, field, field.get("name")))
    inputs = [column for field in neural for column in _derived(fields, field, "")]
    outputs = [
        c
        for n, field_columns in fields.columns.items()
        if n not in fields.read
        for c in field_columns
    ]
    notes = [f"{model}: a model, left out" for model in document.models]
    return build_parameters(source, [*inputs, *outputs, *labels], notes=notes)


def _declare(fields: Fields, document: Document) -> list[PipelineColumn]:
    """Declare the fields that the model uses; return those that it predicts."""
    usage_by_name = {
        e.get("name"): e
        for group in document.elements_named("MiningSchema")[:1]
        for e in group.children
    }
    labels = []
    for group in document.elements_named("DataDictionary"):
        for field in group.children_named("DataField"):
            usage_element = usage_by_name.get(field.get("name"))
            if usage_by_name and usage_element is None:
                continue
            usage = usage_element.get("usageType") if usage_element is not None else ""
            column = _column(fields, field)
            if usage in _LABEL_USAGES:
                labels.append(replace(column, role="label", untested=None))
            elif usage in _FEATURE_USAGES:
                after_treatment = (
                    column
                    if usage_element is None
                    else _after_mining_schema(fields, column, field, usage_element)
                )
                fields.columns[column.feature] = [after_treatment]
    return labels


def _column(fields: Fields, field: Element) -> PipelineColumn:
    if not field.get("name"):
        raise fields.error(field, "has no name")
    is_continuous = field.get("optype") == "continuous"
    column = PipelineColumn(
        field.get("name"), type="numeric" if is_continuous else "categorical",
        reference=_reference(fields, field, continuous=is_continuous),
    )  # fmt: skip
    missing_codes = [
        v.get("value") for v in field.children_named("Value") if v.get("property") == "missing"
    ]
    if missing_codes:
        return column.untestable(
            f"{missing_codes[0]!r} stands for a missing value: no step says so"
        )
    return column


def _reference(fields: Fields, field: Element, *, continuous: bool) -> Reference | None:
    """Return the range or the levels that a field declares, without counts."""
    if continuous:
        intervals = [
            (fields.number(e, "leftMargin"), fields.number(e, "rightMargin"))
            for e in field.children_named("Interval")
        ]
        low = min((-math.inf if a is None else a for a, _ in intervals), default=-math.inf)
        high = max((math.inf if b is None else b for _, b in intervals), default=math.inf)
        finite = math.isfinite(low) and math.isfinite(high)
        return NumericReference(0, min=low, max=high) if finite and low <= high else None
    levels = [
        e.get("value")
        for e in field.children_named("Value")
        if e.get("property", "valid") == "valid"
    ]
    return CategoricalReference(0, counts=dict.fromkeys(levels, 0)) if levels else None


def _after_mining_schema(
    fields: Fields, column: PipelineColumn, field: Element, usage: Element
) -> PipelineColumn:
    """Return the column after the mining schema's treatment of outliers and nulls."""
    has_domain = bool(field.children_named("Interval") or field.children_named("Value"))
    if has_domain and usage.get("invalidValueTreatment") in ("asMissing", "asValue"):
        return column.untestable("values outside of what is declared are replaced: no step does")
    source = f"line {usage.line}"
    match usage.get("outliers", "asIs"):
        case "asMissingValues":
            return column.untestable("outliers become missing: no step does")
        case "asExtremeValues":
            bounds = fields.number(usage, "lowValue"), fields.number(usage, "highValue")
            column = column.then(Clip(*bounds), source=source)
    fill_text = usage.attributes.get("missingValueReplacement")
    if fill_text is None:
        return column
    value = fields.number(usage, "missingValueReplacement") if is_numeric(column) else fill_text
    return column if value is None else column.then(Impute(value), source=source)


def _derived(fields: Fields, field: Element, name: str) -> list[PipelineColumn]:
    expression = next((e for e in field.children if e.name not in _NOT_EXPRESSIONS), None)
    if expression is None:
        raise fields.error(field, "has no expression")
    columns = fields.value(expression)
    if field.get("dataType") == "float":
        columns = [c.then(Cast("float32")) if _is_number_column(c) else c for c in columns]
    if name.startswith(_STANDARD_SCALER_PREFIX):
        columns = [replace(c, steps=_as_zscore(c.steps)) for c in columns]
    return [replace(c, served=name) for c in columns] if name else columns


def _as_zscore(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps that end in a robust scaling with a z-score instead."""
    match steps:
        case (*before, Robust(center, scale)):
            return *before, ZScore(center, scale)
    return steps


def _is_number_column(column: PipelineColumn) -> bool:
    """Return whether a column is a numeric column of known type."""
    return column.level is None and column.type is not None and is_numeric(column)


READER = FormatReader(recognised, read)
