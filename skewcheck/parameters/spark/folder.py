"""The folder that Spark saves a pipeline or a stage to: JSON metadata, fitted values as Parquet."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from skewcheck.parameters.spark.stage import Stage, texts
from skewcheck.parameters.tree import Node, parse
from skewcheck.text.errors import ParameterError

LONGEST = 1_000_000
"""Values of a vector or labels of an indexer."""
LARGEST = 64 * 2**20
"""Bytes of a metadata or data file, also when decompressed."""
MOST = 10_000
"""Files of a folder, stages of a pipeline."""
DEEPEST = 8
"""Pipelines within pipelines."""


def metadata(folder: Path) -> Node | None:
    """Return a stage's metadata; None where there is none, ParameterError where it is damaged."""
    for path in _parts(folder / "metadata"):
        text = _text(path).strip()
        if text:
            return parse(path, text)
    return None


def recognised(folder: Path) -> bool:
    """Return whether a folder's metadata is a Spark stage's."""
    try:
        node = metadata(folder)
    except ParameterError:
        return False
    known = node.value if node is not None else None
    return isinstance(known, dict) and isinstance(known.get("class"), str) and "uid" in known


def stages(
    folder: Path, fitted: Container[str], place: str = "", depth: int = 0,
    seen: set[Path] | None = None,
) -> Iterator[Stage | str]:  # fmt: skip
    """Yield the stages of a folder in order; for one that is not there, its name.

    `fitted` are the classes whose values are wanted; `place` is where the stages stand, seen from
    the folder that the user named, and `seen` the folders that were read: none is read twice.
    """
    root = metadata(folder)
    if root is None:
        raise ParameterError(f"{folder}: has no metadata/part-00000: no Spark stage")
    if depth > DEEPEST:
        raise ParameterError(f"{folder}: pipelines nested too deep")
    seen = set() if seen is None else seen
    if folder.resolve() in seen:
        raise ParameterError(f"{folder}: the same stage stands twice in the pipeline")
    seen.add(folder.resolve())
    members = Node(root.value, str(folder)).members()
    name = members["class"].text() if "class" in members else ""
    kind = name.rpartition(".")[2]
    if kind in ("CrossValidatorModel", "TrainValidationSplitModel", "RFormulaModel"):
        inner = "pipelineModel" if kind == "RFormulaModel" else "bestModel"
        yield from stages(folder / inner, fitted, f"{place}{inner}/", depth + 1, seen)
    elif kind == "PipelineModel":
        yield from _pipeline(folder, members, fitted, place, depth, seen)
    elif kind == "Pipeline" or (kind not in fitted and f"{kind}Model" in fitted):
        raise ParameterError(
            f"{folder}: a {kind} that was not fitted holds no numbers; save the {kind}Model"
        )
    else:
        yield _stage(folder, place or folder.name, name, members, wanted=kind in fitted)


def _pipeline(
    folder: Path, members: dict[str, Node], fitted: Container[str], place: str, depth: int,
    seen: set[Path],
) -> Iterator[Stage | str]:  # fmt: skip
    settings = members["paramMap"].members() if "paramMap" in members else {}
    if "stageUids" not in settings:
        raise ParameterError(f"{folder}: metadata: paramMap.stageUids is missing")
    # The names come from the file: looked up among what is there, never made into a path.
    there = {
        path.name.partition("_")[2]: path for path in _listed(folder / "stages") if path.is_dir()
    }
    for uid in texts(settings["stageUids"])[:MOST]:
        if uid in there and metadata(there[uid]) is not None:
            inner = f"{place}stages/{there[uid].name}/"
            yield from stages(there[uid], fitted, inner, depth + 1, seen)
        else:
            yield uid


def _stage(folder: Path, place: str, name: str, members: dict[str, Node], *, wanted: bool) -> Stage:
    node = Node(None, str(folder))
    settings: dict[str, Node] = {}
    for group in ("defaultParamMap", "paramMap"):
        if group in members:
            for key, member in members[group].members().items():
                settings[key] = Node(member.value, str(folder), key)
    ports = [_ports(settings, side) for side in ("input", "output")]
    data = _data(folder / "data", node) if wanted else {}
    package, _, kind = name.rpartition(".")
    return Stage(kind, node, place.rstrip("/"), ports[0], ports[1], settings, data, package)


def _ports(settings: dict[str, Node], side: str) -> tuple[str, ...]:
    many = settings.get(f"{side}Cols")
    if many is not None and many.value:
        return texts(many)
    one = settings.get(f"{side}Col")
    return (one.text(),) if one is not None and one.value is not None else ()


def _data(folder: Path, node: Node) -> dict[str, Node]:
    """Return the fitted values: the only row of the Parquet files; {} where there are none."""
    for path in _parts(folder):
        row = _row(path, node)
        if row is not None:
            return {k: Node(v, node.file, k) for k, v in row.items()}
    return {}


def _row(path: Path, node: Node) -> dict[str, object] | None:
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            if file.metadata.num_rows > 1:
                return None  # a table, as trees and documents are: nothing that is read here
            if path.stat().st_size > LARGEST or _widest(file.metadata) > LONGEST:
                raise node.error(f"data/{path.name}: larger than fitted values are")
            rows = file.read().to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        why = (str(error).splitlines() or ["unknown"])[0][:200]
        raise node.error(f"data/{path.name}: damaged Parquet ({why})") from error
    return rows[0] if rows else None


def _widest(metadata: pq.FileMetaData) -> int:
    """Return the most values of any column, which a few bytes may stand for."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    return max(
        (group.column(i).num_values for group in groups for i in range(group.num_columns)),
        default=0,
    )


def _text(path: Path) -> bytes:
    """Return a small text file, decompressed if it is gzip."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if content[:2] == b"\x1f\x8b":
            content = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, LARGEST + 1)
    except (OSError, zlib.error) as error:
        raise ParameterError(f"{path}: cannot read it ({error})") from error
    if len(content) > LARGEST:
        raise ParameterError(f"{path}: larger than 64 MiB, no metadata of a stage")
    return content


def _parts(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if path.name.startswith("part-") and path.is_file()]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(islice(folder.iterdir(), MOST)) if folder.is_dir() else []
    except OSError as error:
        raise ParameterError(f"{folder}: cannot read it ({error.strerror})") from error
