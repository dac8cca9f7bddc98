"""Large parameter files are read as Python's parser reads them, and refused in the same words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from skewcheck.parameters import long_arrays, tree
from skewcheck.parameters.tree import Node, parse
from skewcheck.text.errors import ParameterError

K = 300
HISTOGRAM: dict[str, object] = {
    "edges": [-0.0, *(np.arange(1, K) * 0.1).tolist()],
    "at": [*range(K)],
    "between": [10**15, *range(K)],
    "sums": [0, -1.5, 1e-300, 1e22, *([0.1] * (K - 3))],
}


def _text(reference: dict[str, object], **more: object) -> str:
    return json.dumps({"features": {"x": {"reference": reference, **more}}})


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def _both(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Node, Node]:
    """Return what the file says, read as a large one and as a small one."""
    read = []
    for large in (0, len(text) + 9):
        monkeypatch.setattr(tree, "_LARGE", large)
        read.append(parse(Path("p.json"), text.encode()))
    return read[0], read[1]


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_large_files_are_read_as_small_ones(
    monkeypatch: pytest.MonkeyPatch, indent: int | str | None
) -> None:
    text = json.dumps(json.loads(_text(HISTOGRAM)), indent=indent)
    large, small = _both(text, monkeypatch)
    assert repr(_plain(large.value)) == repr(_plain(small.value)).replace("[0, -1.5", "[0.0, -1.5")
    assert long_arrays.parsed(text.encode(), tree._object, print) is not None


@pytest.mark.parametrize(
    "text",
    [
        _text({**HISTOGRAM, "at": [1.5] * K}),
        _text({**HISTOGRAM, "at": ["a"] * K}),
        _text({**HISTOGRAM, "edges": [None, *range(K)]}),
        _text({**HISTOGRAM, "edges": [True, *range(K)]}),
        _text({**HISTOGRAM, "sums": [[1.0], *range(K)]}),
        _text({**HISTOGRAM, "between": [2**70, *range(K)]}),
        _text(HISTOGRAM, steps=[{"op": "buckets", "edges": [*range(K)]}]),
        _text(HISTOGRAM, note="\0 1"),
        _text({"edges": [*range(K)]}),
        _text(HISTOGRAM, note='"edges": [' + "1, " * K + "2]"),
        "\ufeff" + _text(HISTOGRAM),
    ],
)
def test_odd_files_are_read_as_small_ones(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    large, small = _both(text, monkeypatch)
    assert _plain(large.value) == _plain(small.value)


@pytest.mark.parametrize(
    "wrong", ["1,,2", "1, nan x", "1 2", "0x1", '1, "', "1, [2", "1, inf", "1, 1e", ""]
)
def test_what_is_no_json_is_refused_at_its_place(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    numbers = ", ".join(["7"] * K)
    text = _text(HISTOGRAM).replace('"edges": [', f'"edges": [{numbers}, {wrong}')
    if wrong == "":
        text = text[:-400]
    messages = []
    for large in (0, len(text) + 9):
        monkeypatch.setattr(tree, "_LARGE", large)
        with pytest.raises(ParameterError) as error:
            parse(Path("p.json"), text.encode())
        messages.append(str(error.value))
    assert messages[0] == messages[1]
