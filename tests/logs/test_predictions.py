"""PredictionLog of TensorFlow Serving in TFRecord: a row per row of the tensors of a request."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from test_tfrecord import _field, _varint, example, record

from skewcheck.logs import Wanted, open_logs
from skewcheck.text.errors import LogError

TYPES = {"<f4": 1, "<f8": 2, "<i4": 3, "u1": 4, "<i2": 5, "i1": 6, "<i8": 9, "?": 10, "<f2": 19,
         "<u4": 22, "<u8": 23}  # fmt: skip


def _tensor(dtype: int, shape: tuple[int, ...], rest: bytes) -> bytes:
    sizes = b"".join(_field(2, b"\x08" + _varint(size)) for size in shape)
    return b"\x08" + _varint(dtype) + _field(2, sizes) + rest


def _content(values: object, dtype: str) -> bytes:
    array = np.array(values, dtype)
    return _tensor(TYPES[dtype], array.shape, _field(4, array.tobytes()))


def _texts(values: list[bytes]) -> bytes:
    return _tensor(7, (len(values),), b"".join(_field(8, value) for value in values))


def prediction(inputs: dict[str, bytes], outputs: dict[str, bytes]) -> bytes:
    def made(tensors: dict[str, bytes], number: int) -> bytes:
        return b"".join(
            _field(number, _field(1, name.encode()) + _field(2, tensor))
            for name, tensor in tensors.items()
        )

    model = _field(1, _field(1, b"taxi"))
    log = _field(1, model + made(inputs, 2)) + _field(2, made(outputs, 1) + _field(2, b""))
    return _field(1, model) + _field(6, log)


def _columns(path: Path, *names: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {name: [] for name in names}
    rows = 0
    for batch in open_logs(path).batches(Wanted(others=frozenset(names))):
        assert batch.origin.start == rows
        rows += batch.rows
        for name, column in batch.columns.items():
            found[name] += column.to_pylist()
    return found


def test_rows_of_tensors_are_rows(tmp_path: Path) -> None:
    records = [
        prediction(
            {
                "x": _content([[1.5], [2.5]], "<f4"),
                "v": _content([[1.0, 2.0], [3.0, 4.0]], "<f8"),
                "n": _content([7, -8], "<i8"), "s": _texts([b"a", b"b"]),
                "all": _content(3, "<i4"), "b": _content([True, False], "?"),
            },
            {"p": _content([[0.25], [0.75]], "<f4")},
        ),
        prediction(
            {"x": _content([[4.5]], "<f4"), "v": _content([[5.0, 6.0]], "<f8")},
            {"p": _content([[0.5]], "<f4")},
        ),
    ]  # fmt: skip
    (tmp_path / "a").write_bytes(b"".join(map(record, records)))
    assert _columns(tmp_path / "a", "x", "v", "n", "s", "all", "b", "outputs.p", "v[1]") == {
        "x": [1.5, 2.5, 4.5], "v": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "n": [7, -8, None],
        "s": [b"a", b"b", None], "all": [3, 3, None], "b": [True, False, None],
        "outputs.p": [0.25, 0.75, 0.5], "v[1]": [2.0, 4.0, 6.0],
    }  # fmt: skip


@pytest.mark.parametrize("dtype", TYPES)
def test_types_as_content(tmp_path: Path, dtype: str) -> None:
    values = [True, False, True] if dtype == "?" else [1, 2, 100]
    (tmp_path / "a").write_bytes(record(prediction({"x": _content(values, dtype)}, {})))
    assert _columns(tmp_path / "a", "x") == {"x": values}


def test_precision_is_that_of_the_numbers(tmp_path: Path, monkeypatch) -> None:
    """Also where doubles come behind the sample."""
    monkeypatch.setattr("skewcheck.logs.tfrecord._SAMPLE", 1)
    logs = [
        prediction({"x": _content([v], "<f4"), "y": _content([v], "<f8")}, {}) for v in (0.1, 0.3)
    ]
    logs += [
        prediction({"x": _content([v], "<f8"), "y": _content([0.5], "<f8")}, {})
        for v in (0.7, 1e300)
    ]
    (tmp_path / "a").write_bytes(b"".join(map(record, logs)))
    (file,) = open_logs(tmp_path / "a").files
    assert [str(kind) for kind in file.schema().values()] == ["float", "double"]
    found = _columns(tmp_path / "a", "x", "y")
    assert found["x"] == [float(np.float32(0.1)), float(np.float32(0.3)), 0.7, 1e300]
    assert found["y"] == [0.1, 0.3, 0.5, 0.5]


@pytest.mark.parametrize(
    ("dtype", "rest", "expected"),
    [
        (1, _field(5, struct.pack("<3f", 1.5, 2.5, 3.5)), [1.5, 2.5, 3.5]),
        (1, b"\x2d" + struct.pack("<f", 1.5), [1.5, 1.5, 1.5]),  # one for all
        (2, _field(6, struct.pack("<2d", 1.5, 2.5)), [1.5, 2.5, 2.5]),
        (9, _field(10, _varint(-3) + _varint(4)), [-3, 4, 4]),
        (3, b"\x38\x05\x38\x06\x38\x07", [5, 6, 7]),
        (10, _field(11, b"\1\0\1"), [True, False, True]),
        (19, _field(13, _varint(0x3C00) + _varint(0x4000)), [1.0, 2.0, 2.0]),
        (14, _field(13, _varint(0x3FC0)), [1.5, 1.5, 1.5]),
        (1, b"", [0.0, 0.0, 0.0]),
    ],
)
def test_values_in_lists(tmp_path: Path, dtype: int, rest: bytes, expected: list[object]) -> None:
    tensor = _tensor(dtype, (3,), rest)
    (tmp_path / "a").write_bytes(record(prediction({"x": tensor}, {})))
    assert _columns(tmp_path / "a", "x") == {"x": expected}


def test_examples_in_an_input_are_features(tmp_path: Path) -> None:
    examples = [example({"x": [1.5], "v": [1.0, 2.0]}), example({"x": [2.5]})]
    log = prediction({"examples": _texts(examples)}, {"p": _content([0.1, 0.2], "<f8")})
    (tmp_path / "a").write_bytes(record(log))
    assert _columns(tmp_path / "a", "x", "v", "outputs.p") == {
        "x": [1.5, 2.5], "v": [[1.0, 2.0], None], "outputs.p": [0.1, 0.2],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (prediction({}, {}), "without the inputs"),
        (
            prediction({"x": _content([1.0], "<f4"), "y": _content([1.0, 2.0], "<f4")}, {}),
            "different numbers of rows",
        ),
        (prediction({"x": _tensor(1, (3,), _field(4, b"1234"))}, {}), "no protocol buffer"),
        (prediction({"x": _tensor(8, (1,), b"")}, {}), "a tensor of type 8"),
        (prediction({"x": _tensor(1, (1 << 40,), b"")}, {}), "values, which is not read"),
        (prediction({"x": _content([1.0], "<f4")}, {})[:-1] + b"\xff", "no protocol buffer"),
        (example({"x": [1.0]}), "without the inputs"),
    ],
)
def test_what_is_no_prediction_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    good = record(prediction({"x": _content([1.0], "<f4")}, {}))
    (tmp_path / "a").write_bytes(good * 2 + record(content))
    with pytest.raises(LogError, match=rf"\Aa: record 3: [^\n]*{says}[^\n]*\Z"):
        _columns(tmp_path / "a", "x")
