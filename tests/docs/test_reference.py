"""docs/reference.md is what `make reference` writes, and names all that there is."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.codes import codes
from skewcheck.catalogue.tests import TESTS
from skewcheck.cli import COMMANDS
from skewcheck.config.options import every
from skewcheck.features.steps import OPS
from skewcheck.parameters import native, references
from skewcheck.reports.json import schema

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "reference.md").read_text("utf-8")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    sys.path.insert(0, str(DOCS))  # as a script has its own folder
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_script_makes(maker: ModuleType) -> None:
    assert maker.reference() == PAGE, "run `make reference`, and read the diff"


def test_the_script_prints_the_page() -> None:
    command = [sys.executable, str(DOCS / "make_reference.py"), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_of_a_command_has_a_row(command: str) -> None:
    section = PAGE.partition(f"\n### {command}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    options = [option for option in every() if command in option.commands]
    assert len(rows) == len(options)
    for option in options:
        (row,) = [row for row in rows if row.startswith(f"| `{option.flag}`")]
        assert option.text in row.replace("\\|", "|")
        assert (row.split(" | ")[1] == f"`{option.key}`") == option.toml


@pytest.mark.parametrize(
    "row",
    [
        "| `--alpha` | `alpha` | `alpha` | number between 0 and 1 | `0.01` | Chance of",
        "| `--set` `key=value` |  | `numbers` | list of texts |  | The fault's",
        "| `--baseline` `NAME\\|FILE` | `baseline` | `baseline` | `previous`, `same-hour`, a path",
        "| `--output`, `-o` `FILE` |  | `output` | path | required | Where to write",
        "| `--normalize` `METHOD[:a,b]` | `normalize` | `normalize` | list of texts | `zscore` |",
        "| `3` | inconclusive | No skew found",
    ],
)
def test_rows_as_they_are_read(row: str) -> None:
    assert f"\n{row}" in PAGE


def test_cells_are_escaped(maker: ModuleType) -> None:
    made = maker.table(["a", "b"], [["x|y", "two\n  lines"]])
    assert made == "| a | b |\n| --- | --- |\n| x\\|y | two lines |\n"


def test_each_key_of_a_parameter_file_has_a_row(maker: ModuleType) -> None:
    formats = maker.formats
    assert tuple(formats.FILE_KEYS) == native._ROOT_KEYS
    assert tuple(formats.FEATURE_KEYS) == native._FEATURE_KEYS
    numeric = tuple(k for k, (of, _) in formats.REFERENCE_KEYS.items() if of != "categorical")
    assert numeric == references._NUMERIC_KEYS
    categorical = {k for k, (of, _) in formats.REFERENCE_KEYS.items() if of != "numeric"}
    assert categorical == {*references._CATEGORICAL_KEYS}


@pytest.mark.parametrize(
    "code", [*OPS, *TESTS, *CAUSES, *codes()["warnings"], *codes()["verdicts"]]
)
def test_each_code_has_a_row(code: str) -> None:
    assert f"\n| `{code}` | " in PAGE


def test_each_key_of_the_report_has_a_row() -> None:
    def names(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node.get("properties", {})
            for value in node.values():
                yield from names(value)
        if isinstance(node, list):
            for value in node:
                yield from names(value)

    section = PAGE.partition("\n## JSON report\n")[2].partition("\n## ")[0]
    for name in names(schema()):
        assert re.search(rf"[`.: ]{name}`", section), name
