"""`skewcheck power`: what an audit of so many rows would catch."""

from functools import partial
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli import progress as progress_bar
from skewcheck.cli.options import Number, Text, Texts, Whole, configured, given, parameters_of
from skewcheck.config import options as o
from skewcheck.text.errors import naming

_o = parameters_of("power")


def _advanced(advance: progress_bar.Advance, done: int, total: int, feature: str) -> None:
    advance(done, done, total, feature)


def power(
    parameters: Annotated[str, _o("parameters")],
    rows: Annotated[Whole, _o("rows")] = None,
    audits: Annotated[Whole, _o("audits")] = None,
    nights: Annotated[Whole, _o("nights")] = None,
    learn: Annotated[Whole, _o("learn")] = None,
    names: Annotated[Texts, _o("names")] = None,
    group: Annotated[Text, _o("group")] = None,
    features: Annotated[Texts, _o("features")] = None,
    exclude: Annotated[Texts, _o("exclude")] = None,
    alpha: Annotated[Number, _o("alpha")] = None,
    thresholds: Annotated[Texts, _o("thresholds")] = None,
    fail_on: Annotated[Text, _o("fail_on")] = None,
    config: Annotated[Text, _o("config")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
) -> int:
    """Say what an audit of so many rows would catch, and how often it would cry wolf.

    Per feature the smallest changes that an audit under the current policy would fail on, with
    a probability of 80 and of 99 %; from the distributions in the parameter file. A number
    that is expanded to several is a feature for each, as in audits: changes are of the number.
    """
    flags = given("power", locals())
    chosen = o.FORMAT_ON_SCREEN.of(flags)
    size, logs = o.ROWS.of(flags), o.AUDITS.of(flags)
    settings, options = configured("power", flags)
    nights_before = o.NIGHTS_BEFORE.of(options)
    from skewcheck import api
    from skewcheck.reports import power

    with naming(options.origin), progress_bar.shown(True, progress_bar.of_name) as advance:
        result = api.power(
            parameters, size, settings, audits=logs, nights=o.NIGHTS_AHEAD.of(flags),
            learn=nights_before, progress=advance and partial(_advanced, advance),
        )  # fmt: skip
    if chosen == "json":
        text = power.dumps(result)
    else:
        text = power.table(result, out.screen()) if output is None else power.table(result)
    out.write(text, output, [parameters, settings.file and settings.file.path])
    return 0
