"""Why production differs: which mechanism explains it, with its numbers, where and since when.

Each family of mechanisms is a file that yields predictions; nothing here knows thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes import recomputed
from skewcheck.causes.diagnosis import LIKELY, OPEN, SURE, Diagnosis, drift, negligible
from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.locating import located
from skewcheck.causes.mechanism import Known
from skewcheck.causes.one_sided import of_raw, of_served
from skewcheck.causes.paired import diagnosed

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


def of_paired(evidence: Evidence) -> tuple[list[Diagnosis], float]:
    """Return the causes of rows that fail parity, and the share of all rows that none explains."""
    if not len(evidence.rows):
        return [], 0.0
    again = list(recomputed_on(evidence))
    if again and 0.5 * (total := sum(one.share for one in again)) < evidence.share < total + 0.02:
        return again, 0.0
    found, left = diagnosed(evidence, candidates(evidence.known))
    result = []
    for one in found:
        share = evidence.share * float(one.explained.mean())
        place = _place(one.explained, evidence, share)
        first = Diagnosis(
            one.mechanism.code, share, SURE if not one.rivals else OPEN, one.mechanism.did,
            one.mechanism.parameters, place, negligible(one.mechanism, evidence.known),
        )  # fmt: skip
        result.append(first)
        result += [
            Diagnosis(rival.code, share, OPEN, rival.did, rival.parameters, place)
            for rival in one.rivals
        ]
    result.sort(key=lambda d: -d.share)
    return result, evidence.share * float(left.mean())


def _place(explained: NDArray[np.bool_], evidence: Evidence, share: float) -> str | None:
    if evidence.all_rows is None:
        return None
    place = located(evidence.rows.only(explained), evidence.all_rows, share)
    return None if place is None else place.text


__all__ = [
    "CODES", "LIKELY", "OPEN", "SURE", "Diagnosis", "Evidence", "Known", "Rows",
    "candidates", "drift", "of_paired", "of_raw", "of_served", "recomputed",
]  # fmt: skip
