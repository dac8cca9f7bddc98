"""What rounding cannot tell apart is one cell; clean logs match, and real moves are still seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from strategies import scaled_orders

from skewcheck import api
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Clip, Impute, Logarithm, MinMax, Step, ZScore, forward
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict.merged_edges import Groups

Array = NDArray[np.float64]
MOVES = ("ks", "mannwhitney", "psi", "wasserstein")


def histogram(at: list[int], between: list[int]) -> Histogram:
    """Return counts at the edges 0, 1, 2 ..., every value of an interval in its middle."""
    edges = np.arange(float(len(at)))
    inner = np.array(between)
    return Histogram(edges, np.array(at), inner, inner * (np.arange(len(inner)) - 0.5))


def test_edges_whose_windows_meet_are_one_cell_with_all_between() -> None:
    known = histogram([10, 60, 10, 20], [1, 2, 3, 4, 5])
    low, high = known.edges - 0.1, known.edges + 0.1
    high[1] = 2.5
    groups = Groups.of(known, low, high)
    assert groups.edges.tolist() == [0, 1, 3]
    merged = groups.merged(known)
    assert merged.at.tolist() == [10, 73, 20]
    assert merged.between.tolist() == [1, 2, 4, 5]
    assert merged.sums.tolist() == [-0.5, 1, 10, 17.5]
    assert groups.hidden == pytest.approx(13 / 115)


def test_edges_part_where_few_rows_can_be_carried_across() -> None:
    known = histogram([1] * 1000, [0] * 1001)
    for reach, cells in ((0.4, 1000), (9.0, 1000), (40.0, 1)):
        groups = Groups.of(known, known.edges - reach, known.edges + reach)
        assert len(groups.edges) == pytest.approx(cells, abs=30), reach
    exact = Groups.of(known, known.edges, known.edges)
    assert exact.edges.tolist() == known.edges.tolist()
    assert exact.hidden == 0


def fitted(train: Array, *steps: Step) -> Parameters:
    """Return parameters with these steps, z-score without any, and training's distribution."""
    steps = steps or (ZScore(float(np.nanmean(train)), float(np.nanstd(train))),)
    given = Parameters((Feature("x", "numeric", steps),), "sha256:0")
    return api.fit(pd.DataFrame({"x": train}), parameters=given)


def audited(known: Parameters, served: Array | Path) -> FeatureAudit:
    """Audit served values, or a file of them."""
    log = served if isinstance(served, Path) else pd.DataFrame({"x": served})
    return api.audit(known, log, served="{feature}").features[0]


OFFSETS = [(2e6, 1.0), (1.7e9, 3600.0), (-1e6, 3.0), (1e5, 3.0), (1e4, 1.0), (1.7e9, 2.6e6)]


@pytest.mark.parametrize(("mean", "std"), OFFSETS)
@pytest.mark.parametrize("whole", [False, True])
def test_clean_logs_of_a_large_offset(mean: float, std: float, whole: bool) -> None:
    rng = np.random.default_rng(0)
    train, log = rng.normal(mean, std, 8000), rng.normal(mean, std, 8000)
    if whole:
        train, log = np.round(train), np.round(log)
    known = fitted(train)
    a, b = float(train.mean()), float(train.std())
    for served in scaled_orders(log, a, b):
        assert audited(known, served.astype(np.float64)).verdict == "ok"
    found = {t.name: t for t in audited(known, (log - a) / b).tests}
    hides = mean / std < -1e5 or abs(mean) / std > 2e5
    assert all((found[n].verdict == Verdict.UNTESTED) == hides for n in MOVES)
    assert all("rounding hides" in (reason(found[n]) or "") for n in MOVES if hides)


def test_what_is_seen_in_spite_of_the_rounding_stands() -> None:
    rng = np.random.default_rng(0)
    known = fitted(rng.normal(2e6, 1, 8000))
    assert audited(known, rng.normal(9, 1, 8000)).verdict == "skew"


def zeros(rng: np.random.Generator) -> Array:
    return np.where(rng.random(20_000) < 0.7, 0.0, rng.exponential(1, 20_000))


def rare(rng: np.random.Generator) -> Array:
    return rng.beta(0.5, 200, 20_000)


def wide(rng: np.random.Generator) -> Array:
    return rng.lognormal(0, 6, 20_000)


@pytest.mark.parametrize("draw", [zeros, rare, wide])
@pytest.mark.parametrize("spelled", ["%.2f", "%.4f", "%.3g"])
def test_clean_text_of_few_digits(
    draw: Callable[[np.random.Generator], Array], spelled: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    train, log = draw(rng), draw(rng)
    served = (log - train.mean()) / train.std()
    path = tmp_path / "log.csv"
    pd.DataFrame({"x": served}).to_csv(path, index=False, float_format=spelled)
    assert audited(fitted(train), path).verdict == "ok"


def test_files_of_different_digits_are_one_log(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    train, log = zeros(rng), zeros(rng)
    served = pd.DataFrame({"x": (log - train.mean()) / train.std()})
    served[:10_000].to_csv(tmp_path / "a.csv", index=False, float_format="%.2f")
    served[10_000:].to_csv(tmp_path / "b.csv", index=False)
    assert audited(fitted(train), tmp_path).verdict == "ok"


@pytest.mark.parametrize(
    "steps",
    [
        (MinMax(0, 100), Clip(0, 1), Impute(-1.0)),
        (Logarithm(), Impute(0.0)),
        (Impute(0.0), Logarithm()),
        (Logarithm(),),
    ],
)
def test_clean_logs_of_steps_that_fill_or_lose_rows(steps: tuple[Step, ...]) -> None:
    rng = np.random.default_rng(0)

    def draw() -> Array:
        x = rng.lognormal(3, 1, 8000)
        x[rng.random(8000) < 0.2] = np.nan
        x[rng.random(8000) < 0.3] = 0
        return x

    known = fitted(draw(), *steps)
    served = forward(steps, draw())
    assert audited(known, served).verdict == "ok"
    # A log that has no infinities writes nulls for them.
    assert audited(known, np.where(np.isinf(served), np.nan, served)).verdict == "ok"
    lost = np.where(rng.random(8000) < 0.2, np.nan, served)
    assert audited(known, lost).verdict == "skew"
