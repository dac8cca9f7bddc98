"""Columns behind one name that are those of all features are a record, as a flat log has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import Map
from skewcheck.features.types import Feature, Parameters

MEANS = {"no": (0.25,), "yes": (0.75,)}
"""What a target encoder makes of two levels."""


def flats(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "smoker": rng.choice(["no", "yes"], 1_500, p=[0.7, 0.3]),
        "rooms": rng.integers(1, 9, 1_500),
    })  # fmt: skip


@pytest.fixture(scope="module")
def known() -> Parameters:
    smoker = Feature("smoker", "categorical", (Map(MEANS, None, None),))
    steps = Parameters((smoker, Feature("rooms", "numeric")), "sha256:0")
    return skewcheck.fit(flats(1), parameters=steps)


def served(raw: pd.DataFrame) -> pd.DataFrame:
    return raw.assign(smoker=raw["smoker"].map({"no": 0.25, "yes": 0.75}))


RAW = flats(2)
RIGHT = served(RAW)
WRONG = {
    "zero": RIGHT.assign(smoker=0.0), "permuted": RIGHT.assign(smoker=1 - RIGHT["smoker"]),
    "far off": RIGHT.assign(smoker=1e6),
}  # fmt: skip


@pytest.mark.parametrize("before", ["model_input.", "scaled.", "model_input_"])
def test_a_place_that_says_so_is_the_served_side(known: Parameters, before: str) -> None:
    audit = skewcheck.audit(known, RAW.join(RIGHT.add_prefix(before)))
    assert (audit.exit_code, audit.logs.mode) == (0, "paired")
    for wrong in WRONG.values():
        audit = skewcheck.audit(known, RAW.join(wrong.add_prefix(before)))
        assert [f.name for f in audit.features if f.verdict == "skew"] == ["smoker"]
    passed = skewcheck.audit(known, RAW.join(RIGHT.assign(rooms=2).add_prefix(before)))
    assert [f.name for f in passed.features if f.verdict == "skew"] == ["rooms"]


def test_numbers_of_texts_in_another_place_are_held(known: Parameters) -> None:
    right = skewcheck.audit(known, RAW.join(RIGHT.add_prefix("mi_")))
    assert (right.exit_code, right.logs.mode) == (0, "paired")  # by the means
    for wrong in WRONG.values():
        audit = skewcheck.audit(known, RAW.join(wrong.add_prefix("mi_")))
        assert audit.exit_code == 3
        (hold,) = audit.holds
        assert hold.served is not None
        assert hold.served.template == "mi_{feature}"


def test_copies_and_single_columns_are_no_place(known: Parameters) -> None:
    for log in (
        RAW.join(RAW.add_prefix("user_")), RAW.join(RAW.add_prefix("user.")),
        RAW.assign(avg_smoker=3.5), RAW.assign(avg_smoker=3.5, max_rooms=9),
    ):  # fmt: skip
        audit = skewcheck.audit(known, log)
        assert (audit.exit_code, audit.logs.mode) == (0, "raw")
