"""What a state folder remembers, in words: nights, features over nights, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.tests import TESTS
from skewcheck.engine.memory.history import MAX_EXCESS, FeatureRecord, Run
from skewcheck.reports.history_gates import Gate, Mark, Row, troubled
from skewcheck.reports.words.diff import short_hash
from skewcheck.text.numbers import figure
from skewcheck.text.printable import count, printable

LEVELS = (
    "under half of its threshold", "half to one", "1 to 2 times", "2 to 5 times",
    "5 times and more",
)  # fmt: skip
"""What the colours mean, in the order of `history_gates.BOUNDS`."""
KINDS: Mapping[str, str] = {
    "parameters": "other parameters", "model": "another model", "accepted": "an accepted change",
}  # fmt: skip


def moment(at: str) -> str:
    """Return the time of a run without seconds and zone: `2026-11-21 03:00`."""
    return printable(at[:16].replace("T", " "))


def evidence_text(evidence: float | None) -> str:
    """Return the odds of a standing shift that its evidence gives: `40 : 1`."""
    if evidence is None:
        return "-"
    return f"{10**evidence:,.0f} : 1" if evidence < 6 else f"1e{evidence:.0f} : 1"


def last_evidence(values: Sequence[float | None]) -> str:
    """Return the odds of the last night: `last 40 : 1`."""
    last = values[-1]
    return "not judged in the last night" if last is None else f"last {evidence_text(last)}"


def effect_text(record: FeatureRecord) -> str:
    """Return `KS D 3.2 times its threshold`; empty without an effect."""
    if record.excess is None:
        return ""
    spec = TESTS.get(record.test)
    label = f"{spec.label} " if spec else f"{printable(record.test, 30)} " if record.test else ""
    more = "more than " if record.excess >= MAX_EXCESS else ""
    return f"{label}{more}{figure(record.excess, 1.0)} times its threshold"


def cause_text(code: str) -> str:
    """Return a cause by its code and title; an unknown one by its code."""
    spec = CAUSES.get(code)
    name = printable(code.replace("_", " "), 40)
    return f"{name}: {spec.title}" if spec else name


def record_text(record: FeatureRecord) -> str:
    """Return what a night said of a feature: causes, effect and evidence."""
    others = [printable(code.replace("_", " "), 40) for code in record.causes[1:3]]
    parts = [*map(cause_text, record.causes[:1]), *others, effect_text(record)]
    if record.evidence is not None:
        parts.append(f"odds of a standing shift {evidence_text(record.evidence)}")
    return "; ".join(part for part in parts if part) or "without an effect to measure"


def night_title(run: Run) -> str:
    """Return a night in a few words: `2026-11-21 03:00: skew, 3 of 9 features in trouble`."""
    bad = len(troubled(run))
    features = f"{bad} of {count(len(run.features), 'feature')} in trouble" if bad else "no alarm"
    return f"{moment(run.at)}: {printable(run.verdict, 20)}, {features}"


def night_text(run: Run) -> str:
    """Return the figures of a night."""
    parts = [
        f"{count(run.rows, 'row')} of {count(run.files, 'file')}",
        f"exit code {run.exit_code}",
    ]
    if run.coverage:
        parts.append(f"rows of the log were lost ({printable(run.coverage, 20)})")
    if run.evidence is not None:
        feature = _strongest(run)
        of = f" ({printable(feature, 40)})" if feature else ""
        parts.append(f"odds of a standing shift {evidence_text(run.evidence)}{of}")
    if not run.delivered:
        parts.append("its report did not get out")
    return ", ".join(parts)


def _strongest(run: Run) -> str:
    """Return the feature with the most evidence; empty where no line says which."""
    pairs = [(r.evidence, name) for name, r in run.features.items() if r.evidence is not None]
    return max(pairs, default=(0.0, ""))[1]


def row_text(row: Row) -> str:
    """Return a feature over all nights, for those who do not see its strip."""
    name, bad = printable(row.name), len(row.bad)
    nights = count(len(row.records), "night")
    if not bad:
        return f"{name}: no alarm in {nights}"
    largest = "" if row.largest is None else f", up to {figure(row.largest, 1.0)} thresholds"
    return f"{name}: alarm in {bad} of {nights}{largest}"


def standing_text(row: Row) -> str:
    """Return since how many nights a feature alarms; empty where its last night did not."""
    return f"for {count(row.standing, 'night')}" if row.standing else ""


def headline(gate: Gate) -> str:
    """Return what a gate's nights were, in one line."""
    skew = sum(run.verdict == "skew" for run in gate.runs)
    first, last = gate.runs[0], gate.runs[-1]
    return (
        f"{printable(last.parameters or 'parameters in memory', 60)}: skew in {count(skew)} of"
        f" {count(len(gate.runs), 'night')}, {moment(first.at)} to {moment(last.at)} UTC"
    )


def mark_text(mark: Mark) -> str:
    """Return what changed before a night."""
    match mark.kind:
        case "accepted":
            until = printable(mark.new["until"][:16].replace("T", " "), 30)
            why = printable(mark.new["why"], 200)
            return f"what changed until {until} was accepted: {why}"
        case "parameters":
            hashes = " → ".join(short_hash(side["fingerprint"]) for side in (mark.old, mark.new))
            paths = [printable(side["path"], 60) for side in (mark.old, mark.new)]
            where = paths[0] if paths[0] == paths[1] else " → ".join(paths)
            return f"other parameters: {hashes} ({where})"
        case "model":
            return f"another model: {_model(mark.old)} → {_model(mark.new)}"


def _model(members: Mapping[str, str]) -> str:
    named = " ".join(printable(members[key], 40) for key in ("name", "version") if key in members)
    digest = f"sha256 {short_hash(members['sha256'])}" if "sha256" in members else ""
    return ", ".join(part for part in (named, digest) if part)


def left_out(shown: int, all_: int, noun: str, which: str) -> str:
    """Return what the page has no room for; empty where it has all: `the last 365 of 400 nights`"""
    return f"{which} {count(shown)} of {count(all_, noun)}" if shown < all_ else ""
