"""From what a user gives to files: folders, globs, links, standard input, and what is refused."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.logs import Wanted, open_logs
from skewcheck.text.errors import LogError


@pytest.fixture
def folder(tmp_path):
    def fill(*names: str) -> Path:
        for name in names:
            path = tmp_path / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x,y\n1,2\n")
        return tmp_path / "logs"

    return fill


def names(sources: object) -> list[str]:
    return [file.name for file in open_logs(sources).files]


def passed_over(sources: object) -> list[tuple[str, str]]:
    unopened = open_logs(sources).unopened
    return [(file.name, file.why) for file in unopened if file.why != "mark"]


def test_folders_are_searched_and_hidden_files_skipped(folder):
    root = folder(
        "b/1.csv", "a.csv", "b/.hidden.csv", "_SUCCESS", ".tmp/x.csv", "_delta/y.csv", "a.csv.crc"
    )
    (root / "_SUCCESS").write_bytes(b"")
    (root / "a.csv.crc").write_bytes(b"crc\0\0\0\2\0abcd")
    assert names(root) == ["a.csv", "b/1.csv"]
    # The names are in the notes, but for the marks of writers, which hold no rows.
    expected = [(".tmp/", "hidden"), ("_delta/", "hidden"), ("b/.hidden.csv", "hidden")]
    assert passed_over(root) == passed_over(f"{root}/*") == expected
    assert passed_over(f"{root}/**/*.csv") == [
        (".tmp/", "hidden"), ("_delta/", "hidden"), ("b/.hidden.csv", "hidden"),
    ]  # fmt: skip


def test_a_pattern_may_ask_for_hidden_names(folder):
    root = folder("a.csv", "_b.csv", ".c.csv")
    assert names(f"{root}/_*.csv") == ["_b.csv"]
    assert names(f"{root}/*.csv") == names(root) == ["a.csv"]
    assert passed_over(f"{root}/*.csv") == [(".c.csv", "hidden"), ("_b.csv", "hidden")]
    assert names(root / ".c.csv") == [".c.csv"]


def test_a_pipe_among_logs_is_passed_over(folder):
    root = folder("a.csv")
    os.mkfifo(root / "pipe")
    for given in (root, f"{root}/*"):
        assert names(given) == ["a.csv"]
        assert passed_over(given) == [("pipe", "special")]


def test_a_link_to_nothing_is_an_error(folder):
    root = folder("a.csv")
    (root / "b.csv").symlink_to(root / "gone.csv")
    for given in (root, f"{root}/*.csv"):
        with pytest.raises(LogError, match=r"\Ab\.csv: a link to nothing"):
            open_logs(given)


@pytest.mark.usefixtures("bound_by_permissions")
@pytest.mark.parametrize("pattern", ["", "/*/*.csv", "/**/*.csv", "/*"])
def test_a_folder_without_permission_is_an_error(folder, pattern):
    root = folder("a/a.csv", "b/b.csv")
    (root / "b").chmod(0)
    try:
        with pytest.raises(LogError, match=r"b/?: permission denied"):
            open_logs(f"{root}{pattern}")
    finally:
        (root / "b").chmod(0o700)


def test_globs(folder):
    root = folder("h1/a.csv", "h1/b.csv", "h2/a.csv", "h2/_c.csv", "top.csv")
    assert names(f"{root}/*/a.csv") == ["h1/a.csv", "h2/a.csv"]
    assert names(f"{root}/**/*.csv") == ["h1/a.csv", "h1/b.csv", "h2/a.csv", "top.csv"]
    assert names(f"{root}/h*") == ["h1/a.csv", "h1/b.csv", "h2/a.csv"]


def test_a_file_with_glob_characters_in_its_name(folder):
    root = folder("a[1].csv")
    assert names(root / "a[1].csv") == ["a[1].csv"]


def test_a_file_is_read_once_however_often_it_is_given(folder):
    root = folder("a.csv", "b.csv")
    (root / "link.csv").symlink_to(root / "a.csv")
    (root / "loop").symlink_to(root)
    assert names([root / "b.csv", root, str(root / "*.csv"), root / "link.csv"]) == [
        "a.csv",
        "b.csv",
    ]
    assert len(names([root / "link.csv", root / "a.csv"])) == 1


def test_links_to_folders_are_followed(folder, tmp_path):
    root = folder("real/a.csv")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_text("x,y\n1,2\n")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    assert names(root) == ["linked/b.csv", "real/a.csv"]


def test_files_of_one_name_are_told_apart(folder):
    root = folder("h1/a.csv", "h2/a.csv")
    given = [root / "h2/a.csv", root / "h1/a.csv"]
    assert names(given) == [(root / "h1/a.csv").as_posix(), (root / "h2/a.csv").as_posix()]


def test_hive_folders_become_columns(folder, read):
    root = folder(
        "day=01/host=a%20b/1.csv",
        "day=02/host=7/2.csv",
        "day=03/host=__HIVE_DEFAULT_PARTITION__/3.csv",
    )
    assert read(root, "day x", "host") == {
        "day": [1, 2, 3],
        "x": [1, 1, 1],
        "host": ["a b", "7", None],
    }
    schema = open_logs(root).files[0].schema()
    assert list(schema) == ["x", "y", "day", "host"]
    assert (schema["day"], schema["host"]) == (pa.int64(), pa.string())
    assert open_logs(root).files[0].has("day")
    assert not open_logs(root).files[0].has("days")


def test_a_partition_may_be_named_like_what_is_hidden(folder, read):
    root = folder("_day=01/1.csv", "_day=02/2.csv", "_temporary/0/3.csv", ".h=1/4.csv")
    for given in (root, f"{root}/*/*.csv", f"{root}/**/*.csv"):
        assert read(given, "_day x") == {"_day": [1, 2], "x": [1, 1]}
    assert passed_over(root) == [(".h=1/", "hidden"), ("_temporary/", "hidden")]


def test_a_column_of_the_file_wins_over_a_folder(folder, read):
    root = folder("x=9/z=5/1.csv")
    assert read(root, "x z") == {"x": [1], "z": [5]}


def test_hive_columns_of_parquet(tmp_path, read):
    (tmp_path / "d=7").mkdir()
    pq.write_table(pa.table({"x": [1, 2, 3]}), tmp_path / "d=7" / "a.parquet", row_group_size=2)
    assert read(tmp_path, "x d") == {"x": [1, 2, 3], "d": [7, 7, 7]}


def test_files_of_one_log_may_differ_in_order_and_types(tmp_path, read):
    (tmp_path / "1.csv").write_text("y,x\n2,1\n")
    pq.write_table(pa.table({"x": pa.array([3], pa.int8()), "z": ["a"]}), tmp_path / "2.parquet")
    (tmp_path / "3.jsonl").write_text('{"x": 4.5}\n')
    assert read(tmp_path, "x") == {"x": [1, 3, 4.5]}
    assert names(tmp_path) == ["1.csv", "2.parquet", "3.jsonl"]


def test_contents_count_more_than_names(tmp_path, read):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.csv")
    (tmp_path / "b.log").write_text('{"x": 2}\n')
    (tmp_path / "c.txt").write_bytes(gzip.compress(b"x\n3\n"))
    assert read(tmp_path, "x") == {"x": [1, 2, 3]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04aaaa", "damaged zip file"),
        (b"\x80\x04\x95abc", "a pickle, which is never loaded"),
        (b"PARE" + bytes(20), "encrypted Parquet"),
        (gzip.compress(b"PAR1" + bytes(20), mtime=0), "unpack it first"),
        (b"a,b\n1,2\n", "is no Parquet file"),
        (bytes(range(256)) * 4, "is no Parquet file"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path, content, says):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(LogError, match=rf"\Aa\.parquet: [^\n]*{says}[^\n]*\Z"):
        open_logs(path)


def test_an_unreadable_file_among_good_ones_is_named(folder):
    root = folder("a.csv", "c.csv")
    (root / "b.parquet").write_bytes(b"PAR1junk")
    with pytest.raises(LogError, match=r"\Ab\.parquet: "):
        open_logs(root)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("gone.parquet", "gone.parquet: no such file or folder"),
        ("gone/*.parquet", r"no file matches"),
        ("empty", "empty: the folder holds no files"),
        ("/dev/null", "/dev/null: is a socket or a device"),
        ("x" * 5000, "x{100}"),
        ("nul\0", "no such file"),
    ],
)
def test_what_is_not_there(tmp_path, monkeypatch, given, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    with pytest.raises(LogError, match=rf"\A[^\n]*{says}[^\n]*\Z"):
        open_logs(given)


@pytest.mark.parametrize("given", [[], None, 3, [None]])
def test_what_is_neither_a_path_nor_a_table(given):
    with pytest.raises(LogError, match=r"\A[^\n]+\Z"):
        open_logs(given)


@pytest.mark.usefixtures("bound_by_permissions")
def test_files_without_permission(folder):
    path = folder("a.csv") / "a.csv"
    path.chmod(0)
    with pytest.raises(LogError, match=r"a\.csv: permission denied"):
        open_logs(path)


def test_permission_errors_are_told(folder, monkeypatch):
    path = folder("a.csv") / "a.csv"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("skewcheck.logs.recognise.recognise", refuse)
    with pytest.raises(LogError, match=r"\Aa\.csv: permission denied[^\n]*\Z"):
        open_logs(path)


class Stdin:
    """A stand-in for sys.stdin."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize(
    "data", [b"x,y\n1,2\n3,4\n", b'{"x": 1}\n{"x": 3}\n', gzip.compress(b"x\n1\n3\n", mtime=0)]
)
def test_standard_input_is_put_down_without_a_name(monkeypatch, tmp_path, read, data):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    log = open_logs("-")
    assert [(file.name, file.path) for file in log.files] == [("<stdin>", "-")]
    assert list(tmp_path.iterdir()) == []
    assert [file.size for file in log.files] == [len(data)]
    for _ in range(2):  # as often as anyone likes
        rows = [b.rows for t in log.files[0].parts(Wanted(frozenset("x"))) for b in t()]
        assert sum(rows) == 2


def test_parts_of_standard_input_can_be_read_beside_each_other(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("skewcheck.logs.text.BLOCK", 1000)
    monkeypatch.setattr(sys, "stdin", Stdin(b"x\n" + b"1\n" * 5000))
    file, wanted = open_logs("-").files[0], Wanted(frozenset("x"))
    pairs = zip(file.parts(wanted), file.parts(wanted), strict=True)
    rows = [[sum(batch.rows for batch in part()) for part in pair] for pair in pairs]
    assert len(rows) > 5
    assert [sum(column) for column in zip(*rows, strict=True)] == [5000, 5000]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_nothing_of_standard_input(tmp_path, number):
    code = "from skewcheck.logs import open_logs; print(len(open_logs('-').files))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as run:  # fmt: skip
        assert run.stdin is not None
        # More than a pipe and a buffer of copyfileobj hold together (64 KB each, on Linux): once
        # all of it is written, the run has read some of it and put that down.
        run.stdin.write(b"x,y\n" + b"1,2\n" * 200_000)
        run.stdin.flush()
        assert list(tmp_path.iterdir()) == []
        run.send_signal(number)
        assert run.wait() == -number
        with suppress(BrokenPipeError):
            run.stdin.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"\n \n", b"PAR1" + bytes(20), b"a\0b"])
def test_standard_input_that_is_no_text(monkeypatch, tmp_path, data):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    with pytest.raises(LogError, match=r"\A<stdin>: [^\n]+\Z"):
        open_logs("-")
    assert list(tmp_path.iterdir()) == []


def test_reading_imports_neither_pandas_nor_scipy(folder):
    root = folder("a.csv")
    (root / "b.jsonl").write_text('{"x": 1, "y": "2026-11-01"}\n')
    pq.write_table(pa.table({"x": [1], "y": ["a"]}), root / "c.parquet")
    code = (
        "import sys; from skewcheck.logs import *\n"
        f"for f in open_logs({str(root)!r}).files:\n"
        " for t in f.parts(Wanted(frozenset('x'), frozenset('y'))): list(t())\n"
        "print({'pandas', 'scipy', 'rich', 'typer'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
