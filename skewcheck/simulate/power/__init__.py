"""The power of an audit: the smallest changes it detects, and false alarms on clean logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import PARITY, TESTS
from skewcheck.engine.columns import parts
from skewcheck.features.steps import scope_of
from skewcheck.features.transform import expansion
from skewcheck.features.types import Feature, NumericReference, Parameters
from skewcheck.results.policy import Policy
from skewcheck.simulate.power.changes import (
    AuditedFeature,
    of_level,
    of_nulls,
    of_scale,
    of_shift,
    without_reported,
)
from skewcheck.simulate.power.false_alarms import (
    FalseAlarms,
    Step,
    simulated,
    simulated_feature,
)
from skewcheck.simulate.power.normalization import paired, served
from skewcheck.simulate.power.search import Detectable
from skewcheck.simulate.power.simulated_logs import SimulatedNumbers
from skewcheck.simulate.power.standing import Ahead, followed, standing
from skewcheck.simulate.power.tilting import normalized_reference, training_distribution
from skewcheck.text.brief import brief

MAX_CHANGE = 5.0
"""Shift in standard deviations, and growth of their ratio, up to which changes are looked for: what
is larger than that needs no statistics."""
Progress = Callable[[int, int, str], None]
"""Called with the steps that are done, all of them, and the feature that is next, if any."""


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
    standing: Detectable | None = None
    """Of a shift that stands over nights: of numbers in the standard deviations of `nights`."""
    standing_level: Detectable | None = None
    """Likewise of the share of the most frequent level."""
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
    ahead: Ahead | None = None
    """The nights of a gate in which standing shifts are to be found; None where none are."""

    def __repr__(self) -> str:
        """Return what it is of, in less than 1,000 characters."""
        return brief(
            "AuditPower", rows=self.rows, alpha=self.alpha, audits=self.alarms.audits,
            number=len(self.features), features=[feature.name for feature in self.features],
        )  # fmt: skip

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the smallest changes that an audit detects."""
        import skewcheck  # whose rooms above this one have the words

        return skewcheck.html_of_power(self)


def power_of(
    parameters: Parameters, rows: int, policy: Policy, audits: int, ahead: Ahead | None = None,
    progress: Progress | None = None,
) -> AuditPower:  # fmt: skip
    """Return the power of an audit of `rows` rows, and the verdicts of `audits` clean ones.

    Of the nights ahead as well, if any, of so many rows each.
    """
    features = tuple(part for f in parameters.features for part in _audited(_of_reference(f)))
    parameters = replace(parameters, features=features)
    step = _steps(audits + len(features), progress)
    alarms = simulated(parameters, rows, policy, audits, step)
    table_policy = without_reported(policy)
    powers = tuple(_feature_power(f, rows, table_policy, alarms.tests, step) for f in features)
    if ahead is not None:
        powers = _standing(features, powers, rows, policy, ahead)
    names = [f.name for f in features]
    by_threshold_alone = tuple(
        spec.code
        for spec in sorted(TESTS.values(), key=lambda spec: not spec.by_moments)
        if spec.kind is Kind.REPORTED
        and any(policy.threshold(name, spec.code) is not None for name in names)
    )
    return AuditPower(rows, policy.alpha, powers, alarms, by_threshold_alone, ahead)


def _steps(steps: int, progress: Progress | None) -> Step:
    """Return what is called before each step of the work."""
    done = 0

    def step(name: str) -> None:
        nonlocal done
        if progress is not None:
            progress(done, steps, name)
        done += 1

    return step


def _standing(
    features: tuple[Feature, ...], powers: tuple[FeaturePower, ...], rows: int, policy: Policy,
    ahead: Ahead,
) -> tuple[FeaturePower, ...]:  # fmt: skip
    """Return the powers with those of the test over nights."""
    logs = {f.name: simulated_feature(f) for f in features if f.role != "label"}
    numbers = {name: followed(of, rows) for name, of in logs.items() if of is not None}
    share = sum(of is not None for of in numbers.values())
    found = []
    for power in powers:
        of_feature = numbers.get(power.name)
        if of_feature is not None:
            change = standing(of_feature, power.name, policy, ahead, share)
            numeric = isinstance(logs[power.name], SimulatedNumbers)
            power = (
                replace(power, standing=change) if numeric
                else replace(power, standing_level=change)
            )  # fmt: skip
        found.append(power)
    return tuple(found)


def _of_reference(feature: Feature) -> Feature:
    """Return a feature as its distribution is tested: over a scope of rows it is of raw values."""
    return feature if scope_of(feature.steps) is None else replace(feature, steps=())


def _audited(feature: Feature) -> Iterator[Feature]:
    """Yield a feature as audits have it: a number that is expanded is one for each column.

    Changes are of the number before its expansion, whose column has no other raw values.
    """
    if expansion(feature.steps) is None:
        yield feature
        return
    shared = tuple(step for step in feature.steps if step is not expansion(feature.steps))
    for part in parts(feature):
        yield replace(part, steps=shared)


def _feature_power(
    feature: Feature, rows: int, policy: Policy, p_values: int, step: Step
) -> FeaturePower:
    step(feature.name)
    logs = simulated_feature(feature)
    if logs is None:
        return FeaturePower(feature.name, without_reference=True)
    audited = AuditedFeature(feature.name, logs, rows, policy, p_values)
    nulls = of_nulls(audited)
    if not isinstance(logs, SimulatedNumbers):
        return FeaturePower(feature.name, level=of_level(audited), nulls=nulls)
    share = policy.threshold(feature.name, PARITY.code) or 0.0
    return FeaturePower(
        feature.name, *_shift_and_scale(audited, logs.reference, feature), nulls=nulls,
        paired=paired(feature, rows, policy, share),
        served=None if feature.untested is not None else served(feature, rows, policy),
    )  # fmt: skip


def _shift_and_scale(
    audited: AuditedFeature, reference: NumericReference, feature: Feature
) -> tuple[Detectable | None, Detectable | None]:
    """Return the detected shift of the mean and ratio of stds; None without a training std."""
    normalized = normalized_reference(reference, feature.steps)
    training = None if normalized is None else training_distribution(normalized)
    if normalized is None or training is None:
        return None, None
    logs = SimulatedNumbers.of(normalized)
    audited = replace(audited, logs=logs)
    return of_shift(audited, training, MAX_CHANGE), of_scale(audited, training, MAX_CHANGE)
