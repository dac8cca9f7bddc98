"""What stands before the header of a CSV is no row, and neither is the header where it comes again.

Expected values are those of the same file without it, which pandas wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from batches import Columns, batches_of
from hypothesis import given
from hypothesis import strategies as st

import skewcheck
from skewcheck.logs import Wanted, open_logs, text
from skewcheck.text.errors import LogError

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({
    "x": np.round(RNG.normal(size=60), 3),
    "n": RNG.integers(0, 9, 60),
    "s": RNG.choice(["a", "b c", 'quo"te', "x,n,s"], 60),
})  # fmt: skip
WANTED = Wanted(frozenset(["x", "n"]), frozenset(["s"]))
Read = Callable[..., Columns]

MARKS = st.sampled_from([b"", b"\xef\xbb\xbf"])
BLANK = st.lists(st.sampled_from([b"\n", b"\r\n", b" \n", b"  \r\n", b"\r"]), max_size=3)
SEPARATORS = st.sampled_from([b"", b"sep=;\r\n", b'"sep=;"\n', b"SEP=;;;\n"])


def read_of(path: Path) -> tuple[Columns, int]:
    """Return a file's values, and how many of its lines were left out."""
    batches = batches_of(path, WANTED)
    values: Columns = {"x": [], "n": [], "s": []}
    for batch in batches:
        values["x"] += batch.columns["x"].to_pylist()
        values["n"] += batch.columns["n"].to_pylist()
        values["s"] += batch.columns["s"].to_pylist()
    return values, sum(batch.other for batch in batches)


@given(mark=MARKS, before=BLANK, separator=SEPARATORS, behind=BLANK)
def test_nothing_before_the_header_is_a_row(
    tmp_path_factory: pytest.TempPathFactory, mark: bytes, before: list[bytes],
    separator: bytes, behind: list[bytes],
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("logs") / "a.csv"
    table = TABLE.to_csv(index=False, sep=";").encode()
    path.write_bytes(mark + b"".join(before) + separator + b"".join(behind) + table)
    assert read_of(path) == (TABLE.to_dict("list"), 0)


@given(sizes=st.lists(st.integers(1, 20), min_size=2, max_size=4), block=st.integers(30, 2_000))
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_headers_of_files_behind_one_another_are_no_rows(
    tmp_path_factory: pytest.TempPathFactory, mark: bytes, end: str, sizes: list[int], block: int
) -> None:
    path = tmp_path_factory.mktemp("logs") / "a.csv"
    tables = [TABLE.iloc[:size] for size in sizes]
    written = (table.to_csv(index=False, lineterminator=end).encode() for table in tables)
    path.write_bytes(b"".join(mark + data for data in written))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        assert read_of(path) == (pd.concat(tables).to_dict("list"), len(sizes) - 1)


def test_types_and_decimal_commas_are_those_of_the_rows(tmp_path: Path, read: Read) -> None:
    data = "x;n\n" + "0,5;1\n1,25;2\n" + "x;n\n" + "2,5;3\n"
    (tmp_path / "a.csv").write_text(data)
    assert read(tmp_path / "a.csv", "x n") == {"x": [0.5, 1.25, 2.5], "n": [1, 2, 3]}
    assert str(open_logs(tmp_path / "a.csv").files[0].schema()["n"]) == "int64"


def test_a_single_column_of_text_may_hold_its_name(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.csv").write_text("city\n" + "rome\n" * 300 + "city\n")
    assert read(tmp_path / "a.csv", labels="city") == {"city": [*["rome"] * 300, "city"]}
    (tmp_path / "a.csv").write_text("age\n22\n" * 10)
    assert read(tmp_path / "a.csv", "age") == {"age": [22] * 10}


def test_a_header_with_newlines_is_not_looked_for(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.csv").write_text('"x\ny",n\n1,2\n"x\ny",3\n')
    assert read(tmp_path / "a.csv", "n") == {"n": [2, 3]}


def test_rows_without_a_header_keep_blank_lines_as_nulls(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.csv").write_text("\n1\n\n2\n")
    assert read(tmp_path / "a.csv", "x", names=["x"]) == {"x": [None, 1, None, 2]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("\n\nx,y\n1,2\n3\n", "line 5: 1 values where there are 2 columns"),
        ("sep=;\nx;y\n1;2\n3\n", "line 4: 1 values"),
        ("\n1,2\n3,4\n", r"has no header \(line 2 is a row of 2 values\)"),
        ("sep=;\nx,y\n1,2\n3;4\n", "line 4: 2 values where there are 1 columns"),
    ],
)
def test_lines_are_those_of_the_file(tmp_path: Path, read: Read, data: str, says: str) -> None:
    (tmp_path / "a.csv").write_text(data)
    with pytest.raises(LogError, match=says):
        read(tmp_path / "a.csv", "x y")


def test_an_audit_tells_of_repeated_headers(tmp_path: Path) -> None:
    known = skewcheck.fit(pd.DataFrame({"x": RNG.normal(size=5_000), "n": RNG.gamma(2, 5, 5_000)}))
    table = pd.DataFrame({"x": RNG.normal(size=2_000), "n": RNG.gamma(2, 5, 2_000)})
    text = "".join(table.iloc[at : at + 500].to_csv(index=False) for at in range(0, 2_000, 500))
    (tmp_path / "a.csv").write_text(text)
    audit = skewcheck.audit(known, tmp_path / "a.csv")
    assert (audit.exit_code, audit.logs.rows) == (0, 2_000)
    assert "3 of another kind" in skewcheck.render(audit, "markdown")
