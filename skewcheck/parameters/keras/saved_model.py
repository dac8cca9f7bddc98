"""Open a saved Keras model: layers as JSON, and learned arrays and vocabularies.

`.keras` is a zip of config.json, model.weights.h5 and vocabularies; `.h5` is one HDF5 file; the
JSON of a model or layer contains settings, but nothing learned.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.keras.hdf5_arrays import SIGNATURE, LayerArrays
from skewcheck.parameters.source import ParameterSource, root_members
from skewcheck.parameters.tree import Node, parse
from skewcheck.parameters.zip_members import names_with
from skewcheck.text.errors import ParameterError

MAX_TEXT_BYTES = 16 * 2**20
"""Bytes of JSON, or of a vocabulary."""
MAX_WEIGHT_BYTES = 256 * 2**20
"""Bytes of model.weights.h5: as a parameter file."""
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError,
    RuntimeError, NotImplementedError,
)  # fmt: skip
"""Exceptions that zipfile raises for damaged or encrypted archives and for unknown versions."""


@dataclass(frozen=True, slots=True)
class SavedModel:
    """The content of a saved model."""

    root: Node
    """`{"class_name": ..., "config": {...}}` of the whole model, or of one layer."""
    arrays: LayerArrays | None = None
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    """Text of each vocabulary, by the name of its folder."""

    def learned(self, layer: str, default_name: str) -> Mapping[str, NDArray[np.float64]]:
        """Return a layer's arrays by name; empty without learned arrays."""
        return {} if self.arrays is None else self.arrays.of(layer, default_name)


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a saved model, or the JSON of a model or layer."""
    if source.content.startswith(SIGNATURE):
        return True
    if source.root is not None:
        root = root_members(source.root)
        return isinstance(root.get("class_name"), str) and isinstance(root.get("config"), dict)
    return bool(names_with(source.content, "metadata.json", "config.json"))


def open_model(source: ParameterSource) -> SavedModel:
    """Open a saved model; ParameterError if it is damaged, or contains only weights."""
    if source.root is not None:
        return SavedModel(source.root)
    if source.content.startswith(SIGNATURE):
        arrays = LayerArrays(source, source.content)
        if not arrays.config:
            raise source.error(
                "holds weights alone, and not what the layers do with them: save the whole model"
                " with model.save('model.keras')"
            )
        return SavedModel(_json(source, arrays.config.encode("utf-8", "surrogateescape")), arrays)
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            return _from_zip(source, archive)
    except _ZIP_ERRORS as error:
        raise source.error(f"damaged zip ({error}): save the model again") from error


def _from_zip(source: ParameterSource, archive: zipfile.ZipFile) -> SavedModel:
    root = _json(source, _entry(source, archive, "config.json", MAX_TEXT_BYTES))
    texts: dict[str, str] = {}
    for name in archive.namelist():
        path_parts = name.split("/")
        if path_parts[0] == "assets" and path_parts[-1] == "vocabulary.txt" and len(path_parts) > 2:
            texts[path_parts[-2]] = _entry(source, archive, name, MAX_TEXT_BYTES).decode()
    arrays = None
    if "model.weights.h5" in archive.namelist():
        arrays = LayerArrays(source, _entry(source, archive, "model.weights.h5", MAX_WEIGHT_BYTES))
    return SavedModel(root, arrays, texts)


def _entry(source: ParameterSource, archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise source.error(f"{name}: not stored nor deflated, as Keras saves it")
    with archive.open(name) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise source.error(f"{name}: larger than {max_bytes // 2**20} MiB, no parameters")
    return content


def _json(source: ParameterSource, content: bytes) -> Node:
    try:
        root = parse(Path("config.json"), content)
    except ParameterError as error:
        raise source.error(str(error)) from error
    return Node(root.value, str(source.path))
