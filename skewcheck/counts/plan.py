"""The plan: all that is decided before the pass over a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.losses import LossPlan, NoLoss
from skewcheck.counts.sides import NumericSide
from skewcheck.features.types import Role, TrainingError
from skewcheck.logs.batch import Wanted

if TYPE_CHECKING:
    from skewcheck.counts.calendar import CalendarPlan
    from skewcheck.counts.parts import Division
    from skewcheck.features.scope_reader import ScopeColumn
    from skewcheck.features.strata import Strata
    from skewcheck.logs.times import Window


@dataclass(frozen=True, slots=True)
class Plan:
    """What is counted of which rows. It can be pickled: another process counts the same by it."""

    features: tuple[FeaturePlan, ...]
    """All features, in the order of the parameter file."""
    segments: tuple[str, ...] = ()
    """Columns whose values may locate a fault."""
    losses: LossPlan | None = None
    """How the model's error is computed; None where training has none, or the log no two roles."""
    cluster: str | None = None
    """The column whose equal values mark rows that depend on each other."""
    likely: tuple[str, ...] = ()
    """Without it, columns that might be it: sampled as segments are."""
    window: Window | None = None
    """The times whose rows are counted; None without a time column."""
    division: Division | None = None
    """Windows and segments that are counted beside the whole log; None where none was asked for."""
    min_rows: int = 1
    """Fewer rows than these are nothing to test."""
    max_bad: float = 1.0
    """The share of records that cannot be decoded, beyond which there is no verdict."""
    sets_apart: bool = False
    """Whether rows without a value of any feature are left out, as records of another kind."""
    sets_files_apart: bool = False
    """Whether those of files without a column of any feature are."""
    calendar: CalendarPlan | None = None
    """Features that are functions of a row's time; None where training knows of none."""
    strata: Strata | None = None
    """Parts of the week by which rows are counted; None where no feature depends on them, or rows
    have no times."""
    scopes: tuple[ScopeColumn, ...] = ()
    """Features that are normalized over scopes of rows, those whose rows are needed among them."""

    def of_role(self, role: Role) -> tuple[int, ...]:
        """Return the places of the features of a role."""
        return tuple(i for i, plan in enumerate(self.features) if plan.feature.role == role)

    @property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns whose values part features into groups, and all keys of these."""
        columns: dict[str, dict[str, None]] = {}
        for plan in self.features:
            if plan.feature.by is not None and plan.feature.groups:
                columns.setdefault(plan.feature.by, {}).update(dict.fromkeys(plan.feature.groups))
        return {column: tuple(keys) for column, keys in columns.items()}

    def feature_columns(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the features' columns to read as numbers, and those to read as labels."""
        numbers: set[str] = set()
        labels: set[str] = set()
        for plan in self.features:
            for side in (plan.raw, plan.served):
                if isinstance(side, NumericSide):
                    numbers.add(side.column)
                elif side is not None:
                    of_numbers = side.numbers or side.vectors is not None
                    (numbers if of_numbers else labels).update(side.columns)
        return frozenset(numbers), frozenset(labels - numbers)

    @property
    def wanted(self) -> Wanted:
        """Return all columns to read, and as what."""
        numbers, labels = self.feature_columns()
        labels -= {scope.column for scope in self.scopes}
        divided = () if self.division is None else self.division.segments
        for scope in self.scopes:
            numbers = numbers.union({scope.column})
            divided = (*divided, *scope.columns[1:])
        names = frozenset((*self.segments, *self.likely, *divided, *self.keys))
        others = [self.cluster, None if self.window is None else self.window.column]
        return Wanted(numbers, labels | (names - numbers), frozenset(filter(None, others)))


def planned_losses(features: Sequence[FeaturePlan], error: TrainingError | None) -> LossPlan | None:
    """Return the losses of the one prediction against the one label; None without such a pair."""
    places = {
        role: [i for i, plan in enumerate(features) if plan.feature.role == role]
        for role in ("prediction", "label")
    }
    if error is None or any(len(of_role) != 1 for of_role in places.values()):
        return None
    from skewcheck.counts.losses_of_rows import plan_losses  # few models have a known error

    (prediction,), (truth,) = places.values()
    losses = plan_losses(error, tuple(plan.feature for plan in features), prediction, truth)
    absent = [place for place in (prediction, truth) if features[place].raw is None]
    if absent:
        name = features[absent[0]].feature.name
        losses = replace(losses, reason=NoLoss("not_logged", {"column": name}))
    return losses
