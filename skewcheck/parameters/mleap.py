"""MLeap: a Bundle.ML zip of JSON nodes, which hold what Spark's stages hold, by other names."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from skewcheck.features.types import Parameters
from skewcheck.parameters.source import Reader, Source
from skewcheck.parameters.spark.flow import Flow, run
from skewcheck.parameters.spark.stage import Stage, texts
from skewcheck.parameters.spark.transformers import TRANSFORMERS
from skewcheck.parameters.tree import Node, parsed
from skewcheck.text.errors import ParameterError

LARGEST = 16 * 2**20
"""Bytes of one node's JSON when decompressed."""
MOST = 10_000
"""Files of a bundle."""
ALL = 64 * 2**20
"""Bytes of all nodes that are read."""
DEEPEST = 8
"""Pipelines within pipelines."""

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError,
    RuntimeError,
)  # fmt: skip
"""What zipfile raises of a damaged archive; of an encrypted one, or one of a later version, too."""

_KINDS = MappingProxyType({
    "standard_scaler": "StandardScalerModel", "min_max_scaler": "MinMaxScalerModel",
    "max_abs_scaler": "MaxAbsScalerModel", "imputer": "ImputerModel",
    "string_indexer": "StringIndexerModel", "one_hot_encoder": "OneHotEncoderModel",
    "bucketizer": "Bucketizer", "binarizer": "Binarizer", "vector_assembler": "VectorAssembler",
    "vector_slicer": "VectorSlicer", "elementwise_product": "ElementwiseProduct",
    "reverse_string_indexer": "IndexToString",
})  # fmt: skip
_KEYS = MappingProxyType({
    "handle_invalid": "handleInvalid", "drop_last": "dropLast", "category_sizes": "categorySizes",
    "scaling_vec": "scalingVec", "missing_value": "missingValue", "min": "originalMin",
    "max": "originalMax", "minValue": "min", "maxValue": "max",
})  # fmt: skip


def recognised(source: Source) -> bool:
    """Return whether the content is a zip with a bundle.json and a root node."""
    if source.content[:4] != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            names = set(archive.namelist())
    except _DAMAGED:
        return False
    return "bundle.json" in names and any(name.startswith("root/") for name in names)


def read(source: Source) -> Parameters:
    """Return what the bundle's nodes do to each raw column."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            names = frozenset(archive.namelist())
            if len(names) > MOST:
                raise source.error(f"a bundle of more than {MOST:,} files")
            stages = list(_stages(source, archive, dict.fromkeys(names, 0), "root", 0))
    except _DAMAGED as error:
        raise source.error(f"damaged zip ({error}): export the bundle again") from error
    return run(source, stages, TRANSFORMERS, Flow(source))


def _stages(
    source: Source, archive: zipfile.ZipFile, names: dict[str, int], place: str, depth: int
) -> Iterator[Stage]:
    if depth > DEEPEST:
        raise source.error("pipelines nested too deep")
    if f"{place}/model.pb" in names:
        raise source.error("a bundle in protobuf; export it in SerializationFormat.Json")
    node = _json(source, archive, names, f"{place}/node.json")
    model = _json(source, archive, names, f"{place}/model.json")
    kind = model["op"].text() if "op" in model else ""
    attributes = model["attributes"].members() if "attributes" in model else {}
    if kind != "pipeline":
        yield _stage(source, place, kind, attributes, node)
        return
    nodes = _plain(attributes["nodes"]) if "nodes" in attributes else None
    for name in texts(nodes)[:MOST] if nodes is not None else ():
        yield from _stages(source, archive, names, f"{place}/{name}.node", depth + 1)


def _json(
    source: Source, archive: zipfile.ZipFile, names: dict[str, int], path: str
) -> dict[str, Node]:
    """Return the members of one node's JSON; the name is looked up, nothing is unpacked to disk.

    `names` has the bytes that were read of each file so far: none is read twice.
    """
    if path not in names:
        raise source.error(f"{path} is missing")
    if names[path]:
        raise source.error(f"{path}: the same node stands twice in the pipeline")
    if archive.getinfo(path).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise source.error(f"{path}: not stored nor deflated, as bundles are")
    with archive.open(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise source.error(f"{path}: larger than 16 MiB, no parameters")
    names[path] = max(len(content), 1)
    if sum(names.values()) > ALL:
        raise source.error("more than 64 MiB of nodes, no parameters")
    try:
        root = parsed(Path(path), content)
    except ParameterError as error:
        raise source.error(str(error)) from error
    return Node(root.value, str(source.path), path.rpartition("/")[0]).members()


def _stage(
    source: Source, place: str, kind: str, attributes: Mapping[str, Node], node: Mapping[str, Node]
) -> Stage:
    known = {_KEYS.get(key, key): _plain(value) for key, value in attributes.items()}
    inputs, outputs = (_ports(node, side) for side in ("inputs", "outputs"))
    name = _KINDS.get(kind, kind)
    if name == "StandardScalerModel":
        # A bundle leaves out what is not used; Spark says so in its settings.
        flags = {"withMean": "mean", "withStd": "std"}
        known |= {k: Node(v in known, str(source.path), place) for k, v in flags.items()}
    elif name == "ImputerModel" and "surrogate_value" in known:
        known |= dict.fromkeys(inputs, known["surrogate_value"])
    elif name == "StringIndexerModel" and "labels_array_0" in known:
        arrays = [known[k].value for k in sorted(known, key=_order) if k.startswith("labels_array")]
        known["labelsArray"] = Node(arrays, str(source.path), f"{place}.labels_array")
    elif name not in TRANSFORMERS:
        known |= _model(node, source, place)
    return Stage(name, Node(None, str(source.path), place), place, inputs, outputs, known, known)


def _order(key: str) -> tuple[int, str]:
    return len(key), key


def _model(node: Mapping[str, Node], source: Source, place: str) -> dict[str, Node]:
    """Return Spark's name of the column that a model takes: the one at its port `features`."""
    shape = node["shape"].members() if "shape" in node else {}
    for port in shape["inputs"].items() if "inputs" in shape else ():
        members = port.members()
        if "port" in members and members["port"].value == "features" and "name" in members:
            return {"featuresCol": Node(members["name"].text(), str(source.path), place)}
    return {}


def _ports(node: Mapping[str, Node], side: str) -> tuple[str, ...]:
    shape = node["shape"].members() if "shape" in node else {}
    ports = [port.members() for port in shape[side].items()] if side in shape else []
    return tuple(port["name"].text() for port in ports if "name" in port)


def _plain(node: Node) -> Node:
    """Return an attribute without its type: {"double": [1.0], "type": "tensor"} is [1.0]."""
    if not isinstance(node.value, dict):
        return node
    values = [v for k, v in node.value.items() if k not in ("type", "shape")]
    return Node(values[0] if values else None, node.file, node.place.replace(".attributes", ""))


READER = Reader(recognised, read)
