"""`skewcheck accept`: a change that is meant to stay, so that nights before it no longer count."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, given, parameters_of, with_file
from skewcheck.config import options_of_accept as only
from skewcheck.text.errors import UsageError, naming

_o = parameters_of("accept")


def accept(
    parameters: Annotated[str, _o("parameters")],
    until: Annotated[str, _o("until")],
    why: Annotated[str, _o("why")],
    state: Annotated[Text, _o("state")] = None,
    config: Annotated[Text, _o("config")] = None,
) -> int:
    """Accept that features stand where they now are: shifts over nights begin anew.

    What nights until then said of these parameters no longer counts, and later ones are compared
    with each other, after as many nights as --learn says. A night's own tests stay as they are,
    and reports tell how far features then stand from training, whatever was accepted before.
    """
    flags = given("accept", locals())
    options = with_file(flags)
    folder = only.STATE_TO_RESET.of(options)
    if folder is None:
        raise UsageError("--state FOLDER is needed: the one that audits were given")
    moment, reason = only.ACCEPTED_UNTIL.of(flags), only.WHY.of(flags).strip()
    if moment is None or not reason:
        raise UsageError("--until now (or TIME) and --why TEXT are needed: reports show both")
    from skewcheck.engine.memory.accepting import accept_until

    with naming(options.origin):
        until_text = accept_until(parameters, folder, moment, reason)
    out.say(f"accepted until {until_text[:16].replace('T', ' ')} UTC\n")
    return 0
