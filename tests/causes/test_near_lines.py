"""The prescreen of lines drops none that explains a row, whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from skewcheck.catalogue.causes import UNIT_CHANGE, WRONG_PARAMETERS
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.explained_rows import explains
from skewcheck.causes.mechanism import Mechanism
from skewcheck.causes.near_lines import may_explain
from skewcheck.features.steps import Affine, Clip, MaxAbs, MinMax, Robust, Step, ZScore

ROWS = 64


def chain(random: np.random.Generator) -> tuple[Step, ...]:
    size = lambda: float(10 ** random.uniform(-6, 6) * random.choice([-1, 1]))  # noqa: E731
    steps: list[Step] = [
        ZScore(size(), abs(size())), Robust(size(), abs(size())), MaxAbs(abs(size())),
        Affine(size(), size()), ZScore(size(), 0.0, 1e-3), Clip(-1.0, 1.0), MinMax(0.0, 2.0),
    ]  # fmt: skip
    return tuple(random.permutation(np.array(steps, object))[: random.integers(1, 4)])


@pytest.mark.parametrize("seed", range(40))
def test_no_line_that_explains_a_row_is_dropped(seed: int) -> None:
    random = np.random.default_rng(seed)
    raw = {name: random.normal(10 ** random.uniform(-6, 6), 1, ROWS) for name in ("x", "y")}
    raw["x"][random.random(ROWS) < 0.1] = np.nan
    mechanisms = [
        Mechanism(WRONG_PARAMETERS, chain(random), {}, source)
        for source in (None, "y", "z") for _ in range(20)
    ]  # fmt: skip
    for tolerance in (0.0, np.full(ROWS, 1e-3)):
        for mechanism in mechanisms:
            x = raw.get(mechanism.source or "x", raw["x"])
            made = x.astype(np.float32)
            for step in mechanism.steps:  # a server in float32
                made = step.forward(made.astype(np.float64)).astype(np.float32)
            rows = SampledRows(made.astype(np.float64), raw, tolerance, tolerance, {}, None)
            may = may_explain(mechanisms, "x", rows)
            for other, kept in zip(mechanisms, may, strict=True):
                assert kept or not explains(other, "x", rows).any()


def test_lines_that_are_far_off_are_dropped() -> None:
    random = np.random.default_rng(1)
    raw = {"x": random.normal(40, 12, ROWS), "y": random.normal(3, 2, ROWS)}
    right = (raw["x"] - 40) / 12
    rows = SampledRows(right + 0.5, raw, 0.0, 0.0, {}, None)
    own = (ZScore(40.0, 12.0),)
    mechanisms = [
        Mechanism(WRONG_PARAMETERS, (ZScore(34.0, 12.0),)), Mechanism(WRONG_PARAMETERS, own),
        Mechanism(UNIT_CHANGE, (Affine(0.0, 1.609344), *own)),
        Mechanism(WRONG_PARAMETERS, own, {}, "y"), Mechanism(WRONG_PARAMETERS, (Clip(0.0, 1.0),)),
    ]  # fmt: skip
    assert may_explain(mechanisms, "x", rows).tolist() == [True, False, False, False, True]
