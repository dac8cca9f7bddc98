"""What the reference says of logs that are no files: tables and databases."""

from __future__ import annotations


def tables() -> str:
    """Return how tables are read, and databases."""
    return """\
A table keeps files of which not all hold live rows. It is read by its own log alone; a folder with
`_delta_log`, `.hoodie` or Iceberg's metadata is never read as files, and neither is what lies in
it: a glob, a partition or a file in a table is refused. Give the folder of the table, or one around
it.

- **Delta** (`pip install 'skewcheck[delta]'`): the files of a version, with the values of
  partitions as the table types them, without rows that deletion vectors take out. Columns that are
  mapped by name have the table's names.
- **Iceberg** (`pip install 'skewcheck[iceberg]'`): the files of a snapshot, without rows that
  position deletes take out, by the newest metadata file in the folder. No catalog is asked; where
  the table was copied, its files are those of the folder that is given.
- **Hudi** is refused: give an export of its rows.
- `--version N` is a version of Delta or the number of a snapshot of Iceberg, `--as-of TIME` what
  was the newest then; a note says which was read. Both are of the policy, and of the tables among
  the logs alone: `--reference` and `--baseline` are read in their newest version.
- Files in the folder that the version does not hold are in a note. Columns that the table got later
  are null in older files. With `--state`, files with all their rows are remembered one by one;
  `--settle` leaves none out, as each version is whole.
- A feature of a table that is not honoured is named and refused: columns that are mapped by id or
  nested, equality deletes, files in another store.

A database is read by one query, whose rows are the log in the order that it gives them: that of
`--sql 'select ...'`, or of all rows of the only table, or else of the only view. Nothing is
written.

- `sqlite:///file`, or the file: opened for reading alone, and no other file is attached. Columns
  have no types: where one mixes them, it is text.
- `duckdb:///file`, or the file (`pip install 'skewcheck[duckdb]'`): opened for reading alone, with
  no access to other files and no extensions.
- `postgresql://user@host/name` (`pip install 'skewcheck[postgresql]'`): in a transaction that
  cannot write. The password is best left to `PGPASSWORD` or `~/.pgpass`.
- A file's URL has a third slash, and a fourth if its path begins with one. Reports name a server
  without user, password and parameters.
- The query runs anew for each pass over the rows (their beginning, then all): rows that come in
  between are in some and not in others. `--state` does not remember the rows of a query, which may
  be others each time.
"""
