"""A saved Keras model: its layers as JSON, and what they learned.

`.keras` is a zip of config.json, model.weights.h5 and vocabularies; `.h5` is HDF5 throughout; a
model's or a layer's JSON alone holds what was given to it, and not what it learned.
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

from skewcheck.parameters.keras.arrays import SIGNATURE, Arrays
from skewcheck.parameters.source import ParameterSource, root_members
from skewcheck.parameters.tree import Node, parse
from skewcheck.text.errors import ParameterError

LARGEST = 16 * 2**20
"""Bytes of JSON, or of a vocabulary."""
WEIGHTS = 256 * 2**20
"""Bytes of all that layers learned."""
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError,
    RuntimeError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saved:
    """What the file holds."""

    root: Node
    """`{"class_name": ..., "config": {...}}` of the whole model, or of one layer."""
    arrays: Arrays | None = None
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    """The text of each vocabulary, by the name of its folder."""

    def learned(self, layer: str, usual: str) -> Mapping[str, NDArray[np.float64]]:
        """Return a layer's arrays by name."""
        return {} if self.arrays is None else self.arrays.of(layer, usual)


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a saved model, or the JSON of a model or layer."""
    if source.content.startswith(SIGNATURE):
        return True
    if source.root is not None:
        root = root_members(source.root)
        return isinstance(root.get("class_name"), str) and isinstance(root.get("config"), dict)
    if not source.content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            return {"metadata.json", "config.json"} <= set(archive.namelist())
    except _DAMAGED:
        return False


def saved(source: ParameterSource) -> Saved:
    """Open a saved model; ParameterError where it is damaged, or holds weights alone."""
    if source.root is not None:
        return Saved(source.root)
    if source.content.startswith(SIGNATURE):
        arrays = Arrays(source, source.content)
        if not arrays.config:
            raise source.error(
                "holds weights alone, and not what the layers do with them: save the whole model"
                " with model.save('model.keras')"
            )
        return Saved(_json(source, arrays.config.encode("utf-8", "surrogateescape")), arrays)
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            return _unpacked(source, archive)
    except _DAMAGED as error:
        raise source.error(f"damaged zip ({error}): save the model again") from error


def _unpacked(source: ParameterSource, archive: zipfile.ZipFile) -> Saved:
    root = _json(source, _entry(source, archive, "config.json", LARGEST))
    texts: dict[str, str] = {}
    for name in archive.namelist():
        parts = name.split("/")
        if parts[0] == "assets" and parts[-1] == "vocabulary.txt" and len(parts) > 2:
            texts[parts[-2]] = _entry(source, archive, name, LARGEST).decode()
    arrays = None
    if "model.weights.h5" in archive.namelist():
        arrays = Arrays(source, _entry(source, archive, "model.weights.h5", WEIGHTS))
    return Saved(root, arrays, texts)


def _entry(source: ParameterSource, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise source.error(f"{name}: not stored nor deflated, as Keras saves it")
    with archive.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise source.error(f"{name}: larger than {most // 2**20} MiB, no parameters")
    return content


def _json(source: ParameterSource, content: bytes) -> Node:
    try:
        root = parse(Path("config.json"), content)
    except ParameterError as error:
        raise source.error(str(error)) from error
    return Node(root.value, str(source.path))
