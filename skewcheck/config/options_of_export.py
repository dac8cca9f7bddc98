"""The options of `export` alone: which language, and what of it."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.config.option import Option
from skewcheck.config.options import EXCLUDE, listed
from skewcheck.config.readers import TEXT, choice

LANGUAGES = ("python", "javascript", "c", "java", "sql")
"""The languages of code; `skewcheck.repair.export.LANGUAGES` has a printer for each."""
DIALECTS = ("duckdb", "sqlite")
"""The databases of SQL; `skewcheck.repair.export.dialects` has them."""
_COMMANDS = ("export",)

# fmt: off
TO = Option("to", choice(*LANGUAGES), "", f"{listed(LANGUAGES)}.", _COMMANDS, "NAME", required=True)
TABLE_OF_SQL = Option("table", TEXT, None, "The table that the SELECT reads, of SQL.", _COMMANDS,
    "NAME")
DIALECT = Option("dialect", choice(*DIALECTS), None, f"{listed(DIALECTS)}, of SQL.", _COMMANDS,
    "NAME", otherwise="duckdb")
DTYPE = Option("dtype", choice("float64", "float32"), "float64",
    "float32: computed in float64, and what is served is rounded.", _COMMANDS)
EXCLUDE_ALONE = replace(EXCLUDE, commands=_COMMANDS, toml=False)
# fmt: on
