"""Faults of the numbers that normalize: each is a line other than training's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from server_fault import NO_RAW, PAIRED, Made, Maker, Number, Rows, ServerFault, causes, on

Line = Callable[[Rows], tuple[float, float]]
ZSCORED = on("taxi.fare", "credit.LoanAmount", "water.Hardness")
RANGED = on("bank.CreditScore", "bank.EstimatedSalary", "bank.Age")


def _by(line: Line, **numbers: Number) -> Maker:
    """Return a server that subtracts and divides by other numbers than training."""

    def make(rows: Rows) -> Made:
        offset, scale = line(rows)
        served = (rows.x - offset) / scale
        told: Mapping[str, Number] = {"mean": offset, "std": scale}
        if rows.data.steps[rows.feature][-1]["op"] == "minmax":
            told = {"min": offset, "max": offset + scale}
        return Made(
            {rows.feature: served}, numbers={"wrong_parameters": told, "wrong_method": numbers}
        )

    return make


def all_faults() -> Iterator[ServerFault]:
    """Yield them."""
    yield from _misread()
    yield from _other_statistics()
    yield from _epsilons()


def _misread() -> Iterator[ServerFault]:
    """Yield numbers of the file taken for others of it."""
    lines: Mapping[str, tuple[Line, str]] = {
        "divided by the variance": (lambda r: (r.line[0], r.line[1] ** 2), "variance"),
        "divided by the root of std": (lambda r: (r.line[0], r.line[1] ** 0.5), "sqrt_std"),
        "mean and std exchanged": (lambda r: (r.line[1], r.line[0]), "exchanged"),
        "mean not subtracted": (lambda r: (0.0, r.line[1]), "no_mean"),
        "not divided by std": (lambda r: (r.line[0], 1.0), "no_std"),
        "mean subtracted twice": (lambda r: (2 * r.line[0], r.line[1]), "mean_twice"),
    }
    for name, (line, relation) in lines.items():
        codes = causes("wrong_parameters", "wrong_method")
        make = _by(line, relation=relation)
        yield ServerFault(name, "parameters", ZSCORED, make, codes, modes=NO_RAW)
    yield ServerFault(
        "parameters of the feature before it", "parameters",
        on("taxi.fare", "flights.AIR_TIME", "bank.Age"), _of_neighbour, {"swapped_features": {}},
        modes=NO_RAW,
    )  # fmt: skip


def _of_neighbour(rows: Rows) -> Made:
    names = rows.data.numbers
    other = names[names.index(rows.feature) - 1]
    served = rows.data.right(other, rows.x)[other]
    return Made({rows.feature: served}, numbers={"swapped_features": {"feature": other}})


def _between(low: float, high: float) -> Line:
    def line(rows: Rows) -> tuple[float, float]:
        bottom, top = np.nanquantile(rows.trained, (low, high)).tolist()
        return bottom, top - bottom

    return line


def _other_statistics() -> Iterator[ServerFault]:
    """Yield other statistics of the training data than the method asks for."""
    lines: Mapping[str, tuple[Line, str]] = {
        "1 % and 99 % for min and max": (_between(0.01, 0.99), "quantiles"),
        "5 % and 95 % for min and max": (_between(0.05, 0.95), "quantiles"),
        "divided by the maximum": (lambda r: (r.line[0], sum(r.line)), "max"),
    }
    for name, (line, relation) in lines.items():
        codes = causes("wrong_parameters", "wrong_method")
        make = _by(line, relation=relation)
        yield ServerFault(name, "parameters", RANGED, make, codes, modes=NO_RAW)
    maximum: Line = lambda r: (0.0, sum(r.line))  # noqa: E731
    yield ServerFault(
        "0 for the minimum", "parameters", RANGED, _by(maximum, op="maxabs"),
        causes("wrong_parameters", "wrong_method"), modes=NO_RAW,
    )  # fmt: skip
    median: Line = lambda r: (float(np.nanmedian(r.trained)), r.line[1])  # noqa: E731
    yield ServerFault(
        "median for mean", "parameters", ZSCORED, _by(median, relation="median"),
        causes("wrong_parameters", "wrong_method"), modes=NO_RAW,
    )  # fmt: skip
    yield ServerFault(
        "scaled to -1 .. 1", "parameters", RANGED,
        lambda r: Made({r.feature: 2 * r.served[r.feature] - 1}),
        causes("wrong_method", "wrong_parameters", "step_changed"), modes=NO_RAW,
    )  # fmt: skip


def _epsilons() -> Iterator[ServerFault]:
    """Yield an epsilon beside the divisor, or under its root; too small for distributions."""
    small = on("taxi.pickup_latitude", "taxi.pickup_longitude")
    yield ServerFault(
        "std + 0.001", "epsilon", small, _by(lambda r: (r.line[0], r.line[1] + 1e-3)),
        causes("epsilon_changed", epsilon=1e-3), modes=PAIRED,
    )  # fmt: skip
    yield ServerFault(
        "root of var + 1e-5", "epsilon", (*small, *on("water.Turbidity")),
        _by(lambda r: (r.line[0], (r.line[1] ** 2 + 1e-5) ** 0.5)),
        causes("epsilon_changed", epsilon=1e-5), modes=PAIRED,
    )  # fmt: skip
