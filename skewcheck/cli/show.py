"""`skewcheck show`: what a parameter file says."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config.names import names as names_of
from skewcheck.config.options import FORMAT_OF_FILE, GROUP_ALONE

_o = parameters_of("show")


def show(
    parameters: Annotated[str, _o("parameters")],
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Say what a parameter file says.

    A table, or with --format json (and with -o) skewcheck's own file, whatever the format it was
    read from.
    """
    flags = given("show", locals())
    chosen = FORMAT_OF_FILE.of(flags) or ("terminal" if output is None else "json")
    from skewcheck import api
    from skewcheck.config.loading import of_group
    from skewcheck.reports import parameter_table

    loaded = of_group(api.load(parameters, names_of(flags)), GROUP_ALONE.of(flags))
    out.remark(loaded.notes, loaded.warnings)
    if chosen == "json":
        text = api.dumps(loaded)
    elif output is None:
        text = parameter_table.table(loaded, out.screen())
    else:
        text = parameter_table.table(loaded)
    # A file of ours may be written anew, with its fingerprint; another's would be lost.
    anew = chosen == "json" and "format" not in loaded.model
    out.write(text, output, [] if anew else [parameters])
    return 0
