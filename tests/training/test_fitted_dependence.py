"""What `fit` stores of the dependence between features; expected figures are SciPy's or counted."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.text.errors import ParameterError


def factors(seed: int, rows: int, features: int, strength: float = 1.0) -> pd.DataFrame:
    """Return features of which each belongs to one of a tenth as many factors."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(rows, max(features // 10, 1)))
    table = {f"f{i:03}": strength * common[:, i % common.shape[1]] for i in range(features)}
    return pd.DataFrame({name: x + rng.normal(size=rows) for name, x in table.items()})


def pairs_of(parameters: Parameters) -> dict[tuple[str, str], float]:
    assert parameters.dependence is not None
    return {(p.first, p.second): p.correlation for p in parameters.dependence.pairs}


def test_of_few_features_every_pair_is_stored() -> None:
    train = factors(0, 3_000, 6)
    stored = pairs_of(skewcheck.fit(train))
    assert set(stored) == set(combinations(train, 2))
    for (a, b), r in stored.items():
        scores = [stats.norm.ppf((stats.rankdata(train[n]) - 0.5) / len(train)) for n in (a, b)]
        # Of half of the rows: another half differs by 2 / sqrt(1,500) at most in 95 %.
        assert r == pytest.approx(np.corrcoef(*scores)[0, 1], abs=0.08)


def test_of_many_features_the_strongest_partners_are_stored() -> None:
    train = factors(1, 2_000, 80)
    stored = pairs_of(skewcheck.fit(train))
    assert len(stored) < 80 * 8
    own = [abs(r) for (a, b), r in stored.items() if int(a[1:]) % 8 == int(b[1:]) % 8]
    assert len(own) > 250  # of 360 that share a factor
    assert np.mean(own) == pytest.approx(0.48, abs=0.03)  # 0.5, as Pearson's


def test_the_file_stays_small(tmp_path: Path) -> None:
    train = factors(2, 1_500, 500)
    train.columns = [f"a_feature_with_quite_a_name_{i}" for i in range(500)]
    skewcheck.save(skewcheck.fit(train), tmp_path / "p.json")
    file = json.loads((tmp_path / "p.json").read_text())
    assert len(json.dumps(file["dependence"])) < 300_000
    named = {name for a, others in file["dependence"]["pairs"].items() for name in (a, *others)}
    assert named == set(train)


def test_levels_are_scored_in_the_order_that_tells_most() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=6_000)
    letter = np.array(list("qdzmb"))[np.clip(np.floor(x + 2.5), 0, 4).astype(int)]
    shade = np.where(letter == "z", "s1", np.where(rng.random(len(x)) < 0.8, "s2", "s3"))
    dependence = skewcheck.fit(pd.DataFrame({"x": x, "letter": letter, "shade": shade})).dependence
    assert dependence is not None
    assert dependence.orders["letter"] in (tuple("qdzmb"), tuple("bmzdq"))
    assert dependence.orders["shade"].index("s1") in (0, 2)


def test_chance_is_not_taken_for_dependence() -> None:
    rng = np.random.default_rng(4)
    train = pd.DataFrame(
        {
            "x": rng.normal(size=20_000),
            "id": rng.integers(0, 60, 20_000).astype(str),
            "kind": rng.integers(0, 40, 20_000).astype(str),
        }
    )
    # In the rows that choose an order of 60 levels, it is correlated by 0.08 and more.
    assert max(map(abs, pairs_of(skewcheck.fit(train)).values())) < 0.04


def test_reading_what_was_written(tmp_path: Path) -> None:
    train = factors(5, 2_000, 5).assign(c=np.random.default_rng(5).choice(["a", "b'", "\\"], 2_000))
    train.loc[::7, "f001"] = np.nan
    fitted = skewcheck.fit(train)
    skewcheck.save(fitted, tmp_path / "p.json")
    read = skewcheck.load(tmp_path / "p.json").dependence
    assert read is not None
    assert fitted.dependence is not None
    assert read.orders == fitted.dependence.orders
    for before, after in zip(fitted.dependence.pairs, read.pairs, strict=True):
        assert (before.first, before.second, before.rows) == (after.first, after.second, after.rows)
        assert after.correlation == pytest.approx(before.correlation, abs=1e-6)
        assert after.unit_variance == pytest.approx(before.unit_variance, abs=1e-4)
    skewcheck.save(skewcheck.load(tmp_path / "p.json"), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "p.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pairs": {"a": {"b": [2, 1]}}}, "dependence.pairs.a.b: must be a correlation"),
        ({"pairs": {"a": {"b": [0.5]}}}, "dependence.pairs.a.b: must be [correlation"),
        ({"pairs": {"a": {"b": [0.5, 0]}}}, "dependence.pairs.a.b: must be a correlation"),
        ({"pairs": {"a": {"a": [0.5, 1]}}}, "dependence.pairs.a.a: must be"),
        ({"pairs": {"a": [1]}}, "dependence.pairs.a: must be an object"),
        ({"rows": -1}, "dependence.rows: must be a whole number"),
        ({"spreads": {"a": 2}}, "dependence.spreads.a: must be above 0"),
        ({"orders": {"a": [1]}}, "dependence.orders.a[0]: must be a string"),
        ({"pares": {}}, "dependence.pares: no such key; did you mean pairs?"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    features = {name: {"type": "numeric", "steps": []} for name in "ab"}
    dependence = {"rows": 500, "pairs": {"a": {"b": [0.5, 1.0]}}, **change}
    head = {"kind": "parameters", "version": 1}
    file = {"skewcheck": head, "features": features, "dependence": dependence}
    (tmp_path / "p.json").write_text(json.dumps(file))
    with pytest.raises(ParameterError) as refused:
        skewcheck.load(tmp_path / "p.json")
    assert says in str(refused.value)


def test_pairs_of_features_that_were_taken_out_of_the_file_are_none(tmp_path: Path) -> None:
    skewcheck.save(skewcheck.fit(factors(6, 2_000, 3)), tmp_path / "p.json")
    file = json.loads((tmp_path / "p.json").read_text())
    del file["features"]["f001"]
    del file["fingerprint"]
    (tmp_path / "p.json").write_text(json.dumps(file))
    assert set(pairs_of(skewcheck.load(tmp_path / "p.json"))) == {("f000", "f002")}


@pytest.mark.parametrize("train", [factors(7, 300, 4), factors(7, 3_000, 4)[["f000"]]])
def test_few_rows_and_single_features_tell_of_none(train: pd.DataFrame) -> None:
    assert skewcheck.fit(train).dependence is None
