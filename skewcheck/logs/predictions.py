"""PredictionLog: what TensorFlow Serving logs of requests to predict, a row per row of tensors.

Inputs are columns by their names, outputs by theirs behind `outputs.`. Where the one input is text
that holds tf.Examples, their features are the columns.

https://github.com/tensorflow/serving/blob/master/tensorflow_serving/apis/prediction_log.proto
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/tensor.proto
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import label
from skewcheck.logs.examples import NoExampleError, features
from skewcheck.logs.protobuf import BYTES, FIXED32, FIXED64, InvalidError, fields, varint, varints

_PREDICT_LOG, _REQUEST, _RESPONSE = 6, 1, 2
_INPUTS, _OUTPUTS = 2, 1
_DTYPE, _SHAPE, _CONTENT = 1, 2, 4
_TEXT, _BFLOAT = 7, 14
_DTYPES: Mapping[int, str] = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?", 14: "<u2",
    17: "<u2", 19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
"""NumPy's types by TensorFlow's."""
_VALUES: Mapping[int, int] = {
    1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 7: 8, 9: 10, 10: 11, 14: 13, 17: 7, 19: 13, 22: 16, 23: 17,
}  # fmt: skip
"""The field of a tensor's values by its type, where its bytes are not its content."""
_MOST = 1 << 24
"""Values of a tensor: a few of them may announce as many as anyone likes."""
_BITS = {14, 19}
"""Types whose values are written as the bits of 16."""
Row = dict[str, object]
"""Values, or flat lists of several."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    kind: int
    """TensorFlow's type."""
    shape: tuple[int, ...]
    values: list[object]
    """Flat."""

    def row(self, i: int) -> object:
        """Return a row: a value, or a flat list of several; all of it where there are no rows."""
        size = len(self.values) // self.shape[0] if self.shape else 1
        some = self.values[i * size : (i + 1) * size] if self.shape else self.values
        return some[0] if len(some) == 1 else some


def is_prediction(data: bytes) -> bool:
    """Return whether a record is a log of a request to predict."""
    try:
        return any(number == _PREDICT_LOG for number, *_ in fields(data, 0, len(data)))
    except InvalidError:
        return False


def rows(data: bytes) -> list[Row]:
    """Return the rows of a record; NoExampleError, or InvalidError, for what is none."""
    inputs: dict[str, _Tensor] = {}
    outputs: dict[str, _Tensor] = {}
    for start, end in _messages(data, 0, len(data), _PREDICT_LOG):
        for first, last in _messages(data, start, end, _REQUEST):
            inputs |= _tensors(data, first, last, _INPUTS)
        for first, last in _messages(data, start, end, _RESPONSE):
            outputs |= {f"outputs.{k}": t for k, t in _tensors(data, first, last, _OUTPUTS).items()}
    if not inputs:
        raise NoExampleError("a log of TensorFlow Serving without the inputs of a prediction")
    tensors = inputs | outputs
    many = {tensor.shape[0] for tensor in tensors.values() if tensor.shape}
    if len(many) > 1:
        raise NoExampleError(f"its tensors have different numbers of rows ({sorted(many)})")
    found = [
        {name: tensor.row(i) for name, tensor in tensors.items()}
        for i in range(max(many, default=1))
    ]
    return _with_examples(found, inputs)


def _with_examples(found: list[Row], inputs: Mapping[str, _Tensor]) -> list[Row]:
    """Return rows with the features of examples in place of the one input that holds them."""
    ((name, tensor), *others) = inputs.items()
    if others or tensor.kind != _TEXT:
        return found
    decoded: list[Row] = []
    for value in tensor.values:
        try:
            parsed = features(value) if isinstance(value, bytes) else {}
        except (InvalidError, NoExampleError):
            return found
        decoded.append({k: v[0] if len(v) == 1 else list(v) for k, (_, v) in parsed.items()})
    if len(decoded) != len(found) or not all(decoded):
        return found
    return [
        {**example, **{key: value for key, value in row.items() if key != name}}
        for example, row in zip(decoded, found, strict=True)
    ]


def _messages(data: bytes, place: int, end: int, number: int) -> Iterator[tuple[int, int]]:
    for found, kind, start, last in fields(data, place, end):
        if found == number and kind == BYTES:
            yield start, last


def _tensors(data: bytes, place: int, end: int, number: int) -> dict[str, _Tensor]:
    """Return the tensors of a map."""
    found: dict[str, _Tensor] = {}
    for start, last in _messages(data, place, end, number):
        name, tensor = "", None
        for field, kind, first, behind in fields(data, start, last):
            if field == 1 and kind == BYTES:
                name = data[first:behind].decode("utf-8", "backslashreplace")
            elif field == 2 and kind == BYTES:
                tensor = _tensor(data, first, behind)
        if tensor is not None:
            found[name] = tensor
    return found


def _tensor(data: bytes, place: int, end: int) -> _Tensor:
    dtype, content = 0, b""
    shape: tuple[int, ...] = ()
    listed: dict[int, list[object]] = {}
    for number, kind, first, last in fields(data, place, end):
        if number == _DTYPE:
            dtype, _ = varint(data, first, last)
        elif number == _SHAPE and kind == BYTES:
            shape = _shape(data, first, last)
        elif number == _CONTENT and kind == BYTES:
            content = data[first:last]
        else:
            listed.setdefault(number, []).extend(_listed(number, kind, data, first, last))
    size = prod(shape)
    if dtype not in _VALUES or size > _MOST:
        raise NoExampleError(f"a tensor of type {dtype} or of {size:,} values, which is not read")
    values = _content(content, dtype) if content else listed.get(_VALUES[dtype], [])
    if not content:
        values = _typed(values, dtype)
        # Of values that are all alike at the end only the first is written.
        values += [values[-1] if values else _zero(dtype)] * (size - len(values))
    if len(values) != size:
        raise InvalidError
    return _Tensor(dtype, shape, values)


def _shape(data: bytes, place: int, end: int) -> tuple[int, ...]:
    sizes: list[int] = []
    for start, last in _messages(data, place, end, 2):
        of_dimension = 0
        for number, _, first, behind in fields(data, start, last):
            if number == 1:
                of_dimension, _ = varint(data, first, behind)
        sizes.append(of_dimension)
    return tuple(sizes)


def _listed(number: int, kind: int, data: bytes, first: int, last: int) -> Sequence[object]:
    """Return the values of a repeated field, packed or not."""
    if number == _VALUES[_TEXT]:
        return [data[first:last]]
    if number in (_VALUES[1], _VALUES[2]) and kind in (BYTES, FIXED32, FIXED64):
        return list(
            np.frombuffer(data[first:last], "<f4" if number == _VALUES[1] else "<f8").tolist()
        )
    return varints(data, first, last)


def _typed(values: Sequence[object], dtype: int) -> list[object]:
    """Return numbers of a list as those of a type: of half precision there are bits."""
    if dtype in _BITS:
        return _content(np.array(values, np.int64).astype("<u2").tobytes(), dtype)
    return [bool(value) for value in values] if _DTYPES.get(dtype) == "?" else list(values)


def _content(content: bytes, dtype: int) -> list[object]:
    if dtype not in _DTYPES or len(content) % np.dtype(_DTYPES[dtype]).itemsize:
        raise InvalidError
    values = np.frombuffer(content, _DTYPES[dtype])
    if dtype == _BFLOAT:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return list(values.tolist())


def _zero(dtype: int) -> object:
    return b"" if dtype == _TEXT else _content(bytes(8), dtype)[0]


def schema(found: Sequence[Row]) -> dict[str, pa.DataType]:
    """Return the types of columns: of numbers, bytes, booleans, or lists of them.

    Numbers are float32 where all of these are; others that come later widen their column's part.
    """
    types: dict[str, pa.DataType] = {}
    wide: set[str] = set()
    for row in found:
        for name, value in row.items():
            several = isinstance(value, list)
            values = value if isinstance(value, list) else [value]
            if any(isinstance(one, float) and not _is_single(one) for one in values):
                wide.add(name)
            known = types.get(name)
            if known is None:
                kind = _type(values[0] if values else None)
                types[name] = pa.list_(kind) if several else kind
            elif several and not pa.types.is_list(known):
                types[name] = pa.list_(known)
    return {name: _narrow(kind) if name not in wide else kind for name, kind in types.items()}


def _is_single(value: float) -> bool:
    """Return whether a number is one of float32, or none at all."""
    with np.errstate(over="ignore"):
        return float(np.float32(value)) == value or value != value


def _narrow(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_narrow(kind.value_type))
    return pa.float32() if pa.types.is_float64(kind) else kind


def _type(value: object) -> pa.DataType:
    match value:
        case bool():
            return pa.bool_()
        case int():
            return pa.int64()
        case float():
            return pa.float64()
        case _:
            return pa.binary()


def column(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return a column of a type; text where some values are of another."""
    if pa.types.is_list(kind):
        values = [v if v is None or isinstance(v, list) else [v] for v in values]
    try:
        array = pa.array(values, _widened(kind))
        return array if array.type == kind or not _all_single(values) else array.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        if pa.types.is_list(kind):
            texts = [None if v is None else list(map(_text, v)) for v in _lists(values)]
            return pa.array(texts, pa.list_(pa.string()))
        return pa.array([_text(value) for value in values], pa.string())


def _widened(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_widened(kind.value_type))
    return pa.float64() if pa.types.is_float32(kind) else kind


def _all_single(values: Sequence[object]) -> bool:
    every = (one for value in values for one in (value if isinstance(value, list) else [value]))
    return all(_is_single(one) for one in every if isinstance(one, float))


def _lists(values: Sequence[object]) -> list[list[object] | None]:
    return [v if isinstance(v, list) else None for v in values]


def _text(value: object) -> str | None:
    match value:
        case list():
            return "[…]"  # never a number, and one label
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return label(value)
