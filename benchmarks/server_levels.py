"""Faults of levels and of nulls: spelling, codes, columns of levels, values that get lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote_plus

import numpy as np
import rightly
from server_fault import NO_RAW, Array, Made, Maker, Rows, ServerFault, causes, on, values

FRENCH = on("taxi.payment_type")
CODED = on("credit.CheckingStatus", "adult.marital-status", "census.SCHL", "adult.workclass")
ONE_HOT = on("telco.PaymentMethod", "bank.Geography", "telco.Contract")


def all_faults() -> Iterator[ServerFault]:
    """Yield them."""
    yield from _spelling()
    yield from _codes()
    yield from _columns()
    yield from _nulls()


def _renamed(change: Callable[[str], str]) -> Maker:
    return values(lambda x: np.array([None if v is None else change(v) for v in x], object))


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def _spelling() -> Iterator[ServerFault]:
    """Yield other spellings, upstream of the log: the server finds no code for them."""
    blanks = on("adult.workclass", "adult.marital-status", "adult.occupation")
    words = on("credit.CreditHistory", "telco.PaymentMethod", "credit.EmploymentDuration")
    for name, places, change in (
        ("UTF-8 read as Latin-1", FRENCH, lambda v: v.encode().decode("latin-1")),
        ("accents stripped", FRENCH, _without_accents),
        ("Unicode decomposed", FRENCH, lambda v: unicodedata.normalize("NFD", v)),
        ("accents replaced by ?", FRENCH, lambda v: v.encode("ascii", "replace").decode()),
        ("blank in front stripped", blanks, str.strip),
        ("upper case", words, str.upper),
        ("encoded for URLs", (*FRENCH, *on("telco.PaymentMethod")), quote_plus),
        ("cut to 10 characters", words, lambda v: v[:10]),
        ("quoted", words, lambda v: f'"{v}"'),
    ):
        yield ServerFault(
            name, "spelling", places, _renamed(change), {"category_renamed": {}},
            modes=("paired", "raw"), upstream=True,
        )  # fmt: skip


def _coded(codes: Callable[[Rows], Array]) -> Maker:
    return lambda rows: Made({rows.feature: codes(rows)})


def _in_order(order: Callable[[list[str]], list[str]], offset: int = 0) -> Maker:
    return _coded(lambda r: rightly.codes(order(r.data.known(r.feature)), r.x) + offset)


def _by_appearance(x: Array) -> list[str]:
    return list(dict.fromkeys(v for v in x if v is not None))


def _by_name(x: Array) -> list[str]:
    return sorted({v for v in x if v is not None})


def _per_batch(levels: Callable[[Array], list[str]], length: int) -> Maker:
    """Return codes of the levels that each batch has."""

    def codes(rows: Rows) -> Array:
        starts = range(0, len(rows.x), length)
        parts = [rows.x[start : start + length] for start in starts]
        return np.concatenate([rightly.codes(levels(part), part) for part in parts])

    return _coded(codes)


def _codes() -> Iterator[ServerFault]:
    for name, make in (
        ("codes from 1", _in_order(lambda known: known, 1)),
        ("codes from 2: padding and unknown first", _in_order(lambda known: known, 2)),
        ("codes in alphabetical order", _in_order(sorted)),
        ("first level dropped", _in_order(lambda known: known[1:])),
        ("codes by appearance in each batch of 20", _per_batch(_by_appearance, 20)),
        ("alphabetical codes of each batch of 20", _per_batch(_by_name, 20)),
        ("codes + 0.001", lambda rows: Made({rows.feature: rows.served[rows.feature] + 0.001})),
    ):
        also = frozenset({"wrong_parameters"} if name == "codes + 0.001" else ())
        yield ServerFault(
            name, "codes", CODED, make, {"encoding_changed": {}}, modes=NO_RAW, also=also
        )


def _one_hot(change: Callable[[list[Array], Rows], list[Array]]) -> Maker:
    """Return a fault of a feature's columns of levels, in the parameter file's order."""

    def make(rows: Rows) -> Made:
        names = list(rows.data.right(rows.feature, rows.x))
        changed = change([rows.served[name] for name in names], rows)
        return Made(dict(zip(names, changed, strict=True)))

    return make


def _columns() -> Iterator[ServerFault]:
    for name, change in (
        ("first column dropped", lambda c, _: [np.zeros_like(c[0]), *c[1:]]),
        ("columns off by one", lambda c, _: [c[-1], *c[:-1]]),
        ("columns by frequency", lambda c, _: sorted(c, key=lambda x: -x.sum())),
        ("buffer not cleared: two ones", _uncleared),
        ("all columns 0", lambda c, _: [np.zeros_like(x) for x in c]),
    ):
        codes = causes("encoding_changed", "swapped_features")
        if name == "all columns 0":  # as training serves unknown levels
            codes |= causes("category_renamed")
        yield ServerFault(name, "one-hot", ONE_HOT, _one_hot(change), codes, modes=NO_RAW)


def _uncleared(columns: list[Array], _: Rows) -> list[Array]:
    """Return columns in which the ones of the row before remain."""
    return [np.maximum(c, np.concatenate([[0.0], c[:-1]])) for c in columns]


def _nulls() -> Iterator[ServerFault]:
    zeros = on("bank.Balance", "taxi.tips", "taxi.trip_miles")
    holed = on("water.Sulfate", "water.ph", "flights.DEPARTURE_DELAY")
    yield ServerFault(
        "zeros became nulls", "nulls", zeros, values(lambda x: np.where(x == 0, np.nan, x)),
        causes("stuck_value", "value_mapped"), placed=False,
    )  # fmt: skip
    yield ServerFault(
        "0 filled in after scaling", "nulls", holed,
        lambda r: Made({r.feature: np.nan_to_num(r.served[r.feature])}),
        {"step_changed": {"value": 0.0}, "stuck_value": {}}, modes=NO_RAW, placed=False,
    )  # fmt: skip
    for value in (0.0, -999.0):
        yield ServerFault(
            f"nulls filled with {value:g}", "nulls", holed,
            values(_filled(value)),
            causes("step_changed", value=value) | causes("stuck_value"), placed=False,
        )  # fmt: skip
    yield ServerFault(
        "column renamed", "nulls", on("taxi.fare", "credit.LoanAmount", "flights.DISTANCE"),
        _column_renamed, {"stuck_value": {}}, parts=("host", "noon", "tenth"), modes=("raw",),
    )  # fmt: skip


def _filled(value: float) -> Callable[[Array], Array]:
    return lambda x: np.where(np.isnan(x), value, x)


def _column_renamed(rows: Rows) -> Made:
    """Return a column that is null, and one of a new name with its values."""
    return Made(
        raw={rows.feature: np.full(len(rows.x), np.nan)}, extra={f"{rows.feature}_usd": rows.x}
    )
