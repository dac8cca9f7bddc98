"""Codes that a server numbers anew in each batch, as `pandas.factorize` does with what it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.arrival_order import MIN_ROWS, Ordered, Series, StateFound
from skewcheck.features.types import FloatArray, IntArray

MAX_LENGTH = 1_000
"""Rows of a batch: larger ones have nearly all levels, in nearly one order."""
FIRST_ROWS = 600
"""Rows that tell the length, the first of a log."""
MIN_SHARE = 0.95
"""Share of all rows, failing or not, that have the code of their batch."""
MIN_CODES = 3
"""Distinct codes: of two, one of both orders is met by half of the batches."""
Rule = Literal["appearance", "name"]
RULES: tuple[Rule, ...] = ("appearance", "name")
"""Levels are numbered as they appear in a batch, or in alphabetical order."""


def level_batches(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the length of batches each of which has codes of its own."""
    if series.column is not None or not ordered.names:
        return
    places, served = ordered.raw.astype(np.int64), ordered.served
    known = (places >= 0) & np.isfinite(served)
    if known.sum() < MIN_ROWS or len(np.unique(served[known])) < MIN_CODES:
        return
    first = slice(0, FIRST_ROWS)
    lengths = np.arange(2, min(MAX_LENGTH, known[first].sum() // 2) + 1)
    for rule in RULES:
        ranks = np.argsort(np.argsort(ordered.names)) if rule == "name" else None
        shares = [
            _agreed(places[first], served[first], int(length), ranks).mean() for length in lengths
        ]
        if not len(shares) or max(shares) < MIN_SHARE:
            continue
        length = int(lengths[int(np.argmax(shares))])
        agrees = _agreed(places, served, length, ranks)
        if agrees.mean() >= MIN_SHARE:
            parameters = {"over": "batch", "length": length, "rule": rule}
            yield StateFound(
                ENCODING_CHANGED, agrees & ordered.fails, ordered.fails, parameters, f"batch_{rule}"
            )


def _agreed(
    places: IntArray, served: FloatArray, length: int, ranks: IntArray | None
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows have the code of their level in their batch; of rows without one, all.

    `ranks` are those of the levels by name; None numbers them as they appear.
    """
    known = np.flatnonzero(places >= 0)
    batches, levels = known // length, places[known]
    keys = batches * (int(places.max()) + 1) + levels
    distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    by = first if ranks is None else ranks[levels[first]]
    order = np.lexsort((by, batches[first]))
    starts = np.searchsorted(batches[first][order], batches[first][order])
    codes = np.empty(len(distinct))
    codes[order] = np.arange(len(distinct)) - starts
    agrees = np.ones(len(places), bool)
    agrees[known] = codes[inverse] == served[known]
    return agrees
