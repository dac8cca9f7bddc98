"""`skewcheck check-rows`: whether a server's answers to the golden rows are right."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Flag, Text, Texts, given, parameters_of
from skewcheck.config import options as o
from skewcheck.config.names import names as names_of

_o = parameters_of("check-rows")


def check_rows(
    parameters: Annotated[str, _o("parameters")],
    answers: Annotated[str, _o("answers")],
    names: Annotated[Texts, _o("names")] = None,
    no_values: Annotated[Flag, _o("no_values")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Compare a server's answers with the golden rows.

    Numbers are right within float32 arithmetic and seven printed digits. Exits 1 and names the
    cause if one is wrong, 3 if rows are not answered and the others are right.
    """
    flags = given("check-rows", locals())
    chosen = o.FORMAT_OF_ROWS.of(flags)
    from skewcheck.lock.conformance import check_rows as compare
    from skewcheck.reports.conformance import FORMATS, without_values

    check = compare(parameters, answers, names=names_of(flags))
    if o.NO_VALUES_OF_ROWS.of(flags):
        check = without_values(check)
    out.write(FORMATS[chosen](check), output, [parameters, answers])
    return check.exit_code
