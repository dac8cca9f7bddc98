"""From what was measured to causes: evidence is gathered per feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.spec import Kind
from skewcheck.causes import categories, recomputed, swaps
from skewcheck.causes.common import settled, unclosed
from skewcheck.causes.diagnosis import is_mechanical
from skewcheck.causes.evidence import Evidence, SampledRows, SegmentCodes, SideMoments
from skewcheck.causes.failing_rows import Explained, explain_failing_rows
from skewcheck.causes.grids import Grid
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.one_sided import of_raw, of_served
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.feature_plan import CategoricalSide, FeaturePlan, NumericSide
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts, text_tolerance
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import (
    FILE,
    TIME,
    SampleColumn,
    raw_column,
    segment_column,
    served_column,
)
from skewcheck.features.types import FloatArray, NumericReference, Parameters
from skewcheck.results.causes import OPEN, Cause
from skewcheck.results.diagnosed import Diagnosed
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict

IDENTICAL = 1e-6
"""A distance below this is that of a sample from itself."""


Columns = Mapping[SampleColumn, FloatArray]


def _with_causes(diagnosed: Diagnosed, causes: tuple[Cause, ...]) -> Diagnosed:
    fitted = any(CAUSES[cause.code].fitted_to_serving for cause in causes)
    return replace(diagnosed, causes=causes, fitted_to_serving=fitted)


class Diagnoser:
    """All features of one audit, whose rows stand side by side in the same samples."""

    def __init__(self, plan: Plan, profile: Profile, history: Sequence[Parameters]) -> None:
        self.plan = plan
        self.profile = profile
        self.history = history
        self.sample = profile.sample.rows().columns
        self.features = tuple(one.feature for one in plan.features)
        self.quantile_cache: dict[str, FloatArray] = {}

    def every(
        self, tests: Mapping[str, Sequence[JudgedTest]], grids: Sequence[Grid | None]
    ) -> list[Diagnosed]:
        """Return the causes of all features; ties are settled by what the others have."""
        names = [one.feature.name for one in self.plan.features]
        found = [
            self.diagnose(i, tests[name], grid)
            for i, (name, grid) in enumerate(zip(names, grids, strict=True))
        ]
        causes = settled({n: one.causes for n, one in zip(names, found, strict=True)})
        for name, other in unclosed(causes).items():
            i = names.index(name)
            closing = None if is_mechanical(causes[name][0]) else self._closing(i, other)
            if closing is not None:
                causes[name] = (closing,)
        return [_with_causes(one, causes[n]) for n, one in zip(names, found, strict=True)]

    def diagnose(self, i: int, tests: Sequence[JudgedTest], grid: Grid | None) -> Diagnosed:
        """Return the causes of the i-th feature, whose judged tests are these."""
        one, found = self.plan.features[i], self.profile.features[i]
        wrong = {t.spec for t in tests if t.verdict in (Verdict.SKEW, Verdict.WARN)}
        moved = any(spec.changed for spec in wrong)
        suspected = moved or any(spec.kind is Kind.PROOF for spec in wrong)
        if one.raw is None and one.served is None:
            return Diagnosed(())
        if isinstance(one.raw or one.served, CategoricalSide):
            return Diagnosed(tuple(self._categorical(i, moved)))
        result: list[Cause] = []
        paired, negligible = Explained([]), False
        if found.parity is not None and found.parity.mismatched:
            paired = explain_failing_rows(self._paired(one, found))
            negligible = bool(paired.causes) and all(d.negligible for d in paired.causes)
            negligible = negligible and paired.unexplained < 0.02 * found.parity.mismatched / max(
                found.parity.rows, 1
            )
            result += paired.causes
        if one.raw is not None and moved:
            evidence = self._whole(one, i)
            raw = self.sample.get(raw_column(one.feature.name), np.empty(0))
            result += [replace(cause, side="raw") for cause in of_raw(evidence, raw)]
        if one.raw is None and (suspected or self._recomputed(i, tests)):
            found_served = of_served(self._whole(one, i), grid, self._step(one))
            if not moved and all(d.confidence <= OPEN for d in found_served):
                # Where no distribution moved there is no drift, nor what is no surer.
                found_served = []
            negligible = bool(found_served) and all(d.negligible for d in found_served)
            result += found_served
        return Diagnosed(tuple(result), paired.unexplained, negligible, remainder=paired.remainder)

    def _closing(self, i: int, other: str) -> Cause | None:
        """Return that the i-th feature has the other's values, if they are distributed so.

        Only where served values alone were logged: beside raw ones each row tells.
        """
        evidence = self._whole(self.plan.features[i], i)
        served = evidence.rows.only(np.isfinite(evidence.rows.served))
        if self.plan.features[i].raw is not None or not len(served):
            return None
        return swaps.of_other(evidence.context, other, served.served, served.served_tolerance)

    def _recomputed(self, i: int, tests: Sequence[JudgedTest]) -> bool:
        """Tell parameters computed on the serving data, unless that is the training data."""
        same = any(
            t.spec.identity and t.statistic is not None and t.statistic < IDENTICAL for t in tests
        )
        where = recomputed.where(self._whole(self.plan.features[i], i))
        return not same and any(True for _ in where)

    def _step(self, one: FeaturePlan) -> float | None:
        known = one.feature.reference
        return known.step if isinstance(known, NumericReference) else None

    def _known(self, one: FeaturePlan) -> FeatureContext:
        name = one.feature.name
        others = tuple(f for f in self.features if f.name != name)
        older = tuple(
            (file.path or "history", feature)
            for file in self.history
            for feature in file.features
            if feature.name == name
        )
        return FeatureContext(one.feature, others, older, self.quantile_cache)

    def _rows(self, one: FeaturePlan, columns: Columns) -> SampledRows:
        name = one.feature.name
        length = len(next(iter(columns.values()), np.empty(0)))
        nothing = np.full(length, np.nan)
        served = columns.get(served_column(name), nothing)
        raw = {
            f.name: columns[raw_column(f.name)]
            for f in self.features
            if raw_column(f.name) in columns
        }
        return SampledRows(
            served, raw,
            self._lost(one.raw, raw.get(name, nothing), self._step(one)),
            self._lost(one.served, served, None),
            {column: self._values(column, columns) for column in self._segments(columns)},
            columns.get(TIME),
        )  # fmt: skip

    def _segments(self, columns: Columns) -> Iterator[SampleColumn]:
        for column in (FILE, *map(segment_column, self.plan.segments)):
            if column in columns:
                yield column

    def _values(self, column: SampleColumn, columns: Columns) -> SegmentCodes:
        """Return a segment column of a sample; the same values have the same number in all."""
        names = self.profile.names.get(column, {})
        codes, found = columns[column], np.array(sorted(names))
        place = np.searchsorted(found, codes)
        known = place < len(found)
        known[known] = found[place[known]] == codes[known]
        place[~known] = np.where(np.isnan(codes[~known]), len(found), len(found) + 1)
        return SegmentCodes((*(names[code] for code in sorted(names)), None), place)

    def _lost(self, side: object, values: FloatArray, step: float | None) -> FloatArray | float:
        if not isinstance(side, NumericSide):
            return 0.0
        digits = self.profile.digits.get(side.column)
        if not digits:
            return 0.0
        tolerances = [text_tolerance(values, *pair, step) for pair in sorted(digits)]
        widest: FloatArray = np.max(tolerances, axis=0)
        return np.nan_to_num(widest)

    def _paired(self, one: FeaturePlan, found: FeatureProfile) -> Evidence:
        parity = found.parity
        offenders = parity.offenders.rows().columns if parity is not None else {}
        share = parity.mismatched / parity.rows if parity is not None and parity.rows else 0.0
        whole = self._whole(one, self.features.index(one.feature))
        return Evidence(
            whole.context, self._rows(one, offenders), share, whole.rows, whole.raw, whole.served,
            None if parity is None else parity.times,
        )  # fmt: skip

    def _whole(self, one: FeaturePlan, i: int) -> Evidence:
        found = self.profile.features[i]
        sides = []
        for k, counts in enumerate((found.raw, found.served)):
            files = {file: moments[i][k] for file, moments in self.profile.files.items()}
            whole = counts.moments if isinstance(counts, NumericCounts) else Moments()
            sides.append(SideMoments(whole, files))
        return Evidence(
            self._known(one), self._rows(one, self.sample), raw=sides[0], served=sides[1]
        )

    def _categorical(self, i: int, moved: bool) -> Iterator[Cause]:
        one, found = self.plan.features[i], self.profile.features[i]
        if found.parity is not None and found.parity.mismatched:
            failing = self._paired(one, found)
            kept = categories.levels_of(found.raw, one.raw)
            pairs, total = found.parity.pairs, found.parity.rows
            yield from categories.recoded(failing, pairs, kept, total)
        side, counts = (one.raw, found.raw) if one.raw else (one.served, found.served)
        if not moved or not isinstance(side, CategoricalSide):
            return
        if isinstance(counts, CategoricalCounts):
            rows = self._whole(one, i).rows
            for cause in categories.moved(one.feature, counts, side, rows):
                yield cause if side.numbers else replace(cause, side="raw")
