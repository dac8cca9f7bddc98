"""`skewcheck explain`: what a code means."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, parameters_of

_o = parameters_of("explain")


def explain(code: Annotated[Text, _o("code")] = None) -> int:
    """Say what a code means and what to do.

    Without a code all of them are listed.
    """
    import shutil

    from skewcheck.reports import explain as texts

    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    out.say(texts.overview(width) if code is None else texts.explained(code, width))
    return 0
