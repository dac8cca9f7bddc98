"""A log's first line is a record where it is a sentence, and a header where it names a column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.logs import open_logs
from skewcheck.text.errors import LogError

LINES: dict[str, Callable[[int], str]] = {
    "Go's maps": lambda i: (
        f"2026/11/03 10:00:00 predict raw=map[age:{i} fare:{i}.5] x=map[age:.{i}]"
    ),
    "one map": lambda i: f"predict map[age:{i} fare:{i}.5]",
    "words and numbers": lambda i: f"request age {i} fare {i}.5 pay card",
    "a bracket": lambda i: f"request (age {i})",
    "Python's logging": lambda i: (
        f"2026-11-03 10:00:00,123 INFO features={{'age': {i}, 'fare': 1.{i}}}"
    ),
    "loguru": lambda i: f"2026-11-03 10:00:00.{i} | INFO | serve:predict:42 - {{'age': {i}}}",
    "a pair": lambda i: f"age={i}",
    "pairs with commas": lambda i: f"age={i},fare={i}.5,pay=v{i}",
    "a colon": lambda i: f"age: {i}; fare: {i}.5",
}
"""Lines of logs without a lone number between commas in the first."""


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize("before", ["", "\ufeff", "\n"])
def test_a_sentence_is_no_header(line: Callable[[int], str], before: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(before + "".join(f"{line(i)}\n" for i in range(10, 90)))
    assert list(open_logs(tmp_path / "a.log").files[0].schema()) == ["line"]


NAMES = [
    "age", "fare_usd", "my column", "price (USD)", "x[0]", "pay=card", "cf:age", "time: start",
    "address line 1", "Q1 2026: sales", "<lambda>", "V1",
]  # fmt: skip


@given(
    name=st.sampled_from(NAMES),
    values=st.lists(
        st.sampled_from(["rome", "oslo", "New York", "3rd", "a-b", "é"]), unique=True, min_size=2
    )
    | st.lists(st.integers(-99, 99).map(str), min_size=2),
)
@pytest.mark.parametrize("more", ["", ",b"])
def test_a_name_is_a_header_whatever_it_looks_like(
    tmp_path_factory: pytest.TempPathFactory, name: str, values: list[str], more: str
) -> None:
    path = tmp_path_factory.mktemp("logs") / "a.csv"
    rows = "".join(f"{value}{',z' if more else ''}\n" for value in values)
    path.write_text(f"{name}{more}\n{rows}")
    schema = open_logs(path).files[0].schema()
    assert list(schema) == [name, *more[1:]]


def test_named_columns_are_those_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("(age 22)\n(age 38)\n")
    assert list(open_logs(tmp_path / "a.log", names=["note"]).files[0].schema()) == ["note"]


def test_text_of_two_bytes_a_character_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes('{"a": 1}\n'.encode("utf-16"))
    with pytest.raises(LogError, match=r"\Aa.json: is UTF-16 text: save it as UTF-8"):
        open_logs(tmp_path / "a.json")
