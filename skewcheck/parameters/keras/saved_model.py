"""Open a saved Keras model: layers as JSON, and learned arrays and vocabularies.

`.keras` is a zip of config.json, model.weights.h5 and vocabularies; `.h5` is one HDF5 file; the
JSON of a model or layer contains settings, but nothing learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.keras.hdf5_arrays import SIGNATURE, LayerArrays
from skewcheck.parameters.source import ParameterSource, root_members
from skewcheck.parameters.tree import Node, parse
from skewcheck.parameters.zip_members import ZipMembers, names_with
from skewcheck.text.errors import ParameterError

MAX_TEXT_BYTES = 16 * 2**20
"""Bytes of JSON, or of a vocabulary."""
MAX_WEIGHT_BYTES = 256 * 2**20
"""Bytes of model.weights.h5: as a parameter file."""
MAX_ZIP_BYTES = MAX_WEIGHT_BYTES + 64 * 2**20
"""Bytes of all that is read: the weights, and vocabularies beside them."""


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
        return _from_zip(source, ZipMembers(source.content, MAX_ZIP_BYTES))
    except ParameterError as error:
        raise source.error(str(error).removeprefix(f"{source.path}: ")) from error


def _from_zip(source: ParameterSource, archive: ZipMembers) -> SavedModel:
    root = _json(source, archive.read("config.json", MAX_TEXT_BYTES))
    texts: dict[str, str] = {}
    names = archive.names()
    for name in names:
        path_parts = name.split("/")
        if path_parts[0] == "assets" and path_parts[-1] == "vocabulary.txt" and len(path_parts) > 2:
            texts[path_parts[-2]] = _text(name, archive.read(name, MAX_TEXT_BYTES))
    arrays = None
    if "model.weights.h5" in names:
        arrays = LayerArrays(source, archive.read("model.weights.h5", MAX_WEIGHT_BYTES))
    return SavedModel(root, arrays, texts)


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ParameterError(f"{name[:80]}: is no UTF-8 text: save the model again") from error


def _json(source: ParameterSource, content: bytes) -> Node:
    try:
        root = parse(Path("config.json"), content)
    except ParameterError as error:
        raise source.error(str(error)) from error
    return Node(root.value, str(source.path))
