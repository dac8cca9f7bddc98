"""From what a user gives (files, folders, globs) to the files that are read."""

from __future__ import annotations

import errno
import fnmatch
import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from skewcheck.logs.tables.roots import Kind, Roots
from skewcheck.logs.trouble import reading, trouble
from skewcheck.text.errors import LogError

_NULL = "__HIVE_DEFAULT_PARTITION__"
STATE, LOCK, HISTORY, ENTRIES = "skewcheck-state.json", "lock", "history.jsonl", "files"
"""What a state folder holds. The first marks it as one, by what it says; logs may lie beside."""
OF_STATE = frozenset([STATE, LOCK, HISTORY, ENTRIES])
ENTRY_MAGIC = b"skw3"
"""With which the parts of a state's entries begin."""
_MARK = re.compile(
    r"(?s)_SUCCESS|_(common_)?metadata|_(committed|started)_.*|\.DS_Store|.*\.(crc|metadata)"
    r"|.+-(wal|shm|journal)"
)
"""Names of what writers leave beside their files, which holds no rows if it is what it seems."""
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
    why: Literal["hidden", "special", "unsettled", "report", "empty", "stale", "vacant"]
    """`hidden`: its name begins with `.` or `_`; `special`: a pipe, a socket or a device;
    `unsettled`: it may still grow; `report`: skewcheck wrote it; `empty`: nothing but white
    space; `stale`: no row is in the version of its table; `vacant`: a table without a row."""


def find(given: Iterable[str]) -> tuple[list[LogPath], tuple[Unopened, ...]]:
    """Return the files and tables that paths, folders and globs mean, each once, sorted by path.

    And what folders and globs meet and do not mean: names that begin with `.` or `_`, pipes.
    What a state folder keeps, and the marks without rows that writers leave, are passed over.
    Raises LogError where nothing is found, where a folder on the way cannot be read, for a link to
    nothing, and for what lies in a table.
    """
    files: dict[str, LogPath] = {}
    search = _Search()
    for text in given:
        with reading(text):
            for root, path in search.files(text):
                asked, table = path == Path(text), search.roots.table(path, text)
                found = replace(log_path(root, path), asked=asked, table=table)
                files.setdefault(os.path.realpath(path), found)
    ordered = sorted(files.values(), key=lambda file: Path(file.path).parts)
    unopened = (Unopened(name, why) for name, why in sorted(search.unopened.items()))
    return typed(_named(ordered)), tuple(unopened)


class _Search:
    """Folders and globs, and what was met in them that is no log."""

    def __init__(self) -> None:
        self.unopened: dict[str, Literal["hidden", "special"]] = {}
        self.roots = Roots()

    def files(self, text: str) -> Iterator[tuple[Path, Path]]:
        """Yield the folder that names are relative to, and the file."""
        path = Path(text)
        if path.is_dir() and self.roots.kind(path):
            yield path, path
        elif path.is_dir():
            inside = list(self._below(path, ()))
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
            parts = path.parts[len(root.parts) :]
            if text[-1] in (os.sep, os.altsep):
                parts = (*parts, "**")  # as for glob: only folders, which are read as a whole
            matches = list(self._below(root, parts))
            if not matches:
                raise trouble(
                    text, "no file matches: quote it, and mind that ** goes through folders"
                )
            yield from ((root, file) for file in matches)
        else:
            raise trouble(text, "no such file or folder")

    def _below(self, root: Path, parts: tuple[str, ...]) -> Iterator[Path]:
        """Yield the files that the parts of a pattern mean below a folder; all of it for no parts.

        glob.glob passes over what it cannot read, and does not end where folders link to each
        other.
        """
        for path in _Expansion(root, parts, self._pass_over, self.roots).matches():
            match _kind(path):
                case "file" | "folder":
                    yield path
                case "special":
                    self._pass_over(path, root, "special")

    def _pass_over(self, path: Path, root: Path, why: Literal["hidden", "special"]) -> None:
        name = path.relative_to(root).as_posix()
        self.unopened.setdefault(f"{name}/" if path.is_dir() else name, why)


@dataclass(frozen=True, slots=True)
class _Expansion:
    """What a pattern means below a folder."""

    root: Path
    parts: tuple[str, ...]
    """Of the pattern, behind the root."""
    pass_over: Callable[[Path, Path, Literal["hidden"]], None] | None
    """Takes what is hidden; None inside of what is: there, all counts alike."""
    roots: Roots

    def matches(self, start: Path | None = None, part: int = 0) -> Iterator[Path]:
        """Yield files and tables, depth first; LogError where something cannot be read.

        `start` is a path that the parts before `part` mean. A real folder is searched once by each
        part, under the first of its names: links to it add nothing, and may be without end.
        """
        seen: set[tuple[str, int]] = set()
        waiting = [(start or self.root, part)]
        while waiting:
            path, part = waiting.pop()
            name = path.relative_to(self.root).as_posix() if path != self.root else str(path)
            with reading(name):
                kind = _kind(path)
                if kind == "nothing" and path != self.root and self.pass_over:
                    raise trouble(name, "a link to nothing: mend it, or remove it")
                file = kind != "folder" or not self.pass_over or self.roots.kind(path) is not None
                if part == len(self.parts) and file:
                    yield path
                elif kind == "folder" and (key := (os.path.realpath(path), part)) not in seen:
                    seen.add(key)
                    waiting += reversed(list(self._inside(path, part)))

    def _inside(self, folder: Path, part: int) -> Iterator[tuple[Path, int]]:
        """Yield what is meant in a folder by a part of the pattern, and the part that is next."""
        pattern = self.parts[part] if part < len(self.parts) else "*"
        after = min(part + 1, len(self.parts))
        if pattern == "**":
            yield folder, after  # it stands for no folders too
            if after == len(self.parts):  # for all there is, which is then read as a whole
                return
            after = part
        names = _listed(folder, pattern)
        state = _in_state(folder, names)
        for name in names:
            path = folder / name
            if (state or _MARK.fullmatch(name)) and _without_rows(path, state=state):
                continue
            if is_hidden(name) and self.pass_over:
                last = part < len(self.parts) and {"**"}.issuperset(self.parts[after:])
                if not (last and pattern.startswith((".", "_"))):  # `_b*` asks for such names
                    if part == len(self.parts) or self._holds(path, after):
                        self.pass_over(path, self.root, "hidden")
                    continue
            yield path, after

    def _holds(self, path: Path, part: int) -> bool:
        """Return whether something at or below a hidden path is meant; True if that is not seen."""
        try:
            return any(True for _ in replace(self, pass_over=None).matches(path, part))
        except LogError:
            return True


def is_hidden(name: str) -> bool:
    """Return whether a name is one that writers hide; `_day=3` is a partition, as Spark has it."""
    return name != ".." and (name[0] == "." or (name[0] == "_" and "=" not in name))


def _listed(folder: Path, pattern: str) -> list[str]:
    """Return the names in a folder that a part of a pattern means, sorted; for `**`, of folders."""
    if not glob.has_magic(pattern):
        try:
            (folder / pattern).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [pattern]
    with os.scandir(folder) as entries:
        if pattern == "**":
            return sorted(e.name for e in entries if e.is_symlink() or e.is_dir())
        # It takes upper and lower case for the same where the system does, as glob does.
        return sorted(e.name for e in entries if fnmatch.fnmatch(e.name, pattern))


def _in_state(folder: Path, names: list[str]) -> bool:
    """Return whether of these names some may be a state's own: in its folder, and in that below."""
    below = folder.absolute().name == ENTRIES
    if not below and OF_STATE.isdisjoint(names):
        return False
    from skewcheck.logs.marks import is_state  # few folders are one

    return is_state(folder) or (below and is_state(folder.absolute().parent))


def _without_rows(path: Path, *, state: bool) -> bool:
    """Return whether a file is a mark, or one that a state keeps, by its name and what it holds."""
    from skewcheck.logs.marks import is_mark, is_of_state  # few names are such

    return (state and is_of_state(path)) or is_mark(path)


def _kind(path: Path) -> Literal["folder", "file", "special", "nothing"]:
    """Return what is at a path, or what the link there leads to; OSError if that is not known."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return "nothing"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "special"


def _fixed(pattern: Path) -> Path:
    """Return the folders of a pattern before the first wildcard."""
    parts: list[str] = []
    for part in pattern.parts:
        if glob.has_magic(part) and part != pattern.anchor:
            break
        parts.append(part)
    return Path(*parts)


def log_path(root: Path, path: Path) -> LogPath:
    """Return a file below a folder, with the columns that folders on the way name, all as text."""
    inside = path.relative_to(root)
    partitions: dict[str, int | str | None] = {}
    for part in inside.parts[:-1]:
        key, equals, value = part.partition("=")
        if equals and key:
            partitions[unquote(key)] = None if value == _NULL else unquote(value)
    name = inside.as_posix() if inside.parts else Path(os.path.abspath(path)).name  # noqa: PTH100
    return LogPath(name, str(path), partitions)


def _named(files: list[LogPath]) -> list[LogPath]:
    """Give files of the same name in different folders their whole paths."""
    times = Counter(file.name for file in files)
    return [
        replace(file, name=Path(file.path).as_posix()) if times[file.name] > 1 else file
        for file in files
    ]


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
