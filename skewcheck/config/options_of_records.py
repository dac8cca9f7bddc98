"""The options of how records become rows."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.config.conditions import CONDITIONS, JOIN_NAMES, SHARE_OF_ALL
from skewcheck.config.option import Option
from skewcheck.config.readers import DURATION, TEXT

_GATE = ("audit", "policy")
_COUNTED = (*_GATE, "profile", "bisect")

# fmt: off
LAYOUT = Option("layout", TEXT, None, "The layout of records by name, as docker or sagemaker.",
    _COUNTED, "NAME", toml=True, otherwise="what the log shows")
ROWS_WHERE = Option("where", CONDITIONS, (), "Only such records: kind=predict, !=, in. Repeatable.",
    _COUNTED, "PATH=VALUE", toml=True)
MAX_BAD = Option("max_bad", SHARE_OF_ALL, 0.01, "More records that cannot be decoded exit 2.",
    _GATE, toml=True)
JOIN = Option("join", JOIN_NAMES, (), "Rows are the records with the same value of that column.",
    _COUNTED, "COLUMN[=OTHER]", toml=True)
WITHIN = Option("within", DURATION, None, "Records joined lie no further apart in time.", _COUNTED,
    "24h", toml=True)
LAYOUT_ALONE = replace(LAYOUT, commands=("init",), toml=False)
WHERE_ALONE = replace(ROWS_WHERE, commands=("init",), toml=False)
# fmt: on
