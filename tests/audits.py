"""What tests of whole audits share: a small log, and short forms of a result."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skewcheck.results.audit import Audit

ROWS = 3000


def frame(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fare": np.round(rng.gamma(2, 5, rows), 2),
            "count": rng.poisson(3, rows),
            "pay": rng.choice(["Cash", "Card", "é"], rows, p=[0.6, 0.3, 0.1]),
            "flag": rng.random(rows) < 0.3,
        }
    )


TRAIN, LOG = frame(1), frame(2)


def verdicts(audit: Audit) -> dict[str, str]:
    return {feature.name: feature.verdict.value for feature in audit.features}


OK = {"fare": "ok", "count": "ok", "pay": "ok", "flag": "ok"}


def figures(audit: Audit) -> dict[str, float | None]:
    return {f"{f.name}.{t.name}": t.statistic for f in audit.features for t in f.tests}
