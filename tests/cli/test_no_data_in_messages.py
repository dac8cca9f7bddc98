"""No cell of a damaged log, or of a file in the wrong place, is in a message: each is a canary.

Exempt are names of columns where the first line is surely a header, what the user typed, and texts
in files of settings. The control is `test_the_attack_sees_what_a_report_shows`: a report with
values has canaries in it.
"""

from __future__ import annotations

import ast
import gzip
import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stub import Api

import skewcheck
from skewcheck.cli import main

Captured = pytest.CaptureFixture[str]
FEATURES = ("fare", "tip", "pay")


class Canaries:
    """Cells that occur nowhere else: words and numbers."""

    def __init__(self) -> None:
        self.random = random.Random(7)  # noqa: S311  # no secrets
        self.cells: list[str] = []

    def word(self) -> str:
        self.cells.append("".join(self.random.choices("bcdfghjkqvwxz", k=7)))
        return self.cells[-1]

    def number(self) -> str:
        self.cells.append(
            f"{self.random.randrange(10**5, 10**6)}.{self.random.randrange(101, 999)}"
        )
        return self.cells[-1]

    def row(self) -> str:
        return f"{self.number()},{self.number()},{self.word()}"

    def rows(self, n: int) -> str:
        return "".join(f"{self.row()}\n" for _ in range(n))

    def record(self) -> str:
        cells = {"fare": float(self.number()), "tip": float(self.number()), "pay": self.word()}
        return json.dumps(cells)

    def frame(self, n: int) -> pd.DataFrame:
        return pd.DataFrame({
            "fare": [float(self.number()) for _ in range(n)],
            "tip": [float(self.number()) for _ in range(n)],
            "pay": [self.word() for _ in range(n)],
        })  # fmt: skip

    def seen(self, text: str) -> list[str]:
        """Return the canaries in a text; of numbers the digits before the point are enough."""
        bare = text.replace(",", "")
        return [cell for cell in self.cells if cell.split(".")[0] in bare or cell in text]


def parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(frame), sink, compression="none", write_statistics=True)
    return sink.getvalue()


def arrow(frame: pd.DataFrame, *, stream: bool = False) -> bytes:
    table, sink = pa.table(frame), io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def spoilt(data: bytes, start: int, end: int) -> bytes:
    return data[:start] + bytes(255 - b for b in data[start:end]) + data[end:]


HEAD = "fare,tip,pay\n"
FILES: dict[str, tuple[str, Callable[[Canaries], str | bytes]]] = {
    "no header, numbers": ("a.csv", lambda c: c.rows(9)),
    "no header, words": ("a.csv", lambda c: "".join(f"{c.word()},{c.word()}\n" for _ in range(9))),
    "no header, one line": ("a.csv", lambda c: f"{c.word()},{c.word()},{c.word()}\n"),
    "no header, a word twice": (
        "a.csv", lambda c: "".join(f"{w},{c.word()},{w}\n" for w in (c.word(), c.word())),
    ),
    "no header, one column": ("a.txt", lambda c: "".join(f"{c.word()}\n" for _ in range(9))),
    "prose": ("a.txt", lambda c: "\n".join(" ".join(c.word() for _ in range(9)) for _ in range(9))),
    "ragged": ("a.csv", lambda c: HEAD + c.rows(5) + f"{c.row()},{c.word()}\n" + c.rows(5)),
    "ragged, short": ("a.csv", lambda c: HEAD + c.rows(5) + f"{c.word()}\n" + c.rows(5)),
    "a stray quote": ("a.csv", lambda c: f'{HEAD}{c.rows(5)}{c.number()},"{c.row()}\n{c.rows(9)}'),
    "a NUL": ("a.csv", lambda c: f"{HEAD}{c.rows(2)}\0{c.rows(2)}"),
    "UTF-16": ("a.csv", lambda c: (HEAD + c.rows(4)).encode("utf-16")),
    "a cut gzip": ("a.csv.gz", lambda c: gzip.compress((HEAD + c.rows(99)).encode(), 0)[:-300]),
    "more behind a gzip": (
        "a.csv.gz", lambda c: gzip.compress((HEAD + c.rows(9)).encode()) + c.rows(2).encode(),
    ),
    "a spoilt gzip": (
        "a.csv.gz", lambda c: spoilt(gzip.compress((HEAD + c.rows(99)).encode(), 0), 500, 520),
    ),
    "no json": ("a.jsonl", lambda c: f"{c.record()}\n{c.word()}\n"),
    "json cut short": ("a.jsonl", lambda c: f"{c.record()}\n{c.record()[:-5]}\n"),
    "two on a line": ("a.jsonl", lambda c: f"{c.record()}{c.record()}\n"),
    "a bare word": ("a.jsonl", lambda c: f'{c.record()}\n{{"fare": {c.word()}}}\n'),
    "a wrong escape": ("a.jsonl", lambda c: f'{c.record()}\n{{"pay": "{c.word()}\\q"}}\n'),
    "a list": ("a.jsonl", lambda c: f'{c.record()}\n["{c.word()}", {c.number()}]\n'),
    "a text": ("a.jsonl", lambda c: f'{c.record()}\n"{c.word()}"\n'),
    "not json at all": ("a.jsonl", lambda c: c.rows(4)),
    "a number of many digits": (
        "a.jsonl", lambda c: f'{{"fare": {c.number().split(".")[0] * 900}}}\n',
    ),
    "json of others": ("a.jsonl", lambda c: f'{{"x": "{c.word()}"}}\n' * 3),
    "csv of others": ("a.csv", lambda c: f"x,y\n{c.number()},{c.word()}\n"),
    "cut parquet": ("a.parquet", lambda c: parquet(c.frame(99))[:-200]),
    "a spoilt page": ("a.parquet", lambda c: spoilt(parquet(c.frame(99)), 200, 900)),
    "a spoilt footer": ("a.parquet", lambda c: spoilt(parquet(c.frame(99)), -300, -150)),
    "csv named parquet": ("a.parquet", lambda c: HEAD + c.rows(9)),
    "parquet of others": (
        "a.parquet", lambda c: parquet(c.frame(9).rename(columns=lambda name: f"{name}?")),
    ),
    "cut arrow": ("a.arrow", lambda c: arrow(c.frame(99))[:-400]),
    "spoilt arrow": ("a.arrow", lambda c: spoilt(arrow(c.frame(99)), 700, 1500)),
    "cut stream": ("a.arrows", lambda c: arrow(c.frame(99), stream=True)[:-1500]),
    "spoilt stream": ("a.arrows", lambda c: spoilt(arrow(c.frame(99), stream=True), 400, 1200)),
    "times": ("a.csv", lambda c: "fare,tip,pay,ts\n"
              + "".join(f"{c.row()},{c.word()}\n" for _ in range(99))),
}  # fmt: skip
"""Kinds of damage: the file's name and what is in it, every cell a canary."""
COMMANDS = {
    "audit": "audit p.json {}",
    "audit hidden": "audit p.json {} --no-values",
    "served": "audit p.json {} --served {{feature}}_norm --no-values",
    "windows": "audit p.json {} --every 1h --time-column ts",
    "since": "audit p.json {} --since 2026-11-01 --time-column ts",
    "cluster": "audit p.json {} --cluster nobody --no-values",
    "by": "audit p.json {} --by nobody --no-values",
    "reference": "audit p.json good.csv --reference {}",
    "baseline": "audit p.json good.csv --by pay --baseline {}",
    "history": "audit p.json good.csv --history {}",
    "importance": "audit p.json good.csv --importance {}",
    "config": "audit p.json good.csv --config {}",
    "parameters": "audit {} good.csv",
    "state": "audit p.json {} --state st",
    "fit": "fit {} -o out.json",
    "fit fares": "fit {} -o out.json --features fare --normalize minmax",
    "fit nobody": "fit {} -o out.json --features nobody",
    "fit a metric": "fit {} -o out.json --label fare --prediction tip --metric log_loss",
    "fit again": "fit {} -o out.json --parameters p.json",
    "apply": "apply p.json {} -o out.csv",
    "apply parquet": "apply p.json good.csv {} -o out.parquet",
    "inject": "inject unit_change p.json {} -o out.csv",
    "inject where": "inject unit_change p.json {} -o out.csv --where nobody=1",
    "inject since": "inject unit_change p.json {} -o out.csv --since 2026-11-01 --time-column ts",
    "power": "power p.json --logs {}",
    "show": "show {}",
    "diff": "diff p.json {}",
    "verify": "verify {}",
    "names": "audit {} good.csv --names {}",
}
"""Where a file may stand."""
EVERYWHERE = ("no header, numbers", "times")
"""Kinds of damage that stand in all of these places; the others are read as logs."""
READ = ("audit hidden", "fit nobody", "apply")


@pytest.fixture
def canaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Canaries:
    monkeypatch.chdir(tmp_path)
    rows = random.Random(1)  # noqa: S311  # no secrets
    train = "".join(
        f"{rows.gauss(10, 2):.2f},{rows.gauss(2, 1):.2f},{rows.choice(['cash', 'card'])}\n"
        for _ in range(300)
    )
    Path("good.csv").write_text(HEAD + train)
    assert main(["fit", "good.csv", "-o", "p.json"]) == 0
    return Canaries()


def messages(capsys: Captured, words: list[str]) -> Iterator[str]:
    """Run a command; yield what it wrote, if it could not do its job."""
    code = main([*words])
    out, err = capsys.readouterr()
    assert code in (0, 1, 2, 3)
    if code == 2:
        assert err.startswith("skewcheck: ") or "note: " in err or "warning: " in err
        yield out + err


@pytest.mark.parametrize("damage", FILES)
def test_no_message_has_a_cell(canaries: Canaries, capsys: Captured, damage: str) -> None:
    name, make = FILES[damage]
    made = make(canaries)
    Path(name).write_bytes(made if isinstance(made, bytes) else made.encode())
    assert canaries.cells
    refused, leaks = 0, []
    for place in COMMANDS if damage in EVERYWHERE else READ:
        command = COMMANDS[place]
        words = [word.format(name) for word in command.split()]
        for text in messages(capsys, words):
            refused += 1
            if canaries.seen(text):
                leaks.append(f"{command}: {text}")
    assert leaks == []
    assert refused > 0


def test_the_attack_sees_what_a_report_shows(canaries: Canaries, capsys: Captured) -> None:
    lines = [HEAD.strip(), *(f"{canaries.row()}" for _ in range(99))]
    Path("a.csv").write_text("\n".join(lines))
    main(["audit", "p.json", "a.csv", "--format", "json"])
    assert canaries.seen(capsys.readouterr().out)
    main(["audit", "p.json", "a.csv", "--format", "json", "--no-values"])
    assert not canaries.seen(capsys.readouterr().out)


def test_a_bug_tells_its_message_with_debug_alone(api: Api, capsys: Captured) -> None:
    api.error = KeyError("k7q-level")
    for words in (["audit", "p.json", "a"], ["audit", "p.json", "a", "--no-values"]):
        assert main(words) == 2
        err = capsys.readouterr().err
        assert "k7q-level" not in err
        assert err.startswith("skewcheck: internal error (KeyError: cli/audit.py, line ")
        assert main([*words, "--debug"]) == 2
        assert "k7q-level" in capsys.readouterr().err


READING = ("logs", "engine", "training", "lock", "simulate")
SAFE = {"strerror", "errno", "pos", "name", "__name__"}
"""Attributes of an error that are no text of the data."""


@pytest.mark.parametrize("room", READING)
def test_no_room_that_reads_rows_writes_a_foreign_error_into_its_own(room: str) -> None:
    """In `except Foreign as error: raise ...(f"{error}")` the foreign words may quote a row."""
    package = Path(skewcheck.__file__).parent
    caught = 0
    for file in sorted((package / room).rglob("*.py")):
        for handler in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
                continue
            caught += 1
            where = f"{file.relative_to(package)}:{handler.lineno}"
            if where.partition(":")[0] in OWN_WORDS or _is_own(handler.type):
                continue
            texts = [n for n in ast.walk(handler) if isinstance(n, ast.FormattedValue)]
            written = [part for text in texts for part in ast.walk(text) if _names(part, handler)]
            safe = [part for node in ast.walk(handler) for part in _safe(node)]
            assert [part for part in written if part not in safe] == [], where
    assert caught > 0


OWN_WORDS = {
    "logs/databases/query.py",  # words of a list, and names that the query has
    "training/importance.py",  # a file of settings
    "lock/policy.py",  # likewise
    "training/capture.py",  # an object of the caller, which is no data
}


def _is_own(kind: ast.expr | None) -> bool:
    return kind is not None and ast.unparse(kind).endswith(("SkewcheckError", "UsageError"))


def _safe(node: ast.AST) -> list[ast.expr]:
    """Return of what a node tells no words: an attribute in `SAFE`, its type, `trouble.damage`."""
    if isinstance(node, ast.Attribute) and node.attr in SAFE:
        return [node.value]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("type", "damage"):
        return [*node.args]
    return []


def _names(part: ast.AST, handler: ast.ExceptHandler) -> bool:
    return isinstance(part, ast.Name) and part.id == handler.name
