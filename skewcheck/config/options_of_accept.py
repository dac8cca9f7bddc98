"""The options of `accept` alone."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import MOMENT_OR_NOW, PATH, TEXT

# fmt: off
STATE_TO_RESET = Option("state", PATH, None, "The folder that audits with --state FOLDER wrote.",
    ("accept",), "FOLDER", path=True)
ACCEPTED_UNTIL = Option("until", MOMENT_OR_NOW, None, "now, or up to when (UTC) nights no longer"
    " count.", ("accept",), "now|TIME", required=True)
WHY = Option("why", TEXT, "", "What changed: history and reports show it.", ("accept",), "TEXT",
    required=True)
# fmt: on
