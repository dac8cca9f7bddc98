"""`skewcheck explain`: what a code means."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import output as out

Code = Annotated[
    str | None,
    typer.Argument(
        metavar="[CODE]", help="A test, verdict, exit code or cause.", show_default=False
    ),
]


def explain(code: Code = None) -> int:
    """Say what a code means and what to do.

    Without a code all of them are listed.
    """
    import shutil

    from skewcheck.reports import explain as texts

    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    out.say(texts.overview(width) if code is None else texts.explained(code, width))
    return 0
