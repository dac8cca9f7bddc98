"""A home-made schema: `{"features": {f: {"dtype": "float"}}}`, names and types without numbers."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.types import FeatureType, Parameters
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.source import Reader, Source, table

_KEYS = ("dtype", "type", "data_type")
_NUMBERS = ("int", "float", "double", "number", "numeric", "long", "decimal", "uint")
_TEXTS = ("str", "object", "categor", "bool", "text")


def _features(source: Source) -> Mapping[str, object]:
    """Return each feature's type as it is written; nothing where there is any number."""
    listed = table(source.root).get("features")
    if not isinstance(listed, dict):
        return {}
    found: dict[str, object] = {}
    for name, said in listed.items():
        kind = next((said[k] for k in _KEYS if k in said), None) if isinstance(said, dict) else said
        plain = isinstance(said, str) or (
            isinstance(said, dict)
            and all(isinstance(v, str | bool | None) for v in said.values()))  # fmt: skip
        if not plain or not isinstance(kind, str) or _type(kind) is None:
            return {}
        found[name] = kind
    return found


def _type(kind: str) -> FeatureType | None:
    if kind.lower().startswith(_TEXTS):
        return "categorical"
    return "numeric" if kind.lower().startswith(_NUMBERS) else None


def _recognised(source: Source) -> bool:
    return bool(_features(source))


def _read(source: Source) -> Parameters:
    if source.root is not None:
        source.root.free()  # a doubled key is an error
    columns = [
        Column(name, type=_type(str(kind)), source=f"features.{name}")
        for name, kind in _features(source).items()
    ]
    target = table(source.root).get("target")
    if isinstance(target, str) and all(column.feature != target for column in columns):
        columns.append(Column(target, type="numeric", role="label", source="target"))
    return gathered(source, columns, notes=["says types, and no normalization or distribution"])


READER = Reader(_recognised, _read)
