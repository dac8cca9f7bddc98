"""Lines recovered from rows, mechanisms tried row by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import LOG_MEAN, LOG_STD, STEPS, world

from skewcheck.catalogue.causes import WRONG_PARAMETERS
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.explained_rows import explains
from skewcheck.causes.mechanism import FeatureContext, Mechanism, figures, like, line
from skewcheck.causes.recovering import Lines, fitted
from skewcheck.causes.row_search import explain_rows
from skewcheck.features.steps import Affine, MaxAbs, MinMax, Robust, ZScore
from skewcheck.features.steps.rounding import ROUNDING, UNIT
from skewcheck.features.types import Feature


@pytest.mark.parametrize("others", [0.0, 0.3, 0.8])
@pytest.mark.parametrize(("dtype", "rel"), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_a_minority_on_a_line_is_enough(others: float, dtype: type, rel: float) -> None:
    rng = np.random.default_rng(3)
    x = rng.gamma(2, 15, 1000)
    strange = rng.random(1000) < others
    served = np.where(strange, rng.normal(0, 1, 1000), ((x - 31) / 7).astype(dtype))
    line_fit = fitted(x, served)
    assert line_fit is not None
    assert (line_fit.offset, line_fit.scale) == pytest.approx((31, 7), rel=rel)
    assert line_fit.explained[~strange].mean() > 0.999
    assert line_fit.explained[strange].mean() < 0.01 if others else True


@pytest.mark.parametrize(
    ("x", "served"),
    [([], []), ([1.0, 2.0], [1.0, 2.0]), ([5.0] * 9, range(9)), (range(9), [5.0] * 9)],
)
def test_no_line(x: list[float], served: list[float]) -> None:
    assert fitted(np.array(x, float), np.array(served, float)) is None


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_steps_are_lines_and_back(offset: float, scale: float) -> None:
    for step in (ZScore(1, 2), Robust(1, 2), MinMax(1, 2), MinMax(1, 5, (-1, 1)), Affine(1, 2)):
        other = like(step, offset, scale)
        assert type(other) is type(step)
        assert line(other) == pytest.approx((offset, scale), rel=1e-9, abs=1e-9)
    assert line(like(MaxAbs(3), 0.0, scale)) == (0.0, scale)
    # An offset within the rounding of a fit is none.
    assert isinstance(like(MaxAbs(3), 1e-9 * scale, scale), MaxAbs)
    assert isinstance(like(MaxAbs(3), 1e-3 * scale, scale), Affine)


def test_figures_have_the_keys_of_a_parameter_file() -> None:
    assert figures(MinMax(1, 2)) == {"min": 1, "max": 2}
    assert figures(Robust(1, 2)) == {"center": 1, "scale": 2}
    assert figures(MaxAbs(2)) == {"scale": 2}


LOG = world(500, 4)
FEATURE = Feature("dist", "numeric", STEPS["dist"])


def test_a_mechanism_explains_what_it_predicts_to_rounding_and_no_more() -> None:
    x = LOG["dist"]
    served = (np.log1p(x) - LOG_MEAN) / LOG_STD
    rows = SampledRows(np.where(np.arange(500) < 200, served * (1 + 1e-4), served), {"dist": x})
    mask = explains(Mechanism(WRONG_PARAMETERS, FEATURE.steps), "dist", rows)
    assert mask[200:].all()
    assert mask[:200].mean() < 0.1
    elsewhere = Mechanism(WRONG_PARAMETERS, FEATURE.steps, source="nowhere")
    assert not explains(elsewhere, "dist", rows).any()


def test_numbers_behind_a_logarithm_are_recovered_through_it() -> None:
    x = LOG["dist"]
    served = (np.log1p(x) - 0.5) / 2
    explanations, left = explain_rows(
        Evidence(FeatureContext(FEATURE), SampledRows(served, {"dist": x})), []
    )
    assert [explanation.mechanism.cause.code for explanation in explanations] == [
        "wrong_parameters"
    ]
    assert explanations[0].mechanism.parameters == pytest.approx({"mean": 0.5, "std": 2}, rel=1e-9)
    assert explanations[0].explained.all()
    assert not left.any()


def test_noise_is_left() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 500)
    explanations, left = explain_rows(
        Evidence(FeatureContext(FEATURE), SampledRows(noise, {"dist": LOG["dist"]})), []
    )
    assert not explanations
    assert left.all()


@pytest.mark.parametrize(
    ("step", "used"),
    [
        (MinMax(2, 90), MinMax(1, 80)),
        (Robust(30, 20), Robust(28, 25)),
    ],
)
def test_recovered_figures_of_every_scaler(step: MinMax, used: MinMax) -> None:
    x = LOG["fare"]
    offset, scale = {"minmax": (1, 79), "robust": (28, 25)}[used.op]
    rows = SampledRows((x - offset) / scale, {"fare": x})
    explanations, _ = explain_rows(
        Evidence(FeatureContext(Feature("fare", "numeric", (step,))), rows), []
    )
    assert explanations[0].mechanism.parameters == pytest.approx(figures(used), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("shares", [(1.0, 0.0), (0.3, 0.3), (0.0, 0.0)])
@pytest.mark.parametrize("digits", [2, 15])
def test_no_line_that_is_left_out_has_more_rows(shares: tuple[float, float], digits: int) -> None:
    rng = np.random.default_rng(5)
    x, part = np.round(rng.gamma(2, 15, 500), 2), rng.random(500)
    served = rng.normal(0, 1, 500)
    served = np.where(part < shares[0] + shares[1], (x - 20) / 9, served)
    served = np.where(part < shares[0], (x - 31) / 7, served).round(digits)
    lost = 0.5 * 10.0**-digits
    pairs = rng.integers(0, 500, (2, 120))
    left, right = pairs[:, x[pairs[0]] != x[pairs[1]]]
    slope = (served[right] - served[left]) / (x[right] - x[left])
    start = served[left] - slope * x[left]
    operands = np.abs(slope[:, None] * x) + np.abs(start[:, None])
    allowed = ROUNDING * operands + UNIT * np.abs(served) + lost
    allowed += 1e-13 * operands.max(1, keepdims=True)
    on = np.abs(served - slope[:, None] * x - start[:, None]) <= 4 * allowed
    most = Lines(x, served, slope, start, lost).of_most_rows()
    assert most.tolist() == on[int(np.argmax(on.sum(1)))].tolist()
