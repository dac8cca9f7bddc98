"""The options of `inject` alone: the fault, and which rows have it."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import INTEGER, NAMES, NUMBER, TEXT, TEXTS

# fmt: off
AFFECTED = Option("feature", NAMES, (), "Only these have it.", ("inject",), "a,b*",
    otherwise="all that can")
SHARE = Option("share", NUMBER, 1.0, "The share of the rows that have it.", ("inject",))
WHERE = Option("where", TEXTS, (), "Only rows with that value. Repeatable.", ("inject",),
    "host=web-7")
SEED = Option("seed", INTEGER, 0, "Another seed, other rows.", ("inject",))
NUMBERS = Option("numbers", TEXTS, (), "The fault's numbers, as std=12.9. Repeatable.", ("inject",),
    "key=value")
BY_FILE = Option("by_file", TEXT, None, "recomputed_parameters: of each file by itself.",
    ("inject",), "file")
# fmt: on
