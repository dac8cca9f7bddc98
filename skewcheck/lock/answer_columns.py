"""One column of answers beside what golden rows expect in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.parity import numeric_parity
from skewcheck.features.golden import Value
from skewcheck.features.steps import Step
from skewcheck.features.steps.rounding import ROUNDING
from skewcheck.features.types import Feature, FloatArray
from skewcheck.lock.answers import Digits, as_value, numbers_of
from skewcheck.logs.arrays import label
from skewcheck.logs.batch import RowOrigin
from skewcheck.results.conformance import WrongAnswer

_ORIGIN = RowOrigin("", 0)


@dataclass(frozen=True, slots=True)
class AnsweredColumn:
    """The answers of one column; all arrays are of the answered rows."""

    name: str
    right: Sequence[Value]
    cells: Sequence[object]
    wrong: NDArray[np.bool_]
    served: FloatArray
    """NaN for no number."""
    lost: FloatArray
    """What printing, and arithmetic of which no steps tell, may have moved each number by."""
    mistyped: NDArray[np.bool_]
    """Answers that are no number, where one is expected."""
    texts: bool = False

    @classmethod
    def of_texts(cls, name: str, right: Sequence[Value], cells: Sequence[object]) -> AnsweredColumn:
        """Compare levels, which are equal or not."""
        texts = [None if v is None else label(v) for v in right]
        given = [label(c) if isinstance(c, str | bool | int | float) else None for c in cells]
        wrong = np.array([a != b for a, b in zip(given, texts, strict=True)], np.bool_)
        none = np.full(len(cells), np.nan)
        return cls(name, right, cells, wrong, none, none, np.zeros(len(cells), bool), texts=True)

    @classmethod
    def of_numbers(
        cls, name: str, right: Sequence[Value], cells: Sequence[object], digits: Digits,
        steps: Sequence[Step], raw: FloatArray | None, *, tolerance: float | None,
    ) -> AnsweredColumn:  # fmt: skip
        """Compare numbers: `raw` are the inputs of the steps, None where no steps tell.

        `tolerance` is how far float32 arithmetic may be off where no steps are known.
        """
        served, mistyped = numbers_of(cells)
        expected = numbers_of(right)[0]
        largest = float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
        lost = digits.lost(served, largest)
        if raw is None:
            lost = lost + (2 * ROUNDING * largest if tolerance is None else tolerance)
        with np.errstate(invalid="ignore"):
            agrees = np.abs(served - expected) <= lost + ROUNDING * np.abs(expected)
        agrees |= np.isnan(expected) & np.isnan(served)
        agrees |= np.isinf(expected) & ((served == expected) | np.isnan(served))
        if raw is not None:
            fails = numeric_parity(raw, served, steps, _ORIGIN, served_tolerance=lost)[1]
            of_steps = np.ones(len(served), bool)
            of_steps[fails] = False
            agrees |= of_steps
        return cls(name, right, cells, ~agrees | mistyped, served, lost, mistyped)

    @property
    def max_error(self) -> float | None:
        """The largest distance of a wrong number from the expected one; None without any."""
        errors = np.abs(self.served - numbers_of(self.right)[0])[self.wrong]
        errors = errors[np.isfinite(errors)]
        return float(errors.max()) if len(errors) and not self.texts else None

    def example(self, ids: Sequence[int]) -> WrongAnswer:
        """Return the first wrong answer."""
        i = int(np.argmax(self.wrong))
        return WrongAnswer(ids[i], self.name, self.right[i], as_value(self.cells[i]))


def is_text(feature: Feature, right: Sequence[Value]) -> bool:
    """Return whether a column is one of levels: no step makes numbers of them."""
    texts = any(isinstance(v, str) and v not in ("inf", "-inf") for v in right)
    return texts or (feature.type == "categorical" and not feature.steps)
