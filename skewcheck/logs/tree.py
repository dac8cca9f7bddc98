"""What a path with wildcards means below a folder, by one rule for all storages."""

from __future__ import annotations

import errno
import fnmatch
import glob
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Literal, Protocol

from skewcheck.logs.storage import public
from skewcheck.logs.tables.roots import Roots
from skewcheck.logs.trouble import reading, trouble
from skewcheck.text.errors import LogError

STATE, LOCK, ENTRIES = "skewcheck-state.json", "lock", "files"
HISTORY, NIGHTS = "history.jsonl", "nights.jsonl"
"""What a state folder holds. The first marks it as one, by what it says; logs may lie beside."""
OF_STATE = frozenset([STATE, LOCK, HISTORY, NIGHTS, ENTRIES])
ENTRY_MAGIC = b"skw3"
"""With which the parts of a state's entries begin."""
_MARK = re.compile(
    r"(?s)_SUCCESS|_(common_)?metadata|_(committed|started)_.*|\.DS_Store|.*\.(crc|metadata)"
    r"|.+-(wal|shm|journal)|(?i:(README|LICENSE)[\w.-]*|.+\.(md|rst))"
)
"""Names of what writers leave beside their files, which holds no rows if it is what it seems."""
Kind = Literal["folder", "file", "pipe", "special", "nothing"]


class Tree(Protocol):
    """Folders and files of a storage."""

    def kind(self, path: PurePath) -> Kind:
        """Return what is at a path, or what the link there leads to; OSError if unknown."""
        ...

    def real(self, path: PurePath) -> str:
        """Return a text that is the same for all paths of one file or folder."""
        ...

    def listed(self, folder: PurePath, pattern: str, *, deep: bool) -> list[str]:
        """Return the names in a folder that a part of a pattern means, sorted; of folders for `**`.

        `deep`: all that lies below will be asked for. OSError.
        """
        ...

    def place(self, path: PurePath) -> str:
        """Return the text by which storage opens a path."""
        ...

    def absolute(self, path: PurePath) -> PurePath:
        """Return a path from the root."""
        ...

    def refuse_tables(self, path: PurePath, given: str) -> None:
        """Raise a LogError for what lies in a table, where the storage reads none."""
        ...


class LocalTree:
    """The folders of this machine."""

    def kind(self, path: PurePath) -> Kind:
        """Return what is at a path, as `Tree.kind` says."""
        try:
            mode = Path(path).stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return "nothing"
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return "nothing"
        except ValueError:  # a NUL in the path
            return "nothing"
        if stat.S_ISDIR(mode):
            return "folder"
        if stat.S_ISREG(mode):
            return "file"
        return "pipe" if stat.S_ISFIFO(mode) else "special"

    def real(self, path: PurePath) -> str:
        """Return the path that all links to a file or folder lead to."""
        return os.path.realpath(path)

    def listed(self, folder: PurePath, pattern: str, *, deep: bool) -> list[str]:  # noqa: ARG002
        """Return names in a folder, as `Tree.listed` says."""
        if not glob.has_magic(pattern):
            try:
                Path(folder / pattern).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return []
            return [pattern]
        with os.scandir(folder) as entries:
            if pattern == "**":
                return sorted(e.name for e in entries if e.is_symlink() or e.is_dir())
            # It takes upper and lower case for the same where the system does, as glob does.
            return sorted(e.name for e in entries if fnmatch.fnmatch(e.name, pattern))

    def place(self, path: PurePath) -> str:
        """Return the path as text."""
        return str(path)

    def absolute(self, path: PurePath) -> PurePath:
        """Return a path from the root, links as they are."""
        return Path(path).absolute()

    def refuse_tables(self, path: PurePath, given: str) -> None:
        """Do nothing: tables of this machine are read."""


LOCAL = LocalTree()


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a pattern means below a folder."""

    tree: Tree
    root: PurePath
    parts: tuple[str, ...]
    """Of the pattern, behind the root."""
    pass_over: Callable[[PurePath, PurePath, Literal["hidden", "mark"]], None] | None
    """Takes what is hidden; None inside of what is: there, all counts alike."""
    roots: Roots | None = None
    """Which folders are tables; None where none is read, and listing refuses them."""

    def matches(self, start: PurePath | None = None, part: int = 0) -> Iterator[PurePath]:
        """Yield files and tables, depth first; LogError where something cannot be read.

        `start` is a path that the parts before `part` mean. A real folder is searched once by each
        part, under the first of its names: links to it add nothing, and may be without end.
        """
        seen: set[tuple[str, int]] = set()
        waiting = [(start or self.root, part)]
        while waiting:
            path, part = waiting.pop()
            name = (
                path.relative_to(self.root).as_posix() if path != self.root else self._root_name()
            )
            with reading(name):
                kind = self.tree.kind(path)
                if kind == "nothing" and path != self.root and self.pass_over:
                    raise trouble(name, "a link to nothing: mend it, or remove it")
                table = self.roots is not None and self.roots.kind(str(path)) is not None
                file = kind != "folder" or not self.pass_over or table
                if part == len(self.parts) and file:
                    yield path
                elif kind == "folder" and (key := (self.tree.real(path), part)) not in seen:
                    seen.add(key)
                    waiting += reversed(list(self._inside(path, part)))

    def _root_name(self) -> str:
        return public(self.tree.place(self.root))

    def _inside(self, folder: PurePath, part: int) -> Iterator[tuple[PurePath, int]]:
        """Yield what is meant in a folder by a part of the pattern, and the part that is next."""
        pattern = self.parts[part] if part < len(self.parts) else "*"
        after = min(part + 1, len(self.parts))
        if pattern == "**":
            yield folder, after  # it stands for no folders too
            if after == len(self.parts):  # for all there is, which is then read as a whole
                return
            after = part
        deep = part == len(self.parts) or pattern == "**"
        names = self.tree.listed(folder, pattern, deep=deep)
        state = _in_state(self.tree, folder, names)
        for name in names:
            path = folder / name
            if (state or _MARK.fullmatch(name)) and _without_rows(self.tree, path, state=state):
                if self.pass_over and _MARK.fullmatch(name):
                    self.pass_over(path, self.root, "mark")
                continue
            if is_hidden(name) and self.pass_over:
                last = part < len(self.parts) and {"**"}.issuperset(self.parts[after:])
                if not (last and pattern.startswith((".", "_"))):  # `_b*` asks for such names
                    if part == len(self.parts) or self._holds(path, after):
                        self.pass_over(path, self.root, "hidden")
                    continue
            yield path, after

    def _holds(self, path: PurePath, part: int) -> bool:
        """Return whether something at or below a hidden path is meant; True if that is not seen."""
        try:
            return any(True for _ in replace(self, pass_over=None).matches(path, part))
        except LogError:
            return True


def _in_state(tree: Tree, folder: PurePath, names: list[str]) -> bool:
    """Return whether of these names some may be a state's own: in its folder, and in that below."""
    place = tree.absolute(folder)
    below = place.name == ENTRIES
    if not below and OF_STATE.isdisjoint(names):
        return False
    from skewcheck.logs.marks import is_state  # few folders are one

    return is_state(tree.place(place / STATE)) or (
        below and is_state(tree.place(place.parent / STATE))
    )


def _without_rows(tree: Tree, path: PurePath, *, state: bool) -> bool:
    """Return whether a file is a mark, or one that a state keeps, by its name and what it holds."""
    from skewcheck.logs.marks import is_mark, is_of_state  # few names are such

    place = tree.absolute(path)
    return (state and is_of_state(place, tree.place(place))) or is_mark(
        place.name, tree.place(place)
    )


def is_hidden(name: str) -> bool:
    """Return whether a name is one that writers hide; `_day=3` is a partition, as Spark has it."""
    return name != ".." and (name[0] == "." or (name[0] == "_" and "=" not in name))
