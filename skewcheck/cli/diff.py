"""`skewcheck diff`: what changed between two parameter files."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Texts, given, parameters_of
from skewcheck.config.names import names as names_of

_o = parameters_of("diff")


def diff(
    old: Annotated[str, _o("old")],
    new: Annotated[str, _o("new")],
    names: Annotated[Texts, _o("names")] = None,
) -> int:
    """Say what changed between parameter files.

    Exits 1 if they normalize differently; distributions are not compared.
    """
    listed = names_of(given("diff", locals()))
    from skewcheck import api
    from skewcheck.lock import diff

    files = api.load(old, listed), api.load(new, listed)
    changes = diff.changes(*files)
    lines = changes or ("no difference: both files normalize alike",)
    out.say("".join(f"{line}\n" for line in lines))
    for remark in diff.remarks(*files):
        out.tell(f"note: {remark}")
    return 1 if changes else 0
