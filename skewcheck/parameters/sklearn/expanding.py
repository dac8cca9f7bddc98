"""Read transformers that make several columns of numbers: splines, powers, bins."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations, combinations_with_replacement

import numpy as np

from skewcheck.features.steps import Piecewise
from skewcheck.parameters.columns import MADE_BY, PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject, number_array
from skewcheck.parameters.sklearn.pandas_objects import as_list

MAX_DEGREE = 20
"""Of a polynomial: higher ones overflow float32 at any usual value."""


def _name(column: PipelineColumn) -> str:
    return column.served or column.feature


def bin_columns(
    fitted: FittedObject, column: PipelineColumn, edges: Sequence[float], key: str
) -> list[PipelineColumn]:
    """KBinsDiscretizer: a column for each bin, 1 from its edge on up to the next."""
    count = len(edges) + 1
    fitted.context.spend(count * count)
    bins = {
        f"{float(j)}": Piecewise(tuple(edges), tuple((float(i == j),) for i in range(count)))
        for j in range(count)
    }
    names = [f"{_name(column)}_{text}" for text in bins]
    return column.expanded(bins, names, fitted.at(key))


def polynomial_features(
    fitted: FittedObject, columns: list[PipelineColumn]
) -> list[PipelineColumn]:
    """PolynomialFeatures: powers of each column, and products of several, which are not read."""
    pair = as_list(fitted.get("degree"))
    ends = [0.0, fitted.number("degree", 2)] if pair is None else (
        number_array(fitted, pair, "degree").tolist())  # fmt: skip
    if len(ends) != 2 or not all(0 <= end <= MAX_DEGREE for end in ends):  # NaN is neither
        raise fitted.error(f"must be at most {MAX_DEGREE}", "degree")
    least, degree = map(int, ends)
    once = fitted.get("interaction_only") is True
    choose = combinations if once else combinations_with_replacement
    orders = range(max(1, least), degree + 1)
    outputs, first = [], -1
    if fitted.get("include_bias") is not False:
        # Any number to the power of 0, as that of the first column that is one.
        first = next((i for i, column in enumerate(columns) if column.is_number), -1)
        bias = PipelineColumn("1").untestable("the constant of PolynomialFeatures")
        if first >= 0:
            (bias,) = columns[first].expanded({"pow0": Piecewise((), ((1.0,),))}, ["1"])
        outputs.append(bias)
    several = not once and degree > 1
    for of in chain.from_iterable(choose(range(len(columns)), order) for order in orders):
        fitted.context.spend_columns(1)
        outputs.append(_monomial(columns, of, several=several, beside=of[0] == first))
    return outputs


def _monomial(
    columns: list[PipelineColumn], of: tuple[int, ...], *, several: bool, beside: bool
) -> PipelineColumn:
    """Return a product of columns, by their indices, ascending.

    `several`, each has several powers; `beside`, the constant is one of the first column's.
    """
    powers = {i: of.count(i) for i in dict.fromkeys(of)}
    factors = [
        _name(columns[i]) + (f"^{power}" if power > 1 else "") for i, power in powers.items()
    ]
    if len(powers) > 1:
        names = " and ".join(columns[i].feature for i in powers)
        product = PipelineColumn(" ".join(factors))
        return product.untestable(f"{MADE_BY}PolynomialFeatures of {names}")
    ((i, power),) = powers.items()
    if not (several or beside):
        return columns[i]
    step = Piecewise((), ((*[0.0] * power, 1.0),))
    return columns[i].expanded({f"pow{power}" if several else "": step}, factors)[0]


def spline_transformer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """SplineTransformer: the basis of B-splines of each column, beyond whose ends it goes on."""
    beyond = fitted.text("extrapolation", "constant") or "constant"
    outputs: list[PipelineColumn] = []
    for i, (column, spline) in enumerate(
        zip(columns, fitted.one_each("bsplines_", len(columns)), strict=True)
    ):
        key = f"bsplines_[{i}]"
        state = spline.state if isinstance(spline, PickledObject) else {}
        # SciPy 1.15 and older have no underscore.
        stored = as_list(state.get("_t", state.get("t")))
        knots = number_array(fitted, stored or [], f"{key}.t")
        degree = state.get("k")
        if not isinstance(degree, int) or not 0 <= degree <= MAX_DEGREE or (
            len(knots) < 2 * degree + 2 or not (np.diff(knots) >= 0).all()
        ):  # fmt: skip
            raise fitted.error("must be a spline with ascending knots", key)
        count = len(knots) - degree - 1
        fitted.context.spend(count * count * (degree + 1))
        if fitted.get("include_bias") is False:
            count -= 1
        names = [f"{_name(column)}_sp_{j}" for j in range(count)]
        if beyond == "periodic":
            outputs += [column.untestable("SplineTransformer that is periodic")] * count
            continue
        basis = {f"sp_{j}": _basis(knots, degree, j, beyond) for j in range(count)}
        outputs += column.expanded(basis, names, fitted.at(key))
    return outputs


def _basis(knots: np.ndarray[tuple[int], np.dtype[np.float64]], degree: int, j: int,
           beyond: str) -> Piecewise:  # fmt: skip
    """Return a B-spline of the basis as polynomials between its knots.

    Beyond the ends it is the value there, the tangent (`linear`) or the outermost polynomial
    (`continue`); `error` refuses such values, and any number is as good.
    """
    from scipy.interpolate import BSpline  # few files have splines

    spline = BSpline(knots, np.eye(len(knots) - degree - 1)[j], degree)
    starts = np.unique(knots[degree : len(knots) - degree])
    # Taylor's series at each knot is the polynomial on its right: c_m is the derivative over m!.
    at = starts[:-1]
    series = [
        (spline(at) if m == 0 else spline.derivative(m)(at)) / float(np.prod(np.arange(1, m + 1)))
        for m in range(degree + 1)
    ]
    inner = np.array(series).T
    end = starts[-1:]
    last = inner[-1]
    width = float(end[0] - at[-1])
    value = float(np.polyval(last[::-1], width))
    slope = float(np.polyval(np.polyder(last[::-1]), width)) if degree else 0.0
    after, before = np.zeros(degree + 1), np.zeros(degree + 1)
    if beyond == "continue":
        shifted = np.poly1d(last[::-1])(np.poly1d([1.0, width])).coeffs[::-1]
        after[: len(shifted)], before = shifted, inner[0]
    else:
        after[0], before[0] = value, inner[0][0]
        if beyond == "linear" and degree:
            after[1], before[1] = slope, inner[0][1]
    rows = [before, *inner, after]
    return Piecewise(tuple(starts.tolist()), tuple(tuple(row.tolist()) for row in rows))
