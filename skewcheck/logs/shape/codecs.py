"""Values that stand for records: text in some notation, bytes, lists of names and values.

A codec takes one value as Python has it and returns what it holds; ValueError where it is not of
that notation. Nothing of what they read is executed.
"""

from __future__ import annotations

import base64
import binascii
import csv
import json
import math
import re
from collections.abc import Callable, Mapping
from itertools import islice

from skewcheck.logs.shape.literals import literal
from skewcheck.logs.shape.logfmt import logfmt_of
from skewcheck.logs.shape.named_values import beside, names_and_rows, pairs_of
from skewcheck.logs.shape.text_pairs import (
    OtherKindError,
    number_list_of,
    printed_of,
    query_of,
    text_of,
)
from skewcheck.logs.shape.typed import typed_of

Codec = Callable[[object], object]


def json_of(value: object) -> object:
    """Return what JSON text holds; OtherKindError for text that is neither object nor list."""
    text = text_of(value)
    if not text.lstrip().startswith(("{", "[")):
        raise OtherKindError
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError from error


def json_behind_words(value: object) -> object:
    """Return what the JSON object at the end of a text holds, and the words that stand before it.

    These are in `@prefix`, and the first moment among them in `@time`.
    """
    text = text_of(value)
    for begin in islice(_OBJECT.finditer(text), _TRIES):
        place = begin.start()
        try:
            record, end = _JSON.raw_decode(text, place)
        except RecursionError as error:
            raise ValueError from error
        except ValueError:
            continue
        if isinstance(record, dict) and _BLANK.match(text, end):
            return {**_before(text[:place]), **record}
    raise ValueError if _MEMBER.search(text) else OtherKindError


def _before(words: str) -> dict[str, object]:
    if not words.strip():
        return {}
    moment = _MOMENT.search(words)
    return {"@prefix": words.strip(), **({"@time": moment[0]} if moment else {})}


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_JSON = json.JSONDecoder()
_OBJECT = re.compile(r"\{(?=\s{0,99}[\"}])")
_MEMBER = re.compile(r"\{\s{0,99}\"")
_BLANK = re.compile(r"\s*\Z")
_TRIES = 20  # places at which the object may begin: the search must not be quadratic


def csv_of(value: object) -> list[str | None]:
    """Return the cells of one line of comma separated values; an empty one is null."""
    rows = csv_rows_of(value)
    if len(rows) != 1:
        raise ValueError
    return rows[0]


def csv_rows_of(value: object) -> list[list[str | None]]:
    """Return the cells of each line of comma separated values."""
    lines = text_of(value).strip("\r\n").splitlines()
    try:
        rows = [row for row in csv.reader(lines, skipinitialspace=True) if row]
    except csv.Error as error:  # a cell of more than 128 KB
        raise ValueError from error
    if not rows:
        raise ValueError
    return [[cell.strip() or None for cell in row] for row in rows]


def python_of(value: object) -> object:
    """Return what the text of a Python literal holds, as `str(dict)` writes it."""
    text = text_of(value)
    if not text.lstrip().startswith(("{", "[", "(", "array(")):
        raise OtherKindError
    return literal(text)


def base64_of(value: object) -> bytes:
    """Return the bytes that base64 text stands for."""
    text = text_of(value).strip()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error


def numbers_of(width: int) -> Codec:
    """Return the codec of little-endian floats of so many bytes, one behind the other."""
    import numpy as np

    kind = {4: "<f4", 8: "<f8"}[width]

    def decode(value: object) -> list[float]:
        if not isinstance(value, bytes) or not value or len(value) % width:
            raise ValueError
        return [float(number) for number in np.frombuffer(value, kind).tolist()]

    return decode


def table_of(value: object) -> list[dict[str, object]]:
    """Return the rows of a record that keeps names and values apart, as pandas' `split` does.

    Known are `columns` with `data` (pandas), `names` with `ndarray` or `tensor` (Seldon), `fields`
    with `values` (Watson), also one level below: `dataframe_split`, `data`. What else the
    record says of its rows is kept.
    """
    if not isinstance(value, dict):
        raise ValueError
    schema = value.get("schema")
    found = names_and_rows(value)
    if found is None:
        raise ValueError
    within = schema if isinstance(schema, dict) else value  # a leap frame of MLeap
    key, of_rows = (names_and_rows({**within, "rows": []}) or ("", ""))[0], found[1]
    names, rows = within.get(key), value[of_rows]
    if isinstance(rows, dict):
        rows = tensor_of(rows)
    if not isinstance(names, list) or not isinstance(rows, list):
        raise ValueError
    keys = [str(name.get("name")) if isinstance(name, dict) else str(name) for name in names]
    if len(set(keys)) != len(keys):
        raise ValueError
    single = bool(rows) and not isinstance(rows[0], list)
    if single:
        rows = [rows]
    if not all(isinstance(row, list) and len(row) == len(keys) for row in rows):
        raise ValueError
    others = beside(value, {key, of_rows, *keys}, None if single else len(rows))
    return [
        {**more, **dict(zip(keys, row, strict=True))}
        for more, row in zip(others, rows, strict=True)
    ]


def tensor_of(value: object) -> object:
    """Return nested lists from a flat one and its shape, `{"shape": [2, 3], "values": [...]}`."""
    if not isinstance(value, dict):
        raise ValueError
    shape = value.get("shape")
    flat = next((value[k] for k in ("values", "data") if isinstance(value.get(k), list)), None)
    if not isinstance(shape, list) or not isinstance(flat, list):
        raise ValueError
    sizes = [int(size) for size in shape]
    if any(isinstance(item, list) for item in flat):
        return flat  # nested as its shape says, as JSON allows
    if math.prod(sizes) != len(flat) or not sizes or min(sizes) < 1:
        raise ValueError
    for size in reversed(sizes[1:]):
        flat = [flat[i : i + size] for i in range(0, len(flat), size)]
    return flat


def tensors_of(value: object) -> list[dict[str, object]]:
    """Return the rows of tensors with names and shapes, as the Open Inference Protocol has them.

    The first axis of each is that of the rows; a tensor of one value a row is a number there, one
    of several a list.
    """
    if not isinstance(value, list) or not value:
        raise ValueError
    columns: dict[str, list[object]] = {}
    for tensor in value:
        if not isinstance(tensor, dict) or "name" not in tensor or tensor["name"] in columns:
            raise ValueError
        rows = tensor_of(tensor)
        if not isinstance(rows, list):
            raise ValueError
        columns[str(tensor["name"])] = [_single(row) for row in rows]
    lengths = {len(rows) for rows in columns.values()}
    if len(lengths) != 1:
        raise ValueError
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def columns_of(value: object) -> list[dict[str, object]]:
    """Return the rows of a record of columns, as `{"age": [22, 38], "fare": [7.25, 8.05]}`."""
    if not isinstance(value, dict) or not value:
        raise ValueError
    columns = value
    if not all(isinstance(column, list) for column in columns.values()):
        raise ValueError
    if len({len(column) for column in columns.values()}) != 1:
        raise ValueError
    rows = zip(*columns.values(), strict=True)
    return [{key: _single(v) for key, v in zip(columns, row, strict=True)} for row in rows]


def spark_vector_of(value: object) -> list[float]:
    """Return all values of a vector of Spark's ML: type 0 is sparse, 1 is dense."""
    if not isinstance(value, dict):
        raise ValueError
    values = value.get("values")
    if not isinstance(values, list):
        raise ValueError
    if value.get("type") == 1:
        return values
    size, indices = value.get("size"), value.get("indices")
    if not isinstance(size, int) or not isinstance(indices, list) or len(indices) != len(values):
        raise ValueError
    if not 0 <= size <= MAX_SIZE or any(not 0 <= i < size for i in indices):
        raise ValueError
    dense = [0.0] * size
    for i, held in zip(indices, values, strict=True):
        dense[i] = held
    return dense


MAX_SIZE = 1 << 20
"""Places of a sparse vector that are filled: more is no vector of features."""


def _single(row: object) -> object:
    return row[0] if isinstance(row, list) and len(row) == 1 else row


CODECS: Mapping[str, Codec] = {
    "json": json_of,
    "text+json": json_behind_words,
    "printed": printed_of,
    "query": query_of,
    "numbers": number_list_of,
    "typed": typed_of,
    "csv": csv_of,
    "csv-rows": csv_rows_of,
    "logfmt": logfmt_of,
    "python": python_of,
    "base64": base64_of,
    "float32": numbers_of(4),
    "float64": numbers_of(8),
    "table": table_of,
    "tensor": tensor_of,
    "tensors": tensors_of,
    "pairs": pairs_of,
    "columns": columns_of,
    "spark-vector": spark_vector_of,
}
"""By the name that users give."""
