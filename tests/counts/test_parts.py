"""Parts of a log: counted as each would be by itself, and the same in one batch as in many."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from skewcheck.counts.coarse import EDGES, REST, CoarseLevels, coarse
from skewcheck.counts.dimensions import (
    MOST_VALUES,
    MOST_WINDOWS,
    Dimension,
    Rest,
    Spans,
    Stretches,
    Values,
)
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parts import Division, numeric_tables
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile, total
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.counts.windows import Windows
from skewcheck.features.steps import ZScore
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.logs.arrays import Digits
from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.text.errors import UsageError

RNG = np.random.default_rng(7)


def reference(values: np.ndarray, edges: np.ndarray) -> NumericReference:
    histogram = NumericCounts.of(values, Windows.exact(edges)).histogram
    return NumericReference(
        rows=len(values), mean=float(values.mean()), std=float(values.std()),
        min=float(values.min()), max=float(values.max()), histogram=histogram,
    )  # fmt: skip


TRAIN = np.round(RNG.gamma(2, 5, 5000), 2)
X = Feature("x", "numeric", (ZScore(10.0, 7.0),), reference=reference(TRAIN, np.unique(TRAIN)[::2]))
C = Feature("c", "categorical", reference=CategoricalReference(100, 0, {"a": 60, "b": 40}))
PLAN = Plan(
    (
        plan_feature(X, "x", lambda name: f"{name}_norm", lambda _: True),
        plan_feature(C, "c", None, lambda _: True),
    )
)


def log(rows: int, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.round(rng.gamma(2, 5, rows), 2)
    served = (x - 10) / 7
    served[rng.random(rows) < 0.1] += 1
    x[rng.random(rows) < 0.05] = np.nan
    x[:2] = np.inf, -np.inf
    return {
        "x": x, "x_norm": served, "c": rng.choice(["a", "b", "z", None], rows),
        "seg": rng.choice(["de", "fr", None], rows), "time": rng.random(rows) * 50_000,
    }  # fmt: skip


def batch(columns: dict[str, np.ndarray], start: int, stop: int, **options: object) -> Batch:
    some = {name: values[start:stop] for name, values in columns.items()}
    times = some.pop("time")
    arrays = {name: pa.array(values, from_pandas=False) for name, values in some.items()}
    digits = {"x": Digits(5, 2)} if options.get("text") else {}
    return Batch(RowOrigin("a", start), stop - start, arrays, digits, times)


def profile(dimension: Dimension, columns: dict[str, np.ndarray], *cuts: int) -> Profile:
    division = Division((dimension,), tuple(coarse(one) for one in PLAN.features))
    plan = replace(PLAN, division=division)
    ends = (0, *cuts, len(columns["x"]))
    parts = [Profile.of(plan, batch(columns, a, b)) for a, b in pairwise(ends)]
    return total([Profile.zero(PLAN), *parts])


DIMENSIONS = [Spans("time", 3600, "1h"), Stretches(100, {"a": 0}, "100"), Values("seg")]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_part_is_counted_as_if_it_were_the_log(dimension: Dimension) -> None:
    columns = log(3000)
    (parts,) = profile(dimension, columns).parts
    keys = {
        Spans: (columns["time"] // 3600).astype(int).tolist(),
        Stretches: (np.arange(3000) // 100).tolist(),
        Values: [Rest.NULL if value is None else value for value in columns["seg"]],
    }[type(dimension)]
    assert parts.keys == tuple(sorted(set(keys), key=lambda key: "" if key is Rest.NULL else key))
    shape = coarse(PLAN.features[0])
    assert shape is not None
    for i, key in enumerate(parts.keys):
        rows = np.flatnonzero([k == key for k in keys])
        alone = {name: values[rows] for name, values in columns.items()}
        whole = Profile.of(PLAN, batch(alone, 0, len(rows)))
        counts, parity = whole.features[0].raw, whole.features[0].parity
        levels = whole.features[1].raw
        own, other = parts.features
        assert isinstance(counts, NumericCounts)
        kept = counts.histogram.coarsened(shape.kept)
        assert own["at"][i].tolist() == kept.at.tolist()
        assert own["between"][i].tolist() == kept.between.tolist()
        assert (own["nulls"][i], own["infinite"][i]) == (counts.nulls, counts.nonfinite)
        mean = shape.centre + own["total"][i] / counts.finite
        assert mean == pytest.approx(counts.moments.mean)
        assert parity is not None
        assert (own["compared"][i], own["mismatched"][i]) == (parity.rows, parity.mismatched)
        assert other["levels"][i].tolist() == [*levels.counts, levels.unseen, levels.nulls]
        assert parts.rows[i] == len(rows)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_batches_add_up(dimension: Dimension) -> None:
    columns = log(3000)
    (one,) = profile(dimension, columns).parts
    (many,) = profile(dimension, columns, 10, 11, 900, 2500).parts
    assert one.keys == many.keys
    assert one.rows.tolist() == many.rows.tolist()
    for a, b in zip(one.features, many.features, strict=True):
        for name in a:
            np.testing.assert_allclose(a[name], b[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("narrow", [False, True])
def test_every_type_is_counted_as_in_a_whole_log(dtype: type, narrow: bool) -> None:
    rng = np.random.default_rng(3)
    values = np.round(rng.normal(0, 30, 2000)).astype(dtype)
    edges = np.unique(rng.integers(-60, 60, 40)) + (0.1 if narrow else 0.0)
    windows = replace(Windows.exact(edges), narrow=narrow)
    cuts = np.array([0, 1, 700, 2000])
    tables = numeric_tables(values, cuts, windows, 5.0)
    for i in range(3):
        counts = NumericCounts.of(values[cuts[i] : cuts[i + 1]], windows).histogram
        assert tables["at"][i].tolist() == counts.at.tolist()
        assert tables["between"][i].tolist() == counts.between.tolist()


def test_digits_of_text_widen_the_edges() -> None:
    columns = log(400)
    columns["x"][:200] += 0.004
    division = Division((Values("seg"),), (coarse(PLAN.features[0]), None))
    (parts,) = Profile.of(replace(PLAN, division=division), batch(columns, 0, 400, text=True)).parts
    counts = Profile.of(PLAN, batch(columns, 0, 400, text=True)).features[0].raw
    kept = counts.histogram.coarsened(division.coarse[0].kept)
    assert parts.features[0]["at"].sum(0).tolist() == kept.at.tolist()


def test_rows_without_a_time_are_in_no_window() -> None:
    columns = log(300)
    columns["time"][:40] = np.nan
    (parts,) = profile(DIMENSIONS[0], columns, 20, 50).parts
    assert parts.outside == 40
    assert parts.rows.sum() == 260


def test_too_many_windows_are_refused() -> None:
    columns = log(3000)
    with pytest.raises(UsageError, match=r"^every 1s: .* more than 1,000 .* longer"):
        profile(Spans("time", 1, "1s"), columns)
    halves = Stretches(2, {"a": 0}, "2")
    with pytest.raises(UsageError, match=r"^every 2: "):
        profile(halves, columns, *range(500, 3000, 500))
    assert len(profile(Stretches(3, {"a": 0}, "3"), columns).parts[0].keys) == MOST_WINDOWS


def test_the_values_with_most_rows_have_a_part_of_their_own() -> None:
    columns = log(5000)
    ranks = np.random.default_rng(1).zipf(1.5, 5000)
    columns["seg"] = np.array([f"v{min(rank, 400)}" for rank in ranks], object)
    (parts,) = profile(Values("seg"), columns, 1000, 3000).parts
    assert len(parts.keys) == MOST_VALUES + 1
    assert parts.keys[-1] is Rest.OTHER
    assert parts.rows.sum() == 5000
    heavy = parts.keys.index("v1")
    assert parts.rows[heavy] == (columns["seg"] == "v1").sum()
    tables = parts.features[1]["levels"]
    assert tables.sum() == 5000
    assert tables.sum(1).tolist() == parts.rows.tolist()


def test_a_distance_of_what_is_kept_falls_short_by_a_cell() -> None:
    side = PLAN.features[0].raw
    shape = coarse(PLAN.features[0])
    assert isinstance(side, NumericSide)
    assert len(shape.kept) < len(side.windows.edges)
    assert shape.reference.histogram.total == len(TRAIN)
    assert max(shape.reference.histogram.between) <= 1.1 * len(TRAIN) / EDGES


def test_levels_beyond_some_are_pooled() -> None:
    counts = {f"l{i}": 1000 - i for i in range(500)}
    feature = Feature("c", "categorical", reference=CategoricalReference(400_000, 0, counts))
    plan = plan_feature(feature, "c", None, lambda _: True)
    assert isinstance(plan.raw, CategoricalSide)
    shape = coarse(plan)
    assert isinstance(shape, CoarseLevels)
    assert shape.names[-1] == REST
    assert sum(shape.reference.counts.values()) == sum(counts.values())
    assert shape.reference.counts["l0"] == 1000
