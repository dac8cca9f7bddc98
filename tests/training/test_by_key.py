"""`fit --by`: parameters by the values of a column, and the reference of their results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import Affine, MaxAbs, MinMax, Robust, ZScore
from skewcheck.features.types import NumericReference
from skewcheck.text.errors import UsageError


def table(seed: int, rows: int = 4000) -> pd.DataFrame:
    rng, world = np.random.default_rng(seed), np.random.default_rng(0)
    mean, std = world.normal(0, 50, 6), world.uniform(1, 9, 6)
    key = rng.integers(0, 6, rows)
    x = mean[key] + std[key] * rng.gamma(2, 1, rows)
    return pd.DataFrame({"store": [f"s{k}" for k in key], "x": x, "n": np.rint(x)})


TRAIN = table(1)


@pytest.mark.parametrize("method", ["zscore", "minmax", "maxabs", "robust"])
def test_the_numbers_are_those_of_each_key(method: str) -> None:
    fitted = skewcheck.fit(TRAIN, by="store", normalize=method, features="x")
    for key, rows in TRAIN.groupby("store"):
        x = rows["x"].to_numpy()
        (step,) = fitted["x"].groups[str(key)]
        if isinstance(step, ZScore):
            assert (step.mean, step.std) == pytest.approx((x.mean(), x.std()))
        elif isinstance(step, MinMax):
            assert (step.min, step.max) == (x.min(), x.max())
        elif isinstance(step, MaxAbs):
            assert step.scale == np.abs(x).max()
        else:
            assert isinstance(step, Robust)
            quarter, half, three = np.quantile(x, [0.25, 0.5, 0.75])
            assert (step.center, step.scale) == pytest.approx((half, three - quarter))


@pytest.mark.parametrize("method", ["zscore", "minmax", "maxabs", "robust"])
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_logs_of_the_same_world_are_clean(method: str, seed: int) -> None:
    fitted = skewcheck.fit(TRAIN, by="store", normalize=method, exclude="store")
    log = table(seed)
    assert skewcheck.audit(fitted, log, served="none").exit_code == 0
    served = fitted.transform(log, served="{feature}_n")
    for side in (served, served.drop(columns=["x", "n"]), log.astype({"x": "float32"})):
        template = "{feature}_n" if "x_n" in side else "none"
        assert skewcheck.audit(fitted, side, served=template).exit_code == 0


def test_a_world_that_moves_within_its_keys_is_skew() -> None:
    fitted = skewcheck.fit(TRAIN, by="store", exclude="store")
    log = table(2)
    spread = log.groupby("store")["x"].transform("std")
    log["x"] += 0.6 * spread
    audit = skewcheck.audit(fitted, log, served="none")
    assert {f.name: f.verdict.value for f in audit.features} == {"x": "skew", "n": "ok"}


def test_the_reference_is_of_results() -> None:
    reference = skewcheck.fit(TRAIN, by="store", features="x")["x"].reference
    assert isinstance(reference, NumericReference)
    z = (TRAIN["x"] - TRAIN.groupby("store")["x"].transform("mean")) / TRAIN.groupby("store")[
        "x"].transform("std", ddof=0)  # fmt: skip
    assert reference.rows == len(TRAIN)
    assert (reference.mean, reference.std) == pytest.approx((0, 1), abs=1e-9)
    edges = reference.histogram.edges
    below = np.searchsorted(np.sort(z), edges)
    assert np.array_equal(np.cumsum(reference.histogram.between)[:-1], below)
    assert reference.min == edges[0] < z.min()


def test_stored_parameters_get_the_reference_of_their_results() -> None:
    fitted = skewcheck.fit(TRAIN, by="store", exclude="store")
    again = skewcheck.fit(TRAIN, parameters=fitted)
    assert again.fingerprint == fitted.fingerprint
    assert again.features == fitted.features


def test_constant_and_missing_keys() -> None:
    train = TRAIN.copy()
    train.loc[train["store"] == "s3", "x"] = 7.0
    train.loc[:4, "store"] = None
    fitted = skewcheck.fit(train, by="store", features="x")
    assert fitted["x"].groups["s3"] == (Affine(7.0, 1.0),)
    codes = {note.code: dict(note.parameters) for note in fitted.notes}
    assert codes["rows_without_key"]["rows"] == 5
    assert codes["constant_keys"]["names"] == ("s3",)


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(UsageError, match="no column 'shop'"):
        skewcheck.fit(TRAIN, by="shop")
    with pytest.raises(UsageError, match="no number is normalized"):
        skewcheck.fit(TRAIN, by="store", normalize="none")
    with pytest.raises(UsageError, match="more than 10,000"):
        skewcheck.fit(table(1, 11_000).assign(i=range(11_000)), by="i", features="x")
    with pytest.raises(UsageError, match="steps are those of"):
        skewcheck.fit(TRAIN, by="store", parameters=skewcheck.fit(TRAIN))


def test_a_log_of_one_key_need_not_have_the_column_of_the_keys() -> None:
    """The file learned the key as a feature too; `group` says what its value is."""
    fitted = skewcheck.fit(TRAIN, by="store")
    assert {f.name for f in fitted.features} >= {"store", "x"}
    log = TRAIN[TRAIN["store"] == "s0"]
    served = fitted.transform(log, served="{feature}_n")[["x_n", "n_n"]]
    one = pd.concat([log.drop(columns="store"), served], axis=1)
    audit = skewcheck.audit(fitted, one, served="{feature}_n", group="s0")
    assert audit.exit_code != 1
    assert [f.name for f in audit.features] == ["x", "n"]
    wrong = one.assign(x_n=one["x_n"] * 1.1)
    assert skewcheck.audit(fitted, wrong, served="{feature}_n", group="s0").exit_code == 1
