"""What fit computes, against NumPy on the same values."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.engine import fold
from skewcheck.features.steps import MaxAbs, MinMax, Robust, Vocabulary, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.parameters.writer import dumps
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import LogError, NothingToTestError, UsageError

RNG = np.random.default_rng(17)
ROWS = 6000
FRAME = pd.DataFrame(
    {
        "wide": RNG.lognormal(2, 1, ROWS),
        "cents": np.round(RNG.gamma(2, 4, ROWS), 2),
        "count": RNG.poisson(3, ROWS),
        "gap": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.normal(5, 2, ROWS)),
        "odd": np.where(RNG.random(ROWS) < 0.01, np.inf, RNG.normal(size=ROWS)),
        "zeros": np.where(RNG.random(ROWS) < 0.8, 0.0, 1.0 + RNG.random(ROWS)),
        "pay": RNG.choice(["Cash", "Card", "é", None], ROWS, p=[0.5, 0.3, 0.1, 0.1]),
        "flag": RNG.random(ROWS) < 0.3,
    }
)
NUMBERS = ["wide", "cents", "count", "gap", "odd", "zeros"]


def finite(column: str) -> np.ndarray:
    values = FRAME[column].to_numpy(float)
    return values[np.isfinite(values)]


@pytest.fixture(scope="module")
def known() -> Parameters:
    return skewcheck.fit(FRAME)


def reference(known: Parameters, column: str) -> NumericReference:
    found = known[column].reference
    assert isinstance(found, NumericReference)
    return found


@pytest.mark.parametrize("column", NUMBERS)
def test_zscore_has_the_population_standard_deviation(known: Parameters, column: str) -> None:
    # numpy.std has ddof 0, as scikit-learn's StandardScaler and SageMaker's baselines have.
    (step,) = known[column].steps
    assert isinstance(step, ZScore)
    assert step.mean == pytest.approx(np.mean(finite(column)), rel=1e-13)
    assert step.std == pytest.approx(np.std(finite(column)), rel=1e-12)
    assert (reference(known, column).mean, reference(known, column).std) == (step.mean, step.std)


def test_minmax_maxabs_robust_none() -> None:
    methods = ["minmax", "maxabs:wide", "robust:cents,g*", "none:count"]
    found = skewcheck.fit(FRAME, normalize=methods)
    assert found["odd"].steps == (MinMax(finite("odd").min(), finite("odd").max()),)
    assert found["wide"].steps == (MaxAbs(finite("wide").max()),)
    assert found["count"].steps == ()
    for column in ("cents", "gap"):
        quarter, half, three = np.percentile(finite(column), [25, 50, 75])
        assert found[column].steps == (Robust(half, three - quarter),)
    assert isinstance(found["pay"].steps[0], Vocabulary)


def test_maxabs_looks_at_both_ends() -> None:
    table = pa.table({"x": [-8.0, 1.0, 3.0]})
    assert skewcheck.fit(table, normalize="maxabs")["x"].steps == (MaxAbs(8.0),)


def test_the_first_pattern_holds() -> None:
    found = skewcheck.fit(FRAME, normalize=["minmax:wide", "none:w*", "robust"])
    assert isinstance(found["wide"].steps[0], MinMax)
    assert isinstance(found["cents"].steps[0], Robust)


@pytest.mark.parametrize(
    ("normalize", "words"),
    [
        ("zscor", "fit(normalize=...): no method 'zscor' (did you mean zscore?)"),
        ("minmax:", "fit(normalize=...): 'minmax:' names no feature after the colon"),
        ("minmax:agee", "fit(normalize=...): no column 'agee' in the training data"),
        ("minmax:pay", "fit(normalize=...): pay is no number: minmax cannot apply"),
    ],
)
def test_wrong_methods(normalize: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        skewcheck.fit(FRAME, normalize=normalize)
    assert str(caught.value).startswith(words)


def test_strings_get_a_vocabulary_by_frequency(known: Parameters) -> None:
    counts = FRAME["pay"].value_counts()
    assert known["pay"].steps == (Vocabulary(tuple(counts.index)),)
    assert dict(known["pay"].reference.counts) == dict(counts)
    assert (known["pay"].reference.nulls, known["pay"].reference.other) == (
        FRAME["pay"].isna().sum(), 0,
    )  # fmt: skip
    assert known["flag"].steps == (Vocabulary(("false", "true")),)
    plain = skewcheck.fit(FRAME, normalize="none:pay")
    assert (plain["pay"].type, plain["pay"].steps) == ("categorical", ())


@pytest.mark.parametrize("column", NUMBERS)
def test_counts_and_sums_add_up(known: Parameters, column: str) -> None:
    found = reference(known, column)
    values = FRAME[column].to_numpy(float)
    assert found.rows == ROWS
    assert found.nulls == np.isnan(values).sum()
    assert found.nonfinite == np.isinf(values).sum()
    edges, between = found.histogram.edges, found.histogram.between
    assert found.histogram.total == found.finite == len(finite(column))
    whole = (found.histogram.at * edges).sum() + found.histogram.sums.sum()
    assert whole == pytest.approx(finite(column).sum(), rel=1e-12)
    assert (found.min, found.max) == (finite(column).min(), finite(column).max())
    assert (edges[0], edges[-1]) == (found.min, found.max)
    assert (np.diff(edges) > 0).all()
    assert (between[0], between[-1]) == (0, 0)


@pytest.mark.parametrize("column", ["wide", "gap"])
def test_each_bin_holds_what_numpy_counts_in_it(known: Parameters, column: str) -> None:
    found, values = reference(known, column).histogram, finite(column)
    assert 900 <= len(found) <= 1100
    assert found.at.tolist() == [(values == edge).sum() for edge in found.edges]
    inside = [values[(values > a) & (values < b)] for a, b in pairwise(found.edges)]
    assert found.between[1:-1].tolist() == [len(some) for some in inside]
    assert found.sums[1:-1] == pytest.approx([some.sum() for some in inside], rel=1e-12)


def test_few_distinct_values_are_all_kept(known: Parameters) -> None:
    counts = Counter(finite("count"))
    found = reference(known, "count").histogram
    assert dict(zip(found.edges, found.at, strict=True)) == counts
    assert found.between.sum() == 0


@pytest.mark.parametrize(("distinct", "edges"), [(1000, 1000), (4000, 1000)])
def test_1000_distinct_values_are_few(distinct: int, edges: int) -> None:
    values = np.resize(np.random.default_rng(2).permutation(distinct) / 7, 8000)
    found = reference(skewcheck.fit(pa.table({"x": values})), "x").histogram
    assert abs(len(found) - edges) <= 16 * (distinct > edges)
    assert (found.between.sum() == 0) == (distinct == 1000)


def test_grids(known: Parameters) -> None:
    assert {c: reference(known, c).step for c in NUMBERS} == {
        "wide": None, "cents": 0.01, "count": 1.0, "gap": None, "odd": None, "zeros": None,
    }  # fmt: skip
    assert reference(known, "cents").step_share == 1.0
    narrow = skewcheck.fit(pa.table({"x": FRAME["cents"].to_numpy(np.float32)}))
    assert reference(narrow, "x").step == 0.01


def test_a_constant_has_no_spread_to_divide_by() -> None:
    # The mean of 0.1 over and over is a little off, and so is its standard deviation.
    table = pa.table({"one": [0.1] * ROWS, "x": FRAME["wide"]})
    for method in ("zscore", "minmax", "robust"):
        found = skewcheck.fit(table, normalize=method)
        assert found["one"].steps == ()
        assert texts(found.notes) == ("one: one value only: not normalized",)
        assert reference(found, "one").std == 0.0
    assert skewcheck.audit(found, table).verdict == "ok"


def test_a_spread_of_zero_is_no_constant() -> None:
    found = skewcheck.fit(FRAME, normalize="robust")
    assert texts(found.notes) == ("zeros: no spread that robust could divide by: not normalized",)


def test_rows_in_several_files_are_the_rows_of_one(tmp_path: Path) -> None:
    whole = pa.Table.from_pandas(FRAME, preserve_index=False)
    pq.write_table(whole, tmp_path / "a.parquet")
    (tmp_path / "several").mkdir()
    for i, (start, stop) in enumerate([(0, 1000), (1000, 1001), (1001, ROWS)]):
        part = whole.slice(start, stop - start)
        pq.write_table(part, tmp_path / "several" / f"{i}.parquet", row_group_size=700)
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    one = skewcheck.fit(tmp_path / "a.parquet", normalize="minmax")
    for other in ("several", "a.csv"):
        assert_alike(skewcheck.fit(tmp_path / other, normalize="minmax"), one)


def assert_alike(found: Parameters, other: Parameters) -> None:
    """Everything counted is equal; means and sums are to the last digits."""
    assert [(f.name, f.type, f.steps) for f in found.features] == [
        (f.name, f.type, f.steps) for f in other.features
    ]
    for a, b in zip(found.features, other.features, strict=True):
        if isinstance(a.reference, CategoricalReference):
            assert a.reference == b.reference
            continue
        x, y = reference(found, a.name), reference(other, a.name)
        assert (x.rows, x.nulls, x.nonfinite, x.step) == (y.rows, y.nulls, y.nonfinite, y.step)
        assert x.histogram == replace(y.histogram, sums=x.histogram.sums)
        assert (x.mean, x.std) == pytest.approx((y.mean, y.std), rel=1e-12)
        assert x.histogram.sums == pytest.approx(y.histogram.sums, rel=1e-12)


def test_any_number_of_threads_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.Table.from_pandas(FRAME), tmp_path / "a.parquet", row_group_size=500)
    texts = set()
    for threads in (1, 2, 5):
        monkeypatch.setattr(fold, "cores", lambda threads=threads: threads)
        texts.add(dumps(skewcheck.fit(tmp_path / "a.parquet")))
    assert len(texts) == 1


def test_at_most_10000_levels_are_listed() -> None:
    names = [f"n{i % 12_000:05}" for i in range(30_000)]
    found = skewcheck.fit(pa.table({"c": names}))["c"]
    assert (len(found.reference.counts), len(found.steps[0].values)) == (10_000, 10_000)
    assert (found.reference.counts["n00000"], found.reference.counts["n09999"]) == (3, 2)
    assert found.reference.other == 2 * 2000


def test_wrong_training_data(tmp_path: Path) -> None:
    with pytest.raises(NothingToTestError, match="<table>: no rows to fit on"):
        skewcheck.fit(pa.table({"x": pa.array([], pa.float64())}))
    with pytest.raises(LogError, match="no such file or folder"):
        skewcheck.fit(tmp_path / "none.csv")
    with pytest.raises(UsageError, match=r"^fit\(model=...\): .*none: cannot read it \(No"):
        skewcheck.fit(FRAME, model=str(tmp_path / "none"))


def test_extremes_are_numbers_too(tmp_path: Path) -> None:
    table = pa.table(
        {
            "huge": np.array([1e149, -1e149, 3e140] * 30),
            "tiny": np.array([5e-324, 0.0, 2e-310] * 30),
            "zero": np.array([0.0, -0.0, 1.0] * 30),
            "large": np.array([2**63 - 1, -(2**63), 2**53 + 1] * 30),
        }
    )
    found = skewcheck.fit(table)
    skewcheck.save(found, tmp_path / "p.json")
    again = skewcheck.load(tmp_path / "p.json")
    assert dumps(again) == dumps(found)
    audit = skewcheck.audit(again, table)
    assert {f.name: f.verdict.value for f in audit.features} == dict.fromkeys(KEPT, "inconclusive")
    assert all(math.isfinite(t.statistic or 0) for f in audit.features for t in f.tests)


KEPT = ["huge", "tiny", "zero", "large"]


def test_values_without_a_standard_deviation_are_left_out(tmp_path: Path) -> None:
    table = pa.table({"far": [1e308, -1e308, 1.0] * 10, "x": [1.0, 2.0, 4.0] * 10})
    (tmp_path / "hand.json").write_text('{"features": {"far": {"steps": []}, "x": {"steps": []}}}')
    found = skewcheck.fit(table)
    assert [f.name for f in found.features] == ["x"]
    assert texts(found.notes)[0].startswith(
        "far: left out: values beyond 1e+150, of which no standard"
    )
    same = skewcheck.fit(table, parameters=tmp_path / "hand.json")
    assert texts(same.notes) == (
        "far: values beyond 1e+150 in the training data: no distribution is kept",
    )
    assert (reference(same, "far").rows, len(reference(same, "far").histogram)) == (30, 0)
    skewcheck.save(same, tmp_path / "p.json")
    assert dumps(skewcheck.load(tmp_path / "p.json")) == dumps(same)


def test_save_does_not_write_json_as_toml(known: Parameters, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"p\.toml: is written as JSON"):
        skewcheck.save(known, tmp_path / "p.toml")
