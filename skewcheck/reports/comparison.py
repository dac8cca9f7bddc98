"""Two JSON reports compared: what is new, worse, no longer tested, better and gone, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from skewcheck.reports.report_file import AuditReport, Outcome, excess
from skewcheck.results.verdicts import Verdict

Kind = Literal["new", "worse", "untested", "better", "gone"]
KINDS: tuple[Kind, ...] = ("new", "worse", "untested", "better", "gone")
"""In the order in which they are told."""
GROWS_BY = 1.25
"""Factor from which an effect of a feature that stays in trouble is another. The same fault has
effects that vary by some per cent from night to night, as rows and hours do."""
GROWS_TO = 0.5
"""And thresholds by which it must differ: small effects vary by more."""
_ALARMS = (Verdict.SKEW, Verdict.WARN)
_RANKS = {Verdict.WARN: 1, Verdict.INCONCLUSIVE: 2, Verdict.SKEW: 3}
"""Of verdicts that are no good news, as alarms in a state folder have them."""
_ABOUT = ("fingerprint", "file", "gate", "keys", "lock", "outside", "weaker")
"""Members of a policy that say where it is from, which its other members show."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of which two reports say something else."""

    kind: Kind
    old: Outcome | None
    """None where the older report has no such feature."""
    new: Outcome | None

    @property
    def outcome(self) -> Outcome:
        """Return what is known of it, of the newer report if that has it."""
        known = self.new or self.old
        if known is None:
            raise ValueError("a change of nothing")
        return known


@dataclass(frozen=True, slots=True)
class Remark:
    """What makes two reports less comparable, and is no change of a feature."""

    kind: Literal["parameters", "model", "policy", "mode", "only_old", "only_new", "order"]
    old: object = None
    new: object = None
    """Fingerprints, members of the model, values of a key; names of features for `only_...`."""
    key: str = ""
    """Of the policy: `thresholds.psi`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one report to another."""

    old: AuditReport
    new: AuditReport
    changes: tuple[Change, ...]
    """In the order of `KINDS`, within a kind the largest effect first."""
    remarks: tuple[Remark, ...]

    @property
    def is_worse(self) -> bool:
        """Return whether anything is new or worse."""
        return any(change.kind in ("new", "worse") for change in self.changes)

    def count(self, kind: Kind) -> int:
        """Return the number of changes of a kind."""
        return sum(change.kind == kind for change in self.changes)


def compare(old: AuditReport, new: AuditReport) -> Comparison:
    """Return what changed between two reports, of which `old` is held against `new`."""
    changes = []
    for key in {**old.outcomes, **new.outcomes}:
        before, after = old.outcomes.get(key), new.outcomes.get(key)
        kind = _kind(before, after)
        if kind is not None:
            changes.append(Change(kind, before, after))
    return Comparison(old, new, tuple(sorted(changes, key=_order)), tuple(_remarks(old, new)))


def _order(change: Change) -> tuple[int, int, float, str]:
    outcome = change.outcome
    rank = max(_RANKS.get(o.verdict, 0) for o in (change.old, change.new) if o is not None)
    return KINDS.index(change.kind), -rank, -_largest(outcome), outcome.name


def _kind(old: Outcome | None, new: Outcome | None) -> Kind | None:
    """Return what a change is called; None for none."""
    before = Verdict.OK if old is None else old.verdict
    if new is not None:
        after = new.verdict
    else:
        # A feature that is no longer audited is not well again; what held a log up is gone.
        lost = old is not None and old.subject == "feature" and before in _RANKS
        after = Verdict.UNTESTED if lost else Verdict.OK
    ranks = [_RANKS.get(verdict, 0) for verdict in (before, after)]
    if after in _ALARMS and before not in _ALARMS:
        return "new"
    if ranks[1] > ranks[0]:
        return "worse"
    if after is Verdict.UNTESTED:
        return "untested" if before is not Verdict.UNTESTED and old is not None else None
    if after is Verdict.INCONCLUSIVE:
        return "untested" if before is Verdict.SKEW else None
    if ranks[1] < ranks[0]:
        return "gone" if after is Verdict.OK and before in _ALARMS else "better"
    return _within(old, new) if old and new and after in _ALARMS else None


def _within(old: Outcome, new: Outcome) -> Kind | None:
    """Return how a feature changed that has the same alarm in both reports."""
    sizes = _largest(old), _largest(new)
    if new.causes.keys() - old.causes.keys() or _is_larger(sizes[1], sizes[0]):
        return "worse"
    if old.causes.keys() - new.causes.keys() or _is_larger(sizes[0], sizes[1]):
        return "better"
    return None


def _largest(outcome: Outcome) -> float:
    return 0.0 if outcome.worst is None else excess(outcome.worst)


def _is_larger(effect: float, other: float) -> bool:
    return effect >= other * GROWS_BY and effect - other >= GROWS_TO


def _remarks(old: AuditReport, new: AuditReport) -> Iterator[Remark]:
    if old.started and new.started and old.started > new.started:
        yield Remark("order", old.started, new.started)
    if old.fingerprint != new.fingerprint:
        before, after = ((side.fingerprint, side.parameters) for side in (old, new))
        yield Remark("parameters", before, after)
    if old.model != new.model:
        yield Remark("model", old.model, new.model)
    if old.mode != new.mode:
        yield Remark("mode", old.mode, new.mode)
    policies = [_flat(side.policy) for side in (old, new)]
    for key in {**policies[0], **policies[1]}:
        values = [policy.get(key) for policy in policies]
        if values[0] != values[1]:
            yield Remark("policy", values[0], values[1], key)
    names = [
        [name for subject, name in side.outcomes if subject == "feature"] for side in (old, new)
    ]
    for kind, these, others in (("only_old", *names), ("only_new", *reversed(names))):
        only = tuple(name for name in these if name not in set(others))
        if only and kind == "only_old":
            yield Remark("only_old", only)
        elif only:
            yield Remark("only_new", new=only)


def _flat(policy: Mapping[str, object]) -> dict[str, object]:
    """Return a policy with a key for each threshold."""
    flat: dict[str, object] = {}
    for key, value in policy.items():
        if key == "thresholds" and isinstance(value, Mapping):
            flat |= {f"{key}.{test}": threshold for test, threshold in value.items()}
        elif key not in _ABOUT:
            flat[key] = value
    return flat
