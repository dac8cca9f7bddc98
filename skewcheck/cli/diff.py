"""`skewcheck diff`: what changed between two parameter files."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config.names import names as names_of
from skewcheck.config.options import GROUP_ALONE

_o = parameters_of("diff")


def diff(
    old: Annotated[str, _o("old")],
    new: Annotated[str, _o("new")],
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
) -> int:
    """Say what changed between parameter files.

    Exits 1 if they normalize differently; distributions are not compared.
    """
    flags = given("diff", locals())
    listed = names_of(flags)
    from skewcheck.lock.diff import changes, remarks
    from skewcheck.lock.pairing import load_pair
    from skewcheck.reports.words.diff import BY_POSITION, lines, remark_lines

    pair = load_pair(old, new, listed, GROUP_ALONE.of(flags))
    differences = changes(pair.old, pair.new)
    said = lines(differences) or ("no difference: both files normalize alike",)
    out.say("".join(f"{line}\n" for line in said))
    by_position = [BY_POSITION] if pair.by_position else []
    for remark in (*by_position, *remark_lines(remarks(pair.old, pair.new))):
        out.tell(f"note: {remark}")
    return 1 if differences else 0
