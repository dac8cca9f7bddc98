"""Causes of rows that fail parity, of a feature that is normalized over a scope of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import GLOBAL_PARAMETERS, NOT_NORMALIZED, SCOPE_CHANGED
from skewcheck.causes.before_rows import of_members, telling
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.failing_rows import Explained, explain_failing_rows
from skewcheck.causes.places import AffectedRows, located
from skewcheck.causes.recovering import fitted
from skewcheck.causes.row_members import MemberRows
from skewcheck.counts.tried import Tried
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.steps import Step, forward, inverse
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Remainder

Mask = NDArray[np.bool_]
MIN_SHARE = 0.9
"""Share of the failing rows that a line, or another scope, must explain."""
MIN_ROWS = 8
"""Failing rows that another scope must explain: a few are met by chance."""
UNCHANGED = 1e-6
"""Relative difference up to which a served value is the raw one."""
CLEAR = 1e-3
"""Of 1 and of a value: results further from the served value than this fail, in the log's sample,
where their own error is not known."""


def explain_by_scope(
    evidence: Evidence, scope: ScopeColumn, tried: Mapping[Tried, tuple[int, int]],
    members: Sequence[ScopeColumn] = (), *, nulls: bool,
) -> Explained:  # fmt: skip
    """Return the causes of rows that fail parity: constants, another scope, or a fault behind it.

    `tried` are other scopes with the rows that they explain, of those that they could be compared
    with; `members` the features that a row is normalized over, itself included.
    """
    rows = evidence.rows
    if not len(rows) or rows.results is None:
        return Explained([])
    steps = evidence.context.feature.steps
    unchanged = _unchanged(rows, scope.feature)
    if unchanged.sum() >= max(MIN_SHARE * len(rows), MIN_ROWS):
        return _explained([_cause(evidence, NOT_NORMALIZED.code, unchanged)], evidence)
    lines = [_one_line(evidence, (), scope)]
    lines += [_one_line(evidence, steps, scope)] if steps else []
    known = [line for line in lines if line is not None]
    # A file of one scope has constants, too: what the scope says of them says more.
    other = _other_scope(evidence, scope, tried)
    if other is not None:
        return _explained([other], evidence)
    if known:
        return max(known, key=lambda line: line.causes[0].share)
    before = _before(evidence, scope, members)
    if before:
        return _explained(before, evidence)
    if members and _are_ends(evidence):
        return Explained([], evidence.share, Remainder.ALL)
    return explain_failing_rows(_behind(evidence), nulls=nulls)


def _are_ends(evidence: Evidence) -> bool:
    """Return whether scopes give a few values alone, as 0 and 1 or -1 and 1, also those served."""
    parts = [rows for rows in (evidence.rows, evidence.all_rows) if rows is not None]
    results = np.concatenate([r.results for r in parts if r.results is not None] or [np.empty(0)])
    # Three decimals: of two values that nearly agree float32 keeps few digits.
    among = np.isin(np.round(evidence.rows.served, 3), np.round(results, 3))
    return not telling(results) and bool(among.all())


def _unchanged(rows: SampledRows, name: str) -> Mask:
    """Return which rows were served as they are logged, to the rounding to float32."""
    raw = rows.raw.get(name, np.full(len(rows), np.nan))
    lost = rows.served_tolerance + rows.raw_tolerance
    unchanged: Mask = np.abs(rows.served - raw) <= UNCHANGED * np.abs(raw) + lost
    return unchanged


def _one_line(evidence: Evidence, steps: tuple[Step, ...], scope: ScopeColumn) -> Explained | None:
    """Return that constants served nearly all failing rows; None where no line does."""
    rows = evidence.rows
    raw = rows.raw.get(scope.feature)
    if raw is None:
        return None
    x, served = forward(scope.before, raw), inverse(steps, rows.served)
    known = np.isfinite(x) & np.isfinite(served)
    lost = np.broadcast_to(rows.served_tolerance, known.shape)[known]
    found = fitted(x[known], served[known], lost)
    if found is None or found.explained.sum() < max(MIN_SHARE * len(rows), MIN_ROWS):
        return None
    explained = np.zeros(len(rows), bool)
    explained[known] = found.explained
    cause = replace(
        _cause(evidence, GLOBAL_PARAMETERS.code, explained), variant="scope",
        parameters={"mean": found.offset, "std": found.scale}, details={"scope": _told(scope)},
    )  # fmt: skip
    return _explained([cause], evidence)


def _other_scope(
    evidence: Evidence, scope: ScopeColumn, tried: Mapping[Tried, tuple[int, int]]
) -> Cause | None:
    """Return the scope that explains most failing rows, if it is nearly all; None without one."""
    enough = {
        other: explained / compared
        for other, (explained, compared) in tried.items()
        if explained >= MIN_ROWS and explained >= MIN_SHARE * compared
    }
    if not enough:
        return None
    # Of equal shares the first is taken: they are tried in the order of what differs least.
    best = max(enough, key=lambda other: enough[other])
    cause = _cause(evidence, SCOPE_CHANGED.code, np.ones(len(evidence.rows), bool))
    cause = replace(cause, share=cause.share * enough[best])
    parameters = {
        "over": best.over, "row" if best.over == "restarted" else "length": best.length,
        "ddof": best.ddof, "method": best.method, "by": best.by,
    }  # fmt: skip
    return replace(
        cause, parameters={key: value for key, value in parameters.items() if value is not None},
        details={"scope": best, "training": _told(scope)},
        confidence=SURE if len(enough) == 1 else LIKELY,
    )  # fmt: skip


def _before(evidence: Evidence, scope: ScopeColumn, members: Sequence[ScopeColumn]) -> list[Cause]:
    """Return the faults before a scope of one row that explain nearly all failing rows."""
    steps = evidence.context.feature.steps
    rows = MemberRows.of(evidence.rows, members, scope.feature, steps) if members else None
    found = [] if rows is None else of_members(rows)
    return [
        replace(
            _cause(evidence, fault.cause.code, mask), parameters=fault.parameters,
            variant=fault.variant, details=fault.details,
            confidence=SURE if len(found) == 1 else OPEN,
        )
        for fault, mask in found
    ]  # fmt: skip


def _explained(causes: Sequence[Cause], evidence: Evidence) -> Explained:
    """Return causes of different rows, with the share of the rows that they leave."""
    # Rivals explain the same rows.
    rest = max(evidence.share - max(cause.share for cause in causes), 0.0)
    return Explained(causes, rest, Remainder.OTHERS if rest else None)


def _told(scope: ScopeColumn) -> Tried:
    step = scope.step
    return Tried(step.over, step.length, step.ddof, step.method, scope.by)


def _behind(evidence: Evidence) -> Evidence:
    """Return the same evidence with the results of the scopes for raw values."""
    name = evidence.context.feature.name

    def of_results(rows: SampledRows | None) -> SampledRows | None:
        if rows is None or rows.results is None:
            return rows
        return replace(rows.with_raw({name: rows.results}), raw_tolerance=CLEAR / 10)

    return replace(
        evidence, rows=of_results(evidence.rows) or evidence.rows,
        all_rows=of_results(evidence.all_rows), raw=None,
    )  # fmt: skip


def _cause(evidence: Evidence, code: str, explained: Mask) -> Cause:
    share = evidence.share * float(explained.mean())
    log = evidence.all_rows
    place = None
    if log is not None and log.results is not None:
        right = forward(evidence.context.feature.steps, log.results)
        fails = np.abs(log.served - right) > CLEAR * (1 + np.abs(right))
        span = evidence.span if explained.all() else None
        place = located(AffectedRows(evidence.rows, explained, log, fails, span=span))
    return Cause(code, share, SURE, {}, place)
