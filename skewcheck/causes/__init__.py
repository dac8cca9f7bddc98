"""Why production differs: which mechanism explains it, with its numbers, where and since when.

Each family of mechanisms is a file that yields predictions; nothing here knows thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes import recomputed
from skewcheck.causes.diagnosis import LIKELY, OPEN, SURE, Diagnosis, drift, negligible, other_rows
from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.locating import Affected, Place, located
from skewcheck.causes.mechanism import Known, Mechanism, final_linear
from skewcheck.causes.moments_by_part import failing
from skewcheck.causes.one_sided import of_raw, of_served
from skewcheck.causes.paired import MOST, Found, diagnosed
from skewcheck.causes.unexplained import LEAST, astray, of_other_rows
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import forward
from skewcheck.results.remainder import Remainder

CODES: Mapping[str, str] = MappingProxyType(
    {
        "not_normalized": "application", "normalized_twice": "application",
        "wrong_parameters": "recovering", "stale_parameters": "parameters",
        "recomputed_parameters": "recomputed", "wrong_ddof": "parameters",
        "wrong_method": "methods", "swapped_features": "swaps", "step_missing": "pipeline",
        "step_changed": "pipeline", "unit_change": "units", "precision_loss": "precision",
        "stuck_value": "stuck", "encoding_changed": "encoding", "category_renamed": "renaming",
        "drift": "drift",
    }
)  # fmt: skip

READ_OFF = frozenset({"wrong_parameters", "stuck_value", "step_changed", "precision_loss"})
"""Causes that values of other rows may imitate: their numbers come from the rows, or are few."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What rows that fail parity say."""

    causes: list[Diagnosis]
    unexplained: float = 0.0
    """Share of all rows that none of the causes explains."""
    remainder: Remainder | None = None
    """What is known of those."""


def of_paired(evidence: Evidence) -> Explained:
    """Return the causes of rows that fail parity, and what is left without one."""
    if not len(evidence.rows):
        return Explained([])
    again = recomputed_on(evidence)
    total = sum(one.share for one in again)
    alone = bool(again) and 0.5 * total < evidence.share < total + 0.02
    if alone and again[0].parameters:
        return Explained(again)
    feature = evidence.known.feature
    tried = [*candidates(evidence.known), *recomputed.candidates(evidence)]
    found, left = diagnosed(evidence, tried)
    # Numbers read off the rows fit some of other rows' values, too; what was known before cannot.
    known = any(one.explained.mean() > 0.5 and one.mechanism.code not in READ_OFF for one in found)
    if not known and of_other_rows(feature, evidence.rows, evidence.all_rows):
        place = _place(np.ones(len(evidence.rows), bool), failing(evidence), evidence)
        return Explained([other_rows(evidence.share, LIKELY, place)])
    unexplained = evidence.share * float(left.mean())
    sure = SURE if left.mean() <= 0.5 else LIKELY
    result = [d for one in found for d in _diagnoses(one, evidence, sure)]
    if alone:
        result = [
            replace(d, code=again[0].code, did=again[0].did) if d.code == "wrong_parameters" else d
            for d in result
        ]
    result.sort(key=lambda d: -d.share)
    remainder = Remainder.OTHERS if result else Remainder.ALL
    if len(found) == MOST:
        remainder = Remainder.MANY
    elif left.sum() > LEAST and left.mean() > 0.5 and astray(feature, evidence.rows.only(left)):
        remainder = Remainder.OTHERS_ASTRAY if result else Remainder.ALL_ASTRAY
    return Explained(result, unexplained, remainder)


def _diagnoses(one: Found, evidence: Evidence, sure: float) -> Iterator[Diagnosis]:
    """Yield a mechanism that explains rows, then those that explain them as well."""
    share = evidence.share * float(one.explained.mean())
    place = _place(one.explained, failing(evidence), evidence)
    raw = evidence.rows.raw.get(evidence.known.feature.name)
    raw = None if raw is None else raw[one.explained]
    sure = OPEN if one.rivals else sure
    for each in (_likened(one.mechanism, one.explained, evidence), *one.rivals):
        small = negligible(each, evidence.known, raw)
        yield Diagnosis(each.code, share, sure, each.did, each.parameters, place, small)


def _place(
    explained: NDArray[np.bool_], fails: NDArray[np.bool_], evidence: Evidence
) -> Place | None:
    if evidence.all_rows is None:
        return None
    span = evidence.span if explained.all() else None
    return located(Affected(evidence.rows, explained, evidence.all_rows, fails, span=span))


def _likened(mechanism: Mechanism, explained: NDArray[np.bool_], evidence: Evidence) -> Mechanism:
    """Add that recovered numbers are about those of the affected rows, as far as a sample tells."""
    last, name = final_linear(evidence.known.feature.steps), evidence.known.feature.name
    if last is None or mechanism.code != "wrong_parameters":
        return mechanism
    x = forward(evidence.known.feature.steps[: last[0]], evidence.rows.raw[name][explained])
    rows = Moments.of(np.sort(x[np.isfinite(x)]))
    if not recomputed.close(evidence, mechanism, rows):
        return mechanism
    return replace(mechanism, did=f"{mechanism.did}, close to those of these rows themselves")


__all__ = [
    "CODES", "LIKELY", "OPEN", "SURE", "Diagnosis", "Evidence", "Known", "Rows",
    "candidates", "drift", "of_paired", "of_raw", "of_served", "recomputed",
]  # fmt: skip
