"""`skewcheck inject`: writes logs as a faulty server would have written them."""

import math
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import (
    Number,
    Text,
    Texts,
    Whole,
    configured,
    given,
    parameters_of,
)
from skewcheck.config import options_of_inject as only
from skewcheck.config.given import Given
from skewcheck.config.options import Option
from skewcheck.text.errors import naming

_o = parameters_of("inject")
WIDTH = 78
"""Columns of the list below the options: help has 80, and two of them are an indent."""


def inject(
    fault: Annotated[str, _o("fault")],
    parameters: Annotated[str, _o("parameters")],
    logs: Annotated[list[str], _o("logs")],
    output: Annotated[str, _o("output")],
    feature: Annotated[Texts, _o("feature")] = None,
    share: Annotated[Number, _o("share")] = None,
    where: Annotated[Texts, _o("where")] = None,
    since: Annotated[Text, _o("since")] = None,
    time_column: Annotated[Text, _o("time_column")] = None,
    seed: Annotated[Whole, _o("seed")] = None,
    numbers: Annotated[Texts, _o("numbers")] = None,
    history: Annotated[Texts, _o("history")] = None,
    by_file: Annotated[Text, _o("by_file")] = None,
    raw: Annotated[Text, _o("raw")] = None,
    served: Annotated[Text, _o("served")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    null_values: Annotated[Texts, _o("null_values")] = None,
    version: Annotated[Whole, _o("version")] = None,
    as_of: Annotated[Text, _o("as_of")] = None,
    sql: Annotated[Text, _o("sql")] = None,
    columns: Annotated[Texts, _o("columns")] = None,
    config: Annotated[Text, _o("config")] = None,
) -> int:
    """Write logs as a faulty server would have.

    Served columns stand beside the raw ones: right, but for the rows that have the fault.
    """
    flags = given("inject", locals())
    settings, options = configured("inject", flags)
    if by_file not in (None, "file"):
        raise only.BY_FILE.error(flags, f"must be file, got {by_file[:60]!r}")
    from skewcheck import api

    out.refuse_inputs([output], [parameters, *logs, *settings.history])
    with naming(options.origin):
        done = api.inject(
            fault, parameters, logs, output, settings,
            share=only.SHARE.of(flags), seed=only.SEED.of(flags), by_file=by_file is not None,
            feature=list(only.AFFECTED.of(flags)),
            where=_pairs(only.WHERE, flags),
            numbers={key: _value(text) for key, text in _pairs(only.NUMBERS, flags).items()},
        )  # fmt: skip
    out.remark(done.notes)
    out.tell(
        f"{done.rows:,} rows written to {output}, {done.affected:,} of them with {fault}"
        f" in {', '.join(done.features)}"
    )
    return 0


def epilog() -> str:
    """Return what stands below the options of `--help`: the faults and their settings.

    Click keeps the lines of a paragraph that begins with a backspace as they are.
    """
    from skewcheck.reports.explain import injectable  # only help needs it

    return f"\b\n{injectable(WIDTH)}"


def _pairs(option: Option[tuple[str, ...]], flags: Given) -> dict[str, str]:
    """Split the texts `key=value` of an option."""
    pairs = {}
    for text in option.of(flags):
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise option.error(flags, f"must be key=value, got {text[:60]!r}")
        pairs[key] = value
    return pairs


def _value(text: str) -> float | str | bool:
    """Return a finite number as one, true and false as booleans, all else as text."""
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
