"""The section of docs/reference.md on the files of a log."""

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
