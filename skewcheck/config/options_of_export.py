"""The options of `export`: which language, and what of it."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import TEXT, choice

LANGUAGES = ("python", "javascript", "c", "java", "sql")
"""The languages of code; `skewcheck.repair.export.LANGUAGES` has a printer for each."""
DIALECTS = ("duckdb", "sqlite")

# fmt: off
TO = Option("to", choice(*LANGUAGES), "", "python, javascript, c, java or sql.", ("export",), "NAME",
    required=True)
TABLE_OF_SQL = Option("table", TEXT, None, "The table that the SELECT reads, with --to sql.",
    ("export",), "NAME")
DIALECT = Option("dialect", choice(*DIALECTS), None, "duckdb or sqlite, with --to sql.", ("export",),
    "NAME", otherwise="duckdb")
DTYPE = Option("dtype", choice("float64", "float32"), "float64",
    "float32: computed in float64, and what is served is rounded.", ("export",))
# fmt: on
