"""Compare a server's answers with golden rows, to the rounding of float32 arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.golden import GoldenRows, Value, output_names
from skewcheck.features.steps import Piecewise
from skewcheck.features.types import Feature, FloatArray, Parameters
from skewcheck.lock.answer_causes import (
    NumericRows,
    likely,
    of_codes,
    of_digits,
    of_inputs,
    of_levels,
    of_numbers,
    of_outputs,
)
from skewcheck.lock.answer_columns import AnsweredColumn, is_text
from skewcheck.lock.answers import Answers, numbers_of
from skewcheck.logs.arrays import label, numbers
from skewcheck.results.causes import Cause
from skewcheck.results.conformance import InputCondition, OutputCheck, RowsCheck
from skewcheck.text.errors import UsageError
from skewcheck.training.golden_rows import Golden, array_of, is_computed

Mask = NDArray[np.bool_]
MAX_BESIDE = 50
"""Features on either side of a wrong one that are tried as what was served instead."""
MAX_EXPLAINED = 20
"""Wrong outputs of which causes are looked for, the first: each is compared with all others."""


def check(parameters: Parameters, golden: Golden, answers: Answers, name: str) -> RowsCheck:
    """Return what the answers to golden rows are worth; UsageError where they are of none."""
    comparison = Comparison(parameters, golden.rows, answers)
    places = comparison.places
    if not any(places.values()):
        listed = ", ".join([*golden.rows.expected][:5])
        raise UsageError(f"{name}: has none of the outputs of the golden rows: {listed}")
    used = {key for of_feature in places.values() for key in of_feature}
    keys = {
        str(key): None for output in answers.outputs.values()
        if not isinstance(output, list | tuple) for key in output
    }  # fmt: skip
    missing = [i for i in range(len(golden.rows)) if i not in answers.outputs]
    return RowsCheck(
        parameters.path or "", parameters.fingerprint, len(golden.rows),
        tuple(_explained(comparison)),
        tuple(missing), answers.unknown, tuple(key for key in keys if key not in used),
        golden.left_out,
    )  # fmt: skip


def _explained(comparison: Comparison) -> Iterator[OutputCheck]:
    """Yield the outputs in their order, with causes of the first that are wrong."""
    explained = 0
    for feature in comparison.features:
        output = comparison.output(feature, explain=explained < MAX_EXPLAINED)
        explained += bool(output.wrong)
        yield output


@dataclass(frozen=True)
class Comparison:
    """Golden rows, and the answers to some of them."""

    parameters: Parameters
    golden: GoldenRows
    answers: Answers

    @cached_property
    def ids(self) -> list[int]:
        """The rows with an answer, ascending."""
        return sorted(self.answers.outputs)

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The served columns of each feature that golden rows have."""
        names = output_names(self.parameters.features)
        return {
            f.name: names[f.name] for f in self.parameters.features
            if f.role == "feature" and self.golden.expected.keys() >= {*names[f.name]}
        }  # fmt: skip

    @cached_property
    def features(self) -> list[Feature]:
        """The features of these columns, in the file's order."""
        return [f for f in self.parameters.features if f.name in self.columns]

    @cached_property
    def places(self) -> dict[str, dict[str, str]]:
        """By feature the keys of its columns in the answers, where these have them by name."""
        keys = {
            str(key): None for output in self.answers.outputs.values()
            if not isinstance(output, list | tuple) for key in output
        }  # fmt: skip
        lists = any(isinstance(output, list | tuple) for output in self.answers.outputs.values())
        result: dict[str, dict[str, str]] = {}
        for feature in self.features:
            names = self.columns[feature.name]
            usual = feature.served_names
            found = {}
            for name, key in zip(names, usual, strict=True):
                chosen = _key(keys, name, key)
                if chosen is not None or lists:
                    found[chosen or name] = name
            if not found and len(names) > 1 and feature.name in keys:
                found = {feature.name: ""}  # all of its columns as a list
            result[feature.name] = found
        return result

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each column in lists of outputs."""
        return {name: i for i, name in enumerate(self.golden.expected)}

    def cells(self, feature: Feature) -> dict[str, list[object]]:
        """Return the answers by column; a column that no answer has is left out."""
        found = self.places[feature.name]
        names = self.columns[feature.name]
        if found == {feature.name: ""}:
            lists = self.answers.cells(feature.name, 0, self.ids)
            return {
                name: [v[i] if isinstance(v, list) and i < len(v) else None for v in lists]
                for i, name in enumerate(names)
            }
        keys = {name: key for key, name in found.items()}
        return {
            name: self.answers.cells(keys[name], self.order[name], self.ids)
            for name in names if name in keys
        }  # fmt: skip

    def expected(self, name: str) -> list[Value]:
        """Return what golden rows expect in a column, of the answered rows."""
        column = self.golden.expected[name]
        return [column[i] for i in self.ids]

    def raw(self, feature: Feature) -> list[Value]:
        """Return the inputs of a feature in the answered rows; nulls where there are none."""
        column = self.golden.inputs.get(feature.name, (None,) * len(self.golden))
        return [column[i] for i in self.ids]

    def output(self, feature: Feature, *, explain: bool = True) -> OutputCheck:
        """Compare the answers of one feature, and say why they are wrong if asked to."""
        names, cells = self.columns[feature.name], self.cells(feature)
        absent = tuple(name for name in names if name not in cells)
        if not self.ids or not cells:
            return OutputCheck(feature.name, names, len(self.ids), absent=absent)
        columns = {name: self._column(feature, name, cells[name]) for name in cells}
        wrong = np.any([column.wrong for column in columns.values()], axis=0)
        check = OutputCheck(
            feature.name, names, len(self.ids), absent=absent,
            no_numbers=sum(int(column.mistyped.sum()) for column in columns.values()),
        )  # fmt: skip
        if not wrong.any():
            return check
        first = next(c for c in columns.values() if c.wrong[np.argmax(wrong)])
        errors = [c.max_error for c in columns.values() if c.max_error is not None]
        return replace(
            check,
            wrong=tuple(self.ids[i] for i in np.flatnonzero(wrong).tolist()),
            wrong_columns=tuple(name for name, c in columns.items() if c.wrong.any()),
            max_error=max(errors, default=None),
            example=first.example(self.ids),
            causes=()
            if not explain
            else likely(self._causes(feature, columns, wrong), float(wrong.mean())),
            where=self._condition(wrong),
        )

    def _column(self, feature: Feature, name: str, cells: Sequence[object]) -> AnsweredColumn:
        right, digits = self.expected(name), self.answers.digits
        if is_text(feature, right):
            return AnsweredColumn.of_texts(name, right, cells)
        raw, steps = None, feature.steps
        if feature.type == "numeric" and self._has_raw(feature):
            raw = self._numbers(feature)
            steps = feature.column_steps[self.columns[feature.name].index(name)]
        tolerance = self.golden.tolerance.get(name)
        return AnsweredColumn.of_numbers(
            name, right, cells, digits, steps, raw, tolerance=tolerance
        )

    def _numbers(self, feature: Feature) -> FloatArray:
        values = numbers(array_of(self.raw(feature), feature)).values
        return values.astype(np.float64)

    def _causes(
        self, feature: Feature, columns: Mapping[str, AnsweredColumn], wrong: Mask
    ) -> tuple[Cause, ...]:
        """Return why answers are wrong; none where no mechanism gives them."""
        if any(column.texts for column in columns.values()):
            return ()
        served = [column.served for column in columns.values()]
        for column in columns.values():
            rounded = of_digits(numbers_of(column.right)[0], column.served, column.wrong)
            if column.wrong.any() and rounded:
                return rounded
        causes: tuple[Cause, ...] = ()
        complete = len(columns) == len(self.columns[feature.name])
        if feature.type == "numeric" and feature.steps and self._has_raw(feature):
            numeric = [f for f in self.features if f.type == "numeric" and self._has_raw(f)]
            single = [f for f in numeric if f is feature or len(self.columns[f.name]) == 1]
            known = near(single, feature)
            causes = tuple(
                cause for name, column in columns.items() if column.wrong.any()
                for cause in self._of_numbers(self._made(feature, name), known, column)
            )  # fmt: skip
        elif feature.type == "categorical" and complete and self._has_raw(feature):
            texts = [None if v is None else label(v) for v in self.raw(feature)]
            causes = of_levels(feature, texts, served, wrong)
        elif not feature.by_itself and is_computed(feature) and not self.parameters.rows:
            from skewcheck.lock.answer_statistics import of_own_statistics  # few are so

            column = next(iter(columns.values()))
            causes = of_own_statistics(self.parameters, self.golden, feature, column, self.ids)
        if causes:
            return causes
        return tuple(
            cause for name, column in columns.items() if column.wrong.any()
            for cause in self._of_expected(name, column)
        )  # fmt: skip

    def _has_raw(self, feature: Feature) -> bool:
        known = feature.by_itself and not feature.made
        return known and feature.name in self.golden.inputs

    def _of_numbers(
        self, feature: Feature, known: Sequence[Feature], column: AnsweredColumn
    ) -> tuple[Cause, ...]:
        if any(isinstance(step, Piecewise) for step in feature.steps):
            return ()  # mechanisms are of steps that can be undone
        raw = {f.name: self._numbers(f) for f in known}
        others = tuple(f for f in known if f.name != feature.name)
        rows = NumericRows(feature, others, raw, column.served, column.lost)
        return of_numbers(rows, column.wrong & ~column.mistyped)

    def _made(self, feature: Feature, name: str) -> Feature:
        """Return a feature with the steps of one of its columns."""
        place = self.columns[feature.name].index(name)
        return replace(feature, steps=feature.column_steps[place])

    def _of_expected(self, name: str, column: AnsweredColumn) -> tuple[Cause, ...]:
        """Return why answers are not what is expected, whatever makes that of the inputs."""
        inputs = {
            key: numbers_of([values[i] for i in self.ids])[0]
            for key, values in self.golden.inputs.items()
        }  # fmt: skip
        wrong = column.wrong & ~column.mistyped
        as_came = of_inputs(inputs, column.served, wrong)
        if as_came:
            return as_came
        raw = {key: numbers_of(self.expected(key))[0] for key in self.golden.expected}
        plain = {key: Feature(key, "numeric") for key, values in raw.items()}
        others = tuple(f for f in near([*plain.values()], plain[name]) if f.name != name)
        rows = NumericRows(plain[name], others, raw, column.served, column.lost)
        recoded = of_codes(raw[name], column.served, wrong)
        return recoded or of_outputs(of_numbers(rows, wrong))

    def _condition(self, wrong: Mask) -> InputCondition | None:
        """Return what all wrong rows have in common, and no right one."""
        nulls = [False] * len(self.ids)
        for name, values in self.golden.inputs.items():
            column = [values[i] for i in self.ids]
            null = np.array([value is None for value in column])
            nulls = [a or b for a, b in zip(nulls, null.tolist(), strict=True)]
            if (null == wrong).all():
                return InputCondition("null", name)
            new = np.array([isinstance(v, str) and v.startswith("unknown level") for v in column])
            if (new == wrong).all():
                return InputCondition("unknown", name)
            if ((null | new) == wrong).all():
                return InputCondition("null_or_unknown", name)
        return InputCondition("null", None) if nulls == wrong.tolist() else None


def near(features: Sequence[Feature], feature: Feature) -> list[Feature]:
    """Return a feature with those beside it in the file, of which its values may be.

    Columns that are shifted by a place, or two that are exchanged, are mostly near each other.
    """
    place = next(i for i, f in enumerate(features) if f.name == feature.name)
    return [*features[max(0, place - MAX_BESIDE) : place + MAX_BESIDE + 1]]


def _key(keys: Mapping[str, None], name: str, usual: str) -> str | None:
    """Return the key of a column in the answers: its name, its feature's, or with any prefix."""
    for candidate in (name, usual):
        if candidate in keys:
            return candidate
    behind = [key for key in keys if key.endswith(f"__{usual}")]
    return behind[0] if len(behind) == 1 else None
