"""PMML's expressions, from the fields that they read to columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from skewcheck.features.steps import Impute, OneHot, Vocabulary
from skewcheck.parameters.arithmetic import Steps, constant_result
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pmml.arithmetic import (
    Bin,
    applied,
    discretized,
    mapped,
    norm,
)
from skewcheck.parameters.pmml.elements import Element
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

MOST = 150_000
"""Columns that all derived fields together may be made of."""


class Fields:
    """The fields declared so far, each as the columns that it is made of."""

    def __init__(
        self, source: ParameterSource, derived: Sequence[Element], own: frozenset[str]
    ) -> None:
        """Begin without a field; `own` are the functions that the file defines itself."""
        self.columns: dict[str, list[PipelineColumn]] = {}
        self.read: set[str] = set()
        """Fields that a later one reads."""
        self._source = source
        self._own = own
        self._levels = _levels(derived)
        self._made = 0
        self._indicators: dict[str, dict[str | None, list[PipelineColumn]]] = {}

    def add(self, field: Element, columns: list[PipelineColumn]) -> None:
        """Declare a derived field; ParameterError if there are too many columns to follow."""
        self._made += len(columns)
        if self._made > MOST:
            raise self.error(field, f"more than {MOST:,} columns, too many to follow")
        self.columns[field.get("name")] = columns

    def error(self, element: Element, problem: str) -> ParameterError:
        """Return the error about one element."""
        return self._source.error(f"line {element.line}: {element.name}: {problem}")

    def named(self, element: Element, key: str = "field") -> list[PipelineColumn]:
        """Return the columns of the field that an attribute names."""
        name = element.get(key)
        if name not in self.columns:
            raise self.error(element, f"field {name!r} is not declared before it")
        self.read.add(name)
        return self.columns[name]

    def number(self, element: Element, key: str) -> float | None:
        """Return an attribute that is a number, None where it is absent."""
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
        """Return what an expression makes of the fields that it reads; none for a constant."""
        result = self._result(element)
        return [] if isinstance(result, float) else result

    def _result(self, element: Element) -> float | list[PipelineColumn]:
        match element.name:
            case "Constant":
                return self._float(element, element.text.strip())
            case "FieldRef":
                return self._filled(element, self.named(element))
            case "NormContinuous":
                return self._one(element, self._norm(element))
            case "NormDiscrete":
                return self._indicator(element)
            case "Discretize":
                return self._one(element, self._discretize(element))
            case "MapValues":
                return self._map(element)
            case "Apply":
                return self._apply(element)
        return self._lost(element, f"{element.name} has no per-feature form")

    def _one(self, element: Element, steps: Steps | str) -> list[PipelineColumn]:
        columns = self.named(element)
        if isinstance(steps, str):
            return [column.untestable(steps) for column in columns]
        made = [column.then(*steps, source=f"line {element.line}") for column in columns]
        return self._filled(element, made)

    def _filled(self, element: Element, columns: list[PipelineColumn]) -> list[PipelineColumn]:
        """Return the columns with `mapMissingTo` in place of what is missing by now."""
        text = element.attributes.get("mapMissingTo")
        if text is None:
            return columns
        return [
            column.then(Impute(self._float(element, text) if numeric(column) else text))
            for column in columns
        ]

    def _lost(self, element: Element, reason: str) -> list[PipelineColumn]:
        below = [e for e in element.within() if "field" in e.attributes]
        columns = {c.feature: c for e in below for c in self.named(e)}
        return [column.untestable(reason) for column in columns.values()]

    def _norm(self, element: Element) -> Steps | str:
        points = [
            (self._float(e, e.get("orig")), self._float(e, e.get("norm")))
            for e in element.all("LinearNorm")
        ]
        return norm(points, element.get("outliers", "asIs"))

    def _indicator(self, element: Element) -> list[PipelineColumn]:
        columns = self.named(element)
        if (self.number(element, "mapMissingTo") or 0.0) != 0.0:
            return [c.untestable("NormDiscrete gives nulls a value: no step does") for c in columns]
        field = element.get("field")
        if field not in self._indicators:
            step, self._indicators[field] = OneHot(self._levels[field]), {}
            hot = [c for column in columns for c in column.onehot(step, f"line {element.line}")]
            for column in hot:
                self._indicators[field].setdefault(column.level, []).append(column)
        return self._indicators[field][element.get("value")]

    def _discretize(self, element: Element) -> Steps | str:
        bins = []
        for child in element.all("DiscretizeBin"):
            interval = next(iter(child.all("Interval")), None)
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
        return discretized(bins, None if math.isnan(default) else default)

    def _map(self, element: Element) -> list[PipelineColumn]:
        pairs = element.all("FieldColumnPair")
        if len(pairs) != 1:
            return self._lost(element, f"MapValues of {len(pairs)} fields has no per-feature form")
        columns = self.named(pairs[0])
        if not element.all("InlineTable"):
            return [
                column.untestable("MapValues of a table outside the file") for column in columns
            ]
        here, there = (_bare(e) for e in (pairs[0].get("column"), element.get("outputColumn")))
        codes = []
        for row in element.all("InlineTable")[0].all("row"):
            cells = {_bare(cell.name): cell.text.strip() for cell in row.children}
            if here not in cells or there not in cells:
                raise self.error(row, f"must have {here} and {there}")
            codes.append((cells[here], cells[there]))
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
            self._coded(column, mapped(table, default, missing, _has_no_null(column)), element)
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
        if function in self._own:
            return self._lost(element, f"the function {function} of this file is not followed")
        if function == "if":
            return self._if(element)
        parts = [self._result(e) for e in element.children if e.name != "Extension"]
        numbers = [part for part in parts if isinstance(part, float)]
        columns = [part for part in parts if not isinstance(part, float)]
        if not columns and (result := constant_result(function, numbers)) is not None:
            return result
        no_step = f"Apply {function} has no step"
        if len(columns) != 1 or len(columns[0]) != 1:
            return self._lost(element, f"{no_step} for several fields")
        steps = applied(function, [p if isinstance(p, float) else None for p in parts])
        if steps is None or (function.startswith(("ln", "log")) and element.get("defaultValue")):
            return [columns[0][0].untestable(no_step)]
        return self._filled(element, [columns[0][0].then_merged(steps, f"line {element.line}")])

    def _if(self, element: Element) -> list[PipelineColumn]:
        """Return a fill value, the one use of `if` that is a step: x unless it is missing."""
        test, *values = element.children
        asked = test.children[0] if test.children else test
        if test.get("function") == "isMissing":
            values.reverse()
        match test.get("function"), asked.name, values:
            case ("isMissing" | "isNotMissing"), "FieldRef", [
                Element(name="FieldRef") as kept, Element(name="Constant") as fill
            ] if kept.get("field") == asked.get("field"):  # fmt: skip
                text = fill.text.strip()
                return [
                    c.then(Impute(self._float(fill, text) if numeric(c) else text),
                           source=f"line {element.line}")
                    for c in self.named(kept)
                ]  # fmt: skip
        return self._lost(element, "Apply if has no step")


def numeric(column: PipelineColumn) -> bool:
    """Return whether a column holds numbers by now."""
    return column.type != "categorical" or any(isinstance(s, Vocabulary) for s in column.steps)


def _has_no_null(column: PipelineColumn) -> bool:
    return any(isinstance(step, Impute) for step in column.steps)


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _levels(derived: Iterable[Element]) -> Mapping[str, tuple[str, ...]]:
    """Return the levels of each field that has indicators, in the file's order."""
    found: dict[str, dict[str, None]] = {}
    for field in derived:
        for element in field.within():
            if element.name == "NormDiscrete":
                found.setdefault(element.get("field"), {})[element.get("value")] = None
    return {name: tuple(levels) for name, levels in found.items()}
