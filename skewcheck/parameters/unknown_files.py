"""Describe files that contain no parameters: what they are and what to do with them."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from skewcheck.parameters.source import ParameterSource, root_members
from skewcheck.text.errors import OptionName


def describe_unknown_file(source: ParameterSource) -> tuple[str | OptionName, ...]:
    """Return a description of a file or folder that no reader recognises; empty if none fits."""
    return next((description for matches, description in _DESCRIPTIONS if matches(source)), ())


def _part_of_spark(source: ParameterSource) -> bool:
    stage = source.path.parent.parent
    inside = source.path.parent.name == "data" and any(stage.glob("metadata/part-*"))
    return inside or str(root_members(source.root).get("class", "")).startswith(
        "org.apache.spark.ml"
    )


def _part_of_tft(source: ParameterSource) -> bool:
    return any((up / "transformed_metadata").is_dir() for up in list(source.path.parents)[:3])


def _lists_names(source: ParameterSource) -> bool:
    value = None if source.root is None else source.root.value
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return isinstance(value, list) and bool(value) and all(isinstance(x, str) for x in value)


def _is_data(source: ParameterSource) -> bool:
    head = _decompressed(source.content[:4096])
    if head.startswith((b"PAR1", b"ARROW1")):
        return True
    if source.root is not None:
        return {"rows", "schema"} <= root_members(source.root).keys()
    first, _, other_lines = head.partition(b"\n")
    separator = next((candidate for candidate in (b",", b";", b"\t") if candidate in first), None)
    return (
        separator is not None
        and b"\0" not in head
        and first.count(separator) <= other_lines.count(separator)
    )


def _decompressed(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, 4096)  # 31: with the header of gzip
    except zlib.error:
        return head


_DESCRIPTIONS: tuple[
    tuple[Callable[[ParameterSource], bool], tuple[str | OptionName, ...]], ...
] = (
    (_part_of_spark, ("is a part of a Spark pipeline: give the pipeline's folder",)),
    (_part_of_tft, ("is a part of a tf.Transform folder: give the folder",)),
    (
        _lists_names,
        (
            "lists names and no numbers: give it to ",
            OptionName("names"),
            ", beside the file of the numbers",
        ),
    ),
    (
        _is_data,
        ("is a table of data, no parameters: skewcheck fit learns them from training data",),
    ),
)
