"""What will be counted of one feature: its raw and its served column, and their reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from skewcheck.counts.sides import Side, categorical_reference, raw_side
from skewcheck.features.steps import Map, OneHot, Step, scope_of
from skewcheck.features.transform import column_names, key_of, one_hot, served_keys
from skewcheck.features.types import CategoricalReference, Feature
from skewcheck.logs.columns import bare
from skewcheck.text.errors import UsageError
from skewcheck.text.numbers import shortened

if TYPE_CHECKING:
    from skewcheck.features.scope_reader import ScopeColumn


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
    scope: ScopeColumn | None = None
    """How it is normalized over a scope of rows; the feature's steps are those that follow."""

    @property
    def key(self) -> str:
        """The column whose values part the rows into groups; empty without one."""
        return self.feature.by or ""

    @property
    def normalized(self) -> bool:
        """Whether the model takes another value than the raw one."""
        return self.feature.normalized or self.scope is not None

    @property
    def may_differ(self) -> bool:
        """Whether the model takes another value than the raw one, as far as is known."""
        return self.normalized or self.feature.untested is not None

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
    if scope_of(feature.steps) is not None:
        from skewcheck.counts.scope_plan import plan_scope  # few features have one

        return plan_scope(feature, raw, served, has)
    side = raw_side(feature, raw) if raw is not None and has(raw) else None
    if served is None:
        return FeaturePlan(feature, side)
    columns = served_columns(feature, served, has)
    if raw is not None and columns == (raw,):
        side = None
    logged = any(has(column) for column in columns)
    if feature.untested is not None:
        return FeaturePlan(feature, side, uncompared=columns if logged else ())
    plan = FeaturePlan(feature, side, _served_side(feature, columns) if logged else None)
    if not logged or all(map(has, columns)):
        return plan
    return _without_columns(plan, dict(zip(column_names(feature.steps), columns, strict=True)), has)


def _without_columns(
    plan: FeaturePlan, columns: Mapping[str, str], has: Callable[[str], bool]
) -> FeaturePlan:
    """Return a plan for the columns that are logged, of those by the names of levels or of a map's
    columns.

    A onehot's columns are 0 in rows of the other levels, which remain levels of training.
    """
    feature, raw = plan.feature, plan.raw
    missing = {name: column for name, column in columns.items() if not has(column)}
    logged = {name: column for name, column in columns.items() if name not in missing}
    reference, onehot = categorical_reference(feature), one_hot(feature.steps)
    if onehot is not None:
        reference = reference or CategoricalReference(0)
        counts = {**reference.counts, **{v: 0 for v in columns if v not in reference.counts}}
        reference = replace(reference, counts=counts)
    steps = tuple(_restricted(step, logged, missing) for step in feature.steps)
    feature = replace(feature, steps=steps, reference=reference)
    return FeaturePlan(
        feature,
        None if raw is None else raw_side(feature, raw.columns[0]),
        _served_side(feature, tuple(logged.values())),
        missing_levels=missing,
        all_steps=plan.feature.steps,
    )


def _restricted(step: Step, logged: Collection[str], missing: Collection[str]) -> Step:
    """Return a step that gives the logged columns alone."""
    if isinstance(step, OneHot) and step.unknown is not None and step.unknown not in missing:
        # A level without a column is no unseen level, whose rows have a 1.
        return Map.of_onehot(step, ()).only(logged)
    if isinstance(step, OneHot):
        return OneHot(tuple(level for level in step.values if level in logged))
    return step.only(logged) if isinstance(step, Map) and step.names else step


def _served_side(feature: Feature, columns: tuple[str, ...]) -> Side:
    from skewcheck.counts.served_side import served_side  # many logs have raw values alone

    return served_side(feature, columns)


def served_columns(
    feature: Feature, served: Callable[[str], str], has: Callable[[str], bool] | None = None
) -> tuple[str, ...]:
    """Return the names of the served columns: one, or with onehot one per level.

    `has` tells whether the log has a column: a level of which it has not is looked for in its other
    spellings, and without the blanks that headers lose. Raises UsageError where several columns fit
    one level, or one several levels.
    """
    names = column_names(feature.steps)
    if not names:
        return (served(feature.name),)
    exact = tuple(served(key_of(feature.name, name)) for name in names)
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
