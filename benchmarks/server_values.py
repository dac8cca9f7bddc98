"""Faults of the values that enter a server: cut, wrapped, converted, mistyped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from server_fault import Array, Made, Rows, ServerFault, causes, mapped, on, values

Change = Callable[[Array], Array]


def all_faults() -> Iterator[ServerFault]:
    """Yield them."""
    for family in (_cut, _wrapped, _functions, _shifted, _printed, _limited, _units):
        yield from family()


def _floor(multiple: float) -> Change:
    return lambda x: np.floor(x / multiple) * multiple


def _cut() -> Iterator[ServerFault]:
    """Yield values cut down to a multiple."""
    for name, multiple, places in (
        ("seconds cut to minutes", 60, on("rides.trip_seconds")),
        ("seconds cut to 5 minutes", 300, on("taxi.trip_seconds", "rides.trip_seconds")),
        ("minutes cut to quarters of an hour", 15, on("flights.AIR_TIME", "flights.TAXI_OUT")),
        ("minutes cut to hours", 60, on("flights.AIR_TIME")),
        ("price cut to whole", 1, on("taxi.fare", "telco.MonthlyCharges")),
        ("amount cut to hundreds", 100, on("bank.Balance", "credit.LoanAmount")),
        ("age cut to decades", 10, on("adult.age", "census.AGEP")),
    ):
        codes = causes("precision_loss", "value_mapped", multiple=multiple)
        if multiple == 1:  # of positive values that is what a cast to integers does
            codes |= causes("precision_loss", raw="True")
        yield ServerFault(name, "cut", places, values(_floor(multiple)), codes)
    whole = causes("precision_loss", "value_mapped", multiple=1)
    yield ServerFault("price rounded up to whole", "cut", on("taxi.fare"), values(np.ceil), whole)
    halves = causes("precision_loss", "value_mapped", multiple=0.5)
    yield ServerFault(
        "price rounded to halves", "cut", on("taxi.fare", "telco.MonthlyCharges"),
        values(lambda x: np.round(x * 2) / 2), halves,
    )  # fmt: skip
    yield ServerFault(
        "normalized value cast to int", "cut", on("taxi.trip_miles", "credit.LoanAmount"),
        lambda rows: Made({rows.feature: np.trunc(rows.served[rows.feature])}),
        {"precision_loss": {}, "value_mapped": {}}, modes=("paired", "served"),
    )  # fmt: skip


def _wrapped() -> Iterator[ServerFault]:
    """Yield clocks and calendars that begin elsewhere."""
    hour, weekday = on("taxi.trip_start_hour"), on("flights.weekday")
    month = on("flights.month", "taxi.trip_start_month")
    hours, days, months = range(24), range(7), range(1, 13)
    for name, places, known, offset, modulo, first in (
        ("time zone: hour + 5", hour, hours, 5, 24, 0),
        ("time zone: hour - 8", hour, hours, -8, 24, 0),
        ("week begins on Sunday", weekday, days, 1, 7, 0),
        ("month before", month, months, -1, 12, 1),
    ):
        yield _shift(name, places, known, offset, modulo, first)
    clock = "daylight saving since then: hour + 1"
    yield replace(_shift(clock, hour, hours, 1, 24, 0), parts=("noon", "host"))
    twelve: Change = lambda x: (x + 11) % 12 + 1  # noqa: E731
    codes = causes("time_shift", modulo=12) | causes("value_mapped", map=mapped(twelve, hours))
    yield ServerFault("12-hour clock", "wrapped", hour, values(twelve), codes)


def _shift(
    name: str, places: tuple[tuple[str, str], ...], known: range, offset: int, modulo: int,
    first: int,
) -> ServerFault:  # fmt: skip
    """Return a shift by an offset among values that begin at `first` and go round."""
    change: Change = lambda x: (x - first + offset) % modulo + first  # noqa: E731
    other = offset - modulo if offset > 0 else offset + modulo
    codes = causes("time_shift", offset=(offset, other), modulo=modulo)
    codes |= causes("value_mapped", map=mapped(change, known))
    return ServerFault(name, "wrapped", places, values(change), codes)


def _functions() -> Iterator[ServerFault]:
    """Yield functions that training does not have."""
    money = on("taxi.fare", "credit.LoanAmount", "water.Solids")
    functions: tuple[tuple[str, tuple[tuple[str, str], ...], Change], ...] = (
        ("sqrt", money, np.sqrt),
        ("cbrt", money, np.cbrt),
        ("square", on("adult.age", "water.Turbidity"), np.square),
        ("cube", on("water.Turbidity"), lambda x: x**3),
        ("reciprocal", on("water.Conductivity", "credit.LoanDuration"), lambda x: 1 / x),
        ("log10", on("credit.LoanAmount", "water.Solids"), np.log10),
        ("log2", on("credit.LoanAmount"), np.log2),
        ("exp", on("water.ph"), np.exp),
        ("abs", on("flights.DEPARTURE_DELAY"), np.abs),
    )
    for name, places, change in functions:
        codes = causes("value_mapped", "step_changed", function=name)
        if name != "abs":
            codes |= causes("unit_change", function=name, factor="")
        yield ServerFault(name, "function", places, values(change), codes)
    negative: Change = np.negative
    yield ServerFault(
        "west as positive longitude", "function", on("taxi.pickup_longitude"), values(negative),
        causes("unit_change", factor=-1) | causes("value_mapped", function="sign"),
    )  # fmt: skip


def _shifted() -> Iterator[ServerFault]:
    """Yield numbers that count from elsewhere: lines through the values, all of slope 1 or -1."""
    for name, places, change in (
        ("month from 0", on("flights.month"), lambda x: x - 1),
        ("weekday from 1", on("flights.weekday"), lambda x: x + 1),
        ("residual in place of the value", on("taxi.trip_miles"), lambda x: x - 2.5),
        ("year of birth in place of the age", on("adult.age", "bank.Age"), lambda x: 2024 - x),
    ):
        codes = causes("value_mapped", "unit_change", "encoding_changed", "wrong_parameters")
        yield ServerFault(name, "offset", places, values(change), codes)


def _each(change: Callable[[str], float]) -> Change:
    """Return a change of numbers by how they are printed; NaN for null."""
    return lambda x: np.array([np.nan if v != v else change(f"{v:.10g}") for v in x])


def _printed() -> Iterator[ServerFault]:
    """Yield numbers that are read otherwise than they are printed."""
    yield ServerFault(
        "decimal comma lost", "printed", on("taxi.fare", "telco.MonthlyCharges", "taxi.trip_miles"),
        values(_each(lambda text: float(text.replace(".", "")))),
        causes("value_mapped", function=("decimal_point_lost", "decimal point lost")),
    )  # fmt: skip
    yield ServerFault(
        "read up to the thousands separator", "printed", on("bank.Balance", "credit.LoanAmount"),
        values(_each(lambda text: float(f"{float(text):,.2f}".partition(",")[0]))),
        causes("value_mapped"),
    )  # fmt: skip
    yield ServerFault(
        "thousands separator read as decimal", "printed", on("credit.LoanAmount"),
        values(_each(lambda text: float(f"{float(text):,.0f}".replace(",", ".")))),
        causes("value_mapped") | causes("unit_change", factor=0.001),
    )  # fmt: skip
    yield ServerFault(
        "digits of a long number lost", "printed", on("bank.EstimatedSalary", "adult.fnlwgt"),
        values(_each(lambda text: float(f"{float(text):.3g}"))),
        causes("precision_loss", "value_mapped"),
    )  # fmt: skip


def _limited() -> Iterator[ServerFault]:
    """Yield values that a type or a form cuts off."""
    delay, age = on("flights.DEPARTURE_DELAY"), on("adult.age", "census.AGEP")
    yield ServerFault(
        "negative values as 0", "limited", delay, values(lambda x: np.maximum(x, 0)),
        causes("value_mapped", "step_changed"),
    )  # fmt: skip
    yield ServerFault(
        "age in a form ends at 60", "limited", age, values(lambda x: np.minimum(x, 60)),
        causes("value_mapped", "step_changed"),
    )  # fmt: skip
    yield ServerFault(
        "unsigned 16 bits", "limited", delay, values(lambda x: np.where(x < 0, x + 65_536, x)),
        causes("value_mapped"),
    )  # fmt: skip
    yield ServerFault(
        "signed 8 bits", "limited", on("flights.AIR_TIME"),
        values(lambda x: (x + 128) % 256 - 128),
        causes("value_mapped") | causes("time_shift", modulo=256),
    )  # fmt: skip
    yield ServerFault(
        "saturates at 255", "limited", on("flights.AIR_TIME", "credit.LoanAmount"),
        values(lambda x: np.minimum(x, 255)), causes("value_mapped", "step_changed"),
    )  # fmt: skip


def _times(factor: float) -> Change:
    return lambda x: x * factor


def _units() -> Iterator[ServerFault]:
    """Yield other units, and one of them together with other parameters."""
    for name, places, factor in (
        ("kilometres for miles", on("taxi.trip_miles", "flights.DISTANCE"), 1.609344),
        ("minutes for seconds", on("taxi.trip_seconds", "rides.trip_seconds"), 1 / 60),
        ("cents", on("taxi.fare", "bank.Balance"), 100.0),
        ("thousands", on("credit.LoanAmount", "bank.EstimatedSalary"), 0.001),
        ("years for months", on("telco.tenure", "credit.LoanDuration"), 1 / 12),
    ):
        make = values(_times(factor))
        yield ServerFault(name, "unit", places, make, causes("unit_change", factor=factor))
    yield ServerFault(
        "bytes divided by 255 twice", "unit", on("bytes.age", "bytes.hours-per-week"),
        lambda rows: Made({rows.feature: rows.x / 255 / 255}),
        causes("unit_change", factor=1 / 255) | causes("normalized_twice"),
        modes=("paired", "served"),
    )  # fmt: skip
    yield ServerFault(
        "unit and stale parameters together", "unit", on("taxi.trip_miles", "flights.DISTANCE"),
        _stale_unit, causes("unit_change", factor=1.609344) | causes("stale_parameters"),
        modes=("paired", "served"), every=True, older=(0.4, 1.3),
    )  # fmt: skip


def _stale_unit(rows: Rows) -> Made:
    mean, std = rows.line
    return Made({rows.feature: (rows.x * 1.609344 - (mean + 0.4 * std)) / (1.3 * std)})
