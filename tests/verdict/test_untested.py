"""Features whose normalization cannot be reapplied: raw values are tested, served ones are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from skewcheck import api
from skewcheck.features.types import Parameters
from skewcheck.reports.words.features import message
from skewcheck.reports.words.reasons import reason

RNG = np.random.default_rng(3)
TRAIN = pd.DataFrame({"a": RNG.normal(5, 2, 3000), "b": RNG.normal(0, 1, 3000)})
REASON = "KNNImputer has no per-feature form"


def known() -> Parameters:
    fitted = api.fit(TRAIN)
    a = replace(fitted["a"], steps=(), untested=REASON)
    return replace(fitted, features=(a, fitted["b"]))


def log(shift: float) -> pd.DataFrame:
    raw = pd.DataFrame({"a": RNG.normal(5 + shift, 2, 3000), "b": RNG.normal(0, 1, 3000)})
    return raw.assign(
        a_norm=raw["a"] * 9, b_norm=(raw["b"] - TRAIN["b"].mean()) / TRAIN["b"].std(ddof=0)
    )


def test_the_raw_column_is_compared_and_the_served_one_is_not() -> None:
    audit = api.audit(known(), log(0.0), served="{feature}_norm")
    a = next(f for f in audit.features if f.name == "a")
    assert (audit.verdict, a.mode, a.verdict) == ("inconclusive", "paired", "untested")
    assert [reason(t) for t in a.tests if t.name == "parity"] == [REASON]
    moved = api.audit(known(), log(3.0), served="{feature}_norm")
    assert next(f for f in moved.features if f.name == "a").verdict == "skew"


def test_served_alone_it_is_untested() -> None:
    audit = api.audit(known(), log(0.0).drop(columns=["a", "b"]), served="{feature}_norm")
    a = next(f for f in audit.features if f.name == "a")
    assert (audit.verdict, a.mode, a.verdict) == ("inconclusive", "served", "untested")
    assert message(a) == f"not tested: {REASON}"
