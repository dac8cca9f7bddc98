"""`skewcheck bisect`: the commit whose numbers production uses."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, Whole, configured, given, parameters_of
from skewcheck.config import options as o
from skewcheck.text.errors import naming

_o = parameters_of("bisect")


def bisect(
    logs: Annotated[list[str], _o("logs")],
    parameters: Annotated[str, _o("parameters")],
    repo: Annotated[Text, _o("repo")] = None,
    reference: Annotated[Text, _o("reference")] = None,
    raw: Annotated[Text, _o("raw")] = None,
    served: Annotated[Text, _o("served")] = None,
    features: Annotated[Texts, _o("features")] = None,
    exclude: Annotated[Texts, _o("exclude")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    null_values: Annotated[Texts, _o("null_values")] = None,
    version: Annotated[Whole, _o("version")] = None,
    as_of: Annotated[Text, _o("as_of")] = None,
    sql: Annotated[Text, _o("sql")] = None,
    join: Annotated[Text, _o("join")] = None,
    within: Annotated[Text, _o("within")] = None,
    columns: Annotated[Texts, _o("columns")] = None,
    layout: Annotated[Text, _o("layout")] = None,
    where: Annotated[Texts, _o("where")] = None,
    since: Annotated[Text, _o("since")] = None,
    until: Annotated[Text, _o("until")] = None,
    last: Annotated[Text, _o("last")] = None,
    time_column: Annotated[Text, _o("time_column")] = None,
    by: Annotated[Texts, _o("by")] = None,
    config: Annotated[Text, _o("config")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Say which commit has the numbers that production uses.

    PATH is a parameter file of any format, or code that holds the numbers. The commit's hash is
    the first line. Exit code 1: no version of the file fits.
    """
    flags = given("bisect", locals())
    settings, options = configured("bisect", flags)
    from skewcheck import bisecting
    from skewcheck.reports import bisect

    with naming(options.origin):
        result = bisecting.bisect(logs, parameters, repo, settings=settings)
    json = o.FORMAT_ON_SCREEN.of(flags) == "json"
    out.write(bisect.dumps(result) if json else bisect.text(result), output, [parameters, *logs])
    return 0 if result.fit is not None or result.uses_today else 1
