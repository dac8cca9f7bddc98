"""What the reference says of logs: files, tables and databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Row = tuple[str, ...]
ROWS: Sequence[Row] = (
    (
        "Parquet, Arrow (IPC files, streams, Feather 2)",
        "Page checksums and announced rows are verified.",
    ),
    (
        "CSV, TSV and the like",
        (
            "Delimited by `,`, tab, `;` or `|`, in UTF-8 or another encoding that has ASCII in "
            "it. Without a header `--columns` names the columns."
        ),
    ),
    ("JSON Lines", "One object a line."),
    (
        "JSON",
        (
            "An array of objects, indented or not; objects over several lines, next to each "
            "other, or behind record separators (RFC 7464). Each object is a row. A document "
            "that ends early is refused."
        ),
    ),
    (
        "Avro",
        (
            "Object container files (extra `avro`), packed by deflate, snappy, zstandard, bzip2"
            " or xz. Dates, times and decimals have their types; values of unions whose types "
            "do not mix are text."
        ),
    ),
    ("ORC", "Stripe by stripe; announced rows are verified."),
    (
        "TFRecord",
        (
            "Of tf.Example, without TensorFlow; all checksums are verified. A feature of one "
            "value is a number or a text, of several a list; columns are those of the first "
            "1,000 records. PredictionLog of TensorFlow Serving: of requests to predict, a row "
            "per row of the tensors; inputs by their names, outputs as `outputs.name`; examples "
            "inside of an input are columns by their features."
        ),
    ),
    (
        "gzip, bzip2, xz, zstd, lz4",
        (
            "Of text and TFRecord; also several parts, one after another. Checksums are "
            "verified where there are some."
        ),
    ),
    ("zip", "Each member that is text or TFRecord is a file of the log, as `a.zip/b.csv`."),
)


def files(table: Callable[[Sequence[str], Sequence[Row]], str]) -> str:
    """Return which files are read as logs, and what is refused."""
    return f"""\
A file's content says what it is, not its name. All are read in bounded memory.

{table(("format", "what is read"), ROWS)}
- What is neither text nor one of these is refused (exit code 2): control characters in the first
  line, beside bytes that are no UTF-8, or in a hundredth of all, are no text. UTF-16 is refused.
- Parquet, Arrow, Avro and ORC are packed inside: a packed file of them is refused.
- Folders named `key=value` are columns; `_key=value` too. Other names with `.` or `_` in front are
  hidden. `_SUCCESS`, `_metadata`, `.crc` and Athena's `.metadata` are passed over for what they
  hold.
"""


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
