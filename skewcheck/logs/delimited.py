"""CSV, TSV and the like: blocks of whole records, each parsed where its thunk is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from skewcheck.logs import text
from skewcheck.logs.arrays import canonical
from skewcheck.logs.arrays.arrow import from_texts, scalar
from skewcheck.logs.arrays.cells import NULL_WORDS, restored, strings
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.dialect import Dialect, sniff
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.preface import header_line, without_headers
from skewcheck.logs.text import Block, blocks, head, occurrences
from skewcheck.logs.trouble import trouble

_CHUNK = 1 << 20
"""Bytes that are parsed at once: what Arrow makes of more leaves the processor's cache, which takes
three times as long."""
_CODES = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class _Table:
    """What is needed to parse a block."""

    name: str
    dialect: Dialect
    nulls: tuple[str, ...]
    """The user's own words for a missing value."""
    schema: Mapping[str, pa.DataType]
    types: Mapping[str, pa.DataType]
    """Of the columns to read: numbers and times as they are, everything else text."""
    header: bytes
    """The line of the header; nothing of a file without one, and of a column of text, in which it
    may be a value."""


def open_delimited(
    path: str, name: str, *, null_values: Sequence[str] = (), names: Sequence[str] = ()
) -> Contents:
    """Open a delimited text file, plain or gzipped; types are those of its first megabyte.

    `null_values` are words for a missing value; `names` those of the columns of a file without a
    header. Raises LogError.
    """
    start = text.beginning(path, lines=2)  # a header, and a row
    dialect = sniff(start, name, names)
    header = header_line(start, dialect.skip) if dialect.header else b""
    table = _Table(name, dialect, tuple(null_values), {}, {}, header)
    end = len(start)
    if len(start) >= text.HEAD:
        end = _end_of_records(start, _newline(start), quoted=dialect.quoted)
    beginning = Block(start[dialect.skip : end or len(start)], dialect.before)
    try:
        inferred, _ = _parsed(table, beginning.data, first=dialect.header)
    except pa.ArrowInvalid as error:
        raise _ragged(table, beginning, str(error)) from None
    schema = {
        column: pa.string() if pa.types.is_binary(kind) else kind
        for column, kind in zip(inferred.schema.names, inferred.schema.types, strict=True)
    }
    if [*map(pa.types.is_string, schema.values())] == [True]:
        header = b""
    return Contents(
        schema,
        partial(_read, path, replace(table, schema=schema, header=header)),
        textual=True,
        decimal=dialect.decimal,
    )


def _read(path: str, table: _Table, paths: Mapping[str, Path], wanted: Wanted) -> Iterator[Thunk]:
    columns = {target.column: reference in wanted.numbers for reference, target in paths.items()}
    types = {
        column: _type(table.schema[column], number, column in wanted.labels)
        for column, number in columns.items()
    }
    table = replace(table, types=types or {table.dialect.names[0]: _CODES})
    newline = _newline(head(path))
    row, first = 0, table.dialect.header
    quoted = table.dialect.quoted
    ends = partial(_end_of_records, newline=newline, quoted=quoted)
    for block in blocks(path, table.name, table.dialect.skip, ends, len(paths)):
        parsing_tells = first or (table.header and table.header in block.data)
        rows = None if parsing_tells else _rows(block.data, newline, quoted=quoted)
        if rows is None:
            batch = _batch(table, block, row, list(paths), first, enclosing=True)
            rows = batch.rows
            yield partial(iter, [batch])
        else:
            # Where each line is a row, quotes enclose no newline; the last line may be cut short.
            enclosing = not block.data.endswith(b"\n")
            yield partial(_batches, table, block, row, list(paths), enclosing=enclosing)
        row, first = row + rows, False


def _batches(
    table: _Table, block: Block, row: int, columns: list[str], *, enclosing: bool
) -> Iterator[Batch]:
    yield _batch(table, block, row, columns, first=False, enclosing=enclosing)


def _type(kind: pa.DataType, number: bool, label: bool) -> pa.DataType:
    """Return how a column is read that seems to be of this type."""
    countable = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if number and (countable or pa.types.is_null(kind)):
        return pa.float64()
    if number and not pa.types.is_string(kind):
        return kind  # booleans, dates and times are numbers, too
    if number:
        return pa.string()
    if label or pa.types.is_string(kind) or pa.types.is_null(kind):
        return _CODES
    return kind


def _batch(
    table: _Table, block: Block, row: int, columns: list[str], first: bool, *, enclosing: bool
) -> Batch:
    """Parse a block; `enclosing` says whether quotes in it may enclose newlines."""
    try:
        parsed, again = _parsed(table, block.data, first)
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise _ragged(table, block, str(error)) from None
        # Some value is not of the type that its column has elsewhere: keep the text, and let
        # whoever uses the column count what is wrong.
        texts = {
            name: kind if kind == _CODES else pa.string() for name, kind in table.types.items()
        }
        try:
            parsed, again = _parsed(replace(table, types=texts), block.data, first)
        except pa.ArrowInvalid as error:
            raise _ragged(table, block, str(error)) from None
    cut = enclosing and _is_cut(table, block)
    cleaned = {name: _cleaned(table, name, _single(parsed.column(name))) for name in columns}
    return Batch(RowOrigin(table.name, row), parsed.num_rows, cleaned, cut=cut, other=again)


def _is_cut(table: _Table, block: Block) -> bool:
    """Return whether the file ends inside a quoted value; raise LogError for stray quotes."""
    if not table.dialect.quoted or b'"' not in block.data:
        return False
    from skewcheck.logs import quotes  # few logs have any

    return quotes.check(block, table.dialect, table.name)


def _parsed(table: _Table, data: bytes, first: bool) -> tuple[pa.Table, int]:
    """Return the rows of a block, and how many of its lines repeat the header and are none."""
    data, again = without_headers(data, table.header, len(table.header) if first else 0)
    if again and not data:
        return pa.schema(table.types).empty_table(), again
    nulls = {"", *NULL_WORDS, *table.nulls}
    spaced = {f" {word}" for word in nulls} if table.dialect.spaced else set()
    size = _CHUNK if table.types else len(data) + 1  # types are of all lines
    read = partial(
        pv.read_csv,
        parse_options=pv.ParseOptions(
            delimiter=table.dialect.delimiter,
            quote_char='"' if table.dialect.quoted else False,
            newlines_in_values=table.dialect.quoted,
            # In a single column a blank line is a null; beside others it is no record.
            ignore_empty_lines=len(table.dialect.names) > 1,
        ),
        convert_options=pv.ConvertOptions(
            column_types=table.types,
            include_columns=list(table.types),
            null_values=[*nulls, *spaced],
            strings_can_be_null=False,
            decimal_point=table.dialect.decimal,
            check_utf8=False,
        ),
    )
    while True:
        options = pv.ReadOptions(
            use_threads=False, block_size=size, column_names=table.dialect.names,
            skip_rows_after_names=int(first),
        )  # fmt: skip
        try:
            return read(pa.BufferReader(data), read_options=options), again
        except pa.ArrowInvalid as error:
            if size > len(data) or "straddling" not in str(error):
                raise
            size = len(data) + 1  # a record longer than a chunk


def _cleaned(table: _Table, name: str, column: pa.Array) -> pa.Array:
    """Make nulls of empty text, trim what belongs to the delimiter, restore types lost to text."""
    kind = table.schema[name]
    if pa.types.is_string(column.type):
        text = _pointed(table, _bare(table, column), kind)
        typed = pa.types.is_boolean(kind) or pa.types.is_temporal(kind)
        return restored(text, kind) if typed else text
    if not pa.types.is_dictionary(column.type):
        return column
    levels = _pointed(table, _bare(table, column.dictionary), kind)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        # One spelling, whether the same table was saved as text or with its types.
        levels = from_texts([level and canonical(level) for level in strings(levels)])
        if pc.all(pc.is_in(levels.drop_null(), from_texts(["false", "true"]))).as_py():
            levels = levels.cast(pa.bool_())
        elif pc.all(pc.is_in(levels.drop_null(), from_texts(["0", "1"]))).as_py():
            levels = levels.cast(pa.int8())  # numbers, which may stand for booleans
    return pa.DictionaryArray.from_arrays(column.indices, levels)


def _pointed(table: _Table, text: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return the text of numbers with a point before their decimals, whatever the file has."""
    if table.dialect.decimal == "." or not pa.types.is_floating(kind):
        return text
    return pc.replace_substring(text, table.dialect.decimal, ".")


def _bare(table: _Table, text: pa.Array) -> pa.Array:
    """Return text without the blank that belongs to the delimiter, null where none is left."""
    if table.dialect.spaced:
        text = pc.ascii_ltrim_whitespace(text)
    return pc.if_else(pc.equal(text, scalar("")), scalar(None), text)


def _single(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()


def _ragged(table: _Table, block: Block, message: str) -> Exception:
    ragged = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)", message)
    if ragged is None:
        return trouble(
            table.name, f"cannot be parsed from line {block.line + 1} on: write it again"
        )
    line = f"line {block.line + int(ragged[1])}: " if ragged[1] else ""
    return trouble(
        table.name,
        f"{line}{ragged[3]} values where there are {ragged[2]} columns: quote values that hold "
        f"the delimiter {table.dialect.delimiter!r}, or write the file again",
    )


def _newline(start: bytes) -> bytes:
    return b"\r" if b"\n" not in start and b"\r" in start else b"\n"


def _end_of_records(data: bytes, newline: bytes, *, quoted: bool = True) -> int:
    """Return where the last whole record ends: behind a newline that no quotes enclose."""
    last = end = data.rfind(newline)
    if not quoted:
        return last + 1
    # Stray quotes would make every newline look enclosed: after some tries, take the last one.
    for _ in range(100):
        if end < 0 or occurrences(data, b'"', end) % 2 == 0:
            return end + 1
        end = data.rfind(newline, 0, data.rfind(b'"', 0, end))
    return last + 1


def _rows(data: bytes, newline: bytes, *, quoted: bool = True) -> int | None:
    """Return the number of records; None where only parsing tells.

    That is so for blank lines, for newlines in quotes and for mixed line ends.
    """
    if newline == b"\r" or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return None
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    lengths = np.diff(ends, prepend=-1)
    blank = (lengths == 1) | ((lengths == 2) & (characters[ends - 1] == ord("\r")))
    if blank.any():
        return None
    marks = np.flatnonzero(characters == ord('"')) if quoted else np.zeros(0, np.intp)
    if len(marks) and (np.searchsorted(marks, ends) % 2).any():
        return None
    return len(ends) + (not data.endswith(b"\n"))
