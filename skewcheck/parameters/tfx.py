"""TFX: the schema of a data set, and the folder that tf.Transform writes.

Neither says a normalization that could be read: tf.Transform keeps it as a TensorFlow graph,
which would have to be run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.prototext import LARGEST, Block, parsed
from skewcheck.parameters.references import LEVELS
from skewcheck.parameters.source import Reader, Source, opened

_BEGINS = re.compile(
    rb"(?:\s|#[^\n]*\n)*(?:feature|string_domain|float_domain|int_domain)\s*:?\s*[{<]"
)
_FOLDER = "transformed_metadata/schema.pbtxt"
_RAW = "says types and domains, and no normalization"
_GRAPH = (
    "tf.Transform keeps its normalization as a TensorFlow graph (transform_fn), which is not run:"
    " write the numbers down with skewcheck fit"
)
_MOST = 1000
"""Vocabularies of a folder."""


def recognised(source: Source) -> bool:
    """Return whether it is a schema as text, or a folder of tf.Transform."""
    if source.folder:
        return (source.path / _FOLDER).is_file()
    return source.root is None and bool(_BEGINS.match(source.content[:65536]))


def read(source: Source) -> Parameters:
    """Return the features with what the schema says of their values."""
    if not source.folder:
        return gathered(source, _columns(parsed(source)), notes=[_RAW])
    raw = source.path / "metadata" / "schema.pbtxt"
    if not raw.is_file():
        raise source.error(
            "a folder of tf.Transform without metadata/schema.pbtxt: what goes in is not said"
        )
    columns = _columns(parsed(opened(raw)))
    notes = [
        f"{own.name}: a vocabulary of {_owner(columns, levels)}; length {len(levels):,}"
        for own, levels in _vocabularies(source)
    ]
    columns = [replace(column.lost(_GRAPH), reference=column.reference) for column in columns]
    return gathered(source, columns, notes=notes)


def _vocabularies(source: Source) -> Iterator[tuple[Path, list[str]]]:
    """Yield the vocabularies' files, and their levels; their codes are the places of the lines."""
    folder = source.path / "transform_fn" / "assets"
    files = sorted(folder.iterdir())[:_MOST] if folder.is_dir() else []
    for path in files:
        if path.is_file():
            content = opened(path).content
            if len(content) > LARGEST:
                raise source.error(f"{path.name}: larger than 16 MiB, no vocabulary")
            text = content.decode("utf-8", "backslashreplace")
            yield path, text.removesuffix("\n").split("\n")


def _owner(columns: list[Column], levels: list[str]) -> str:
    """Return the one feature whose domain has all the levels, which no file says otherwise."""
    able = [
        column.feature for column in columns
        if isinstance(column.reference, CategoricalReference)
        and {canonical(level) for level in levels} <= column.reference.counts.keys()
    ]  # fmt: skip
    return f"{able[0]}, whose domain alone has them" if len(able) == 1 else "an unknown feature"


def _columns(schema: Block) -> list[Column]:
    domains = {own.text("name"): own for own in schema.blocks.get("string_domain", ())}
    return [_column(own, domains) for own in schema.blocks.get("feature", ())]


def _column(own: Block, domains: dict[str, Block]) -> Column:
    name, kind = own.text("name"), own.text("type")
    place = f"feature.{name}"
    if own.text("deprecated") == "true" or own.text("lifecycle_stage") in (
        "DEPRECATED",
        "DISABLED",
    ):
        return Column(name).lost("the schema calls it deprecated")
    if kind not in ("INT", "FLOAT", "BYTES"):
        return Column(name).lost(f"its type is {kind or 'not said'}: no column of values")
    whole, real = own.block("int_domain"), own.block("float_domain")
    if kind == "BYTES" or whole.text("is_categorical") in ("true", "CATEGORICAL_YES"):
        domain = domains.get(own.text("domain"), own.block("string_domain"))
        levels = dict.fromkeys(map(canonical, domain.texts.get("value", ())), 0)
        some = dict(list(levels.items())[:LEVELS])
        known = CategoricalReference(0, counts=some) if some else None
        return Column(name, type="categorical", reference=known, source=place)
    limits = whole if "int_domain" in own.blocks else real
    low, high = _number(limits.text("min")), _number(limits.text("max"))
    ranged = low is not None and high is not None and low <= high
    reference = NumericReference(0, min=low, max=high) if ranged else None
    return Column(name, type="numeric", reference=reference, source=place)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


READER = Reader(recognised, read)
