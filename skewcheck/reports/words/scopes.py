"""Scopes of rows in words."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.counts.tried import Tried
from skewcheck.text.printable import printable
from skewcheck.text.templates import filled


def scope_text(scope: object) -> str:
    """Return a scope of rows as `windows of 24 rows (ddof 1) by store`."""
    if not isinstance(scope, Tried):
        return str(scope)
    of = f"of {scope.length:,} rows" if scope.length else ""
    names = {
        "row": "each row", "window": f"windows {of}", "running": "all rows so far",
        "batch": f"batches {of}" if of else "each file",
        "restarted": f"all rows since their statistics began anew, first in row {scope.length}",
        "decaying": f"rows that count less the older they are, as of the last {scope.length:,}"
        if scope.length else "",
        "earlier": "all rows before each, without it",
    }  # fmt: skip
    hows = {
        "zscore": f"ddof {scope.ddof}", "centred": "only centred",
        "variance": "divided by the variance",
    }  # fmt: skip
    how = hows.get(scope.method, scope.method)
    by = f" by {printable(scope.by, 40)}" if scope.by else ""
    return f"{names[scope.over]} ({how}){by}"


def rivals_text(scopes: object) -> str:
    """Return scopes of a note or a reason as `all rows so far (ddof 1) or ...`."""
    several = scopes if isinstance(scopes, tuple) else ()
    return " or ".join(scope_text(scope) for scope in several)


def rival_scopes(parameters: Mapping[str, object]) -> str:
    """Return the note on which other scopes the rows do not tell from training's."""
    scopes = rivals_text(parameters.get("scopes"))
    return filled("{features:few 3}: ", parameters) + filled(
        f"the log does not tell training's scope from {scopes}: right values would be"
        " {limit:.2g} standard deviations from those at most",
        parameters,
    )
