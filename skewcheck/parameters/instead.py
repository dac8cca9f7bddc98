"""What a file is that holds no parameters, and what to do with it."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from skewcheck.parameters.source import Source, table


def instead(source: Source) -> str:
    """Return what is said of a file or folder that no reader knows; empty if nothing is."""
    return next((told for looks, told in _KINDS if looks(source)), "")


def _part_of_spark(source: Source) -> bool:
    stage = source.path.parent.parent
    inside = source.path.parent.name == "data" and any(stage.glob("metadata/part-*"))
    return inside or str(table(source.root).get("class", "")).startswith("org.apache.spark.ml")


def _part_of_tft(source: Source) -> bool:
    return any((up / "transformed_metadata").is_dir() for up in list(source.path.parents)[:3])


def _lists_names(source: Source) -> bool:
    value = None if source.root is None else source.root.value
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return isinstance(value, list) and bool(value) and all(isinstance(x, str) for x in value)


def _is_data(source: Source) -> bool:
    head = _plain(source.content[:4096])
    if head.startswith((b"PAR1", b"ARROW1")):
        return True
    if source.root is not None:
        return {"rows", "schema"} <= table(source.root).keys()
    first, _, rest = head.partition(b"\n")
    split = next((mark for mark in (b",", b";", b"\t") if mark in first), None)
    return split is not None and b"\0" not in head and first.count(split) <= rest.count(split)


def _plain(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, 4096)  # 31: with the header of gzip
    except zlib.error:
        return head


_KINDS: tuple[tuple[Callable[[Source], bool], str], ...] = (
    (_part_of_spark, "is a part of a Spark pipeline: give the pipeline's folder"),
    (_part_of_tft, "is a part of a tf.Transform folder: give the folder"),
    (
        _lists_names,
        "lists names and no numbers: give it to --names, beside the file of the numbers",
    ),
    (_is_data, "is a table of data, no parameters: skewcheck fit learns them from training data"),
)
