"""What an audit of so many rows would catch under a policy, and how often it would cry wolf."""

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
from skewcheck.simulate.power.alarms import Alarms, simulated
from skewcheck.simulate.power.catching import Bars, Caught, of_level, of_nulls, of_numeric, smallest
from skewcheck.simulate.power.normalizing import paired, served
from skewcheck.simulate.power.tilting import world

FAR = 5.0
"""Standard deviations, and the ratio of them, up to which changes are looked for."""


@dataclass(frozen=True, slots=True)
class FeaturePower:
    """The smallest changes of one feature that an audit catches; None for what it cannot test."""

    name: str
    shift: Caught | None = None
    """Of the mean, in training standard deviations, up or down: the one harder to see."""
    scale: Caught | None = None
    """Of the standard deviation: a factor above 1."""
    level: Caught | None = None
    """Of the share of the commonest level."""
    nulls: Caught | None = None
    """Of the share of nulls."""
    paired: Caught | None = None
    """Of the scale of the normalization, relative, where raw and served values are logged."""
    served: Caught | None = None
    """Likewise where only served values are, of a feature on a grid; without one, see `scale`."""
    without_reference: bool = False
    """Nothing can be said: the parameter file has no distribution of it."""


@dataclass(frozen=True, slots=True)
class AuditPower:
    """What an audit of so many rows would catch."""

    rows: int
    alpha: float
    features: tuple[FeaturePower, ...]
    alarms: Alarms
    unforeseen: tuple[str, ...] = ()
    """Tests that gate by a threshold alone, which only the simulated audits know: with them an
    audit catches what `features` say, or more."""


def power_of(parameters: Parameters, rows: int, policy: Policy, audits: int) -> AuditPower:
    """Return what an audit of `rows` rows would catch, and what `audits` of clean logs end in."""
    alarms = simulated(parameters, rows, policy, audits)
    alpha = policy.alpha / max(alarms.tests, 1)
    features = tuple(_feature(f, rows, policy, alpha) for f in parameters.features)
    names = [f.name for f in parameters.features]
    unforeseen = tuple(
        spec.code
        for spec in sorted(TESTS.values(), key=lambda spec: not spec.by_moments)
        if spec.kind is Kind.REPORTED
        and any(policy.threshold(name, spec.code) is not None for name in names)
    )
    return AuditPower(rows, policy.alpha, features, alarms, unforeseen)


def _feature(feature: Feature, rows: int, policy: Policy, alpha: float) -> FeaturePower:
    reference = feature.reference
    if reference is None or not reference.rows:
        return FeaturePower(feature.name, without_reference=True)
    bars = _bars(feature.name, policy, alpha)
    own = reference.nulls / reference.rows
    nulls = smallest(
        lambda more: of_nulls(reference.nulls, reference.rows, more, rows, bars), 1 - own
    )
    present = rows * (1 - own)
    if isinstance(reference, CategoricalReference):
        counts = np.array([*reference.counts.values(), reference.other], np.int64)
        level = smallest(lambda change: of_level(counts, change, present, bars), 1.0)
        return FeaturePower(feature.name, level=level, nulls=nulls)
    share = policy.threshold(feature.name, PARITY.code) or 0.0
    return FeaturePower(
        feature.name, *_moved(feature, reference, present, bars), nulls=nulls,
        paired=paired(feature, rows, share),
        served=None if feature.untested is not None
        else served(feature, rows, policy.threshold(feature.name, GRID.code) or 0.0),
    )  # fmt: skip


def _bars(feature: str, policy: Policy, alpha: float) -> Bars:
    """Return what makes an audit fail: half the thresholds where warnings do."""
    warns = policy.fail_on == "warn"

    def bar(test: TestSpec) -> float:
        threshold = policy.threshold(feature, test.code)
        return np.inf if threshold is None else threshold * (1 / test.warns if warns else 1.0)

    return Bars(alpha, bar(KS), bar(MANNWHITNEY), bar(PSI), bar(LINF), bar(NULLS))


def _moved(
    feature: Feature, reference: NumericReference, present: float, bars: Bars
) -> tuple[Caught | None, Caught | None]:
    known = world(reference, feature.steps) if reference.finite else None
    if known is None:
        return None, None

    def caught(shares: FloatArray | None) -> float:
        return 0.0 if shares is None else of_numeric(known.counts, shares, present, bars)

    def both(by: float) -> float:
        # A world without values that far down can only have moved up.
        moved = [shares for shares in (known.shifted(by), known.shifted(-by)) if shares is not None]
        return min((caught(shares) for shares in moved), default=0.0)

    wider = smallest(lambda more: caught(known.wider(1 + more)), FAR)
    return smallest(both, FAR), Caught(
        *(None if x is None else 1 + x for x in (wider.likely, wider.sure))
    )
