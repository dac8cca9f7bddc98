"""The Wasserstein distance of two distributions that are counted at the same edges."""

from __future__ import annotations

import numpy as np

from skewcheck.features.histogram import Histogram
from skewcheck.features.types import FloatArray


def _integrals(h: Histogram) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Integrate the distribution function over each interval, exactly, from the sums.

    Returns the integrals (of F below the last edge, of F - 1 above it) and F at both ends of
    each interval. In an interval (a, b] with c rows of sum s, the integral of F is
    F(a) (b - a) + (c b - s) / n.
    """
    n, shares = h.total, h.shares
    left = np.concatenate(([0.0], shares[1::2]))
    right = shares[::2]
    inner = left[1:-1] * np.diff(h.edges) + (h.between[1:-1] * h.edges[1:] - h.sums[1:-1]) / n
    first = (h.between[0] * h.edges[0] - h.sums[0]) / n
    last = (h.between[-1] * h.edges[-1] - h.sums[-1]) / n
    return np.concatenate(([first], inner, [last])), left, right


def wasserstein(reference: Histogram, serving: Histogram) -> float:
    """Wasserstein-1 distance, the integral of |F - G| (Vallender, 1974), in the edges' units.

    Exact but for intervals in which the functions cross. There, where a side has no row, or either
    has one, all rows of a side are taken to stand at their mean, which is exact for those of one
    value. Else the difference is taken to run straight to 0 and on, and to be 0 where its known
    integral wants it; where they cross twice, it is too small. At least one edge, and rows on both
    sides.
    """
    f, f_left, f_right = _integrals(reference)
    g, g_left, g_right = _integrals(serving)
    net = f - g
    a, b = (f_left - g_left)[1:-1], (f_right - g_right)[1:-1]
    width = np.diff(reference.edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        zero = np.clip((2 * net[1:-1] - b * width) / (a - b), 0, width)
    crossed = (np.abs(a) * zero + np.abs(b) * (width - zero)) / 2
    area = np.abs(net)
    area[1:-1] = np.where(a * b < 0, np.maximum(area[1:-1], crossed), area[1:-1])
    few = np.maximum(reference.between, serving.between)[1:-1] == 1
    few |= np.minimum(reference.between, serving.between)[1:-1] == 0
    area[1:-1][few] = _of_rows_at_their_mean(reference, serving, a, b)[few]
    return float(area.sum())


def _of_rows_at_their_mean(
    reference: Histogram, serving: Histogram, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Integrate |F - G|, from a to b, over intervals whose rows of a side stand at their mean."""
    left, right = reference.edges[:-1], reference.edges[1:]
    rises, falls = (side.between[1:-1] / side.total for side in (reference, serving))
    # A side without a row steps at the right end, by nothing.
    f, g = (
        np.where(h.between > 0, h.sums / np.maximum(h.between, 1), np.append(h.edges, 0.0))[1:-1]
        for h in (reference, serving)
    )
    f, g = (np.clip(mean, left, right) for mean in (f, g))
    first, last = np.minimum(f, g), np.maximum(f, g)
    middle = a + np.where(f <= g, rises, -falls)
    area: FloatArray = (
        np.abs(a) * (first - left) + np.abs(middle) * (last - first) + np.abs(b) * (right - last)
    )
    return area


def net_areas(
    reference: Histogram, serving: Histogram
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the integral of F - G over each interval, its width, and (F + G)/2 in its middle.

    With k edges there are k + 1 intervals; the outer ones, of infinite length, are told as 0 wide.
    """
    f, f_left, f_right = _integrals(reference)
    g, g_left, g_right = _integrals(serving)
    width = np.concatenate(([0.0], np.diff(reference.edges), [0.0]))
    return f - g, width, np.clip((f_left + f_right + g_left + g_right) / 4, 0.0, 1.0)
