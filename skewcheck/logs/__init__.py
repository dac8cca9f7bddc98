"""Logs and training data: files, folders, globs and tables become batches of columns."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from skewcheck.logs.arrays.arrow import scalar
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import resolve
from skewcheck.logs.file import Contents, File, identity
from skewcheck.logs.log import Log
from skewcheck.logs.paths import LogPath, Unopened, find
from skewcheck.logs.recognise import recognise
from skewcheck.logs.trouble import reading, trouble
from skewcheck.text.errors import LogError

__all__ = ["ROWS", "Batch", "File", "Log", "RowOrigin", "Wanted", "open_logs", "resolve"]


def open_logs(
    sources: object,
    *,
    null_values: Sequence[str] = (),
    names: Sequence[str] = (),
    settle: timedelta | None = None,
    known: Set[str] = frozenset(),
) -> Log:
    """Open a path, folder, glob, `-`, a table in memory (pandas, Arrow), or a list of those.

    Every file is opened and its beginning looked at, so that an unreadable one is known before any
    work is done. `null_values` are words for a missing value, beside the usual ones; `names` are
    the columns of delimited files without a header, `known` keys of JSON Lines that are columns
    however rare they are. Files that were modified in the last `settle`
    are left out, none if it is zero. Raises LogError, which names the file and says what to do, and
    NothingToTestError where all were left out.
    """
    given = list(sources) if isinstance(sources, list | tuple) else [sources]
    if not given:
        raise LogError("no logs were given: name files, folders, globs, or - for standard input")
    files: list[File] = []
    paths: list[str] = []
    for source in given:
        if isinstance(source, str | os.PathLike):
            paths.append(os.fspath(source))
        else:
            files.append(_table(source, len(files), null_values))
    opener = _Opener(tuple(null_values), tuple(names), known, settle)
    if "-" in paths:
        files.append(opener.standard_input())
    places, unopened = find(path for path in paths if path != "-")
    for place in places:
        opener.add(place)
    files += opener.files
    if not files:
        from skewcheck.logs.refusals import refuse_left_out  # few logs are refused

        refuse_left_out(opener.left_out)
    return Log(tuple(files), (*opener.left_out, *unopened))


@dataclass(frozen=True, slots=True)
class _Opener:
    """Opens the files of a log one by one."""

    null_values: tuple[str, ...]
    names: tuple[str, ...]
    known: Set[str]
    settle: timedelta | None
    files: list[File] = field(default_factory=list)
    left_out: list[Unopened] = field(default_factory=list)

    def add(self, place: LogPath) -> None:
        """Open a file, or what a zip archive holds; note why one is left out."""
        with reading(place.name):
            about = Path(place.path).stat()
            if self.settle and time.time() - about.st_mtime < self.settle.total_seconds():
                self.left_out.append(Unopened(place.name, "unsettled"))
                return
            contents = self._opened(place.path, place.name)
            if contents == "zip":
                self._add_members(place)
                return
        if isinstance(contents, str):
            if place.asked:
                from skewcheck.logs.refusals import refuse_asked  # few logs are refused

                refuse_asked(place.name, contents)
            self.left_out.append(Unopened(place.name, contents))
            return
        constants = {key: scalar(value) for key, value in place.partitions.items()}
        self.files.append(
            File(place.name, place.path, about.st_size, contents, constants, lasting=True,
                null_values=self.null_values, identity=identity(about))
        )  # fmt: skip

    def _add_members(self, place: LogPath) -> None:
        from skewcheck.logs.archive import members  # few logs are in archives

        found, hidden = members(place.path, place.name)
        self.left_out.extend(hidden)
        if not found:
            self.left_out.append(Unopened(place.name, "empty"))
        for member, inside in found:
            name = f"{place.name}/{member.info.filename}"
            with reading(name):
                contents = self._opened(member, name)
            if isinstance(contents, str):
                self.left_out.append(Unopened(name, "empty" if contents == "zip" else contents))
                continue
            partitions = {**place.partitions, **inside.partitions}
            constants = {key: scalar(value) for key, value in partitions.items()}
            file = File(name, member, member.size, contents, constants)
            self.files.append(replace(file, null_values=self.null_values))

    def standard_input(self) -> File:
        """Put standard input down in a file without a name, which goes with the returned object."""
        from skewcheck.logs.storage import Spool  # most logs are files

        name = "<stdin>"
        with reading(name):
            spool = Spool.of(sys.stdin.buffer)
            format_name = recognise(spool, name)
            if format_name == "empty":
                raise trouble(
                    name, "is empty (nothing but white space): no rows were written into it"
                )
            text = format_name in {"jsonlines", "documents", "delimited"}
            contents = self._opened(spool, name) if text else "report"
            if isinstance(contents, str):
                raise trouble(name, "is neither CSV nor JSON Lines: give such a file by its path")
        return File(name, spool, spool.size, contents, null_values=self.null_values)

    def _opened(self, path: str, name: str) -> Contents | Literal["report", "empty", "zip"]:
        """Open a file, unless skewcheck wrote it, nothing is in it, or other files are."""
        # Each format is imported where it is met: most logs have one, and text takes Arrow's
        # functions.
        match recognise(path, name):
            case "parquet":
                from skewcheck.logs.parquet import open_parquet

                return open_parquet(path, name)
            case "arrow":
                from skewcheck.logs.ipc import open_arrow_file

                return open_arrow_file(path, name)
            case "stream":
                from skewcheck.logs.ipc import open_arrow_stream

                return open_arrow_stream(path, name)
            case "avro":
                from skewcheck.logs.avro import open_avro

                return open_avro(path, name)
            case "orc":
                from skewcheck.logs.orc import open_orc

                return open_orc(path, name)
            case "tfrecord":
                from skewcheck.logs.tfrecord import open_tfrecord

                return open_tfrecord(path, name)
            case "jsonlines":
                from skewcheck.logs.jsonlines import open_jsonlines

                return open_jsonlines(path, name, self.known)
            case "documents":
                from skewcheck.logs.documents import Documents
                from skewcheck.logs.jsonlines import open_jsonlines

                return open_jsonlines(Documents.of(path, name), name, self.known, "object")
            case "delimited":
                from skewcheck.logs.delimited import open_delimited

                return open_delimited(path, name, null_values=self.null_values, names=self.names)
            case "zip":
                return "zip"
            case "ours":
                return "report"
            case "empty":
                return "empty"


def _table(source: object, place: int, null_values: Sequence[str]) -> File:
    from skewcheck.logs.table import is_table, open_table  # most logs are files

    if not is_table(source):
        raise LogError(f"{type(source).__name__}: neither a path nor a table")
    name = f"<table {place + 1}>" if place else "<table>"
    contents, size = open_table(source, name)
    return File(name, name, size, contents, null_values=tuple(null_values))
