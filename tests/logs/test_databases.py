"""Rows of databases: of the only table or of a query, read and never written."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import duckdb
import pytest

import skewcheck
from skewcheck.cli import main
from skewcheck.logs import Log, Wanted, open_logs
from skewcheck.logs.asked import Asked
from skewcheck.logs.databases import sqlite
from skewcheck.text.errors import SkewcheckError, UsageError

SETUP = (
    "create table log(x double precision, city text, n integer)",
    "insert into log values (1.5, 'a', 1), (2.5, 'b', null), (null, 'SECRET', 3)",
)
WANTED = Wanted(frozenset(["x", "n"]), frozenset(["city"]))
MORE = ("create table other(y integer)",)


def make(engine: str, *statements: str, name: str = "f.db") -> str:
    """Write a database and return its path."""
    connection = sqlite3.connect(name) if engine == "sqlite" else duckdb.connect(name)
    for statement in statements:
        connection.execute(statement)
    if engine == "sqlite":
        connection.commit()
    connection.close()
    return name


@pytest.fixture(params=["sqlite", "duckdb"])
def engine(request) -> str:
    return request.param


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read_all(log: Log) -> None:
    for file in log.files:
        for part in file.parts(WANTED):
            list(part())


def refusal(source: str, sql: str | None = None) -> str:
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    with pytest.raises(SkewcheckError) as caught:
        read_all(open_logs(source, asked=Asked(sql=sql)))
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
    text = str(caught.value)
    assert "\n" not in text
    assert "SECRET" not in text
    return text


ROWS = {"x": [1.5, 2.5, None], "n": [1, None, 3], "city": ["a", "b", "SECRET"]}


@pytest.mark.parametrize("place", ["f.db", "{}:///f.db", "{}:///{}/f.db"])
def test_the_only_table(engine, read, place):
    make(engine, *SETUP)
    source = place.format(engine, Path.cwd())
    assert read(source, "x n", "city") == ROWS
    log = open_logs(source)
    assert (log.names, log.files[0].lasting) == (("f.db",), False)
    assert list(log.schema()) == ["x", "city", "n"]
    assert [path.name for path in Path().iterdir()] == ["f.db"]


def test_a_view_beside_a_table_and_alone(engine, read):
    make(engine, *SETUP, "create view v as select x * 2 as x from log")
    assert read("f.db", "x")["x"] == [1.5, 2.5, None]
    make(engine, "create view v as select 7.5 as x", name="v.db")
    assert read("v.db", "x")["x"] == [7.5]


def test_several_tables_or_none(engine, read):
    make(engine, *SETUP, *MORE)
    assert refusal("f.db") == (
        "f.db: holds 2 tables (log, other): say which rows are the log with sql 'select ...'"
    )
    make(engine, "create table a(b integer)", "drop table a", name="empty.db")
    assert refusal("empty.db") == "empty.db: a database without a table"


QUERIES = [
    "select x, city, n from log", "SELECT * FROM log;", "-- all\n/* of */ select * from log ",
    "with a as (select * from log) select * from a", "  select * from log  ;  ",
]  # fmt: skip


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query(engine, read, sql):
    make(engine, *SETUP, *MORE)
    assert read("f.db", "x n", "city", asked=Asked(sql=sql)) == ROWS


def test_the_order_of_a_query_and_no_rows(engine, read):
    make(engine, *SETUP)
    by_x = Asked(sql="select x from log where x > 0 order by x desc")
    assert read("f.db", "x", asked=by_x)["x"] == [2.5, 1.5]
    none = Asked(sql="select x from log where x > 9")
    assert read("f.db", "x", asked=none) == {}


NO_QUERIES = [
    "delete from log", "drop table log", "insert into log values (1, 'a', 1)", "vacuum",
    "update log set x = 1", "attach 'new.db' as d", "pragma journal_mode = wal", "", ";", "--",
    "create table z(a integer)", "copy log to 'out.csv'", "install httpfs", "load 'a'",
    "export database 'out'", "begin", "call pragma_version()", "set threads = 1",
    "vacuum into 'out.db'", "explain delete from log",
]  # fmt: skip


@pytest.mark.parametrize("sql", NO_QUERIES)
def test_what_does_not_read_is_refused(engine, sql):
    make(engine, *SETUP)
    assert refusal("f.db", sql) == ("sql: one statement that reads is needed: begin it with select")


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; delete from log", "select 1; select 2", "with a as (select 1) delete from log",
        "select * from read_csv('f.csv')", "select * from pragma_table_info('log')" ,
        "select load_extension('a')", "select writefile('out', 'x')", "select * from 'f.csv'",
        "select readfile('f.csv')", "from read_text('f.csv')", "select getenv('HOME')",
    ],
)  # fmt: skip
def test_what_reads_or_writes_elsewhere_is_refused(engine, sql):
    make(engine, *SETUP)
    Path("f.csv").write_text("a\nSECRET\n")
    if engine == "duckdb" and "pragma_table_info" in sql:
        pytest.skip("it says how the database itself is made")
    assert refusal("f.db", sql)


WRONG = [
    ("selct 1", "sql: one statement that reads is needed: begin it with select"),
    ("select nosuch from log", "nosuch"),
    ("select * from nosuch", "no table nosuch"),
    ("select * from log where", "syntax error"),
]


@pytest.mark.parametrize(("sql", "told"), WRONG)
def test_errors_of_sql_are_one_line(engine, sql, told):
    make(engine, *SETUP)
    said = refusal("f.db", sql)
    if told == "syntax error" and engine == "sqlite":
        told = "database does not answer the query"
    assert told in said


def test_errors_behind_the_first_rows_quote_no_data(engine):
    make(engine, *SETUP)
    if engine == "sqlite":
        sql = "select json(city) as x from log where city = 'SECRET'"
    else:
        sql = "select cast(city as integer) as x from log"
    assert refusal("f.db", sql).startswith("f.db: the database does not answer the query: ")


def test_columns_of_the_same_name(engine):
    make(engine, *SETUP)
    if engine == "sqlite":
        assert "duplicate column names" in refusal("f.db", "select x, x from log")


def test_a_query_without_a_database(engine):
    Path("a.csv").write_text("x\n1\n")
    with pytest.raises(UsageError, match="sql: no database is among the logs"):
        open_logs("a.csv", asked=Asked(sql="select 1"))


def test_a_damaged_database(engine):
    make(engine, *SETUP)
    data = Path("f.db").read_bytes()
    Path("f.db").write_bytes(data[:100] + b"\xff" * 5000)
    assert refusal("f.db").startswith("f.db: the database does not answer the query: ")


def test_many_rows_are_streamed(engine, read):
    make(engine, "create table log(x integer, city text)")
    sql = (
        "with recursive a(x) as (select 1 union all select x + 1 from a where x < 300000)"
        " select x, 'c' || (x % 3) as city from a"
    )
    assert read("f.db", "x", asked=Asked(sql=sql))["x"] == list(range(1, 300_001))


def test_types_of_sqlite_are_those_of_its_values(tmp_path, read):
    """A column has no type: a batch of mixed ones is text, as in JSON Lines."""
    values = [(1, 1, "a", None), (2, 2.5, 3, None), (None, None, b"\xff", None)]
    connection = sqlite3.connect("f.db")
    connection.execute("create table log(i, f, m, absent)")
    connection.executemany("insert into log values (?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    assert [str(kind) for kind in open_logs("f.db").schema().values()] == [
        "int64", "double", "string", "null",
    ]  # fmt: skip
    found = read("f.db", "i f", "m")
    assert found["i"] == [1, 2, None]
    assert found["f"] == [1, 2.5, None]
    assert found["m"][:2] == ["a", "3"]


def test_types_that_change_behind_the_first_batch(tmp_path, read, monkeypatch):
    monkeypatch.setattr(sqlite, "_CELLS", 2)
    values = "(1), (2), (2.5), (4), ('5'), ('no'), (9007199254740993), (0.5)"
    make("sqlite", "create table log(x)", f"insert into log values {values}")  # noqa: S608
    assert read("f.db", "x")["x"] == [1, 2, 2.5, 4, 5, None, 2**53, 0.5]
    found = read("f.db", labels="x")["x"]
    assert found == ["1", "2", "2.5", "4", "5", "no", "9007199254740993", "0.5"]


def test_wal_databases_get_no_files_beside(tmp_path, read):
    make("sqlite", *SETUP)
    writer = sqlite3.connect("f.db")
    writer.execute("pragma journal_mode = wal")
    writer.close()
    assert [path.name for path in Path().iterdir()] == ["f.db"]
    assert read("f.db", "x n", "city") == ROWS
    assert [path.name for path in Path().iterdir()] == ["f.db"]
    writer = sqlite3.connect("f.db")
    writer.execute("insert into log values (9, 'z', 9)")
    writer.commit()
    assert read("f.db", "x")["x"] == [1.5, 2.5, None, 9]  # of the file beside
    Path("notes-wal").write_text("x\n7\n")  # beside no database
    log = open_logs(["f.db", "."])
    assert log.names == ("f.db", "notes-wal")
    writer.close()


def test_a_database_that_grows_while_it_is_read(tmp_path):
    make("sqlite", *SETUP)
    (file,) = open_logs("f.db").files
    make("sqlite", "insert into log values (9, 'z', 9)")
    with pytest.raises(SkewcheckError, match="was changed while it was read"):
        file.check(3)


def test_a_value_of_a_gigabyte(tmp_path):
    make("sqlite", *SETUP)
    said = refusal("f.db", "select zeroblob(100000000) as x")
    assert said == "f.db: the database does not answer the query: too big"


def test_without_the_library(tmp_path, monkeypatch):
    make("duckdb", *SETUP)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert refusal("f.db") == "f.db: a DuckDB database: pip install 'skewcheck[duckdb]' to read it"


@pytest.mark.parametrize("scheme", ["mysql", "mssql+pyodbc", "oracle", "snowflake", "mongodb"])
def test_other_databases_are_named_without_secrets(scheme):
    said = refusal(f"{scheme}://user:SECRET@host/db?token=SECRET")
    assert said.startswith(f"{scheme.partition('+')[0]}://...: a database that is not read so")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite://host/f.db", "duckdb://", "sqlite:///"])
def test_urls_that_name_no_file(url):
    assert "a database that is not read so" in refusal(url)
    assert "no such file" in refusal("sqlite:///none.db")


def test_no_output_goes_over_a_database_that_is_read(engine, folder, capsys):
    make(engine, *SETUP)
    assert main(["audit", "p.json", f"{engine}:///f.db", "-o", "f.db"]) == 2
    assert "f.db: is read by this command" in capsys.readouterr().err


def test_the_command_line(engine, folder, capsys):
    import pandas as pd

    good, bad = pd.read_csv("good.csv"), pd.read_csv("good.csv")
    bad["fare"] += 900
    if engine == "sqlite":
        with sqlite3.connect("s.db") as connection:
            good.to_sql("good", connection, index=False)
            bad.to_sql("bad", connection, index=False)
        connection.close()
    else:
        connection = duckdb.connect("s.db")
        for name, frame in (("good", good), ("bad", bad)):
            connection.register("frame", frame)
            connection.execute(f"create table {name} as select * from frame")  # noqa: S608
        connection.close()
    command = ["audit", "p.json", f"{engine}:///s.db", "--served", "none"]
    assert main(command) == 2
    assert "say which rows are the log with --sql 'select ...'" in capsys.readouterr().err
    assert main([*command, "--sql", "select * from good"]) == 0
    assert main([*command, "--sql", "select * from bad"]) == 1
    assert main([*command, "--sql", "select * from good", "--state", "st"]) == 0
    capsys.readouterr()
    sql = "select * from good where pay <> 'SECRET'"
    assert main([*command, "--sql", sql, "--no-values", "--report", "json=r.json"]) == 0
    assert "SECRET" not in capsys.readouterr().out + Path("r.json").read_text()
    assert main(["fit", "s.db", "--sql", "select * from good", "-o", "f.json"]) == 0
    assert main(["apply", "p.json", "s.db", "--sql", "select * from good", "-o", "a.csv"]) == 0
    found = skewcheck.audit("p.json", "s.db", sql="select * from good", served="none")
    assert found.logs.rows == 2000
