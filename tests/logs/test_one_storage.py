"""Content of logs is opened in storage alone, so that each format is read from everywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import skewcheck.logs

ROOM = Path(skewcheck.logs.__file__).parent
STORAGE = {"storage.py", "remote.py", "web.py"}
LOCAL_ROOMS = {"tables", "databases"}
"""What lies in these is on this machine, and is refused at a URL."""
OPENERS = {"open", "memory_map", "OSFile", "read_bytes", "read_text", "input_stream", "mmap"}
"""Functions and methods that open a path."""
ARROW_READERS = {"ParquetFile", "read_table", "open_file", "open_stream", "ORCFile", "open_csv"}
"""Functions of Arrow that open what they are given first, which may be a path."""


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def openings(tree: ast.AST) -> Iterator[str]:
    """Yield the calls by which a path may be opened other than by storage."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _called(call).rpartition(".")[2]
        if name in OPENERS and _called(call) != "self.archive.open":  # a member, by its archive
            yield ast.unparse(call)
        elif name in ARROW_READERS and call.args:
            given = call.args[0]
            safe = isinstance(given, ast.Call) and _called(given) == "arrow_source"
            if not safe and ast.unparse(given) in ("path", "file.path", "place", "str(path)"):
                yield ast.unparse(call)


@pytest.mark.parametrize(
    "path", [p for p in sorted(ROOM.rglob("*.py"))
     if p.name not in STORAGE and p.parent.name not in LOCAL_ROOMS],
    ids=lambda p: p.relative_to(ROOM).as_posix(),
)  # fmt: skip
def test_no_module_opens_a_path_itself(path: Path) -> None:
    assert list(openings(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "code", ["Path(p).open('rb')", "pq.ParquetFile(path)", "pa.memory_map(path)", "open(path)"]
)
def test_the_guard_sees_them(code: str) -> None:
    assert list(openings(ast.parse(code)))
