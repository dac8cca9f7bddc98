"""Why production differs: which mechanism explains it, with its numbers, where and since when.

Each family of mechanisms is a file that yields predictions; nothing here knows thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import CAUSES
from skewcheck.causes import recomputed
from skewcheck.causes.diagnosis import cause_of, negligible
from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.locating import Affected, located
from skewcheck.causes.mechanism import Known, Mechanism, final_linear
from skewcheck.causes.moments_by_part import failing
from skewcheck.causes.one_sided import of_raw, of_served
from skewcheck.causes.paired import MOST, Found, diagnosed
from skewcheck.causes.swaps import other_rows
from skewcheck.causes.unexplained import LEAST, astray, of_other_rows
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import forward
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Place
from skewcheck.results.remainder import Remainder


@dataclass(frozen=True, slots=True)
class Explained:
    """What rows that fail parity say."""

    causes: list[Cause]
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
    known = any(one.explained.mean() > 0.5 and not one.mechanism.cause.read_off for one in found)
    if not known and of_other_rows(feature, evidence.rows, evidence.all_rows):
        place = _place(np.ones(len(evidence.rows), bool), failing(evidence), evidence)
        return Explained([other_rows(evidence.share, LIKELY, place)])
    unexplained = evidence.share * float(left.mean())
    sure = SURE if left.mean() <= 0.5 else LIKELY
    result = [cause for one in found for cause in _causes(one, evidence, sure)]
    if alone:
        code, variant, details = again[0].code, again[0].variant, again[0].details
        result = [
            replace(cause, code=code, variant=variant, details=details)
            if CAUSES[cause.code].recovered
            else cause
            for cause in result
        ]
    result.sort(key=lambda cause: -cause.share)
    if len(found) == MOST:
        return Explained(result, unexplained, Remainder.MANY)
    strays = left.sum() > LEAST and left.mean() > 0.5
    strays = strays and astray(feature, evidence.rows.only(left))
    if result:
        remainder = Remainder.OTHERS_ASTRAY if strays else Remainder.OTHERS
    else:
        remainder = Remainder.ALL_ASTRAY if strays else Remainder.ALL
    return Explained(result, unexplained, remainder)


def _causes(one: Found, evidence: Evidence, sure: float) -> Iterator[Cause]:
    """Yield a mechanism that explains rows, then those that explain them as well."""
    share = evidence.share * float(one.explained.mean())
    place = _place(one.explained, failing(evidence), evidence)
    raw = evidence.rows.raw.get(evidence.known.feature.name)
    raw = None if raw is None else raw[one.explained]
    sure = OPEN if one.rivals else sure
    for each in (_likened(one.mechanism, one.explained, evidence), *one.rivals):
        small = negligible(each, evidence.known, raw)
        yield cause_of(each, share, sure, place, small=small)


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
    if last is None or not mechanism.cause.recovered:
        return mechanism
    x = forward(evidence.known.feature.steps[: last[0]], evidence.rows.raw[name][explained])
    rows = Moments.of(np.sort(x[np.isfinite(x)]))
    if not recomputed.close(evidence, mechanism, rows):
        return mechanism
    return replace(mechanism, variant="like_rows")


__all__ = [
    "LIKELY", "OPEN", "SURE", "Evidence", "Known", "Rows",
    "candidates", "of_paired", "of_raw", "of_served", "recomputed",
]  # fmt: skip
