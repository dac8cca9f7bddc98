"""Each step against a truth of its own: published outputs, SciPy, NumPy or a hand formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from scipy import stats as scipy_stats
from strategies import columns

from skewcheck.features.steps import (
    OPS,
    Affine,
    Buckets,
    Cast,
    Clip,
    Impute,
    Log1p,
    Logarithm,
    MaxAbs,
    MinMax,
    OneHot,
    PowerTransform,
    Quantile,
    Quantize,
    Robust,
    Round,
    Step,
    Vocabulary,
    ZScore,
    encode,
    forward,
    inverse,
    is_affine,
)

X = np.array([-7.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0, 250.0])
POSITIVE = np.array([0.01, 0.5, 1.0, 2.0, 9.0, 4e5])


def column(*values: float) -> np.ndarray:
    """Return float64 values."""
    return np.array(values, np.float64)


@pytest.mark.parametrize(
    ("step", "raw", "served"),
    [
        # The examples in scikit-learn's docstrings of StandardScaler, MinMaxScaler (twice),
        # MaxAbsScaler, RobustScaler and KBinsDiscretizer (inner edges -1, 0).
        (ZScore(0.5, 0.5), [0, 0, 1, 1, 2], [-1, -1, 1, 1, 3]),
        (MinMax(-1, 1), [-1, -0.5, 0, 1, 2], [0, 0.25, 0.5, 1, 1.5]),
        (MinMax(2, 18), [2, 6, 10, 18, 2], [0, 0.25, 0.5, 1, 0]),
        (MaxAbs(2), [2, 0, -1], [1, 0, -0.5]),
        (Robust(2, 2.5), [2, 3, -2], [0, 0.4, -1.6]),
        (Buckets((-1, 0)), [-2, -1, 0, 1], [0, 1, 2, 2]),
        (MinMax(0, 4, (-1, 1)), [0, 1, 4], [-1, -0.5, 1]),
        # ONNX Scaler: (x - offset) * scale.
        (Affine(3, 0.5), [3, 5], [0, 1]),
        (Affine(3, -2), [3, 5], [0, -4]),
        (Clip(-1, 2), [-3, 0.5, np.inf], [-1, 0.5, 2]),
        (Clip(max=2), [-3, 5], [-3, 2]),
        (Impute(7), [1, np.nan], [1, 7]),
        (Logarithm(10), [1, 1000], [0, 3]),
        (Round(1), [0.25, 0.34, -2.06], [0.2, 0.3, -2.1]),
        (Round(-2), [149, 151], [100, 200]),
        # ONNX QuantizeLinear: round half to even, then saturate.
        (Quantize(0.5, 10, "uint8"), [0.25, 0.75, -9, 300], [10, 12, 0, 255]),
        (Cast("int8"), [1.9, -1.9, 300], [1, -1, 127]),
        (Cast("float16"), [0.1, 65504], [0.0999755859375, 65504]),
        # 0.1 is 0x3DCCCCCD as float32, so 0x3DCD as bfloat16: 0.10009765625.
        (Cast("bfloat16"), [0.1, 1.0, np.inf], [0.10009765625, 1.0, np.inf]),
        # Five equally spaced quantiles; 3 stands for two of them and takes the middle.
        (Quantile((1, 3, 3, 5, 9)), [0, 1, 2, 3, 4, 7, 20], [0, 0, 1 / 8, 3 / 8, 5 / 8, 7 / 8, 1]),
    ],
)  # fmt: skip
def test_forward_is_what_is_published_or_worked_out_by_hand(
    step: Step, raw: list[float], served: list[float]
) -> None:
    np.testing.assert_allclose(forward((step,), column(*raw)), served, rtol=1e-12)


@pytest.mark.parametrize("lambda_", [-2.0, -0.5, 0.0, 0.3, 1.0, 2.0, 3.5])
def test_yeo_johnson_is_scipys(lambda_: float) -> None:
    step = PowerTransform("yeo-johnson", lambda_, mean=0.5, std=2.0)
    expected = (scipy_stats.yeojohnson(X, lambda_) - 0.5) / 2.0  # scipy.stats.yeojohnson(X, lmbda)
    np.testing.assert_allclose(forward((step,), X), expected, rtol=1e-12)


@pytest.mark.parametrize("lambda_", [-1.5, 0.0, 0.25, 2.0])
def test_box_cox_is_scipys(lambda_: float) -> None:
    x = np.append(POSITIVE, [0.0, -1.0])
    expected = special.boxcox(x, lambda_)  # scipy.special.boxcox(x, lmbda)
    step = PowerTransform("box-cox", lambda_)
    np.testing.assert_allclose(forward((step,), x), expected, rtol=1e-12)


def test_power_gives_scikit_learns_documented_output() -> None:
    # PowerTransformer's docstring: data [[1, 2], [3, 2], [4, 5]], lambdas_ [1.386, -3.100].
    for data, lambda_, output in (
        ([1, 3, 4], 1.386, [-1.316, 0.209, 1.106]),
        ([2, 2, 5], -3.100, [-0.707, -0.707, 1.414]),
    ):
        y = scipy_stats.yeojohnson(column(*data), lambda_)
        step = PowerTransform("yeo-johnson", lambda_, float(y.mean()), float(y.std()))
        np.testing.assert_allclose(forward((step,), column(*data)), output, atol=2e-3)


def test_normal_quantiles_are_normal_scores_cut_at_1e_7() -> None:
    step = Quantile((0.0, 1.0, 2.0), "normal")
    # scipy.stats.norm.ppf([0.25, 0.5, 0.75]) and norm.isf(1e-7) = 5.199337582...
    expected = [-5.199337582290662, -0.6744897501960817, 0.0, 0.6744897501960817, 5.199337582290662]
    np.testing.assert_allclose(forward((step,), column(-3, 0.5, 1, 1.5, 2)), expected, rtol=1e-8)


def test_logarithms() -> None:
    np.testing.assert_allclose(forward((Logarithm(),), POSITIVE), np.log(POSITIVE))
    np.testing.assert_allclose(forward((Logarithm(2),), POSITIVE), np.log2(POSITIVE), atol=1e-15)
    np.testing.assert_allclose(forward((Log1p(),), POSITIVE), np.log1p(POSITIVE))
    assert forward((Logarithm(),), column(0, -1)).tolist()[0] == -np.inf
    assert np.isnan(forward((Log1p(),), column(-2)))[0]


@given(columns)
def test_buckets_are_numpys_digitize(x: np.ndarray) -> None:
    cuts = (-3.0, 0.0, 10.0)
    served = forward((Buckets(cuts),), x)
    is_value = ~np.isnan(x)
    assert np.isnan(served[~is_value]).all()
    np.testing.assert_array_equal(served[is_value], np.digitize(x[is_value], cuts))


INVERTIBLE: list[Step] = [
    ZScore(3, 0.7),
    MinMax(-2, 11, (-1, 1)),
    Robust(1, 4),
    MaxAbs(9),
    Affine(2, -3),
    Log1p(),
    Logarithm(10),
    PowerTransform("yeo-johnson", 0.3, 0.2, 1.5),
    PowerTransform("yeo-johnson", 2.4),
    Cast("float64"),
    PowerTransform("yeo-johnson", 0.0),
    PowerTransform("yeo-johnson", 2.0),
    PowerTransform("box-cox", -0.5),
    PowerTransform("box-cox", 0.0),
    Quantile((0.0, 0.5, 2.0, 1e6)),
    Quantile((0.0, 2.0, 1e6), "normal"),
]


@pytest.mark.parametrize("step", INVERTIBLE, ids=repr)
@given(st.lists(st.floats(1e-3, 1e3), min_size=1))
def test_inverse_undoes_forward(step: Step, values: list[float]) -> None:
    x = column(*values)
    back = inverse((step,), forward((step,), x))
    is_finite = np.isfinite(back)  # a rank next to 0 or 1 tells nothing
    assert is_finite.all() or isinstance(step, Quantile)
    np.testing.assert_allclose(back[is_finite], x[is_finite], rtol=1e-6, atol=1e-9)


def test_inverse_is_nan_where_the_raw_value_is_lost() -> None:
    lost = [
        (Clip(0, 5), [0.0, 5.0]), (Impute(3.0), [3.0]), (Buckets((1.0,)), [0.0, 1.0]),
        (Round(1), [0.1]), (Quantize(0.1), [3.0]), (Cast("int8"), [3.0]),
    ]  # fmt: skip
    for step, served in lost:
        assert np.isnan(inverse((step,), column(*served))).all(), step
    assert inverse((Clip(0, 5), Impute(3.0)), column(2.0)).tolist() == [2.0]


@pytest.mark.parametrize("step", [s for s in INVERTIBLE if not isinstance(s, Cast)], ids=repr)
def test_nan_stays_nan_and_empty_stays_empty(step: Step) -> None:
    assert np.isnan(forward((step,), column(np.nan))).all()
    assert len(forward((step,), column())) == 0


def test_levels_become_codes() -> None:
    codes = encode((Vocabulary(("b", "a"), -1),), [None, "a", "b", "z"])
    assert codes.values.tolist() == [-1, 1, 0, -1]
    # Before a code, a null may become a level; after it, numbers go on as numbers do.
    steps = (Impute("a"), Vocabulary(("b", "a"), None), Impute(9.0), ZScore(1, 2))
    filled = encode(steps, [None, "a", "b", "z"])
    assert filled.values.tolist() == [0.0, 0.0, -0.5, 4.0]
    assert filled.levels == ["a", "a", "b", "z"]
    hot = encode((OneHot(("b", "a")),), [None, "a", "b", "z"])
    assert hot.values.tolist() == [-1, 1, 0, -1]
    assert encode((OneHot(("b", "a"), "a"),), ["z"]).values.tolist() == [1]


def test_only_shifts_scales_and_fills_are_affine() -> None:
    assert is_affine((Impute(0.0), ZScore(0, 1), MinMax(0, 1), Affine(0, -1)))
    assert not is_affine((Log1p(), ZScore(0, 1)))
    assert not is_affine((Clip(0, 1),))


@pytest.mark.parametrize(
    ("step", "key"),
    [
        (ZScore(0, 0), "std"), (ZScore(0, -1), "std"), (MinMax(1, 1), "max"),
        (MinMax(0, 1, (1, 0)), "range"), (Robust(0, 0), "scale"), (MaxAbs(0), "scale"),
        (Affine(0, 0), "scale"), (Clip(), "min"), (Clip(2, 1), "max"), (Logarithm(1), "base"),
        (PowerTransform("log", 1), "method"), (PowerTransform("box-cox", 1, 0, 0), "std"),
        (Quantile((1,)), "values"), (Quantile((2, 1)), "values"),
        (Quantile((1, 2), "beta"), "output"), (Buckets(()), "edges"),
        (Buckets((1, 1)), "edges"), (Vocabulary(("a", "a")), "values"), (OneHot(()), "values"),
        (OneHot(("a",), "b"), "unknown"), (Cast("int4"), "dtype"), (Round(99), "decimals"),
        (Quantize(0), "scale"), (Quantize(1, 0, "float32"), "dtype"),
    ],
)  # fmt: skip
def test_a_step_that_makes_no_sense_names_its_key(step: Step, key: str) -> None:
    wrong = step.check()
    assert wrong is not None
    assert wrong[0] == key


def test_the_contracts_ops_are_all_there() -> None:
    assert set(OPS) == {
        "zscore", "minmax", "robust", "maxabs", "affine", "clip", "impute", "log", "log1p",
        "power", "quantile", "buckets", "vocabulary", "onehot", "map", "cast", "round", "quantize",
        "piecewise", "expand", "standardize",
    }  # fmt: skip
