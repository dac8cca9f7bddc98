"""Where causes are measured: worlds with training data, a parameter file and fresh rows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

import skewcheck
from skewcheck.simulate.demo.ride_data import rides

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
Columns = Mapping[str, np.ndarray]
Steps = list[dict[str, object]]


@dataclass(frozen=True)
class World:
    """One source of data: what training saw and wrote, and logs that are drawn from it."""

    name: str
    training: Columns
    steps: Mapping[str, Steps]
    """As they stand in the parameter file: the faults read them there, not from skewcheck."""
    parameters: skewcheck.Parameters
    draw: Callable[[int, int], Columns]
    """Rows and seed to raw columns, distributed as training's."""
    drifted: Callable[[int, int], Columns] | None = None

    @property
    def numeric(self) -> list[str]:
        """Return the features that are numbers."""
        return [name for name, found in self.steps.items() if found[0]["op"] != "vocabulary"]

    def step(self, name: str) -> float | None:
        """Return the grid of a feature's raw values."""
        return getattr(self.parameters[name].reference, "step", None)


def world(
    name: str, training: Columns, steps: Mapping[str, Steps],
    draw: Callable[[int, int], Columns], drifted: Callable[[int, int], Columns] | None = None,
) -> World:  # fmt: skip
    features = {
        f: {
            "type": "categorical" if s[0]["op"] in ("vocabulary", "onehot") else "numeric",
            "steps": s,
        }
        for f, s in steps.items()
    }
    written = json.dumps({"skewcheck": {"kind": "parameters", "version": 1}, "features": features})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parameters.json"
        path.write_text(written)
        known = skewcheck.fit(pa.table({f: training[f] for f in steps}), parameters=str(path))
    return World(name, training, steps, known, draw, drifted)


def fixtures() -> list[World]:
    """Return the rides of the fixtures, once as normalized there and once with clip steps."""
    table = pq.read_table(FIXTURES / "train.parquet")
    train = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    told = json.loads((FIXTURES / "params.json").read_text())["features"]
    steps: dict[str, Steps] = {name: told[name]["steps"] for name in told}
    clipped: dict[str, Steps] = {}
    holed = dict(train)
    for name in ("trip_miles", "trip_seconds", "temperature_c", "surge", "pickup_lat"):
        values = _with_nulls(train[name], 1)
        holed[name] = values
        low, high = (float(q) for q in np.nanquantile(values, (0.02, 0.98)))
        fill = float(np.round(np.nanmedian(values) * 1.3, 2))
        kept = np.clip(np.where(np.isnan(values), fill, values), low, high)
        clipped[name] = [
            {"op": "impute", "value": fill}, {"op": "clip", "min": low, "max": high},
            {"op": "zscore", "mean": float(kept.mean()), "std": float(kept.std())},
        ]  # fmt: skip
    draw = _rides(0.0)
    return [
        world("rides", train, steps, draw, _rides(1.0)),
        world("rides, clipped", holed, clipped, _rides(0.0, clipped), _rides(1.0, clipped)),
    ]


def _rides(drift: float, holed: Iterable[str] = ()) -> Callable[[int, int], Columns]:
    def draw(rows: int, seed: int) -> Columns:
        found = rides(rows, seed=1000 + seed, drift=drift)
        return found | {name: _with_nulls(found[name], seed) for name in holed}

    return draw


def _with_nulls(values: np.ndarray, seed: int) -> np.ndarray:
    """Return a column with a tenth of its values lost: there is something to impute."""
    lost = np.random.default_rng(seed).random(len(values)) < 0.1
    return np.where(lost, np.nan, values.astype(float))


def public(folder: Path) -> list[World]:
    """Return the public sets: train and serve are random halves, so that nothing drifts."""
    taxi = folder / "chicago_taxi"
    census = folder / "us_census_ma"
    flights = folder / "flight_delays"
    credit = folder / "german_credit_openscale"
    water = folder / "params/water_potability/water_potability.csv.gz"
    adult = folder / "adult_tfdv/adult.data.gz"
    sources: list[tuple[str, pa.Table, pa.Table | None]] = [
        ("chicago taxi", _csv(taxi / "train.csv.gz"), _csv(taxi / "eval.csv.gz")),
        ("us census", pq.read_table(census / "employment_MA_reference.pq"),
         pq.read_table(census / "employment_MA_analysis.pq")),
        ("flight delays", _csv(flights / "flight_delays_reference.csv.gz"),
         _csv(flights / "flight_delays.csv.gz")),
        ("german credit", _csv(credit / "credit_risk_training.csv.gz"), None),
        ("water potability", _csv(water), None),
        ("adult", _csv(adult), None),
    ]  # fmt: skip
    return [_split(*source) for source in sources]


_KEYS = ("id", "", "year", "prediction", "predicted_probability", "trip_start_timestamp")


def _csv(path: Path) -> pa.Table:
    return pa_csv.read_csv(path)


def _split(name: str, table: pa.Table, later: pa.Table | None) -> World:
    columns = _numbers(table)
    rows = table.num_rows
    order = np.random.default_rng(7).permutation(rows)
    half = {f: v[order[: rows // 2]] for f, v in columns.items()}
    other = {f: v[order[rows // 2 :]] for f, v in columns.items()}
    steps: dict[str, Steps] = {}
    for f, values in half.items():
        known = values[np.isfinite(values)]
        if len(np.unique(known)) >= 5:
            scale = {"op": "zscore", "mean": float(known.mean()), "std": float(known.std())}
            steps[f] = [scale]
    drifted = None if later is None else _sampled(_numbers(later))
    return world(name, half, steps, _sampled(other), drifted)


def _numbers(table: pa.Table) -> Columns:
    return {
        f: table[f].to_numpy(zero_copy_only=False).astype(float)
        for f in table.column_names
        if f not in _KEYS
        and (pa.types.is_integer(table[f].type) or pa.types.is_floating(table[f].type))
    }


def _sampled(columns: Columns) -> Callable[[int, int], Columns]:
    rows = len(next(iter(columns.values())))

    def draw(wanted: int, seed: int) -> Columns:
        chosen = np.random.default_rng(seed).permutation(rows)[:wanted]
        return {f: v[chosen] for f, v in columns.items()}

    return draw
