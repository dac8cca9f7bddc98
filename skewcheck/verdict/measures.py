"""Apply the measure functions of the catalogue to a feature's counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Protocol, TypeVar

from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import TESTS
from skewcheck.features.types import Reference
from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.verdict.support import unsupported


class FeatureSample(Protocol):
    """Counts of one side of a feature beside its reference: the argument of a measure function."""

    def function(self, spec: TestSpec) -> str | None:
        """Return the dotted name of a test's measure function for this type; None if not tested."""
        ...

    @property
    def part(self) -> bool:
        """Whether it is of a window or segment: then only `TestSpec.in_parts` are measured."""
        ...

    @property
    def untested(self) -> Reason | None:
        """Why no distribution can be compared; None where it can."""
        ...

    @property
    def reference(self) -> Reference:
        """What training had; empty where nothing is known."""
        ...


S = TypeVar("S", bound=FeatureSample)
_ESTIMATES = frozenset({Kind.DISTANCE, Kind.SHARE})
"""Kinds of tests that gate of themselves and have a p-value."""
_STAGES = {Kind.FACT: 0, Kind.SHARE: 2}
"""Order of the kinds in reports: facts, then (1) tests of a distribution, then shares."""


@cache
def loaded(path: str) -> Callable[[S], Outcome]:
    """Return the function that `module:function` names; its module is imported on first use."""
    module, _, name = path.partition(":")
    measure: Callable[[S], Outcome] = getattr(import_module(module), name)
    return measure


def of_distribution(spec: TestSpec) -> bool:
    """Return whether a test compares distributions, rather than a share or a fact."""
    return _STAGES.get(spec.kind) is None


def measured(sample: S) -> dict[str, Outcome]:
    """Return the outcome of every test that applies to a sample, in the order of reports."""
    reason = unsupported(sample.reference)
    outcomes = {spec.code: _outcome(spec, path, sample) for spec, path in _applicable(sample)}
    if reason is None:
        return outcomes
    return {
        code: replace(outcome, unsupported=reason)
        if isinstance(outcome, Measurement) and not TESTS[code].of_all_rows
        else outcome
        for code, outcome in outcomes.items()
    }


def estimates(sample: S, first: str) -> Iterator[tuple[str, Outcome]]:
    """Yield code and outcome of the tests with an effect and a p-value, that of `first` first."""
    specs = [item for item in _applicable(sample) if item[0].kind in _ESTIMATES]
    for spec, path in sorted(specs, key=lambda item: item[0].code != first):
        yield spec.code, _outcome(spec, path, sample)


def _applicable(sample: FeatureSample) -> Iterator[tuple[TestSpec, str]]:
    """Yield the tests of a sample and the dotted names of their functions."""
    specs = [
        (spec, path)
        for spec in TESTS.values()
        if (path := sample.function(spec)) is not None and (spec.in_parts or not sample.part)
    ]
    compared = sample.untested is None
    yield from sorted(
        specs,
        key=lambda item: (_STAGES.get(item[0].kind, 1), item[0].place if compared else 0),
    )


def _outcome(spec: TestSpec, path: str, sample: S) -> Outcome:
    """Return what a measure function gives, or why no distribution can be compared."""
    reason = sample.untested
    if reason is not None and of_distribution(spec) and not spec.by_moments:
        return reason
    measure: Callable[[S], Outcome] = loaded(path)
    return measure(sample)


def effect_of(outcome: Outcome) -> float:
    """Return the effect of an outcome; 0 for a test without one, and for an untested one."""
    return (outcome.effect or 0.0) if isinstance(outcome, Measurement) else 0.0
