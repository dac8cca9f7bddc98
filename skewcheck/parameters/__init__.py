"""Parameter files of every format: detect the format and read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from skewcheck.features.types import Parameters
from skewcheck.parameters import native
from skewcheck.parameters.source import FormatReader, ParameterSource, UnnamedError, open_source
from skewcheck.text.errors import OptionName, ParameterError

if TYPE_CHECKING:
    from skewcheck.parameters.several.pieces import Foreign

Place = str | Path | Sequence[str | Path]
"""A parameter file or folder, or several that one model's parameters are in."""
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


def load(path: Place, names: Sequence[str] = ()) -> Parameters:
    """Read a parameter file or folder; ParameterError names file, key and rule.

    Several paths, or a folder that no format has as a whole, hold the parameters of one model.
    `names` are the feature names of a foreign file that does not contain them; UnnamedError says
    that they are needed. ParameterError if they are given for a file that does.
    """
    paths = [path] if isinstance(path, str | Path) else [*path]
    parameters = _one(paths[0], names) if len(paths) == 1 else _several(paths, names)
    # A selection in the file may leave some of them out.
    if names and {*names}.isdisjoint(feature.name for feature in parameters.features):
        raise _needs_no_names(parameters.path)
    return parameters


def _one(path: str | Path, names: Sequence[str]) -> Parameters:
    source = open_source(path, tuple(names))
    if source.root is not None and native.recognised(source.root):
        if names:
            raise _needs_no_names(path)
        return native.parameters(source.root)
    return load_foreign(source)


def _several(paths: Sequence[str | Path], names: Sequence[str]) -> Parameters:
    from skewcheck.parameters.several.loading import load_files  # most models have one file

    if not paths:
        raise ParameterError("no parameter file is given")
    return _warned(load_files([Path(path) for path in paths], tuple(names), _foreign()))


def _needs_no_names(path: str | Path | None) -> ParameterError:
    problem = f"{path}: names its features itself; leave "
    return ParameterError(problem, OptionName("names"), " out")


def load_foreign(source: ParameterSource) -> Parameters:
    """Read a file or folder of another tool; ParameterError unless exactly one format matches."""
    # Arrays may lie beside encoders; all other formats have a folder for themselves.
    if source.folder and {*_matching(source)} <= {"folder of arrays"}:
        from skewcheck.parameters.several.loading import load_folder  # as above

        parameters = load_folder(source, load, _foreign())
        if parameters is not None:
            return _warned(parameters)
    return _warned(read_foreign(source)[1])


def read_foreign(source: ParameterSource) -> tuple[str, Parameters]:
    """Return the only format that matches, and what its reader says; ParameterError without one."""
    matching = _matching(source)
    if not matching:
        from skewcheck.parameters.unknown_files import describe_unknown_file

        raise source.error(*describe_unknown_file(source))
    if len(matching) > 1:
        raise source.error(f"can be read as {' or '.join(matching)}: it must be one of them only")
    (name, reader) = next(iter(matching.items()))
    parameters = reader.read(source)
    return name, replace(parameters, model={"format": name, **parameters.model})


def _matching(source: ParameterSource) -> dict[str, FormatReader]:
    """Return the readers of the formats that a source has, by their names."""
    # Code looks like many things, so that its ending decides; no other file imports its reader.
    modules = {n: m for n, m in READERS.items() if (m == "source_code") == source.is_code}
    readers = {name: _reader(module) for name, module in modules.items()}
    matching = {name: reader for name, reader in readers.items() if reader.recognised(source)}
    return {name: reader for name, reader in matching.items() if reader.decisive} or matching


def _foreign() -> Foreign:
    from skewcheck.parameters.several.pieces import Foreign  # as above

    return Foreign(lambda source: bool(_matching(source)), read_foreign)


def _warned(parameters: Parameters) -> Parameters:
    from skewcheck.parameters.warnings import with_warnings  # files of skewcheck have their own

    return with_warnings(parameters)


def _reader(module: str) -> FormatReader:
    reader = import_module(f"skewcheck.parameters.{module}").READER
    if not isinstance(reader, FormatReader):
        raise TypeError(f"{module}.READER is no Reader")
    return reader


__all__ = ["READERS", "Place", "UnnamedError", "load", "load_foreign", "read_foreign"]
