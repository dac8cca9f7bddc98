"""Why production differs: which mechanism explains it, with its numbers, where and since when.

Each family of mechanisms is a file that yields predictions; nothing here knows thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes import recomputed
from skewcheck.causes.diagnosis import LIKELY, OPEN, SURE, Diagnosis, drift, negligible
from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.locating import Affected, Place, located
from skewcheck.causes.mechanism import Known, Mechanism, final_linear
from skewcheck.causes.one_sided import of_raw, of_served
from skewcheck.causes.paired import diagnosed
from skewcheck.causes.portions import failing
from skewcheck.profile.moments import Moments
from skewcheck.steps import forward

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
    again = recomputed_on(evidence)
    total = sum(one.share for one in again)
    alone = bool(again) and 0.5 * total < evidence.share < total + 0.02
    if alone and again[0].parameters:
        return again, 0.0
    tried = [*candidates(evidence.known), *recomputed.candidates(evidence)]
    found, left = diagnosed(evidence, tried)
    fails = failing(evidence)
    result = []
    for one in found:
        mechanism, share = one.mechanism, evidence.share * float(one.explained.mean())
        if alone and mechanism.code == "wrong_parameters":
            mechanism = replace(mechanism, code=again[0].code, did=again[0].did)
        place = _place(one.explained, fails, evidence)
        mechanism = _likened(mechanism, one.explained, evidence)
        first = Diagnosis(
            mechanism.code, share, SURE if not one.rivals else OPEN, mechanism.did,
            mechanism.parameters, place, negligible(mechanism, evidence.known),
        )  # fmt: skip
        result.append(first)
        result += [
            Diagnosis(rival.code, share, OPEN, rival.did, rival.parameters, place)
            for rival in one.rivals
        ]
    result.sort(key=lambda d: -d.share)
    return result, evidence.share * float(left.mean())


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
