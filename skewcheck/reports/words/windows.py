"""What a change over windows is, in words; its times stand beside it."""

from __future__ import annotations

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import TESTS
from skewcheck.results.parts import Change
from skewcheck.text.numbers import figure, percent


def change_text(change: Change) -> str:
    """Return the statistic of the test that is furthest beyond its threshold, in its own unit.

    Its name alone where the statistic may not be shown.
    """
    spec = TESTS[change.test]
    if change.statistic is None:
        return spec.symbol or spec.label
    if spec.kind is Kind.PROOF:
        return f"{spec.label} in {percent(change.statistic)} of the rows"
    if spec.kind is Kind.DISTANCE:
        return f"{spec.symbol or spec.label} {figure(change.statistic)}"
    return f"{change.test} {percent(change.statistic)}"
