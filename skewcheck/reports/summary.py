"""Summary that readable reports share: the verdict in a sentence, features by severity."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.reports.words import phrases
from skewcheck.reports.words.coverage import coverage_text
from skewcheck.reports.words.features import message
from skewcheck.reports.words.gate import hold_text, not_tested, why_held
from skewcheck.reports.words.notes import text
from skewcheck.reports.words.policy import policy_texts
from skewcheck.results.audit import Audit, FeatureAudit, JudgedTest
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import figure, p_value
from skewcheck.text.printable import count, printable

MOST = 2_000
"""Characters of a sentence: no more than hostile names have. Others are never cut."""
_MOST_EXCESS = 1000.0
"""Of a proof with threshold 0.001 that fails in every row; of a test without a threshold, too."""
COLUMNS = ("test", "statistic", "effect", "threshold", "p", "verdict")
"""Of a table of tests, as `cells` fills it."""


def headline(audit: Audit) -> str:
    """Return the verdict in one sentence; it begins with the verdict in capitals."""
    total, skewed = count(len(audit.features), "feature"), audit.count(Verdict.SKEW)
    differ = f"{count(skewed)} of {total} {'differs' if skewed == 1 else 'differ'} from training"
    moved = f"{count(audit.count(Verdict.WARN))} of {total} moved"
    unread = "rows of the log were not audited"
    lost = audit.coverage is not None and audit.coverage.verdict in (Verdict.SKEW, Verdict.WARN)
    words = {
        Verdict.SKEW: f"{differ}, and {unread}" if lost and skewed else unread if lost else differ,
        Verdict.INCONCLUSIVE: f"no skew found, but {', and '.join(_doubts(audit, total))}",
        Verdict.WARN: f"no skew, but {unread if lost else moved}",
        Verdict.OK: f"no skew in {count(audit.count(Verdict.OK), 'feature')}",
        Verdict.UNTESTED: "nothing could be tested",
    }
    return f"{audit.verdict.value.upper()}: {words[audit.verdict]} (exit code {audit.exit_code})"


def _doubts(audit: Audit, total: str) -> list[str]:
    """Return why an audit is inconclusive, each reason in a few words."""
    few = sum(
        feature.verdict is Verdict.INCONCLUSIVE
        and audit.policy.inconclusive_of(feature.name) != "pass"
        for feature in audit.features
    )
    held = why_held(audit.holds)
    too_few = f"too little data to say so for {count(few)} of {total}"
    return [too_few, *held] if few or not held else held


def remarks(audit: Audit) -> list[str]:
    """Return what the reader of any report must know of the audit as a whole, safe and cut."""
    texts = [
        f"{'held' if hold.verdict is Verdict.INCONCLUSIVE else hold.verdict.value}:"
        f" {printable(hold_text(hold), 400)}"
        for hold in audit.holds
    ]
    held = any(hold.coverage for hold in audit.holds)
    others = ["" if held else coverage_text(audit.coverage), not_tested(audit)]
    return [*texts, *(printable(text, 400) for text in others if text), *policy_texts(audit)]


_OF_FILES = (
    "hidden_files", "special_files", "unsettled_files", "empty_files", "rowless_files",
    "report_files", "stale_files", "vacant_files", "copied_files", "more_copied_files",
)  # fmt: skip
"""Notes on files that were met and not read, gave no row, or were read twice."""


def files_apart(audit: Audit) -> list[tuple[str, str]]:
    """Return code and sentence of what was met and gave no row, or was read twice, safe and cut.

    For reports that have no notes.
    """
    notes = [note for note in audit.notes if note.code in _OF_FILES]
    return [(note.code, printable(text(note), 300)) for note in notes]


def subject(audit: Audit) -> str:
    """Return what was audited, and against which parameters."""
    logs = audit.logs
    files = printable(logs.files[0]) if len(logs.files) == 1 else count(len(logs.files), "file")
    model = audit.model.get("name")
    against = printable(audit.parameters_path)
    named = f", model {printable(str(model), 40)}" if model else ""
    return f"{count(logs.rows, 'row')} of {files} ({logs.mode}) against {against}{named}"


def sentence(feature: FeatureAudit) -> str:
    """Return what is wrong with a feature, without its name; safe and cut."""
    text = printable(message(feature), MOST)
    return text + phrases.worst(feature, feature.rows)


def cells(test: JudgedTest, alpha: float) -> tuple[str, ...]:
    """Return a test as a row of `COLUMNS`."""
    p = "-" if test.p_adjusted is None else p_value(test.p_adjusted, alpha)
    return (
        test.name,
        phrases.statistic(test),
        "-" if test.effect is None else figure(test.effect, test.threshold),
        "-" if test.threshold is None else figure(test.threshold),
        p.removeprefix("p ").removeprefix("= "),
        test.verdict.value + (f" (waived until {test.waived})" if test.waived else ""),
    )


def ranked(features: Sequence[FeatureAudit]) -> list[FeatureAudit]:
    """Worst verdict first; within one, importance times how far it is beyond its threshold."""
    order = [*phrases.TROUBLE, Verdict.UNTESTED, Verdict.OK]
    # What is no input (a prediction, a label) matters as much as the most important one.
    greatest = max((abs(f.importance) for f in features if f.importance is not None), default=1.0)

    def key(feature: FeatureAudit) -> tuple[int, float, float]:
        weight = greatest if feature.importance is None else abs(feature.importance)
        excesses = [excess(test) for test in feature.tests if test.verdict is feature.verdict]
        beyond = max(excesses, default=0.0)
        return order.index(feature.verdict), -weight * beyond, -beyond

    return sorted(features, key=key)


def excess(test: JudgedTest) -> float:
    """Return how many times its threshold a test's effect is, at most 1,000."""
    # A test without a threshold (a missing column, another type) leaves nothing to compare.
    if not test.threshold:
        return _MOST_EXCESS
    return min(abs(test.effect or 0) / test.threshold, _MOST_EXCESS)


def in_trouble(audit: Audit) -> list[FeatureAudit]:
    """Return the features that are not well, worst first."""
    return [feature for feature in ranked(audit.features) if feature.verdict in phrases.TROUBLE]
