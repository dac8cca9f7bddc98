"""The options of nights that a state folder remembers."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import POSITIVE
from skewcheck.results.nights import LEARN as LEARNT

# fmt: off
LEARN = Option("learn", POSITIVE, LEARNT, "Nights in --state before a shift over nights alarms.",
    ("audit", "policy"), "NIGHTS", toml=True)
NIGHTS_AHEAD = Option("nights", POSITIVE, None, "Also the standing shifts that so many nights show"
    " with --state.", ("power",), "NIGHTS", otherwise="none")
NIGHTS_BEFORE = Option("learn", POSITIVE, LEARNT, "Nights before these, that are only learnt from.",
    ("power",), "NIGHTS")
# fmt: on
