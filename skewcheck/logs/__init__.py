"""Logs and training data: files, folders, globs and tables become batches of columns."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from skewcheck.logs.arrays.arrow import scalar
from skewcheck.logs.asked import NEWEST, Asked, TableVersion
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import resolve
from skewcheck.logs.file import Contents, File
from skewcheck.logs.log import Log
from skewcheck.logs.paths import Unopened, find
from skewcheck.logs.recognise import recognise
from skewcheck.logs.storage import Spool, about, is_url, public, put_down
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
    asked: Asked = NEWEST,
) -> Log:
    """Open a path, folder, glob, URL, `-`, a table in memory (pandas, Arrow), or a list of those.

    Every file is opened and its beginning looked at, so that an unreadable one is known before any
    work is done. `null_values` are words for a missing value, beside the usual ones; `names` are
    the columns of delimited files without a header, `known` keys of JSON Lines that are columns
    however rare they are. Files that were modified in the last `settle` are left out, none if it
    is zero. `asked` is which rows of tables and databases are meant. Raises LogError, which names
    the file and says what to do, NothingToTestError where all were left out, and UsageError where
    `asked` is of no log.
    """
    given = list(sources) if isinstance(sources, list | tuple) else [sources]
    if not given:
        raise LogError("no logs were given: name files, folders, globs, or - for standard input")
    files: list[File] = []
    paths: list[str] = []
    if any(isinstance(source, str) and "://" in source for source in given):
        from skewcheck.logs.databases.opening import open_servers  # most logs are files

        files, given = open_servers(given, asked, tuple(null_values))
    for source in given:
        if isinstance(source, str | os.PathLike):
            paths.append(os.fspath(source))
        else:
            files.append(_table(source, len(files), null_values))
    if "-" in paths:
        files.append(_standard_input(null_values, names, known))
    places, unopened = find(path for path in paths if path != "-")
    left_out: list[Unopened] = []
    versions: list[TableVersion] = []
    for place in places:
        if place.table is not None:
            from skewcheck.logs.tables.opening import open_table_folder  # most logs are files

            table = open_table_folder(place, asked, tuple(null_values))
            files, left_out = [*files, *table.files], [*left_out, *table.unopened]
            versions += table.versions
            continue
        with reading(public(place.path) if is_url(place.path) else place.name):
            found = about(place.path)
            if settle and time.time() - found.modified < settle.total_seconds():
                left_out.append(Unopened(place.name, "unsettled"))
                continue
            path = place.path if found.seekable else put_down(place.path)
        with reading(place.name):
            contents = _opened(path, place.name, null_values, names, known, asked)
        if isinstance(contents, str):
            if place.asked:
                from skewcheck.logs.refusals import refuse_asked  # few logs are refused

                refuse_asked(place.name, contents)
            left_out.append(Unopened(place.name, contents))
            continue
        constants = {key: scalar(value) for key, value in place.partitions.items()}
        size = path.size if isinstance(path, Spool) else found.size
        opened = File(place.name, path, size, contents, constants)
        opened = replace(opened, null_values=tuple(null_values))
        if found.seekable:
            opened = replace(opened, lasting=not contents.queried, identity=found.identity)
        files.append(opened)
    if asked != NEWEST or not files:
        from skewcheck.logs.refusals import refuse_unusable  # as above

        refuse_unusable(files, left_out, asked, tables=any(place.table for place in places))
    return Log(tuple(files), (*left_out, *unopened), tuple(versions))


def _opened(
    path: str,
    name: str,
    null_values: Sequence[str],
    names: Sequence[str],
    known: Set[str],
    asked: Asked = NEWEST,
) -> Contents | Literal["report", "empty"]:
    """Open a file, unless skewcheck wrote it or nothing is in it."""
    # Each format is imported where it is met: most logs have one, and text takes Arrow's functions.
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
        case "jsonlines":
            from skewcheck.logs.jsonlines import open_jsonlines

            return open_jsonlines(path, name, known)
        case "lines":
            from skewcheck.logs.lines import open_lines

            return open_lines(path, name)
        case "delimited":
            from skewcheck.logs.delimited import open_delimited

            return open_delimited(path, name, null_values=null_values, names=names)
        case "sqlite" | "duckdb" if isinstance(path, Spool) or is_url(path):
            raise trouble(
                name, "a database, which is read from a file on disk alone: copy it there"
            )
        case "sqlite":
            from skewcheck.logs.databases.sqlite import open_sqlite

            return open_sqlite(path, name, asked.sql)
        case "duckdb":
            from skewcheck.logs.databases.duckdb import open_duckdb

            return open_duckdb(path, name, asked.sql)
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


def _standard_input(null_values: Sequence[str], names: Sequence[str], known: Set[str]) -> File:
    """Put standard input down in a file without a name, which goes with the returned object."""
    name = "<stdin>"
    with reading(name):
        spool = Spool.of(sys.stdin.buffer)
        contents = _opened(spool, name, null_values, names, known)
        if contents == "empty":
            raise trouble(name, "is empty (nothing but white space): no rows were written into it")
        if contents == "report":
            raise trouble(name, "skewcheck wrote what stands there, which is no log: give logs")
    return File(name, spool, spool.size, contents, null_values=tuple(null_values))
