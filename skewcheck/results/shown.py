"""Figures without values: what may be shown of figures of many rows, so that none gives one back.

A figure of few rows is a value of theirs: the `mean` of one row times training's deviation is its
value. And figures of many rows give a row back where they can be subtracted: of the mean m of n
rows and the mean m' of all but one, n m - (n - 1) m' is the value of that one. So

- a figure of fewer than `FEWEST_ROWS` rows is left out; and
- the others are rounded so that such a difference is off by more than a value is worth. Rounding
  to multiples of r makes n m uncertain by n r, so that r is at least `HIDING_ROWS / n`: the
  difference is uncertain by 10 (shares and distances are of rows: by 10 rows; means are in
  standard deviations of training: by 10 of them, where nearly all values lie within 5).

That hides a row among its like. A single value so large that it makes the whole figure (a mean of
v / n) is not hidden by a step that is absolute: figures that one row can move without bound
(`TestSpec.unbounded`) are rounded to one digit, or two where the first is a 1, which is 2.5 % to
25 % of them, or, where they have a confidence interval, to their own standard error: of a mean
that a single row makes, that is the mean itself. P-values are functions of the same figures, in
many more digits: of them a bound is shown, from a ladder.

Where nearly all rows have one value that was rare in training, figures of any number of rows are
functions of it, and are left out: `verdict.alike` says where.

The number of rows of the log that have no value, and that break parity, are counts, not figures:
they are exact in the whole log. Rounding is that of one report: many reports of nearly the same
rows, each with one more, tell more than one does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from skewcheck.catalogue.spec import Kind, TestSpec, Unit
from skewcheck.catalogue.tests import NONFINITE, NULLS, TESTS, TYPE
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.tests import JudgedTest

FEWEST_ROWS = 50
"""Rows from which figures are shown: no row weighs over 2 % in a mean."""
HIDING_ROWS = 10.0
"""By how many rows, or standard deviations, a difference of two figures is uncertain: values are
within 5 standard deviations but for one in a million, so that it tells nothing of one."""
LADDER = (1.0, 0.1, 0.01, 1e-3, 1e-6, 1e-12, 1e-24, 1e-48, 1e-96, 1e-192)
"""Bounds of p-values. -ln p grows as the square of D: where exponents double, the D of neighbours
are a factor of 1.4 apart, 6 rows of 50 and more of many."""
ALIKE = 1e-3
"""A std so small beside the mean that the mean's first digits are those of each row."""
_CHI2_ERRORS = 3.0
"""A row changes a chi-square of X by up to about sqrt(X), where cells expect 5 rows."""


def step(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least so large.

    `least` is positive and finite.
    """
    power = 10.0 ** math.floor(math.log10(least))
    enough = least * (1 - 1e-9)  # the last digit of a difference makes no wider step
    return next((m * power for m in (1.0, 2.0, 5.0) if m * power >= enough), 10 * power)


def rounded(value: float, least: float, limit: float | None = None) -> float:
    """Return a number rounded to multiples of a step of at least `least`, on its side of a limit.

    What is not finite, and everything where `least` is 0, stays as it is.
    """
    if not math.isfinite(value) or not least > 0:
        return value
    width = step(least)
    places = math.floor(value / width + 0.5)
    if limit is not None and value >= limit > places * width:
        places = math.ceil(limit / width)
    if limit is not None and value < limit <= places * width:
        places = math.ceil(limit / width) - 1
    return float(f"{places * width:.12g}")


def down(value: float, least: float) -> float:
    """Return the next multiple of such a step that is not above a number."""
    if not math.isfinite(value) or not least > 0:
        return value
    width = step(least)
    return float(f"{math.floor(value / width + 1e-9) * width:.12g}")


def leading(value: float) -> float:
    """Return the step that leaves a number one digit, or two if the first is a 1; 0 for 0."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(abs(value)) + 1e-12)
    return power / 10 if abs(value) < 2 * power else power


def bound(p: float | None, alpha: float) -> float | None:
    """Return a bound of a p-value from `LADDER`, or alpha where only that keeps it significant."""
    if p is None or not p > 0:
        return p
    above = min(rung for rung in LADDER if rung >= min(p, 1.0))
    return alpha if p <= alpha < above else above


def shown_tests(
    tests: Iterable[JudgedTest], rows: int, nulls: int, alpha: float, *, whole: bool = False
) -> tuple[JudgedTest, ...]:
    """Return tests of some rows, `nulls` of them without a value, with the figures to show.

    `whole`: they are of the whole log, whose counts stand beside them.
    """
    listed = tuple(tests)
    shares = {test.name: test.statistic or 0.0 for test in listed}
    valued = usable(rows, shares, nulls)
    return tuple(
        _shown(test, rows if test.spec.of_all_rows else valued, alpha, whole=whole)
        for test in listed
    )


def valueless(feature: FeatureAudit) -> int:
    """Return the rows of a feature without a value that figures may be of; all that are alike."""
    return feature.rows if feature.alike else feature.nulls


def usable(rows: int, shares: Mapping[str, float], nulls: int | None = None) -> int:
    """Return how many rows have a value that figures are of: by the shares of those that do not."""
    of_nulls = shares.get(NULLS.code, 0.0) * rows if nulls is None else nulls
    others = (shares.get(NONFINITE.code, 0.0) + shares.get(TYPE.code, 0.0)) * rows
    return math.floor(max(rows - of_nulls - others, 0.0) + 1e-6)


def shown_figure(
    value: float | None, spec: TestSpec, rows: float, limit: float | None = None
) -> float | None:
    """Return a statistic of so many rows as it may be shown; None of too few."""
    if value is None or rows < FEWEST_ROWS:
        return None
    return rounded(value, _least(value, spec, rows), limit)


def _shown(test: JudgedTest, rows: int, alpha: float, *, whole: bool) -> JudgedTest:
    spec = test.spec
    logged = rows if test.rows is None else min(rows, round(test.rows * test.deff))
    if logged < FEWEST_ROWS:
        return replace(
            test, statistic=None, effect=None, expected=None, p_value=None, p_adjusted=None,
            interval=None, value=None, rows=None if test.rows is None else float(logged), deff=1.0,
            needed=None if spec.unbounded else test.needed,
        )  # fmt: skip
    deff = rounded(test.deff, leading(test.deff))
    kept = replace(
        test, value=None, p_value=bound(test.p_value, alpha),
        p_adjusted=bound(test.p_adjusted, alpha), deff=deff,
        rows=test.rows if deff == test.deff or test.rows is None else test.rows * test.deff / deff,
    )  # fmt: skip
    return kept if whole and _is_count(spec) else _rounded(kept, spec, logged)


def _is_count(spec: TestSpec) -> bool:
    return spec.of_all_rows or spec.kind is Kind.PROOF


def _rounded(test: JudgedTest, spec: TestSpec, rows: int) -> JudgedTest:
    """Return a test with its figures rounded, the interval outwards."""
    least, held = _step_of(test, spec, rows), None
    if test.statistic is not None and test.effect in (None, test.statistic):
        held = test.threshold
    # A chance of one half is no shift: what is rounded is how far it is from there.
    middle = test.expected or 0.0 if spec.about_expected and spec.unit is not Unit.PERCENT else 0.0
    statistic = effect = None
    if test.statistic is not None:
        statistic = rounded(test.statistic - middle, least(test.statistic), held) + middle
    if test.effect is not None:
        of_effect = 0.0 if test.effect == test.statistic else _least(test.effect, spec, rows)
        effect = rounded(test.effect, of_effect or least(test.effect), test.threshold)
    expected, interval, needed = test.expected, test.interval, test.needed
    if expected is not None and not (middle or spec.unbounded or spec.unit is Unit.PERCENT):
        expected = rounded(expected, least(expected))
    if interval is not None:
        low, high = (end - middle for end in interval)
        interval = down(low, least(low)) + middle, -down(-high, least(high)) + middle
    if needed is not None and spec.unbounded:
        needed = rounded(needed, leading(needed))
    return replace(
        test, statistic=statistic, effect=effect, expected=expected, interval=interval,
        needed=needed,
    )  # fmt: skip


def _step_of(test: JudgedTest, spec: TestSpec, rows: int) -> Callable[[float], float]:
    """Return to what a figure of a test is rounded at least, as a function of the figure."""
    if spec.unbounded and test.interval is not None:
        # Of 95 %: four standard errors.
        error = (test.interval[1] - test.interval[0]) / 4
        return lambda value: error or _least(value, spec, rows)
    return lambda value: _least(value, spec, rows)


def _least(value: float, spec: TestSpec, rows: float) -> float:
    """Return to what a figure of so many rows is rounded at least; 0 for not at all."""
    if spec.kind is Kind.LOSS:
        return leading(value)  # it has a unit of its own, in which `HIDING_ROWS` say nothing
    if spec.kind is Kind.SIGNIFICANCE:
        return max(leading(value), HIDING_ROWS, _CHI2_ERRORS * math.sqrt(abs(value)))
    least = HIDING_ROWS / rows
    return max(least, leading(value)) if spec.unbounded else least


def shown_figures(
    figures: Mapping[str, float], rows: int, *, alike: bool = False
) -> dict[str, float]:
    """Return the figures of a window of so many rows, by the codes of their tests.

    Where its values are `alike`, only those of all rows.
    """
    valued = 0 if alike else usable(rows, figures)
    shown = {
        code: shown_figure(value, TESTS[code], rows if TESTS[code].of_all_rows else valued)
        for code, value in figures.items()
    }
    return {code: value for code, value in shown.items() if value is not None}


def shown_moments(parameters: Mapping[str, object], rows: float) -> dict[str, object]:
    """Return the parameters of a cause with the mean and std of so many rows rounded.

    To the standard error of such a mean, std / sqrt(n), or more, up to a power of two: that of a
    std which a single row makes is as large as its share in the mean. Of rows that are all alike,
    up to `ALIKE`, the mean is the value of each: it is left out.
    """
    std, mean = parameters.get("std"), parameters.get("mean")
    least = ALIKE * abs(mean) if isinstance(mean, float) else 0.0
    if not isinstance(std, float) or not least < std < math.inf:
        return {key: value for key, value in parameters.items() if key not in ("mean", "std")}
    width = 2.0 ** math.ceil(math.log2(std / math.sqrt(rows)))
    return {
        key: math.floor(value / width + 0.5) * width
        if key in ("mean", "std") and isinstance(value, float) and math.isfinite(value) else value
        for key, value in parameters.items()
    }  # fmt: skip
