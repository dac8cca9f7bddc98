"""From what a user gives (files, folders, globs) to the files that are read."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Literal
from urllib.parse import unquote

from skewcheck.logs.storage import is_url, public
from skewcheck.logs.tables.roots import Kind, Roots
from skewcheck.logs.tree import LOCAL, Expansion, Tree
from skewcheck.logs.trouble import reading, trouble

_NULL = "__HIVE_DEFAULT_PARTITION__"
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
    table: Kind | None = None
    """What table it is, if it is a folder."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """A file or folder that was met, and is not read."""

    name: str
    """As that of a file; a folder's ends with a slash."""
    why: Literal["hidden", "special", "unsettled", "report", "empty", "stale", "vacant", "mark"]
    """`hidden`: its name begins with `.` or `_`; `special`: a pipe, a socket or a device;
    `unsettled`: it may still grow; `report`: skewcheck wrote it; `empty`: nothing but white
    space; `stale`: no row is in the version of its table; `vacant`: a table without a row;
    `mark`: what writers and states leave beside files, without a row."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that was found."""

    tree: Tree
    root: PurePath
    """What names are relative to."""
    path: PurePath
    asked: bool = False
    """Whether its name was given."""


def find(given: Iterable[str]) -> tuple[list[LogPath], tuple[Unopened, ...]]:
    """Return the files and tables that paths, folders, globs and URLs mean, once, sorted by path.

    And what folders and globs meet and do not mean: names that begin with `.` or `_`, pipes. A pipe
    that is given by its path is a file.
    What a state folder keeps, and the marks without rows that writers leave, are passed over.
    Raises LogError where nothing is found, where a folder on the way cannot be read, for a link to
    nothing, and for what lies in a table.
    """
    files: dict[str, tuple[tuple[str, ...], LogPath]] = {}
    search = _Search()
    for text in given:
        with reading(public(text)):
            for found in search.files(text):
                table = search.table(found, text)
                key = found.tree.real(found.path)
                file = log_path(found.root, found.path, found.tree.place(found.path))
                file = replace(file, asked=found.asked, table=table)
                files.setdefault(key, (found.path.parts, file))
    ordered = [file for _, file in sorted(files.values(), key=lambda item: item[0])]
    unopened = (Unopened(name, why) for name, why in sorted(search.unopened.items()))
    return typed(_named(ordered)), tuple(unopened)


class _Search:
    """Folders and globs, and what was met in them that is no log."""

    def __init__(self) -> None:
        self.unopened: dict[str, Literal["hidden", "special", "mark"]] = {}
        self.roots = Roots()

    def files(self, text: str) -> Iterator[_Found]:
        """Yield the files that a path, a glob or a URL of these means."""
        tree, path = _tree(text)
        kind = tree.kind(path)
        if (
            kind == "nothing"
            and tree is not LOCAL
            and tree.kind(type(path)(path.anchor)) == "nothing"
        ):
            raise trouble(public(text), "no such bucket: mind its spelling")
        if isinstance(path, Path) and kind == "folder" and self.roots.kind(path):
            yield _Found(tree, path, path, asked=True)
            return
        match kind:
            case "folder":
                inside = list(self._below(tree, path, ()))
                if not inside:
                    raise trouble(
                        public(text),
                        "the folder holds no files (names with . or _ in front are not read)",
                    )
                yield from inside
            case "file" | "pipe":
                yield _Found(tree, path.parent, path, asked=True)
            case "special":
                raise trouble(
                    text, "is a socket or a device, not a file: give - to read standard input"
                )
            case "nothing" if glob.has_magic(str(path)):
                root = fixed(path)
                parts = path.parts[len(root.parts) :]
                if text[-1] in (os.sep, os.altsep):
                    parts = (*parts, "**")  # as for glob: only folders, which are read as a whole
                inside = list(self._below(tree, root, parts))
                if not inside:
                    raise trouble(
                        public(text),
                        "no file matches: quote it, and mind that ** goes through folders",
                    )
                yield from inside
            case "nothing":
                raise trouble(public(text), "no such file or folder")

    def table(self, found: _Found, given: str) -> Kind | None:
        """Return what table a folder is; None for a file. LogError for what lies in a table."""
        if isinstance(found.path, Path):
            return self.roots.table(found.path, given)
        found.tree.refuse_tables(found.path, public(given))
        return None

    def _below(self, tree: Tree, root: PurePath, parts: tuple[str, ...]) -> Iterator[_Found]:
        """Yield the files that the parts of a pattern mean below a folder; all of it for no parts.

        glob.glob passes over what it cannot read, and does not end where folders link to each
        other.
        """

        def pass_over(
            path: PurePath, root: PurePath, why: Literal["hidden", "special", "mark"] = "hidden"
        ) -> None:
            name = path.relative_to(root).as_posix()
            folder = tree.kind(path) == "folder"
            self.unopened.setdefault(f"{name}/" if folder else name, why)

        roots = self.roots if tree is LOCAL else None
        for path in Expansion(tree, root, parts, pass_over, roots).matches():
            match tree.kind(path):
                case "file" | "folder":
                    yield _Found(tree, root, path)
                case "special" | "pipe":
                    pass_over(path, root, "special")


def _tree(text: str) -> tuple[Tree, PurePath]:
    """Return the storage that a text is of, and the path in it."""
    if not is_url(text):
        return LOCAL, Path(text)
    from skewcheck.logs.urls import tree_of  # most logs are local

    return tree_of(text)


def fixed(pattern: PurePath) -> PurePath:
    """Return the folders of a pattern before the first wildcard."""
    parts: list[str] = []
    for part in pattern.parts:
        if glob.has_magic(part) and part != pattern.anchor:
            break
        parts.append(part)
    return type(pattern)(*parts)


def log_path(root: PurePath, path: PurePath, place: str) -> LogPath:
    """Return a file below a folder, with the columns that folders on the way name, all as text.

    `place` is what storage opens.
    """
    inside = path.relative_to(root)
    partitions: dict[str, int | str | None] = {}
    for part in inside.parts[:-1]:
        key, equals, value = part.partition("=")
        if equals and key:
            partitions[unquote(key)] = None if value == _NULL else unquote(value)
    name = inside.as_posix() if inside.parts else Path(os.path.abspath(path)).name  # noqa: PTH100
    return LogPath(name, place, partitions)


def _named(files: list[LogPath]) -> list[LogPath]:
    """Give files of the same name in different folders their whole paths."""
    times = Counter(file.name for file in files)
    return [
        replace(file, name=_whole(file.path)) if times[file.name] > 1 else file for file in files
    ]


def _whole(place: str) -> str:
    return public(place) if is_url(place) else Path(place).as_posix()


def typed(files: list[LogPath]) -> list[LogPath]:
    """Return files whose columns from folders are numbers where all of them are."""
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
