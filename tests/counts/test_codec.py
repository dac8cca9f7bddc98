"""What is written is read back, to the last bit; what was changed is not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from skewcheck.counts import codec
from skewcheck.counts.coarse import coarse
from skewcheck.counts.codec import DamagedError, from_bytes, to_bytes
from skewcheck.counts.dimensions import Spans, Stretches, Values
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.parts import Division
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Vocabulary, ZScore
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.logs.reach import Reach


def assert_identical(a: object, b: object) -> None:
    """Assert that two values are the same: types, order of keys, and every bit of a number."""
    assert type(a) is type(b)
    if dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            assert_identical(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    elif isinstance(a, Mapping) and isinstance(b, Mapping):
        for one, other in zip(a.items(), b.items(), strict=True):
            assert_identical(one, other)
    elif isinstance(a, tuple) and isinstance(b, tuple):
        for one, other in zip(a, b, strict=True):
            assert_identical(one, other)
    elif isinstance(a, float) and isinstance(b, float):
        assert a == b or (math.isnan(a) and math.isnan(b))
        assert math.copysign(1, a) == math.copysign(1, b) or math.isnan(a)
    else:
        assert a == b


arrays = st.tuples(
    st.sampled_from(["<f8", "<f4", "<i8", "<i4", "|u1", "<u8", "|b1"]),
    st.lists(st.integers(0, 5), min_size=1, max_size=3),
    st.integers(0, 2**32 - 1),
).map(lambda drawn: array(*drawn))


def array(dtype: str, shape: list[int], seed: int) -> NDArray[np.generic]:
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.random.default_rng(seed).integers(0, 2 if dtype == "|b1" else 256, size, np.uint8)
    return raw.view(dtype).reshape(shape)


texts = st.text(st.characters(), max_size=5)  # lone surrogates as well
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_subnormal=True), texts,
    st.sampled_from([math.nan, math.inf, -math.inf, -0.0, "array", "Profile"]),
)  # fmt: skip
keys = st.one_of(texts, st.floats(allow_nan=False), st.tuples(st.none() | texts, st.integers()))
values = st.recursive(
    scalars | arrays,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.frozensets(st.tuples(st.integers(), st.integers()), max_size=4),
        st.builds(Reach, st.none() | st.floats(), st.floats(), st.floats(), st.floats()),
    ),
    max_leaves=20,
)


@given(values)
def test_any_value_comes_back_to_the_last_bit(value: object) -> None:
    assert_identical(from_bytes(to_bytes(value)), value)


def test_arrays_of_the_same_bytes_are_written_once() -> None:
    # As edges are, that stand in each of a feature's histograms and as windows of no width.
    edges = np.arange(1000.0)
    once, value = to_bytes((edges,)), (edges, edges.copy(), np.empty(0), edges[:999], edges)
    assert_identical(from_bytes(to_bytes(value)), value)
    assert len(once) + edges[:999].nbytes < len(to_bytes(value)) < len(once) + edges.nbytes + 200
    assert to_bytes(value) == to_bytes(tuple(array.copy() for array in value))


@given(values, st.data())
def test_a_flipped_bit_is_noticed_wherever_it_is(value: object, data: st.DataObject) -> None:
    whole = bytearray(to_bytes(value))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DamagedError):
        from_bytes(bytes(whole))
    with pytest.raises(DamagedError):
        from_bytes(to_bytes(value)[:place])


FEATURES = (
    Feature(
        "x", "numeric", (ZScore(1.0, 3.0),),
        NumericReference(
            9, mean=1.0, std=3.0, min=-5.0, max=7.0, step=1.0, step_share=1.0,
            histogram=Histogram(
                np.array([-5.0, 0.0, 7.0]), np.array([2, 3, 2]),
                np.array([0, 1, 1, 0]), np.array([0, -2.0, 3.0, 0]),
            ),
        ),
    ),
    Feature(
        "k", "categorical", (Vocabulary(("a", "b")),), CategoricalReference(5, 1, {"a": 3, "b": 1})
    ),
)  # fmt: skip
COLUMNS = {"x", "x_n", "k", "k_n"}
PLAN = Plan(
    tuple(plan_feature(f, f.name, "{}_n".format, COLUMNS.__contains__) for f in FEATURES),
    segments=("host",),
)
DIVISION = Division(
    (Spans("t", 60.0, "1m"), Stretches(10, {"a": 0, "b": 7}, "10"), Values("host")),
    tuple(coarse(one) for one in PLAN.features),
)


def measured(seed: int, file: str, rows: int, *, clustered: bool) -> Profile:
    """Return the profile of a faulty server's rows, of everything that a profile holds."""
    rng = np.random.default_rng(seed)
    x = np.where(rng.random(rows) < 0.2, np.nan, rng.integers(-9, 9, rows))
    plan = dataclasses.replace(PLAN, cluster="host") if clustered else PLAN
    columns = {
        "x": pa.array(x),
        "x_n": pa.array(np.where(rng.random(rows) < 0.5, x, (x - 1) / 3)),
        "k": pa.array(rng.choice(["a", "b", "new"], rows).tolist(), pa.string()),
        "k_n": pa.array(rng.integers(-1, 3, rows).astype(float)),
        "host": pa.array(rng.choice(["h1", "ü", None], rows).tolist(), pa.string()),
    }
    times = rng.uniform(0, 300, rows)
    reach = Reach.of(times, 0, 200)
    batch = Batch(RowOrigin(file, 5), rows, columns, times=times, reach=reach)
    return Profile.of(dataclasses.replace(plan, division=DIVISION), batch)


@given(st.integers(0, 2**32 - 1), st.integers(0, 50), st.integers(0, 50), st.booleans())
def test_a_profile_comes_back_and_adds_up_to_the_same(
    seed: int, rows: int, more: int, clustered: bool
) -> None:
    a = measured(seed, "a", rows, clustered=clustered)
    b = measured(seed + 1, "b", more, clustered=clustered)
    back = from_bytes(to_bytes(a))
    assert isinstance(back, Profile)
    assert_identical(back, a)
    assert to_bytes(back + b) == to_bytes(a + b)
    assert to_bytes(b + back) == to_bytes(b + a)


def test_another_layout_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    old = to_bytes((1, 2))
    monkeypatch.setattr(codec, "_layout", lambda: 1)
    with pytest.raises(DamagedError, match="another version"):
        from_bytes(old)


def test_what_profiles_are_not_made_of_is_refused() -> None:
    for value in ([1], object(), np.array(["a"]), {"a": b"b"}):
        with pytest.raises(TypeError):
            to_bytes(value)
    # A plan has bytes, to be told apart by, but no way back.
    assert to_bytes(PLAN) != to_bytes(dataclasses.replace(PLAN, segments=()))
    with pytest.raises(DamagedError, match="is read back"):
        from_bytes(to_bytes(PLAN))
