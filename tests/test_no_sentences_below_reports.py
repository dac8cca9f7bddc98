"""Sentences are written in `reports/` alone; below it stand data and the messages of errors."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import skewcheck

ROOT = Path(skewcheck.__file__).parent
ROOMS = (
    "text", "logs", "features", "counts", "statistics", "results", "causes", "verdict", "engine",
    "config", "training", "lock", "simulate",
    "repair",
)  # fmt: skip
"""`catalogue/` holds the texts of codes, `parameters/` diagnostics of files that it reads."""
SENTENCE = re.compile(r"[A-Za-z][\w'-]*[,;:]? +[A-Za-z][\w'-]*[,;:]? +[A-Za-z]")
"""Three words in a row, of which only the first letter of the last need be there."""
EXEMPT = {
    "config/combinations.py": "which options need others: ends up in a UsageError",
    "config/debug.py": "part of the table of options",
    "config/options.py": "the table of options: what each is for, in --help and the reference",
    "config/conditions.py": "what a condition must be: ends up in a UsageError",
    "config/option_groups.py": "titles of the table of options",
    "config/options_of_accept.py": "part of the table of options",
    "config/options_of_bisect.py": "part of the table of options",
    "config/options_of_export.py": "part of the table of options",
    "config/options_of_gates.py": "part of the table of options",
    "config/options_of_inject.py": "part of the table of options",
    "config/options_of_records.py": "part of the table of options",
    "config/options_of_state.py": "part of the table of options",
    "config/readers.py": "what the value of an option must be: ends up in a UsageError",
    "config/settings.py": "what an option must be: ends up in a UsageError",
    "counts/_build.py": "what a build says where there is no compiler",
    "counts/coarse.py": "the name of a pseudo-level, as a user sees it among levels",
    "engine/checks.py": "where no row was found: part of a NothingToTestError",
    "engine/memory/lock.py": "which process holds the lock: part of a UsageError",
    "engine/no_columns.py": "which columns there are instead: part of a NothingToTestError",
    "engine/spark/errors.py": "what an error of Spark is about: part of a LogError",
    "engine/spark/executor.py": "columns of results, in SQL",
    "engine/spark/frame.py": "expressions of columns, in SQL",
    "engine/spark/tasks.py": "columns of measures, in SQL",
    "features/steps/categories.py": "what a step's settings must be: part of a ParameterError",
    "features/steps/curves.py": "what a step's settings must be: part of a ParameterError",
    "features/steps/discrete.py": "what a step's settings must be: part of a ParameterError",
    "features/steps/expand.py": "what a step's settings must be: part of a ParameterError",
    "features/steps/linear.py": "what a step's settings must be: part of a ParameterError",
    "features/steps/scopes.py": "what a step's settings must be: part of a ParameterError",
    "features/steps/maps.py": "what a step's settings must be: part of a ParameterError",
    "logs/databases/duckdb.py": "the query for the tables of a database",
    "logs/databases/postgresql.py": "the query for the tables of a database",
    "logs/databases/query.py": "what a database's error is about: part of a LogError",
    "logs/databases/sqlite.py": "the query for the tables of a database",
    "logs/archive.py": "what an archive holds: part of a LogError",
    "logs/avro.py": "what a header says: part of a LogError",
    "logs/delimited.py": "what is wrong with a row: part of a LogError",
    "logs/jsonlines.py": "what is wrong with a line: part of a LogError",
    "logs/remote_errors.py": "what is wrong with a remote file: part of a LogError",
    "logs/recognise.py": "what a file of another format is: part of a LogError",
    "repair/export/c.py": "code that it writes, with comments",
    "repair/export/dialects.py": "code that it writes",
    "repair/export/heading.py": "the comment of code that it writes",
    "repair/export/java.py": "code that it writes, with comments",
    "repair/export/javascript.py": "code that it writes, with comments",
    "repair/export/python.py": "code that it writes, with comments",
    "repair/export/sql.py": "code that it writes, with comments",
    "repair/export/sql_levels.py": "code that it writes",
    "simulate/demo/__init__.py": "the README that `skewcheck demo` writes beside its files",
    "simulate/inject/fault_settings.py": "which settings a fault has: part of a UsageError",
    "simulate/inject/faults.py": "what a fault needs: part of a UsageError",
    "text/similar.py": "which word was meant: part of a UsageError",
    "training/importance.py": "which shapes a file may have: part of a ParameterError",
}
"""Files with words in a row that are no sentence of a result, and what they are."""


def _is_error(node: ast.AST) -> bool:
    """Whether words below a node are the message of an error."""
    if isinstance(node, ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            # `refused` makes the UsageError of a fault that a feature cannot have; `refuse` and
            # `_refuse` of a format raise its LogError.
            made = name.endswith(("Error", "error", "refused")) or name == "__init__"
            return made or name.lstrip("_") == "refuse"
        case _:
            return False


def sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string with three words in a row that is no documentation."""
    documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if documents or _is_error(node):
        return
    inner: list[ast.AST] = [*ast.iter_child_nodes(node)]
    texts = []
    if isinstance(node, ast.JoinedStr):
        # A value between words is no word: `{name} of {other}` is no sentence.
        texts = ["".join(str(part.value) if isinstance(part, ast.Constant) else "\0"
                         for part in node.values)]  # fmt: skip
        inner = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        texts = [node.value]
    yield from ((getattr(node, "lineno", 0), text) for text in texts if SENTENCE.search(text))
    for child in inner:
        yield from sentences(child)


def found(path: Path) -> list[str]:
    """Return the sentences of a module, each with its place."""
    tree = ast.parse(path.read_text("utf-8"))
    return [f"{path.relative_to(ROOT)}:{line}: {text}" for line, text in sentences(tree)]


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_below_reports_writes_a_sentence(room: str) -> None:
    modules = [path.relative_to(ROOT).as_posix() for path in (ROOT / room).rglob("*.py")]
    assert modules
    checked = [name for name in modules if name not in EXEMPT]
    assert [told for name in checked for told in found(ROOT / name)] == []


@pytest.mark.parametrize("name", EXEMPT)
def test_each_exemption_is_needed(name: str) -> None:
    assert found(ROOT / name)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('note = "rows of one host are alike"', True),
        ('note = f"{n} rows of one {column} are alike"', True),
        ('note = f"{name}: {value} of {other}"', False),
        ('raise UsageError(f"no column of this name: {name}")', False),
        ('yield UsageError("no column of this name")', False),
        ('"""What a module is about."""', False),
        ('x = 1\n"""What a constant is about."""', False),
        ("columns = 'age fare'", False),
        ("f\"{'a text that is nested'} x\"", True),
    ],
)
def test_what_a_sentence_is(code: str, told: bool) -> None:
    assert bool([*sentences(ast.parse(code))]) is told
