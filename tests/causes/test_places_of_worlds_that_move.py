"""A place is named only where inside and outside differ: worlds that move alike everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats
from servers import Array

import skewcheck
from skewcheck import Audit
from skewcheck.causes.group_distances import FALSE_PLACE_RATE, differs_from_rest
from skewcheck.reports.words.places import where

MEAN, STD = 10.0, 2.0
TRAIN = np.random.default_rng(0).normal(MEAN, STD, 8000)
KNOWN = skewcheck.fit(pd.DataFrame({"x": TRAIN}))


def served(x: Array) -> Array:
    return (x - TRAIN.mean()) / TRAIN.std()


def audited(x: Array, *, raw: bool, **columns: Array) -> Audit:
    log = pd.DataFrame({"x": x if raw else served(x), **columns})
    options = {} if raw else {"served": "{feature}"}
    return skewcheck.audit(KNOWN, log, by=list(columns), **options)


def named(audit: Audit) -> Iterator[str]:
    """Yield every sentence that says where."""
    for feature in audit.features:
        yield from (where(cause.place) for cause in feature.causes if cause.place is not None)
        if feature.worst:
            yield ", ".join(str(segment.value) for segment in feature.worst)


def uneven(rng: np.random.Generator, rows: int, values: int) -> Array:
    shares = rng.dirichlet(np.full(values, 2.0))
    return np.array([f"v{i}" for i in range(values)])[rng.choice(values, rows, p=shares)]


def test_a_small_value_is_not_spared_by_its_few_rows() -> None:
    """Seen in 20 of 100 logs: `all rows of place = A, B, C, and no others`."""
    wrong = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        x = rng.normal(MEAN + 0.3 * STD, STD, 2000)
        place = rng.choice(list("ABCD"), 2000, p=[0.4, 0.3, 0.2, 0.1])
        wrong += any(named(audited(x, raw=seed % 2 == 0, place=place)))
    assert not wrong


def test_of_many_columns_and_values_none_is_named() -> None:
    wrong = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rows = int(rng.choice([500, 2000]))
        columns = {f"c{i}": uneven(rng, rows, int(rng.integers(2, 51))) for i in range(3)}
        shift, scale = rng.choice([0.0, 0.1, 0.2, 0.4, 0.8]), rng.choice([0.75, 1.0, 1.25])
        x = rng.normal(MEAN + shift * STD, scale * STD, rows)
        wrong += any(named(audited(x, raw=seed % 2 == 0, **columns)))
    assert not wrong


def test_wrong_rows_at_random_are_in_no_place() -> None:
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = int(rng.choice([500, 2000]))
        columns = {f"c{i}": uneven(rng, rows, int(rng.integers(2, 31))) for i in range(2)}
        x = rng.normal(MEAN, STD, rows)
        bad = rng.random(rows) < rng.choice([0.003, 0.01, 0.1])
        log = pd.DataFrame({"x": x, "x_norm": np.where(bad, x, served(x)), **columns})
        options = {"served": "{feature}_norm", "by": list(columns)}
        wrong += any(named(skewcheck.audit(KNOWN, log, **options)))
    assert not wrong


@pytest.mark.parametrize("raw", [True, False])
def test_where_all_moved_a_little_only_what_moved_more_is_named(*, raw: bool) -> None:
    right = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        host = np.array([f"web-{i}" for i in range(8)])[rng.integers(0, 8, 2000)]
        moved = MEAN + STD * np.where(host == "web-3", 2.0, 0.12)
        places = set(named(audited(rng.normal(moved, STD), raw=raw, host=host)))
        assert places <= {"host = web-3", "web-3"}, seed
        right += bool(places)
    assert right > 7


def by_nature(rng: np.random.Generator, rows: int, moved: dict[str, float]) -> pd.DataFrame:
    """Return hosts that differ in training as in production, moved by so much each."""
    host = rng.choice(["a", "b", "c", "d", "e"], rows, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    own = {"a": 0.0, "b": 0.7, "c": -1.5, "d": 2.0, "e": -0.5}
    centre = [own[h] + moved.get(h, 0.0) for h in host]
    return pd.DataFrame({"x": rng.normal(MEAN + STD * np.array(centre), STD), "host": host})


def test_where_training_is_known_by_segment_all_that_moved_alike_is_no_place() -> None:
    right = wrong = 0
    train = by_nature(np.random.default_rng(0), 10_000, {})
    known = skewcheck.fit(train, exclude=["host"])
    for seed in range(1, 13):
        rng = np.random.default_rng(seed)
        alike = dict.fromkeys("abcde", float(rng.choice([0.15, 0.3, 0.6])))
        rows = int(rng.choice([1000, 3000]))
        for moved in (alike, {"b": 0.8}):
            log = by_nature(rng, rows, moved)
            places = set(named(skewcheck.audit(known, log, reference=train, by=["host"])))
            if moved is alike:
                wrong += bool(places)
            else:
                right += places <= {"host = b", "b"} and bool(places)
    assert (wrong, right) == (0, 12)


def test_the_difference_is_that_of_two_samples() -> None:
    """Against SciPy: the largest number of parts among which a difference is still one."""
    rng = np.random.default_rng(3)
    cells = np.concatenate((rng.integers(0, 40, 300), rng.integers(3, 43, 200)))
    inside = np.arange(500) < 300
    d = scipy_stats.ks_2samp(cells[inside], cells[~inside]).statistic
    p = float(scipy_stats.kstwobign.sf(d * np.sqrt(300 * 200 / 500)))
    assert differs_from_rest(cells, inside, ~inside, 0.99 * FALSE_PLACE_RATE / p)
    assert not differs_from_rest(cells, inside, ~inside, 1.01 * FALSE_PLACE_RATE / p)
    assert not differs_from_rest(cells, inside, np.zeros(500, bool), 1)
