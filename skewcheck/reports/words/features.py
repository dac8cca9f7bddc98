"""One plain sentence per feature: what is wrong, worst first, or that nothing is.

A sentence of a test names features, shares and shifts, never a level or a value of a row: those
stand beside it, where `--no-values` can leave them out. Causes bring their own sentences.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from skewcheck.results.audit import Cause
from skewcheck.results.diagnosed import Found
from skewcheck.results.policy import Test, Verdict
from skewcheck.text.numbers import figure, percent

_ORDER = (
    "missing", "type", "parity", "grid", "constant", "nulls", "nonfinite", "unseen", "range",
)  # fmt: skip
_SEVERE = (Verdict.SKEW, Verdict.WARN)


def sentence(tests: Sequence[Test], verdict: Verdict, why: Found | None = None) -> str:
    """Return the sentence of a feature with these judged tests: why first, then what was seen."""
    found = {
        test.name: test
        for severity in _SEVERE
        for test in tests
        if test.verdict is severity and not test.waived
    }
    if verdict is Verdict.INCONCLUSIVE:
        return _too_few(tests)
    if not found:
        return _quiet(tests, verdict)
    mechanical = _leading(why.causes) if why else []
    parts = [cause.message for cause in mechanical]
    if why and why.unexplained:
        parts.append(f"{percent(why.unexplained)} of the rows {why.told}")
    proven = {"parity", "grid"} if mechanical else {"parity"} if why and why.unexplained else set()
    parts += [_TEXTS[name](found[name]) for name in _ORDER if name in found and name not in proven]
    moved = [name for name in found if name not in _ORDER]
    if moved:
        parts.append(_moved({test.name: test for test in tests}, moved))
    return "; ".join(parts)


def _leading(causes: Sequence[Cause]) -> list[Cause]:
    """Return the causes that a sentence begins with: those likelier than drift.

    Of two for the same rows it is the likelier; the other stands beside the sentence.
    """
    before = list(itertools.takewhile(lambda cause: cause.code != "drift", causes))
    return [
        cause
        for i, cause in enumerate(before)
        if not any(
            (one.share, one.where) == (cause.share, cause.where)
            and one.confidence + cause.confidence <= 1
            for one in before[:i]
        )
    ]


def _quiet(tests: Sequence[Test], verdict: Verdict) -> str:
    if verdict is Verdict.UNTESTED:
        reasons = dict.fromkeys(test.reason for test in tests if test.reason)
        return f"not tested: {'; '.join(str(reason) for reason in reasons)}"
    waived = dict.fromkeys(
        f"{test.name} until {test.waived}"
        for test in tests
        if test.waived and test.verdict in _SEVERE
    )
    return f"waived: {', '.join(waived)}" if waived else "no skew found"


def _too_few(tests: Sequence[Test]) -> str:
    """Name the test that needs most rows: with so many, all others have enough."""
    doubted = [test for test in tests if test.verdict is Verdict.INCONCLUSIVE and not test.waived]
    worst = max(doubted, key=lambda test: test.needed or 0.0)
    text = f"too little data: {worst.reason}"
    warned = [test.name for test in tests if test.verdict is Verdict.WARN and not test.waived]
    return f"{text}; moved, less than skew or not surely: {', '.join(warned)}" if warned else text


def doubt(test: Test, reference: int) -> str:
    """Tell why a test is inconclusive, and how many rows it would take.

    `reference` are the rows that training had.
    """
    looked_for = f"to see {_SOUGHT[test.name].format(_sought(test))}"
    if math.isinf(test.needed or 0.0):
        return f"the reference's {reference:,} rows are too few for any log {looked_for}"
    rows = test.rows or 0
    worth = f", worth {rows:,.0f} independent ones" if test.deff > 1 else ""
    return (
        f"{rows * test.deff:,.0f} usable rows{worth}; {test.needed or 0:,.0f} needed {looked_for}"
    )


def _sought(test: Test) -> str:
    limit = test.threshold or 0.0
    return figure(limit) if test.name in _PLAIN else figure(100 * limit)


_PLAIN = frozenset({"ks", "mannwhitney", "psi", "mean", "std"})
_SOUGHT = {
    "ks": "KS D {}", "mannwhitney": "P(serving > training) off by {}", "psi": "PSI {}",
    "mean": "a mean off by {}", "std": "a logarithm of the spread off by {}",
    "linf": "a level's share change by {} percentage points", "nulls": "{} % more nulls",
    "nonfinite": "{} % more infinities", "unseen": "{} % unseen levels",
    "range": "{} % out of range", "error": "an error that is {} % larger",
}  # fmt: skip


def _missing(test: Test) -> str:
    return test.reason or "no column in the log"


def _type(test: Test) -> str:
    return f"{percent(test.statistic or 0)} of the rows hold values of another type"


def _parity(test: Test) -> str:
    share = percent(test.statistic or 0)
    return (
        f"{share} of the rows were not served as the training normalization of their raw value;"
        " no known mechanism explains them"
    )


def _grid(test: Test) -> str:
    share = percent(test.statistic or 0)
    back = "no other parameters" if test.reason else "other parameters"
    return f"{share} of the served values, undone, miss the training grid, and {back} put them back"


def _constant(_: Test) -> str:
    return "one and the same value in all rows, where training had several"


def _nulls(test: Test) -> str:
    had = percent(test.expected or 0)
    if test.statistic == 1:
        return f"no value in any row, where training had {had} nulls"
    return f"{percent(test.statistic or 0)} nulls, where training had {had}"


def _nonfinite(test: Test) -> str:
    had = percent(test.expected or 0)
    return f"{percent(test.statistic or 0)} of the values are infinite, where training had {had}"


def _unseen(test: Test) -> str:
    return f"{percent(test.statistic or 0)} of the rows have levels that training has not seen"


def _range(test: Test) -> str:
    return f"{percent(test.statistic or 0)} of the values lie outside the training range"


_TEXTS = {
    "missing": _missing, "type": _type, "parity": _parity, "grid": _grid,
    "constant": _constant, "nulls": _nulls, "nonfinite": _nonfinite, "unseen": _unseen,
    "range": _range,
}  # fmt: skip


def _moved(tests: Mapping[str, Test], moved: Sequence[str]) -> str:
    """Tell how a distribution moved, by the most telling of its figures."""
    figures = [
        f"{label} = {_figure(value)}"
        for name, label in (("ks", "KS D"), ("linf", "L∞"), ("psi", "PSI"))
        if name in tests and (value := tests[name].statistic) is not None
    ]
    brackets = f" ({', '.join(figures)})" if figures else ""
    return f"{_how(tests, moved)}{brackets}"


def _figure(value: float) -> str:
    """Write two digits; below 1 as many as keep it there, for a D of 1 says that all moved."""
    text = next((t for n in (2, 3, 4) if float(t := f"{value:.{n}g}") != 1), "1")
    return text if value < 1 else f"{value:.2g}"


def _how(tests: Mapping[str, Test], moved: Sequence[str]) -> str:
    if "linf" in tests:
        change = tests["linf"].statistic
        if change is None:
            return "shares of levels changed"
        return f"shares of levels changed, one by {100 * change:.3g} percentage points"
    mean, std = (tests[name].statistic if name in tests else None for name in ("mean", "std"))
    shift = 0.0 if mean is None else mean
    if abs(shift) >= 0.1 or (moved == ["mean"]):
        text = f"mean moved by {shift:+.2f} training standard deviations"
        return (
            f"{text}, spread {std:.2f} times training's" if std and not 0.8 < std < 1.25 else text
        )
    if std is not None and std > 0 and abs(math.log(std)) >= 0.1:
        return f"spread is {std:.2f} times training's"
    return "the shape of the distribution changed"
