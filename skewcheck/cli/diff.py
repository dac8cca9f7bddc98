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
    from skewcheck.lock.diff import changes, remarks
    from skewcheck.reports.words.diff import lines, remark_lines

    files = api.load(old, listed), api.load(new, listed)
    differences = changes(*files)
    told = lines(differences) or ("no difference: both files normalize alike",)
    out.say("".join(f"{line}\n" for line in told))
    for remark in remark_lines(remarks(*files)):
        out.tell(f"note: {remark}")
    return 1 if differences else 0
