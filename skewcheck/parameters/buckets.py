"""Convert a foreign histogram to a reference distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.histogram import Histogram
from skewcheck.features.types import NumericReference

EDGE_OFFSET_SHARE = 0.01
"""Distance of an edge below its bucket's bound, as a share of the bucket's width: less than counts
can resolve, but more than the rounding of float32 and of text."""


def reference_from_buckets(
    reference: NumericReference, bounds: Sequence[float], counts: Sequence[int]
) -> NumericReference | None:
    """Return the reference with the buckets `[lower, upper)` as its open intervals.

    `bounds` has one entry more than `counts`, which must add up to the finite rows. How many rows
    lie on a bound is unknown, so no edge may be a bound: each edge lies below its bound by a
    hundredth of the narrower adjacent bucket, the last one above. A value at the bound is then
    counted above it, also in float32 and rounded in text. Sums assume bucket midpoints. None if the
    buckets do not add up, or are too narrow for float32.
    """
    bound_array = np.array(bounds, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        widths = np.diff(bound_array)
        offsets = EDGE_OFFSET_SHARE * np.minimum(
            np.append(widths[:1], widths), np.append(widths, widths[-1:])
        )
        edges = bound_array - np.append(offsets[:-1], -offsets[-1])
        float32_edges = edges.astype(np.float32)
    is_ascending = (
        np.isfinite(float32_edges).all() and (float32_edges[1:] > float32_edges[:-1]).all()
    )
    if sum(counts) != reference.finite or not is_ascending or (widths <= 0).any():
        return None
    middles = (bound_array[:-1] + bound_array[1:]) / 2
    histogram = Histogram(
        edges, np.zeros(len(edges), np.int64), np.array([0, *counts, 0], np.int64),
        np.concatenate(([0.0], middles * counts, [0.0])),
    )  # fmt: skip
    return replace(reference, min=float(edges[0]), max=float(edges[-1]), histogram=histogram)


def reference_of_constant(reference: NumericReference, value: float) -> NumericReference:
    """Return the reference of a feature whose finite rows all have one value."""
    histogram = Histogram.discrete(np.array([value]), np.array([reference.finite], np.int64))
    return replace(reference, mean=value, std=0.0, min=value, max=value, histogram=histogram)
