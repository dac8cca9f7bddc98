"""What training knew, from whatever file it was written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from skewcheck.features.types import Parameters
from skewcheck.parameters import native
from skewcheck.parameters.doubts import doubted
from skewcheck.parameters.instead import instead
from skewcheck.parameters.source import Reader, Source, UnnamedError, opened
from skewcheck.parameters.writing import dumps
from skewcheck.text.errors import ParameterError

READERS: Mapping[str, str] = MappingProxyType(
    {
        "home-made numbers": "shapes",
        "SageMaker Model Monitor": "sagemaker",
        "Great Expectations suite": "expectations",
        "MLflow signature": "mlflow",
        "Hugging Face preprocessor": "huggingface",
        "schema of types": "schemas",
        "Spark ML": "spark",
        "MLeap": "mleap",
        "PMML": "pmml",
        "LightGBM": "lightgbm",
        "XGBoost": "xgboost",
        "scikit-learn": "sklearn",
        "ONNX": "onnx",
        "Keras": "keras",
        "TFDV statistics": "tfdv",
        "TFX schema": "tfx",
    }
)
"""Foreign formats, and the module whose READER reads each; imported when one is needed."""


def load(path: str | Path, names: Sequence[str] = ()) -> Parameters:
    """Read a parameter file or folder; ParameterError names file, key and rule.

    `names` name the values of foreign files that do not name them themselves; UnnamedError tells
    that they are needed.
    """
    source = opened(path, tuple(names))
    if source.root is not None and native.recognised(source.root):
        if names:
            raise ParameterError(f"{path}: names its features itself; leave --names out")
        found = native.parameters(source.root)
    else:
        found = foreign(source)
    # A selection in the file may leave some of them out.
    if names and {*names}.isdisjoint(feature.name for feature in found.features):
        raise ParameterError(f"{path}: names its features itself; leave --names out")
    return found


def foreign(source: Source) -> Parameters:
    """Read what is not skewcheck's own; ParameterError where not exactly one format fits."""
    readers = {name: _reader(module) for name, module in READERS.items()}
    able = [name for name, reader in readers.items() if reader.recognised(source)]
    if not able:
        raise source.error(instead(source) or _unknown(source))
    if len(able) > 1:
        raise source.error(f"can be read as {' or '.join(able)}: it must be one of them only")
    found = readers[able[0]].read(source)
    return doubted(replace(found, model={"format": able[0], **found.model}))


def _unknown(source: Source) -> str:
    what = "a folder" if source.folder else "no skewcheck parameter file"
    return (
        f"is {what}: it has no features with steps, and is none of {', '.join(READERS)};"
        " skewcheck fit writes one"
    )


def _reader(module: str) -> Reader:
    found = import_module(f"skewcheck.parameters.{module}").READER
    if not isinstance(found, Reader):
        raise TypeError(f"{module}.READER is no Reader")
    return found


__all__ = ["READERS", "UnnamedError", "dumps", "foreign", "load"]
