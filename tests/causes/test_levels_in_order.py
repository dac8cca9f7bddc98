"""Codes of levels that depend on other rows: numbered anew in each batch, or those of rows before.

Servers are loops over rows, written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck import Parameters
from skewcheck.features.steps import OneHot
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause

ROWS = 2_000
RNG = np.random.default_rng(8)
LEVELS = ["cash", "card", "app", "voucher", "unknown"]
SHARES = [0.4, 0.3, 0.15, 0.1, 0.05]
TRAIN = RNG.choice(LEVELS, 5_000, p=SHARES)
RAW = RNG.choice(LEVELS, ROWS, p=SHARES).tolist()
HOST = RNG.integers(0, 4, ROWS)
KNOWN = skewcheck.fit(pa.table({"pay": TRAIN}))
RIGHT = {level: float(i) for i, level in enumerate(LEVELS)}
"""By frequency, as `fit` numbers them."""


Server = Callable[[Sequence[str]], list[float]]


def appearing(batch: Sequence[str]) -> list[float]:
    seen: list[str] = []
    for level in batch:
        if level not in seen:
            seen.append(level)
    return [float(seen.index(level)) for level in batch]


def by_name(batch: Sequence[str]) -> list[float]:
    names = sorted(set(batch))
    return [float(names.index(level)) for level in batch]


def batches(length: int, codes: Callable[[Sequence[str]], list[float]]) -> Server:
    return lambda rows: [
        code for i in range(0, len(rows), length) for code in codes(rows[i : i + length])
    ]


def named(server: Server, host: int | None = None) -> tuple[Cause, ...]:
    served = [RIGHT[level] for level in RAW]
    own = [i for i in range(ROWS) if host is None or HOST[i] == host]
    for i, code in zip(own, server([RAW[i] for i in own]), strict=True):
        served[i] = code
    table = pa.table({"pay": RAW, "pay_n": served, "host": [f"web-{h}" for h in HOST]})
    return skewcheck.audit(KNOWN, table, served="{feature}_n").features[0].causes


@pytest.mark.parametrize("host", [None, 2])
@pytest.mark.parametrize(
    ("length", "rule", "codes"),
    [(12, "appearance", appearing), (60, "appearance", appearing), (12, "name", by_name)],
)
def test_codes_of_each_batch(
    length: int, rule: str, codes: Callable[[Sequence[str]], list[float]], host: int | None
) -> None:
    (cause,) = named(batches(length, codes), host)
    assert (cause.code, cause.confidence) == ("encoding_changed", 0.99)
    assert cause.parameters == {"over": "batch", "length": length, "rule": rule}
    assert f"each batch of {length} rows" in sentence(cause)
    assert (cause.place is None) == (host is None)


@pytest.mark.parametrize("host", [None, 2])
def test_codes_of_the_row_before(host: int | None) -> None:
    (cause,) = named(lambda rows: [RIGHT[level] for level in [rows[0], *rows[:-1]]], host)
    assert (cause.code, dict(cause.parameters)) == (
        "swapped_features",
        {"swapped": "rows", "lag": 1},
    )


def test_codes_of_shuffled_rows_have_no_state() -> None:
    order = np.random.default_rng(3).permutation(ROWS).tolist()
    for cause in named(lambda rows: [RIGHT[rows[i]] for i in order]):
        assert cause.parameters == {"swapped": "rows"}


def test_permuted_codes_are_those_of_no_batch() -> None:
    (cause,) = named(lambda rows: [(RIGHT[level] + 2) % 5 for level in rows])
    assert cause.code == "encoding_changed"
    assert "over" not in cause.parameters


def test_ones_of_the_row_before_remain() -> None:
    feature = Feature("pay", "categorical", (OneHot(tuple(LEVELS)),))
    known = Parameters((feature,), "sha256:0")
    columns = {level: np.array([float(x == level) for x in RAW]) for level in LEVELS}
    own = HOST == 1
    for column in columns.values():
        ones = column[own]
        column[own] = np.maximum(ones, np.append(0.0, ones[:-1]))
    table = {f"pay_{level}_n": column for level, column in columns.items()}
    log = pa.table({"pay": RAW, "host": [f"web-{h}" for h in HOST], **table})
    (cause,) = skewcheck.audit(known, log, served="{feature}_n").features[0].causes
    assert (cause.code, cause.variant, cause.confidence) == (
        "encoding_changed", "several_ones", 0.99
    )  # fmt: skip
    assert cause.place is not None
    assert cause.place.values == ("web-1",)
    several = sum(columns.values()) > 1
    assert cause.share == pytest.approx(several.mean())
