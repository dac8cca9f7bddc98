"""The options of nights that a state folder remembers."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import MOMENT_OR_NOW, PATH, POSITIVE, TEXT
from skewcheck.results.nights import LEARN as LEARNT

# fmt: off
LEARN = Option("learn", POSITIVE, LEARNT, "Nights in --state before a shift over nights alarms.",
    ("audit", "policy"), "NIGHTS", toml=True)
NIGHTS_AHEAD = Option("nights", POSITIVE, None, "Also the standing shifts that so many nights show"
    " with --state.", ("power",), "NIGHTS", otherwise="none")
NIGHTS_BEFORE = Option("learn", POSITIVE, LEARNT, "Nights before these, that are only learnt from.",
    ("power",), "NIGHTS")
STATE_TO_RESET = Option("state", PATH, None, "The folder that audits with --state FOLDER wrote.",
    ("accept",), "FOLDER", path=True)
ACCEPTED_UNTIL = Option("until", MOMENT_OR_NOW, None, "now, or up to when (UTC) nights no longer"
    " count.", ("accept",), "now|TIME", required=True)
WHY = Option("why", TEXT, "", "What changed: history and reports show it.", ("accept",), "TEXT",
    required=True)
# fmt: on
