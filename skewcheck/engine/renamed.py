"""Served columns that some files seem to have under another name."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.counts.plan import Plan
from skewcheck.features.notes import Note
from skewcheck.logs.listed import surely_named
from skewcheck.logs.log import Log


def renamed_columns(log: Log, plan: Plan, absent: Mapping[str, Mapping[str, int]]) -> list[Note]:
    """Return a note on columns that only files without some served columns have.

    They may be these under other names. `absent` has the files that lack a column, by column.
    """
    served = {name for side in plan.features if side.served for name in side.served.columns}
    by_files: dict[frozenset[str], list[str]] = {}
    for column in sorted(served & absent.keys()):
        by_files.setdefault(frozenset(absent[column]), []).append(column)
    notes = []
    for names, columns in by_files.items():
        usual: set[str] = set()
        for file in log.files:
            usual |= set() if file.name in names else file.schema().keys()
        lacking = [file for file in log.files if file.name in names]
        named = [schema for file in lacking if surely_named(schema := file.schema())]
        unusual = sorted({name for schema in named for name in schema} - usual)
        if unusual and usual:
            files = tuple(file.name for file in lacking if file.schema().keys() & set(unusual))
            parameters = {"columns": tuple(columns), "names": tuple(unusual), "files": files}
            notes.append(Note("unusual_columns", parameters))
    return notes
