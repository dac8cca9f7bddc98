"""The comparison of two JSON reports, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from skewcheck.reports.comparison import KINDS, Change, Comparison, Remark
from skewcheck.reports.report_file import AuditReport, Outcome, excess
from skewcheck.reports.words.diff import short_hash
from skewcheck.reports.words.phrases import statistic
from skewcheck.results.verdicts import Verdict
from skewcheck.text.numbers import figure, shortened
from skewcheck.text.printable import count, printable

_MOST_NAMES = 5
_TITLES = {
    "new": "new", "worse": "worse", "untested": "no longer tested", "better": "better",
    "gone": "gone",
}  # fmt: skip


def lines(comparison: Comparison) -> list[str]:
    """Return the verdict on the comparison, the two reports, and a line for each change."""
    changes = [f"{_TITLES[change.kind]}: {change_text(change)}" for change in comparison.changes]
    sides = f"from {_side(comparison.old)}", f"to {_side(comparison.new)}"
    return [headline(comparison), *sides, *changes]


def headline(comparison: Comparison) -> str:
    """Return in one line whether it is worse, and how much of what changed."""
    numbers = [
        f"{count(comparison.count(kind))} {_TITLES[kind]}" for kind in KINDS
        if comparison.count(kind)
    ]  # fmt: skip
    if not numbers:
        return "no difference: both reports say the same of every feature"
    start = "worse" if comparison.is_worse else "nothing is new or worse"
    return f"{start}: {', '.join(numbers)}"


def _side(report: AuditReport) -> str:
    at = f", {printable(report.started[:16].replace('T', ' '), 20)}" if report.started else ""
    return (
        f"{printable(report.path)}{at}: {report.verdict.value} (exit code {report.exit_code}),"
        f" {count(report.rows, 'row')}"
    )


def change_text(change: Change) -> str:
    """Return what changed of one feature: verdicts, what the report says, numbers."""
    outcome = change.outcome
    parts = [_verdicts(change), *_said(change), *_numbers(change)]
    return f"{_name(outcome)}: {'; '.join(parts)}"


def _name(outcome: Outcome) -> str:
    match outcome.subject:
        case "feature":
            return printable(outcome.name)
        case "rows":
            return "rows of the log"
        case "model":
            return "the model's error"
        case "hold":
            return f"the audit ({printable(outcome.name, 40)})"


def _verdicts(change: Change) -> str:
    if change.new is None and change.outcome.subject == "feature":
        return f"{change.outcome.verdict.value} → not in the report"
    before, after = (
        Verdict.OK if side is None else side.verdict for side in (change.old, change.new)
    )
    return f"still {after.value}" if before is after else f"{before.value} → {after.value}"


def _said(change: Change) -> list[str]:
    """Return the causes that came, those that went, or what a report says without any."""
    old, new = (dict(side.causes) if side else {} for side in (change.old, change.new))
    if change.kind in ("gone", "better", "untested"):
        lost = [code for code in old if code not in new]
        return [f"was {', '.join(printable(code, 40) for code in lost)}"] if lost else []
    if new:
        return [
            f"{'new cause ' if change.kind == 'worse' and code not in old else ''}"
            f"{printable(code, 40)}: {printable(text, 300)}"
            for code, text in new.items()
        ]
    message = change.new.message if change.new else ""
    return [printable(message, 300)] if message else []


def _numbers(change: Change) -> list[str]:
    """Return the test with the largest effect in both reports: `KS D 0.02 → 0.41, 4.1 times ...`"""
    side = change.new if change.new and change.new.worst else change.old
    test = None if side is None else side.worst
    if test is None or test.statistic is None or not excess(test):
        return []
    values = [
        next((statistic(t) for t in of.tests if t.name == test.name), "none")
        for of in (change.old, change.new)
        if of is not None
    ]
    times = f"{figure(excess(test), 1.0)} times its threshold"
    when = "" if side is change.new else " before"
    return [f"{test.spec.label} {' → '.join(values)}, {times}{when}"]


def remark_lines(remarks: Sequence[Remark]) -> list[str]:
    """Return what makes the reports less comparable, a line each."""
    return [_remark(remark) for remark in remarks]


def _remark(remark: Remark) -> str:
    match remark:
        case Remark("parameters", (str(old), str(file)), (str(new), str(other))):
            files = printable(file) if file == other else f"{printable(file)} → {printable(other)}"
            return f"other parameters: {short_hash(old)} → {short_hash(new)} ({files})"
        case Remark("model", Mapping() as old, Mapping() as new):
            return f"another model: {_model(old)} → {_model(new)}"
        case Remark("only_old", tuple(names)):
            return f"only in the older report: {_names(names)}"
        case Remark("only_new", _, tuple(names)):
            return f"only in the newer report: {_names(names)}"
        case Remark("order"):
            return f"the older report is of a later audit: {remark.old} > {remark.new}"
        case Remark("mode"):
            return f"other columns were compared: {remark.old} → {remark.new}"
        case _:
            pair = f"{_value(remark.old)} → {_value(remark.new)}"
            return f"another policy: {printable(remark.key)} {pair}"


def _names(names: Sequence[object]) -> str:
    texts = [printable(str(name), 40) for name in names]
    return f"{count(len(texts), 'feature')} ({shortened(texts, _MOST_NAMES)})"


def _model(members: Mapping[str, object]) -> str:
    named = [printable(str(members[key]), 40) for key in ("name", "version") if key in members]
    digest = [f"sha256 {short_hash(str(members['sha256']))}"] if "sha256" in members else []
    return " ".join([*named, *digest]) or "none"


def _value(value: object) -> str:
    return "none" if value is None else printable(json.dumps(value, ensure_ascii=False), 80)
