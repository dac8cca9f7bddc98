"""`skewcheck history`: what earlier audits said."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Text, Texts, given, parameters_of, with_file
from skewcheck.config import options as o
from skewcheck.text.errors import UsageError, naming

_o = parameters_of("history")


def history(
    state: Annotated[Text, _o("state")] = None,
    features: Annotated[Texts, _o("features")] = None,
    config: Annotated[Text, _o("config")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
    verbose: Annotated[Flag, _o("verbose")] = None,
) -> int:
    """Show the verdicts that audits with --state FOLDER left there, and how features moved.

    With --features a,b* only those, also where nothing was wrong with them.
    """
    flags = given("history", locals())
    chosen, patterns = o.FORMAT_OF_HISTORY.of(flags), o.FEATURES_ALONE.of(flags)
    options = with_file(flags)
    folder = o.STATE_TO_READ.of(options)
    if folder is None:
        raise UsageError("--state FOLDER is needed: the one that audits were given")
    from skewcheck.reports import history

    with naming(options.origin):
        past = history.chosen(history.recorded_runs(folder), patterns)
        damage = history.damage(folder)
    screen = out.screen(verbose=o.VERBOSE_HISTORY.of(flags))
    if chosen == "html":
        text = history.page(past, folder)
    elif chosen == "json":
        text = history.dumps(past)
    elif output is None:
        text = history.table(past, screen, named=bool(patterns))
    else:
        text = history.table(past, named=bool(patterns))
    out.refuse_places([output], folder)
    out.write(text, output, [])
    for line in history.accepted_lines(folder):
        out.tell(f"note: {line}")
    if damage is not None:
        out.tell(f"note: {damage}")
    return 0
