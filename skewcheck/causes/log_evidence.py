"""Gather the evidence of each feature from the plan and the profile of a log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.arrival_order import Ordered
from skewcheck.causes.evidence import (
    Arrival,
    Evidence,
    SampledRows,
    Searches,
    SegmentCodes,
    SideMoments,
)
from skewcheck.causes.exchanges import in_columns, with_outputs
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.moments_by_part import failing
from skewcheck.causes.outputs import outputs_of, served_parts
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import (
    FILE,
    TIME,
    SampleColumn,
    logged_column,
    raw_column,
    result_column,
    segment_column,
    served_column,
)
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.counts.windows import text_tolerance
from skewcheck.features.types import FloatArray, NumericReference, Parameters
from skewcheck.results.causes import Cause

Columns = Mapping[SampleColumn, FloatArray]
"""Sampled columns of one length."""
RawValues = Mapping[str, FloatArray]
"""Of a sample, by feature."""
Segments = Mapping[SampleColumn, SegmentCodes]
InOrder = Callable[[Sequence[str]], Columns]
"""Reads the first rows of the log in their order, with columns of these features."""

EQUAL_CODES = 1e-6
"""Difference of codes that are equal, in units of them and 1: what float32 loses."""
MAX_EXCHANGED = 256
"""Features up to which columns of levels are compared with all others: each is with each."""
MAX_KEPT = 4
"""Samples of which what all features share is kept."""


class LogEvidence:
    """The evidence of all features of one audit, whose samples hold the same rows.

    Features are given by their index in the plan.
    """

    def __init__(
        self, plan: Plan, profile: Profile, history: Sequence[Parameters],
        in_order: InOrder | None = None,
    ) -> None:  # fmt: skip
        self.plan = plan
        self.in_order = in_order
        self.searches = Searches()
        self.profile = profile
        self.history = history
        self.sample = profile.sample.rows().columns
        self.features = tuple(feature_plan.feature for feature_plan in plan.features)
        self.raw_columns = tuple((f.name, raw_column(f.name)) for f in self.features)
        self.kept: list[tuple[Columns, tuple[RawValues, Segments]]] = []
        self.quantile_cache: dict[str, FloatArray] = {}
        self.source_cache: dict[str, NumericReference | None] = {}

    def of_log(self, i: int) -> Evidence:
        """Return the evidence of a feature in rows of the whole log."""
        profile = self.profile.features[i]
        sides = []
        for k, counts in enumerate((profile.raw, profile.served)):
            by_file = {file: moments[i][k] for file, moments in self.profile.files.items()}
            whole = counts.moments if isinstance(counts, NumericCounts) else Moments()
            sides.append(SideMoments(whole, by_file))
        rows = self._rows(self.plan.features[i], self.sample)
        return Evidence(self._context(i), rows, raw=sides[0], served=sides[1])

    def of_failing_rows(self, i: int) -> Evidence:
        """Return the evidence of a feature in rows that fail parity; no rows without any."""
        parity = self.profile.features[i].parity
        failing = parity.offenders.rows().columns if parity is not None else {}
        share = parity.mismatched / parity.rows if parity is not None and parity.rows else 0.0
        log = self.of_log(i)
        return Evidence(
            log.context, self._rows(self.plan.features[i], failing), share, log.rows, log.raw,
            log.served, None if parity is None else parity.times,
        )  # fmt: skip

    def with_order(self, evidence: Evidence, i: int) -> Evidence:
        """Return the evidence with the first rows in their order, read where they are asked for."""
        return replace(evidence, in_order=partial(self._arrival, i)) if self.in_order else evidence

    @cached_property
    def _ordered(self) -> Columns:
        """The first rows with columns of all numbers and codes that fail parity."""
        failing = [
            plan.feature.name
            for plan, counts in zip(self.plan.features, self.profile.features, strict=True)
            if counts.parity is not None and counts.parity.mismatched and plan.scope is None
        ]  # fmt: skip
        return {} if self.in_order is None else self.in_order(failing)

    def levels_in_order(self, i: int) -> Ordered | None:
        """Return the first rows of a feature of levels with their codes; None where it has none."""
        plan, arrival = self.plan.features[i], self._arrival(i)
        if arrival is None or not isinstance(plan.raw, CategoricalSide):
            return None
        outputs = [*outputs_of([plan], self._ordered)]
        if len(outputs) != 1 or outputs[0].column:
            return None
        made, served = outputs[0].made, arrival.rows.served
        lost = EQUAL_CODES * (1 + np.abs(made))
        fails = ~((np.abs(made - served) <= lost) | (np.isnan(made) & np.isnan(served)))
        return Ordered(
            plan.feature, arrival, fails, made - lost, made + lost, arrival.any_fails,
            tuple(plan.raw.levels.names),
        )  # fmt: skip

    def _arrival(self, i: int) -> Arrival | None:
        """Return the first rows of a feature; None where they have not both of its sides."""
        name, columns = self.features[i].name, self._ordered
        if not {raw_column(name), served_column(name)} <= columns.keys():
            return None
        keys = {
            column: np.unique(codes, return_inverse=True)[1]
            for column, codes in columns.items() if column == FILE or column.kind == "segment"
        }  # fmt: skip
        rows = self._rows(self.plan.features[i], columns)
        return Arrival(rows, keys, self.searches, lambda: self._any_fails)

    @cached_property
    def _any_fails(self) -> NDArray[np.bool_]:
        """Of the first rows in their order, those in which any feature fails."""
        columns = self._ordered
        made = np.zeros(len(next(iter(columns.values()))), bool)
        for i, feature in enumerate(self.features):
            sides = {raw_column(feature.name), served_column(feature.name)}
            numeric = isinstance(self.plan.features[i].raw, NumericSide)
            if numeric and sides <= columns.keys():
                rows = self._rows(self.plan.features[i], columns)
                made |= failing(Evidence(self._context(i), rows, all_rows=rows))
        return made

    def with_exchanges(self, evidence: Evidence, i: int) -> Evidence:
        """Return the evidence of a number's failing rows with columns of other features' levels."""
        parity = self.profile.features[i].parity
        plans = [p for p in self.plan.features if isinstance(p.raw, CategoricalSide)]
        if parity is None or not plans or len(plans) > MAX_EXCHANGED:
            return evidence
        failing = outputs_of(plans, parity.offenders.rows().columns)
        return with_outputs(evidence, [*failing], [*outputs_of(plans, self.sample)])

    def exchange(self, i: int) -> Cause | None:
        """Return that a feature of levels was served the values of others in failing rows."""
        plan, parity = self.plan.features[i], self.profile.features[i].parity
        if parity is None or not parity.mismatched or len(self.features) > MAX_EXCHANGED:
            return None
        columns = parity.offenders.rows().columns
        parts, lost = served_parts(plan, columns), self.lost_of_levels(i, columns)
        outputs = [*outputs_of(self.plan.features, columns)]
        share = parity.mismatched / parity.rows
        return in_columns(plan.feature.name, parts, lost, outputs, share)

    def parts_of_failing(self, i: int) -> Mapping[str, FloatArray]:
        """Return the columns of a feature's levels in the rows that fail parity."""
        parity = self.profile.features[i].parity
        columns = {} if parity is None else parity.offenders.rows().columns
        return served_parts(self.plan.features[i], columns)

    def lost_of_levels(self, i: int, columns: Columns) -> dict[str, FloatArray]:
        """Return what the digits of a text log lose of the served columns of a feature's levels."""
        plan = self.plan.features[i]
        # A column of two numbers does not show how precisely it is written, as `2.0`.
        printed = ("",) if plan.served is None else plan.served.columns
        column = max(printed, key=lambda name: max(self.profile.digits.get(name, [(0, 0)])))
        parts = served_parts(plan, columns)
        return {part: self._lost(column, values, None) for part, values in parts.items()}

    def raw_values(self, i: int) -> FloatArray:
        """Return the sampled raw values of a feature; empty where they are not logged."""
        return self.sample.get(raw_column(self.features[i].name), np.empty(0))

    def raw_step(self, i: int) -> float | None:
        """Return the step of the grid on which raw values of a feature lie; None without one."""
        reference = self.features[i].reference
        return reference.step if isinstance(reference, NumericReference) else None

    def _context(self, i: int) -> FeatureContext:
        """Return a feature with the others of the audit and its older versions."""
        name = self.features[i].name
        others = tuple(feature for feature in self.features if feature.name != name)
        older = tuple(
            (file.path or "history", feature)
            for file in self.history
            for feature in file.features
            if feature.name == name
        )
        return FeatureContext(
            self.features[i], others, older, self.quantile_cache, self.source_cache
        )

    def _rows(self, feature_plan: FeaturePlan, columns: Columns) -> SampledRows:
        """Return the rows of a sample as those of a feature."""
        name = feature_plan.feature.name
        length = len(next(iter(columns.values()), np.empty(0)))
        nulls = np.full(length, np.nan)
        served = columns.get(served_column(name), nulls)
        raw, segments = self._shared(columns)
        logged = columns.get(logged_column(name), raw.get(name))
        return SampledRows(
            served, raw,
            self._tolerance(feature_plan.raw, nulls if logged is None else logged),
            self._tolerance(feature_plan.served, served),
            segments,
            columns.get(TIME), columns.get(logged_column(name)), columns.get(result_column(name)),
        )  # fmt: skip

    def _shared(self, columns: Columns) -> tuple[RawValues, Segments]:
        """Return what the rows of a sample have in common for all features.

        The last few are kept: the log's own sample and its first rows are asked for by each.
        """
        for i, (sample, shared) in enumerate(self.kept):
            if sample is columns:
                self.kept.insert(0, self.kept.pop(i))
                return shared
        raw = {
            name: values
            for name, column in self.raw_columns
            if (values := columns.get(column)) is not None
        }
        segments = {
            column: self._codes(column, columns)
            for column in (FILE, *map(segment_column, self.plan.segments))
            if column in columns
        }
        self.kept = [(columns, (raw, segments)), *self.kept[: MAX_KEPT - 1]]
        return raw, segments

    def _codes(self, column: SampleColumn, columns: Columns) -> SegmentCodes:
        """Return a segment column of a sample; a value has the same number in all samples."""
        names = self.profile.names.get(column, {})
        codes, named_codes = columns[column], np.array(sorted(names))
        numbers = np.searchsorted(named_codes, codes)
        named = numbers < len(named_codes)
        named[named] = named_codes[numbers[named]] == codes[named]
        null, unnamed = len(named_codes), len(named_codes) + 1
        numbers[~named] = np.where(np.isnan(codes[~named]), null, unnamed)
        return SegmentCodes((*(names[code] for code in sorted(names)), None), numbers)

    def _tolerance(self, side: object, values: FloatArray) -> FloatArray | float:
        """Return what the digits of a text log lose of each value; 0 for binary formats."""
        if not isinstance(side, NumericSide):
            return 0.0
        return self._lost(side.column, values, side.windows.step)

    def _lost(self, column: str, values: FloatArray, step: float | None) -> FloatArray:
        """Return what the digits of a column lose of values; `step` is the grid of numbers."""
        digits = self.profile.digits.get(column)
        if not digits:
            return np.zeros(len(values))
        tolerances = [text_tolerance(values, *pair, step) for pair in sorted(digits)]
        widest: FloatArray = np.max(tolerances, axis=0)
        return np.nan_to_num(widest)
