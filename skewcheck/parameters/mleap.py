"""Read MLeap bundles: a Bundle.ML zip of JSON nodes, equivalent to Spark's stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from skewcheck.features.types import Parameters
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.spark.stage import Stage, string_items
from skewcheck.parameters.spark.table import SparkTable, apply_stages
from skewcheck.parameters.spark.transformers import TRANSFORMERS
from skewcheck.parameters.tree import Node, parse
from skewcheck.parameters.zip_members import ZipMembers, names_with
from skewcheck.text.errors import ParameterError

MAX_NODE_BYTES = 16 * 2**20
"""Bytes of one node's JSON when decompressed: a vocabulary of a million levels is smaller."""
MAX_FILES = 10_000
"""Files of a bundle: two for each node, and no pipeline has thousands of stages."""
MAX_TOTAL_BYTES = 64 * 2**20
"""Bytes of all nodes that are read, so that many large nodes cannot fill the memory."""
MAX_NESTING = 8
"""Pipelines within pipelines; real ones have two or three levels."""

_SPARK_CLASSES = MappingProxyType({
    "standard_scaler": "StandardScalerModel", "min_max_scaler": "MinMaxScalerModel",
    "max_abs_scaler": "MaxAbsScalerModel", "imputer": "ImputerModel",
    "string_indexer": "StringIndexerModel", "one_hot_encoder": "OneHotEncoderModel",
    "bucketizer": "Bucketizer", "binarizer": "Binarizer", "vector_assembler": "VectorAssembler",
    "vector_slicer": "VectorSlicer", "elementwise_product": "ElementwiseProduct",
    "reverse_string_indexer": "IndexToString",
})  # fmt: skip
_SPARK_KEYS = MappingProxyType({
    "handle_invalid": "handleInvalid", "drop_last": "dropLast", "category_sizes": "categorySizes",
    "scaling_vec": "scalingVec", "missing_value": "missingValue", "min": "originalMin",
    "max": "originalMax", "minValue": "min", "maxValue": "max",
})  # fmt: skip


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a zip with a bundle.json and a root node."""
    names = names_with(source.content, "bundle.json")
    return any(name.startswith("root/") for name in names)


def read(source: ParameterSource) -> Parameters:
    """Return the steps that the bundle's nodes apply to each raw column."""
    try:
        archive = ZipMembers(source.content, MAX_TOTAL_BYTES)
    except ParameterError as error:
        raise source.error(str(error)) from error
    names = archive.names()
    if len(names) > MAX_FILES:
        raise source.error(f"a bundle of more than {MAX_FILES:,} files")
    stages = list(_stages(source, archive, dict.fromkeys(names, False), "root", 0))
    return apply_stages(source, stages, TRANSFORMERS, SparkTable(source))


def _stages(
    source: ParameterSource,
    archive: ZipMembers,
    is_read: dict[str, bool],
    place: str,
    depth: int,
) -> Iterator[Stage]:
    if depth > MAX_NESTING:
        raise source.error("pipelines nested too deep")
    if f"{place}/model.pb" in is_read:
        raise source.error("a bundle in protobuf; export it in SerializationFormat.Json")
    node = _json(source, archive, is_read, f"{place}/node.json")
    model = _json(source, archive, is_read, f"{place}/model.json")
    op = model["op"].text() if "op" in model else ""
    attributes = model["attributes"].members() if "attributes" in model else {}
    if op != "pipeline":
        yield _stage(source, place, op, attributes, node)
        return
    nodes = _untyped(attributes["nodes"]) if "nodes" in attributes else None
    for name in string_items(nodes)[:MAX_FILES] if nodes is not None else ():
        yield from _stages(source, archive, is_read, f"{place}/{name}.node", depth + 1)


def _json(
    source: ParameterSource, archive: ZipMembers, is_read: dict[str, bool], path: str
) -> dict[str, Node]:
    """Return the members of one node's JSON; nothing is unpacked to disk.

    `is_read` says of each file of the bundle whether it was read: none is read twice.
    """
    if path not in is_read:
        raise source.error(f"{path} is missing")
    if is_read[path]:
        raise source.error(f"{path}: the same node stands twice in the pipeline")
    is_read[path] = True
    try:
        root = parse(Path(path), archive.read(path, MAX_NODE_BYTES))
    except ParameterError as error:
        raise source.error(str(error)) from error
    return Node(root.value, str(source.path), path.rpartition("/")[0]).members()


def _stage(
    source: ParameterSource,
    place: str,
    op: str,
    attributes: Mapping[str, Node],
    node: Mapping[str, Node],
) -> Stage:
    attributes_of_spark = {
        _SPARK_KEYS.get(key, key): _untyped(value) for key, value in attributes.items()
    }
    inputs, outputs = (_ports(node, side) for side in ("inputs", "outputs"))
    name = _SPARK_CLASSES.get(op, op)
    if name == "StandardScalerModel":
        # A bundle leaves out what is not used; Spark says so in its settings.
        flags = {"withMean": "mean", "withStd": "std"}
        attributes_of_spark |= {
            k: Node(v in attributes_of_spark, str(source.path), place) for k, v in flags.items()
        }
    elif name == "ImputerModel" and "surrogate_value" in attributes_of_spark:
        attributes_of_spark |= dict.fromkeys(inputs, attributes_of_spark["surrogate_value"])
    elif name == "StringIndexerModel" and "labels_array_0" in attributes_of_spark:
        arrays = [
            attributes_of_spark[k].value
            for k in sorted(attributes_of_spark, key=_by_number)
            if k.startswith("labels_array")
        ]
        attributes_of_spark["labelsArray"] = Node(arrays, str(source.path), f"{place}.labels_array")
    elif name not in TRANSFORMERS:
        attributes_of_spark |= _features_column(node, source, place)
    return Stage(
        name,
        Node(None, str(source.path), place),
        place,
        inputs,
        outputs,
        attributes_of_spark,
        attributes_of_spark,
    )


def _by_number(key: str) -> tuple[int, str]:
    """Sort key of `labels_array_2` before `labels_array_10`."""
    return len(key), key


def _features_column(
    node: Mapping[str, Node], source: ParameterSource, place: str
) -> dict[str, Node]:
    """Return Spark's setting for the column that a model reads: the one at port `features`."""
    shape = node["shape"].members() if "shape" in node else {}
    for port in shape["inputs"].items() if "inputs" in shape else ():
        members = port.members()
        if "port" in members and members["port"].value == "features" and "name" in members:
            return {"featuresCol": Node(members["name"].text(), str(source.path), place)}
    return {}


def _ports(node: Mapping[str, Node], side: str) -> tuple[str, ...]:
    """Return the column names on the side `inputs` or `outputs` of a node."""
    shape = node["shape"].members() if "shape" in node else {}
    ports = [port.members() for port in shape[side].items()] if side in shape else []
    return tuple(port["name"].text() for port in ports if "name" in port)


def _untyped(node: Node) -> Node:
    """Return an attribute without its type: {"double": [1.0], "type": "tensor"} becomes [1.0]."""
    if not isinstance(node.value, dict):
        return node
    values = [v for k, v in node.value.items() if k not in ("type", "shape")]
    return Node(values[0] if values else None, node.file, node.place.replace(".attributes", ""))


READER = FormatReader(recognised, read)
