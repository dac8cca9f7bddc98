"""Read the parameter files that other people wrote: `python parameters.py --data FOLDER`.

Lists each with what was understood, or the sentence that refuses it, and compares the numbers with
the data beside it; the table goes to PARAMETERS.md. Nothing is kept from earlier runs.
"""

from __future__ import annotations

import argparse
import io
import pickle
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pickled_oracles
import published
import skops.io
from category_encoders import OrdinalEncoder
from feature_engine.imputation import MeanMedianImputer
from oracles import ORACLES, Found
from sklearn.preprocessing import StandardScaler

from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError, load
from skewcheck.text.errors import SkewcheckError

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "fixtures"))  # last: names as those of packages
import observations  # noqa: E402
import tensors  # noqa: E402

FOLDERS = ("spark_wine_pipeline/bestModel", "tft_transform_graph")
"""Under params: one parameter file each, made of many."""
BESIDE = ("chicago_taxi/tfdv_*", "logs/sagemaker_capture/*.json")
NAMES: Mapping[str, tuple[str, ...]] = {"params/diabetes_js/le_gender.json": ("Gender",)}
"""What a user would give to --names; other files that need it get x0, x1, ..."""
KNOWN = {**ORACLES, **published.ORACLES, **pickled_oracles.ORACLES}
COLUMNS = 3_000

HEAD = (
    "# Parameter files of others",
    "",
    "Written by `make parameters DATA=folder`: every file in that folder's `params`, and",
    "statistics beside it. The column `checked` compares what was read with the data that lies by",
    "the file (relative differences unless it says otherwise) and shares no code with the readers.",
    "",
)


@dataclass(frozen=True)
class Reading:
    """A file and what came of it."""

    place: str
    seconds: float
    known: Parameters | None = None
    refusal: str = ""
    named: int = 0
    """Names that had to be given."""
    found: Found | None = None

    @property
    def right(self) -> bool:
        """Whether it agrees with all that is known of it."""
        return all(measured <= most for measured, most in (self.found or {}).values())


def files(data: Path) -> Iterator[Path]:
    """Yield the files in the order of the table; those inside a folder that is one follow it."""
    for path in sorted((data / "params").rglob("*")):
        if path.is_file() or any(path == data / "params" / folder for folder in FOLDERS):
            yield path
    for pattern in BESIDE:
        yield from sorted(data.glob(pattern))


def reading(path: Path, data: Path) -> Reading:
    """Read one file, and compare it with what is known of it."""
    place = str(path.relative_to(data))
    begun = time.perf_counter()
    names: tuple[str, ...] = ()
    try:
        try:
            known = load(path)
        except UnnamedError as error:
            names = NAMES.get(place) or tuple(f"x{i}" for i in range(error.count))
            known = load(path, names)
    except SkewcheckError as error:
        told = str(error).removeprefix(f"{path}: ")
        return Reading(place, time.perf_counter() - begun, refusal=told)
    seconds = time.perf_counter() - begun
    found = KNOWN[place](known, data) if place in KNOWN else None
    return Reading(place, seconds, known, named=len(names), found=found)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _understood(known: Parameters) -> str:
    forms = Counter(" + ".join(s.op for s in f.steps) or "as it is"
                    for f in known.features if f.untested is None)  # fmt: skip
    parts = [f"{form} x {n}" if n > 1 else form for form, n in forms.most_common()]
    lost = Counter(f.untested for f in known.features if f.untested)
    parts += [f"untested x {n}: {why}" for why, n in lost.most_common(3)]
    if references := sum(f.reference is not None for f in known.features):
        parts.append(f"{references} distributions")
    return "; ".join(parts)


def _checked(found: Found | None) -> str:
    if found is None:
        return "-"
    return "; ".join(
        f"{what}: {measured:.2g} {'<=' if measured <= most else 'NOT <='} {most:g}"
        for what, (measured, most) in found.items()
    )


def table(readings: list[Reading]) -> Iterator[str]:
    """Yield the lines of the files that were read, and then those of the others."""
    yield "| file | format | features | what was understood | warnings | checked | ms |"
    yield "|---|---|---:|---|---|---|---:|"
    for one in readings:
        if one.known is not None:
            given = f" ({one.named} by --names)" if one.named else ""
            cells = (
                f"`{one.place}`", str(one.known.model.get("format", "skewcheck")),
                f"{len(one.known.features)}{given}", _understood(one.known),
                ", ".join(w.code for w in one.known.warnings) or "-", _checked(one.found),
                f"{one.seconds * 1000:.1f}",
            )  # fmt: skip
            yield "| " + " | ".join(map(_escaped, cells)) + " |"
    yield from ("", "## Refused", "", "| file | what is said |", "|---|---|")
    for one in readings:
        if one.known is None:
            yield f"| `{one.place}` | {_escaped(one.refusal)} |"


def wide(folder: Path) -> Iterator[str]:
    """Yield how long a scaler of many columns takes: CPU time, the best of five."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(50, COLUMNS))).add_prefix("column_")
    scaler = StandardScaler().fit(frame)
    text = pd.DataFrame({"mean": scaler.mean_, "std": scaler.scale_}, scaler.feature_names_in_)
    arrays = io.BytesIO()
    np.savez(
        arrays, mean=scaler.mean_, std=scaler.scale_, feature_names=frame.columns.to_numpy(str)
    )
    unnamed, names = _unnamed(scaler), [*frame]
    contents = {
        "scaler.pkl": pickle.dumps(scaler), "scaler.npz": arrays.getvalue(),
        "scaler.json": text.to_json(orient="index").encode(),
        "scaler.csv": text.to_csv(index_label="feature").encode(),
        "scaler.h": _header(scaler), "imputer.pkl": pickle.dumps(MeanMedianImputer().fit(frame)),
        "encoder.pkl": pickle.dumps(OrdinalEncoder(cols=[*frame]).fit(frame.round().astype(str))),
        "scaler.skops": skops.io.dumps(scaler), "scaler.pt": tensors.torch_zip({"scaler": scaler}),
        **unnamed,
    }  # fmt: skip
    yield f"| {COLUMNS:,} columns | ms of CPU | under 200 |"
    yield "|---|---:|---|"
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        taken = []
        for _ in range(5):
            begun = time.process_time()
            known = load(path, names if name in unnamed else ())
            taken.append(time.process_time() - begun)
        if len(known.features) != COLUMNS:
            raise SystemExit(f"{name}: {len(known.features)} features")
        yield f"| `{name}` | {min(taken) * 1000:.0f} | {'yes' if min(taken) < 0.2 else 'NO'} |"


def _header(scaler: StandardScaler) -> bytes:
    """Return a scaler as arrays of a C header, with the names of columns in comments."""
    lists = []
    for kind, numbers in (("MEAN", scaler.mean_), ("STD", scaler.scale_)):
        pairs = zip(numbers.tolist(), scaler.feature_names_in_, strict=True)
        rows = "".join(f"  {number!r},  // {name}\n" for number, name in pairs)
        lists.append(f"static const double SCALER_{kind}[{COLUMNS}] = {{\n{rows}}};\n")
    return "".join(lists).encode()


def _unnamed(scaler: StandardScaler) -> dict[str, bytes]:
    """Return files that do not name their columns."""
    mean, std = scaler.mean_, scaler.scale_
    moments = observations.vec_normalize(observations.moments(mean, std**2))
    return {
        "state.pt": tensors.torch_zip({"normalizer.mean": mean, "normalizer.std": std}),
        "state.safetensors": tensors.safetensors({"normalizer.mean": mean, "normalizer.std": std}),
        "vec_normalize.pkl": pickle.dumps(moments),
    }


def main() -> None:
    """Read everything and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("-o", type=Path, default=HERE / "PARAMETERS.md")
    given = options.parse_args()
    readings = [reading(path, given.data) for path in files(given.data)]
    read = [one for one in readings if one.known is not None]
    checked = [one for one in read if one.found is not None]
    right = sum(one.right for one in checked)
    counts = (
        f"{len(readings)} files and folders: {len(read)} read, of these {len(checked)} checked and"
        f" {right} right; {len(readings) - len(read)} refused."
    )
    with tempfile.TemporaryDirectory() as folder:
        lines = [*HEAD, counts, "", *table(readings), "", "## Wide files", "", *wide(Path(folder))]
    given.o.write_text("\n".join(lines) + "\n")
    print(given.o.read_text())


if __name__ == "__main__":
    main()
