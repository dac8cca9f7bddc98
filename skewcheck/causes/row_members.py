"""Rows as a server may have made them that are normalized over themselves: what each feature is.

A feature that is normalized over its row depends on the steps before of all features in the row:
its members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import SampledRows
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.scopes import Results, of_windows, results
from skewcheck.features.steps import Standardize, Step, bounds, forward
from skewcheck.features.types import FloatArray

Mask = NDArray[np.bool_]
Befores = Sequence[tuple[Step, ...]]
"""The steps before the scope, by member."""
CLEAR_OF_ERROR = 10.0
"""Times its own error that a prediction must be away from the right result: closer ones tell
nothing."""
MAX_PATTERNS = 64
"""Combinations of members without a value that are told apart: others give no prediction."""
SAME = 1e-5
"""Relative difference of results that are the same, whatever order they are computed in."""


@dataclass(frozen=True, slots=True)
class MemberRows:
    """Failing rows of one feature, with the raw values of all members of their row."""

    rows: SampledRows
    members: tuple[ScopeColumn, ...]
    own: int
    """The feature's place among the members."""
    after: tuple[Step, ...]
    """Its steps after the scope."""
    right: FloatArray
    """Rows x members: what training's steps before the scope make of them."""

    @classmethod
    def of(
        cls, rows: SampledRows, members: Sequence[ScopeColumn], name: str, after: Sequence[Step]
    ) -> MemberRows | None:
        """Return the rows; None where a member's raw values are not known, or are not all."""
        names = [member.feature for member in members]
        if name not in names or any(member not in rows.raw for member in names):
            return None
        columns = [forward(member.before, rows.raw[member.feature]) for member in members]
        right = np.stack(columns, axis=1)
        made = cls(rows, tuple(members), names.index(name), tuple(after), right)
        expected = made.results(made.befores).values
        logged = np.full(len(rows), np.nan) if rows.results is None else rows.results
        known = np.isfinite(logged)
        same = np.isclose(expected[known], logged[known], SAME, SAME)
        return made if known.any() and same.all() else None

    @property
    def befores(self) -> Befores:
        """Training's steps before the scope, by member."""
        return [member.before for member in self.members]

    @property
    def step(self) -> Standardize:
        """The scope's step."""
        return self.members[self.own].step

    def only(self, mask: Mask) -> MemberRows:
        """Return the masked rows."""
        return replace(self, rows=self.rows.only(mask), right=self.right[mask])

    def results(self, befores: Befores, *, skipping: bool = False) -> Results:
        """Return what the scope makes of the feature behind other steps.

        NaN where a member has no value; with `skipping` the others' statistics are taken.
        """
        matrix = self.right.copy()
        for j, (steps, member) in enumerate(zip(befores, self.members, strict=True)):
            if steps is not member.before:
                matrix[:, j] = forward(steps, self.rows.raw[member.feature])
        raw = self.rows.raw[self.members[self.own].feature]
        off, own = self.rows.raw_tolerance, matrix[:, self.own]
        low, high = bounds(befores[self.own], raw - off, raw + off)
        width = np.fmax(high - own, own - low)
        lost = np.where(np.isfinite(width), width, 0.0)
        if not skipping:
            return results(self.step, own, lost, of_windows(self.step, matrix, lost))
        return self._skipping(matrix, lost)

    def _skipping(self, matrix: FloatArray, lost: FloatArray) -> Results:
        made = Results.empty(len(self.rows))
        patterns, which = np.unique(np.isnan(matrix), axis=0, return_inverse=True)
        for i, pattern in enumerate(patterns[:MAX_PATTERNS]):
            if pattern[self.own]:
                continue
            here = which.reshape(-1) == i
            statistics = of_windows(self.step, matrix[np.ix_(here, ~pattern)], lost[here])
            part = results(self.step, matrix[here, self.own], lost[here], statistics)
            made.values[here], made.error[here] = part.values, part.error
        return made

    def explained(self, befores: Befores, *, nulls: bool) -> Mask:
        """Return the rows that were served as behind these steps, clear of the right result.

        With `nulls`, rows with a null of a member that has other steps may be served as none.
        """
        right = self.rows.results
        if right is None:
            return np.zeros(len(self.rows), bool)
        explained, absent = np.zeros(len(self.rows), bool), np.zeros(len(self.rows), bool)
        for member, steps in zip(self.members, befores, strict=True):
            if nulls and steps != member.before:
                absent |= np.isnan(self.rows.raw[member.feature])
        for skipping in (False, True) if absent.any() else (False,):
            made = self.results(befores, skipping=skipping)
            low, high = bounds(self.after, made.values - made.error, made.values + made.error)
            lost = self.rows.served_tolerance
            near = (self.rows.served >= low - lost) & (self.rows.served <= high + lost)
            near |= absent & np.isnan(made.values) & np.isnan(self.rows.served)
            unclear = np.abs(made.values - right) <= CLEAR_OF_ERROR * made.error
            explained |= near & ~unclear & np.isfinite(right)
        return explained
