"""From what a user gives (files, folders, globs) to the files that are read."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from skewcheck.logs.trouble import reading, trouble

_NULL = "__HIVE_DEFAULT_PARTITION__"
STATE = "skewcheck-state.json"
"""Marks a folder as one of ours, in which no logs are."""
_MARKS = frozenset(["_SUCCESS", "_metadata", "_common_metadata", ".DS_Store"])
_INT64_DIGITS = 18  # any number of that many digits fits into an int64


@dataclass(frozen=True, slots=True)
class LogPath:
    """A file."""

    name: str
    """For reports: the path within the folder (or within the fixed part of the glob)."""
    path: str
    partitions: Mapping[str, int | str | None] = field(default_factory=dict)
    """Columns from folder names `key=value`; an int where all folders of the log have one."""
    asked: bool = False
    """Whether its name was given, other than by a folder or a glob."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """A file or folder that was met, and is not read."""

    name: str
    """As that of a file; a folder's ends with a slash."""
    why: Literal["hidden", "special", "unsettled", "report"]
    """`hidden`: its name begins with `.` or `_`; `special`: a pipe, a socket or a device;
    `unsettled`: it may still grow; `report`: skewcheck wrote it."""


def find(given: Iterable[str]) -> tuple[list[LogPath], tuple[Unopened, ...]]:
    """Return the files that paths, folders and globs mean, each once, sorted by path.

    And what folders and globs meet and do not mean: names that begin with `.` or `_`, pipes.
    Folders of our own (with `STATE` in them), and the empty marks that writers leave, are passed
    over. Raises LogError where nothing is found, where a folder cannot be read, and for a link to
    nothing.
    """
    files: dict[str, LogPath] = {}
    search = _Search()
    for text in given:
        with reading(text):
            asked = Path(text).is_file()
            for root, path in search.files(text):
                log_path = replace(_log_path(root, path), asked=asked)
                files.setdefault(os.path.realpath(path), log_path)
    ordered = sorted(files.values(), key=lambda file: Path(file.path).parts)
    unopened = (Unopened(name, why) for name, why in sorted(search.unopened.items()))
    return _typed(_named(ordered)), tuple(unopened)


class _Search:
    """Folders and globs, and what was met in them that is no log."""

    def __init__(self) -> None:
        self.unopened: dict[str, Literal["hidden", "special"]] = {}

    def files(self, text: str) -> Iterator[tuple[Path, Path]]:
        """Yield the folder that names are relative to, and the file."""
        path = Path(text)
        if path.is_dir():
            inside = list(self._walk(path, path, set()))
            if not inside:
                raise trouble(
                    text, "the folder holds no files (names with . or _ in front are not read)"
                )
            yield from ((path, file) for file in inside)
        elif path.is_file():
            yield path.parent, path
        elif path.exists():
            raise trouble(text, "is a pipe or a device, not a file: give - to read standard input")
        elif glob.has_magic(text):
            root = _fixed(path)
            matches = list(self._matches(text, root))
            if not matches:
                raise trouble(
                    text, "no file matches: quote it, and mind that ** goes through folders"
                )
            yield from ((root, file) for file in matches)
        else:
            raise trouble(text, "no such file or folder")

    def _matches(self, pattern: str, root: Path) -> Iterator[Path]:
        _refuse_unreadable(pattern)
        ours = cache(lambda folder: (folder / STATE).is_file())
        asked = Path(pattern).name  # a pattern such as `_b*` asks for such names
        # Not Path.glob: that takes no absolute pattern.
        for match in sorted(glob.glob(pattern, recursive=True, include_hidden=True)):  # noqa: PTH207
            path = Path(match)
            hidden = next(
                (p for p in (*reversed(path.parents), path) if self._is_hidden(p, root)), None
            )
            if any(map(ours, path.parents)) or _is_mark(path.name):
                continue
            if hidden is not None and not (hidden == path and asked.startswith((".", "_"))):
                self._pass_over(hidden, root, "hidden")
            elif path.is_dir():
                yield from self._walk(path, root, set())
            elif self._is_log(path, root):
                yield path

    def _walk(self, folder: Path, root: Path, seen: set[str]) -> Iterator[Path]:
        real = os.path.realpath(folder)
        with reading(folder.relative_to(root).as_posix() if folder != root else str(root)):
            if real in seen or (folder / STATE).is_file():  # a link to a folder above, or our own
                return
            inside = sorted(folder.iterdir())
        for path in inside:
            if _is_mark(path.name):
                continue
            if path.name.startswith((".", "_")):
                self._pass_over(path, root, "hidden")
            elif path.is_dir():
                yield from self._walk(path, root, seen | {real})
            elif self._is_log(path, root):
                yield path

    def _is_hidden(self, path: Path, root: Path) -> bool:
        return path != root and root in path.parents and path.name.startswith((".", "_"))

    def _is_log(self, path: Path, root: Path) -> bool:
        """Return whether a path is a file; LogError for a link to nothing."""
        if path.is_file():
            return True
        if not path.exists():
            name = path.relative_to(root).as_posix()
            raise trouble(name, "a link to nothing: mend it, or remove it")
        self._pass_over(path, root, "special")
        return False

    def _pass_over(self, path: Path, root: Path, why: Literal["hidden", "special"]) -> None:
        name = path.relative_to(root).as_posix()
        self.unopened.setdefault(f"{name}/" if path.is_dir() else name, why)


def _refuse_unreadable(pattern: str) -> None:
    """Raise a LogError if a folder on the way of a pattern cannot be read: glob passes it over."""
    parts = Path(pattern).parts
    for i in range(1, len(parts)):
        prefix = str(Path(*parts[:i]))
        folders = [prefix]
        if glob.has_magic(prefix):
            folders = glob.glob(f"{prefix}/", recursive=True)  # noqa: PTH207
        for folder in filter(os.path.isdir, folders):
            with reading(folder), os.scandir(folder):
                pass


def _fixed(pattern: Path) -> Path:
    """Return the folders of a pattern before the first wildcard."""
    parts: list[str] = []
    for part in pattern.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts)


def _is_mark(name: str) -> bool:
    """Return whether a file of this name holds no rows: writers leave it beside their files."""
    return name in _MARKS or name.endswith(".crc") or name.startswith(("_committed_", "_started_"))


def _log_path(root: Path, path: Path) -> LogPath:
    inside = path.relative_to(root)
    partitions: dict[str, int | str | None] = {}
    for part in inside.parts[:-1]:
        key, equals, value = part.partition("=")
        if equals and key:
            partitions[unquote(key)] = None if value == _NULL else unquote(value)
    return LogPath(inside.as_posix(), str(path), partitions)


def _named(files: list[LogPath]) -> list[LogPath]:
    """Give files of the same name in different folders their whole paths."""
    times = Counter(file.name for file in files)
    return [
        replace(file, name=Path(file.path).as_posix()) if times[file.name] > 1 else file
        for file in files
    ]


def _typed(files: list[LogPath]) -> list[LogPath]:
    texts = {
        key
        for file in files
        for key, value in file.partitions.items()
        if isinstance(value, str) and not _is_whole(value)
    }
    return [
        replace(
            file,
            partitions={
                key: int(value) if isinstance(value, str) and key not in texts else value
                for key, value in file.partitions.items()
            },
        )
        for file in files
    ]


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _INT64_DIGITS
