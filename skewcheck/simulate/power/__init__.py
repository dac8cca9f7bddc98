"""The power of an audit: the smallest changes it detects, and false alarms on clean logs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import GRID, KS, LINF, MANNWHITNEY, NULLS, PARITY, PSI, TESTS
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
    Parameters,
)
from skewcheck.results.policy import Policy
from skewcheck.simulate.power.detection import (
    AlarmLimits,
    Detectable,
    of_level,
    of_nulls,
    of_numeric,
    smallest,
)
from skewcheck.simulate.power.false_alarms import FalseAlarms, simulated
from skewcheck.simulate.power.normalization import paired, served
from skewcheck.simulate.power.tilting import training_distribution

MAX_CHANGE = 5.0
"""Shift in standard deviations, and growth of their ratio, up to which changes are looked for: what
is larger than that needs no statistics."""


@dataclass(frozen=True, slots=True)
class FeaturePower:
    """The smallest detected changes of one feature; None for what cannot be tested."""

    name: str
    shift: Detectable | None = None
    """Of the mean, in training standard deviations, up or down: the one harder to see."""
    scale: Detectable | None = None
    """Of the standard deviation: a factor above 1."""
    level: Detectable | None = None
    """Of the share of the commonest level."""
    nulls: Detectable | None = None
    """Of the share of nulls."""
    paired: Detectable | None = None
    """Of the scale of the normalization, relative, where raw and served values are logged."""
    served: Detectable | None = None
    """Likewise where only served values are, of a feature on a grid; without one, see `scale`."""
    without_reference: bool = False
    """The parameter file has no distribution of it: then all others are None."""


@dataclass(frozen=True, slots=True)
class AuditPower:
    """The power of an audit of so many rows under a policy."""

    rows: int
    alpha: float
    features: tuple[FeaturePower, ...]
    alarms: FalseAlarms
    by_threshold_alone: tuple[str, ...] = ()
    """Codes of tests without a p-value that have a threshold in the policy. Only the simulated
    audits take them into account: with them an audit detects the changes of `features`, or
    smaller ones."""


def power_of(parameters: Parameters, rows: int, policy: Policy, audits: int) -> AuditPower:
    """Return the power of an audit of `rows` rows, and the verdicts of `audits` clean ones."""
    alarms = simulated(parameters, rows, policy, audits)
    alpha = policy.alpha / max(alarms.tests, 1)
    features = tuple(_feature_power(f, rows, policy, alpha) for f in parameters.features)
    names = [f.name for f in parameters.features]
    by_threshold_alone = tuple(
        spec.code
        for spec in sorted(TESTS.values(), key=lambda spec: not spec.by_moments)
        if spec.kind is Kind.REPORTED
        and any(policy.threshold(name, spec.code) is not None for name in names)
    )
    return AuditPower(rows, policy.alpha, features, alarms, by_threshold_alone)


def _feature_power(feature: Feature, rows: int, policy: Policy, alpha: float) -> FeaturePower:
    reference = feature.reference
    if reference is None or not reference.rows:
        return FeaturePower(feature.name, without_reference=True)
    limits = _limits(feature.name, policy, alpha)
    null_share = reference.nulls / reference.rows
    nulls = smallest(
        lambda more: of_nulls(reference.nulls, reference.rows, more, rows, limits), 1 - null_share
    )
    present = rows * (1 - null_share)
    if isinstance(reference, CategoricalReference):
        counts = np.array([*reference.counts.values(), reference.other], np.int64)
        level = smallest(lambda change: of_level(counts, change, present, limits), 1.0)
        return FeaturePower(feature.name, level=level, nulls=nulls)
    share = policy.threshold(feature.name, PARITY.code) or 0.0
    return FeaturePower(
        feature.name, *_shift_and_scale(feature, reference, present, limits), nulls=nulls,
        paired=paired(feature, rows, share),
        served=None if feature.untested is not None
        else served(feature, rows, policy.threshold(feature.name, GRID.code) or 0.0),
    )  # fmt: skip


def _limits(feature: str, policy: Policy, alpha: float) -> AlarmLimits:
    """Return the limits from which on an audit fails: those of warnings where these fail it."""
    warns = policy.fail_on == "warn"

    def limit(test: TestSpec) -> float:
        threshold = policy.threshold(feature, test.code)
        return np.inf if threshold is None else threshold * (1 / test.warns if warns else 1.0)

    return AlarmLimits(alpha, limit(KS), limit(MANNWHITNEY), limit(PSI), limit(LINF), limit(NULLS))


def _shift_and_scale(
    feature: Feature, reference: NumericReference, present: float, limits: AlarmLimits
) -> tuple[Detectable | None, Detectable | None]:
    """Return the detected shift of the mean and ratio of stds; None without a training std."""
    training = training_distribution(reference, feature.steps) if reference.finite else None
    if training is None:
        return None, None

    def power(shares: FloatArray | None) -> float:
        return 0.0 if shares is None else of_numeric(training.counts, shares, present, limits)

    def of_shift(by: float) -> float:
        # A distribution without values that far down can only shift up.
        both = (training.shifted(by), training.shifted(-by))
        return min((power(shares) for shares in both if shares is not None), default=0.0)

    wider = smallest(lambda more: power(training.wider(1 + more)), MAX_CHANGE)
    ratio = Detectable(*(None if x is None else 1 + x for x in (wider.likely, wider.sure)))
    return smallest(of_shift, MAX_CHANGE), ratio
