"""Lines of text with a record in each: words before a JSON object, or pairs `key=value`.

Application logs are such. A line is a row of one column, `line`, which is decoded later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pyarrow as pa

from skewcheck.logs import text
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.text import Block, blocks
from skewcheck.logs.trouble import trouble

COLUMN = "line"
LOOKED_AT = 50
"""First lines that tell whether there are records."""
ENOUGH = 0.5
"""Share of them with a record, where the first one has one."""
FEW = 0.05
"""The same, where lines are no rows of a table either."""
_DELIMITERS = ",\t;|"
_MARK = b"\xef\xbb\xbf"


def holds_records(start: bytes) -> bool:
    """Return whether the beginning of a text is lines with records in them, and no table."""
    lines = [line for line in start.split(b"\n")[: 2 * LOOKED_AT] if line.strip()][:LOOKED_AT]
    if len(start) >= text.HEAD:
        lines = lines[:-1] or lines
    texts = [line.decode("utf-8", "replace") for line in lines]
    having = [_has_record(line) for line in texts]
    share = sum(having) / max(len(having), 1)
    if having and having[0]:
        return share >= ENOUGH
    return share >= FEW and not _is_table(texts)


def has_words(start: bytes) -> bool:
    """Return whether lines of words stand among objects, as where both go to one output.

    What may be a part of an object is no words: it is damage, which the reader of objects tells.
    """
    lines = [line.strip() for line in start.split(b"\n")[:-1] if line.strip()]
    others = [line for line in lines if not line.startswith(b"{")]
    return bool(others) and all(_WORDS.match(line) and b'":' not in line for line in others)


_WORDS = re.compile(rb"[A-Za-z0-9\[<(*#=-][^{}]* [^{}]*$")
"""A line of an application's log: no brace, and no sign of JSON at its beginning."""


def _has_record(line: str) -> bool:
    from skewcheck.logs.shape.codecs import json_behind_words  # for few files
    from skewcheck.logs.shape.logfmt import logfmt_of
    from skewcheck.logs.shape.text_pairs import query_of

    for codec in (json_behind_words, logfmt_of, query_of):
        try:
            record = codec(line)
        except (ValueError, RecursionError):
            continue
        if codec is not logfmt_of:
            return True
        # The pairs of logfmt are the line: else it is a sentence with some in it.
        pairs = record if isinstance(record, dict) else {}
        return sum(len(str(key)) + len(str(value)) + 2 for key, value in pairs.items()) >= (
            ENOUGH * len(line.strip())
        )
    return False


def _is_table(lines: list[str]) -> bool:
    """Return whether lines have one number of cells each, by some delimiter."""
    for delimiter in _DELIMITERS:
        cells = {line.count(delimiter) for line in lines}
        if len(cells) == 1 and cells != {0}:
            return True
    return False


def open_lines(path: str, name: str) -> Contents:
    """Open a text file whose lines hold a record each, plain or packed. Raises LogError."""
    start = text.beginning(path, lines=1)
    text.refuse_nul(start, 0, name)
    skip = len(_MARK) if start.startswith(_MARK) else 0
    samples = partial(_samples, path, name) if len(start) >= text.HEAD else None
    read = partial(_read, path, name, skip)
    return Contents({COLUMN: pa.string()}, read, textual=True, samples=samples)


def _read(
    path: str, name: str, skip: int, paths: Mapping[str, Path], _wanted: Wanted
) -> Iterator[Thunk]:
    row = 0
    for block in blocks(path, name, skip, lambda data: data.rfind(b"\n") + 1, len(paths)):
        lines = _lines(block, name)
        yield partial(_batches, lines, RowOrigin(name, row), [*paths])
        row += len(lines)


def _samples(path: str, name: str, paths: Mapping[str, Path], _wanted: Wanted) -> Iterator[Thunk]:
    for data in text.samples(path):
        yield partial(_batches, _lines(Block(data, 0), name), RowOrigin(name, 0), [*paths])


def _batches(lines: pa.Array, origin: RowOrigin, columns: list[str]) -> Iterator[Batch]:
    yield Batch(origin, len(lines), dict.fromkeys(columns, lines))


def _lines(block: Block, name: str) -> pa.Array:
    """Return the lines of a block that are not blank, without their ends."""
    import pyarrow.compute as pc

    data = block.data
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("utf-8", "replace").encode()
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == ord("\n")).astype(np.int32) + 1
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    if len(data) and offsets[-1] != len(data):
        offsets = np.append(offsets, np.int32(len(data)))
    if len(data) >= 2**31:
        raise trouble(name, f"line {block.line + 1}: too long")
    whole = pa.Array.from_buffers(
        pa.string(), len(offsets) - 1,
        [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)],
    )  # fmt: skip
    bare = pc.ascii_rtrim_whitespace(whole)
    return bare.filter(pc.greater(pc.binary_length(bare), 0))
