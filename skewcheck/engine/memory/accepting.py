"""Accept a change in a state folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from skewcheck.engine.memory import marked, opened
from skewcheck.engine.memory.nights import Log, add_accepted
from skewcheck.parameters import load
from skewcheck.results.nights import Accepted
from skewcheck.text.errors import OptionName, UsageError


def accept_until(parameters: str, folder: str, moment: datetime, why: str) -> str:
    """Store that what changed until a moment is accepted; return the moment as ISO time, UTC.

    UsageError where there is no state, or the moment has not come.
    """
    path = Path(folder)
    if not path.exists() or not marked(path):
        raise UsageError(
            OptionName("state", folder), ": no state there: `skewcheck audit --state` makes one"
        )
    until = moment.astimezone(UTC)
    if until > datetime.now(UTC):
        raise UsageError(OptionName("until"), ": nights that have not come cannot be accepted")
    known = load(parameters)
    change = Accepted(until.isoformat(timespec="seconds"), why)
    with opened(folder) as state:
        add_accepted(state.folder, Log(known.path or "", known.fingerprint, ()), change)
    return change.until
