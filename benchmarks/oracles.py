"""What is known of the public parameter files, computed without skewcheck from what lies by them.

Each oracle takes what was read and the folder of the data, and returns the largest disagreement
found in each thing that it compares: `{what: (measured, at most)}`.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from skewcheck.features.steps import OneHot, Step, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters

Found = dict[str, tuple[float, float]]
Oracle = Callable[[Parameters, Path], Found]


def _far(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Return the largest relative difference."""
    a, b = np.array([*ours], float), np.array([*theirs], float)
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-300)))


def _of(known: Parameters, kind: type[Step], key: str) -> dict[str, float]:
    """Return one setting of each feature that has a step of that kind."""
    steps = ((f.name, s) for f in known.features for s in f.steps if isinstance(s, kind))
    return {name: getattr(step, key) for name, step in steps}


def _setting(known: Parameters, key: str) -> dict[str, float]:
    steps = ((f.name, s) for f in known.features for s in f.steps if hasattr(s, key))
    return {name: getattr(step, key) for name, step in steps}


def _json(path: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(path.read_text())
    return found


def _subsample(known: Parameters, data: pd.DataFrame, n: int) -> Found:
    """Compare with the whole of the data a scaler that was fitted on `n` of its rows."""
    means = _of(known, ZScore, "mean")
    there = [name for name in means if name in data]
    whole = data[there].astype(float)
    error = whole.std() * np.sqrt(1 / n - 1 / len(data))
    far = ((pd.Series(means)[there] - whole.mean()).abs() / error).max()
    return {f"means of {len(there)} columns of {n:,} rows, in standard errors": (float(far), 4.5)}


def _potability(known: Parameters, data: Path) -> Found:
    frame = pd.read_csv(data / "params/water_potability/water_potability.csv.gz")
    return _subsample(known, frame.fillna(frame.mean()), 2620)


def _fills(known: Parameters, data: Path) -> Found:
    means = pd.read_csv(data / "params/water_potability/water_potability.csv.gz").mean()
    fills = _setting(known, "value")
    return {
        f"{len(fills)} fills are the columns' means": (_far(fills.values(), means[[*fills]]), 1e-12)
    }


def _bank(known: Parameters, data: Path) -> Found:
    return _subsample(known, pd.read_csv(data / "params/bank_churn/European_Bank.csv.gz"), 8000)


def _boston(known: Parameters, data: Path) -> Found:
    frame = pd.read_csv(data / "params/boston_mlops/data/raw/housing.csv")
    return _subsample(known, frame.fillna(frame.median()), 404)


def _same_scaler(known: Parameters, data: Path) -> Found:
    told = _json(data / "params/telco_churn/scaler_params.json")
    return {f"{key} as scaler_params.json says": (
        _far(list(_of(known, ZScore, ours).values()), told[key]), 1e-12,
    ) for key, ours in (("mean", "mean"), ("scale", "std"))}  # fmt: skip


def _telco(known: Parameters, data: Path) -> Found:
    frame = pd.read_csv(data / "params/telco_churn/churn.csv.gz")
    hot = {f.name: s for f in known.features for s in f.steps if isinstance(s, OneHot)}
    there = {name: set(map(str, frame[name].dropna().unique())) for name in hot if name in frame}
    wrong = sum(not set(step.values) <= there[name] for name, step in hot.items() if name in there)
    told = f"{len(there)} one-hot columns with a level that the data has not"
    return {**_same_scaler(known, data), told: (wrong, 0)}


def _baseline(known: Parameters, data: Path) -> Found:
    frame = pd.read_csv(data / "params/telco_churn/churn.csv.gz")
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    frame = frame.dropna(subset="TotalCharges")
    found: Found = {"rows": (abs(len(frame) - _rows(known)), 0)}
    numbers = {f.name: f.reference for f in known.features
               if isinstance(f.reference, NumericReference)}  # fmt: skip
    for key, told in (("mean", "mean"), ("std", "std (ddof 1, which the file does not say)")):
        ours = [getattr(reference, key) for reference in numbers.values()]
        found[f"{told} of {len(numbers)} columns"] = (_far(ours, frame[[*numbers]].agg(key)), 1e-9)
    counts = {f.name: f.reference.counts for f in known.features
              if isinstance(f.reference, CategoricalReference)}  # fmt: skip
    wrong = sum(dict(c) != frame[name].value_counts().to_dict() for name, c in counts.items())
    return found | {f"{len(counts)} columns whose counts differ": (wrong, 0)}


def _rows(known: Parameters) -> int:
    return max(f.reference.rows for f in known.features if f.reference)


def _listed(place: str, mean: str, std: str) -> Oracle:
    """Return the comparison with lists, or tables by name, under two keys of a JSON file."""

    def compare(known: Parameters, data: Path) -> Found:
        told = _json(data / place)

        def numbers(key: str) -> list[float]:
            value = told[key]
            return [*value.values()] if isinstance(value, Mapping) else [*value]

        return {f"{ours} as under {key}": (
            _far(_setting(known, ours).values(), numbers(key)), 1e-12
        ) for ours, key in (("mean", mean), ("std", std))}  # fmt: skip

    return compare


def _speech(place: str) -> Oracle:
    """Return the comparison with `[min, max, mean, std]`: the last two are of raw values."""

    def compare(known: Parameters, data: Path) -> Found:
        told = _json(data / place)
        ours = [x for f in known.features for s in f.steps if isinstance(s, ZScore)
                for x in (s.mean, s.std)]  # fmt: skip
        return {"mean, std": (_far(ours, [x for v in told.values() for x in [*v][2:]]), 1e-12)}

    return compare


def _robot(known: Parameters, data: Path) -> Found:
    folder = data / "params/lerobot_so101"
    log = pq.read_table(folder / "data/chunk-000/file-000.parquet").to_pandas()
    found: Found = {}
    for name in ("action", "observation.state"):
        raw = np.stack(log[name].to_numpy()).astype(float)
        steps = [known[f"{name}[{i}]"].steps[0] for i in range(raw.shape[1])]
        for key, theirs in (("mean", raw.mean(axis=0)), ("std", raw.std(axis=0))):
            ours = [getattr(step, key) for step in steps]
            found[f"{key} of {name}"] = (_far(ours, theirs), 1e-4)
    return found


def _ranges(known: Parameters, data: Path) -> Found:
    frame = pd.read_csv(data / "params/lightgbm/Versicolor.csv")
    there = {f.name: f.reference for f in known.features
             if isinstance(f.reference, NumericReference)}  # fmt: skip
    ours = [x for r in there.values() for x in (r.min, r.max)]
    theirs = [x for name in there for x in (frame[name].min(), frame[name].max())]
    return {f"minima and maxima of {len(there)} columns": (_far(ours, theirs), 1e-6)}


def _bundle(known: Parameters, data: Path) -> Found:
    with zipfile.ZipFile(data / "params/mleap_airbnb/airbnb.model.lr.zip") as archive:
        nodes = {name: json.loads(archive.read(name)) for name in archive.namelist()
                 if name.endswith("model.json")}  # fmt: skip
    theirs = next(node["attributes"]["std"]["double"] for node in nodes.values()
                  if node["op"] == "standard_scaler")  # fmt: skip
    ours = _setting(known, "scale")
    labels = sorted(tuple(n["attributes"]["labels"]["string"]) for n in nodes.values()
                    if n["op"] == "string_indexer")  # fmt: skip
    hot = sorted(s.values for f in known.features for s in f.steps if isinstance(s, OneHot))
    wrong = sum(a != b[: len(a)] for a, b in zip(hot, labels, strict=True))
    return {
        f"{len(ours)} deviations, nothing subtracted": (_far(ours.values(), theirs), 1e-12),
        f"{len(hot)} one-hot columns whose labels differ": (wrong, 0),
    }


def _intervals(known: Parameters, data: Path) -> Found:
    tree = ElementTree.parse(data / "params/pmml/sugarwise_model.pmml")  # noqa: S314  # ours
    ours, theirs = [], []
    for field in tree.iterfind(".//{*}DataField"):
        reference = known[field.get("name", "")].reference
        for interval in field.iterfind("{*}Interval"):
            if isinstance(reference, NumericReference):
                ours += [reference.min, reference.max]
                theirs += [float(interval.get(f"{end}Margin", "nan")) for end in ("left", "right")]
    apart = float(np.max(np.abs(np.array(ours, float) - np.array(theirs))))
    return {f"{len(ours)} ends of ranges, absolute": (apart, 1e-12)}


def _wine(known: Parameters, data: Path) -> Found:
    path = data / "params/spark_wine_pipeline/TrainingDataset.csv"
    frame = pd.read_csv(path, sep=";", quoting=3)
    frame.columns = [re.sub('"', "", name) for name in frame.columns]
    ours = _setting(known, "scale")
    offsets = len(_setting(known, "mean"))
    return {
        f"{len(ours)} deviations (ddof 1)": (_far(ours.values(), frame[[*ours]].std()), 1e-12),
        "means subtracted (withMean is false)": (offsets, 0),
    }


def _sums(known: Parameters, data: Path) -> Found:
    told = _json(data / "params/wenet/global_cmvn")
    n = told["frame_num"]
    means = np.array(told["mean_stat"]) / n
    stds = np.sqrt(np.array(told["var_stat"]) / n - means**2)
    return {
        key: (_far(_of(known, ZScore, key).values(), theirs), 1e-9)
        for key, theirs in (("mean", means), ("std", stds))
    }


def _codes(known: Parameters, data: Path) -> Found:
    told = _json(data / "params/diabetes_js/le_gender.json")["classes"]
    wrong = sum([*levels] != told for levels in _setting(known, "values").values())
    return {"encoders whose levels differ": (wrong, 0)}


def _fillers(known: Parameters, data: Path) -> Found:
    told = _json(data / "params/diabetes_js/column_means.json")
    return {"fills": (_far(_setting(known, "value").values(), map(float, told.values())), 1e-12)}


ORACLES: Mapping[str, Oracle] = {
    "params/water_potability/scaler.pkl": _potability,
    "params/water_potability/imputer.pkl": _fills,
    "params/bank_churn/scaler.pkl": _bank,
    "params/boston_mlops/models/preprocessor.pkl": _boston,
    "params/telco_churn/preprocessor.pkl": _telco,
    "params/telco_churn/scaler_params.json": _same_scaler,
    "params/telco_churn_baseline/training_baseline.json": _baseline,
    "params/diabetes_js/scaler.json": _listed("params/diabetes_js/scaler.json", "mean", "scale"),
    "params/diabetes_js/column_means.json": _fillers,
    "params/diabetes_js/le_gender.json": _codes,
    "params/crop_recommendation/scaler_params.json": _listed(
        "params/crop_recommendation/scaler_params.json", "mean", "scale"
    ),
    "params/credit_risk_named/scaler_params.json": _listed(
        "params/credit_risk_named/scaler_params.json", "mean", "std"
    ),
    **{f"params/fastspeech2/{name}_stats.json": _speech(f"params/fastspeech2/{name}_stats.json")
       for name in ("AISHELL3", "LJSpeech", "LibriTTS")},
    "params/lerobot_so101/meta/stats.json": _robot,
    "params/lightgbm/ClassificationVersicolor.txt": _ranges,
    "params/mleap_airbnb/airbnb.model.lr.zip": _bundle,
    "params/pmml/sugarwise_model.pmml": _intervals,
    "params/spark_wine_pipeline/bestModel": _wine,
    "params/wenet/global_cmvn": _sums,
}  # fmt: skip
"""By the path under the folder of the data."""
