"""Model Monitor's statistics.json and constraints.json, in the shape that its documents give."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skewcheck import audit
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts


def statistics(values: np.ndarray, bins: int = 10, *, missing: int = 0) -> dict[str, object]:
    """Return what Model Monitor writes of a numeric column: equal buckets, the last one closed."""
    counts, bounds = np.histogram(values, bins)
    buckets = [
        {"lower_bound": float(a), "upper_bound": float(b), "count": float(n)}
        for a, b, n in zip(bounds, bounds[1:], counts, strict=False)
    ]
    return {
        "name": "x", "inferred_type": "Fractional",
        "numerical_statistics": {
            "common": {"num_present": len(values), "num_missing": missing},
            "mean": float(values.mean()), "sum": float(values.sum()),
            "std_dev": float(values.std()), "min": float(values.min()), "max": float(values.max()),
            "distribution": {"kll": {"buckets": buckets, "sketch": {"parameters": {"c": 0.64}}}},
        },
    }  # fmt: skip


def read(tmp_path: Path, *features: object) -> Parameters:
    path = tmp_path / "statistics.json"
    path.write_text(json.dumps({"version": 0.0, "dataset": {"item_count": 9},
                                "features": features}))  # fmt: skip
    return load(path)


def test_a_numeric_column(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(10, 3, 5000)
    parameters = read(tmp_path, statistics(values, missing=100))
    reference = parameters["x"].reference
    assert isinstance(reference, NumericReference)
    assert (reference.rows, reference.nulls, reference.finite) == (5100, 100, 5000)
    assert reference.mean == values.mean()
    assert reference.std == values.std()
    assert reference.histogram.between.tolist() == [0, *np.histogram(values, 10)[0], 0]
    assert parameters["x"].steps == ()
    assert parameters.model == {"format": "SageMaker Model Monitor"}


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_the_same_data_are_no_skew(tmp_path: Path, kind: type) -> None:
    # Half of the values are bounds of buckets, and must be counted above them.
    values = np.random.default_rng(2).integers(0, 11, 4000).astype(float)
    parameters = read(tmp_path, statistics(values))
    audited = audit(parameters, pd.DataFrame({"x": values.astype(kind)}))
    assert audited.verdict == "ok"
    ks = next(t for t in audited.features[0].tests if t.name == "ks")
    assert ks.statistic == pytest.approx(0, abs=1e-12)
    moved = audit(parameters, pd.DataFrame({"x": (values + 3).astype(kind)}))
    assert moved.verdict == "skew"


def test_buckets_that_do_not_add_up_are_left_out(tmp_path: Path) -> None:
    metadata = json.loads(json.dumps(statistics(np.arange(100.0))))
    metadata["numerical_statistics"]["common"]["num_present"] = 500
    parameters = read(tmp_path, metadata)
    reference = parameters["x"].reference
    assert isinstance(reference, NumericReference)
    assert len(reference.histogram.edges) == 0
    assert any("do not add up to its 500 values" in note for note in texts(parameters.notes))


def test_a_constant_column(tmp_path: Path) -> None:
    metadata = json.loads(json.dumps(statistics(np.full(40, 7.0))))
    metadata["numerical_statistics"]["distribution"]["kll"]["buckets"] = [
        {"lower_bound": 7.0, "upper_bound": 7.0, "count": 40.0}]  # fmt: skip
    reference = read(tmp_path, metadata)["x"].reference
    assert isinstance(reference, NumericReference)
    assert (reference.histogram.edges.tolist(), reference.histogram.at.tolist()) == ([7.0], [40])


def test_levels_and_unknown_types(tmp_path: Path) -> None:
    city = {
        "name": "city", "inferred_type": "String",
        "string_statistics": {
            "common": {"num_present": 12, "num_missing": 3}, "distinct_count": 3.0,
            "distribution": {"categorical": {"buckets": [
                {"value": "Bern", "count": 8}, {"value": "Basel", "count": 3.0}]}},
        },
    }  # fmt: skip
    parameters = read(tmp_path, city, {"name": "u", "inferred_type": "Unknown"})
    expected = CategoricalReference(15, 3, {"Bern": 8, "Basel": 3}, 1)
    assert parameters["city"].reference == expected
    assert (parameters["u"].untested or "").startswith("its type is Unknown")


def test_constraints(tmp_path: Path) -> None:
    parameters = read(
        tmp_path,
        {"name": "n", "inferred_type": "Integral", "completeness": 0.9,
         "num_constraints": {"is_non_negative": True}},
        {"name": "s", "inferred_type": "String", "completeness": 1.0,
         "string_constraints": {"domains": ["a", "b"]}},
    )  # fmt: skip
    assert parameters["n"].type == "numeric"
    assert parameters["s"].reference == CategoricalReference(0, 0, {"a": 0, "b": 0})
    assert any(note.startswith("n: 0.1 of the baseline's rows") for note in texts(parameters.notes))
    audited = audit(parameters, pd.DataFrame({"n": [1, 2] * 50, "s": ["a", "z"] * 50}))
    assert audited.verdict == "skew"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"mean": "x"}, 'mean: must be a finite number, got "x"'),
        ({"std_dev": -1}, "std_dev: must be >= 0, got -1"),
        ({"min": 9, "max": 1}, "max: must be at least min, got 1"),
        ({"common": {"num_present": 1.5}}, "common.num_present: must be a whole number"),
        ({"distribution": {"kll": {"buckets": [{"count": 1}]}}}, "lower_bound: is missing"),
    ],
)
def test_what_is_refused(refusal: Callable[..., str], change: dict[str, object], why: str) -> None:
    metadata = json.loads(json.dumps(statistics(np.arange(9.0))))
    metadata["numerical_statistics"].update(change)
    assert why in refusal(json.dumps({"features": [metadata]}))
    twice = json.dumps({"features": [{"name": "x", "inferred_type": "String"}] * 2})
    assert refusal(twice) == "features: 'x' stands twice"
