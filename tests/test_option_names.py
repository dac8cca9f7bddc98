"""A wrong option is named as whoever gave it writes it: on the command line, in a file, in Python.

The same mistakes are made in each of these ways, through the public doors.
"""

from __future__ import annotations

import ast
import json
import pickle
import re
from pathlib import Path

import pandas as pd
import pytest
from rides import Captured, frame, refused

import skewcheck
from skewcheck.testing import assert_no_skew
from skewcheck.text.errors import SkewcheckError

pytestmark = pytest.mark.usefixtures("folder")
ROOT = Path(skewcheck.__file__).parent

TIMES = "that can be read (timestamps, ISO 8601 text or epoch numbers)"
LOOKED = "looked for 'fare_r' and so on, found fare, count, pay ..."
Spelled = tuple[str, ...]
MISTAKES: list[tuple[dict[str, object], str, Spelled, Spelled, Spelled]] = [
    (
        {"features": "fair"}, "{}: no feature 'fair' in p.json (did you mean fare?)",
        ("--features",), ("skewcheck.toml: features",), ("audit(features=...)",),
    ),
    (
        {"exclude": "*"}, "{} leaves no feature of p.json",
        ("--exclude",), ("skewcheck.toml: exclude",), ("audit(exclude=...)",),
    ),
    (
        {"by": "hots"}, "{}: no column 'hots' in good.csv",
        ("--by",), ("skewcheck.toml: by",), ("audit(by=...)",),
    ),
    (
        {"cluster": "usr"}, "{}: no column 'usr' in good.csv; name one that every file has",
        ("--cluster",), ("skewcheck.toml: cluster",), ("audit(cluster=...)",),
    ),
    (
        {"min_rows": 5000}, "good.csv: 2,000 rows, fewer than {}",
        ("--min-rows 5,000",), ("min_rows 5,000 of skewcheck.toml",), ("min_rows=5000",),
    ),
    (
        {"state": "full"},
        "{}: holds other things and no state: name an empty or a new folder",
        ("--state full",), ("skewcheck.toml: state: full",), ("audit(state='full')",),
    ),
    (
        {"served": "{feature}_s"},
        "good.csv: no served column: looked for 'fare_s' and so on; {} says how they are named",
        ("--served",), ("served of skewcheck.toml",), ("served=...",),
    ),
    (
        {"raw": "{feature}_r"},
        f"good.csv: no column of any feature: {LOOKED}; {{}} and {{}} say how columns are named",
        ("--raw", "--served"), ("raw of skewcheck.toml", "--served"), ("raw=...", "served=..."),
    ),
    (
        {"every": "1h", "time_column": "pay"},
        f"{{}}: no row has a time in 'pay' {TIMES}; name another with {{}}",
        ("--every 1h", "--time-column"),
        ("skewcheck.toml: every: 1h", "time_column of skewcheck.toml"),
        ("audit(every='1h')", "time_column=..."),
    ),
    (
        {"baseline": "none.csv", "by": "pay"}, "{}: no rows: nothing to compare with",
        ("--baseline none.csv",), ("skewcheck.toml: baseline: none.csv",),
        ("audit(baseline='none.csv')",),
    ),
    (
        {"since": "2026-11-01"}, "{}: needs {} to know the time of a row",
        ("--since", "--time-column NAME"), ("skewcheck.toml: since", "--time-column NAME"),
        ("audit(since=...)", "time_column=NAME"),
    ),
]  # fmt: skip
"""Options of an audit, what is said of them, and how they are spelled in each of the ways."""


@pytest.fixture(autouse=True)
def _places(folder: Path) -> None:
    Path("full").mkdir()
    Path("full/other.txt").write_text("x")
    Path("none.csv").write_text("fare,count,pay\n")


@pytest.mark.parametrize(("options", "told", "flags", "file", "keywords"), MISTAKES)
def test_each_caller_reads_its_own_spelling(
    capsys: Captured,
    options: dict[str, object],
    told: str,
    flags: Spelled,
    file: Spelled,
    keywords: Spelled,
) -> None:
    command = ("audit", "p.json", "good.csv")
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    assert refused(capsys, *command, *words) == told.format(*flags)
    for function in (skewcheck.audit, assert_no_skew):
        with pytest.raises(SkewcheckError) as caught:
            function("p.json", "good.csv", **options)
        said = told.format(*keywords).replace("audit(", f"{function.__name__}(")
        assert str(caught.value) == said
        assert str(pickle.loads(pickle.dumps(caught.value))) == said  # noqa: S301  # of this line
    toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
    Path("skewcheck.toml").write_text(toml)
    assert refused(capsys, *command) == told.format(*file)
    # A flag wins over the file, and is what the error names.
    assert refused(capsys, *command, *words) == told.format(*flags)


def test_options_of_a_file_with_the_other_commands(capsys: Captured) -> None:
    Path("conf").mkdir()
    config = ("--config", "conf/a.toml")
    for text, words, told in (
        ('features = "fair"', "apply p.json good.csv -o out.csv", "features: no feature 'fair'"),
        ('features = "fair"', "power p.json", "features: no feature 'fair'"),
        ('normalize = ["zs"]', "fit good.csv", "normalize: no method 'zs' (did you mean zscore?)"),
        ('state = "runs"', "history", "state: conf/runs: no state there: `skewcheck audit --state"),
    ):
        Path("conf/a.toml").write_text(text)
        said = refused(capsys, *words.split(), *config)
        assert said.startswith(f"conf/a.toml: {told}")
    Path("conf/a.toml").write_text('history = ["old.json"]')
    assert refused(capsys, "audit", "p.json", "good.csv", *config).startswith("conf/old.json: can")


def unnamed() -> str:
    """Write a foreign file of two values without names."""
    Path("scaler.json").write_text('{"mean": [1.0, 2.0], "scale": [1.0, 1.0]}')
    return "scaler.json"


CALLS = [
    ("fit(LOG, normalize='zs')", "fit(normalize=...): no method 'zs' (did you mean zscore?)"),
    ("fit(LOG, normalize='minmax:pay')", "fit(normalize=...): pay is no number: minmax cannot"),
    ("fit(LOG, metric='mse')", "fit(metric=...): no metric 'mse'"),
    (
        "fit(LOG, metric='rmse')",
        "fit(metric=...): needs one prediction=... and one label=... to be taken of",
    ),
    (
        "fit(LOG, label='fare', prediction='fare')",
        "fit(label=...): 'fare' is the prediction=...: name another column",
    ),
    ("fit(LOG, model='none')", "fit(model=...): none: cannot read it (No such file"),
    ("fit(LOG, parameters=KNOWN, label='fair')", "fit(label=...): no feature 'fair' in the par"),
    ("apply(KNOWN, LOG, 'out.xls')", "apply(output=...): out.xls: the ending must be one of"),
    ("apply(KNOWN, LOG, 'out.csv', exclude='*')", "apply(exclude=...) leaves no feature of"),
    ("power(KNOWN, features=['fair'])", "power(features=...): no feature 'fair' in"),
    ("inject('drift', KNOWN, LOG, 'out.csv', share=2)", "inject(share=...): must be above 0"),
    (
        "inject('drift', KNOWN, LOG, 'out.csv', numbers={'x': 1})",
        "inject: numbers=...: no key 'x' for this fault",
    ),
    (
        "inject('drift', KNOWN, LOG, 'out.csv', feature='fare', numbers={'shift': 0})",
        "fare: numbers=... shift: must not be 0",
    ),
    (
        "inject('drift', KNOWN, LOG, 'out.csv', where={'pay': 'Gold'})",
        "inject: no row is affected by where={'pay': 'Gold'} share=1.0: nothing is written",
    ),
    (
        "inject('swapped_features', KNOWN, LOG, 'out.csv', feature='fare')",
        "swapped_features needs two numbers: feature=('a', 'b') swaps these two",
    ),
    ("load(unnamed())", "scaler.json: does not name its 2 values; names=('a', 'b', 'c') or"),
    ("load(unnamed(), ['a'])", "scaler.json: holds 2 values, but names=... gives 1 names"),
    ("load('p.json', ['a'])", "p.json: names its features itself; leave names=... out"),
    ("diff('p.json', unnamed())", "scaler.json: does not name its 2 values; names="),
    ("verify('p.json', against=unnamed())", "scaler.json: does not name its 2 values; names="),
]
"""Calls of the Python API, and what their errors say."""


@pytest.mark.parametrize(("call", "told"), CALLS)
def test_every_function_of_the_api_names_its_keywords(call: str, told: str) -> None:
    log = pd.read_csv("good.csv")
    names = {"LOG": log, "KNOWN": skewcheck.fit(frame()), "unnamed": unnamed}
    names |= {name: getattr(skewcheck, name) for name in skewcheck.__all__}
    with pytest.raises(SkewcheckError) as caught:
        eval(call, names)  # noqa: S307  # one of the calls above
    assert str(caught.value).startswith(told)
    assert not re.search(r"(^| )--[a-z]", str(caught.value))


FLAG = re.compile(r"(?<![\w`-])--[a-z]")
ELSEWHERE = {
    "cli": "the command line itself",
    "reports": "reports name options by their flags, whoever asked for them",
    "catalogue": "what `explain` and the reports say of a code",
    "simulate/demo": "the README of the demo is of the command line",
    "repair/bisect/repository": "flags of git",
}
"""Where flags are written: everywhere else an error carries the key."""
NOTES = {"parameters/columns.py", "parameters/spark/table.py"}
"""Files with a note, which is for reports."""


def flags_in(path: Path) -> list[str]:
    """Return the texts of a module, but for docstrings and commands in backticks, with a flag."""
    tree = ast.parse(path.read_text("utf-8"))
    documents = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in documents)
    values = (re.sub(r"`[^`]*`", "", n.value) for n in texts if isinstance(n.value, str))
    return [value for value in values if FLAG.search(value)]


def test_no_flag_is_written_below_the_command_line_and_the_reports() -> None:
    paths = {path: path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py")}
    below = [p for p, name in paths.items() if not name.startswith(tuple(ELSEWHERE))]
    assert len(below) > 200
    assert {paths[path] for path in below if flags_in(path)} == NOTES | {
        "config/given.py",
        "config/options.py",
        "config/options_of_accept.py",
        "config/options_of_state.py",
    }
