"""Read a home-made schema: `{"features": {f: {"dtype": "float"}}}`, names and types only."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.types import FeatureType, Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.source import FormatReader, ParameterSource, root_members

_TYPE_KEYS = ("dtype", "type", "data_type")
_NUMERIC_WORDS = ("int", "float", "double", "number", "numeric", "long", "decimal", "uint")
_TEXT_WORDS = ("str", "object", "categor", "bool", "text")


def _features(source: ParameterSource) -> Mapping[str, object]:
    """Return each feature's type as written; empty if the file is no schema or holds a number."""
    listed = root_members(source.root).get("features")
    if not isinstance(listed, dict):
        return {}
    types: dict[str, object] = {}
    for name, declaration in listed.items():
        kind = (
            next((declaration[k] for k in _TYPE_KEYS if k in declaration), None)
            if isinstance(declaration, dict)
            else declaration
        )
        has_no_number = isinstance(declaration, str) or (
            isinstance(declaration, dict)
            and all(isinstance(v, str | bool | None) for v in declaration.values()))  # fmt: skip
        if not has_no_number or not isinstance(kind, str) or _type(kind) is None:
            return {}
        types[name] = kind
    return types


def _type(kind: str) -> FeatureType | None:
    if kind.lower().startswith(_TEXT_WORDS):
        return "categorical"
    return "numeric" if kind.lower().startswith(_NUMERIC_WORDS) else None


def _recognised(source: ParameterSource) -> bool:
    return bool(_features(source))


def _read(source: ParameterSource) -> Parameters:
    if source.root is not None:
        source.root.free()  # a doubled key is an error
    columns = [
        PipelineColumn(name, type=_type(str(kind)), source=f"features.{name}")
        for name, kind in _features(source).items()
    ]
    target = root_members(source.root).get("target")
    if isinstance(target, str) and all(column.feature != target for column in columns):
        columns.append(PipelineColumn(target, type="numeric", role="label", source="target"))
    return build_parameters(
        source, columns, notes=["says types, and no normalization or distribution"]
    )


READER = FormatReader(_recognised, _read)
