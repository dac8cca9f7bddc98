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
  hold. `README`, `LICENSE`, `*.md` and `*.rst` in a folder are no logs; named
  directly they are read.
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


def joined() -> str:
    """Return how records with the same id become one row."""
    return """\
`--join request_id` is for raw and served values that are in two logs, or in two kinds of records of
one: a row is what the records of the same id hold together.

- **The id** is a column, or a field of that name in the records of the log, as deep as its text,
  lists and envelopes are opened up; where several fields have the name, its whole path says which
  (`event.id`). `--join id=request_id` names it where it has two names. Text and whole numbers are
  compared by their text: `7` of JSON is `7` of a CSV, and not `007`. Empty text is no id.
- **The sides** are told apart by the files (their folder, their name without numbers, their
  columns), or else by a column: one of at most 8 values, or one that only some records have. What
  gives most ids a record on two sides, with the fewest sides and repeated ids, does; a note says
  which. Sides are in the order of their first records, but one called `raw` comes first, and one
  called `served` last.
- **Columns** keep their names. One that several sides have is the first one's; that of another is
  in a record of its side, as `served.fare`, and if it holds records itself beside it, as
  `served_features`. Sides are called as their files, or `served` and `raw` if a value of the column
  that tells them apart says so, or `joined`. Which column is which side of which feature is found
  as in any other log, or `--raw` and `--served` name it (`--served 'served.{feature}'`).
- **Rows** are in the order of the records of the first side, with its times and row numbers:
  windows, segments and places are those of that log.
- **What is not joined** is told by file, and gates as `coverage` does: `unmatched` are records
  without an id, or with one that no other side has; `duplicate` those whose id came before on their
  side, of which the first is used; `late` those of an id whose known times (`--time-column`, in the
  records of both sides) lie further apart than `--within 24h`. All records that are read are
  audited, joined to one that is, outside of the times asked for, or lost. `--since`
  and `--where` choose among joined rows: a record that is not joined is lost whatever its time.
- Exit code 2: the id is in no file, or in one of several alone; no two records have the same one;
  all lie further apart than `--within`; values of the features are in several places, and neither
  names nor values show which are raw and which served (a copy, a constant): `--raw` and `--served`
  say it.
- `--reference` and `--baseline` are read as they stand: nothing is joined there.
- All records are put down in temporary files without a name, in about the bytes that their columns
  take in memory, and twice for a time (`TMPDIR` says where); nothing of them is left, however a run
  ends. Memory does not grow with the log. `--state` remembers no joined files: they are read anew
  by each run, as the other half of a record may come later.
"""
