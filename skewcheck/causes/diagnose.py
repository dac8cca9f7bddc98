"""Search the causes of every feature of an audit, and settle ties between features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.spec import Kind
from skewcheck.causes import (
    epsilon,
    fixed_points,
    permutations,
    swaps,
)
from skewcheck.causes.absent_together import absent_together
from skewcheck.causes.clip_bounds import told_beyond
from skewcheck.causes.contradictions import reconciled
from skewcheck.causes.failing_rows import Explained, explain_failing_rows
from skewcheck.causes.grids import Grid
from skewcheck.causes.level_causes import LevelCauses
from skewcheck.causes.log_evidence import InOrder, LogEvidence
from skewcheck.causes.mechanism_causes import is_mechanical
from skewcheck.causes.new_nulls import new_nulls
from skewcheck.causes.one_sided_raw import of_raw
from skewcheck.causes.one_sided_served import of_served
from skewcheck.causes.renamed_columns import Unknown, renamed_features
from skewcheck.causes.shared_causes import settled, swap_candidates
from skewcheck.causes.standardized_parts import standardized_part
from skewcheck.causes.unit_and_file import resolved
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
        causes |= renamed_features(plan, causes, tests, unknown)
    alarmed = [name for name in names if any(test.verdict in ALARMS for test in tests[name])]
    reordered = permutations.permuted(diagnoser.evidence, causes, alarmed)
    for name, by_order in reordered.items():
        parity = profile.features[names.index(name)].parity
        diagnoses[name] = replace(
            _with_remainder(by_order, parity), negligible=diagnoses[name].negligible
        )
    causes |= reordered
    return [_with_causes(diagnosed, causes[name]) for name, diagnosed in diagnoses.items()]


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
            causes = list(
                LevelCauses(self.plan, self.profile, self.evidence, i).named(changed=changed)
            )
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
