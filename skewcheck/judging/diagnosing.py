"""From what was measured to causes: evidence is gathered per feature, and told in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from skewcheck import causes
from skewcheck.auditing import Cause
from skewcheck.causes import Diagnosis, Evidence, Explained, Known, Rows, categories
from skewcheck.causes.evidence import Side as Moved
from skewcheck.features import FloatArray, NumericReference, Parameters
from skewcheck.grids import Grid
from skewcheck.judging.found import Found
from skewcheck.profile import FeatureProfile, Profile
from skewcheck.profile.categorical import CategoricalCounts
from skewcheck.profile.moments import Moments
from skewcheck.profile.numeric import NumericCounts, text_tolerance
from skewcheck.profile.plan import CategoricalSide, FeaturePlan, NumericSide, Plan
from skewcheck.profile.rows import TIME, raw_column, segment_column, served_column
from skewcheck.steps import Vocabulary
from skewcheck.verdict import Test, Verdict
from skewcheck.wording import percent

MOVED = frozenset({"ks", "mannwhitney", "psi", "linf", "mean", "std", "wasserstein", "js", "kl",
                   "range", "nulls", "constant", "unseen", "nonfinite"})  # fmt: skip
"""Tests whose alarm says that a distribution is not training's."""


class Diagnoser:
    """All features of one audit, whose rows stand side by side in the same samples."""

    def __init__(self, plan: Plan, profile: Profile, history: Sequence[Parameters]) -> None:
        self.plan = plan
        self.profile = profile
        self.history = history
        self.sample = profile.sample.rows().columns
        self.features = tuple(one.feature for one in plan.features)

    def diagnose(self, i: int, tests: Sequence[Test], grid: Grid | None) -> Found:
        """Return the causes of the i-th feature, whose judged tests are these."""
        one, found = self.plan.features[i], self.profile.features[i]
        wrong = {t.name for t in tests if t.verdict in (Verdict.SKEW, Verdict.WARN)}
        if one.raw is None and one.served is None:
            return Found(())
        if isinstance(one.raw or one.served, CategoricalSide):
            return Found(tuple(self._told(d, sure=False) for d in self._categorical(i, wrong)))
        result: list[Cause] = []
        paired, negligible = Explained([]), False
        if found.parity is not None and found.parity.mismatched:
            paired = causes.of_paired(self._paired(one, found))
            negligible = bool(paired.causes) and all(d.negligible for d in paired.causes)
            negligible = negligible and paired.unexplained < 0.02 * found.parity.mismatched / max(
                found.parity.rows, 1
            )
            result += [self._told(d, sure=True) for d in paired.causes]
        if one.raw is not None and wrong & MOVED:
            evidence = self._whole(one, i)
            raw = self.sample.get(raw_column(one.feature.name), np.empty(0))
            result += [self._told(d, sure=False) for d in causes.of_raw(evidence, raw)]
        if one.raw is None and (wrong & (MOVED | {"grid"}) or self._recomputed(i, tests)):
            step = self._step(one)
            for d in causes.of_served(self._whole(one, i), grid, step):
                result.append(self._told(d, sure=d.confidence >= causes.SURE))
        return Found(tuple(result), paired.unexplained, negligible, paired.told)

    def _recomputed(self, i: int, tests: Sequence[Test]) -> bool:
        """Tell parameters computed on the serving data, unless that is the training data."""
        same = any(t.name == "ks" and t.statistic is not None and t.statistic < 1e-6 for t in tests)
        where = causes.recomputed.where(self._whole(self.plan.features[i], i))
        return not same and any(True for _ in where)

    def _step(self, one: FeaturePlan) -> float | None:
        known = one.feature.reference
        return known.step if isinstance(known, NumericReference) else None

    def _known(self, one: FeaturePlan) -> Known:
        name = one.feature.name
        others = tuple(f for f in self.features if f.name != name)
        older = tuple(
            (file.path or "history", feature)
            for file in self.history
            for feature in file.features
            if feature.name == name
        )
        return Known(one.feature, others, older)

    def _rows(self, one: FeaturePlan, columns: Mapping[str, FloatArray]) -> Rows:
        name = one.feature.name
        length = len(next(iter(columns.values()), np.empty(0)))
        nothing = np.full(length, np.nan)
        served = columns.get(served_column(name), nothing)
        raw = {
            f.name: columns[raw_column(f.name)]
            for f in self.features
            if raw_column(f.name) in columns
        }
        return Rows(
            served, raw,
            self._lost(one.raw, raw.get(name, nothing), self._step(one)),
            self._lost(one.served, served, None),
            {column: self._named(column, columns) for column in self._segments(columns)},
            columns.get(TIME),
        )  # fmt: skip

    def _segments(self, columns: Mapping[str, FloatArray]) -> Iterator[str]:
        for column in ("file", *self.plan.segments):
            if segment_column(column) in columns:
                yield column

    def _named(self, column: str, columns: Mapping[str, FloatArray]) -> NDArray[np.object_]:
        codes = columns[segment_column(column)]
        names = self.profile.names.get(column, {})
        distinct, place = np.unique(codes, return_inverse=True)
        told = [names.get(float(code), "null" if np.isnan(code) else "other") for code in distinct]
        return np.array(told, object)[place]

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
            whole.known, self._rows(one, offenders), share, whole.rows, whole.raw, whole.served
        )

    def _whole(self, one: FeaturePlan, i: int) -> Evidence:
        found = self.profile.features[i]
        sides = []
        for k, counts in enumerate((found.raw, found.served)):
            files = {file: moments[i][k] for file, moments in self.profile.files.items()}
            whole = counts.moments if isinstance(counts, NumericCounts) else Moments()
            sides.append(Moved(whole, files))
        return Evidence(
            self._known(one), self._rows(one, self.sample), raw=sides[0], served=sides[1]
        )

    def _categorical(self, i: int, wrong: set[str]) -> Iterator[Diagnosis]:
        one, found = self.plan.features[i], self.profile.features[i]
        known = self._known(one)
        share = None
        if found.parity is not None and found.parity.mismatched:
            share = categories.recoded(known, found.parity.pairs, found.parity.rows)
            if share is not None:
                yield _categorical_diagnosis(share, causes.SURE)
        side, counts = (one.raw, found.raw) if one.raw else (one.served, found.served)
        if not (wrong & MOVED) or not isinstance(side, CategoricalSide):
            return
        if not isinstance(counts, CategoricalCounts):
            return
        if side.numbers:
            size = sum(len(s.values) for s in one.feature.steps if isinstance(s, Vocabulary))
            moved = (
                categories.permuted(counts, side.levels, side.reference, size)
                if side.reference is not None and size
                else None
            )
        else:
            moved = categories.renamed(counts, side.levels)
        if moved is not None:
            yield _categorical_diagnosis(moved, causes.LIKELY)
        else:
            yield causes.drift(causes.LIKELY)

    def _told(self, found: Diagnosis, *, sure: bool) -> Cause:
        if found.code == "drift":
            text = "the distribution moved, and no mechanism explains it as a whole"
        else:
            rows = "all rows" if found.share > 0.9999 else f"{percent(found.share)} of the rows"
            where = f" ({found.where})" if found.where else ""
            verb = "were" if sure or found.confidence > causes.OPEN else "may have been"
            text = f"{rows}{where} {verb} served {found.did}"
            if found.negligible:
                text += ": less than matters, or the digits that the file was written with"
        return Cause(
            found.code, found.share, found.confidence, text, found.parameters, where=found.where
        )


def _categorical_diagnosis(found: categories.Share, confidence: float) -> Diagnosis:
    mechanism = found.mechanism
    share = min(found.share, 1.0)
    return Diagnosis(mechanism.code, share, confidence, mechanism.did, mechanism.parameters)


def shared(features: Mapping[str, Sequence[Cause]], all_features: int) -> tuple[Cause, ...]:
    """Return what explains several features at once, told once.

    Two features with each other's values are one swap; the same first cause with the same
    origin (no normalization, an older file) in several features is one root cause.
    """
    groups: dict[tuple[str, str], list[tuple[str, Cause]]] = defaultdict(list)
    result: list[Cause] = []
    for name, found in features.items():
        first = found[0] if found else None
        if first is None:
            continue
        other = first.parameters.get("feature")
        if first.code == "swapped_features" and isinstance(other, str):
            back = features.get(other, ())
            if name < other and any(c.parameters.get("feature") == name for c in back[:1]):
                what = first.parameters.get("swapped")
                text = f"{name} and {other} are swapped ({what})"
                both = (name, other)
                result.append(
                    Cause(first.code, first.share, first.confidence, text, first.parameters, both)
                )
        elif first.code in _ROOTS:
            groups[first.code, str(first.parameters.get("file", ""))].append((name, first))
    for (code, file), some in groups.items():
        if len(some) < 2:
            continue
        did = _ROOTS[code].format(file=file)
        text = f"{len(some)} of {all_features} features were served {did}"
        share = max(cause.share for _, cause in some)
        confidence = min(cause.confidence for _, cause in some)
        names = tuple(name for name, _ in some)
        parameters: dict[str, object] = {"file": file} if file else {}
        places = {cause.where for _, cause in some}
        where = places.pop() if len(places) == 1 else None
        if where:
            text += f" ({where})"
        result.append(Cause(code, share, confidence, text, parameters, names, where))
    return tuple(result)


_ROOTS = {
    "not_normalized": "without normalization",
    "normalized_twice": "normalized twice",
    "stale_parameters": "with the parameters of {file}",
    "recomputed_parameters": "with parameters computed on the serving data",
    "wrong_ddof": "with standard deviations of the other ddof",
}
"""Causes that come from one place for all features."""
