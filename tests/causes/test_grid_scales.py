"""A scale is called exact only where no other explains the served values as well."""

from __future__ import annotations

from collections import Counter

import grid_worlds
import numpy as np
import pyarrow as pa
import pytest
from grid_worlds import SHAPES, Array

import skewcheck
from skewcheck import Audit
from skewcheck.causes.grid_spacing import spacings
from skewcheck.causes.residues import MODULI, Residues
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause
from skewcheck.results.verdicts import Verdict

RNG = np.random.default_rng(12)
AGES = RNG.integers(0, 100, 6000).astype(float)
LOGGED_AGES = RNG.integers(0, 100, 4000).astype(float)
MONTHS = RNG.integers(1, 73, 6000).astype(float)
LOGGED_MONTHS = RNG.integers(1, 73, 4000).astype(float)


def audited(train: Array, served: Array, method: str = "zscore") -> Audit:
    parameters = skewcheck.fit(pa.table({"x": train}), normalize=[method])
    return skewcheck.audit(parameters, pa.table({"x": served}), served="{feature}")


def first(audit: Audit) -> Cause:
    return audit.features[0].causes[0]


def number(cause: Cause, key: str) -> float:
    value = cause.parameters[key]
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("shape", SHAPES)
def test_no_scale_is_falsely_exact(shape: str) -> None:
    # Of thousands of such logs, other seeds, none was.
    # `test_most_scales_are_named`.
    runs = [grid_worlds.run(seed, shape) for seed in range(5)]
    outcomes = Counter(run.outcome for run in runs if run is not None)
    assert outcomes["false"] == 0
    assert sum(outcomes.values()) == len(runs)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.117, 0.15, 0.2, 0.5, 2, 5, 7, 12, 20])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_whole_numbers_with_a_part_of_the_deviation(share: float, dtype: type) -> None:
    mean, std = AGES.mean(), AGES.std()
    audit = audited(AGES, ((LOGGED_AGES - mean) / (std * share)).astype(dtype))
    cause = first(audit)
    assert (cause.code, cause.confidence) == ("wrong_parameters", 0.99)
    assert number(cause, "std") == pytest.approx(std * share, rel=1e-6)
    assert abs(number(cause, "mean") - mean) <= number(cause, "mean_within") + 1e-4
    assert "exact by the grid" in sentence(cause)


@pytest.mark.parametrize("factor", [1 / 365, 1 / 30, 1 / 12, 1 / 7, 7, 12, 24, 30, 60, 365])
def test_times_in_another_unit(factor: float) -> None:
    mean, std = MONTHS.mean(), MONTHS.std()
    audit = audited(MONTHS, (LOGGED_MONTHS * factor - mean) / std)
    cause = first(audit)
    assert (cause.code, cause.confidence) == ("unit_change", 0.99)
    assert number(cause, "factor") == pytest.approx(factor)
    assert audit.exit_code == 1


def test_years_for_months_put_back_by_other_parameters_are_no_doubt() -> None:
    mean, std = MONTHS.mean(), MONTHS.std()
    audit = audited(MONTHS, (LOGGED_MONTHS - 12 * mean) / (12 * std))
    test = next(t for t in audit.features[0].tests if t.name == "grid")
    assert (test.verdict, test.reason) == (Verdict.SKEW, None)


@pytest.mark.parametrize(("ratio", "error"), [(100, 5e-5), (160, 1e-4), (160, 6e-5), (300, 1e-4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_another_ddof_is_not_named_for_a_larger_error(
    ratio: int, error: float, dtype: type
) -> None:
    # The other ddof of 20,000 rows makes 2.5e-5: near enough to put nine tenths of them back.
    rng = np.random.default_rng(ratio)
    train, x = (np.rint(rng.normal(15 * ratio, 15, n)) for n in (20_000, 4000))
    std = train.std() * (1 + error)
    audit = audited(train, ((x - train.mean()) / std).astype(dtype))
    cause = first(audit)
    assert cause.code == "wrong_parameters"
    assert number(cause, "std") == pytest.approx(std, rel=1e-6)
    assert audit.exit_code == 1


def test_the_other_ddof_is_still_named() -> None:
    rng = np.random.default_rng(3)
    train, x = np.rint(rng.normal(40, 15, 1500)), np.rint(rng.normal(40, 15, 2000))
    cause = first(audited(train, (x - train.mean()) / train.std(ddof=1)))
    assert (cause.code, cause.confidence) == ("wrong_ddof", 0.99)


def fares(rng: np.random.Generator, rows: int, share: float) -> Array:
    """Return fares in halves, and a share of them in cents."""
    halves, cents = rng.gamma(2, 6, rows), rng.gamma(2, 6, rows)
    return np.where(rng.random(rows) < share, np.round(cents, 2), np.round(halves * 2) / 2)


@pytest.mark.parametrize(("in_train", "in_log"), [(0.005, 0.03), (0.03, 0.03), (0.005, 0.15)])
@pytest.mark.parametrize("factor", [1.0001, 1.25, 0.8])
def test_two_grids_in_one_feature(in_train: float, in_log: float, factor: float) -> None:
    rng = np.random.default_rng(4)
    train, x = fares(rng, 10_000, in_train), fares(rng, 4000, in_log)
    audit = audited(train, (x - train.mean()) / (train.std() * factor))
    assert first(audit).code == "wrong_parameters"
    assert number(first(audit), "std") == pytest.approx(train.std() * factor, rel=1e-6)
    assert audit.exit_code == 1


def test_two_grids_served_rightly() -> None:
    rng = np.random.default_rng(4)
    train, x = fares(rng, 10_000, 0.005), fares(rng, 4000, 0.03)
    audit = audited(train, (x - train.mean()) / train.std())
    assert audit.features[0].causes == ()
    assert audit.exit_code == 0


def test_few_values_beside_an_atom_leave_the_scale_open() -> None:
    # Six rows in 300 are no zeros: doubled places and a halved scale explain them as well.
    rng = np.random.default_rng(6)
    train, x = (
        np.where(rng.random(n) < 0.98, 0, rng.integers(1, 20, n)).astype(float) for n in (5000, 300)
    )
    causes = audited(train, (x - train.mean()) / (1.3 * train.std())).features[0].causes
    assert all("exact" not in sentence(cause) for cause in causes)


@pytest.mark.parametrize("method", ["zscore", "minmax", "maxabs"])
def test_recomputed_parameters_of_served_values_name_the_numbers(method: str) -> None:
    rng = np.random.default_rng(7)
    train, x = (np.round(rng.gamma(2, 15, n) + 1, 2) for n in (8000, 3000))
    numbers = {
        "zscore": {"mean": x.mean(), "std": x.std()},
        "minmax": {"min": x.min(), "max": x.max()},
        "maxabs": {"scale": x.max()},
    }[method]
    offset, scale = {
        "zscore": (x.mean(), x.std()), "minmax": (x.min(), np.ptp(x)), "maxabs": (0, x.max()),
    }[method]  # fmt: skip
    cause = first(audited(train, (x - offset) / scale, method))
    assert cause.code == "recomputed_parameters"
    assert "computed on the serving data" in sentence(cause)
    key = next(iter(numbers))
    within = number(cause, f"{key}_within") if f"{key}_within" in cause.parameters else 1e-6
    for name, value in numbers.items():
        assert abs(number(cause, name) - value) <= within
    width = number(cause, "max") - number(cause, "min") if method == "minmax" else None
    if width is not None:
        assert width == pytest.approx(scale, rel=1e-6)
    else:
        assert number(cause, "std" if method == "zscore" else "scale") == pytest.approx(scale)


def test_remainders_of_places() -> None:
    evens = Residues.of(2.0 * np.arange(100), np.ones(100), 100)
    every = Residues.of(np.arange(200.0), np.ones(200), 200)
    assert evens.others[MODULI.index(2)] == 0
    assert every.others[MODULI.index(2)] == 0.5
    assert evens.lack(every)
    assert not every.lack(evens)
    assert every.contradict(evens)
    assert not every.contradict(every)


def test_the_widest_spacing_is_first() -> None:
    values = 0.3 + 0.7 * np.random.default_rng(1).integers(0, 50, 400)
    spacing = next(spacings(values, np.full(400, 1e-6)))
    assert spacing.width == pytest.approx(0.7, rel=1e-9)
    assert spacing.holds(values, np.full(400, 1e-6)).all()
    assert (
        next(spacings(np.random.default_rng(2).normal(size=400), np.full(400, 1e-6)), None) is None
    )
