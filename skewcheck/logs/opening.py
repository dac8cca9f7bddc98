"""Open the files of a log one by one, each by the format that its content says it has."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pkgutil import resolve_name
from typing import Literal

from skewcheck.logs.arrays.arrow import scalar
from skewcheck.logs.asked import Asked, TableVersion
from skewcheck.logs.copies import HEAD, beginning
from skewcheck.logs.file import Contents, File
from skewcheck.logs.magic import BEGINNING, PARQUET
from skewcheck.logs.paths import LogPath, Unopened
from skewcheck.logs.storage import Place, about, is_put_down, is_url, open_bytes, public
from skewcheck.logs.trouble import reading, trouble
from skewcheck.text.errors import LogError

MANY = 32
"""Files from which on they are opened by threads, so many at a time."""
REQUESTS = 16
"""Threads that ask another machine, which mostly wait for its answers."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the files of a log one by one."""

    null_values: tuple[str, ...]
    names: tuple[str, ...]
    known: Set[str]
    settle: timedelta | None
    asked: Asked
    files: list[File] = field(default_factory=list)
    left_out: list[Unopened] = field(default_factory=list)
    versions: list[TableVersion] = field(default_factory=list)

    def add_all(self, places: Sequence[LogPath]) -> None:
        """Open likewise several, many of them by threads; LogError for the first that cannot be."""
        if len(places) < MANY:
            for place in places:
                self.add(place)
            return
        from concurrent.futures import ThreadPoolExecutor  # most logs are few files

        chunks = [places[i : i + MANY] for i in range(0, len(places), MANY)]
        threads = REQUESTS if is_url(places[0].path) else os.cpu_count()
        with ThreadPoolExecutor(threads) as pool:
            opening = [pool.submit(self._opened_apart, chunk) for chunk in chunks]
            try:
                for opened in opening:
                    self._take(opened.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _opened_apart(self, places: Sequence[LogPath]) -> Opener:
        opener = replace(self, files=[], left_out=[], versions=[])
        for place in places:
            opener.add(place)
        return opener

    def _take(self, other: Opener) -> None:
        self.files.extend(other.files)
        self.left_out.extend(other.left_out)
        self.versions.extend(other.versions)

    def add(self, place: LogPath) -> None:
        """Open a file, a table folder, or what a zip archive holds; note why one is left out."""
        if place.table is not None:
            self._add_table_folder(place)
            return
        with reading(public(place.path) if is_url(place.path) else place.name):
            found = about(place.path)
            if self.settle and time.time() - found.modified < self.settle.total_seconds():
                self.left_out.append(Unopened(place.name, "unsettled"))
                return
            path = place.path if found.seekable else _put_down(place.path)
        with reading(place.name):
            contents = self._opened(path, place.name)
            if contents == "zip":
                self._add_members(replace(place, path=path))
                return
        if isinstance(contents, str):
            if place.asked:
                from skewcheck.logs.refusals import refuse_asked  # few logs are refused

                refuse_asked(place.name, contents)
            self.left_out.append(Unopened(place.name, contents))
            return
        constants = {key: scalar(value) for key, value in place.partitions.items()}
        size = path.size if is_put_down(path) else found.size
        file = File(place.name, path, size, contents, constants, null_values=self.null_values)
        if found.seekable:
            file = replace(file, lasting=not contents.queried, identity=found.identity)
        self.files.append(file)

    def add_table(self, source: object) -> None:
        """Open a table in memory; LogError for anything else."""
        from skewcheck.logs.table import is_table, open_table  # most logs are files

        if not is_table(source):
            raise LogError(f"{type(source).__name__}: neither a path nor a table")
        name = f"<table {len(self.files) + 1}>" if self.files else "<table>"
        contents, size = open_table(source, name)
        self.files.append(File(name, name, size, contents, null_values=self.null_values))

    def _add_table_folder(self, place: LogPath) -> None:
        from skewcheck.logs.tables.opening import open_table_folder  # most logs are files

        table = open_table_folder(place, self.asked, self.null_values)
        self.files.extend(table.files)
        self.left_out.extend(table.unopened)
        self.versions.extend(table.versions)

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

    def add_standard_input(self) -> None:
        """Put standard input down in a file without a name, which goes with the returned object."""
        from skewcheck.logs.spool import Spool  # most logs are files

        name = "<stdin>"
        with reading(name):
            spool = Spool.of(sys.stdin.buffer)
            contents = self._opened(spool, name)
            if contents == "empty":
                raise trouble(
                    name, "is empty (nothing but white space): no rows were written into it"
                )
            if contents == "report":
                raise trouble(name, "skewcheck wrote what stands there, which is no log: give logs")
            if contents == "zip":
                self._add_members(LogPath(name, spool))
                return
        self.files.append(File(name, spool, spool.size, contents, null_values=self.null_values))

    def _opened(self, path: str, name: str) -> Contents | Literal["report", "empty", "zip"]:
        """Open a file, unless skewcheck wrote it, nothing is in it, or other files are."""
        start = None
        if not isinstance(path, Place):
            with open_bytes(path) as file:
                start = file.read(HEAD)
                if start.startswith(PARQUET):
                    from skewcheck.logs.parquet import open_parquet  # as below

                    return replace(open_parquet(path, name, file), beginning=beginning(start))
            start = start[:BEGINNING]
        from skewcheck.logs.recognise import recognise  # most logs are Parquet

        format_name = recognise(path, name, start, named=bool(self.names))
        if format_name in _WORDS:
            return _WORDS[format_name]
        # Each format is imported where it is met: most logs have one.
        match format_name:
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
            case "profile":
                from skewcheck.logs.counted import open_profile

                return open_profile(name)
            case "sqlite" | "duckdb" if isinstance(path, Place) or is_url(path):
                raise trouble(
                    name, "a database, which is read from a file on disk alone: copy it there"
                )
            case "sqlite" | "duckdb":
                opened: Contents = resolve_name(_DATABASES[format_name])(path, name, self.asked.sql)
            case _:
                opened = resolve_name(_FORMATS[format_name])(path, name)
        return opened


def _put_down(place: str) -> Place:
    from skewcheck.logs.spool import put_down  # most logs are files on disk

    return put_down(place)


_WORDS: Mapping[str, Literal["report", "empty", "zip"]] = {
    "ours": "report", "empty": "empty", "zip": "zip",
}  # fmt: skip
"""What is no file of a log by itself."""
_FORMATS: Mapping[str, str] = {
    "parquet": "skewcheck.logs.parquet:open_parquet",
    "arrow": "skewcheck.logs.ipc:open_arrow_file",
    "stream": "skewcheck.logs.ipc:open_arrow_stream",
    "avro": "skewcheck.logs.avro:open_avro",
    "orc": "skewcheck.logs.orc:open_orc",
    "tfrecord": "skewcheck.logs.tfrecord:open_tfrecord",
    "lines": "skewcheck.logs.lines:open_lines",
}
"""What opens a file that says all of itself."""
_DATABASES: Mapping[str, str] = {
    "sqlite": "skewcheck.logs.databases.sqlite:open_sqlite",
    "duckdb": "skewcheck.logs.databases.duckdb:open_duckdb",
}
"""What opens a database by a query."""
