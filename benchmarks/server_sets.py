"""Real tables as servers see them: training, rows to serve, steps, and a column of entities.

Numbers are float64 with NaN for null, levels are text with None for null. Half of a set, at most
10,000 rows, is what training saw; logs are drawn from the other rows.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import rightly
from worlds import Columns, Steps, world

import skewcheck
from skewcheck.simulate.demo.ride_data import rides

Array = np.ndarray
MAX_TRAINING = 10_000
"""Rows of training: more do not make its distribution better known than a log needs."""
Scaling = Callable[[Array], dict[str, object]]


@dataclass(frozen=True)
class ServerSet:
    """One table, what training knew of it, and the rows that servers answer."""

    name: str
    steps: Mapping[str, Steps]
    """As they stand in the parameter file, in its order."""
    training: Columns
    pool: Columns
    """Raw columns of the rows that training did not see."""
    entity: str
    """Name of the column of entities; it is no feature."""
    entities: Array
    """The entity of each row of `pool`."""
    parameters: skewcheck.Parameters = field(compare=False)

    def numeric(self, name: str) -> bool:
        """Return whether a feature is a number."""
        return self.steps[name][0]["op"] not in ("vocabulary", "onehot")

    @property
    def numbers(self) -> list[str]:
        """Return the features that are numbers, in the parameter file's order."""
        return [name for name in self.steps if self.numeric(name)]

    def known(self, name: str) -> list[str]:
        """Return the levels that training knew, in the order of their codes."""
        values = self.steps[name][0]["values"]
        return [str(v) for v in values] if isinstance(values, list) else []

    def right(self, name: str, x: Array) -> Columns:
        """Return the served columns, by name, that training makes of a raw column."""
        if self.numeric(name):
            return {name: np.asarray(rightly.right(self.steps[name], x), np.float64)}
        known = self.known(name)
        codes = rightly.codes(known, x)
        if self.steps[name][0]["op"] == "vocabulary":
            return {name: codes}
        return {f"{name}_{level}": (codes == i).astype(float) for i, level in enumerate(known)}

    def grid(self, name: str) -> bool:
        """Return whether training's raw values lie on a grid."""
        return getattr(self.parameters[name].reference, "step", None) is not None

    def draw(self, rows: int, rng: np.random.Generator) -> tuple[Columns, Array]:
        """Return raw columns and entities of rows drawn at random, again only where all are."""
        count = len(self.entities)
        chosen = rng.permutation(count)[:rows] if rows <= count else rng.integers(0, count, rows)
        return {f: x[chosen] for f, x in self.pool.items()}, self.entities[chosen]


def zscore(x: Array) -> dict[str, object]:
    """Return the step that StandardScaler fits."""
    return {"op": "zscore", "mean": float(np.nanmean(x)), "std": float(np.nanstd(x))}


def minmax(x: Array) -> dict[str, object]:
    """Return the step that MinMaxScaler fits."""
    return {"op": "minmax", "min": float(np.nanmin(x)), "max": float(np.nanmax(x))}


def _byte(_: Array) -> dict[str, object]:
    return {"op": "maxabs", "scale": 255.0}


_PAYMENTS = {
    "Cash": "Espèces", "Credit Card": "Carte de crédit", "No Charge": "Gratuité",
    "Unknown": "Indéterminé", "Pcard": "Carte prépayée", "Prcard": "Carte prépayée",
    "Dispute": "Contesté",
}  # fmt: skip


def _taxi(folder: Path) -> pd.DataFrame:
    """Return trips; payments carry their French names, on both sides."""
    parts = [pd.read_csv(folder / f"chicago_taxi/{part}.csv.gz") for part in ("train", "eval")]
    trips = pd.concat(parts, ignore_index=True)
    trips["payment_type"] = trips["payment_type"].map(_PAYMENTS)
    return trips


def _flights(folder: Path) -> pd.DataFrame:
    """Return a year of flights, with the month (1 to 12) and the weekday (0 to 6) of their date."""
    names = ("flight_delays_reference", "flight_delays")
    parts = [pd.read_csv(folder / f"flight_delays/{name}.csv.gz") for name in names]
    flights = pd.concat(parts, ignore_index=True)
    dates = pd.to_datetime(flights["DATE"])
    return flights.assign(month=dates.dt.month, weekday=dates.dt.weekday)


def _credit(folder: Path) -> pd.DataFrame:
    """Return the training rows of the German credit set and its feed, which do not differ."""
    here = folder / "german_credit_openscale"
    with gzip.open(here / "german_credit_feed.json.gz") as file:
        feed = json.load(file)
    train = pd.read_csv(here / "credit_risk_training.csv.gz", encoding="utf-8-sig")
    rows = pd.DataFrame(feed["values"], columns=feed["fields"])
    return pd.concat([train, rows], ignore_index=True)


def _bank(folder: Path) -> pd.DataFrame:
    """Return customers, with the first letter of their names as the shard that holds them."""
    rows = pd.read_csv(folder / "params/bank_churn/European_Bank.csv.gz")
    return rows.assign(shard=rows["Surname"].str[0])


def _water(folder: Path) -> pd.DataFrame:
    """Return samples of water, with 30 stations in turn: the set has no column of places."""
    rows = pd.read_csv(folder / "params/water_potability/water_potability.csv.gz")
    return rows.assign(station=[f"s{i % 30}" for i in range(len(rows))])


def _rides(_: Path) -> pd.DataFrame:
    """Return rides of the fixtures: their durations are whole seconds, those of the taxis are not.

    The taxis' durations are whole minutes already.
    """
    rows = pd.DataFrame(rides(30_000, seed=77, drift=0.0))
    return rows.assign(area=[f"a{i % 20}" for i in range(len(rows))])


def _of(path: str) -> Callable[[Path], pd.DataFrame]:
    def read(folder: Path) -> pd.DataFrame:
        return (
            pd.read_parquet(folder / path) if path.endswith(".pq") else pd.read_csv(folder / path)
        )

    return read


@dataclass(frozen=True)
class _Recipe:
    read: Callable[[Path], pd.DataFrame]
    entity: str
    numbers: str
    """Names, by spaces."""
    levels: str = ""
    scaling: Scaling = zscore
    onehot: bool = False


_RECIPES: Mapping[str, _Recipe] = {
    "taxi": _Recipe(
        _taxi, "company", "trip_start_month trip_start_hour trip_start_day pickup_latitude"
        " pickup_longitude trip_miles trip_seconds fare tips", "payment_type"),
    "flights": _Recipe(
        _flights, "AIRLINE", "month weekday DEPARTURE_DELAY TAXI_OUT AIR_TIME DISTANCE"),
    "adult": _Recipe(
        _of("adult_tfdv/adult.data.gz"), "native-country", "age fnlwgt education-num capital-gain"
        " capital-loss hours-per-week", "workclass education marital-status occupation race"),
    "credit": _Recipe(
        _credit, "LoanPurpose", "LoanDuration LoanAmount InstallmentPercent Age"
        " CurrentResidenceDuration",
        "CheckingStatus CreditHistory ExistingSavings EmploymentDuration Job"),
    "bank": _Recipe(
        _bank, "shard", "CreditScore Age Tenure Balance NumOfProducts EstimatedSalary",
        "Geography", minmax, onehot=True),
    "telco": _Recipe(
        _of("params/telco_churn/churn.csv.gz"), "MultipleLines", "tenure MonthlyCharges"
        " TotalCharges", "Contract PaymentMethod InternetService", onehot=True),
    "census": _Recipe(
        _of("us_census_ma/employment_MA_reference.pq"), "RAC1P", "AGEP",
        "SCHL MAR RELP ESP CIT MIL"),
    "water": _Recipe(
        _water, "station", "ph Hardness Solids Chloramines Sulfate Conductivity Organic_carbon"
        " Trihalomethanes Turbidity"),
    "bytes": _Recipe(
        _of("adult_tfdv/adult.data.gz"), "native-country", "age education-num hours-per-week",
        scaling=_byte),
    "rides": _Recipe(_rides, "area", "trip_miles trip_seconds temperature_c"),
}  # fmt: skip


def server_set(name: str, folder: Path) -> ServerSet:
    """Return one of the sets, of the public data in a folder."""
    recipe = _RECIPES[name]
    table = recipe.read(folder)
    order = np.random.default_rng(7).permutation(len(table))
    cut = min(MAX_TRAINING, len(table) // 2)
    numbers, levels = recipe.numbers.split(), recipe.levels.split()
    columns = {f: pd.to_numeric(table[f], errors="coerce").to_numpy(float) for f in numbers}
    columns |= {f: _text(table[f]) for f in levels}
    training = {f: x[order[:cut]] for f, x in columns.items()}
    steps: dict[str, Steps] = {f: [recipe.scaling(training[f])] for f in numbers}
    steps |= {f: [_encoder(training[f], onehot=recipe.onehot)] for f in levels}
    return ServerSet(
        name, steps, training, {f: x[order[cut:]] for f, x in columns.items()}, recipe.entity,
        _text(table[recipe.entity])[order[cut:]],
        world(name, training, steps, lambda *_: {}).parameters,
    )  # fmt: skip


def _text(column: pd.Series) -> Array:
    return np.array([None if pd.isna(v) else str(v) for v in column], object)


def _encoder(x: Array, *, onehot: bool) -> dict[str, object]:
    """Return the step of levels: codes by frequency, or a column each by name."""
    counts = pd.Series(x).value_counts()
    if onehot:
        return {"op": "onehot", "values": sorted(counts.index)}
    return {"op": "vocabulary", "values": list(counts.index), "unknown": -1}


SETS = tuple(_RECIPES)
