"""category_encoders: what is read does what the library does, to strange levels and nulls too."""

from __future__ import annotations

from collections.abc import Callable

import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
from category_encoders.utils import BaseEncoder
from library_comparison import compared

from skewcheck.features.types import Parameters

Read = Callable[..., Parameters]

SEVERAL = (ce.OneHotEncoder, ce.BaseNEncoder, ce.BinaryEncoder)
BY_TARGET = (
    ce.TargetEncoder, ce.LeaveOneOutEncoder, ce.CatBoostEncoder, ce.MEstimateEncoder,
    ce.JamesSteinEncoder, ce.WOEEncoder, ce.QuantileEncoder,
)  # fmt: skip


def frame(
    seed: int, *, nulls: bool = False, strangers: bool = False, rows: int = 300
) -> pd.DataFrame:
    """Return levels of text, numbers and booleans between two columns of numbers."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Oslo", "Lima", "New York", "Rome_1", "Bern", "x"], rows).astype(object)
    rooms = rng.choice([1.0, 2.0, 2.5, 7.0], rows)
    made = pd.DataFrame({"age": rng.normal(40, 9, rows).round(1), "city": city, "rooms": rooms})
    made["pets"] = rng.choice([True, False], rows).astype(object)
    made["fare"] = rng.gamma(2, 5, rows).round(2)
    if strangers:
        made.loc[: rows // 10, "city"] = "Atlantis"
        made.loc[rows // 20 : rows // 5, "rooms"] = 99.0
    if nulls:
        made.loc[rng.random(rows) < 0.1, "city"] = None
        made.loc[rng.random(rows) < 0.1, "rooms"] = np.nan
        made.loc[rng.random(rows) < 0.1, "pets"] = np.nan
    return made


def target(rows: pd.DataFrame, seed: int = 0) -> pd.Series:
    """Return a target of 0 and 1 that depends on the city."""
    chance = 0.2 + 0.1 * rows["city"].fillna("").str.len()
    return pd.Series((np.random.default_rng(seed).random(len(rows)) < chance).astype(int))


pytestmark = [  # of pandas, to the library
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),
    pytest.mark.filterwarnings("ignore:.*not supported as a fill value"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
COLS = ["city", "rooms", "pets"]


def settings(encoder: type[BaseEncoder], seed: int) -> dict[str, object]:
    """Return settings of an encoder, drawn by the seed."""
    rng = np.random.default_rng(seed)
    unknown, missing = ["value", "return_nan", "error"], ["value", "return_nan", "error"]
    if encoder is ce.OneHotEncoder:
        unknown.append("indicator")
        missing.append("indicator")
    drawn: dict[str, object] = {
        "cols": COLS, "handle_unknown": str(rng.choice(unknown)),
        "handle_missing": str(rng.choice(missing)), "drop_invariant": bool(rng.random() < 0.3),
    }  # fmt: skip
    if encoder is ce.OneHotEncoder:
        drawn["use_cat_names"] = bool(rng.random() < 0.5)
    if encoder is ce.BaseNEncoder:
        drawn["base"] = int(rng.integers(1, 5))
    if encoder is ce.CountEncoder:
        drawn["normalize"] = bool(rng.random() < 0.5)
    if rng.random() < 0.3:
        drawn["min_group_size"] = float(rng.choice([0.1, 0.2, 0.3]))
    return drawn


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    "encoder", [ce.OrdinalEncoder, ce.CountEncoder, *SEVERAL, *BY_TARGET], ids=lambda e: e.__name__
)
def test_every_setting(pickled: Read, encoder: type[BaseEncoder], seed: int) -> None:
    chosen = settings(encoder, seed)
    nulls = chosen["handle_missing"] != "error"
    refuses = encoder is ce.CountEncoder and chosen["handle_unknown"] == "error"
    train = frame(seed, nulls=nulls and seed % 2 == 0 and not refuses)
    rows = frame(seed + 100, nulls=nulls, strangers=chosen["handle_unknown"] != "error")
    if encoder in (ce.LeaveOneOutEncoder, ce.CatBoostEncoder):
        # To these a null among booleans, where training had none, is an unseen True.
        train["pets"], rows["pets"] = train["pets"].astype(str), rows["pets"].astype(str)
    fitted = encoder(**chosen).fit(train, target(train))
    try:
        expected = fitted.transform(rows)
    except ValueError:
        assert "error" in chosen.values()
        rows = rows.dropna(ignore_index=True)  # it refuses them
        expected = fitted.transform(rows)
    names = compared(pickled(fitted), expected, rows)
    assert names == [*expected]
