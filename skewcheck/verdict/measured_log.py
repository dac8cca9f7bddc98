"""A profile with what all tests and causes derive from it: design effects and grids by feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.feature_profile import Counts, FeatureProfile
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.sides import Side
from skewcheck.logs.columns import has_place

if TYPE_CHECKING:
    from skewcheck.causes.grids import Grid

MORE_NULLS = 0.01
"""Excess of a share of nulls, of which the test of nulls warns."""


@dataclass(frozen=True, slots=True)
class MeasuredLog:
    """A profile and what is derived from it once; sequences are in the order of the features."""

    plan: Plan
    profile: Profile
    """Its samples are settled."""
    design_effects: Sequence[float]
    """At least 1 per feature; 1 where the plan names no clusters."""
    grids: Sequence[Grid | None]
    """How the undone served values lie on the raw grid; None for a feature without a grid."""

    @classmethod
    def of(cls, plan: Plan, profile: Profile) -> MeasuredLog:
        """Return a profile that was taken by this plan, with what is derived from it."""
        settled = replace(profile, sample=profile.sample.settled(), runs=profile.runs.settled())
        settled = _with_lost_nulls(plan, settled)
        plan = _with_lacking(_without_absent_elements(plan, settled), settled)
        return cls(plan, settled, _design_effects(plan, settled), _grids(plan, settled))

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names."""
        return tuple(feature_plan.feature.name for feature_plan in self.plan.features)


def _design_effects(plan: Plan, profile: Profile) -> Sequence[float]:
    """Return each feature's design effect by the plan's clusters, at least 1; ones without any."""
    if plan.cluster is None:
        return [1.0] * len(plan.features)
    from skewcheck.verdict.cluster_effects import design_effects  # few plans name clusters

    return design_effects(plan, profile)


def _without_absent_elements(plan: Plan, profile: Profile) -> Plan:
    """Return the plan without columns that are elements of a vector which no row has.

    Only a fixed-size list says in advance how long it is: of the others a place without a value in
    any row is no column.
    """
    pairs = zip(plan.features, profile.features, strict=True)
    return replace(plan, features=tuple(_logged(*pair) for pair in pairs))


def _with_lost_nulls(plan: Plan, profile: Profile) -> Profile:
    """Return the profile with rows without any feature as nulls of those that have others.

    Where a feature has more nulls than in training in other rows too, these are its nulls as well.
    """
    lost = profile.intake.total.featureless
    if not lost:
        return profile
    pairs = zip(plan.features, profile.features, strict=True)
    features = (
        replace(
            counts, raw=_with_nulls(feature.raw, counts.raw, lost),
            served=_with_nulls(feature.served, counts.served, lost),
        )
        for feature, counts in pairs
    )  # fmt: skip
    return replace(profile, features=tuple(features))


def _with_nulls(side: Side | None, counts: Counts | None, lost: int) -> Counts | None:
    reference = None if side is None else side.reference
    if counts is None or reference is None or not reference.rows:
        return counts
    expected = reference.nulls / reference.rows
    if counts.nulls <= (expected + MORE_NULLS) * counts.rows:
        return counts
    return replace(counts, rows=counts.rows + lost, nulls=counts.nulls + lost)


def _with_lacking(plan: Plan, profile: Profile) -> Plan:
    """Return the plan with the files that lack the served columns of a feature which others have.

    Without steps the raw column is what the model takes.
    """
    if not profile.absent:
        return plan

    def lacking(feature: FeaturePlan) -> tuple[str, ...]:
        if feature.served is None or not feature.normalized:
            return ()
        absent = [profile.absent.get(column, {}) for column in feature.served.columns]
        # Files without a row left hold records of another kind, which are counted apart.
        return tuple(
            file for file, rows in absent[0].items()
            if rows and all(file in files for files in absent)
        )  # fmt: skip

    features = (replace(feature, lacking=lacking(feature)) for feature in plan.features)
    return replace(plan, features=tuple(features))


def _logged(plan: FeaturePlan, profile: FeatureProfile) -> FeaturePlan:
    raw = None if _absent(plan.raw, profile.raw) else plan.raw
    served = None if _absent(plan.served, profile.served) else plan.served
    if (raw, served) == (plan.raw, plan.served):
        return plan
    lacks_served = raw is not None and served is not plan.served and plan.normalized
    missing_served = plan.missing_served or lacks_served
    return replace(plan, raw=raw, served=served, missing_served=missing_served, absent_element=True)


def _absent(side: Side | None, counts: Counts | None) -> bool:
    if side is None or counts is None or not all(map(has_place, side.columns)):
        return False
    return counts.nulls == counts.rows


def _grids(plan: Plan, profile: Profile) -> Sequence[Grid | None]:
    """Return what served values say of each feature's grid, imported only where raw ones lack."""
    if all(feature.raw is not None or feature.served is None for feature in plan.features):
        return [None] * len(plan.features)
    from skewcheck.causes.grid_test import find_grids

    return find_grids(plan, profile)
