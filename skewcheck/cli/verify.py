"""`skewcheck verify`: whether a parameter file is what was locked."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config.given import Given
from skewcheck.config.names import names as names_of
from skewcheck.text.errors import UsageError

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
    from skewcheck.lock import verify

    known = names_of(given)
    found = [verify.verify(path, model=model, against=against, names=known) for path in parameters]
    for one in found:
        for remark in one.remarks:
            out.tell(f"note: {remark}")
    as_json = chosen == "json"
    text = verify.dumps(found) if as_json else "".join(verify.text(one) for one in found)
    if output is None:
        out.say(text)
    else:
        out.save([(output, text)])
    return max(one.exit_code for one in found)
