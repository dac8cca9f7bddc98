"""No test asserts how long something takes, which fails on a busy machine: `make bench` measures.

A comparison of what a clock gave is an assertion of a duration wherever it stands, but in the
condition of a `while`, which waits or works until a moment. Programs in strings are read as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
             "process_time", "process_time_ns", "thread_time", "thread_time_ns", "clock_gettime"},
    "timeit": {"default_timer", "timeit", "repeat"},
    "os": {"times"},
    "resource": {"getrusage"},
}  # fmt: skip
Pair = tuple[ast.expr, ast.expr]


def named_clocks(module: ast.Module) -> set[str]:
    """Return what a module calls its clocks: `time.time`, or `now` where it imports it as that."""
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                called = alias.asname or alias.name
                names |= {f"{called}.{clock}" for clock in CLOCKS.get(alias.name, ())}
        elif isinstance(node, ast.ImportFrom):
            clocks = CLOCKS.get(node.module or "", set())
            names |= {alias.asname or alias.name for alias in node.names if alias.name in clocks}
    return names


def assigned(scope: ast.AST) -> Iterator[Pair]:
    """Yield targets and values of all assignments, one by one where several names get as many."""
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                yield from zip(targets, values, strict=False)
            case ast.Assign(targets=targets, value=value):
                yield from ((target, value) for target in targets)
            case (
                ast.AugAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                yield target, value


def reads(expression: ast.AST, clocks: set[str], moments: set[str]) -> bool:
    """Return whether a clock is read in an expression, or a name that holds what one gave."""
    return any(
        (isinstance(node, ast.Call) and ast.unparse(node.func) in clocks)
        or (isinstance(node, ast.Name) and node.id in moments)
        for node in ast.walk(expression)
    )


def moments_of(scope: ast.AST, clocks: set[str]) -> set[str]:
    """Return the names in a function that hold what a clock gave, or what was computed from it."""
    moments: set[str] = set()
    while (
        more := {
            name.id
            for target, value in assigned(scope)
            if reads(value, clocks, moments)
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        - moments
    ):
        moments |= more
    return moments


def timed(text: str, line: int = 1) -> Iterator[int]:
    """Yield the lines of a module on which something that a clock gave is compared."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):  # a string that is no program
        return
    clocks = named_clocks(module)
    scopes: list[ast.AST] = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef)]
    top = [n for n in module.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)]
    scopes.append(ast.Module(top, []))
    clocks |= {
        scope.name
        for scope in scopes
        if isinstance(scope, ast.FunctionDef)
        for node in ast.walk(scope)
        if isinstance(node, ast.Return) and reads(node, clocks, set())
    }
    found = set()
    for scope in scopes if clocks else ():
        moments = moments_of(scope, clocks)
        waits = {id(inner) for loop in ast.walk(scope) if isinstance(loop, ast.While)
                 for inner in ast.walk(loop.test)}  # fmt: skip
        found |= {
            node.lineno
            for node in ast.walk(scope)
            if isinstance(node, ast.Compare) and id(node) not in waits
            if reads(node, clocks, moments)
        }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(timed(node.value, node.lineno)) if "\n" in node.value else set()
    yield from (line + number - 1 for number in sorted(found))


def test_no_test_compares_what_a_clock_gives() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        if path != Path(__file__)  # whose examples are such
        for line in timed(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\nbegin = time.time()\nassert time.time() - begin < 5",
        "from time import monotonic as now\nbegin = now()\ntook = now() - begin\nassert took < 1",
        "import time\nbest = 9\nbest = min(best, time.monotonic() - 3)\nif best > 2: raise OSError",
        "import os\ndef used():\n    return sum(os.times()[:4])\nassert used() < 3",
        "import time as t\ndef test():\n    a, b = 1, t.time()\n    c = b - a\n    assert c < 1",
        "import timeit\nassert timeit.timeit('f()') < 1",
        "import resource\nx = resource.getrusage(0).ru_utime\nassert x < 1",
        "CODE = '''\nimport time\nb = time.time()\nassert time.time() - b < 1\n'''",
        "import time\nwhile True:\n    if time.time() > 5: break",
    ],
)
def test_a_duration_that_is_compared_is_seen(text: str) -> None:
    assert list(timed(text)) == [text.replace("'''", "").count("\n") + 1 - text.count("\n'''")]


@pytest.mark.parametrize(
    "text",
    [
        "import time\nold = time.time() - 3600\nutime(path, (old, old))\nassert read(path) == []",
        "import time\nend = time.monotonic() + 60\nwhile time.monotonic() < end: work()",
        "import time\ndef f():\n    a = time.time()\ndef test():\n    a = 1\n    assert a == 1",
        "found = window.times()\nassert found == [1, 2]",
        "import time\nprint(time.perf_counter())\nassert 1 < 2",
        "assert said == 'time: no time\\nat all'",
    ],
)
def test_a_clock_that_is_only_read_is_none(text: str) -> None:
    assert list(timed(text)) == []
