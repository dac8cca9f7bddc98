"""Write the demo: a training sample, its parameter file, and logs with and without faults.

All files are generated from fixed seeds.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.simulate.demo.ride_data import (
    FEATURES,
    Columns,
    level_texts,
    rides,
    training_parameters,
)
from skewcheck.simulate.demo.server import ServerFault, serve
from skewcheck.text.errors import UsageError

__all__ = [
    "MANY",
    "DemoFiles",
    "Fit",
    "rides",
    "serve",
    "training_parameters",
    "write_demo",
    "write_files",
]

FitFunction = Callable[[Path, Path], None]
"""`fit(train, parameters)`: adds the distributions of `train` to the steps in `parameters`."""

FAULT_BY_FEATURE: Mapping[str, ServerFault] = MappingProxyType(
    {
        "trip_miles": "unit",
        "trip_seconds": "row_before",
        "fare": "own_statistics",
        "passengers": "scaled_twice",
        "pickup_hour": "time_zone",
        "temperature_c": "stale_std",
        "surge": "float16",
        "pickup_lat": "swapped",
        "pickup_lon": "swapped",
        "payment_type": "sorted_codes",
    }
)
"""The fault of each feature in the log of many faults: what servers really do."""
RENAMED = "zone"
"""The feature whose levels arrive in lower case in that log."""

_TITLE = "# skewcheck demo"
_README = f"""\
{_TITLE}

A made-up model of ride fares. Written by `skewcheck demo`, which may overwrite these files.

| file | what it is |
|---|---|
| `train.parquet` | what training saw |
| `params.json` | how training normalized it, and how it was distributed |
| `clean/` | two files of a log without a fault: raw and served values |
| `clean.csv` | a shorter one, its served values with six digits |
| `clean.jsonl` | the same rides, raw values only |
| `drifted.parquet` | raw values only: longer rides, colder days, other ways to pay |
| `not_normalized.parquet` | the server forgot to normalize the numbers |
| `paired_bug.parquet` | since Thursday noon, web-7 scales `fare` by an old number |
| `many_faults.parquet` | ten kinds of faults, each in features of its own |

Served values stand in columns named `{{feature}}_norm`:

    skewcheck audit params.json paired_bug.parquet --served '{{feature}}_norm'
"""


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Paths of the demo's files."""

    train: Path
    parameters: Path
    clean: Path
    """A folder of two Parquet files that are one log."""
    clean_csv: Path
    clean_jsonl: Path
    drifted: Path
    """Raw values only."""
    not_normalized: Path
    """Numeric features are served raw."""
    paired_bug: Path
    """`fare` is wrong on web-7 in the second half of the week."""
    many_faults: Path
    """One fault in each feature of `FAULT_BY_FEATURE`, and levels of RENAMED in lower case."""

    @classmethod
    def under(cls, folder: Path) -> DemoFiles:
        """Return the paths of the files in `folder`, whether they exist or not."""
        return cls(
            train=folder / "train.parquet",
            parameters=folder / "params.json",
            clean=folder / "clean",
            clean_csv=folder / "clean.csv",
            clean_jsonl=folder / "clean.jsonl",
            drifted=folder / "drifted.parquet",
            not_normalized=folder / "not_normalized.parquet",
            paired_bug=folder / "paired_bug.parquet",
            many_faults=folder / "many_faults.parquet",
        )


def write_demo(folder: Path, fit: FitFunction) -> DemoFiles:
    """Write the demo into `folder`, which is created if necessary, and return its paths.

    Files appear in the folder only after all are written. Raises UsageError for a folder with other
    content than an earlier demo, or one that cannot be written.
    """
    readme = folder / "README.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_demo = readme.is_file() and readme.read_bytes().startswith(_TITLE.encode())
        if any(folder.iterdir()) and not is_demo:
            raise UsageError(f"{folder}: not empty, and not an earlier demo; choose another folder")
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as name:
            draft = Path(name)
            files = write_files(draft, fit, train_rows=20_000, log_rows=10_000, text_rows=2_000)
            _write_many_faults(files, train_rows=20_000, log_rows=10_000)
            (draft / readme.name).write_text(_README)
            (folder / "clean").mkdir(exist_ok=True)
            for path in sorted(path for path in draft.rglob("*") if path.is_file()):
                path.replace(folder / path.relative_to(draft))
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; choose another folder") from error
    return DemoFiles.under(folder)


def _write_many_faults(files: DemoFiles, *, train_rows: int, log_rows: int) -> None:
    """Write the log of many faults, served by the steps in the parameter file."""
    parameters = training_parameters(rides(train_rows, seed=1))
    log = rides(log_rows, seed=7)
    log[RENAMED] = np.char.lower(level_texts(log[RENAMED]))
    served = dict(serve(log, parameters))
    for feature, fault in FAULT_BY_FEATURE.items():
        names = {name for name, other_fault in FAULT_BY_FEATURE.items() if other_fault == fault} | {
            feature
        }
        faulty = serve(log, parameters, fault=fault, features=names)
        served[f"{feature}_norm"] = faulty[f"{feature}_norm"]
    _write_parquet(files.many_faults, log | served)


def write_files(
    folder: Path, fit: FitFunction, *, train_rows: int, log_rows: int, text_rows: int
) -> DemoFiles:
    """Write training sample, parameter file and logs over the content of `folder`, which exists.

    Each log has `log_rows` rows, those in text formats `text_rows`. The same sizes give the same
    bytes.
    """
    files = DemoFiles.under(folder)
    train = rides(train_rows, seed=1)
    _write_parquet(files.train, {name: train[name] for name in FEATURES})
    parameters = training_parameters(train)
    files.parameters.write_text(json.dumps(parameters, indent=2) + "\n")
    fit(files.train, files.parameters)

    log = rides(log_rows, seed=2)
    clean = log | serve(log, parameters)
    half = log_rows // 2
    files.clean.mkdir(exist_ok=True)
    for part, rows in enumerate((slice(half), slice(half, None)), 1):
        path = files.clean / f"part-{part}.parquet"
        _write_parquet(path, {name: values[rows] for name, values in clean.items()})
    text_rides = rides(text_rows, seed=3)
    _write_csv(files.clean_csv, text_rides | serve(text_rides, parameters))
    _write_json_lines(files.clean_jsonl, text_rides)

    _write_parquet(files.drifted, rides(log_rows, seed=4, drift=1.0))
    log = rides(log_rows, seed=5)
    _write_parquet(files.not_normalized, log | serve(log, parameters, fault="unscaled"))
    log = rides(log_rows, seed=6)
    since = np.datetime64("2026-11-05T12:00:00", "us")
    faulty = serve(
        log, parameters, fault="stale_std", features={"fare"}, hosts={"web-7"}, since=since
    )
    _write_parquet(files.paired_bug, log | faulty)
    return files


def _write_parquet(path: Path, columns: Columns) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    utc = pa.timestamp("us", tz="UTC")
    arrays = {
        name: pa.array(values, utc if values.dtype.kind == "M" else None, from_pandas=True)
        for name, values in columns.items()
    }
    pq.write_table(pa.table(arrays), path, compression="zstd")


def _write_csv(path: Path, columns: Columns) -> None:
    cells = [_text_values(values) for values in columns.values()]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*cells, strict=True))


def _write_json_lines(path: Path, columns: Columns) -> None:
    cells = [_text_values(values) for values in columns.values()]
    with path.open("w", encoding="utf-8") as file:
        for row in zip(*cells, strict=True):
            file.write(json.dumps(dict(zip(columns, row, strict=True))) + "\n")


def _text_values(values: NDArray[np.generic]) -> list[str | float | bool | None]:
    """Return values as text formats contain them; float32, as served values are, in 6 digits."""
    if values.dtype.kind == "M":
        return [f"{moment}Z" for moment in values.astype("datetime64[s]").astype(str).tolist()]
    if values.dtype == np.float32:
        return [float(f"{value:.6g}") for value in values.tolist()]
    # NaN, which is a null here, differs from itself.
    return [None if value != value else value for value in values.tolist()]
