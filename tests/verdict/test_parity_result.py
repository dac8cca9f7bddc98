"""Expected and served values in an audit are those of rows that fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit, Parity
from skewcheck.verdict.parity_result import MOST_LEVELS, MOST_POINTS

ROWS = 2_000


def _world(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "x": np.round(rng.normal(10, 2, ROWS), 3),
        "k": rng.choice(["a", "b", "c"], ROWS),
        "host": rng.choice(["one", "two"], ROWS),
    })  # fmt: skip


TRAIN, LOG = _world(1), _world(2)
KNOWN = skewcheck.fit(TRAIN, features=["x", "k"])


def _audited(log: pd.DataFrame) -> Audit:
    return skewcheck.audit(KNOWN, log, served="{feature}_n")


def _parity(audit: Audit, name: str) -> Parity:
    (parity,) = (f.parity for f in audit.features if f.name == name)
    assert parity is not None
    return parity


@pytest.fixture(scope="module")
def broken() -> pd.DataFrame:
    """The rows of one host with half the deviation, and another level instead of `b`."""
    log = KNOWN.transform(LOG, served="{feature}_n")
    two = log["host"] == "two"
    log["x_n"] = log["x_n"].mask(two, 2 * log["x_n"])
    log["k_n"] = log["k_n"].mask(LOG["k"] == "b", "a" if log["k_n"].dtype == object else 0.0)
    return log


def test_pairs_are_rows_that_fail(broken: pd.DataFrame) -> None:
    pairs = _parity(_audited(broken), "x").pairs
    assert pairs is not None
    assert len(pairs.expected) == MOST_POINTS
    # A server that divides by half of the deviation serves twice as much.
    assert np.allclose(pairs.served, 2 * np.array(pairs.expected))
    right = (LOG.x - TRAIN.x.mean()) / TRAIN.x.std(ddof=0)
    known = set(right[broken["host"] == "two"].round(6))
    assert {round(value, 6) for value in pairs.expected} <= known


def test_pairs_are_the_same_however_a_file_is_read(
    broken: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = []
    for rows in (100, ROWS):
        broken.to_parquet("log.parquet", row_group_size=rows)
        audit = skewcheck.audit(KNOWN, "log.parquet", served="{feature}_n")
        found.append(_parity(audit, "x").pairs)
    assert found[0] is not None
    assert found[0] == found[1]


def test_levels_that_were_served_wrong_are_listed(broken: pd.DataFrame) -> None:
    parity = _parity(_audited(broken), "k")
    assert 1 <= len(parity.mistakes) <= MOST_LEVELS
    (mistake,) = parity.mistakes
    assert (mistake.raw, mistake.share) == ("b", 1.0)
    assert mistake.served != mistake.expected


def test_right_rows_have_neither() -> None:
    audit = _audited(KNOWN.transform(LOG, served="{feature}_n"))
    for name in ("x", "k"):
        parity = _parity(audit, name)
        assert (parity.mismatched, parity.pairs, parity.mistakes) == (0, None, ())


def test_without_values_neither_is_kept(broken: pd.DataFrame) -> None:
    hidden = without_values(_audited(broken))
    for name in ("x", "k"):
        parity = _parity(hidden, name)
        assert parity.mismatched
        assert (parity.pairs, parity.mistakes) == (None, ())


def test_values_that_are_no_numbers_are_no_points(broken: pd.DataFrame) -> None:
    log = broken.assign(x_n=np.inf)
    assert _parity(_audited(log), "x").pairs is None
    assert _parity(_audited(log), "x").mismatched == ROWS
