"""Read LightGBM models: feature names and the range of each feature in training.

A tree model has no preprocessing, so there are no steps: the ranges become references.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from skewcheck.features.types import (
    CategoricalReference,
    NumericReference,
    Parameters,
    ParameterWarning,
)
from skewcheck.logs.arrays import label
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.references import MAX_LEVELS
from skewcheck.parameters.source import FormatReader, ParameterSource, root_members
from skewcheck.parameters.tree import Node
from skewcheck.text.errors import ParameterError

_MAX_HEAD_BYTES = 16 * 2**20
"""Names and ranges precede the first tree; no model has more of them."""
_RANGE = re.compile(r"\[([^:\]]+):([^:\]]+)\]")
_DEFAULT_NAME = re.compile(r"Column_\d+")
_CATEGORIES_KEY = b"\npandas_categorical:"


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a model's text format or its JSON dump."""
    head = source.content[:4096]
    if head.startswith((b"tree\n", b"tree\r\n")) and b"num_class=" in head:
        return True
    return {"feature_names", "feature_infos", "tree_info"} <= root_members(source.root).keys()


def read(source: ParameterSource) -> Parameters:
    """Return the features with their training ranges or levels."""
    if source.root is not None:
        names, infos = _names_and_ranges_of_json(source.root)
    else:
        names, infos = _names_and_ranges_of_text(source)
    if all(map(_DEFAULT_NAME.fullmatch, names)) and names:
        names = list(source.names_for(len(names)))
    if len(infos) != len(names):
        raise source.error(f"feature_names has {len(names)} entries, feature_infos {len(infos)}")
    notes = ["the trees: a model, left out; it takes its features as they are"]
    categorical_indices = [i for i, info in enumerate(infos) if isinstance(info, tuple)]
    levels = _pandas_categories(source)
    if levels and len(levels) != len(categorical_indices):
        levels = [()] * len(categorical_indices)
        notes.append("the levels of its categories cannot be told apart, only their codes are")
    for i, feature_levels in zip(categorical_indices, levels, strict=False):
        infos[i] = feature_levels
    columns = [_column(name, info) for name, info in zip(names, infos, strict=True)]
    unused = tuple(name for name, info in zip(names, infos, strict=True) if info is None)
    message = "LightGBM leaves it out: one value in training, or too few rows of any other"
    warnings = [ParameterWarning("constant", {"text": message}, unused)] if unused else []
    return build_parameters(source, columns, notes=notes, warnings=warnings)


Info = tuple[str, ...] | list[float] | None
"""The levels of a categorical feature, [min, max] of a numeric one, None for an unused one."""


def _column(name: str, info: Info) -> PipelineColumn:
    if isinstance(info, tuple):
        counts = dict.fromkeys(info[:MAX_LEVELS], 0)
        level_reference = CategoricalReference(0, counts=counts) if counts else None
        return PipelineColumn(name, type="categorical", reference=level_reference)
    range_reference = None if info is None else NumericReference(0, min=info[0], max=info[1])
    return PipelineColumn(name, type="numeric", reference=range_reference)


def _names_and_ranges_of_text(source: ParameterSource) -> tuple[list[str], list[Info]]:
    """Return names and ranges from the `key=value` lines before the first tree."""
    head, _, _ = source.content[:_MAX_HEAD_BYTES].partition(b"\nTree=")
    try:
        lines = head.decode().splitlines()
    except UnicodeDecodeError as error:
        raise source.error("no UTF-8 text, so no LightGBM model") from error
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    for key in ("feature_names", "feature_infos"):
        if key not in pairs:
            raise source.error(f"{key} is missing: the model's text was cut, or is very old")
    infos = [_parse_range(source, text) for text in pairs["feature_infos"].split()]
    return pairs["feature_names"].split(), infos


def _parse_range(source: ParameterSource, text: str) -> Info:
    if text == "none":
        return None
    match = _RANGE.fullmatch(text)
    try:
        if match is None:
            return _codes(int(code) for code in text.split(":"))
        bounds = [float(match[1]), float(match[2])]
    except ValueError as error:
        raise source.error(f"feature_infos: cannot read {text[:40]!r}") from error
    if not all(map(math.isfinite, bounds)) or any(b < a for a, b in pairwise(bounds)):
        raise source.error(f"feature_infos: {text[:40]!r} is no range")
    return bounds


def _codes(codes: Iterable[int]) -> tuple[str, ...]:
    """Return the codes of a categorical feature, ascending; a negative code is a missing value."""
    return tuple(str(code) for code in sorted(set(codes)) if code >= 0)


def _names_and_ranges_of_json(root: Node) -> tuple[list[str], list[Info]]:
    """Return names and ranges from the output of `Booster.dump_model()`."""
    members = root.members()
    names = [item.text() for item in members["feature_names"].items()]
    ranges = members["feature_infos"].members()
    infos: list[Info] = []
    for name in names:
        feature_range = ranges[name].members() if name in ranges else {}
        if "values" in feature_range and feature_range["values"].value:
            infos.append(_codes(int(item.number()) for item in feature_range["values"].items()))
        elif "min_value" in feature_range and "max_value" in feature_range:
            bounds = [feature_range["min_value"].number(), feature_range["max_value"].number()]
            if bounds[1] < bounds[0]:
                raise feature_range["max_value"].must("at least min_value")
            infos.append([*bounds])
        else:
            infos.append(None)
    return names, infos


def _pandas_categories(source: ParameterSource) -> Sequence[tuple[str, ...]]:
    """Return the levels of each pandas categorical column, which the model stores as codes."""
    root = source.root
    if root is not None:
        node = root.members().get("pandas_categorical")
        categories = node.value if node is not None else None
    else:
        _, _, text = source.content.rpartition(_CATEGORIES_KEY)
        try:
            categories = (
                json.loads(text.splitlines()[0])
                if text and _CATEGORIES_KEY in source.content
                else None
            )
        except (ValueError, IndexError, RecursionError) as error:
            raise source.error("pandas_categorical: no valid JSON") from error
    if categories is None:
        return []
    if not isinstance(categories, list) or not all(isinstance(item, list) for item in categories):
        raise ParameterError(f"{source.path}: pandas_categorical: must be arrays of levels")
    return [
        tuple(dict.fromkeys(label(level) or "" for level in feature_levels))
        for feature_levels in categories
    ]


READER = FormatReader(recognised, read)
