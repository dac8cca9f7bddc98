"""How often the search for causes does what costs most, by the number of features that alarm.

Counts of calls, no seconds: what grows faster than the features is slow in a log of many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.causes import decaying_statistics, distributions
from skewcheck.causes.evidence import RawColumns

ROWS = 1200


def counted(counts: Counter[str], name: str, function: Callable[..., object]) -> object:
    """Return a function that counts its calls."""

    def call(*arguments: object, **settings: object) -> object:
        counts[name] += 1
        return function(*arguments, **settings)

    return call


def work(monkeypatch: pytest.MonkeyPatch, features: int, served: str, noise: float) -> Counter[str]:
    """Return the calls in an audit of features that were served with other numbers, or noise."""
    rng, counts = np.random.default_rng(8), Counter[str]()
    names = [f"f{i}" for i in range(features)]
    training = {name: rng.normal(40 + 9 * i, 12 + i, ROWS) for i, name in enumerate(names)}
    parameters = skewcheck.fit(pa.table(training))
    raw = {name: rng.normal(40 + 9 * i, 12 + i, ROWS) for i, name in enumerate(names)}
    log = {
        f"{name}_norm": (x - training[name].mean() - 3) / training[name].std() / 1.1
        + noise * rng.normal(0, 1, ROWS)
        for name, x in raw.items()
    }
    with monkeypatch.context() as patch:
        for name, owner in (
            ("distance", distributions),
            ("decaying_at", decaying_statistics),
        ):
            patch.setattr(owner, name, counted(counts, name, getattr(owner, name)))
        patch.setattr(RawColumns, "__getitem__", counted(counts, "read", RawColumns.__getitem__))
        audit = skewcheck.audit(
            parameters, pa.table({**(raw if served == "paired" else {}), **log}),
            served="{feature}_norm",
        )  # fmt: skip
    assert audit.verdict.value == "skew"
    return counts


def test_a_feature_reads_a_few_columns_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = (work(monkeypatch, features, "paired", 0.0) for features in (4, 12))
    assert few["read"]
    assert many["read"] / 12 < 3 * few["read"] / 4


def test_a_search_for_states_in_vain_ends_with_a_few_features(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = (work(monkeypatch, features, "paired", 0.5) for features in (4, 8))
    assert few["decaying_at"] == many["decaying_at"] > 0


def test_distributions_are_compared_with_a_few_mechanisms_of_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each feature has hundreds of mechanisms: those of all other features among them.
    few, many = (work(monkeypatch, features, "served", 0.0) for features in (4, 12))
    assert few["distance"]
    assert many["distance"] / 12 < few["distance"] / 4 + 12
