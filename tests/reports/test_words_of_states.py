"""What servers with a state did, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import SURE, Cause

OVER: Mapping[str, Mapping[str, object]] = {
    "all rows so far": {"over": "running"},
    "all rows so far before each, after the first 300 rows": {
        "over": "running", "earlier": True, "after": 300,
    },
    "the last 1,037 rows, by robot": {"over": "window", "length": 1037, "by": "robot"},
    "each batch of 64 rows": {"over": "batch", "length": 64},
    "the batch before each of 64 rows": {"over": "batch", "length": 64, "earlier": True},
    "rows that count less the older they are (times 0.99 a row)": {"over": "ema", "alpha": 0.99},
    "each day": {"over": "day"},
    "the day before its own": {"over": "day", "earlier": True},
    "all rows so far, in the first 150 rows": {"over": "running", "until": 150},
    "all rows so far, which stay what they were after 9,000 rows": {
        "over": "running", "frozen": 9000,
    },
}  # fmt: skip


@pytest.mark.parametrize("text", OVER)
def test_statistics_of_own_rows(text: str) -> None:
    cause = Cause("recomputed_parameters", 1.0, SURE, OVER[text], variant="over")
    assert sentence(cause) == f"all rows were served with parameters computed on {text}"


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"lag": 1}, "those of 1 row before"),
        ({"lag": -3}, "those of 3 rows after"),
        ({"lag": 2, "by": "robot"}, "those of 2 rows before, by robot"),
    ],
)
def test_delays(parameters: Mapping[str, object], text: str) -> None:
    cause = Cause("swapped_features", 1.0, SURE, parameters, variant="lag")
    assert sentence(cause) == f"all rows were served with the right values, but {text}"


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"rows": 6}, "each value in about 6 rows"),
        ({"rows": 6, "seconds": 60.0}, "each value in about 6 rows (for 60 s)"),
        ({"by": "robot"}, "each value in several rows, by robot"),
    ],
)
def test_caches(parameters: Mapping[str, object], text: str) -> None:
    cause = Cause("stuck_value", 0.5, SURE, {"repeats": True, **parameters}, variant="repeats")
    of_rows = "50 % of the rows were served with the right values of earlier rows again"
    assert sentence(cause) == f"{of_rows}: {text}"
