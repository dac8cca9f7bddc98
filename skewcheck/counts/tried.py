"""Scopes over which rows may have been normalized, other than training's."""

from __future__ import annotations

from typing import NamedTuple

MAX_HARM = 0.008
"""Standard deviations between right values and those of another scope that need not be told apart:
a little less than a model may notice (`parity.RESOLUTION`), as it is computed of some of the rows.
"""


class Tried(NamedTuple):
    """A scope over which rows may have been normalized."""

    over: str
    length: int | None
    ddof: int
    method: str
    """That of the step; `centred` of a server that does not divide, `variance` of one that divides
    by it.
    """
    by: str | None
