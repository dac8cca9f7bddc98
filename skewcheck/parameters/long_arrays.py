"""The long arrays of references, which are nearly all of a wide parameter file, read by Arrow.

Python's parser makes an object of each of the 20 million numbers of 5,000 features.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
from numpy.typing import NDArray

from skewcheck.parameters.tree import HISTOGRAM

Numbers = NDArray[np.float64 | np.int64]
Object = Callable[[list[tuple[str, object]]], object]
"""Makes an object of its members, in their order."""

_KEY = re.compile(rb'"(edges|at|between|sums)"\s*:\s*\[')
_WHOLE = frozenset((b"at", b"between"))
_LONG = 256
"""Bytes of an array from which on it is read here."""
_AT_ONCE = 1 << 20
"""Bytes of arrays that are read by a thread at once."""
_CHUNK = 1 << 20
"""Bytes that Arrow parses at once: more leave the processor's cache."""
_MARK = "\0"
"""With which the text begins that stands for an array."""
_NUMBERS = b"0123456789+-.eE "
_LINES = bytes(
    code if code in _NUMBERS else {44: 10, 9: 32, 10: 32, 13: 32}.get(code, ord("x"))
    for code in range(256)
)
"""A number a line: what belongs to none makes Arrow refuse it."""


class _OddError(Exception):
    """There is something that only Python's parser reads, or refuses, as it should."""


def parsed(content: bytes, make: Object, admit: Callable[[bytes], None]) -> tuple[object] | None:
    """Return what JSON says, its histograms as NumPy arrays; None where Python is to parse it.

    In an array numbers may have a plus or zeros in front, which JSON has not. The value stands in
    a tuple, as it may be None. `admit` is called with what is left for Python, and may raise.
    """
    if b"\\u0000" in content:
        return None
    spans = list(_spans(content))
    try:
        arrays = _arrays(content, spans)
        pieces, last = [], 0
        for place, (_, start, end) in enumerate(spans):
            pieces += [content[last : start - 1], b'"\\u0000%d"' % place]
            last = end + 1
        rest = b"".join([*pieces, content[last:]])
        admit(rest)
        text = rest.decode("utf-8-sig")
        return (json.loads(text, object_pairs_hook=lambda pairs: make(_filled(pairs, arrays))),)
    except (_OddError, pa.ArrowInvalid, RecursionError, ValueError):
        return None


def _spans(content: bytes) -> Iterator[tuple[bool, int, int]]:
    """Yield of each long array whether it is of whole numbers, and where they begin and end."""
    place = 0
    while (key := _KEY.search(content, place)) is not None:
        start, end = key.end(), content.find(b"]", key.end())
        if end < 0:
            return
        place = end
        whole = key[1] in _WHOLE
        if end - start >= _LONG and not (whole and content.find(b".", start, end) >= 0):
            yield whole, start, end


def _arrays(content: bytes, spans: Sequence[tuple[bool, int, int]]) -> list[Numbers]:
    """Return the arrays, as many as spans, in their order."""
    groups: list[list[int]] = []
    for kind in (False, True):
        size = _AT_ONCE
        for place, (whole, start, end) in enumerate(spans):
            if whole is not kind:
                continue
            if size >= _AT_ONCE:
                groups.append([])
                size = 0
            groups[-1].append(place)
            size += end - start
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        read = pool.map(lambda group: _read(content, [spans[place] for place in group]), groups)
        placed = {
            place: array
            for group, arrays in zip(groups, read, strict=True)
            for place, array in zip(group, arrays, strict=True)
        }
    return [placed[place] for place in range(len(spans))]


def _read(content: bytes, spans: Sequence[tuple[bool, int, int]]) -> list[Numbers]:
    texts = [content[start:end] for _, start, end in spans]
    lengths = [text.count(b",") + 1 for text in texts]
    kind = pa.int64() if spans[0][0] else pa.float64()
    column = pv.read_csv(
        pa.BufferReader(b",".join(texts).translate(_LINES)),
        pv.ReadOptions(use_threads=False, column_names=["x"], block_size=_CHUNK),
        convert_options=pv.ConvertOptions(column_types={"x": kind}),
    ).column(0)
    if column.null_count or len(column) != sum(lengths):
        raise _OddError
    dtype = np.dtype(np.int64 if spans[0][0] else np.float64)
    chunks = [np.frombuffer(chunk.buffers()[1], dtype)[: len(chunk)] for chunk in column.chunks]
    return np.split(np.concatenate(chunks), np.cumsum(lengths)[:-1])


def _filled(pairs: list[tuple[str, object]], arrays: Sequence[Numbers]) -> list[tuple[str, object]]:
    """Return members with the arrays that texts stand for; only a histogram may have them."""
    if not any(isinstance(value, str) and value.startswith(_MARK) for _, value in pairs):
        return pairs
    if not {key for key, _ in pairs} >= HISTOGRAM:
        raise _OddError
    return [
        (key, arrays[int(value[1:])])
        if isinstance(value, str) and value.startswith(_MARK)
        else (key, value)
        for key, value in pairs
    ]
