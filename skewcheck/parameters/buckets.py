"""Buckets of a foreign histogram as a reference distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.types import NumericReference

SHARE = 0.01
"""Of a bucket's width: how far below its bound an edge lies."""


def binned(
    plain: NumericReference, bounds: Sequence[float], counts: Sequence[int]
) -> NumericReference | None:
    """Return the reference with the buckets `[lower, upper)` as its open intervals.

    `bounds` are one more than `counts`, which add up to the finite rows. How many rows lie on a
    bound is not known, so no edge may be one: each lies below its bound by a hundredth of the
    narrower bucket beside it, the last one above. A value at the bound then counts above it, in
    float32 and rounded in text too. Sums are those of the buckets' middles. None where the
    buckets are too narrow to be told apart, or do not add up.
    """
    ends = np.array(bounds, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        widths = np.diff(ends)
        gaps = SHARE * np.minimum(np.append(widths[:1], widths), np.append(widths, widths[-1:]))
        edges = ends - np.append(gaps[:-1], -gaps[-1])
        narrow = edges.astype(np.float32)
    apart = np.isfinite(narrow).all() and (narrow[1:] > narrow[:-1]).all()
    if sum(counts) != plain.finite or not apart or (widths <= 0).any():
        return None
    middles = (ends[:-1] + ends[1:]) / 2
    return replace(
        plain, min=float(edges[0]), max=float(edges[-1]), edges=edges,
        at=np.zeros(len(edges), np.int64), between=np.array([0, *counts, 0], np.int64),
        sums=np.concatenate(([0.0], middles * counts, [0.0])),
    )  # fmt: skip


def single(plain: NumericReference, value: float) -> NumericReference:
    """Return the reference of a feature whose finite rows are all one value."""
    return replace(
        plain, mean=value, std=0.0, min=value, max=value, edges=np.array([value]),
        at=np.array([plain.finite], np.int64), between=np.zeros(2, np.int64), sums=np.zeros(2),
    )  # fmt: skip
