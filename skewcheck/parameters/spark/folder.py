"""Read the folder that Spark saves a pipeline to: JSON metadata, and fitted values as Parquet."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from skewcheck.parameters.spark.stage import Stage, string_items
from skewcheck.parameters.tree import Node, parse
from skewcheck.text.errors import ParameterError

MAX_VALUES = 1_000_000
"""Values of a vector, or labels of an indexer: a larger column is a table of a model."""
MAX_FILE_BYTES = 64 * 2**20
"""Size of a metadata or data file, also when decompressed."""
MAX_ENTRIES = 10_000
"""Files of a folder, and stages of a pipeline."""
MAX_NESTING = 8
"""Pipelines within pipelines; real ones have two or three levels."""


def metadata(folder: Path) -> Node | None:
    """Return a stage's metadata; None if there is none, ParameterError if it is damaged."""
    for path in _part_files(folder / "metadata"):
        text = _file_content(path).strip()
        if text:
            return parse(path, text)
    return None


def recognised(folder: Path) -> bool:
    """Return whether a folder's metadata describes a Spark stage."""
    try:
        node = metadata(folder)
    except ParameterError:
        return False
    members = node.value if node is not None else None
    return isinstance(members, dict) and isinstance(members.get("class"), str) and "uid" in members


def stages(
    folder: Path, fitted: Container[str], prefix: str = "", depth: int = 0,
    seen: set[Path] | None = None,
) -> Iterator[Stage | str]:  # fmt: skip
    """Yield the stages of a folder in order; the name of a stage that is missing.

    `fitted` are the classes whose fitted values are read; `prefix` is the path from the user's
    folder, and `seen` the folders read so far: none is read twice.
    """
    root = metadata(folder)
    if root is None:
        raise ParameterError(f"{folder}: has no metadata/part-00000: no Spark stage")
    if depth > MAX_NESTING:
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
        yield from stages(folder / inner, fitted, f"{prefix}{inner}/", depth + 1, seen)
    elif kind == "PipelineModel":
        yield from _pipeline(folder, members, fitted, prefix, depth, seen)
    elif kind == "Pipeline" or (kind not in fitted and f"{kind}Model" in fitted):
        raise ParameterError(
            f"{folder}: a {kind} that was not fitted holds no numbers; save the {kind}Model"
        )
    else:
        yield _stage(folder, prefix or folder.name, name, members, wanted=kind in fitted)


def _pipeline(
    folder: Path, members: dict[str, Node], fitted: Container[str], prefix: str, depth: int,
    seen: set[Path],
) -> Iterator[Stage | str]:  # fmt: skip
    settings = members["paramMap"].members() if "paramMap" in members else {}
    if "stageUids" not in settings:
        raise ParameterError(f"{folder}: metadata: paramMap.stageUids is missing")
    # The names come from the file: they are looked up among the folders, never used as a path.
    stage_folders = {
        path.name.partition("_")[2]: path
        for path in _sorted_entries(folder / "stages")
        if path.is_dir()
    }
    for uid in string_items(settings["stageUids"])[:MAX_ENTRIES]:
        if uid in stage_folders and metadata(stage_folders[uid]) is not None:
            inner = f"{prefix}stages/{stage_folders[uid].name}/"
            yield from stages(stage_folders[uid], fitted, inner, depth + 1, seen)
        else:
            yield uid


def _stage(folder: Path, place: str, name: str, members: dict[str, Node], *, wanted: bool) -> Stage:
    node = Node(None, str(folder))
    settings: dict[str, Node] = {}
    for group in ("defaultParamMap", "paramMap"):
        if group in members:
            for key, member in members[group].members().items():
                settings[key] = Node(member.value, str(folder), key)
    column_names = [_column_names(settings, side) for side in ("input", "output")]
    data = _data(folder / "data", node) if wanted else {}
    package, _, kind = name.rpartition(".")
    return Stage(
        kind, node, place.rstrip("/"), column_names[0], column_names[1], settings, data, package
    )


def _column_names(settings: dict[str, Node], side: str) -> tuple[str, ...]:
    """Return the columns on the side `input` or `output` of a stage."""
    multiple = settings.get(f"{side}Cols")
    if multiple is not None and multiple.value:
        return string_items(multiple)
    single = settings.get(f"{side}Col")
    return (single.text(),) if single is not None and single.value is not None else ()


def _data(folder: Path, node: Node) -> dict[str, Node]:
    """Return the fitted values: the only row of the Parquet files; empty if there are none."""
    for path in _part_files(folder):
        row = _row(path, node)
        if row is not None:
            return {k: Node(v, node.file, k) for k, v in row.items()}
    return {}


def _row(path: Path, node: Node) -> dict[str, object] | None:
    """Return the only row of a Parquet file; None if it has no row or several."""
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            if file.metadata.num_rows > 1:
                return None  # a table, such as trees: not read
            if (
                path.stat().st_size > MAX_FILE_BYTES
                or _max_column_values(file.metadata) > MAX_VALUES
            ):
                raise node.error(f"data/{path.name}: larger than fitted values are")
            rows = file.read().to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        reason = (str(error).splitlines() or ["unknown"])[0][:200]
        raise node.error(f"data/{path.name}: damaged Parquet ({reason})") from error
    return rows[0] if rows else None


def _max_column_values(metadata: pq.FileMetaData) -> int:
    """Return the largest number of values of any column, which a few bytes may encode."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    return max(
        (group.column(i).num_values for group in groups for i in range(group.num_columns)),
        default=0,
    )


def _file_content(path: Path) -> bytes:
    """Return the bytes of a small file, decompressed if it is gzip."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if content[:2] == b"\x1f\x8b":
            content = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(
                content, MAX_FILE_BYTES + 1
            )
    except (OSError, zlib.error) as error:
        raise ParameterError(f"{path}: cannot read it ({error})") from error
    if len(content) > MAX_FILE_BYTES:
        raise ParameterError(f"{path}: larger than 64 MiB, no metadata of a stage")
    return content


def _part_files(folder: Path) -> list[Path]:
    return [
        path for path in _sorted_entries(folder) if path.name.startswith("part-") and path.is_file()
    ]


def _sorted_entries(folder: Path) -> list[Path]:
    """Return the entries of a folder, sorted; empty if it is none."""
    try:
        return sorted(islice(folder.iterdir(), MAX_ENTRIES)) if folder.is_dir() else []
    except OSError as error:
        raise ParameterError(f"{folder}: cannot read it ({error.strerror})") from error
