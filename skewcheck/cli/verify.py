"""`skewcheck verify`: whether a parameter file is what was locked."""

from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, Texts, given, parameters_of
from skewcheck.config import options as o
from skewcheck.config.names import names as names_of

_o = parameters_of("verify")


def verify(
    parameters: Annotated[list[str], _o("parameters")],
    model: Annotated[Text, _o("model")] = None,
    against: Annotated[Text, _o("against")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Say whether parameter files are what was locked.

    Exits 1 if the normalization is not the one that the stored fingerprint is of, the model is
    another one, or anything differs from OLD; 2 if a file holds no fingerprint.
    """
    flags = given("verify", locals())
    chosen = o.FORMAT_ON_SCREEN.of(flags)
    for option in (o.MODEL_TO_COMPARE, o.AGAINST):
        if option.of(flags) is not None and len(parameters) > 1:
            raise option.error(flags, f"is of one parameter file, got {len(parameters)}")
    listed = names_of(flags)
    from skewcheck.lock import verify
    from skewcheck.reports.verification import dumps, text
    from skewcheck.reports.words.diff import BY_POSITION, remark_lines

    checks = [
        verify.verify(p, model=model, against=against, names=listed, group=o.GROUP_ALONE.of(flags))
        for p in parameters
    ]
    for check in checks:
        by_position = [BY_POSITION] if check.by_position else []
        for remark in (*by_position, *remark_lines(check.remarks)):
            out.tell(f"note: {remark}")
    report = dumps(checks) if chosen == "json" else "".join(map(text, checks))
    out.write(report, output, [*parameters, model, against])
    return max(check.exit_code for check in checks)
