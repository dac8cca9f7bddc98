"""Two places that say that they are served: where they differ, nobody knows which one was fed.

Neither a right place may stand for a wrong one, whichever has the more usual name, nor a wrong
shadow for a right server.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.text.errors import UsageError


def rides(seed: int, rows: int = 1_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows), "fare": np.round(rng.gamma(2.5, 9, rows), 2),
        "dist": np.round(rng.lognormal(1, 0.6, rows), 3),
    })  # fmt: skip


Named = Callable[[str], str]
PLACES: dict[str, Named] = {
    "scaled.": "scaled.{}".format, "model_input.": "model_input.{}".format,
    "model_input_": "model_input_{}".format, "_norm": "{}_norm".format, "num__": "num__{}".format,
    "stages": "log.served.{}".format,
}  # fmt: skip
PAIRS = [(a, b) for a in PLACES for b in PLACES if a != b]
RAW = rides(2)


@pytest.fixture(scope="module")
def known() -> Parameters:
    return skewcheck.fit(rides(1, 10_000))


def fed(known: Parameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a right server feeds, and one that has another deviation of one feature."""
    right = known.transform(RAW)
    return right, right.assign(fare=right["fare"] / 1.3)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_places_that_differ_are_refused(known: Parameters, first: str, second: str) -> None:
    right, wrong = (
        s.rename(columns=PLACES[p]) for s, p in zip(fed(known), (first, second), strict=True)
    )
    with pytest.raises(UsageError, match="several places may hold the served values") as error:
        skewcheck.audit(known, pd.concat([RAW, right, wrong], axis=1))
    assert any(PLACES[place]("{feature}") in str(error.value) for place in (first, second))


@pytest.mark.parametrize(("first", "second"), PAIRS[::4])
def test_equal_places_are_accepted_and_either_may_be_asked_for(
    known: Parameters, first: str, second: str
) -> None:
    right, wrong = fed(known)
    one, same = (right.rename(columns=PLACES[place]) for place in (first, second))
    copied = skewcheck.audit(known, pd.concat([RAW, one, same.round(6)], axis=1))
    assert (copied.exit_code, copied.logs.mode) == (0, "paired")
    log = pd.concat([RAW, one, wrong.rename(columns=PLACES[second])], axis=1)
    templates = [PLACES[place]("{feature}") for place in (first, second)]
    assert [skewcheck.audit(known, log, served=t).exit_code for t in templates] == [0, 1]


@pytest.mark.parametrize("place", ["a.{}", "shadow.{}", "shadow.{}_norm", "avg_{}", "raw_{}"])
def test_others_are_no_rivals(known: Parameters, place: str) -> None:
    """What does not say that it is served, one feature of several, and columns without values."""
    right, wrong = fed(known)
    log = RAW.join(right.add_prefix("scaled."))
    assert skewcheck.audit(known, log.join(wrong.rename(columns=place.format))).exit_code == 0
    for more in (wrong[["fare"]].add_suffix("_zscore"), (right * np.nan).add_suffix("_norm")):
        audit = skewcheck.audit(known, log.join(more))
        assert (audit.exit_code, audit.logs.mode) == (0, "paired")


def test_a_place_of_a_shadow_does_not_hold_one_that_says_so(known: Parameters) -> None:
    right, wrong = fed(known)
    for is_wrong, one, other in ((0, right, wrong), (1, wrong, right)):
        log = RAW.join(one.add_prefix("model_input.")).join(other.add_prefix("shadow."))
        assert skewcheck.audit(known, log).exit_code == is_wrong
