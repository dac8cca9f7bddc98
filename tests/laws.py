"""The laws of what can be added: one function states them for every part of a profile."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
import pytest

from skewcheck.counts.moments import Moments
from skewcheck.counts.sample import Sample


class Addable(Protocol):
    """Whatever has a `+`."""

    def __add__(self, other: Self, /) -> Self: ...


def assert_monoid(zero: Addable, parts: list[Addable], whole: Addable) -> None:
    """Assert identity, associativity, and that three parts in order add up to the whole."""
    a, b, c = parts
    assert_same(zero + a, a)
    assert_same(a + zero, a)
    assert_same((a + b) + c, a + (b + c))
    assert_same(a + b + c, whole)


def assert_commutes(a: Addable, b: Addable) -> None:
    """Assert that the order of two parts does not matter."""
    assert_same(a + b, b + a)


def assert_same(a: object, b: object) -> None:
    """Assert equality of all that is inside: counts exactly, floats up to their rounding."""
    assert type(a) is type(b)
    if isinstance(a, Sample) and isinstance(b, Sample):
        # Chunks are put together when there are many: the rows are what is sampled.
        a, b = a.rows(), b.rows()
    if isinstance(a, Moments) and isinstance(b, Moments):
        # Cubes of either sign cancel: their sum is as exact as they are large, which
        # sqrt(m2 * m4) bounds (Cauchy-Schwarz).
        assert a.m3 == pytest.approx(b.m3, abs=1e-6 + 1e-9 * math.sqrt(a.m2 * a.m4), nan_ok=True)
        a, b = dataclasses.replace(a, m3=0.0), dataclasses.replace(b, m3=0.0)
    if dataclasses.is_dataclass(a) and dataclasses.is_dataclass(b):
        for field in dataclasses.fields(a):
            assert_same(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.dtype.kind == "f":
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-6)
        else:
            np.testing.assert_array_equal(a, b)
    elif isinstance(a, Mapping) and isinstance(b, Mapping):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, tuple) and isinstance(b, tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-6, nan_ok=True)
    else:
        assert a == b
