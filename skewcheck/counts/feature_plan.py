"""What will be counted of one feature: its raw and its served column, and their reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from skewcheck.counts.categorical import Levels
from skewcheck.counts.gaps import Gaps
from skewcheck.counts.parity import RESOLUTION
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.features.propagate import moments, propagate
from skewcheck.features.steps import (
    Buckets,
    Cast,
    Impute,
    MinMax,
    OneHot,
    Quantize,
    Round,
    Step,
    Vocabulary,
    encode,
    forward,
    has_encoder,
    inverse,
    is_affine,
)
from skewcheck.features.transform import one_hot, served_keys
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    NumericReference,
)
from skewcheck.logs.columns import bare
from skewcheck.text.errors import UsageError
from skewcheck.text.numbers import shortened

_COARSE = (Buckets, Cast, Quantize, Round)


@dataclass(frozen=True, slots=True)
class NumericSide:
    """A numeric column, and what it is compared with, in its own units."""

    column: str
    windows: Windows
    reference: NumericReference | None
    resolution: float | None = None
    """Of a served column: difference from right values beyond which equality is no evidence; None
    where training's standard deviation is not known."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The column, as one of several."""
        return (self.column,)


@dataclass(frozen=True, slots=True)
class CategoricalSide:
    """A categorical column (several for onehot), and what it is compared with."""

    columns: tuple[str, ...]
    levels: Levels
    reference: CategoricalReference | None
    numbers: bool = False
    """Levels are served as numbers."""
    onehot: bool = False
    """These are indicators, a column per level, even if there is but one column."""


Side = NumericSide | CategoricalSide


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """One feature; a side is None where its column is not logged."""

    feature: Feature
    raw: Side | None = None
    served: Side | None = None
    missing_served: bool = False
    """A served column was asked for, other features have one, and this one has not."""
    uncompared: tuple[str, ...] = ()
    """Served columns that are logged, and that no step says how to compute."""
    missing_levels: Mapping[str, str] = field(default_factory=dict)
    """The served columns that are not logged where those of other levels are, by level. The
    feature's steps are then those that give the logged columns."""
    all_steps: tuple[Step, ...] = ()
    """With missing levels, the steps that give their columns as well."""
    lacking: tuple[str, ...] = ()
    """Files that have its raw column, and none of the served ones that others have."""
    absent_element: bool = False
    """A column is an element of a vector that no row has; the side is then None, too."""

    @property
    def mode(self) -> Literal["raw", "served", "paired"]:
        """Return `paired`, `served` or `raw`; `raw` where nothing is logged."""
        if self.served is None and not self.uncompared:
            return "raw"
        return "served" if self.raw is None else "paired"


def plan_feature(
    feature: Feature, raw: str | None, served: Callable[[str], str] | None,
    has: Callable[[str], bool],
) -> FeaturePlan:  # fmt: skip
    """Plan one feature: `raw` names its raw column, `served(name)` its served ones.

    `has` tells whether the log has a column. A feature of which none is logged keeps no side.
    """
    raw_side = _raw_side(feature, raw) if raw is not None and has(raw) else None
    if served is None:
        return FeaturePlan(feature, raw_side)
    columns = served_columns(feature, served, has)
    if raw is not None and columns == (raw,):
        raw_side = None
    logged = any(has(column) for column in columns)
    if feature.untested is not None:
        return FeaturePlan(feature, raw_side, uncompared=columns if logged else ())
    plan = FeaturePlan(feature, raw_side, _served_side(feature, columns) if logged else None)
    step = one_hot(feature.steps)
    if step is None or not logged or all(map(has, columns)):
        return plan
    return _without_columns(plan, step, dict(zip(step.values, columns, strict=True)), has)


def _without_columns(
    plan: FeaturePlan, step: OneHot, columns: Mapping[str, str], has: Callable[[str], bool]
) -> FeaturePlan:
    """Return a plan for the columns that are logged: they are 0 in rows of the other levels.

    These remain levels of training. Where an unseen level has a column, none is served so: no
    columns can be compared then.
    """
    feature, raw = plan.feature, plan.raw
    missing = {level: column for level, column in columns.items() if not has(column)}
    if step.unknown is not None and step.unknown not in missing:
        return replace(plan, served=None, missing_levels=missing, all_steps=feature.steps)
    reference = _categorical_reference(feature) or CategoricalReference(0)
    counts = {**reference.counts, **{v: 0 for v in columns if v not in reference.counts}}
    logged = OneHot(tuple(level for level in columns if level not in missing))
    feature = replace(
        feature,
        steps=tuple(logged if other is step else other for other in feature.steps),
        reference=replace(reference, counts=counts),
    )
    return FeaturePlan(
        feature,
        None if raw is None else _raw_side(feature, raw.columns[0]),
        _served_side(feature, tuple(columns[level] for level in logged.values)),
        missing_levels=missing,
        all_steps=plan.feature.steps,
    )


def served_columns(
    feature: Feature, served: Callable[[str], str], has: Callable[[str], bool] | None = None
) -> tuple[str, ...]:
    """Return the names of the served columns: one, or with onehot one per level.

    `has` tells whether the log has a column: a level of which it has not is looked for in its other
    spellings, and without the blanks that headers lose. Raises UsageError where several columns fit
    one level, or one several levels.
    """
    step = one_hot(feature.steps)
    if step is None:
        return (served(feature.name),)
    exact = tuple(served(f"{feature.name}_{level}") for level in step.values)
    taken = {column for column in exact if has is not None and has(column)}
    if has is None or len(taken) == len(exact):
        return exact
    keys = served_keys(feature.name, feature.steps)
    columns = [
        column if column in taken else _fitting(column, map(served, spelled), has, taken)
        for column, spelled in zip(exact, keys, strict=True)
    ]
    for name, times in Counter(columns).items():
        if times > 1:
            levels = [e for e, column in zip(exact, columns, strict=True) if column == name]
            raise UsageError(
                f"the column {name!r} may be each of {shortened([*map(repr, levels)])}: rename it"
            )
    return tuple(columns)


def _fitting(
    column: str, spelled: Iterable[str], has: Callable[[str], bool], taken: Collection[str]
) -> str:
    """Return the logged column of these spellings that is not taken; without one the first."""
    names = dict.fromkeys(text for name in spelled for text in (name, bare(name)))
    logged = [name for name in names if name not in taken and has(name)]
    if len(logged) > 1:
        raise UsageError(
            f"{shortened([*map(repr, logged)])} may each be the column {column!r}: rename one"
        )
    return logged[0] if logged else column


def _raw_side(feature: Feature, column: str) -> Side:
    if feature.type == "numeric":
        reference = _numeric_reference(feature)
        known = Histogram.empty() if reference is None else reference.histogram
        windows = replace(
            Windows.exact(known.edges), gaps=Gaps.of(known), step=_raw_step(reference)
        )
        return NumericSide(column, windows, reference)
    levels = Levels.text(_known_levels(feature))
    return CategoricalSide((column,), levels, _categorical_reference(feature))


def _served_side(feature: Feature, columns: tuple[str, ...]) -> Side:
    if feature.type == "numeric":
        reference = _numeric_reference(feature)
        step = _served_step(feature.steps, reference)
        pushed = None
        if reference is not None and reference.histogram:
            pushed = propagate(reference, feature.steps)
        if pushed is None:
            known_moments = _served_moments(reference, feature.steps)
            windows = replace(Windows.exact(np.empty(0)), step=step)
            return NumericSide(columns[0], windows, known_moments, _resolution(known_moments))
        known = pushed.reference.histogram
        windows = Windows(known.edges, pushed.low, pushed.high, gaps=Gaps.of(known), step=step)
        return NumericSide(columns[0], windows, pushed.reference, _resolution(pushed.reference))
    return _served_levels(feature, columns)


def _resolution(served: NumericReference | None) -> float | None:
    std = np.nan if served is None else moments(served)[1]
    return RESOLUTION * std if std > 0 else None


def _raw_step(reference: NumericReference | None) -> float | None:
    """Return the grid of raw values, 0 for none; None where no values are known."""
    if reference is None or not reference.histogram.total:
        return None
    edges = reference.histogram.edges
    return reference.step or (1.0 if (np.rint(edges) == edges).all() else 0.0)


def _served_step(steps: Sequence[Step], reference: NumericReference | None) -> float | None:
    """Return the grid of served values, 0 for none; None where steps may leave whole numbers."""
    if not steps:
        return _raw_step(reference)
    return None if isinstance(steps[-1], _COARSE) else 0.0


def _served_moments(
    reference: NumericReference | None, steps: Sequence[Step]
) -> NumericReference | None:
    """Return the served mean and std, which is all that is known; None where they are not."""
    if reference is None or reference.mean is None or reference.std is None:
        return None
    if not is_affine(steps) or any(isinstance(step, Impute) for step in steps):
        return None
    served = forward(steps, np.array([reference.mean, reference.mean + reference.std]))
    return NumericReference(0, mean=float(served[0]), std=abs(float(served[1] - served[0])))


def _numeric_reference(feature: Feature) -> NumericReference | None:
    """Return the reference; without a distribution, its range alone as two edges of no rows.

    A range that no reference states is that of a min-max step, assumed where it was not fitted.
    """
    reference = feature.reference
    if not isinstance(reference, NumericReference):
        reference = None
    if reference is not None and reference.histogram:
        return reference
    low, high = (reference.min, reference.max) if reference is not None else (None, None)
    assumed = False
    if low is None or high is None:
        low, high = _range_of_steps(feature) or (None, None)
        assumed = not feature.fitted
    if low is None or high is None or not low <= high:
        return reference
    without_counts = reference or NumericReference(rows=0)
    no_rows = Histogram.zero(np.unique([low, high]))
    return replace(without_counts, min=low, max=high, assumed=assumed, histogram=no_rows)


def _range_of_steps(feature: Feature) -> tuple[float, float] | None:
    """Return the raw training range that a min-max step tells, or None."""
    for i, step in enumerate(feature.steps):
        if isinstance(step, MinMax):
            low, high = inverse(feature.steps[:i], np.array([step.min, step.max]))
            return (float(low), float(high)) if np.isfinite([low, high]).all() else None
    return None


def _categorical_reference(feature: Feature) -> CategoricalReference | None:
    return feature.reference if isinstance(feature.reference, CategoricalReference) else None


def _known_levels(feature: Feature) -> tuple[str, ...]:
    """Return all levels that training names: counted ones first, then the vocabulary's."""
    reference = _categorical_reference(feature)
    names = dict.fromkeys(reference.counts if reference else ())
    for step in feature.steps:
        if isinstance(step, Vocabulary | OneHot):
            names.update(dict.fromkeys(step.values))
    return tuple(names)


def _served_levels(feature: Feature, columns: tuple[str, ...]) -> CategoricalSide:
    """Push levels and their counts through the steps: several may be served as one."""
    levels: list[str | None] = [None, *_known_levels(feature)]
    encoded = encode(feature.steps, levels)
    numbers = has_encoder(feature.steps)
    names = [_served_name(v) if numbers else t
             for t, v in zip(encoded.levels, encoded.values, strict=True)]  # fmt: skip
    reference = _pushed_counts(feature, levels, names)
    if not numbers:
        return CategoricalSide(columns, Levels.text(_distinct(names[1:])), reference)
    _, first = np.unique(encoded.values, return_index=True)
    keep = [int(i) for i in first if names[int(i)] is not None]
    served_levels = Levels.numbers(
        [names[i] or "" for i in keep], encoded.low[keep], encoded.high[keep]
    )
    onehot = one_hot(feature.steps) is not None
    return CategoricalSide(columns, served_levels, reference, numbers=True, onehot=onehot)


def _served_name(value: float) -> str | None:
    return None if np.isnan(value) else f"{value:.17g}"


def _distinct(names: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _pushed_counts(
    feature: Feature, levels: Sequence[str | None], names: Sequence[str | None]
) -> CategoricalReference | None:
    """Return the training counts of the served levels."""
    reference = _categorical_reference(feature)
    if reference is None:
        return None
    counts: dict[str, int] = {}
    nulls = 0
    for level, name in zip(levels, names, strict=True):
        rows = reference.nulls if level is None else reference.counts.get(level, 0)
        if name is None:
            nulls += rows
        elif rows:
            counts[name] = counts.get(name, 0) + rows
    # Rows of levels that the file does not list are served as strangers are.
    unknown = encode(feature.steps, ["\x00"])
    stranger = _served_name(float(unknown.values[0])) if has_encoder(feature.steps) else None
    other = reference.other
    if other and stranger is not None:
        counts[stranger] = counts.get(stranger, 0) + other
        other = 0
    return CategoricalReference(reference.rows, nulls, counts, other)
