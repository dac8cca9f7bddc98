"""Faults of whole rows: one root cause shows in several features of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from server_fault import (
    MODES,
    NO_RAW,
    PAIRED,
    Array,
    Made,
    Maker,
    Mode,
    Rows,
    ServerFault,
    causes,
)  # fmt: skip
from worlds import Columns


def all_faults() -> Iterator[ServerFault]:
    """Yield them."""
    yield from _matrices()
    yield from _commons()
    yield from _lost()


def _sets(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "") for name in names)


def _permuted(order: Callable[[list[str], Rows], list[str]]) -> Maker:
    """Return a matrix whose columns stand in another order than the model's inputs."""

    def make(rows: Rows) -> Made:
        names = list(rows.served)
        taken = dict(zip(names, order(names, rows), strict=True))
        return Made({name: rows.served[other] for name, other in taken.items()}, sources=taken)

    return make


def _levels_last(names: list[str], rows: Rows) -> list[str]:
    """Return the order of `pandas.get_dummies`: numbers first, then levels by column and name."""
    numbers = [name for name in names if name in rows.data.numbers]
    return [*numbers, *sorted(name for name in names if name not in numbers)]


def _exchanged(names: list[str], _: Rows) -> list[str]:
    """Return two blocks of three columns in the place of each other."""
    return [*names[3:6], *names[:3], *names[6:]]


def _numbers_by_name(names: list[str], rows: Rows) -> list[str]:
    """Return the numbers in alphabetical order in their own places."""
    ordered = iter(sorted(rows.data.numbers))
    return [next(ordered) if name in rows.data.numbers else name for name in names]


def _matrices() -> Iterator[ServerFault]:
    swapped = causes("swapped_features")
    encoded = swapped | causes("encoding_changed")
    for name, sets, order in (
        ("columns in alphabetical order", _sets("telco", "taxi", "adult"), lambda n, _: sorted(n)),
        ("numbers in alphabetical order", _sets("taxi", "credit"), _numbers_by_name),
        ("two blocks exchanged", _sets("taxi", "flights", "water"), _exchanged),
    ):
        yield ServerFault(name, "matrix", sets, _permuted(order), encoded, modes=NO_RAW)
    yield ServerFault(
        "get_dummies of reordered columns", "matrix", _sets("telco", "bank"),
        _permuted(lambda n, r: _rotated(_levels_last(n, r))), encoded, modes=NO_RAW,
    )  # fmt: skip
    yield ServerFault(
        "label column left in front", "matrix", _sets("taxi", "flights", "water"), _label_in_front,
        encoded | causes("stuck_value"), modes=NO_RAW,
    )  # fmt: skip
    yield ServerFault(
        "parameters in alphabetical order", "matrix", _sets("taxi", "water"), _parameters_by_name,
        swapped, modes=NO_RAW,
    )  # fmt: skip
    yield ServerFault(
        "latitude and longitude exchanged", "matrix", _sets("taxi"), _exchanged_places, swapped
    )


def _rotated(names: list[str]) -> list[str]:
    """Return the columns of levels in front of the numbers."""
    return [*names[3:], *names[:3]]


def _label_in_front(rows: Rows) -> Made:
    """Return each column with the values of the one before it, the first with a label of 0 or 1."""
    names = list(rows.served)
    label = (rows.random.random(len(rows.times)) < 0.3).astype(float)
    served = dict(zip(names, [label, *(rows.served[n] for n in names[:-1])], strict=True))
    return Made(served, sources=dict(zip(names[1:], names[:-1], strict=True)))


def _parameters_by_name(rows: Rows) -> Made:
    """Return numbers scaled by arrays of parameters that stand in alphabetical order."""
    numbers = rows.data.numbers
    pairs = dict(zip(numbers, sorted(numbers), strict=True))
    served = {f: rows.data.right(other, rows.raw[f])[other] for f, other in pairs.items()}
    return Made(served, sources=pairs)


def _exchanged_places(rows: Rows) -> Made:
    pair = ("pickup_latitude", "pickup_longitude")
    raw = {pair[0]: rows.raw[pair[1]], pair[1]: rows.raw[pair[0]]}
    return replace(_made(rows, raw), sources=dict(zip(pair, pair[::-1], strict=True)))


def _made(rows: Rows, raw: Columns) -> Made:
    """Return other raw values, and what training's steps make of them."""
    served: dict[str, Array] = {}
    for name, x in raw.items():
        served |= rows.data.right(name, x)
    return Made(served, raw)


def _commons() -> Iterator[ServerFault]:
    """Yield one number that all features have in common."""
    for epsilon in (1e-3, 1e-2):
        yield ServerFault(
            f"std + {epsilon:g} throughout", "common", _sets("taxi", "water"),
            _common_epsilon(epsilon), causes("epsilon_changed", epsilon=epsilon), PAIRED,
        )  # fmt: skip
    both: tuple[Mode, ...] = ("paired", "raw", "served")
    yield ServerFault(
        "all money in cents", "common", _sets("taxi", "telco"), _cents,
        causes("unit_change", factor=100.0), both,
    )  # fmt: skip
    yield ServerFault(
        "all of the row before", "common", _sets("flights", "credit"), _row_before,
        causes("swapped_features", lag=1, feature=""), PAIRED,
    )  # fmt: skip
    yield ServerFault(
        "all features of each batch of 64", "common", _sets("flights", "water"), _batch,
        causes("recomputed_parameters", over="batch", length=64), NO_RAW,
    )  # fmt: skip


def _common_epsilon(epsilon: float) -> Maker:
    def make(rows: Rows) -> Made:
        steps = {f: rows.data.steps[f][-1] for f in rows.data.numbers}
        std = {f: float(str(step["std"])) for f, step in steps.items()}
        return Made({f: rows.served[f] * (std[f] / (std[f] + epsilon)) for f in std})

    return make


_MONEY = ("fare", "tips", "MonthlyCharges", "TotalCharges")


def _cents(rows: Rows) -> Made:
    return _made(rows, {f: x * 100 for f, x in rows.raw.items() if f in _MONEY})


def _row_before(rows: Rows) -> Made:
    return Made({f: np.concatenate([x[:1], x[:-1]]) for f, x in rows.served.items()})


def _batch(rows: Rows) -> Made:
    """Return numbers with the mean and deviation of each batch of 64 rows."""
    served = {}
    for f in rows.data.numbers:
        parts = [rows.raw[f][i : i + 64] for i in range(0, len(rows.times), 64)]
        with np.errstate(all="ignore"):
            scaled = [(x - np.nanmean(x)) / (np.nanstd(x) or 1.0) for x in parts if len(x)]
        served[f] = np.concatenate(scaled) if scaled else rows.raw[f]
    return Made(served)


def _lost() -> Iterator[ServerFault]:
    """Yield features that are missing together."""
    lost = causes("stuck_value")
    modes = MODES
    for name, sets, which in (
        ("timeout: three features missing in 8 % of rows", _sets("flights", "water"), _timeout),
        ("join failed for some entities", _sets("taxi", "credit"), _join_failed),
        ("feature service down for two hours", _sets("flights", "water"), _outage),
    ):
        yield ServerFault(name, "missing", sets, _missing(which), lost, modes, placed=False)
    yield ServerFault(
        "join failed, zeros for nulls", "missing", _sets("taxi", "credit"), _zeros, lost, PAIRED,
        placed=False,
    )  # fmt: skip


def _timeout(rows: Rows) -> Array:
    return rows.random.random(len(rows.times)) < 0.08


def _join_failed(rows: Rows) -> Array:
    """Return the rows of a quarter of the entities, by name."""
    names = np.array([str(name) for name in rows.entity])
    return np.isin(names, np.unique(names)[::4])


def _outage(rows: Rows) -> Array:
    """Return the rows of two hours in the middle."""
    middle = rows.times[len(rows.times) // 2]
    return np.asarray((rows.times >= middle) & (rows.times < middle + 7200))


def _missing(which: Callable[[Rows], Array]) -> Maker:
    def make(rows: Rows) -> Made:
        lost = which(rows)
        names = rows.data.numbers[-3:]
        return _made(rows, {f: np.where(lost, np.nan, rows.raw[f]) for f in names})

    return make


def _zeros(rows: Rows) -> Made:
    """Return served values of 0 where a join failed."""
    lost = _join_failed(rows)
    names = rows.data.numbers[-3:]
    return Made({f: np.where(lost, 0.0, rows.served[f]) for f in names})
