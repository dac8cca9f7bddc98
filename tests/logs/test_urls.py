"""What the parts of a URL are, and which of them are shown."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.cli import main
from skewcheck.logs import open_logs
from skewcheck.logs.remote_errors import cause
from skewcheck.logs.storage import is_url, public
from skewcheck.logs.urls import Location
from skewcheck.text.errors import LogError


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("logs/a.csv", "logs/a.csv"),
        ("s3://b/a.csv", "s3://b/a.csv"),
        ("s3://b/part-?.csv", "s3://b/part-?.csv"),
        ("s3://KEY:SECRET@b/a?.csv?region=x&endpoint_override=http://h:1", "s3://b/a?.csv"),
        ("S3://KEY@b?region=x", "S3://b"),
        ("https://u:p@h/a.csv?X-Amz-Signature=x#y", "https://h/a.csv"),
        ("abfss://logs:PASSWORD@a.dfs.core.windows.net/x", "abfss://logs@a.dfs.core.windows.net/x"),
        ("abfss://:PASSWORD@a.dfs.core.windows.net/x", "abfss://@a.dfs.core.windows.net/x"),
        ("gs://anonymous@b/a", "gs://b/a"),
        ("postgresql://u:p@h/db?password=x", "postgresql://h/db"),
        ("https:/u:p@h/x.csv", "https:/h/x.csv"),
        ("https:u:p@h/x.csv?sig=y", "https:h/x.csv"),
        ("HTTPS:///u:p@h/x.csv", "HTTPS:///h/x.csv"),
        ("s3:/KEY:SECRET@b/a@b.csv", "s3:/b/a@b.csv"),
        ("postgresql:/u:p@h/db", "postgresql:/h/db"),
        ("C:/logs/u:p@h.csv", "C:/logs/u:p@h.csv"),
        ("a:b@c.csv", "a:b@c.csv"),
        ("file:///logs/u:p@h.csv", "file:///logs/u:p@h.csv"),
    ],
)
def test_what_is_shown_of_a_url(given: str, shown: str) -> None:
    assert public(given) == shown


@pytest.mark.parametrize("slashes", ["", "/", "///"])
@pytest.mark.parametrize("first", [True, False])
def test_no_message_tells_a_password(
    slashes: str, first: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"https:{slashes}u:s3cr3tPW@127.0.0.1:9/x.csv"
    assert main(["audit", *((url, "a.csv") if first else ("fixtures/params.json", url))]) == 2
    assert "s3cr3tPW" not in "".join(capsys.readouterr())


def test_the_parts_of_a_url() -> None:
    location = Location.of("s3://u:p@b/logs//d=%20/[a]?*.csv?region=x")
    assert (location.authority, str(location.path)) == ("u:p@b", "/logs/d=%20/[a]?*.csv")
    assert location.at(location.path.parent) == "s3://u:p@b/logs/d=%20?region=x"
    assert [is_url(u) for u in ("s3://b", "GS://b", "ftp://h", "s3:/b", "C:\\x")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_a_url_of_a_file_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "so me"
    folder.mkdir()
    (folder / "a.csv").write_text("x\n1\n")
    url = f"file://{tmp_path}/so%20me"
    assert open_logs(url).names == open_logs(f"{url}/*.csv").names == ("a.csv",)
    assert open_logs([url, str(folder)]).names == ("a.csv",)
    with pytest.raises(LogError, match="is of another host"):
        open_logs("file://host/a.csv")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("When reading: AWS Error ACCESS_DENIED during HeadObject operation: x", "no rights"),
        ("AWS Error UNKNOWN (HTTP status 301) during HeadObject operation", "another region"),
        ("AWS Error NO_SUCH_BUCKET during ListObjectsV2", "no such bucket"),
        ("AWS Error SLOW_DOWN during GetObject", "too busy"),
        ("Unable to load libhdfs: libhdfs.so: cannot open", "libhdfs"),
        ("google::cloud::Status(UNAVAILABLE: Retry policy exhausted", "no connection"),
        ("N5Azure4Core: Failed to get token from DefaultAzureCredential.", "no rights"),
        ("google::cloud::Status(UNAVAILABLE: Could not create a OAuth2 access token", "no rights"),
        ("AWS Error WHATEVER during GetObject operation", "refuses"),
    ],
)
def test_errors_of_services_in_a_few_words(error: str, says: str) -> None:
    assert says in str(cause(OSError(error)))
    assert says in str(cause(pa.ArrowException(error)))
    assert cause(OSError("Couldn't deserialize thrift: no TOKEN to connect")) is None


TABLE = pa.table({"x": [1.0, 2.0, 3.0]})
CODE = "import sys; from skewcheck.logs import open_logs; log = open_logs(sys.argv[1]);"
CODE += "from skewcheck.logs import Wanted; b = log.batches(Wanted(numbers=frozenset('x')));"
CODE += "print(log.names, sum(sum(p.columns['x'].to_pylist()) for p in b))"


def _write(path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(TABLE, path)
    elif path.suffix == ".csv":
        path.write_text("x\n1.0\n2.0\n3.0\n")
    else:
        make = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
        with make(path, TABLE.schema) as writer:
            writer.write_table(TABLE)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrows", "a.arrow", "a.csv"])
def test_standard_input_and_process_substitution_take_all_formats(
    tmp_path: Path, name: str
) -> None:
    _write(tmp_path / name)
    for command in (
        f'cat {name} | {sys.executable} -c "$CODE" -',
        f'{sys.executable} -c "$CODE" <(cat {name})',
        f'{sys.executable} -c "$CODE" - < {name}',
    ):
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={**os.environ, "CODE": CODE, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        assert done.stdout.endswith("6.0\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_named_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("x\n1\n2\n",))
    writer.start()
    log = open_logs(str(pipe))
    writer.join()
    assert [(file.name, file.lasting, file.size) for file in log.files] == [("pipe", False, 6)]
