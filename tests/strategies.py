"""What Hypothesis draws in several test files: columns, cuts, and servers' arithmetic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# The same examples every time, however slow the machine: a test that fails, fails for everyone.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")

seeds = st.integers(0, 2**32 - 1)
"""For what is drawn by NumPy: an array of thousands is too much for Hypothesis."""
numbers = st.floats(-1e6, 1e6, allow_nan=False, width=32)
odd_numbers = st.one_of(numbers, st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0]))
columns = st.lists(odd_numbers, max_size=40).map(lambda values: np.array(values, np.float64))
"""A column with ties, nulls and infinities, or empty."""
edges = st.lists(numbers, min_size=1, max_size=12, unique=True).map(
    lambda values: np.unique(np.array(values, np.float64))
)
"""Ascending, distinct, not empty."""
names = st.lists(
    st.one_of(st.none(), st.sampled_from("abcdefgh"), st.text(max_size=3)), max_size=40
)
"""A column of levels, known and strange ones, and nulls."""


def scaled_orders(x: FloatArray, offset: float, scale: float) -> Iterator[FloatArray]:
    """Yield (x - offset) / scale as servers compute it: in several orders and widths."""
    f = np.float32
    x32, o32, s32 = x.astype(f), f(offset), f(scale)
    yield (x - offset) / scale
    yield x / scale - offset / scale
    yield x * (1 / scale) + (-offset / scale)
    yield (x32.astype(np.float64) - offset) / scale
    yield (x32 - o32) / s32
    yield x32 / s32 - o32 / s32
    yield x32 * (f(1) / s32) + (-o32 / s32)
    yield x32 * f(1 / scale) + f(-offset / scale)
    yield x32 * f(1 / scale) - o32 * f(1 / scale)
    yield (x - offset).astype(f) * (f(1) / s32)
