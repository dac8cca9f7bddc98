"""The history of a state folder: one JSON line per run, and which alarms are new since the last."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from skewcheck.engine.memory import State
from skewcheck.features.notes import Note
from skewcheck.results.audit import Audit, FeatureAudit, UnrememberedError
from skewcheck.results.verdicts import Verdict
from skewcheck.text.atomic import write
from skewcheck.text.errors import OptionName, UsageError

HISTORY = "history.jsonl"
"""The file's name in the state folder."""
HISTORY_BYTES = 16_000_000
"""A longer history loses its older half: it holds thousands of runs, read in under a second."""
_BADNESS = {Verdict.WARN.value: 1, Verdict.INCONCLUSIVE.value: 2, Verdict.SKEW.value: 3}
MAX_EXCESS = 1000.0
"""Largest effect over threshold that is stored: a chart cannot show more."""

MAX_COUNT = 10**15
"""Rows of a run at most: more than any log has, and a column of them stays narrow."""


@dataclass(frozen=True, slots=True)
class FeatureRecord:
    """The verdict on one feature in one run; it holds no value of the data."""

    verdict: str
    excess: float | None
    """The largest effect over threshold of its tests; None without any."""
    causes: tuple[str, ...] = ()
    """Codes."""


@dataclass(frozen=True, slots=True)
class Run:
    """One audit as a line of the history."""

    at: str
    """When it began: ISO time, UTC."""
    verdict: str
    parameters: str
    fingerprint: str
    exit_code: int
    files: int
    rows: int
    features: Mapping[str, FeatureRecord]

    @property
    def alarms(self) -> dict[tuple[str, str], str]:
        """Return verdicts by feature and code of the cause; by the verdict where it has none.

        Without features that are `ok` or `untested`.
        """
        return {
            (name, code): record.verdict
            for name, record in self.features.items()
            if record.verdict in _BADNESS
            for code in record.causes or (record.verdict,)
        }


def run_of(audit: Audit) -> Run:
    """Return the line of the history of an audit."""
    return Run(
        str(audit.run.get("started", "")),
        audit.verdict.value,
        audit.parameters_path,
        audit.fingerprint,
        audit.exit_code,
        len(audit.logs.files),
        audit.logs.rows,
        {feature.name: _record(feature) for feature in audit.features},
    )


def _record(feature: FeatureAudit) -> FeatureRecord:
    ratios = [
        abs(test.effect) / test.threshold
        for test in feature.tests
        if test.threshold and test.effect is not None
    ]
    excess = min(float(f"{max(ratios):.4g}"), MAX_EXCESS) if ratios else None
    codes = tuple(dict.fromkeys(cause.code for cause in feature.causes))
    return FeatureRecord(feature.verdict.value, excess, codes)


def runs(folder: Path) -> list[Run]:
    """Return the runs of a state folder, oldest first; lines that are none are left out."""
    return [run for line in _lines(folder) if (run := _run(line)) is not None]


def last(folder: Path, parameters: str) -> Run | None:
    """Return the last run with a parameter file; None if there was none."""
    latest = (_run(line) for line in reversed(_lines(folder)))
    return next((run for run in latest if run and run.parameters == parameters), None)


def _lines(folder: Path) -> list[bytes]:
    """Return the lines of the history, none where there is no history yet."""
    try:
        return (folder / HISTORY).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{folder / HISTORY}: cannot read it ({error.strerror})") from error


def damaged(folder: Path) -> int:
    """Return the number of lines of a history that are no run, and so are left out of `runs`."""
    return sum(_run(line) is None for line in _lines(folder) if line.strip())


def _run(line: bytes) -> Run | None:
    """Return the run of a line; None for a damaged line: half of it, or any other content."""
    # The last two: numbers beyond float64, and brackets inside of brackets.
    errors = ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError
    with suppress(*errors):
        record = json.loads(line)
        features = {name: _feature(stored) for name, stored in record["features"].items()}
        at, verdict, parameters, fingerprint = (
            _text(record[key]) for key in ("at", "verdict", "parameters", "fingerprint")
        )
        code, files, rows = (_count(record[key]) for key in ("exit_code", "files", "rows"))
        return Run(at, verdict, parameters, fingerprint, code, files, rows, features)
    return None


def _feature(stored: Mapping[str, object]) -> FeatureRecord:
    """Return what a line says of a feature; ValueError, TypeError or KeyError if it is damaged."""
    excess, codes = stored["excess"], stored["causes"]
    if not isinstance(codes, list):
        raise TypeError("no list of codes")
    if excess is not None:
        if isinstance(excess, bool) or not isinstance(excess, int | float) or not excess >= 0:
            raise ValueError("no ratio")
        excess = min(float(excess), MAX_EXCESS)
    return FeatureRecord(_text(stored["verdict"]), excess, tuple(_text(code) for code in codes))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise ValueError("no count")
    return value


def append(folder: Path, run: Run) -> None:
    """Append a run to the history; UsageError where it cannot be written."""
    path = folder / HISTORY
    line = json.dumps(asdict(run), separators=(",", ":"), allow_nan=False).encode() + b"\n"
    try:
        with path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            size = file.tell()
    except OSError as error:
        raise UsageError(f"{path}: cannot write it ({error.strerror})") from error
    if size > HISTORY_BYTES:
        text = path.read_text("utf-8", "replace")
        write(path, text[text.index("\n", len(text) // 2) + 1 :])


def recorded(state: State, audit: Audit, *, only_new: bool) -> Audit:
    """Append an audit to the history, and return it; with `only_new`, it fails for new alarms only.

    New, against the last run with the same parameter file, are another verdict of the audit, a
    cause that a feature did not have, and a worse verdict of a feature with the same cause. Raises
    UnrememberedError, which has the audit, where anything of it could not be stored.
    """
    now = run_of(audit)
    with state.trying():
        if only_new:
            audit = _alarmed(audit, now, last(state.folder, now.parameters))
        append(state.folder, replace(now, exit_code=audit.exit_code))
    if state.troubles:
        raise UnrememberedError(
            audit,
            OptionName("state", str(state.folder)),
            f": not all of this audit is remembered: {state.troubles[0]}",
        )
    return audit


def _alarmed(audit: Audit, now: Run, last_run: Run | None) -> Audit:
    """Return the audit with a note on new alarms, and exit code 0 where only old ones fail it."""
    if not now.alarms:
        return audit
    before = last_run.alarms if last_run else {}
    new = {
        alarm: verdict
        for alarm, verdict in sorted(now.alarms.items())
        if _BADNESS[verdict] > _BADNESS.get(before.get(alarm, ""), 0)
    }
    changed = last_run is not None and last_run.verdict != now.verdict
    parameters: dict[str, object] = {"alarms": tuple(new)}
    if last_run is not None and changed:
        parameters["verdict"] = last_run.verdict
    failing = any(audit.policy.exit_code(Verdict(verdict)) == 1 for verdict in new.values())
    # What holds an audit is no alarm of a feature that may grow old.
    held = audit.verdict is Verdict.INCONCLUSIVE and bool(audit.holds)
    if audit.exit_code == 1 and not (failing or changed or held):
        parameters["exit_code"] = 0
        audit = replace(audit, exit_code=0)
    return replace(audit, notes=(Note("new_alarms", parameters), *audit.notes))
