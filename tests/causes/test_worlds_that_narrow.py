"""What a world does by itself is told beside drift: one day's log, new fees, values at a clip."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from servers import Array, causes, first

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.causes import spelling
from skewcheck.features.steps import Clip, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence

ROWS = 2000
RNG = np.random.default_rng(5)
CENTRE, LOW, HIGH = RNG.normal(10, 2, ROWS), 6.0, 14.0


def fitted(train: Array, *steps: ZScore | Clip) -> Parameters:
    given = Parameters((Feature("x", "numeric", steps),), "sha256:0") if steps else None
    return skewcheck.fit(pd.DataFrame({"x": train}), parameters=given)


def of_values(known: Parameters, raw: Array, *, served: bool) -> Audit:
    log = pd.DataFrame({"x": raw})
    if served:
        return skewcheck.audit(known, known.transform(log), served="{feature}")
    return skewcheck.audit(known, log)


TRAINING: Mapping[str, tuple[Array, Array]] = {
    "one day of the week": (RNG.integers(0, 7, 6000), np.full(ROWS, 3)),
    "one day of the year": (RNG.integers(1, 366, 6000), np.full(ROWS, 200)),
    "a fee that nobody paid": (np.zeros(6000), np.where(RNG.random(ROWS) < 0.87, 2.5, 0.0)),
    "another level alone": (np.ones(6000), np.full(ROWS, 4)),
    "mostly one of few": (
        RNG.integers(1, 9, 6000), np.where(RNG.random(ROWS) < 0.8, 2, RNG.integers(1, 9, ROWS)),
    ),
    "quiet": (RNG.normal(10, 2, 6000), np.zeros(ROWS)),
}  # fmt: skip


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize("world", TRAINING)
def test_a_value_that_training_had_or_could_not_know(world: str, *, served: bool) -> None:
    train, log = TRAINING[world]
    audit = of_values(fitted(train.astype(float)), log.astype(float), served=served)
    listed = audit.features[0].causes
    assert {cause.code for cause in listed} == {"stuck_value", "drift"}
    assert max(cause.confidence for cause in listed if cause.code != "drift") <= 0.5


@pytest.mark.parametrize("served", [True, False])
def test_a_value_that_training_never_had_is_stuck(*, served: bool) -> None:
    known = fitted(RNG.normal(10, 2, 6000))
    for share, confidence in ((1.0, 0.99), (0.3, 0.9)):
        log = np.where(RNG.random(ROWS) < share, 10.123456789, CENTRE)
        cause = first(of_values(known, log, served=served), "x")
        assert (cause.code, cause.confidence) == ("stuck_value", confidence)
        assert cause.share == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize(
    "log",
    [CENTRE + 3, CENTRE * 60, np.full(ROWS, 99.0), np.where(RNG.random(ROWS) < 0.25, 99, CENTRE)],
)
def test_a_pile_at_the_bound_of_a_clip_is_a_world_beyond_it(log: Array, *, served: bool) -> None:
    known = fitted(RNG.normal(10, 2, 6000), Clip(LOW, HIGH), ZScore(10.0, 2.0))
    # Raw values may be logged after the clip.
    audit = of_values(known, log if served else np.clip(log, LOW, HIGH), served=served)
    listed = audit.features[0].causes
    moved = next(cause for cause in listed if cause.code == "drift")
    assert "moved beyond the clip, whose bound of 14 " in sentence(moved)
    assert "stuck_value" not in causes(audit, "x")
    assert all(cause.confidence <= 0.5 for cause in listed if cause is not moved)


def test_a_flag_that_grew_rare_at_the_bound_of_a_clip_is_no_other_unit() -> None:
    flags = (RNG.random(6000) < 0.6).astype(float)
    known = fitted(flags, Clip(0.0, 1.0), ZScore(0.6, 0.49))
    audit = of_values(known, (RNG.random(ROWS) < 0.03).astype(float), served=True)
    assert first(audit, "x").code == "drift"


def test_levels_that_are_all_unknown_are_spelt_otherwise_or_new() -> None:
    levels = RNG.choice(["Cash", "Card", "App"], 6000, p=[0.5, 0.3, 0.2])
    known = skewcheck.fit(pd.DataFrame({"x": levels}))
    lower = pd.DataFrame({"x": np.char.lower(levels[:ROWS])})
    served = known.transform(lower)
    assert set(served["x"]) == {-1}
    listed = skewcheck.audit(known, served, served="{feature}").features[0].causes
    assert [(c.code, c.confidence) for c in listed] == [("category_renamed", 0.5), ("drift", 0.5)]
    assert "levels are spelt otherwise" in sentence(listed[0])
    # The levels themselves say which.
    beside = lower.assign(x_norm=served["x"])
    cause = first(skewcheck.audit(known, beside, served="{feature}_norm"), "x")
    assert (cause.code, cause.confidence, cause.variant) == ("category_renamed", 0.9, "case")
    code = skewcheck.audit(known, pd.DataFrame({"x": np.zeros(ROWS)}), served="{feature}")
    assert [(c.code, c.confidence) for c in code.features[0].causes] == [
        ("stuck_value", 0.5), ("drift", 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("training", "unseen"),
    [
        (["male"], {"female": 900}),
        (["skilled"], {"unskilled": 900}),
        (["No"], {"No internet service": 900}),
        (["<=50K"], {">50K": 900}),
        (["1", "2"], {"-1": 400, "-2": 500}),
        (["20", "23", "24"], {"3": 500, "4": 400}),
    ],
)
def test_other_levels_are_no_other_spelling(training: list[str], unseen: dict[str, int]) -> None:
    assert spelling.renamed(unseen, training) is None
