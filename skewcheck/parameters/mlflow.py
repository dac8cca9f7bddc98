"""Read MLflow's MLmodel: names and types of the inputs in a model's signature."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from skewcheck.features.types import FeatureType, Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import NO_STEPS_NOTE, PipelineColumn
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.yaml_tree import looks_yaml, yaml_tree

_TYPES: Mapping[str, FeatureType] = {
    "integer": "numeric", "long": "numeric", "float": "numeric", "double": "numeric",
    "string": "categorical", "boolean": "categorical",
}  # fmt: skip
_FLAVORS = re.compile(rb"^flavors:", re.MULTILINE)


def _recognised(source: ParameterSource) -> bool:
    return source.root is None and looks_yaml(source) and bool(_FLAVORS.search(source.content))


def _read(source: ParameterSource) -> Parameters:
    tree = yaml_tree(source)
    signature = tree.get("signature") if isinstance(tree, Mapping) else None
    inputs = signature.get("inputs") if isinstance(signature, Mapping) else None
    if not isinstance(inputs, str):
        raise source.error("has no signature with inputs; log the model with infer_signature")
    try:
        listed: object = json.loads(inputs)
    except (ValueError, RecursionError) as error:
        raise source.error("signature.inputs: no valid JSON") from error
    if not isinstance(listed, list) or not listed:
        raise source.error("signature.inputs: names no input")
    columns = [column for i, item in enumerate(listed) for column in _columns(source, i, item)]
    return build_parameters(source, columns, notes=[NO_STEPS_NOTE])


def _columns(source: ParameterSource, i: int, item: object) -> Sequence[PipelineColumn]:
    if not isinstance(item, Mapping):
        raise source.error(f"signature.inputs[{i}]: must be an object")
    place, name, kind = f"signature.inputs[{i}]", item.get("name"), item.get("type")
    if kind == "tensor":
        return _tensor(source, place, item)
    if not isinstance(name, str):
        raise source.error(f"{place}: has no name; log the model with a DataFrame as its example")
    column = PipelineColumn(name, type=_TYPES.get(str(kind)), source=place)
    return [column if column.type else column.untestable(f"its type is {kind}")]


def _tensor(
    source: ParameterSource, place: str, item: Mapping[object, object]
) -> Sequence[PipelineColumn]:
    spec = item.get("tensor-spec")
    shape = spec.get("shape") if isinstance(spec, Mapping) else None
    width = shape[-1] if isinstance(shape, list) and len(shape) == 2 else None
    if not isinstance(width, int) or isinstance(width, bool) or not 0 < width <= 100_000:
        raise source.error(f"{place}: a tensor of shape {shape}, which names no features")
    name = item.get("name")
    names = (
        [f"{name}[{j}]" for j in range(width)] if isinstance(name, str) else source.names_for(width)
    )
    return [PipelineColumn(column_name, type="numeric", source=place) for column_name in names]


READER = FormatReader(_recognised, _read)
