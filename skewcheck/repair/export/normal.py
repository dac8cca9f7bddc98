"""The quantile function of the normal distribution, by Cephes' rational approximations.

Moshier, Methods and Programs for Mathematical Functions (1989), section 5.14.1; `ndtri` of SciPy
has the same coefficients, and the same order of operations.
"""

from __future__ import annotations

from skewcheck.repair.export.builder import Builder
from skewcheck.repair.export.program import Operand, Table

_TAIL = 0.13533528323661269189
"""exp(-2): ranks below it, and above 1 less it, are in a tail."""
_SQRT_2PI = 2.50662827463100050242
_CENTRE: tuple[Table, Table] = (
    (-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1,
     1.39312609387279679503e1, -1.23916583867381258016e0),
    (1.95448858338141759834e0, 4.67627912898881538453e0, 8.63602421390890590575e1,
     -2.25462687854119370527e2, 2.00260212380060660359e2, -8.20372256168333339912e1,
     1.59056225126211695515e1, -1.18331621121330003142e0),
)  # fmt: skip
_NEAR: tuple[Table, Table] = (
    (4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1,
     4.40805073893200834700e1, 1.46849561928858024014e1, 2.18663306850790267539e0,
     -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4),
    (1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1,
     1.50425385692907503408e1, 2.50464946208309415979e0, -1.42182922854787788574e-1,
     -3.80806407691578277194e-2, -9.33259480895457427372e-4),
)  # fmt: skip
"""Of a tail, down to ranks of exp(-32)."""
_FAR: tuple[Table, Table] = (
    (3.23774891776946035970e0, 6.91522889068984211695e0, 3.93881025292474443415e0,
     1.33303460815807542389e0, 2.01485389549179081538e-1, 1.23716634817820021358e-2,
     3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9),
    (6.02427039364742014255e0, 3.67983563856160859403e0, 1.37702099489081330271e0,
     2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4,
     2.89247864745380683936e-6, 6.79019408009981274425e-9),
)  # fmt: skip


def normal_quantile(build: Builder, ranks: Operand) -> Operand:
    """Return the normal score of a rank above 0 and below 1; NaN of NaN."""
    y = build.if_compared(1.0 - _TAIL, "<", ranks, build.arithmetic(1.0, "-", ranks), ranks)
    x = build.call("sqrt", build.arithmetic(-2.0, "*", build.call("log", y)))
    first = build.arithmetic(x, "-", build.arithmetic(build.call("log", x), "/", x))
    z = build.arithmetic(1.0, "/", x)
    second = build.if_compared(
        x, "<", 8.0, _correction(build, z, _NEAR), _correction(build, z, _FAR)
    )
    tail: Operand = build.arithmetic(first, "-", second)
    tail = build.if_compared(1.0 - _TAIL, "<", ranks, tail, build.arithmetic(-1.0, "*", tail))
    return build.if_compared(_TAIL, "<", y, _centre(build, y), tail)


def _correction(build: Builder, z: Operand, tables: tuple[Table, Table]) -> Operand:
    above = build.arithmetic(z, "*", build.horner(tables[0][1:], z, tables[0][0]))
    return build.arithmetic(above, "/", _monic(build, tables[1], z))


def _centre(build: Builder, y: Operand) -> Operand:
    t = build.arithmetic(y, "-", 0.5)
    square = build.arithmetic(t, "*", t)
    above = build.arithmetic(square, "*", build.horner(_CENTRE[0][1:], square, _CENTRE[0][0]))
    quotient = build.arithmetic(above, "/", _monic(build, _CENTRE[1], square))
    score = build.arithmetic(t, "+", build.arithmetic(t, "*", quotient))
    return build.arithmetic(score, "*", _SQRT_2PI)


def _monic(build: Builder, coefficients: Table, t: Operand) -> Operand:
    """Return a polynomial whose highest coefficient is 1, the others of falling powers."""
    return build.horner(coefficients[1:], t, build.arithmetic(t, "+", coefficients[0]))
