"""Search the causes of every feature of an audit, and settle ties between features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.catalogue.causes import CAUSES, DRIFT, STUCK_VALUE
from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import MISSING, NULLS
from skewcheck.causes import (
    categories,
    epsilon,
    fixed_points,
    permutations,
    several_ones,
    small_changes,
    states,
    swaps,
    vectors,
)
from skewcheck.causes.absent_together import NULL, absent_together
from skewcheck.causes.clip_bounds import told_beyond
from skewcheck.causes.contradictions import reconciled
from skewcheck.causes.failing_rows import Explained, explain_failing_rows
from skewcheck.causes.grids import Grid
from skewcheck.causes.log_evidence import InOrder, LogEvidence
from skewcheck.causes.mechanism_causes import is_mechanical
from skewcheck.causes.new_nulls import new_nulls
from skewcheck.causes.one_sided_raw import of_raw
from skewcheck.causes.one_sided_served import of_served
from skewcheck.causes.outputs import served_parts
from skewcheck.causes.renamed_columns import Unknown, renamed
from skewcheck.causes.shared_causes import settled, swap_candidates
from skewcheck.causes.standardized_parts import standardized_part
from skewcheck.causes.unit_and_file import resolved
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parity import ParityCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.sides import CategoricalSide
from skewcheck.features.types import Parameters
from skewcheck.results.causes import OPEN, Cause, Diagnosed, Remainder
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import ALARMS

MAX_DISTANCE_TO_ITSELF = 1e-6
"""Distances up to this are those of a sample from itself: sums in another order."""
NEGLIGIBLE_SHARE = 0.02
"""Share of the failing rows that may be without a cause where all causes are negligible."""

MIN_RATIO_OF_EXCHANGE = 1.02
"""Rows that another feature's values explain over those that a level's own do: of features that
depend on each other both explain the same."""


def diagnose_features(
    plan: Plan, profile: Profile, history: Sequence[Parameters],
    tests: Mapping[str, Sequence[JudgedTest]], grids: Sequence[Grid | None],
    in_order: InOrder | None = None, unknown: Unknown | None = None,
) -> list[Diagnosed]:  # fmt: skip
    """Return the causes of all features of a plan, in its order.

    `tests` are judged, by feature. `history` are older parameters. `in_order` reads the first rows
    of the log again, for servers with a state, `unknown` those of columns of no feature; None where
    they cannot be read. Ties that the rows of a feature cannot decide are settled by the causes of
    the others.
    """
    diagnoser = _Diagnoser(plan, profile, LogEvidence(plan, profile, history, in_order))
    names = [feature_plan.feature.name for feature_plan in plan.features]
    diagnoses = {
        name: diagnoser.diagnose(i, tests[name], grid)
        for i, (name, grid) in enumerate(zip(names, grids, strict=True))
    }
    causes = settled({name: diagnosed.causes for name, diagnosed in diagnoses.items()})
    for name, other in swap_candidates(causes).items():
        if not is_mechanical(causes[name][0]):
            swap = diagnoser.swap_with(names.index(name), other)
            causes[name] = causes[name] if swap is None else (swap,)
    compared = [
        feature_plan.feature
        for feature_plan, counts in zip(plan.features, profile.features, strict=True)
        if counts.parity is not None
    ]
    causes |= epsilon.common(compared, causes)
    causes |= absent_together(diagnoser.evidence, causes, tests)
    causes |= new_nulls(diagnoser.evidence, causes, tests)
    if unknown is not None:
        causes |= _renamed(plan, causes, tests, unknown)
    alarmed = [name for name in names if any(test.verdict in ALARMS for test in tests[name])]
    reordered = permutations.permuted(diagnoser.evidence, causes, alarmed)
    for name, by_order in reordered.items():
        parity = profile.features[names.index(name)].parity
        diagnoses[name] = replace(
            _with_remainder(by_order, parity), negligible=diagnoses[name].negligible
        )
    causes |= reordered
    return [_with_causes(diagnosed, causes[name]) for name, diagnosed in diagnoses.items()]


def _renamed(
    plan: Plan, causes: Mapping[str, Sequence[Cause]], tests: Mapping[str, Sequence[JudgedTest]],
    unknown: Unknown,
) -> dict[str, tuple[Cause, ...]]:  # fmt: skip
    """Return the causes of features whose values stand in a column of another name.

    Of those without a mechanical cause, or that are null in a place: there they stand so.
    """
    placed = {
        name: own[0] for name, own in causes.items()
        if own and (own[0].code, own[0].variant, own[0].side) == (STUCK_VALUE.code, NULL, "raw")
    }  # fmt: skip
    lost = [
        p for p in plan.features
        if (name := p.feature.name) in placed or not any(map(is_mechanical, causes[name]))
        if any(test.verdict in ALARMS and test.spec in _LOST for test in tests[name])
    ]  # fmt: skip
    found = renamed(lost, unknown()) if lost else {}
    return {
        name: (_of_place(cause, placed.get(name)), *causes[name][name in placed :])
        for name, cause in found.items()
    }


def _of_place(cause: Cause, other: Cause | None) -> Cause:
    return cause if other is None else replace(cause, share=other.share, place=other.place)


_LOST = (MISSING, NULLS)
"""Tests that say that values are not there."""


def _with_causes(diagnosed: Diagnosed, causes: tuple[Cause, ...]) -> Diagnosed:
    fitted = any(CAUSES[cause.code].fitted_to_serving for cause in causes)
    return replace(diagnosed, causes=causes, fitted_to_serving=fitted)


@dataclass(frozen=True, slots=True)
class _Diagnoser:
    """The search for the causes of one feature, which is given by its index in the plan."""

    plan: Plan
    profile: Profile
    evidence: LogEvidence

    def diagnose(self, i: int, tests: Sequence[JudgedTest], grid: Grid | None) -> Diagnosed:
        """Return the causes of a feature, whose judged tests these are."""
        plan = self.plan.features[i]
        alarms = {test.spec for test in tests if test.verdict in ALARMS}
        changed = any(spec.changed for spec in alarms)
        if plan.raw is None and plan.served is None:
            return Diagnosed(())
        if isinstance(plan.raw or plan.served, CategoricalSide):
            causes = list(self._of_categories(i, changed=changed))
            found = _with_remainder(tuple(causes), self.profile.features[i].parity)
            return replace(found, negligible=_all_negligible(causes))
        explained, negligible = self._of_failing_rows(i)
        causes = [*resolved(explained.causes, self.evidence.of_log(i).context)]
        if plan.raw is not None and changed:
            evidence, values = self.evidence.of_log(i), self.evidence.raw_values(i)
            lost = evidence.rows.raw_tolerance
            raw_causes = of_raw(evidence, values)
            raw_causes = told_beyond(raw_causes, evidence.context, values, lost, raw=True)
            causes += [replace(cause, side="raw") for cause in raw_causes]
        proven = any(spec.kind is Kind.PROOF for spec in alarms)
        if plan.raw is None and (changed or proven or self._is_recomputed(i, tests)):
            evidence = self.evidence.of_log(i)
            values, lost = evidence.rows.served, evidence.rows.served_tolerance
            served_causes = of_served(evidence, grid, self.evidence.raw_step(i))
            served_causes = [*resolved(reconciled(served_causes), evidence.context)]
            served_causes = told_beyond(served_causes, evidence.context, values, lost, raw=False)
            if not changed and all(
                cause.confidence <= OPEN or not is_mechanical(cause) for cause in served_causes
            ):
                # Where no distribution moved there is no drift, nor what is no likelier.
                served_causes = []
            negligible = _all_negligible(served_causes)
            causes += served_causes
        return Diagnosed(
            tuple(causes), explained.unexplained, negligible, remainder=explained.remainder
        )

    def _of_failing_rows(self, i: int) -> tuple[Explained, bool]:
        """Return the causes of rows that fail parity, and whether they are all negligible."""
        parity = self.profile.features[i].parity
        if parity is None or not parity.mismatched:
            return Explained([]), False
        served = self.profile.features[i].served
        # Cells of another type are no nulls; a test of their own tells of them.
        mistyped = isinstance(served, NumericCounts) and served.mistyped > 0
        explained = self._explained(i, nulls=not mistyped)
        few_left = explained.unexplained < NEGLIGIBLE_SHARE * parity.mismatched / max(
            parity.rows, 1
        )
        return explained, _all_negligible(explained.causes) and few_left

    def _explained(self, i: int, *, nulls: bool) -> Explained:
        failing = self.evidence.of_failing_rows(i)
        if self.plan.features[i].feature.groups:
            from skewcheck.causes.by_key import explain_by_key  # few features have keys

            return explain_by_key(failing, nulls=nulls)
        scope, parity = self.plan.features[i].scope, self.profile.features[i].parity
        if scope is not None and parity is not None:
            from skewcheck.causes.by_scope import explain_by_scope  # few have a scope

            row = scope.step.over == "row"
            members = [s for s in self.plan.scopes if s.step == scope.step] if row else ()
            return explain_by_scope(failing, scope, parity.tried, members, nulls=nulls)
        failing = self.evidence.with_order(self.evidence.with_exchanges(failing, i), i)
        return explain_failing_rows(failing, nulls=nulls)

    def swap_with(self, i: int, other: str) -> Cause | None:
        """Return that a feature has the values of another, if they are distributed so.

        None where raw values are logged: then the rows themselves are the evidence.
        """
        evidence = self.evidence.of_log(i)
        served = evidence.rows.only(np.isfinite(evidence.rows.served))
        if self.plan.features[i].raw is not None or not len(served):
            return None
        return swaps.of_other(evidence.context, other, served.served, served.served_tolerance)

    def _is_recomputed(self, i: int, tests: Sequence[JudgedTest]) -> bool:
        """Return whether parameters were estimated on the serving data.

        False where that is the training data itself.
        """
        identical = any(
            test.spec.identity
            and test.statistic is not None
            and test.statistic < MAX_DISTANCE_TO_ITSELF
            for test in tests
        )
        if identical:
            return False
        evidence = self.evidence.of_log(i)
        if any(True for _ in fixed_points.where(evidence)):
            return True
        return standardized_part(evidence) is not None

    def _of_categories(self, i: int, *, changed: bool) -> Iterator[Cause]:
        """Yield the causes of a categorical feature; `changed`: a distribution alarmed."""
        plan, profile = self.plan.features[i], self.profile.features[i]
        ones = self._of_ones(i)
        if profile.parity is not None and profile.parity.mismatched:
            yield from [*self._of_failing_levels(i, profile.parity)] or ones
            return
        yield from ones
        side, counts = (plan.raw, profile.raw) if plan.raw else (plan.served, profile.served)
        if not changed or ones or not isinstance(side, CategoricalSide):
            return
        if isinstance(counts, CategoricalCounts):
            sample = self.evidence.of_log(i).rows
            for cause in categories.moved(plan.feature, counts, side, sample):
                if side.vectors is not None and cause.code != DRIFT.code:
                    continue  # what several numbers are called is no spelling
                yield (
                    cause
                    if side.numbers or side.vectors is not None
                    else replace(cause, side="raw")
                )

    def _of_ones(self, i: int) -> list[Cause]:
        """Return that rows of one-hot columns have several ones, if some have."""
        plan = self.plan.features[i]
        counts = self.profile.features[i].served
        if not isinstance(plan.served, CategoricalSide) or not plan.served.onehot:
            return []
        if not isinstance(counts, CategoricalCounts) or not counts.mistyped:
            return []
        parts = served_parts(plan, self.evidence.sample)
        cause = several_ones.of_all_rows(parts, self.evidence.of_log(i).rows)
        return [] if cause is None else [cause]

    def _of_failing_levels(self, i: int, parity: ParityCounts) -> Iterator[Cause]:
        """Yield the causes of rows of a categorical feature that fail parity.

        What its levels were served as, or other columns' values if these explain more rows.
        """
        plan, failing = self.plan.features[i], self.evidence.of_failing_rows(i)
        logged = categories.levels_of(self.profile.features[i].raw, plan.raw)
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
        exchange = self.evidence.exchange(i)
        explained = max((cause.share for cause in causes), default=0.0)
        if exchange is not None and exchange.share > explained * MIN_RATIO_OF_EXCHANGE:
            causes = [replace(exchange, place=categories.place_of(failing))]
        if isinstance(plan.served, CategoricalSide) and plan.served.onehot:
            parts = {} if causes else self.evidence.parts_of_failing(i)
            several = several_ones.of_failing_rows(failing, parts)
            yield from causes if several is None else (several,)
            return
        by_state = self._state_of_levels(i, parity, causes)
        yield from causes if by_state is None else (by_state,)

    def _state_of_levels(
        self, i: int, parity: ParityCounts, causes: Sequence[Cause]
    ) -> Cause | None:
        """Return the state of a server that explains codes, where they are no map of levels."""
        named = [cause for cause in causes if cause.parameters.get("swapped") != "rows"]
        share = parity.mismatched / parity.rows
        others = max((cause.share for cause in named), default=0.0) / share
        ordered = self.evidence.levels_in_order(i) if others < states.SETTLED else None
        return None if ordered is None else states.cause_of_levels(ordered, others, share)


def _with_remainder(causes: tuple[Cause, ...], parity: ParityCounts | None) -> Diagnosed:
    """Return causes of a categorical feature, with the rows that fail parity beside theirs.

    Where there are several, all explain the same rows.
    """
    if parity is None or not parity.mismatched:
        return Diagnosed(causes)
    explained = max((round(cause.share * parity.rows) for cause in causes), default=0)
    left = max(parity.mismatched - explained, 0)
    remainder = Remainder.OTHERS if causes else Remainder.ALL
    return Diagnosed(causes, left / parity.rows, remainder=remainder if left else None)


def _all_negligible(causes: Sequence[Cause]) -> bool:
    """Return whether there are causes, and all of them are negligible."""
    return bool(causes) and all(cause.negligible for cause in causes)
