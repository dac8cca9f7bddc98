"""What a segment may hold by nature: against simulation, and SciPy's binomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from skewcheck.verdict.segment_bounds import GROWTH, _Rates


def one_set(found: int, known: int, n: int, log: int, training: int) -> tuple[float, float]:
    sets = np.array([found], float), np.array([known], float)
    test = _Rates(log, training, 1.0).tested(found / n, sets, n)
    return test.effect or 0.0, test.p_value if test.p_value is not None else np.nan


def test_effect_and_p_value_of_one_set() -> None:
    # 500 of 2,000 log rows; training has 40 of 10,000: of 500 at most 2 * 2,000 * 40 / 10,000.
    effect, p = one_set(60, 40, 500, 2_000, 10_000)
    assert effect == pytest.approx(60 / 500 - 16 / 500)
    rate = GROWTH * 2_000 / (GROWTH * 2_000 + 10_000)
    # One more in training than was seen, as anywhere else.
    expected = scipy_stats.binomtest(60, 100, rate, alternative="greater").pvalue
    assert p == pytest.approx(expected, rel=1e-9)
    assert one_set(0, 0, 500, 2_000, 10_000) == (0.0, 1.0)
    # All of training would have been no more than this segment: nothing is beyond nature.
    assert one_set(500, 9_000, 500, 2_000, 10_000)[0] == 0.0


@pytest.mark.parametrize("share", [0.002, 0.05, 0.3])
def test_the_p_value_keeps_its_promise_where_nature_goes_furthest(share: float) -> None:
    """All rows of that kind are of the segment, which has grown as far as it may."""
    rng = np.random.default_rng(3)
    log, training = 3_000, 10_000
    found = rng.binomial(log, GROWTH * share, 4_000)
    known = rng.binomial(training, share, 4_000)
    p = np.array(
        [one_set(int(x), int(y), log, log, training)[1] for x, y in zip(found, known, strict=True)]
    )
    for level in (0.05, 0.01):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / 4_000)
