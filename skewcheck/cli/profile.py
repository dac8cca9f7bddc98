"""`skewcheck profile`: counts logs where they lie, for an audit elsewhere."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Text, Texts, Whole, configured, given, parameters_of
from skewcheck.text.errors import naming

_o = parameters_of("profile")


def profile(
    parameters: Annotated[str, _o("parameters")],
    logs: Annotated[list[str], _o("logs")],
    output: Annotated[str, _o("output")],
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
    every: Annotated[Text, _o("every")] = None,
    by: Annotated[Texts, _o("by")] = None,
    cluster: Annotated[Text, _o("cluster")] = None,
    settle: Annotated[Text, _o("settle")] = None,
    no_sample: Annotated[Flag, _o("no_sample")] = None,
    config: Annotated[Text, _o("config")] = None,
) -> int:
    """Count logs where they lie, for an audit elsewhere.

    `skewcheck audit PARAMETERS a.skw b.skw` then gives the report of the rows, which stay here.
    """
    settings, options = configured("profile", given("profile", locals()))
    from skewcheck import profiling

    out.refuse_inputs([output], [parameters, *logs, settings.reference])
    with naming(options.origin):
        rows = profiling.profile(parameters, logs, output, sample=not no_sample, settings=settings)
    out.tell(f"{rows:,} rows counted; their profile is written to {output}")
    return 0
