"""`skewcheck diff`: what changed between two parameter files."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config.given import Given
from skewcheck.config.names import names as names_of

Old = Annotated[str, typer.Argument(metavar="OLD", help="Parameter file.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="Parameter file.")]


def diff(old: Old, new: New, names: o.Names = None) -> int:
    """Say what changed between parameter files.

    Exits 1 if they normalize differently; distributions are not compared.
    """
    from skewcheck import api
    from skewcheck.lock import diff

    known = names_of(Given(o.given({"names": names})))
    files = api.load(old, known), api.load(new, known)
    changes = diff.changes(*files)
    lines = changes or ("no difference: both files normalize alike",)
    out.say("".join(f"{line}\n" for line in lines))
    for remark in diff.remarks(*files):
        out.tell(f"note: {remark}")
    return 1 if changes else 0
