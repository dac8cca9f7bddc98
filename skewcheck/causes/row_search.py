"""Search for the mechanisms that predict the served values of rows from their raw values.

Each row is evidence by itself; `explained_rows` tells which rows a mechanism explains.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.causes.chance import covers, interleaved, placed, within_chance
from skewcheck.causes.epsilon import of_line
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.explained_rows import Candidate, FailingRows, Mask, explains
from skewcheck.causes.lines import on_a_line, whole_factor
from skewcheck.causes.mechanism import Mechanism, final_linear, line
from skewcheck.causes.methods import recognised
from skewcheck.causes.read_off import MIN_EQUAL_ROWS, read_off
from skewcheck.features.steps import forward

MIN_EXPLAINED_SHARE = 0.02
"""Share of the failing rows that a mechanism must explain: fewer rows are explained by chance."""
MAX_CAUSES = 4
"""Mechanisms named per feature: more are no explanation that a reader can use."""
MIN_SHARE_OF_ROUNDING = 0.95
"""Share of rows, of all or of one place, that a rounding must explain: round values are common."""
INNER = (0.02, 0.98)
"""Quantiles of raw values beyond which rows are the outermost."""
MIN_SHARE_INSIDE = 0.5
"""Share of the rows that a rounding changes which lie between them: then some show there."""


@dataclass(frozen=True, slots=True)
class RowExplanation:
    """A mechanism, and the failing rows that it explains and no earlier one does."""

    mechanism: Mechanism
    explained: Mask
    rivals: tuple[Mechanism, ...] = ()
    """Others that explain the very same rows, which no data can decide between."""
    as_settings: bool = False
    """Whether its settings were read off these rows, so that some rows meet others by chance."""


def explain_rows(
    evidence: Evidence, candidates: Iterable[Mechanism]
) -> tuple[list[RowExplanation], Mask]:
    """Return explanations, the one of most rows first, and the mask of rows that none explains.

    Greedy: rows that one mechanism explains are set aside, and the rest is searched again, as
    several faults at a time are common.
    """
    search = _Search(evidence, list(candidates))
    left = np.ones(len(evidence.rows), bool)
    explanations: list[RowExplanation] = []
    min_rows = max(min(3, len(left)), math.ceil(MIN_EXPLAINED_SHARE * len(left)))
    while left.sum() >= min_rows and len(explanations) < MAX_CAUSES:
        explanation = search.best(left)
        if explanation is None or explanation.explained.sum() < min_rows:
            break
        explanations.append(explanation)
        left &= ~explanation.explained
    return explanations, left


class _Search:
    """The mechanisms that explain any failing row of a feature, and the choice among them."""

    def __init__(self, evidence: Evidence, candidates: Sequence[Mechanism]) -> None:
        self.evidence, self.failing = evidence, FailingRows(evidence)
        self.feature, self.rows = self.failing.feature, self.failing.rows
        self.raw, self.log = self.failing.raw, self.failing.log
        # A permutation: a cyclic shift by the golden section, which no period of the rows matches.
        self.shuffled = np.roll(self.rows.served, round(0.381966 * len(self.rows)))
        everywhere = self.log.raw.get(self.feature.name, self.raw)
        self.known = everywhere[np.isfinite(everywhere)]
        self.tried = list(self.failing.worth_trying(candidates))

    def best(self, left: Mask) -> RowExplanation | None:
        """Return what explains most of the rows that are left, by more than chance.

        A line has two free parameters: it must explain 5 % more rows than mechanisms without any.
        """
        read = [
            (mechanism, mask)
            for mechanism in read_off(self.evidence.context, self.rows, left, self.log)
            if self._as_settings(mechanism, mask := self.failing.explained(mechanism))
        ]
        stuck = [candidate for candidate in read if candidate[0].cause.constant]
        rounded = [candidate for candidate in (*self.tried, *read) if candidate[0].cause.rounds]
        others = [candidate for candidate in self.tried if not candidate[0].cause.rounds]
        # Simplest first: a constant among the right values, predicted mechanisms, other constants,
        # roundings, settings read off the rows.
        right = [candidate for candidate in stuck if self._is_right(candidate)]
        wrong = [candidate for candidate in stuck if not self._is_right(candidate)]
        settings = [
            candidate
            for candidate in read
            if not (candidate[0].cause.constant or candidate[0].cause.rounds)
        ]
        rounded = [
            candidate
            for candidate in rounded
            if self._of_all(candidate[1], left)
            and self._shows_where_it_may(candidate[0], candidate[1] & left)
        ]
        pool = [
            (mechanism, mask & left)
            for mechanism, mask in (*right, *others, *wrong, *rounded, *settings)
            if not self._by_chance(mechanism, mask, left)
        ]
        most = max((int(mask.sum()) for _, mask in pool), default=0)
        line_fit = on_a_line(self.feature, self.rows, left, self.rows.served)
        if line_fit is not None and not covers(self.raw[left], line_fit[1][left]):
            line_fit = None
        if line_fit is not None and line_fit[1].sum() > 1.05 * most + 1:
            return self._line(*line_fit, left)
        if not most:
            return None
        simplest = self._simplest(pool, most)
        chosen = any(mechanism is simplest.mechanism for mechanism, _ in settings)
        return replace(simplest, as_settings=chosen)

    def _as_settings(self, mechanism: Mechanism, mask: Mask) -> bool:
        """Return whether settings explain the rows that they would change, whatever these are.

        A constant, or a bound, that some raw values meet and others do not is no mechanism.
        """
        if np.isnan(self.raw[mask]).any():
            return True  # what nulls are filled with
        changes = forward(mechanism.steps, self.raw) != forward(self.feature.steps, self.raw)
        rows = self.rows.only(changes)
        return interleaved(self.raw[changes], mask[changes]) or placed(rows, mask[changes])

    def _shows_where_it_may(self, mechanism: Mechanism, mask: Mask) -> bool:
        """Return whether a rounding shows in rows other than the outermost, if it changes such.

        A bound changes those alone.
        """
        if not len(self.known):
            return True
        low, high = np.quantile(self.known, INNER)
        changes = self.failing.changes(mechanism)
        raw = self.log.raw.get(mechanism.source or self.feature.name, self.raw)
        inner = changes & (raw >= low) & (raw <= high)
        if inner.sum() < MIN_SHARE_INSIDE * changes.sum():
            return True
        return bool((mask & (self.raw >= low) & (self.raw <= high)).any())

    def _of_all(self, mask: Mask, left: Mask) -> bool:
        """Return whether a mask holds nearly all rows that are left, or all those of one place.

        A rounding that explains only some rows explains values that happen to be round.
        """
        if (mask & left).sum() >= MIN_SHARE_OF_ROUNDING * left.sum():
            return True
        for column in self.rows.segments.values():
            codes, n = column.codes, len(column.values) + 1
            explained_counts, left_counts = (
                np.bincount(codes[mask_of], minlength=n) for mask_of in (mask & left, left)
            )
            complete = (left_counts >= MIN_EQUAL_ROWS) & (
                explained_counts >= MIN_SHARE_OF_ROUNDING * left_counts
            )
            if (
                complete.any()
                and explained_counts[complete].sum()
                >= MIN_SHARE_OF_ROUNDING * explained_counts.sum()
            ):
                return True
        return False

    def _is_right(self, stuck: Candidate) -> bool:
        """Return whether a constant is the right value of some row."""
        value = self.rows.served[stuck[1]][:1]
        raw = np.append(self.raw, self.log.raw.get(self.feature.name, self.raw))
        off = np.abs(forward(self.feature.steps, raw) - value)
        return bool((off <= 1e-6 * (1 + np.abs(value))).any())

    def _by_chance(self, mechanism: Mechanism, mask: Mask, left: Mask) -> bool:
        """Return whether it explains about as many rows if served values are permuted.

        False where it explains most rows: a constant does so in any order. True where it explains
        none.
        """
        count = int((mask & left).sum())
        if 2 * count > left.sum() or not count:
            return not count
        others = replace(self.rows, served=self.shuffled)
        return within_chance(
            count, int((explains(mechanism, self.feature.name, others) & left).sum())
        )

    def _line(self, mechanism: Mechanism, mask: Mask, left: Mask) -> RowExplanation | None:
        """Return a line as unit, method or parameters; None where rows lie on it by chance."""
        count = int(mask.sum())
        if 2 * count <= left.sum():
            chance = on_a_line(self.feature, self.rows, left, self.shuffled)
            if chance is not None and within_chance(count, int(chance[1].sum())):
                return None
        unit = whole_factor(self.feature, mechanism)
        if unit is not None and (self.failing.explained(unit) & left).sum() >= 0.99 * count:
            # Without an offset any other scale is a factor, which may be whole by chance.
            training_linear = final_linear(self.feature.steps)
            return RowExplanation(
                unit,
                mask,
                (mechanism,) if training_linear and line(training_linear[1])[0] == 0 else (),
            )
        context = self.evidence.context
        return RowExplanation(recognised(context, of_line(context, mechanism)), mask)

    def _simplest(self, pool: Sequence[Candidate], most: int) -> RowExplanation:
        """Return the simplest of the candidates that explain (nearly) as many rows as any.

        Candidates come simplest first; one that would have changed many more rows of the log than
        another is dropped, as those rows were served rightly.
        """
        near = [
            candidate for candidate in pool if candidate[1].sum() >= most - max(1, 0.001 * most)
        ]
        if len(near) > 1:
            changed = [self.failing.changed(mechanism) for mechanism, _ in near]
            near = [
                candidate
                for candidate, n in zip(near, changed, strict=True)
                if n <= 1.25 * min(changed)
            ]
        mechanism, mask = near[0]
        rivals = [other for other, _ in near[1:] if other.cause is not mechanism.cause]
        return RowExplanation(mechanism, mask, tuple(rivals[:1]))
