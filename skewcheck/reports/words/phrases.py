"""The small parts of a readable report: a test in a few words, two rows of bars, an example row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.spec import Kind, Unit
from skewcheck.catalogue.tests import TESTS
from skewcheck.reports.words.causes import says_where, sentence
from skewcheck.reports.words.features import causes_in_message, message
from skewcheck.reports.words.places import every, where
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Bar, Cause, FeatureAudit, JudgedTest, Parity
from skewcheck.results.parts import Segment
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import figure, p_value, percent
from skewcheck.text.printable import count, printable, value_text

TROUBLE = (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN)
"""Worst first."""
BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_NAME = 40
"""Characters of a feature's name in a phrase."""
_MARGIN = len("train ")
_MOST_SEGMENTS = 5
"""Values of the worst segments that are named, to keep a sentence short; then only how many."""


def statistic(test: JudgedTest) -> str:
    """Return a test's statistic in its own unit; `-` where there is none."""
    if test.statistic is None:
        return "-"
    unit = test.spec.unit
    if unit is Unit.CORRELATION:
        return f"{test.statistic:.2f}"
    if unit is Unit.DEVIATIONS:
        return f"{'+' if test.statistic > 0 else ''}{figure(test.statistic)} sd"
    # Only where the statistic itself is what the threshold is held against.
    limit = test.threshold if test.effect in (None, test.statistic) else None
    if unit is Unit.PERCENT:
        return percent(test.statistic, limit)
    return figure(test.statistic, limit)


def phrase(test: JudgedTest, alpha: float) -> str:
    """Return a test in a few words: `KS D 0.41 (p < 1e-300)`."""
    words = test.spec.label
    if test.partner is not None:
        words = f"{words} with {printable(test.partner, _MOST_NAME)}"
    if test.statistic is not None:
        words = f"{words} {statistic(test)}"
    p = test.p_value if test.p_adjusted is None else test.p_adjusted
    remarks = [p_value(p, alpha)] if p is not None and test.verdict in TROUBLE else []
    if test.expected is not None and test.spec.unit is Unit.PERCENT:
        remarks.insert(0, f"expected {percent(test.expected)}")
    if test.expected is not None and test.spec.unit is Unit.CORRELATION:
        remarks.insert(0, f"expected {test.expected:.2f}")
    if test.value is not None:
        remarks.insert(0, value_text(test.value))
    if _hangs(test) and test.interval is not None:
        remarks.append(f"95 %: {' to '.join(_end(test, end) for end in test.interval)}")
    if test.verdict is Verdict.INCONCLUSIVE:
        remarks.append("too little data")
    if test.waived:
        remarks.append(f"waived until {test.waived}")
    return f"{words} ({', '.join(remarks)})" if remarks else words


def _hangs(test: JudgedTest) -> bool:
    """Tell whether the verdict hangs on the interval: too few rows, or the threshold is in it."""
    if test.interval is None or test.effect is None or test.threshold is None:
        return False
    if test.spec.unit is Unit.CORRELATION:
        return False  # the threshold is of its difference from training's
    off = test.expected or 0.0 if test.spec.about_expected else 0.0
    low, high = (abs(end - off) for end in test.interval)
    within = min(low, high) < test.threshold <= max(low, high)
    return test.verdict is Verdict.INCONCLUSIVE or (within and test.verdict in TROUBLE)


def _end(test: JudgedTest, value: float) -> str:
    return percent(value) if test.spec.unit is Unit.PERCENT else figure(value)


def figures(feature: FeatureAudit, alpha: float) -> str:
    """Return the tests that matter in one line: first what is wrong, then the usual figures."""
    tested = [test for test in feature.tests if test.verdict is not Verdict.UNTESTED]
    wrong = [test for verdict in TROUBLE for test in tested if test.verdict is verdict]
    usual = [test for spec in TESTS.values() if spec.always for test in tested if test.spec is spec]
    # Facts have no figure: the sentence above says all there is to them.
    wrong = [test for test in wrong if test.spec.kind is not Kind.FACT]
    shown = [*wrong, *(test for test in usual if test not in wrong and test.statistic is not None)]
    weight = [] if feature.importance is None else [f"importance {figure(feature.importance)}"]
    return " · ".join([*(phrase(test, alpha) for test in shown), *weight])


def bars(bins: Sequence[Bar], room: int | None = None) -> list[str]:
    """Return training over serving, one column group per bin, and the bin that changed most.

    Both rows have one scale; an empty bin is blank. No bins give no line. What is wider than `room`
    is drawn narrower, with the words below; if that is too wide as well, there are words alone.
    """
    if not bins:
        return []
    label, change = most_changed(bins)
    words = f"most changed: {label}, {change}"
    wide = 2 if len(bins) <= 16 and (room is None or _MARGIN + 2 * len(bins) <= room) else 1
    if room is not None and _MARGIN + wide * len(bins) > room:
        return [words]
    highest = max(max(bar.reference, bar.serving) for bar in bins)
    train = "".join(block(bar.reference, highest) * wide for bar in bins)
    serve = "".join(block(bar.serving, highest) * wide for bar in bins)
    lines = [f"train {train}  most changed: {label}", f"serve {serve}  {change}"]
    if room is None or cell_len(lines[0]) <= room:
        return lines
    return [f"train {train}", f"serve {serve}", words]


def most_changed(bins: Sequence[Bar]) -> tuple[str, str]:
    """Return the name of the bin that changed most, and how much."""
    most = max(bins, key=lambda bar: abs(bar.serving - bar.reference))
    label = printable(most.label, 30) if most.label else f"bin {list(bins).index(most) + 1}"
    return label, f"{percent(most.reference)} -> {percent(most.serving)}"


def block(share: float, highest: float) -> str:
    """Return a share of the highest one as a block; nothing is a blank."""
    if not share > 0 or not highest > 0:
        return " "
    return scaled(BLOCKS, share / highest)


def scaled(blocks: str, share: float) -> str:
    """Return the block that is so far up."""
    return blocks[min(int(share * len(blocks)), len(blocks) - 1)]


def worst(feature: FeatureAudit, rows: int) -> str:
    """Return the smallest set of segments that holds the skew, to be added to the sentence."""
    if feature.verdict not in TROUBLE:
        return ""
    if not feature.worst:
        return _everywhere(feature.segments)
    segment_values = [segment.value for segment in feature.worst if segment.value is not None]
    if not segment_values:
        return ""
    values = [printable(value, 60) for value in segment_values[:_MOST_SEGMENTS]]
    left = len(segment_values) - len(values)
    listed = f"{', '.join(values)} and {count(left)} more" if left else _and(values)
    share = percent(sum(segment.rows for segment in feature.worst) / rows)
    return f"; worst in {printable(feature.worst[0].column, 40)} = {listed} ({share} of the rows)"


def _everywhere(segments: Sequence[Segment]) -> str:
    """Return the columns of which every value is skew, to be added to the sentence."""
    columns: dict[str, list[Segment]] = {}
    for segment in segments:
        columns.setdefault(segment.column, []).append(segment)
    places = []
    for column, parts in columns.items():
        if len(parts) > 1 and all(part.verdict is Verdict.SKEW for part in parts):
            counted = [part.values for part in parts if part.values is not None]
            number = sum(counted) if len(counted) == len(parts) else None
            places.append(every(printable(column, 40), number))
    return f"; in {_and(places)}" if places else ""


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def parity_lines(parity: Parity | None) -> list[str]:
    """Return how many rows break parity, and the row that shows it; nothing if none does."""
    if parity is None or not parity.mismatched:
        return []
    share = percent(parity.mismatched / parity.rows) if parity.rows else "-"
    line = f"parity: {count(parity.mismatched)} of {count(parity.rows, 'row')} ({share}) differ"
    if parity.max_error is not None:
        line += f", by up to {figure(parity.max_error)}"
    if parity.example is None:
        return [line]
    example = parity.example
    place = f"{printable(example.file, 40)} row {count(example.row)}"
    values = (example.raw, example.expected, example.served)
    if all(value is None for value in values):
        return [line, f"see {place}"]
    raw, expected, served = (value_text(value) for value in values)
    return [line, f"see {place}: raw {raw}, expected {expected}, served {served}"]


def cause_line(cause: Cause) -> str:
    """Return a cause: its code, what it says, and for which features."""
    text = cause_text(cause)
    return f"{text} [{names(cause.features, 10)}]" if cause.features else text


def cause_text(cause: Cause) -> str:
    """Return a cause without its features: its code and what it says."""
    text = f"cause: {printable(cause.code)}: {printable(sentence(cause), 300)}"
    if not says_where(cause) and cause.place is not None:
        text += f" (where {printable(where(cause.place), 80)})"
    return text


def told_cause(cause: Cause, feature: FeatureAudit) -> str:
    """Return a feature's cause: in full, or by its code where the feature's sentence names it.

    With it comes which level stands for which, as far as two of them tell.
    """
    if cause not in causes_in_message(feature):
        return cause_line(cause)
    code = printable(cause.code)
    line = f"cause: {code} ({percent(cause.confidence)} sure); `skewcheck explain {code}`"
    mapping = cause.parameters.get("mapping")
    if not CAUSES[cause.code].renames or not isinstance(mapping, Mapping) or not mapping:
        return line
    pairs = [f"{value_text(new)} for {value_text(old)}" for new, old in mapping.items()]
    left = f" and {count(len(pairs) - 2)} more" if len(pairs) > 2 else ""
    return f"{line}; {', '.join(pairs[:2])}{left}"


def names(all_names: Sequence[str], most: int | None = None) -> str:
    """Return names, safe and cut, joined by commas; beyond `most` only how many there are."""
    shown = all_names if most is None else all_names[:most]
    listed = ", ".join(printable(name, 40) for name in shown)
    left = len(all_names) - len(shown)
    return f"{listed} and {count(left)} more" if left else listed


def untested(features: Sequence[FeatureAudit]) -> list[str]:
    """Return what was not tested, grouped by the reason: whole features, then single tests."""
    return [
        f"{', '.join(tests)}{' of ' if tests else ''}{names(of_reason, 4)}: {printable(why, 200)}"
        for tests, of_reason, why in untested_groups(features)
    ]


def untested_groups(
    features: Sequence[FeatureAudit],
) -> list[tuple[list[str], list[str], str]]:
    """Return codes of tests, none for whole features, the features, and why they were not done."""
    whole: dict[str, list[str]] = {}
    single: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for feature in features:
        if feature.verdict is Verdict.UNTESTED:
            why = message(feature).removeprefix("not tested: ")
            whole.setdefault(why, []).append(feature.name)
            continue
        for test in feature.tests:
            if test.verdict is Verdict.UNTESTED:
                tests, features_of_tests = single.setdefault(
                    reason(test) or "no reason given", ({}, {})
                )
                tests[test.name] = features_of_tests[feature.name] = None
    of_features: list[tuple[list[str], list[str], str]] = [
        ([], features_of_reason, why) for why, features_of_reason in whole.items()
    ]
    return of_features + [
        ([*tests], [*features_of_tests], why) for why, (tests, features_of_tests) in single.items()
    ]
