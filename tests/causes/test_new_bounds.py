"""Bounds where training has none, seen in served values alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from servers import MEAN, STD, causes, first, known, mechanical, of, placed, right, world

import skewcheck
from skewcheck import Audit
from skewcheck.reports.words.causes import sentence

LOG = world(3000, 21)
RIGHT = right(LOG)
HOST = np.array([f"web-{i}" for i in range(6)])[np.random.default_rng(2).integers(0, 6, 3000)]


def audited(name: str, served: object) -> Audit:
    return skewcheck.audit(known(name), pa.table({name: served, "host": HOST}), served="{feature}")


@pytest.mark.parametrize("name", ["temp", "fare"])
@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(-0.7, 1.0, {"min": -0.7, "max": 1.0}), (-9.0, 0.5, {"max": 0.5})],
)
def test_clipped_after_normalization(
    name: str, low: float, high: float, told: dict[str, float]
) -> None:
    cause = first(audited(name, RIGHT[name].clip(low, high)), name)
    assert cause.code == "step_changed"
    assert cause.parameters == {"op": "clip", **told}
    assert "after normalization" in sentence(cause)


def test_clipped_before_it() -> None:
    cause = first(audited("temp", (LOG["temp"].clip(6, 25) - MEAN["temp"]) / STD["temp"]), "temp")
    assert cause.parameters == pytest.approx({"op": "clip", "min": 6.0, "max": 25.0})


def test_on_one_host() -> None:
    served = np.where(HOST == "web-3", RIGHT["fare"].clip(-0.5, 0.5), RIGHT["fare"])
    cause = first(audited("fare", served), "fare")
    assert (cause.code, placed(cause)) == ("step_changed", "host = web-3")
    assert cause.parameters == {"op": "clip", "min": -0.5, "max": 0.5}


@pytest.mark.parametrize("shift", [2.0, -2.0, 5.0])
def test_an_end_that_training_has_is_no_new_bound(shift: float) -> None:
    # Counts pile up at zero in training, too: a world that moved up or down is no clip.
    moved = np.maximum(LOG["count"] + shift, LOG["count"].min())
    audit = audited("count", (moved - MEAN["count"]) / STD["count"])
    assert of(audit, "count").verdict in ("warn", "skew")
    assert mechanical(audit) == {}
    assert "step_changed" not in causes(audit, "count")
