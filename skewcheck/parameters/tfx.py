"""Read TFX schemas, and the folder that tf.Transform writes.

Neither contains a normalization that can be read: tf.Transform stores it as a TensorFlow graph,
which would have to be executed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.protobuf_text import MAX_BYTES, TextMessage, parse
from skewcheck.parameters.references import MAX_LEVELS
from skewcheck.parameters.source import FormatReader, ParameterSource, open_source

_SCHEMA_START = re.compile(
    rb"(?:\s|#[^\n]*\n)*(?:feature|string_domain|float_domain|int_domain)\s*:?\s*[{<]"
)
_TRANSFORMED_SCHEMA = "transformed_metadata/schema.pbtxt"
_NOTE = "says types and domains, and no normalization"
_GRAPH_NOT_RUN = (
    "tf.Transform keeps its normalization as a TensorFlow graph (transform_fn), which is not run:"
    " write the numbers down with skewcheck fit"
)
_MAX_VOCABULARY_FILES = 1000
"""Vocabulary files of a folder; more are not read."""


def recognised(source: ParameterSource) -> bool:
    """Return whether it is a schema as text, or a folder of tf.Transform."""
    if source.folder:
        return (source.path / _TRANSFORMED_SCHEMA).is_file()
    return source.root is None and bool(_SCHEMA_START.match(source.content[:65536]))


def read(source: ParameterSource) -> Parameters:
    """Return the features with the domains that the schema declares."""
    if not source.folder:
        return build_parameters(source, _columns(parse(source)), notes=[_NOTE])
    raw = source.path / "metadata" / "schema.pbtxt"
    if not raw.is_file():
        raise source.error(
            "a folder of tf.Transform without metadata/schema.pbtxt: what goes in is not said"
        )
    columns = _columns(parse(open_source(raw)))
    notes = [
        f"{path.name}: a vocabulary of {_feature_of_vocabulary(columns, levels)};"
        f" length {len(levels):,}"
        for path, levels in _vocabularies(source)
    ]
    columns = [
        replace(column.untestable(_GRAPH_NOT_RUN), reference=column.reference) for column in columns
    ]
    return build_parameters(source, columns, notes=notes)


def _vocabularies(source: ParameterSource) -> Iterator[tuple[Path, list[str]]]:
    """Yield each vocabulary file and its levels; a level's code is its line number."""
    folder = source.path / "transform_fn" / "assets"
    files = sorted(folder.iterdir())[:_MAX_VOCABULARY_FILES] if folder.is_dir() else []
    for path in files:
        if path.is_file():
            content = open_source(path).content
            if len(content) > MAX_BYTES:
                raise source.error(f"{path.name}: larger than 16 MiB, no vocabulary")
            text = content.decode("utf-8", "backslashreplace")
            yield path, text.removesuffix("\n").split("\n")


def _feature_of_vocabulary(columns: list[PipelineColumn], levels: list[str]) -> str:
    """Return the only feature whose domain has all the levels, as text for a note."""
    matching = [
        column.feature for column in columns
        if isinstance(column.reference, CategoricalReference)
        and {canonical(level) for level in levels} <= column.reference.counts.keys()
    ]  # fmt: skip
    return (
        f"{matching[0]}, whose domain alone has them"
        if len(matching) == 1
        else "an unknown feature"
    )


def _columns(schema: TextMessage) -> list[PipelineColumn]:
    domains = {
        message.text("name"): message for message in schema.messages.get("string_domain", ())
    }
    return [_column(message, domains) for message in schema.messages.get("feature", ())]


def _column(message: TextMessage, domains: dict[str, TextMessage]) -> PipelineColumn:
    name, kind = message.text("name"), message.text("type")
    place = f"feature.{name}"
    if message.text("deprecated") == "true" or message.text("lifecycle_stage") in (
        "DEPRECATED",
        "DISABLED",
    ):
        return PipelineColumn(name).untestable("the schema calls it deprecated")
    if kind not in ("INT", "FLOAT", "BYTES"):
        return PipelineColumn(name).untestable(
            f"its type is {kind or 'not said'}: no column of values"
        )
    int_domain, float_domain = message.message("int_domain"), message.message("float_domain")
    if kind == "BYTES" or int_domain.text("is_categorical") in ("true", "CATEGORICAL_YES"):
        domain = domains.get(message.text("domain"), message.message("string_domain"))
        levels = dict.fromkeys(map(canonical, domain.texts.get("value", ())), 0)
        listed = dict(list(levels.items())[:MAX_LEVELS])
        level_reference = CategoricalReference(0, counts=listed) if listed else None
        return PipelineColumn(name, type="categorical", reference=level_reference, source=place)
    limits = int_domain if "int_domain" in message.messages else float_domain
    low, high = _number(limits.text("min")), _number(limits.text("max"))
    is_range = low is not None and high is not None and low <= high
    reference = NumericReference(0, min=low, max=high) if is_range else None
    return PipelineColumn(name, type="numeric", reference=reference, source=place)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


READER = FormatReader(recognised, read)
