"""Whole parameter files of every format: what the fuzzer damages."""

from __future__ import annotations

import io
import os
import pickle
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
sys.path.append(str(FIXTURES))  # last: names as those of packages
import numpy as np  # noqa: E402
import observations  # noqa: E402
import tensors  # noqa: E402

MEAN, STD = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])
LARGEST = 200_000
"""Bytes: larger files only make it slow."""

Files = dict[str, bytes]
"""The content of each file of a folder by its path; of a single file, under its name."""


class _Wicked:
    """A pickle that runs a command when it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


def _entry(number: int, value: bytes | float | int) -> bytes:
    """Encode a field of a protobuf message; numbers and lengths under 128."""
    if isinstance(value, int):
        return bytes((number << 3, value))
    if isinstance(value, float):
        return bytes((number << 3 | 1,)) + struct.pack("<d", value)
    return bytes((number << 3 | 2, len(value))) + value


def _statistics() -> bytes:
    """Return TFDV's statistics of a feature of numbers."""
    common = _entry(1, _entry(1, 9) + _entry(4, 1) + _entry(8, 9))
    bucket = _entry(3, _entry(1, 1.0) + _entry(2, 5.0) + _entry(4, 9.0))
    moments = b"".join(_entry(n, x) for n, x in ((2, 3.0), (3, 1.0), (5, 1.0), (7, 5.0)))
    numbers = common + moments + _entry(8, bucket)
    feature = _entry(3, _entry(1, b"fare") + _entry(3, numbers))
    return _entry(1, _entry(2, 9) + feature)


def _npy(value: object) -> bytes:
    """Return an array of one object."""
    file = io.BytesIO()
    np.save(file, np.array(value, object), allow_pickle=True)
    return file.getvalue()


SMALL: Files = {
    "FeatureStats.pb": _statistics(),
    "schema.pbtxt": b'feature { name: "fare" type: FLOAT float_domain { min: 0 max: 9 } }\n'
    b'feature { name: "kind" type: BYTES string_domain { value: "a" value: "b" } }\n',
    "preprocessor_config.json": b'{"image_processor_type": "ViTImageProcessor", "do_normalize":'
    b' true, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.2], "rescale_factor": 0.004}',
    "statistics.json": b'{"version": 0.0, "dataset": {"item_count": 9}, "features": [{"name": "a",'
    b' "inferred_type": "Fractional", "numerical_statistics": {"common": {"num_present": 9,'
    b' "num_missing": 0}, "mean": 4.5, "sum": 40, "std_dev": 1.5, "min": 1, "max": 9,'
    b' "distribution": {"kll": {"buckets":'
    b' [{"lower_bound": 1, "upper_bound": 9, "count": 9}]}}}}]}',
    "suite.json": b'{"expectation_suite_name": "x", "expectations": [{"expectation_type":'
    b' "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 0,'
    b' "max_value": 9}}, {"expectation_type": "expect_column_values_to_be_in_set", "kwargs":'
    b' {"column": "b", "value_set": ["x", "y"]}}]}',
    "MLmodel": b"flavors:\n  python_function:\n    loader_module: x\nsignature:\n  inputs: '[{"
    b'"name": "a", "type": "double"}, {"name": "b", "type": "string"}]\'\n',
    "baseline.json": b'{"row_count": 9, "numeric": {"a": {"mean": 1, "std": 2}}, "categorical":'
    b' {"b": {"x": 0.5, "y": 0.5}}}',
    "params.json": b'{"features": {"a": {"steps": [{"op": "zscore", "mean": 1, "std": 2}],'
    b' "reference": {"rows": 3, "edges": [1, 2], "at": [1, 1], "between": [0, 1, 0],'
    b' "sums": [0, 1.5, 0]}}}}',
    "vec_normalize.pkl": pickle.dumps(
        observations.vec_normalize({"a": observations.moments(MEAN, STD)}, norm_obs_keys=["a"])
    ),
    "robot.safetensors": tensors.safetensors(
        {
            "normalize_inputs.buffer_observation_state.min": MEAN,
            "normalize_inputs.buffer_observation_state.max": tensors.Bfloat16(MEAN + STD),
            "0.weight": np.ones((2, 2), "f2"),
        }
    ),
    "layer.pt": tensors.torch_zip(
        {
            "input_norm.running_mean": MEAN,
            "input_norm.running_var": STD,
            "input_norm.weight": STD,
            "input_norm.bias": MEAN,
            "names": ["a", "b", "c"],
        },
        ">",
    ),
    "tensors.pkl": tensors.pickled({"mean": MEAN, "std": tensors.Bfloat16(STD)}),
    "objects.npy": _npy({"mean": MEAN, "std": STD}),
    "wicked.pkl": pickle.dumps({"mean": [1.0], "std": [2.0], "names": _Wicked()}),
}
"""Formats that the fixtures do not have."""


def seeds() -> list[Files]:
    """Return every file and folder of the fixtures that is a parameter file, and SMALL."""
    found = [{name: content} for name, content in SMALL.items()]
    for folder in ("formats", "models", "keras"):
        for path in sorted((FIXTURES / folder).iterdir()):
            small = path.is_file() and path.stat().st_size < LARGEST
            if small and path.suffix != ".parquet" and path.name != "boosting.csv":
                found.append({path.name: path.read_bytes()})
    found.append(dict(_content(FIXTURES / "formats" / "arrays")))
    return [*found, *(dict(_content(folder)) for folder in sorted(_pipelines()))]


def own_code() -> list[Files]:
    """Return pipelines with code of the user's own, as pickle, dill and cloudpickle write them."""
    script = Path(__file__).parent.parent / "parameters" / "own_code.py"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(script), folder]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return [
            {f"{what}.{how}": (Path(folder) / f"{what}.{how}").read_bytes()}
            for what in ("columns", "stages", "model", "first", "wide")
            for how in ("pickle", "dill", "dill 2", "recurse", "byref", "cloudpickle")
        ]


def of_libraries() -> list[Files]:
    """Return pipelines of category_encoders and of feature_engine, as pickles."""
    script = Path(__file__).parent.parent / "parameters" / "library_files.py"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(script), folder]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return [{path.name: path.read_bytes()} for path in sorted(Path(folder).iterdir())]


def _pipelines() -> Iterator[Path]:
    for path in FIXTURES.rglob("stages"):
        if (path.parent / "metadata").is_dir():
            yield path.parent


def _content(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
