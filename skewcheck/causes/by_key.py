"""Causes of rows that fail parity, of a feature whose parameters are by a key column.

First what no key by itself shows: parameters of another key, and one set for all keys. Then the
search row by row within the rows of each key, whose findings are put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.catalogue.causes import GLOBAL_PARAMETERS, STUCK_VALUE, WRONG_GROUP
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.explained_rows import explains
from skewcheck.causes.failing_rows import Explained, explain_failing_rows
from skewcheck.causes.families import candidates
from skewcheck.causes.key_rows import (
    SAME_LINE,
    KeyedRows,
    Mask,
    Signature,
    alike,
    common_prefix,
    of_group,
    signature_of,
    signature_of_cause,
)
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.places import AffectedRows, located
from skewcheck.causes.recovering import fitted
from skewcheck.features.steps import Step, bounds, forward, inverse
from skewcheck.features.types import Feature
from skewcheck.results.causes import LIKELY, SURE, Cause, Place, Remainder

MAX_KEYS = 12
"""Keys whose rows are searched one by one, those of most failing rows: of more it is tried whether
they have the same causes."""
MAX_CAUSES = 4
MIN_SHARE_OF_LINE = 0.9
"""Share of the failing rows that one line must explain, to be that of all keys."""
MIN_SHARE_OF_KEY = 0.5
"""Share of a key's failing rows that another key's parameters must explain."""
MIN_ROWS = 2


def explain_by_key(evidence: Evidence, *, nulls: bool) -> Explained:
    """Return the causes of rows that fail parity; none without rows whose keys were sampled."""
    feature = evidence.context.feature
    failing = KeyedRows.of(feature, evidence.rows)
    log = None if evidence.all_rows is None else KeyedRows.of(feature, evidence.all_rows)
    if failing is None or log is None or not len(evidence.rows):
        return Explained([])
    search = _Search(evidence, feature, failing, log)
    causes = [*search.of_one_line(), *search.of_other_keys()]
    if search.left.any():
        causes += search.of_each_key(nulls=nulls)
    causes.sort(key=lambda cause: -cause.share)
    rest = evidence.share * float(search.left.mean())
    remainder = (Remainder.OTHERS if causes else Remainder.ALL) if rest else None
    unlisted = sum(cause.share for cause in causes[MAX_CAUSES:])
    if unlisted:
        remainder = Remainder.MANY
    return Explained(causes[:MAX_CAUSES], rest + unlisted, remainder)


@dataclass(slots=True)
class _Search:
    """Failing rows, and those of them that nothing explains yet."""

    evidence: Evidence
    feature: Feature
    failing: KeyedRows
    log: KeyedRows
    left: Mask
    fails: Mask

    def __init__(
        self, evidence: Evidence, feature: Feature, failing: KeyedRows, log: KeyedRows
    ) -> None:
        self.evidence, self.feature = evidence, feature
        self.failing, self.log = failing, log
        self.left = np.ones(len(failing.rows), bool)
        self.fails = ~log.served_by_steps(feature)

    def of_one_line(self) -> Iterator[Cause]:
        """Yield that one set of parameters served rows of several keys."""
        prefix = common_prefix(self.feature)
        if prefix is None:
            return
        x = forward(prefix, self.failing.logged)
        served = inverse(self.feature.steps, self.failing.rows.served)
        known = np.isfinite(x) & np.isfinite(served)
        lost = np.broadcast_to(self.failing.rows.served_tolerance, known.shape)[known]
        found = fitted(x[known], served[known], lost)
        if found is None or found.explained.sum() < MIN_SHARE_OF_LINE * known.sum():
            return
        explained = np.zeros(len(known), bool)
        explained[known] = found.explained
        keys = Counter(self.failing.partition.codes[explained].tolist())
        several = sum(rows >= MIN_ROWS for rows in keys.values()) > 1
        if not several or (abs(found.offset) < SAME_LINE and abs(found.scale - 1) < SAME_LINE):
            return
        if any(alike(steps, found.offset, found.scale) for steps in self.feature.groups.values()):
            return  # that of a key, which is looked for next
        self.left &= ~explained
        used = {"mean": found.offset, "std": found.scale}
        yield self._cause(GLOBAL_PARAMETERS.code, explained, used, "")

    def of_other_keys(self) -> Iterator[Cause]:
        """Yield that rows were served with the parameters of other keys."""
        if not self.left.any():
            return
        codes, keys = self.failing.partition.codes, self.failing.partition.keys
        best: dict[int, tuple[int, str, Mask]] = {}
        rows_of_key = np.bincount(codes[self.left & (codes >= 0)], minlength=len(keys))
        for other, steps in self.feature.groups.items():
            mask = self._predicted((*steps, *self.feature.steps)) & self.left & (codes >= 0)
            for code, rows in zip(*np.unique(codes[mask], return_counts=True), strict=True):
                if keys[code] != other and rows > best.get(int(code), (0,))[0]:
                    best[int(code)] = int(rows), other, mask & (codes == code)
        enough = {
            code: (rows, other, mask)
            for code, (rows, other, mask) in best.items()
            if rows >= MIN_SHARE_OF_KEY * rows_of_key[code]
        }
        of_other: Counter[str] = Counter()
        for rows, other, _ in enough.values():
            of_other[other] += rows
        most = of_other.total() >= max(MIN_ROWS, MIN_SHARE_OF_LINE * int(self.left.sum()))
        kept = {
            code: (other, mask)
            for code, (rows, other, mask) in enough.items()
            if most or rows >= MIN_ROWS or of_other[other] > MIN_ROWS
        }
        if not kept:
            return
        explained = np.logical_or.reduce([mask for _, mask in kept.values()])
        if self._raw_explains(explained):
            return
        self.left &= ~explained
        own = {keys[code]: other for code, (other, _) in sorted(kept.items())}
        used = dict.fromkeys(own.values())
        if len(used) == 1:
            yield self._cause(WRONG_GROUP.code, explained, {"group": next(iter(used))}, "")
            return
        key, other = next(iter(own.items()))
        yield replace(
            self._cause(WRONG_GROUP.code, explained, {"group": other}, "several"),
            details={"own": key, "keys": len(own)},
        )

    def _raw_explains(self, explained: Mask) -> bool:
        """Return whether the rows have their raw values, as a key of mean 0 and std 1 leaves."""
        return bool(self._predicted(())[explained].all())

    def _predicted(self, steps: Sequence[Step]) -> Mask:
        rows = self.failing.rows
        lost, x = rows.raw_tolerance, self.failing.logged
        low, high = bounds(steps, x - lost, x + lost)
        inside = rows.served >= low - rows.served_tolerance
        mask: Mask = inside & (rows.served <= high + rows.served_tolerance)
        return mask

    def of_each_key(self, *, nulls: bool) -> list[Cause]:
        """Return the causes of the rows of each key, those of several keys as one.

        Keys of most rows are searched; in the rows of all it is tried what they have in common.
        """
        codes, keys = self.failing.partition.codes, self.failing.partition.keys
        counts = Counter(codes[self.left & (codes >= 0)].tolist())
        causes: dict[Signature, list[tuple[int, Cause]]] = {}
        for code, _ in counts.most_common(MAX_KEYS):
            for cause in explain_failing_rows(self._of_key(code), nulls=nulls).causes:
                causes.setdefault(signature_of_cause(cause), []).append((code, cause))
        masks = self._masks(causes.keys(), list(counts))
        result = []
        for signature, members in causes.items():
            first = members[0][1]
            mask = masks[signature] & self.left
            if not mask.any():  # its numbers were read off the rows of its keys
                result += [self._of_one(keys[code], code, cause) for code, cause in members]
                continue
            self.left &= ~mask
            result.append(replace(
                first, share=self.evidence.share * float(mask.mean()), place=self._place(mask),
                confidence=max(cause.confidence for _, cause in members),
            ))  # fmt: skip
        return result

    def _of_one(self, key: str, code: int, cause: Cause) -> Cause:
        """Return the cause of one key, in its rows unless it says a place within them."""
        rows = np.flatnonzero(self.left & (self.failing.partition.codes == code))
        explained = round(cause.share / self.evidence.share * len(self.left))
        self.left[rows[:explained]] = False
        if cause.place is not None:
            return cause
        everywhere = np.unique(self.log.partition.codes)
        place = Place(self.feature.by, "column", (key,), int((everywhere >= 0).sum()))
        return replace(cause, place=place)

    def _masks(
        self, signatures: Iterable[Signature], codes: Sequence[int]
    ) -> dict[Signature, Mask]:
        """Return which rows causes explain; none where the rows of a key alone tell it."""
        masks = {signature: self._absent_or_stuck(signature) for signature in signatures}
        named = {cause for cause, _, _ in masks}
        for code in codes:
            rows = np.flatnonzero(self.left & (self.failing.partition.codes == code))
            part = np.zeros(len(self.left), bool)
            part[rows] = True
            sampled = self._logged(self.failing, part)
            for mechanism in candidates(self._context(self.failing.partition.keys[code]), named):
                mask = masks.get(signature_of(mechanism))
                if mask is not None:
                    mask[rows] |= explains(mechanism, self.feature.name, sampled)
        return masks

    def _absent_or_stuck(self, signature: Signature) -> Mask:
        """Return the rows with the served value that a cause names, whatever their key."""
        code, variant, parameters = signature
        served, value = self.failing.rows.served, dict(parameters).get("value")
        if code == STUCK_VALUE.code and isinstance(value, float):
            return np.abs(served - value) <= self.failing.rows.served_tolerance
        if code == STUCK_VALUE.code:
            absent = {"null": np.isnan(served), "infinite": np.isinf(served)}
            return absent.get(variant, np.zeros(len(served), bool))
        return np.zeros(len(served), bool)

    def _of_key(self, code: int) -> Evidence:
        """Return the evidence of the rows of one key that are left, with the steps of the key."""
        key = self.failing.partition.keys[code]
        mask = self.left & (self.failing.partition.codes == code)
        everywhere = self.log.partition.keys
        place = everywhere.index(key) if key in everywhere else -2
        return Evidence(
            self._context(key),
            self._logged(self.failing, mask),
            self.evidence.share * float(mask.mean()),
            self._logged(self.log, self.log.partition.codes == place),
            span=self.evidence.span,
        )

    def _logged(self, keyed: KeyedRows, mask: Mask) -> SampledRows:
        rows = keyed.rows.only(mask)
        return rows.with_raw({self.feature.name: keyed.logged[mask]})

    def _context(self, key: str) -> FeatureContext:
        """Return the feature as the rows of a key have it, and its older versions."""
        context = self.evidence.context
        history = ((file, of_group(f, key)) for file, f in context.history)
        feature = of_group(self.feature, key) or self.feature
        return FeatureContext(
            feature, context.others, tuple((file, f) for file, f in history if f is not None)
        )

    def _cause(
        self, code: str, explained: Mask, parameters: Mapping[str, object], variant: str
    ) -> Cause:
        share = self.evidence.share * float(explained.mean())
        confidence = SURE if self.left.mean() <= MIN_SHARE_OF_KEY else LIKELY
        return Cause(code, share, confidence, parameters, self._place(explained), variant)

    def _place(self, explained: Mask) -> Place | None:
        span = self.evidence.span if explained.all() else None
        return located(
            AffectedRows(self.failing.rows, explained, self.log.rows, self.fails, span=span)
        )
