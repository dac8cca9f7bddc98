"""Measure functions of the catalogue: found by their dotted names, applied to one sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Protocol, TypeVar

from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import TESTS
from skewcheck.results.tests import Measurement, Outcome, Reason


class Sample(Protocol):
    """One side of a feature, counted, and what training had: what a statistic is computed from."""

    def function(self, spec: TestSpec) -> str | None:
        """Return the dotted name of a test's function for such a sample; None without any."""
        ...

    @property
    def part(self) -> bool:
        """Whether it is of a part of a log: then only `TestSpec.in_parts` are measured."""
        ...

    @property
    def untested(self) -> Reason | None:
        """Return why no distribution can be compared; None where they can."""
        ...


S = TypeVar("S", bound=Sample)
_STAGES = {Kind.FACT: 0, Kind.SHARE: 2}
"""Facts come before the tests of a distribution, shares after them."""


@cache
def loaded(path: str) -> Callable[[S], Outcome]:
    """Return the function that `module:function` names; it is imported on first use."""
    module, _, name = path.partition(":")
    measure: Callable[[S], Outcome] = getattr(import_module(module), name)
    return measure


def of_distribution(spec: TestSpec) -> bool:
    """Tell whether a test compares distributions, rather than one share or fact."""
    return _STAGES.get(spec.kind) is None


def measured(sample: S) -> dict[str, Outcome]:
    """Measure a sample by every test that applies to it, in the order of reports."""
    return {spec.code: _outcome(spec, path, sample) for spec, path in _applicable(sample)}


def _applicable(sample: Sample) -> Iterator[tuple[TestSpec, str]]:
    """Yield the tests of a sample and the dotted names of their functions."""
    specs = [
        (spec, path)
        for spec in TESTS.values()
        if (path := sample.function(spec)) is not None and (spec.in_parts or not sample.part)
    ]
    compared = sample.untested is None
    yield from sorted(
        specs, key=lambda one: (_STAGES.get(one[0].kind, 1), one[0].place if compared else 0)
    )


def _outcome(spec: TestSpec, path: str, sample: S) -> Outcome:
    reason = sample.untested
    if reason is not None and of_distribution(spec) and not spec.by_moments:
        return reason
    measure: Callable[[S], Outcome] = loaded(path)
    return measure(sample)


def effect_of(outcome: Outcome) -> float:
    """Return the effect of a test; 0 where there is none."""
    return (outcome.effect or 0.0) if isinstance(outcome, Measurement) else 0.0
