"""`skewcheck show`: what a parameter file says."""

from __future__ import annotations

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config.given import Given
from skewcheck.config.names import names as names_of


def show(
    parameters: o.Parameters,
    names: o.Names = None,
    format: o.Format = None,  # noqa: A002  # the option's name
    output: o.Output = None,
) -> int:
    """Say what a parameter file says.

    A table, or with --format json (and with -o) skewcheck's own file, whatever the format it was
    read from.
    """
    given = Given(o.given({"names": names, "format": format}))
    chosen = given.choice("format", ("terminal", "json"))
    from skewcheck import api
    from skewcheck.reports import parameter_table

    found = api.load(parameters, names_of(given))
    out.remark(found.notes, found.warnings)
    if chosen == "json" or (chosen is None and output is not None):
        text = api.dumps(found)
    else:
        text = (
            parameter_table.table(found, out.screen())
            if output is None
            else parameter_table.table(found)
        )
    if output is None:
        out.say(text)
    else:
        out.save([(output, text)])
    return 0
