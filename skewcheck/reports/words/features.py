"""One plain sentence per feature: what is wrong, worst first, or that nothing is.

A sentence of a test names features, shares and shifts, never a level or a value of a row: those
stand beside it, where `--no-values` can leave them out. Causes bring their own sentences.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.tests import LINF, MEAN, STD, TESTS, TYPE
from skewcheck.reports.words import causes, places
from skewcheck.reports.words.model_error import error_text
from skewcheck.reports.words.parts import failing_parts
from skewcheck.reports.words.reasons import reason, reason_text
from skewcheck.results.audit import FeatureAudit, JudgedTest
from skewcheck.results.causes import Cause, Remainder
from skewcheck.results.tests import of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import percent
from skewcheck.text.printable import printable

_SEVERE = (Verdict.SKEW, Verdict.WARN)
_ASTRAY = "the served values do not follow the raw ones of the same row"
_OTHERS_UNEXPLAINED = "differ without a known mechanism"
_UNEXPLAINED = (
    "were not served as the training normalization of their raw value, and no known mechanism"
    " explains them"
)
_REMAINDER = {
    Remainder.ALL: _UNEXPLAINED,
    Remainder.ALL_ASTRAY: f"{_UNEXPLAINED}: {_ASTRAY}",
    Remainder.OTHERS: _OTHERS_UNEXPLAINED,
    Remainder.OTHERS_ASTRAY: f"{_OTHERS_UNEXPLAINED}: {_ASTRAY}",
    Remainder.MANY: "differ in yet other ways",
}
"""What is known of rows that no cause explains, to follow their share."""


def message(feature: FeatureAudit) -> str:
    """Return the sentence of a feature: what is wrong, or that nothing is, or why it is untested.

    That of a label on which the model's error is measured is of the error. Where only windows or
    segments are not well, it names them.
    """
    if feature.verdict is Verdict.UNTESTED and feature.uncompared is not None:
        return f"not tested: {reason_text(feature.uncompared)}"
    if feature.failing_parts is not None:
        return failing_parts(feature.failing_parts)
    if feature.error is None:
        return sentence(feature)
    # Of the label's other tests only another type is worth telling beside the error.
    retyped = any(t.spec is TYPE and t.verdict is Verdict.SKEW for t in feature.tests)
    error = error_text(feature.error)
    return f"{sentence(feature)}; {error}" if retyped else error


def sentence(feature: FeatureAudit) -> str:
    """Return the sentence of a feature's judged tests: why first, then what was seen."""
    tests, verdict = feature.tests, of_feature(feature.tests)
    wrong = _wrong(tests)
    if verdict is Verdict.INCONCLUSIVE:
        return _too_few(tests)
    if not wrong:
        return _quiet(tests, verdict)
    leading = _leading(feature.causes)
    parts = [causes.sentence(cause) for cause in leading]
    if feature.unexplained and feature.remainder is not None:
        rest = f"{percent(feature.unexplained)} of the rows {_REMAINDER[feature.remainder]}"
        most = all(cause.share < feature.unexplained for cause in leading)
        parts.insert(0 if most else len(parts), rest)
    said = bool(parts)
    ranked = {
        spec.rank: test
        for test in wrong.values()
        if (spec := test.spec.sentence) is not None and not (said and spec.covered_by_cause)
    }
    parts += [_of_test(ranked[rank]) for rank in sorted(ranked)]
    moved = [test for test in wrong.values() if test.spec.sentence is None]
    if moved:
        parts.append(_moved({test.name: test for test in tests}, moved))
    if not said and feature.causes and feature.causes[0].details is not None:
        parts[0] += places.sentence(feature.causes[0].place)  # of drift: no cause says it
    return "; ".join(parts)


def _wrong(tests: Sequence[JudgedTest]) -> dict[str, JudgedTest]:
    """Return the tests that a sentence is about, worst first."""
    return {
        test.name: test
        for severity in _SEVERE
        for test in tests
        if test.verdict is severity and not test.waived
    }


def causes_in_message(feature: FeatureAudit) -> list[Cause]:
    """Return the causes that the sentence of a feature names: none where it is about other things.

    These are parts that fail alone, the model's error, too few rows, and waivers.
    """
    whole = of_feature(feature.tests)
    elsewhere = feature.failing_parts is not None or feature.error is not None
    if elsewhere or whole is Verdict.INCONCLUSIVE:
        return []
    return _leading(feature.causes) if _wrong(feature.tests) else []


def _leading(ranked: Sequence[Cause]) -> list[Cause]:
    """Return the causes that a sentence begins with: those likelier than drift.

    Of two for the same rows it is the likelier; the other stands beside the sentence.
    """
    mechanical = list(itertools.takewhile(lambda cause: CAUSES[cause.code].mechanical, ranked))
    return [
        cause
        for i, cause in enumerate(mechanical)
        if not any(
            (likelier.share, likelier.place) == (cause.share, cause.place)
            and likelier.confidence + cause.confidence <= 1
            for likelier in mechanical[:i]
        )
    ]


def _quiet(tests: Sequence[JudgedTest], verdict: Verdict) -> str:
    if verdict is Verdict.UNTESTED:
        reasons = dict.fromkeys(filter(None, map(reason, tests)))
        return f"not tested: {'; '.join(reasons)}"
    waived = dict.fromkeys(
        f"{test.name} until {test.waived}"
        for test in tests
        if test.waived and test.verdict in _SEVERE
    )
    return f"waived: {', '.join(waived)}" if waived else "no skew found"


def nothing_tested(features: Sequence[FeatureAudit]) -> str:
    """Return why no test of any feature could be done."""
    reasons = sorted({message(feature) for feature in features})
    return f"nothing could be tested: {reasons[0] if reasons else 'no feature'}"


def _too_few(tests: Sequence[JudgedTest]) -> str:
    """Name the test that needs most rows: with so many, all others have enough."""
    doubted = [test for test in tests if test.verdict is Verdict.INCONCLUSIVE and not test.waived]
    worst = max(doubted, key=lambda test: test.needed or 0.0)
    text = f"too little data: {reason(worst)}"
    warned = [test.name for test in tests if test.verdict is Verdict.WARN and not test.waived]
    return f"{text}; moved, less than skew or not surely: {', '.join(warned)}" if warned else text


def _of_test(test: JudgedTest) -> str:
    """Return the sentence that a test has to itself."""
    spec, doubt = test.spec.sentence, reason(test)
    if spec is None:
        return test.name
    text = spec.text
    if spec.every is not None and test.statistic == 1:
        text = spec.every
    if spec.reason is not None and doubt:
        text = spec.reason
    # Without its values a small share is rounded to none, and that of a few rows is left out.
    share = percent(test.statistic) if test.statistic else "some"
    expected = "fewer" if test.expected is None else percent(test.expected)
    partner = printable(test.partner or "", 40)
    correlation, of_training = (f"{figure or 0:.2f}" for figure in (test.statistic, test.expected))
    return text.format(
        share=share, expected=expected, reason=doubt, partner=partner, correlation=correlation,
        in_training=of_training, shift=f"{test.statistic or 0:+.2f}",
    )  # fmt: skip


def _moved(tests: Mapping[str, JudgedTest], moved: Sequence[JudgedTest]) -> str:
    """Tell how a distribution moved, by the most telling of its figures."""
    named = [spec for spec in TESTS.values() if spec.symbol is not None and spec.code in tests]
    named.sort(key=lambda spec: spec.windowed.place if spec.windowed else len(TESTS))
    figures = [
        f"{spec.symbol} = {_figure(value)}"
        for spec in named
        if (value := tests[spec.code].statistic) is not None
    ]
    brackets = f" ({', '.join(figures)})" if figures else ""
    return f"{_how(tests, moved)}{brackets}"


def _figure(value: float) -> str:
    """Write two digits; below 1 as many as keep it there, for a D of 1 says that all moved."""
    text = next((t for n in (2, 3, 4) if float(t := f"{value:.{n}g}") != 1), "1")
    return text if value < 1 else f"{value:.2g}"


def _how(tests: Mapping[str, JudgedTest], moved: Sequence[JudgedTest]) -> str:
    if LINF.code in tests:
        change = tests[LINF.code].statistic
        if change is None:
            return "shares of levels changed"
        return f"shares of levels changed, one by {100 * change:.3g} percentage points"
    mean, std = (tests[spec.code].statistic if spec.code in tests else None for spec in (MEAN, STD))
    shift = 0.0 if mean is None else mean
    if mean is None and [test.spec for test in moved] == [MEAN]:
        return "the mean moved"
    if abs(shift) >= 0.1 or [test.spec for test in moved] == [MEAN]:
        text = f"mean moved by {shift:+.2f} training standard deviations"
        return (
            f"{text}, spread {std:.2f} times training's" if std and not 0.8 < std < 1.25 else text
        )
    if std is not None and std > 0 and abs(math.log(std)) >= 0.1:
        return f"spread is {std:.2f} times training's"
    return "the shape of the distribution changed"
