"""Options of gates: what a settings file says is audited, and which of its gates is meant."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import PATH, PATHS, TEXT

# fmt: off
PARAMETERS_OF_GATE: Option[str | None] = Option("parameters", PATH, None,
    "Parameter file or folder: skewcheck's or another's.", ("audit",), "PARAMETERS", toml=True,
    path=True, argument=True, otherwise="those of the settings file")
LOGS_OF_GATE: Option[tuple[str, ...]] = Option("logs", PATHS, (),
    "Files, folders, globs, URLs, or - for stdin.", ("audit",), "LOGS", toml=True, path=True,
    argument=True, otherwise="those of the settings file")
GATE: Option[str | None] = Option("gate", TEXT, None,
    "The settings of [audit.NAME] in that file, before its others.", ("audit", "policy"), "NAME")
# fmt: on
