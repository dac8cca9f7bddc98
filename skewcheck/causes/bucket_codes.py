"""Served bucket codes that training's buckets never give, which is never drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes import encoding, mixture
from skewcheck.causes.distributions import matches
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.frequent_value import newly_frequent
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.places import located, of_mask
from skewcheck.features.steps import Buckets
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, Cause

CODE_TOLERANCE = 0.25
"""Tolerance under which two codes stay different."""


def impossible_codes(context: FeatureContext, served: FloatArray) -> NDArray[np.bool_]:
    """Return the mask of finite served values that training's buckets never give.

    All False where the last step is no bucketing.
    """
    last = context.feature.steps[-1] if context.feature.steps else None
    if not isinstance(last, Buckets):
        return np.zeros(len(served), np.bool_)
    impossible: NDArray[np.bool_] = (
        (served < 0) | (served > len(last.edges)) | (served != np.round(served))
    )
    return impossible


def of_all_rows(context: FeatureContext, served: FloatArray) -> Mechanism | None:
    """Return the recoding that explains all rows within noise; None without one."""
    code_matches = matches(context, encoding.candidates(context), served, None)
    return next((match.mechanism for match in code_matches if match.within_noise), None)


def of_some_rows(
    context: FeatureContext, rows: SampledRows, impossible: NDArray[np.bool_]
) -> list[Cause]:
    """Return the cause of some rows, given the mask of impossible codes; drift is never one."""
    recodings = encoding.candidates(context)
    causes = mixture.explain_mixture(
        context, context.feature.steps, recodings, rows.served, CODE_TOLERANCE, proven=True
    )
    if not (causes and causes[0].confidence > OPEN):
        causes = newly_frequent(context, rows.served, rows, raw=False)
    if causes and causes[0].confidence > OPEN:
        return [replace(causes[0], place=causes[0].place or located(of_mask(rows, impossible)))]
    codes, counts = np.unique(rows.served[impossible], return_counts=True)
    return [
        encoding.of_unknown_codes(
            dict(zip(codes.tolist(), counts.tolist(), strict=True)),
            float(impossible.mean()), LIKELY, located(of_mask(rows, impossible)),
        )
    ]  # fmt: skip
