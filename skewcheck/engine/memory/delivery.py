"""From an audit that is measured to a report that is delivered: which alarms are new until then.

Deliver, then commit. An alarm is old only if a report with it got out and every run since had it
too, delivered or not; a run that is killed in between, or whose report cannot be written, makes no
alarm old. What may go wrong goes wrong towards telling an alarm again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from skewcheck.engine.memory import HISTORY, State
from skewcheck.engine.memory.history import (
    BADNESS,
    Run,
    append,
    confirm,
    exit_code,
    records,
    run_of,
)
from skewcheck.engine.memory.nights import Log, add_night
from skewcheck.engine.memory.places import places as places
from skewcheck.engine.memory.places import places_of_file
from skewcheck.features.notes import Note
from skewcheck.results.audit import Audit, UnrememberedError
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import OptionName, UsageError


@dataclass(frozen=True, slots=True)
class Past:
    """What the runs with a parameter file have reported that is still so."""

    verdict: str | None = None
    """Of the last run whose report got out; None without any."""
    verdicts: frozenset[str] = frozenset()
    """Of that run and of those since."""
    alarms: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Of that run and of all since, with the mildest verdict that they had."""
    failed: frozenset[tuple[str, str]] = frozenset()
    """Alarms of that run that gave exit code 1 by its policy."""
    undelivered: int = 0
    """Runs since, whose report did not get out."""
    damaged: bool = False
    """Whether a line since is damaged, so that no alarm is known to be old."""


def past(folder: Path, now: Run) -> Past:
    """Return what runs of the same parameters and logs as `now` reported, the newest first.

    Logs are the same if a place of theirs is, or where a line does not say which they were, however
    their paths are spelled (`engine.memory.places`).
    A damaged line may be a run without the alarms of those before: none of them is old then.
    """
    since: list[Run] = []
    for run in reversed(records(folder)):
        if run is None:
            return Past(undelivered=len(since), damaged=True)
        if not _same_parameters(run, now):
            continue
        if run.logs and {*run.logs}.isdisjoint(now.logs):
            continue
        if not run.delivered:
            since.append(run)
            continue
        mildest = {
            alarm: min(
                (verdict, *(later.alarms[alarm] for later in since)), key=BADNESS.__getitem__
            )
            for alarm, verdict in run.alarms.items()
            if all(alarm in later.alarms for later in since)
        }
        verdicts = frozenset(r.verdict for r in (run, *since))
        return Past(run.verdict, verdicts, mildest, run.failing, len(since))
    return Past(undelivered=len(since))


def _same_parameters(run: Run, now: Run) -> bool:
    """Return whether runs had the same steps from the same file, of which a copy is another."""
    if run.fingerprint != now.fingerprint:
        return False
    # Lines of older versions have the path alone, as it was given.
    alike = not {*run.parameter_places}.isdisjoint(now.parameter_places)
    return alike or run.parameters == now.parameters


@dataclass(frozen=True, slots=True)
class Delivery:
    """An audit that is in the history as measured, and whose report is yet to get out."""

    state: State
    audit: Audit
    run: Run
    trouble: UnrememberedError | None = None
    """Why the state folder does not hold all of the audit."""

    def confirm(self) -> None:
        """Store that the report got out: from now on its alarms are old.

        Raises UnrememberedError where that cannot be stored, or something of the audit could not.
        """
        if self.trouble is not None:
            raise self.trouble
        try:
            confirm(self.state.folder, self.run)
        except UsageError as error:
            raise _unremembered(self.state, self.audit, str(error)) from error


def measured(state: State, audit: Audit, logs: object, *, only_new: bool) -> Delivery:
    """Append an audit to the history as measured, and return it with what confirms its delivery.

    `logs` are as the user named them. With `only_new` it fails for new alarms only: another verdict
    of the audit, a cause that a feature did not have, a worse verdict of a feature with the same
    cause, and what did not fail before by the policy of then.
    """
    run = run_of(audit)
    run = replace(
        run, id=os.urandom(8).hex(), logs=places(logs), delivered=False,
        parameter_places=places_of_file(run.parameters),
    )  # fmt: skip
    if only_new:
        with state.trying():  # where the past cannot be read, each alarm is new
            audit = _alarmed(audit, run, past(state.folder, run))
    run = replace(run, exit_code=audit.exit_code)
    if audit.night is not None:
        log = Log(run.parameters, run.fingerprint, run.logs)
        with state.trying():
            add_night(state.folder, log, audit.night)
    with state.trying():
        append(state.folder, run)
    trouble = _unremembered(state, audit, state.troubles[0]) if state.troubles else None
    return Delivery(state, audit, run, trouble)


def _unremembered(state: State, audit: Audit, trouble: str) -> UnrememberedError:
    option = OptionName("state", str(state.folder))
    return UnrememberedError(audit, option, f": not all of this audit is remembered: {trouble}")


def _alarmed(audit: Audit, now: Run, before: Past) -> Audit:
    """Return the audit with a note on new alarms; only old ones do not fail it."""
    new = {
        alarm: verdict
        for alarm, verdict in sorted(now.alarms.items())
        if BADNESS[verdict] > BADNESS.get(before.alarms.get(alarm, ""), 0)
        or alarm in now.failing - before.failed
    }
    notes: tuple[Note, ...] = ()
    if before.undelivered:
        notes = (Note("undelivered_runs", {"runs": before.undelivered}),)
    if before.damaged:
        notes = (*notes, Note("damaged_history", {"files": (HISTORY,)}))
    if not now.alarms:
        return replace(audit, notes=(*notes, *audit.notes))
    changed = before.verdict is not None and before.verdicts != {now.verdict}
    parameters: dict[str, object] = {"alarms": tuple(new)}
    if changed:
        parameters["verdict"] = before.verdict
    failing = not now.failing.isdisjoint(new)
    rest = _without_alarms(audit)
    if audit.exit_code == 1 and rest != 1 and not (failing or changed):
        parameters["exit_code"] = rest
        audit = replace(audit, exit_code=rest)
    return replace(audit, notes=(Note("new_alarms", parameters), *notes, *audit.notes))


def _without_alarms(audit: Audit) -> int:
    """Return the exit code of an audit but for its alarms: too little data, and what holds it up.

    Values that nothing compared, or a file that is cut, are no alarm that grows old.
    """
    policy = audit.policy
    doubts = [f.verdict for f in audit.features if exit_code(policy, f.name, f.verdict) == 3]
    holds = [hold.verdict for hold in audit.holds if hold.verdict is Verdict.INCONCLUSIVE]
    return policy.exit_code(*doubts, *holds, held=bool(holds))
