"""The search for the causes of one categorical feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from skewcheck.catalogue.causes import CAUSES, DRIFT
from skewcheck.causes import categories, several_ones, small_changes, states, vectors
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.outputs import served_parts
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.parity import ParityCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.sides import CategoricalSide
from skewcheck.results.causes import Cause

MIN_RATIO_OF_EXCHANGE = 1.02
"""Rows that another feature's values explain over those that a level's own do: of features that
depend on each other both explain the same."""


@dataclass(frozen=True, slots=True)
class LevelCauses:
    """A categorical feature, by its place in the plan, and all evidence of its log."""

    plan: Plan
    profile: Profile
    evidence: LogEvidence
    i: int

    def named(self, *, changed: bool) -> Iterator[Cause]:
        """Yield the causes of the feature; `changed`: a distribution alarmed."""
        plan, profile = self.plan.features[self.i], self.profile.features[self.i]
        ones = self._of_ones()
        if profile.parity is not None and profile.parity.mismatched:
            yield from [*self._of_failing_levels(profile.parity)] or ones
            return
        yield from ones
        side, counts = (plan.raw, profile.raw) if plan.raw else (plan.served, profile.served)
        if not changed or ones or not isinstance(side, CategoricalSide):
            return
        if isinstance(counts, CategoricalCounts):
            sample = self.evidence.of_log(self.i).rows
            for cause in categories.moved(plan.feature, counts, side, sample):
                if side.vectors is not None and cause.code != DRIFT.code:
                    continue  # what several numbers are called is no spelling
                yield (
                    cause
                    if side.numbers or side.vectors is not None
                    else replace(cause, side="raw")
                )

    def _of_ones(self) -> list[Cause]:
        """Return that rows of one-hot columns have several ones, if some have."""
        plan = self.plan.features[self.i]
        counts = self.profile.features[self.i].served
        if not isinstance(plan.served, CategoricalSide) or not plan.served.onehot:
            return []
        if not isinstance(counts, CategoricalCounts) or not counts.mistyped:
            return []
        parts = served_parts(plan, self.evidence.sample)
        cause = several_ones.of_all_rows(parts, self.evidence.of_log(self.i).rows)
        return [] if cause is None else [cause]

    def _of_failing_levels(self, parity: ParityCounts) -> Iterator[Cause]:
        """Yield the causes of rows of a categorical feature that fail parity.

        What its levels were served as, or other columns' values if these explain more rows.
        """
        plan, failing = self.plan.features[self.i], self.evidence.of_failing_rows(self.i)
        logged = categories.levels_of(self.profile.features[self.i].raw, plan.raw)
        search = (
            vectors.recoded
            if isinstance(plan.served, CategoricalSide) and plan.served.vectors is not None
            else categories.recoded
        )
        causes = [*search(failing, parity.pairs, logged, parity.rows)]
        if small_changes.is_negligible(plan.feature, parity.pairs, parity.mismatched):
            share = parity.mismatched / parity.rows
            causes = [cause for cause in causes if CAUSES[cause.code].named_by_user] or [
                small_changes.other_numbers(plan.feature, parity.pairs, share)
            ]
            yield from (replace(cause, negligible=True) for cause in causes)
            return
        exchange = self.evidence.exchange(self.i)
        explained = max((cause.share for cause in causes), default=0.0)
        if exchange is not None and exchange.share > explained * MIN_RATIO_OF_EXCHANGE:
            causes = [replace(exchange, place=categories.place_of(failing))]
        if isinstance(plan.served, CategoricalSide) and plan.served.onehot:
            parts = {} if causes else self.evidence.parts_of_failing(self.i)
            several = several_ones.of_failing_rows(failing, parts)
            yield from causes if several is None else (several,)
            return
        by_state = self._state_of_levels(parity, causes)
        yield from causes if by_state is None else (by_state,)

    def _state_of_levels(self, parity: ParityCounts, causes: Sequence[Cause]) -> Cause | None:
        """Return the state of a server that explains codes, where they are no map of levels."""
        named = [cause for cause in causes if cause.parameters.get("swapped") != "rows"]
        share = parity.mismatched / parity.rows
        others = max((cause.share for cause in named), default=0.0) / share
        ordered = self.evidence.levels_in_order(self.i) if others < states.SETTLED else None
        return None if ordered is None else states.cause_of_levels(ordered, others, share)
