"""From what a user gives (files, folders, globs) to the files that are read."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from skewcheck.logs.trouble import reading, trouble

_NULL = "__HIVE_DEFAULT_PARTITION__"
STATE = "skewcheck-state.json"
"""Marks a folder as one of ours, in which no logs are."""
_INT64_DIGITS = 18  # any number of that many digits fits into an int64


@dataclass(frozen=True, slots=True)
class LogPath:
    """A file."""

    name: str
    """For reports: the path within the folder (or within the fixed part of the glob)."""
    path: str
    partitions: Mapping[str, int | str | None] = field(default_factory=dict)
    """Columns from folder names `key=value`; an int where all folders of the log have one."""


def find(given: Iterable[str]) -> list[LogPath]:
    """Return the files that paths, folders and globs mean, each once, sorted by path.

    In folders, names that begin with `.` or `_`, checksums (`.crc`) and folders of our own (with
    `STATE` in them) are skipped. Raises LogError where nothing is found or a folder cannot be read.
    """
    files: dict[str, LogPath] = {}
    for text in given:
        with reading(text):
            for root, path in _files(text):
                files.setdefault(os.path.realpath(path), _log_path(root, path))
    return _typed(_named(sorted(files.values(), key=lambda file: Path(file.path).parts)))


def _files(text: str) -> Iterator[tuple[Path, Path]]:
    """Yield the folder that names are relative to, and the file."""
    path = Path(text)
    if path.is_dir():
        inside = list(_walk(path, set()))
        if not inside:
            raise trouble(
                text, "the folder holds no files (names with . or _ in front are skipped)"
            )
        yield from ((path, file) for file in inside)
    elif path.is_file():
        yield path.parent, path
    elif path.exists():
        raise trouble(text, "is a pipe or a device, not a file: give - to read standard input")
    elif glob.has_magic(text):
        matches = list(_matches(text))
        if not matches:
            raise trouble(text, "no file matches: quote it, and mind that ** goes through folders")
        root = _fixed(path)
        yield from ((root, file) for file in matches)
    else:
        raise trouble(text, "no such file or folder")


def _matches(pattern: str) -> Iterator[Path]:
    ours = cache(lambda folder: (folder / STATE).is_file())
    # Not Path.glob: that takes no absolute pattern and finds hidden files.
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207
        path = Path(match)
        if any(map(ours, path.parents)):
            continue
        if path.is_dir():
            yield from _walk(path, set())
        elif path.is_file() and not _skipped(path.name):
            yield path


def _fixed(pattern: Path) -> Path:
    """Return the folders of a pattern before the first wildcard."""
    parts: list[str] = []
    for part in pattern.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts)


def _walk(folder: Path, seen: set[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in seen or (folder / STATE).is_file():  # a link to a folder above, or our own
        return
    for path in sorted(folder.iterdir()):
        if _skipped(path.name):
            continue
        if path.is_dir():
            yield from _walk(path, seen | {real})
        else:
            yield path


def _skipped(name: str) -> bool:
    return name.startswith((".", "_")) or name.endswith(".crc")


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
