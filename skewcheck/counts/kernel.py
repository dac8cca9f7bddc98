"""The compiled kernel; None where no compiler was there when skewcheck was installed.

With the environment variable SKEWCHECK_KERNEL=off it is left aside, as benchmarks and tests do.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.types import FloatArray

Counted = tuple[int, int, int, int, float, float, float, float, float, float]


class Kernel(Protocol):
    """What `_kernel.c` offers; all arrays are contiguous."""

    def count(
        self, values: NDArray[np.generic], type_: str, narrow_too: bool, thresholds: FloatArray,
        first: NDArray[np.uint16], low: float, scale: float, steps: int, cells: NDArray[np.void], /,
    ) -> Counted | None:  # fmt: skip
        """Count values by cell, as the comment in C says."""
        ...

    def screen(
        self, h: FloatArray, served: FloatArray, offset: float, divisor: float, factor: float,
        addend: float, margin: float, most: float, near: NDArray[np.uint8], /,
    ) -> int:  # fmt: skip
        """Mark the rows that are not within the bound; return their number."""
        ...


def _built() -> Kernel | None:
    if os.environ.get("SKEWCHECK_KERNEL") == "off":
        return None
    try:
        built: Kernel = import_module("skewcheck.counts._kernel")  # not there in a plain checkout
    except ImportError:
        return None
    return built


kernel = _built()
