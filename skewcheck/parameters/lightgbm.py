"""LightGBM: the names of the features in a saved model, and what range training saw of each.

A tree model normalizes nothing, so there are no steps: the ranges are a reference.
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
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.references import LEVELS
from skewcheck.parameters.source import Reader, Source, table
from skewcheck.parameters.tree import Node
from skewcheck.text.errors import ParameterError

_HEAD = 16 * 2**20
"""Bytes: names and ranges stand before the first tree."""
_RANGE = re.compile(r"\[([^:\]]+):([^:\]]+)\]")
_UNNAMED = re.compile(r"Column_\d+")
_PANDAS = b"\npandas_categorical:"


def recognised(source: Source) -> bool:
    """Return whether the content is a model's text, or the same dumped as JSON."""
    head = source.content[:4096]
    if head.startswith((b"tree\n", b"tree\r\n")) and b"num_class=" in head:
        return True
    return {"feature_names", "feature_infos", "tree_info"} <= table(source.root).keys()


def read(source: Source) -> Parameters:
    """Return the features with the ranges or the levels that training saw."""
    names, infos = _dumped(source.root) if source.root is not None else _written(source)
    if all(map(_UNNAMED.fullmatch, names)) and names:
        names = list(source.named(len(names)))
    if len(infos) != len(names):
        raise source.error(f"feature_names has {len(names)} entries, feature_infos {len(infos)}")
    notes = ["the trees: a model, left out; it takes its features as they are"]
    coded = [i for i, info in enumerate(infos) if isinstance(info, tuple)]
    levels = _pandas(source)
    if levels and len(levels) != len(coded):
        levels = [()] * len(coded)
        notes.append("the levels of its categories cannot be told apart, only their codes are")
    for i, own in zip(coded, levels, strict=False):
        infos[i] = own
    columns = [_column(name, info) for name, info in zip(names, infos, strict=True)]
    unused = tuple(name for name, info in zip(names, infos, strict=True) if info is None)
    why = "LightGBM leaves it out: one value in training, or too few rows of any other"
    warnings = [ParameterWarning("constant", {"text": why}, unused)] if unused else []
    return gathered(source, columns, notes=notes, warnings=warnings)


Info = tuple[str, ...] | list[float] | None
"""The levels of a categorical feature, [min, max] of a number, None for one that is not used."""


def _column(name: str, info: Info) -> Column:
    if isinstance(info, tuple):
        known = dict.fromkeys(info[:LEVELS], 0)
        levels = CategoricalReference(0, counts=known) if known else None
        return Column(name, type="categorical", reference=levels)
    reference = None if info is None else NumericReference(0, min=info[0], max=info[1])
    return Column(name, type="numeric", reference=reference)


def _written(source: Source) -> tuple[list[str], list[Info]]:
    """Return names and ranges of a model's text: `key=value` lines before the first tree."""
    head, _, _ = source.content[:_HEAD].partition(b"\nTree=")
    try:
        lines = head.decode().splitlines()
    except UnicodeDecodeError as error:
        raise source.error("no UTF-8 text, so no LightGBM model") from error
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    for key in ("feature_names", "feature_infos"):
        if key not in pairs:
            raise source.error(f"{key} is missing: the model's text was cut, or is very old")
    infos = [_info(source, text) for text in pairs["feature_infos"].split()]
    return pairs["feature_names"].split(), infos


def _info(source: Source, text: str) -> Info:
    if text == "none":
        return None
    found = _RANGE.fullmatch(text)
    try:
        if found is None:
            return _codes(int(code) for code in text.split(":"))
        ends = [float(found[1]), float(found[2])]
    except ValueError as error:
        raise source.error(f"feature_infos: cannot read {text[:40]!r}") from error
    if not all(map(math.isfinite, ends)) or any(b < a for a, b in pairwise(ends)):
        raise source.error(f"feature_infos: {text[:40]!r} is no range")
    return ends


def _codes(codes: Iterable[int]) -> tuple[str, ...]:
    """Return the codes of a category in order; the negative one stands for no value."""
    return tuple(str(code) for code in sorted(set(codes)) if code >= 0)


def _dumped(root: Node) -> tuple[list[str], list[Info]]:
    """Return names and ranges of `Booster.dump_model()`."""
    members = root.members()
    names = [item.text() for item in members["feature_names"].items()]
    ranges = members["feature_infos"].members()
    infos: list[Info] = []
    for name in names:
        own = ranges[name].members() if name in ranges else {}
        if "values" in own and own["values"].value:
            infos.append(_codes(int(item.number()) for item in own["values"].items()))
        elif "min_value" in own and "max_value" in own:
            ends = [own["min_value"].number(), own["max_value"].number()]
            if ends[1] < ends[0]:
                raise own["max_value"].must("at least min_value")
            infos.append([*ends])
        else:
            infos.append(None)
    return names, infos


def _pandas(source: Source) -> Sequence[tuple[str, ...]]:
    """Return the levels that pandas categories had, which the model knows as codes only."""
    root = source.root
    if root is not None:
        told = root.members().get("pandas_categorical")
        found = told.value if told is not None else None
    else:
        _, _, text = source.content.rpartition(_PANDAS)
        try:
            found = json.loads(text.splitlines()[0]) if text and _PANDAS in source.content else None
        except (ValueError, IndexError, RecursionError) as error:
            raise source.error("pandas_categorical: no valid JSON") from error
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, list) for item in found):
        raise ParameterError(f"{source.path}: pandas_categorical: must be arrays of levels")
    return [tuple(dict.fromkeys(label(level) or "" for level in own)) for own in found]


READER = Reader(recognised, read)
