"""Logs and training data: files, folders, globs and tables become batches of columns."""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from datetime import timedelta

from skewcheck.logs.asked import NEWEST, Asked
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import resolve
from skewcheck.logs.file import File
from skewcheck.logs.log import Log
from skewcheck.logs.opening import Opener
from skewcheck.logs.paths import find
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
    counted: bool = False,
) -> Log:
    """Open a path, folder, glob, `-`, a table in memory (pandas, Arrow), or a list of those.

    Every file is opened and its beginning looked at, so that an unreadable one is known before any
    work is done. `null_values` are words for a missing value, beside the usual ones; `names` are
    the columns of delimited files without a header, `known` keys of JSON Lines that are columns
    however rare they are. Files that were modified in the last `settle` are left out, none if it
    is zero. `asked` is which rows of tables and databases are meant; `counted` lets profiles of
    logs pass, which have no rows. Raises LogError, which names the file and says what to do,
    NothingToTestError where all were left out, and UsageError where
    `asked` is of no log.
    """
    given = list(sources) if isinstance(sources, list | tuple) else [sources]
    if not given:
        raise LogError("no logs were given: name files, folders, globs, or - for standard input")
    opener = Opener(tuple(null_values), tuple(names), known, settle, asked)
    if any(isinstance(source, str) and "://" in source for source in given):
        from skewcheck.logs.databases.opening import open_servers  # most logs are files

        servers, given = open_servers(given, asked, tuple(null_values))
        opener.files.extend(servers)
    paths: list[str] = []
    for source in given:
        if isinstance(source, str | os.PathLike):
            paths.append(os.fspath(source))
        else:
            opener.add_table(source)
    if "-" in paths:
        opener.add_standard_input()
    places, unopened = find(path for path in paths if path != "-")
    opener.add_all(places)
    if asked != NEWEST or not opener.files:
        from skewcheck.logs.refusals import refuse_unusable  # as above

        tables = any(place.table for place in places)
        refuse_unusable(opener.files, opener.left_out, asked, tables=tables)
    if not counted and any(file.contents.counted for file in opener.files):
        from skewcheck.logs.counted import refuse_profiles  # few commands meet one

        refuse_profiles(opener.files)
    return Log(tuple(opener.files), (*opener.left_out, *unopened), tuple(opener.versions))
