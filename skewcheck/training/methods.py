"""The methods of `--normalize`, and the fitted step of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.features.notes import Note
from skewcheck.features.steps import MaxAbs, MinMax, Robust, Step, Vocabulary, ZScore
from skewcheck.features.types import CategoricalReference, Feature, FloatArray, NumericReference
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.patterns import matches
from skewcheck.text.similar import nearest

METHODS = ("zscore", "minmax", "robust", "maxabs", "none")
"""Names of the methods; `none` leaves values as they are."""


@dataclass(frozen=True, slots=True)
class Methods:
    """How features are normalized: the default for numbers, and patterns that differ."""

    default: str = "zscore"
    by_pattern: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, texts: Sequence[str]) -> Methods:
        """Read `zscore` or `minmax:age,income` texts; the last default and first pattern hold."""
        methods = cls()
        for text in texts:
            method, colon, patterns = text.partition(":")
            if method not in METHODS:
                hint = nearest(method, METHODS) or f"; known are {', '.join(METHODS)}"
                raise _error(f"no method {method!r}{hint}")
            pairs = tuple((p.strip(), method) for p in patterns.split(",") if p.strip())
            if colon and not pairs:
                raise _error(f"{text!r} names no feature after the colon")
            methods = replace(
                methods,
                default=methods.default if colon else method,
                by_pattern=methods.by_pattern + pairs,
            )
        return methods

    def of_feature(self, name: str) -> str | None:
        """Return the method named for a feature, or None for the default of its type."""
        return next((m for pattern, m in self.by_pattern if matches(name, [pattern])), None)

    def check(self, columns: Iterable[str]) -> None:
        """Raise UsageError for a pattern that matches no column."""
        names = tuple(columns)
        for pattern, _ in self.by_pattern:
            if not any(matches(name, [pattern]) for name in names):
                hint = nearest(pattern, names)
                raise _error(f"no column {pattern!r} in the training data{hint}")


def normalized(
    feature: Feature, sample: FloatArray, methods: Methods, notes: list[Note]
) -> Feature:
    """Return the feature with the step of its method, fitted to its reference.

    `sample` holds finite values of a numeric feature: robust takes its quartiles. A feature whose
    step cannot be fitted stays as it is, and a note on it is appended to `notes`. UsageError where
    the method is one for numbers and the feature is categorical.
    """
    method = methods.of_feature(feature.name)
    if isinstance(feature.reference, CategoricalReference):
        if method not in (None, "none"):
            raise _error(f"{feature.name} is no number: {method} cannot apply")
        if method == "none":
            return feature
        return replace(feature, steps=(Vocabulary(tuple(feature.reference.counts)),))
    step = _step(feature, sample, method or methods.default)
    if step is not None and step.check():
        reference = feature.reference
        constant = reference is not None and reference.min == reference.max
        code = "constant_not_normalized" if constant else "spread_not_normalized"
        notes.append(Note(code, {"feature": feature.name, "step": step.op}))
        step = None
    return feature if step is None else replace(feature, steps=(step,))


def _error(problem: str) -> UsageError:
    return UsageError(OptionName("normalize"), f": {problem}")


def _step(feature: Feature, sample: FloatArray, method: str) -> Step | None:
    """Return the fitted step of a numeric method; None without a reference, and for `none`."""
    reference = feature.reference
    if not isinstance(reference, NumericReference) or method == "none":
        return None
    mean, std, low, high = reference.mean, reference.std, reference.min, reference.max
    if mean is None or std is None or low is None or high is None:
        return None
    if method == "minmax":
        return MinMax(low, high)
    if method == "maxabs":
        return MaxAbs(max(abs(low), abs(high)))
    if method == "robust":
        quarter, half, three = np.quantile(sample, [0.25, 0.5, 0.75])
        return Robust(float(half), float(three - quarter))
    return ZScore(mean, std)
