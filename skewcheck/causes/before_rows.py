"""Causes before a scope of one row: a member's step that is left out, or has other settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import STEP_CHANGED, WRONG_PARAMETERS
from skewcheck.causes import pipeline, units
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.causes.row_members import Mask, MemberRows
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.steps import Clip, Impute, Robust, Step, ZScore, forward, settings
from skewcheck.features.types import Feature, FloatArray

MIN_SHARE = 0.9
"""Share of the failing rows that a fault must explain."""
MIN_ROWS = 8
"""Failing rows, of as many different served values, that it must explain."""
MIN_DISTINCT = 0.5
"""Of the explained rows: different served values. An end of a range is met by many a fault."""
RIVAL = 0.98
"""Of the rows of the best fault: another one that explains so many is as good."""
MAX_RIVALS = 3
"""Faults that explain the same rows: of more, none is named."""
SCREENED = 64
"""Rows on which all faults are tried first."""
MAX_MEMBERS = 24
"""Members of a row that are tried one by one: of more, the feature's own and all at once."""
MAX_SOLVED = 8
"""Members of which numbers are read off the rows: each takes some hundred predictions."""
SOLVED_ROWS = 200
"""Rows that they are read off."""
ITERATIONS = 30
"""Of the search for numbers, by Gauss and Newton; it ends at once where it arrives."""
NUMBERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    Impute.op: (("value",),), Clip.op: (("min",), ("max",)), ZScore.op: (("mean", "std"),),
    Robust.op: (("center", "scale"),),
}  # fmt: skip
"""By step, the numbers that are read off together."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Other steps before the scope, of some members of the row."""

    cause: CauseSpec
    befores: Mapping[str, tuple[Step, ...]]
    """By the name of the member."""
    parameters: Mapping[str, object]
    variant: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    def explained(self, rows: MemberRows) -> Mask:
        """Return the rows that it explains, by more than a few values."""
        befores = [self.befores.get(m.feature, m.before) for m in rows.members]
        return rows.explained(befores, nulls=self.cause.seen_in_nulls)

    def beside(self, name: str) -> Fault:
        """Return the fault as one of a feature: with the members that have it, if it has not."""
        if name in self.befores:
            return self
        members = tuple(self.befores)
        return replace(
            self, parameters={**self.parameters, "member": members},
            details={"used": dict(self.parameters), **self.details},
        )  # fmt: skip


def of_members(rows: MemberRows) -> list[tuple[Fault, Mask]]:
    """Return the faults that explain nearly all failing rows; several where data cannot decide.

    Those that have no free number come first; empty where none does, or too many.
    """
    name = rows.members[rows.own].feature
    listed = _best(rows, _listed(rows.members, name))
    found = listed or _best(rows, _solved(rows))
    return [(fault.beside(name), mask) for fault, mask in found]


def _best(rows: MemberRows, faults: Iterable[Fault]) -> list[tuple[Fault, Mask]]:
    few = rows.only(np.arange(len(rows.rows)) < SCREENED)
    tried = []
    for fault in faults:
        if fault.explained(few).mean() < 0.5:
            continue
        mask = fault.explained(rows)
        enough = max(MIN_SHARE * len(mask), MIN_ROWS)
        if mask.sum() >= enough and telling(rows.rows.served[mask]):
            tried.append((fault, mask))
    if not tried:
        return []
    most = max(int(mask.sum()) for _, mask in tried)
    best = [(fault, mask) for fault, mask in tried if mask.sum() >= RIVAL * most]
    # A fault of more members that explains no more says more than the rows do. Of different kinds
    # the simplest is named: the logarithm of 1 + 1e-9 x is x, but for a factor.
    best = [pair for pair in best if not any(_within(other, pair[0]) for other, _ in best)]
    simplest = min(fault.cause.complexity for fault, _ in best)
    best = [pair for pair in best if pair[0].cause.complexity == simplest]
    return best if len(best) <= MAX_RIVALS else []


def _within(one: Fault, other: Fault) -> bool:
    """Return whether a fault is another's, of fewer members."""
    same = all(other.befores.get(name) == steps for name, steps in one.befores.items())
    return same and len(one.befores) < len(other.befores)


def telling(served: FloatArray) -> bool:
    """Return whether served values are nulls, or differ from each other."""
    finite = np.round(served[np.isfinite(served)], 6)
    enough = max(MIN_DISTINCT * len(finite), MIN_ROWS)
    return not len(finite) or len(np.unique(finite)) >= enough


def _listed(members: Sequence[ScopeColumn], name: str) -> Iterator[Fault]:
    """Yield the faults of one member each, the own first, then each fault of all that may have it.

    Steps left out, other settings, other units.
    """
    by_kind: dict[str, list[Fault]] = {}
    own = [member for member in members if member.feature == name]
    others = [member for member in members if member.feature != name]
    for member in (*own, *others):
        for mechanism in _mechanisms(member):
            fault = Fault(
                mechanism.cause, {member.feature: mechanism.steps[:-1]}, mechanism.parameters,
                mechanism.variant, mechanism.details,
            )  # fmt: skip
            kind = f"{fault.cause.code} {fault.variant} {sorted(fault.parameters.items())}"
            by_kind.setdefault(kind, []).append(fault)
            if member.feature == name or len(members) <= MAX_MEMBERS:
                yield fault
    for faults in by_kind.values():
        if len(faults) > 1:
            befores = {name: steps for fault in faults for name, steps in fault.befores.items()}
            yield replace(faults[0], befores=befores)


def _mechanisms(member: ScopeColumn) -> Iterator[Mechanism]:
    """Yield other steps before the scope; that over the scope is the last of each."""
    feature = Feature(member.feature, "numeric", (*member.before, member.step))
    context = FeatureContext(feature)
    for mechanism in (*pipeline.candidates(context), *units.candidates(context)):
        if mechanism.steps and mechanism.steps[-1] == member.step:
            yield mechanism


def _solved(rows: MemberRows) -> Iterator[Fault]:
    """Yield steps with the numbers that fit the rows best, of the own feature and of the others."""
    part = rows.only(np.arange(len(rows.rows)) < SOLVED_ROWS)
    own = rows.members[rows.own]
    others = [member for member in rows.members if member != own]
    for member in (own, *others)[:MAX_SOLVED]:
        for i, step in enumerate(member.before):
            for names in NUMBERS.get(step.op, ()):
                start = [settings(step).get(name) for name in names]
                numbers = [float(x) for x in start if isinstance(x, int | float)]
                if len(numbers) == len(names):
                    fit = _fitted(part, member, i, names, np.array(numbers))
                    if fit is not None:
                        yield _read_off(member, i, names, fit)


def _with_numbers(
    member: ScopeColumn, i: int, names: Sequence[str], numbers: FloatArray
) -> tuple[Step, ...]:
    """Return a member's steps before the scope with other numbers in one of them."""
    step = member.before[i]
    values = dict(zip(names, map(float, numbers), strict=True))
    changed: Step = step
    if isinstance(step, Impute):
        changed = Impute(values["value"])
    elif isinstance(step, Clip):
        changed = Clip(values.get("min", step.min), values.get("max", step.max))
    elif isinstance(step, ZScore):
        changed = replace(step, mean=values["mean"], std=values["std"])
    elif isinstance(step, Robust):
        changed = replace(step, center=values["center"], scale=values["scale"])
    return with_step(member.before, i, changed)


@np.errstate(all="ignore")
def _fitted(
    rows: MemberRows, member: ScopeColumn, i: int, names: Sequence[str], start: FloatArray
) -> FloatArray | None:
    """Return the numbers of a step that fit served values, by least squares; None without any.

    Gauss-Newton with halved steps: Nocedal and Wright, Numerical Optimization (2006), 10.3.
    """

    def residuals(numbers: FloatArray) -> FloatArray:
        befores = [
            _with_numbers(m, i, names, numbers) if m == member else m.before for m in rows.members
        ]
        off = forward(rows.after, rows.results(befores).values) - rows.rows.served
        return np.where(np.isfinite(off), off, 0.0)

    numbers, off = start, residuals(start)
    for _ in range(ITERATIONS):
        by = 1e-6 * np.maximum(np.abs(numbers), 1e-3)
        slopes = np.stack([
            (residuals(numbers + by * unit) - off) / by[k]
            for k, unit in enumerate(np.eye(len(numbers)))
        ], axis=1)  # fmt: skip
        if not np.isfinite(slopes).all():
            return None
        move = np.linalg.lstsq(slopes, -off, rcond=None)[0]
        for _ in range(8):
            tried = residuals(numbers + move)
            if tried @ tried < off @ off:
                break
            move = move / 2
        else:
            break
        numbers, off = numbers + move, tried
    return numbers if not np.allclose(numbers, start, 1e-9, 0.0) else None


def _read_off(
    member: ScopeColumn, i: int, names: Sequence[str], numbers: FloatArray
) -> Fault:  # fmt: skip
    """Return the fault of a step with numbers read off the rows."""
    step, used = member.before[i], dict(zip(names, map(float, numbers), strict=True))
    before = {member.feature: _with_numbers(member, i, names, numbers)}
    if isinstance(step, Impute):
        return Fault(STEP_CHANGED, before, {"op": step.op, **used}, "filled")
    if isinstance(step, Clip):
        details = {"used": used, "lost": ()}
        return Fault(STEP_CHANGED, before, {"op": step.op, **used}, "clipped", details)
    training = {name: settings(step)[name] for name in names}
    return Fault(WRONG_PARAMETERS, before, dict(used), details={"training": training})
