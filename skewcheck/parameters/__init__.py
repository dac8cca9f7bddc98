"""Parameter files of every format: detect the format and read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from skewcheck.features.types import Parameters
from skewcheck.parameters import native
from skewcheck.parameters.source import FormatReader, ParameterSource, UnnamedError, open_source
from skewcheck.text.errors import OptionName, ParameterError

READERS: Mapping[str, str] = MappingProxyType(
    {
        "home-made numbers": "handwritten",
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
        "skops": "skops",
        "PyTorch": "torch_files",
        "safetensors": "safetensors",
        "folder of arrays": "array_folder",
        "ONNX": "onnx",
        "Keras": "keras",
        "TFDV statistics": "tfdv",
        "TFX schema": "tfx",
        "constants in code": "source_code",
    }
)
"""Foreign formats, and the module whose READER reads each; imported only when a file is read."""


def load(path: str | Path, names: Sequence[str] = ()) -> Parameters:
    """Read a parameter file or folder; ParameterError names file, key and rule.

    `names` are the feature names of a foreign file that does not contain them; UnnamedError says
    that they are needed. ParameterError if they are given for a file that does.
    """
    source = open_source(path, tuple(names))
    if source.root is not None and native.recognised(source.root):
        if names:
            raise _needs_no_names(path)
        parameters = native.parameters(source.root)
    else:
        parameters = load_foreign(source)
    # A selection in the file may leave some of them out.
    if names and {*names}.isdisjoint(feature.name for feature in parameters.features):
        raise _needs_no_names(path)
    return parameters


def _needs_no_names(path: str | Path) -> ParameterError:
    problem = f"{path}: names its features itself; leave "
    return ParameterError(problem, OptionName("names"), " out")


def load_foreign(source: ParameterSource) -> Parameters:
    """Read a file of another tool; ParameterError unless exactly one format matches."""
    # Code looks like many things, so that its ending decides; no other file imports its reader.
    modules = {n: m for n, m in READERS.items() if (m == "source_code") == source.is_code}
    readers = {name: _reader(module) for name, module in modules.items()}
    matching = [name for name, reader in readers.items() if reader.recognised(source)]
    matching = [name for name in matching if readers[name].decisive] or matching
    if not matching:
        from skewcheck.parameters.unknown_files import describe_unknown_file

        raise source.error(*describe_unknown_file(source))
    if len(matching) > 1:
        raise source.error(f"can be read as {' or '.join(matching)}: it must be one of them only")
    from skewcheck.parameters.warnings import with_warnings  # files of skewcheck have their own

    parameters = readers[matching[0]].read(source)
    return with_warnings(replace(parameters, model={"format": matching[0], **parameters.model}))


def _reader(module: str) -> FormatReader:
    reader = import_module(f"skewcheck.parameters.{module}").READER
    if not isinstance(reader, FormatReader):
        raise TypeError(f"{module}.READER is no Reader")
    return reader


__all__ = ["READERS", "UnnamedError", "load", "load_foreign"]
