"""Served codes of buckets that training's buckets never give: no drift looks like them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes import encoding, mixture
from skewcheck.causes.distributions import matches
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.frequent_value import newly_frequent
from skewcheck.causes.locating import located, of_mask
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.steps import Buckets
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, Cause

APART = 0.25
"""Codes as far from each other as this are two."""


def impossible(context: FeatureContext, served: FloatArray) -> NDArray[np.bool_]:
    """Return which finite served values are codes that training's buckets never give."""
    last = context.feature.steps[-1] if context.feature.steps else None
    if not isinstance(last, Buckets):
        return np.zeros(len(served), np.bool_)
    found: NDArray[np.bool_] = (
        (served < 0) | (served > len(last.edges)) | (served != np.round(served))
    )
    return found


def of_all(context: FeatureContext, served: FloatArray) -> Mechanism | None:
    """Return what all rows underwent, some of whose codes are impossible."""
    tried = matches(context, encoding.candidates(context), served, None)
    return next((match.mechanism for match in tried if match.within_noise), None)


def strangers(
    context: FeatureContext, rows: SampledRows, strange: NDArray[np.bool_]
) -> list[Cause]:
    """Return what some rows underwent whose codes training's buckets cannot give: never drift."""
    reference, steps = context.reference, context.feature.steps
    recoded = encoding.candidates(context)
    found = mixture.explain_mixture(context, steps, recoded, rows.served, APART, proven=True)
    if not (found and found[0].confidence > OPEN) and reference is not None:
        found = newly_frequent(reference, steps, rows.served, rows)
    if found and found[0].confidence > OPEN:
        return [replace(found[0], place=found[0].place or located(of_mask(rows, strange)))]
    codes, counts = np.unique(rows.served[strange], return_counts=True)
    return [
        encoding.of_unknown_codes(
            dict(zip(codes.tolist(), counts.tolist(), strict=True)),
            float(strange.mean()), LIKELY, located(of_mask(rows, strange)),
        )
    ]  # fmt: skip
