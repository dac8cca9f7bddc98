"""Read XGBoost models saved as JSON: names and types of the features, without ranges."""

from __future__ import annotations

from skewcheck.features.types import FeatureType, Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.source import FormatReader, ParameterSource, root_members
from skewcheck.parameters.tree import Node

_BINARY_STARTS = (b"{L\x00", b"binf", b"bs64", b"CONFIG-offset:")
"""First bytes of XGBoost's UBJSON and of its older binary formats."""
MAX_FEATURES = 1_000_000
"""Features of a model: their names must fit into memory."""


def recognised(source: ParameterSource) -> bool:
    """Return whether it is an XGBoost model, as JSON or in a binary format."""
    learner = root_members(source.root).get("learner")
    is_json = isinstance(learner, dict) and "learner_model_param" in learner
    return is_json or source.content.startswith(_BINARY_STARTS)


def read(source: ParameterSource) -> Parameters:
    """Return the features; a tree model takes them without preprocessing."""
    if source.root is None:
        raise source.error("an XGBoost model in a binary format; save it as model.json")
    learner = source.root.members()["learner"].members()
    names = _texts(learner, "feature_names")
    types = _texts(learner, "feature_types")
    if not names:
        names = list(source.names_for(_feature_count(learner["learner_model_param"])))
    if types and len(types) != len(names):
        raise source.error(f"feature_names has {len(names)} entries, feature_types {len(types)}")
    kinds: list[FeatureType] = [
        "categorical" if i < len(types) and types[i] == "c" else "numeric"
        for i in range(len(names))
    ]
    columns = [PipelineColumn(name, type=kind) for name, kind in zip(names, kinds, strict=True)]
    notes = ["the trees: a model, left out; it takes its features as they are"]
    return build_parameters(source, columns, notes=notes)


def _texts(learner: dict[str, Node], key: str) -> list[str]:
    return [item.text() for item in learner[key].items()] if key in learner else []


def _feature_count(node: Node) -> int:
    """Return the number of features, which XGBoost writes as text."""
    node_of_count = node.members().get("num_feature", node.at("num_feature"))
    text = str(node_of_count.value)
    if (
        not text.isascii()
        or not text.isdigit()
        or not 0 < int(text[:8]) <= MAX_FEATURES
        or len(text) > 7
    ):
        raise node_of_count.must(f"a number of features, at most {MAX_FEATURES:,}")
    return int(text)


READER = FormatReader(recognised, read)
