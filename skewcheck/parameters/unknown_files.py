"""Describe files that contain no parameters: what they are and what to do with them."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from skewcheck.parameters.source import ParameterSource, root_members
from skewcheck.text.errors import OptionName


def describe_unknown_file(source: ParameterSource) -> tuple[str | OptionName, ...]:
    """Return what a file or folder is that no reader recognises, and what to do with it."""
    known = next((description for matches, description in _DESCRIPTIONS if matches(source)), ())
    return known or (_unknown_format(source),)


def _unknown_format(source: ParameterSource) -> str:
    """Return the two formats that it most likely was meant to have, and what they need."""
    kind = "a folder" if source.folder else "no skewcheck parameter file"
    if source.folder:
        formats = _LIKELY_OF_FOLDERS
    elif source.root is not None:
        formats = _LIKELY_OF_SUFFIXES[".json"]
    else:
        formats = _LIKELY_OF_SUFFIXES.get(source.path.suffix.lower(), _LIKELY_OF_OTHERS)
    return (
        f"is {kind}: it has no features with steps, and is neither {formats[0]} nor {formats[1]};"
        " give the file that training saved, or let skewcheck fit write one from training data"
    )


def _part_of_spark(source: ParameterSource) -> bool:
    stage = source.path.parent.parent
    inside = source.path.parent.name == "data" and any(stage.glob("metadata/part-*"))
    return inside or str(root_members(source.root).get("class", "")).startswith(
        "org.apache.spark.ml"
    )


def _part_of_tft(source: ParameterSource) -> bool:
    return any((up / "transformed_metadata").is_dir() for up in list(source.path.parents)[:3])


def _lists_names(source: ParameterSource) -> bool:
    value = None if source.root is None else source.root.value
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return isinstance(value, list) and bool(value) and all(isinstance(x, str) for x in value)


def _is_data(source: ParameterSource) -> bool:
    head = _decompressed(source.content[:4096])
    if head.startswith((b"PAR1", b"ARROW1")):
        return True
    if source.root is not None:
        return {"rows", "schema"} <= root_members(source.root).keys()
    first, _, other_lines = head.partition(b"\n")
    separator = next((candidate for candidate in (b",", b";", b"\t") if candidate in first), None)
    return (
        separator is not None
        and b"\0" not in head
        and first.count(separator) <= other_lines.count(separator)
    )


def _decompressed(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, 4096)  # 31: with the header of gzip
    except zlib.error:
        return head


_NUMBERS = 'numbers by name ({"age": {"mean": 1, "std": 2}})'
_PICKLE = "a pickle of a fitted scikit-learn transformer"
_TENSORS = ("what torch.save writes of statistics or a scaler", "tensors in safetensors' format")
_LIKELY_OF_FOLDERS = ("a Spark ML pipeline", "a SavedModel of Keras or tf.Transform")
_LIKELY_OF_OTHERS = (_NUMBERS, _PICKLE)
_LIKELY_OF_SUFFIXES = {
    ".json": (_NUMBERS, "statistics of SageMaker Model Monitor"),
    ".toml": (_NUMBERS, "skewcheck's own format in TOML"),
    ".yaml": (_NUMBERS, "an MLflow model's signature"),
    ".yml": (_NUMBERS, "an MLflow model's signature"),
    ".pkl": (_PICKLE, "a pickle of numbers by name"),
    ".joblib": (_PICKLE, "a joblib file of numbers by name"),
    ".npy": (_PICKLE, "an array beside others of its set, in a folder"),
    ".npz": ("arrays by name (np.savez)", _PICKLE),
    ".skops": ("a skops file of a fitted scikit-learn transformer", _PICKLE),
    ".pt": _TENSORS,
    ".pth": _TENSORS,
    ".ckpt": _TENSORS,
    ".safetensors": _TENSORS[::-1],
    ".txt": ("a LightGBM model", "a TFX schema"),
    ".pbtxt": ("a TFX schema", "statistics of TFDV"),
    ".pb": ("a SavedModel of Keras", "statistics of TFDV"),
    ".zip": ("an MLeap bundle", "arrays by name (np.savez)"),
    ".xml": ("PMML with a DataDictionary", "an MLeap bundle"),
    ".h5": ("a Keras model with normalization layers", "an ONNX model"),
    ".keras": ("a Keras model with normalization layers", "an ONNX model"),
}
"""For each suffix the two formats that such files most often have, and what they need to hold."""

_DESCRIPTIONS: tuple[
    tuple[Callable[[ParameterSource], bool], tuple[str | OptionName, ...]], ...
] = (
    (_part_of_spark, ("is a part of a Spark pipeline: give the pipeline's folder",)),
    (_part_of_tft, ("is a part of a tf.Transform folder: give the folder",)),
    (
        _lists_names,
        (
            "lists names and no numbers: give it to ",
            OptionName("names"),
            ", beside the file of the numbers",
        ),
    ),
    (
        _is_data,
        ("is a table of data, no parameters: skewcheck fit learns them from training data",),
    ),
)
