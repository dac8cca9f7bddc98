"""XGBoost: the names and types of the features in a model saved as JSON; it keeps no ranges."""

from __future__ import annotations

from skewcheck.features.types import FeatureType, Parameters
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.source import Reader, Source, table
from skewcheck.parameters.tree import Node

_BINARY = (b"{L\x00", b"binf", b"bs64", b"CONFIG-offset:")
"""How UBJSON of XGBoost, and its binary formats before that, begin."""
MOST = 1_000_000
"""Features: as many names must fit into memory."""


def recognised(source: Source) -> bool:
    """Return whether the tree has a learner, or the content is XGBoost's own binary format."""
    learner = table(source.root).get("learner")
    known = isinstance(learner, dict) and "learner_model_param" in learner
    return known or source.content.startswith(_BINARY)


def read(source: Source) -> Parameters:
    """Return the features, which a tree model takes as they are."""
    if source.root is None:
        raise source.error("an XGBoost model in a binary format; save it as model.json")
    learner = source.root.members()["learner"].members()
    names = _texts(learner, "feature_names")
    types = _texts(learner, "feature_types")
    if not names:
        names = list(source.named(_width(learner["learner_model_param"])))
    if types and len(types) != len(names):
        raise source.error(f"feature_names has {len(names)} entries, feature_types {len(types)}")
    kinds: list[FeatureType] = [
        "categorical" if i < len(types) and types[i] == "c" else "numeric"
        for i in range(len(names))
    ]
    columns = [Column(name, type=kind) for name, kind in zip(names, kinds, strict=True)]
    notes = ["the trees: a model, left out; it takes its features as they are"]
    return gathered(source, columns, notes=notes)


def _texts(learner: dict[str, Node], key: str) -> list[str]:
    return [item.text() for item in learner[key].items()] if key in learner else []


def _width(node: Node) -> int:
    """Return the number of features, which XGBoost writes as text."""
    told = node.members().get("num_feature", node.at("num_feature"))
    text = str(told.value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:8]) <= MOST or len(text) > 7:
        raise told.must(f"a number of features, at most {MOST:,}")
    return int(text)


READER = Reader(recognised, read)
