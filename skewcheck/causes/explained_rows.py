"""Rows that a mechanism explains: served values in the interval predicted from the raw ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import UNIT_CHANGE
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.lines import contradicted
from skewcheck.causes.mechanism import Mechanism
from skewcheck.causes.near_lines import may_explain
from skewcheck.causes.precision import windows
from skewcheck.features.steps import Step, forward

Mask = NDArray[np.bool_]
"""Whether something holds, of each row."""
Candidate = tuple[Mechanism, Mask]
"""A mechanism, and the rows that it explains."""
PRESCREEN_ROWS = 64
"""Rows on which all mechanisms are tried first: one that explains none of them is dropped."""
MAX_DISTANCE_RATIO = 0.8
"""Distance of a mechanism's value from the served one over that of training's steps, at most: a
predicted interval may be so wide that both lie in it."""
MIN_ROUNDING_SHIFT = 0.1
"""Of the distance to be explained: a rounding that moves a value by less does not explain it."""
LOG_ROWS = 1000
"""Rows of the log in which the rows that a mechanism would change are counted."""


def explains(mechanism: Mechanism, name: str, rows: SampledRows) -> Mask:
    """Return the rows whose served value the mechanism predicts, to the rounding of arithmetic."""
    source, rounds = mechanism.source or name, mechanism.cause.rounds
    return predicted(mechanism.steps, source, rows, rounds=rounds)


def predicted(
    steps: tuple[Step, ...], source: str, rows: SampledRows, *, rounds: bool = False
) -> Mask:
    """Return the rows that were served as these steps of the source's raw value.

    `rounds`: one of the steps rounds. No row without such raw values.
    """
    raw = rows.raw.get(source)
    inside = np.zeros(len(rows), bool)
    if raw is None:
        return inside
    ends = raw - rows.raw_tolerance, raw + rows.raw_tolerance
    for low, high in windows(steps, *ends, rows.served_tolerance, rounds=rounds):
        inside |= (rows.served >= low) & (rows.served <= high)
        inside |= np.isnan(low) & np.isnan(rows.served)
    return inside


class FailingRows:
    """The rows of a feature that fail parity, with those of the log that they are compared with."""

    def __init__(self, evidence: Evidence) -> None:
        self.rows, self.feature = evidence.rows, evidence.context.feature
        raw = self.rows.raw.get(self.feature.name)
        self.raw = np.full(len(self.rows), np.nan) if raw is None else raw
        self.away = np.abs(self.rows.served - forward(self.feature.steps, self.raw))
        log = evidence.all_rows if evidence.all_rows is not None else evidence.rows
        self.log = log.only(np.arange(len(log)) < LOG_ROWS)

    def worth_trying(self, candidates: Sequence[Mechanism]) -> Iterator[Candidate]:
        """Yield the candidates that explain any row, with their masks."""
        few = self.rows.only(np.arange(len(self.rows)) < PRESCREEN_ROWS)
        nulls = np.isnan(self.raw)
        may = may_explain(candidates, self.feature.name, few)
        for mechanism in compress(candidates, may):
            if not explains(mechanism, self.feature.name, few).any():
                continue
            if self._contradicted(mechanism):
                continue
            mask = self.explained(mechanism)
            # Nulls that stay nulls are evidence for a step left out, not for a change of values.
            if mechanism.cause.seen_in_nulls or (mask & ~nulls).any():
                yield mechanism, mask

    def _contradicted(self, mechanism: Mechanism) -> bool:
        """Return whether failing rows, or all rows of the log, show another scale."""
        return any(
            contradicted(mechanism, self.feature, raw, rows.served, rows.served_tolerance)
            for rows in (self.rows, self.log)
            if (raw := rows.raw.get(self.feature.name)) is not None
        )

    def explained(self, mechanism: Mechanism) -> Mask:
        """Return the rows that it explains and that training's steps do not explain as well."""
        mask = explains(mechanism, self.feature.name, self.rows)
        absent = np.isnan(self.rows.served)
        if mechanism.source is not None and 2 * (mask & absent).sum() > mask.sum():
            mask &= ~absent  # nulls of both features are no values of the other
        if mechanism.source is not None or mechanism.cause is UNIT_CHANGE:
            served = self.rows.served[mask]
            if (served == served[:1]).all():
                return np.zeros(len(mask), bool)  # one value is a constant, which many things make
        raw = self.rows.raw.get(mechanism.source or self.feature.name, self.raw)
        made = forward(mechanism.steps, raw)
        if mechanism.cause.rounds:
            # Either neighbour of a tie is right; a value that was round already was not moved.
            return mask & ~(
                np.abs(made - forward(self.feature.steps, raw)) < MIN_ROUNDING_SHIFT * self.away
            )
        return mask & ~(np.abs(self.rows.served - made) > MAX_DISTANCE_RATIO * self.away)

    def changed(self, mechanism: Mechanism) -> int:
        """Return 1 + the rows of the log that it would have changed by more than rounding."""
        return int(self.changes(mechanism).sum()) + 1

    def changes(self, mechanism: Mechanism) -> Mask:
        """Return which rows of the log it would have changed by more than rounding."""
        raw = self.log.raw.get(mechanism.source or self.feature.name)
        if raw is None:
            return np.ones(len(self.log), bool)
        made = replace(self.log, served=forward(mechanism.steps, raw))
        return ~predicted(self.feature.steps, self.feature.name, made)
