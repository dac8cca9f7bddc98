"""`skewcheck apply`: writes the logs as training would have normalized them."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, Whole, configured, given, parameters_of
from skewcheck.text.errors import naming

_o = parameters_of("apply")


def apply(
    parameters: Annotated[str, _o("parameters")],
    logs: Annotated[list[str], _o("logs")],
    output: Annotated[str, _o("output")],
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
    columns: Annotated[Texts, _o("columns")] = None,
    config: Annotated[Text, _o("config")] = None,
) -> int:
    """Write logs as training normalizes them."""
    settings, options = configured("apply", given("apply", locals()))
    from skewcheck import api

    out.refuse_inputs([output], [parameters, *logs])
    with naming(options.origin):
        rows = api.apply(parameters, logs, output, settings)
    out.tell(f"{rows:,} rows written to {output}")
    return 0
