"""What tests of categories share: a feature of five levels, coded by frequency, and a log."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import skewcheck
from skewcheck import Parameters

SHARES = {"Voucher": 0.5, "Credit Card": 0.25, "No Charge": 0.12, "Dispute": 0.08, "Ärger": 0.05}
CODES = {level: float(i) for i, level in enumerate(SHARES)}
"""By frequency, as `fit` gives them."""


def draw(shares: dict[str, float], rows: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [str(x) for x in rng.choice(list(shares), rows, p=list(shares.values()))]


def fitted(shares: dict[str, float], **options: object) -> Parameters:
    return skewcheck.fit(pa.table({"x": draw(shares, 8000, 1)}), categorical=["x"], **options)


KNOWN = fitted(SHARES)
LOG = draw(SHARES, 3000, 2)
