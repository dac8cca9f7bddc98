"""`skewcheck verify`: whether a parameter file is what was locked."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.errors import UsageError
from skewcheck.listing import names as names_of
from skewcheck.options import Given

Files = Annotated[
    list[str], typer.Argument(metavar="PARAMETERS", help="Parameter files with a fingerprint.")
]
Model = Annotated[
    o.Text, typer.Option(metavar="FILE", help="The model, a file or folder, to compare its hash.")
]
Against = Annotated[
    o.Text, typer.Option(metavar="OLD", help="An older parameter file, or a foreign one.")
]


def verify(
    parameters: Files,
    model: Model = None,
    against: Against = None,
    names: o.Names = None,
    format: o.Format = None,  # noqa: A002  # the option's name
    output: o.Output = None,
) -> int:
    """Say whether parameter files are what was locked.

    Exits 1 if the normalization is not the one that the stored fingerprint is of, the model is
    another one, or anything differs from OLD; 2 if a file holds no fingerprint.
    """
    given = Given(o.given({"names": names, "format": format}))
    chosen = given.choice("format", ("terminal", "json"))
    for flag, value in (("--model", model), ("--against", against)):
        if value is not None and len(parameters) > 1:
            raise UsageError(f"{flag}: is of one parameter file, got {len(parameters)}")
    from skewcheck import verifying

    known = names_of(given)
    found = [
        verifying.verify(path, model=model, against=against, names=known) for path in parameters
    ]
    for one in found:
        for remark in one.remarks:
            out.tell(f"note: {remark}")
    if chosen == "json":
        text = verifying.dumps(found)
    else:
        text = "".join(verifying.text(one) for one in found)
    if output is None:
        out.say(text)
    else:
        out.save([(output, text)])
    return max(one.exit_code for one in found)
