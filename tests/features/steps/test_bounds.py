"""`bounds` holds whatever a right server computes, in any order and width, and little else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FloatArray, scaled_orders, seeds

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Cast,
    Clip,
    Impute,
    Log1p,
    Logarithm,
    MaxAbs,
    MinMax,
    PowerTransform,
    Quantile,
    Quantize,
    Robust,
    Round,
    Step,
    ZScore,
    bounds,
    forward,
)

f = np.float32
U = 2.0**-24
"""Unit roundoff of float32; the contract allows five of them per operand of an addition."""
ratios = st.sampled_from([0.0, 0.3, 1.0, 10.0, 1000.0])
scales = st.sampled_from([1e-4, 0.37, 1.0, 12.3, 1e5])


def assert_held(steps: tuple[Step, ...], x: FloatArray, servers: Iterator[FloatArray]) -> None:
    """Assert that each server's values, and their casts to float32, are within the bounds."""
    low, high = bounds(steps, x, x)
    exact = forward(steps, x)
    assert ((low <= exact) & (exact <= high)).all()
    for i, served in enumerate(servers):
        for logged in (served.astype(np.float64), served.astype(f).astype(np.float64)):
            out = (logged < low) | (logged > high)
            assert not out.any(), (i, steps, x[out][:3], exact[out][:3], logged[out][:3])


def assert_narrow(steps: tuple[Step, ...], x: FloatArray, allowed: FloatArray) -> None:
    """Assert that the bounds are at most three times what the contract allows."""
    low, high = bounds(steps, x, x)
    assert ((high - low) / 2 <= 3 * allowed + 2.0**-126).all()


def drawn(seed: int, ratio: float, scale: float, kind: str) -> FloatArray:
    """Draw a feature of that spread whose mean is `ratio` spreads away from 0."""
    x = np.random.default_rng(seed).normal(ratio * scale, scale, 300)
    return np.round(x, 2) if kind == "cents" else np.rint(x) if kind == "integers" else x


features = st.tuples(seeds, ratios, scales, st.sampled_from(["cents", "integers", "floats"]))


@given(features)
def test_zscore_and_robust(feature: tuple[int, float, float, str]) -> None:
    x, (_, ratio, scale, _) = drawn(*feature), feature
    mean = ratio * scale * 1.01
    for step in (ZScore(mean, scale), Robust(mean, scale), Affine(mean, 1 / scale)):
        assert_held((step,), x, scaled_orders(x, mean, scale))
        assert_narrow((step,), x, 5 * U * (np.abs(x) + abs(mean)) / scale)
    assert_held((MaxAbs(scale),), x, scaled_orders(x, 0.0, scale))
    assert_narrow((MaxAbs(scale),), x, 5 * U * np.abs(x) / scale)


@given(features, st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (5.0, 6.0)]))
def test_minmax(feature: tuple[int, float, float, str], ends: tuple[float, float]) -> None:
    x, (_, ratio, scale, _) = drawn(*feature), feature
    least, greatest = (ratio - 3) * scale, (ratio + 3) * scale
    a, b = ends
    step = MinMax(least, greatest, ends)

    def servers() -> Iterator[FloatArray]:
        width, x32 = greatest - least, x.astype(f)
        slope = f((b - a) / width)
        yield (x - least) / width * (b - a) + a
        yield (x32 - f(least)) / (f(greatest) - f(least)) * f(b - a) + f(a)
        yield (x32 - f(least)) / f(width) * f(b - a) + f(a)
        yield x32 * slope + (f(a) - f(least) * slope)  # scikit-learn's scale_ and min_
        yield x32 * slope + f(a - least * (b - a) / width)

    assert_held((step,), x, servers())
    width = greatest - least
    inner = 5 * U * (np.abs(x) + abs(least)) * (b - a) / width
    result = np.abs(forward((step,), x) - a)
    divisor = 5 * U * (abs(greatest) + abs(least)) / width * result
    assert_narrow((step,), x, inner + divisor + 5 * U * (abs(a) + result))


@given(seeds, st.sampled_from([0.01, 1.0, 30.0, 1e4]))
def test_log1p_and_log_then_zscore(seed: int, size: float) -> None:
    x = np.random.default_rng(seed).lognormal(0, 2, 300) * size
    for step, logs in (
        (Log1p(), np.log1p(x)),
        (Logarithm(), np.log(x)),
        (Logarithm(2), np.log2(x)),
    ):
        mean, std = float(logs.mean()), float(logs.std())

        def servers(op: Step = step, mean: float = mean, std: float = std) -> Iterator[FloatArray]:
            x32 = x.astype(f)
            in_float32 = {
                "log1p": [np.log1p(x32), np.log(f(1) + x32)],
                "log": [np.log(x32) if op == Logarithm() else np.log2(x32)],
            }[op.op]
            for y in in_float32:
                yield from scaled_orders(y.astype(np.float64), mean, std)
            yield from scaled_orders(forward((op,), x), mean, std)

        assert_held((step, ZScore(mean, std)), x, servers())
        curved = 5 * U * (2 + np.abs(logs)) / std  # 1 and x, through the slope 1 / (1 + x)
        assert_narrow(
            (step, ZScore(mean, std)), x, curved + 5 * U * (np.abs(logs) + abs(mean)) / std
        )


@given(
    seeds,
    st.sampled_from([-1.3, -0.2, 0.1, 0.37, 0.99, 1.7, 2.6]),
    st.sampled_from([0.1, 1.0, 5.0, 1e6]),
)
def test_power(seed: int, lambda_: float, size: float) -> None:
    x = np.random.default_rng(seed).normal(0, 1, 300) * size
    for method in ("yeo-johnson", "box-cox"):
        raw = x if method == "yeo-johnson" else np.abs(x) + 1e-3
        y = forward((PowerTransform(method, lambda_),), raw)
        mean, std = float(y.mean()), float(y.std())
        step = PowerTransform(method, lambda_, mean, std)
        # Near lambda = 0 float32 servers lose all: 1/lambda times the rounding, as allowed.
        assert_held((step,), raw, _powered(method, raw, lambda_, mean, std))
        base = 1 + np.abs(raw) if method == "yeo-johnson" else raw
        exponent = np.where((raw < 0) & (method == "yeo-johnson"), 2 - lambda_, lambda_)
        power = base**exponent
        # Operands: 1 and x; base**lambda, whose exponent is rounded as well, and 1; y and mean.
        inside = base ** (exponent - 1) * (1 + base) + power * np.abs(np.log(base))
        allowed = inside + (power + 1) / np.abs(exponent) + np.abs(y) + abs(mean)
        assert_narrow((step,), raw, 5 * U * allowed / std)


def _powered(
    method: str, x: FloatArray, lambda_: float, mean: float, std: float
) -> Iterator[FloatArray]:
    """Yield the transform in float32 all along, and with float64 inside."""
    for kind in (np.float32, np.float64):
        v, unit = x.astype(f).astype(kind), kind(1)
        sign = np.where((v < 0) & (method == "yeo-johnson"), -unit, unit)
        base = unit + np.abs(v) if method == "yeo-johnson" else v
        exponent = np.where(sign < 0, kind(2) - kind(lambda_), kind(lambda_)).astype(kind)
        y = sign * (base**exponent - unit) / exponent
        yield from scaled_orders(y.astype(np.float64), mean, std)


@given(seeds, st.sampled_from([0.0, 5.0, 1000.0]))
def test_quantiles(seed: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    values = np.unique(np.quantile(rng.normal(offset, 1, 1000), np.linspace(0, 1, 21)))
    grid = np.linspace(0, 1, len(values))
    x = rng.normal(offset, 1, 300)

    def servers() -> Iterator[FloatArray]:
        yield np.interp(x, values, grid)
        yield np.interp(x.astype(f), values.astype(f), grid.astype(f))
        v, g, x32 = values.astype(f), grid.astype(f), x.astype(f)
        i = np.clip(np.searchsorted(v, x32) - 1, 0, len(v) - 2)
        t = (np.clip(x32, v[0], v[-1]) - v[i]) / (v[i + 1] - v[i])
        yield g[i] + t * (g[i + 1] - g[i])

    assert_held((Quantile(tuple(values.tolist())),), x, servers())
    slope = (grid[1:] - grid[:-1]) / (values[1:] - values[:-1])
    allowed = 5 * U * (2 * np.abs(x) * slope.max() + 2)
    assert_narrow((Quantile(tuple(values.tolist())),), x, allowed)


@given(features)
def test_steps_in_a_row(feature: tuple[int, float, float, str]) -> None:
    x, (_, ratio, scale, _) = drawn(*feature), feature
    mean = ratio * scale
    least, greatest = mean - 1.5 * scale, mean + 1.5 * scale
    steps = (Impute(mean), Clip(least, greatest), ZScore(mean, scale), MinMax(-1.5, 1.5))
    x[::7] = np.nan

    def servers() -> Iterator[FloatArray]:
        filled = np.where(np.isnan(x), mean, x)
        for narrow in (filled, filled.astype(f)):
            cut = np.clip(narrow, narrow.dtype.type(least), narrow.dtype.type(greatest))
            for z in scaled_orders(cut.astype(np.float64), mean, scale):
                yield (z - z.dtype.type(-1.5)) / z.dtype.type(3)

    assert_held(steps, x, servers())


def test_at_a_bucket_either_side_counts() -> None:
    steps = (ZScore(10.0, 3.0), Buckets((-1.0, 0.0, 1.0)))
    low, high = bounds(steps, *[np.array([7.0, 10.0, 13.0, 8.0])] * 2)
    assert low == pytest.approx([0, 1, 2, 1], abs=1e-5)
    assert high == pytest.approx([1, 2, 3, 1], abs=1e-5)
    zero = np.zeros(1)
    assert [b[0] for b in bounds((Buckets((0.0,)),), zero, zero)] == pytest.approx([0, 1], abs=1e-5)


def test_half_way_rounds_either_way() -> None:
    x = np.array([0.25, 0.35, 0.3])
    low, high = bounds((Round(1),), x, x)
    assert np.allclose(low, [0.2, 0.3, 0.3], atol=1e-6)
    assert np.allclose(high, [0.3, 0.4, 0.3], atol=1e-6)
    low, high = bounds((Quantize(0.1, 3),), x, x)
    assert low == pytest.approx([5, 6, 6], abs=1e-5)  # 2.5 and 3.5 steps are half-way
    assert high == pytest.approx([6, 7, 6], abs=1e-5)


def test_a_cast_of_whole_numbers_is_exact() -> None:
    # Nothing was computed before it, so nothing was rounded: another integer is another value.
    x = np.array([0.0, 5.0, -3.0, 70_000.0, 3.99999999])
    low, high = bounds((Cast("int32"),), x, x)
    assert low == pytest.approx([0.0, 5.0, -3.0, 70_000.0, 3.0], abs=0.01)
    assert high == pytest.approx([0.0, 5.0, -3.0, 70_000.0, 4.0], abs=0.01)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_a_cast_to_a_narrower_float(dtype: str) -> None:
    x = np.random.default_rng(3).normal(7, 2, 500)
    steps = (ZScore(7.0, 2.0), Cast(dtype))

    def servers() -> Iterator[FloatArray]:
        for z in scaled_orders(x, 7.0, 2.0):
            yield forward((Cast(dtype),), z.astype(np.float64))

    assert_held(steps, x, servers())


def test_a_logarithm_of_zero_that_is_clipped_has_bounds() -> None:
    zero = np.array([0.0, 1.0])
    steps = (Logarithm(), Clip(-10.0, 10.0))
    low, high = bounds(steps, zero, zero)
    assert low == pytest.approx([-10.0, 0.0], abs=1e-5)
    assert high == pytest.approx([-10.0, 0.0], abs=1e-5)
    infinite = np.array([np.inf, -np.inf])
    low, high = bounds((ZScore(0.0, 2.0), Clip(-3.0, 3.0)), infinite, infinite)
    assert low == pytest.approx([3.0, -3.0], abs=1e-5)
    assert high == pytest.approx([3.0, -3.0], abs=1e-5)


def test_nan_has_no_bounds_and_empty_columns_none() -> None:
    nan = np.array([np.nan])
    assert all(np.isnan(end).all() for end in bounds((ZScore(1.0, 2.0), Clip(0.0)), nan, nan))
    assert [len(end) for end in bounds((Log1p(), Round(2)), nan[:0], nan[:0])] == [0, 0]


@pytest.mark.parametrize("spread", [5e-324, 1e-310, 1e-200, 1e-160, 1e300])
def test_divisors_whose_inverse_is_no_number(spread: float) -> None:
    # 1 / 5e-324 is an error of Python, or infinite.
    steps = (
        MinMax(0.0, spread), MinMax(0.0, spread, (-1.0, 3.0)), MaxAbs(spread),
        Robust(0.0, spread), ZScore(0.0, spread),
    )  # fmt: skip
    x = np.linspace(0, 1, 5) * spread
    for step in steps:
        low, high = bounds((step,), x, x)
        served = step.forward(x)
        assert np.all((low <= served) & (served <= high))


def test_a_divisor_that_underflows_to_0() -> None:
    step = MaxAbs(5e-324 / 2)
    low, high = bounds((step,), np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
    assert np.all(np.isinf(low))
    assert np.all(np.isinf(high))
