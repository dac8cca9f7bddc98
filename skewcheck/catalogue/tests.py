"""The tests: one entry each. Everything that lists tests iterates over `TESTS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skewcheck.catalogue.calendar_tests import CALENDAR
from skewcheck.catalogue.dependence_tests import DEPENDENCE
from skewcheck.catalogue.distribution_tests import (
    CHI2,
    JS,
    KL,
    KS,
    LINF,
    MANNWHITNEY,
    MEAN,
    PSI,
    STD,
    WASSERSTEIN,
)
from skewcheck.catalogue.fact_tests import CONSTANT, ERROR, GRID, KEYS, MISSING, PARITY, TYPE
from skewcheck.catalogue.night_tests import NIGHTS
from skewcheck.catalogue.share_tests import COVERAGE, NONFINITE, NULLS, RANGE, UNSEEN
from skewcheck.catalogue.spec import Kind, TestSpec

TESTS: Mapping[str, TestSpec] = {
    spec.code: spec
    for spec in (
        *(KS, MANNWHITNEY, PSI, CHI2, LINF, WASSERSTEIN, JS, KL, MEAN, STD),
        *(NULLS, NONFINITE, UNSEEN, RANGE, MISSING, TYPE, CONSTANT, PARITY, KEYS, GRID),
        *(DEPENDENCE, CALENDAR, ERROR, COVERAGE, NIGHTS),
    )
}
"""By code, in listing order."""

UNGATED = frozenset({Kind.SIGNIFICANCE, Kind.FACT})
"""Kinds of tests that no threshold can be set for."""


def by_kind() -> Iterator[TestSpec]:
    """Yield all tests, those of a kind together, in the order of the kinds."""
    for kind in Kind:
        yield from (spec for spec in TESTS.values() if spec.kind is kind)


def thresholds() -> dict[str, float]:
    """Return the thresholds that hold where a policy has no others.

    Without those of tests of nights, which need a state folder.
    """
    return {
        spec.code: spec.threshold
        for spec in by_kind()
        if spec.threshold is not None and spec.kind is not Kind.LASTING
    }


def gating() -> tuple[str, ...]:
    """Return the codes of the tests that can have a threshold."""
    return tuple(spec.code for spec in by_kind() if spec.kind not in UNGATED)


def windowed() -> list[TestSpec]:
    """Return the tests with a figure in windows, in the order of these figures."""
    specs = [(spec.windowed.place, spec) for spec in TESTS.values() if spec.windowed is not None]
    return [spec for _, spec in sorted(specs, key=lambda pair: pair[0])]


__all__ = [
    "CALENDAR", "CHI2", "CONSTANT", "COVERAGE", "DEPENDENCE", "ERROR", "GRID", "JS", "KEYS", "KL",
    "KS", "LINF", "MANNWHITNEY", "MEAN", "MISSING", "NIGHTS", "NONFINITE", "NULLS", "PARITY", "PSI",
    "RANGE",
    "STD", "TESTS", "TYPE", "UNSEEN", "WASSERSTEIN", "by_kind", "gating", "thresholds", "windowed",
]  # fmt: skip
