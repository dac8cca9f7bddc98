"""Convert PMML's expressions to columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from skewcheck.features.steps import Impute, OneHot, Vocabulary
from skewcheck.parameters.arithmetic import Steps, constant_result
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pmml.arithmetic import (
    Bin,
    builtin_steps,
    discretize_steps,
    map_values_steps,
    norm_continuous_steps,
)
from skewcheck.parameters.pmml.elements import Element
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

MAX_COLUMNS = 150_000
"""Columns that all derived fields together may create: a few bytes of a file may announce
millions."""


class Fields:
    """The fields declared so far, and the columns that each consists of."""

    def __init__(
        self, source: ParameterSource, derived: Sequence[Element], own_functions: frozenset[str]
    ) -> None:
        """Create without fields; `own_functions` are the functions that the file defines."""
        self.columns: dict[str, list[PipelineColumn]] = {}
        self.read: set[str] = set()
        """Fields that a later field uses."""
        self._source = source
        self._own_functions = own_functions
        self._levels = _levels_by_field(derived)
        self._created = 0
        self._indicators: dict[str, dict[str | None, list[PipelineColumn]]] = {}

    def add(self, field: Element, columns: list[PipelineColumn]) -> None:
        """Declare a derived field; ParameterError for too many columns."""
        self._created += len(columns)
        if self._created > MAX_COLUMNS:
            raise self.error(field, f"more than {MAX_COLUMNS:,} columns, too many to follow")
        self.columns[field.get("name")] = columns

    def error(self, element: Element, problem: str) -> ParameterError:
        """Return the error about an element."""
        return self._source.error(f"line {element.line}: {element.name}: {problem}")

    def columns_of(self, element: Element, key: str = "field") -> list[PipelineColumn]:
        """Return the columns of the field that an attribute names."""
        name = element.get(key)
        if name not in self.columns:
            raise self.error(element, f"field {name!r} is not declared before it")
        self.read.add(name)
        return self.columns[name]

    def number(self, element: Element, key: str) -> float | None:
        """Return a numeric attribute; None if it is absent."""
        text = element.attributes.get(key)
        return None if text is None else self._float(element, text)

    def _float(self, element: Element, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.error(element, f"must be a finite number, got {text[:40]!r}")
        return number

    def value(self, element: Element) -> list[PipelineColumn]:
        """Return the columns that an expression gives; empty for a constant."""
        result = self._result(element)
        return [] if isinstance(result, float) else result

    def _result(self, element: Element) -> float | list[PipelineColumn]:
        match element.name:
            case "Constant":
                return self._float(element, element.text.strip())
            case "FieldRef":
                return self._filled(element, self.columns_of(element))
            case "NormContinuous":
                return self._of_field(element, self._norm(element))
            case "NormDiscrete":
                return self._indicator(element)
            case "Discretize":
                return self._of_field(element, self._discretize(element))
            case "MapValues":
                return self._map(element)
            case "Apply":
                return self._apply(element)
        return self._untestable(element, f"{element.name} has no per-feature form")

    def _of_field(self, element: Element, steps: Steps | str) -> list[PipelineColumn]:
        """Return the columns of the element's field after steps, or untestable for a reason."""
        columns = self.columns_of(element)
        if isinstance(steps, str):
            return [column.untestable(steps) for column in columns]
        outputs = [column.then(*steps, source=f"line {element.line}") for column in columns]
        return self._filled(element, outputs)

    def _filled(self, element: Element, columns: list[PipelineColumn]) -> list[PipelineColumn]:
        """Return the columns with `mapMissingTo` in place of nulls."""
        text = element.attributes.get("mapMissingTo")
        if text is None:
            return columns
        return [
            column.then(Impute(self._float(element, text) if is_numeric(column) else text))
            for column in columns
        ]

    def _untestable(self, element: Element, reason: str) -> list[PipelineColumn]:
        """Return all columns that an element uses, as untestable."""
        references = [e for e in element.descendants() if "field" in e.attributes]
        columns = {c.feature: c for e in references for c in self.columns_of(e)}
        return [column.untestable(reason) for column in columns.values()]

    def _norm(self, element: Element) -> Steps | str:
        points = [
            (self._float(e, e.get("orig")), self._float(e, e.get("norm")))
            for e in element.children_named("LinearNorm")
        ]
        return norm_continuous_steps(points, element.get("outliers", "asIs"))

    def _indicator(self, element: Element) -> list[PipelineColumn]:
        columns = self.columns_of(element)
        if (self.number(element, "mapMissingTo") or 0.0) != 0.0:
            return [c.untestable("NormDiscrete gives nulls a value: no step does") for c in columns]
        field = element.get("field")
        if field not in self._indicators:
            step, self._indicators[field] = OneHot(self._levels[field]), {}
            level_columns = [
                c for column in columns for c in column.onehot(step, f"line {element.line}")
            ]
            for column in level_columns:
                self._indicators[field].setdefault(column.level, []).append(column)
        return self._indicators[field][element.get("value")]

    def _discretize(self, element: Element) -> Steps | str:
        bins = []
        for child in element.children_named("DiscretizeBin"):
            interval = next(iter(child.children_named("Interval")), None)
            try:
                value = float(child.get("binValue"))
                default = float(element.attributes.get("defaultValue", "nan"))
            except ValueError:
                return "Discretize gives labels, not numbers: no step does"
            if interval is None:
                raise self.error(child, "has no Interval")
            low, high = self.number(interval, "leftMargin"), self.number(interval, "rightMargin")
            closure = interval.get("closure")
            bins.append(
                Bin(
                    -math.inf if low is None else low, math.inf if high is None else high,
                    closure.startswith("closed"), closure.endswith("Closed"), value,
                )
            )  # fmt: skip
        if not bins:
            raise self.error(element, "has no DiscretizeBin")
        return discretize_steps(bins, None if math.isnan(default) else default)

    def _map(self, element: Element) -> list[PipelineColumn]:
        pairs = element.children_named("FieldColumnPair")
        if len(pairs) != 1:
            return self._untestable(
                element, f"MapValues of {len(pairs)} fields has no per-feature form"
            )
        columns = self.columns_of(pairs[0])
        if not element.children_named("InlineTable"):
            return [
                column.untestable("MapValues of a table outside the file") for column in columns
            ]
        input_key, output_key = (
            _without_prefix(e) for e in (pairs[0].get("column"), element.get("outputColumn"))
        )
        codes = []
        for row in element.children_named("InlineTable")[0].children_named("row"):
            cells = {_without_prefix(cell.name): cell.text.strip() for cell in row.children}
            if input_key not in cells or output_key not in cells:
                raise self.error(row, f"must have {input_key} and {output_key}")
            codes.append((cells[input_key], cells[output_key]))
        try:
            table = [(level, float(code)) for level, code in codes]
            default, missing = (
                float(element.get(key)) if key in element.attributes else None
                for key in ("defaultValue", "mapMissingTo")
            )
        except ValueError:
            return [
                c.untestable("MapValues gives labels, not numbers: no step does") for c in columns
            ]
        return [
            self._coded(
                column, map_values_steps(table, default, missing, _is_filled(column)), element
            )
            for column in columns
        ]

    def _coded(
        self, column: PipelineColumn, steps: Steps | str, element: Element
    ) -> PipelineColumn:
        if isinstance(steps, str):
            return column.untestable(steps)
        return column.then(*steps, source=f"line {element.line}")

    def _apply(self, element: Element) -> float | list[PipelineColumn]:
        function = element.get("function")
        if function in self._own_functions:
            return self._untestable(
                element, f"the function {function} of this file is not followed"
            )
        if function == "if":
            return self._if(element)
        arguments = [self._result(e) for e in element.children if e.name != "Extension"]
        numbers = [part for part in arguments if isinstance(part, float)]
        columns = [part for part in arguments if not isinstance(part, float)]
        if not columns and (result := constant_result(function, numbers)) is not None:
            return result
        no_step = f"Apply {function} has no step"
        if len(columns) != 1 or len(columns[0]) != 1:
            return self._untestable(element, f"{no_step} for several fields")
        steps = builtin_steps(function, [p if isinstance(p, float) else None for p in arguments])
        if steps is None or (function.startswith(("ln", "log")) and element.get("defaultValue")):
            return [columns[0][0].untestable(no_step)]
        return self._filled(element, [columns[0][0].then_merged(steps, f"line {element.line}")])

    def _if(self, element: Element) -> list[PipelineColumn]:
        """Return a fill value, the only use of `if` that is a step: x unless it is missing."""
        condition, *values = element.children
        tested = condition.children[0] if condition.children else condition
        if condition.get("function") == "isMissing":
            values.reverse()
        match condition.get("function"), tested.name, values:
            case ("isMissing" | "isNotMissing"), "FieldRef", [
                Element(name="FieldRef") as field, Element(name="Constant") as constant
            ] if field.get("field") == tested.get("field"):  # fmt: skip
                text = constant.text.strip()
                return [
                    c.then(Impute(self._float(constant, text) if is_numeric(c) else text),
                           source=f"line {element.line}")
                    for c in self.columns_of(field)
                ]  # fmt: skip
        return self._untestable(element, "Apply if has no step")


def is_numeric(column: PipelineColumn) -> bool:
    """Return whether a column holds numbers after its steps."""
    return column.type != "categorical" or any(isinstance(s, Vocabulary) for s in column.steps)


def _is_filled(column: PipelineColumn) -> bool:
    return any(isinstance(step, Impute) for step in column.steps)


def _without_prefix(name: str) -> str:
    return name.rpartition(":")[2]


def _levels_by_field(derived: Iterable[Element]) -> Mapping[str, tuple[str, ...]]:
    """Return the levels of each field that has indicators, in the file's order."""
    levels_of: dict[str, dict[str, None]] = {}
    for field in derived:
        for element in field.descendants():
            if element.name == "NormDiscrete":
                levels_of.setdefault(element.get("field"), {})[element.get("value")] = None
    return {name: tuple(levels) for name, levels in levels_of.items()}
