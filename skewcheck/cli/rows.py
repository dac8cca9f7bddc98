"""`skewcheck rows`: a parameter file's golden rows, as a conformance test for servers."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config.names import names as names_of

_o = parameters_of("rows")


def rows(
    parameters: Annotated[str, _o("parameters")],
    names: Annotated[Texts, _o("names")] = None,
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Write inputs with the outputs that a right server gives.

    JSON Lines, at most 100, always the same: {"id": 0, "input": {...}, "expected": {...}}. Feed
    each input to the server, write {"id": 0, "output": {...}}, and let check-rows compare.
    """
    listed = names_of(given("rows", locals()))
    from skewcheck.lock.conformance import dumps, golden
    from skewcheck.reports.words.conformance import left_out

    golden_rows = golden(parameters, listed)
    out.write(dumps(golden_rows), output, [parameters])
    for line in left_out(golden_rows.left_out):
        out.tell(f"note: {line}")
    return 0
