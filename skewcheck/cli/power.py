"""`skewcheck power`: what an audit of so many rows would catch."""

from __future__ import annotations

from typing import Annotated

import typer

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config.given import Given

Rows = Annotated[int | None, typer.Option(help="Rows of the log.  [default: 2000]")]
Audits = Annotated[int | None, typer.Option(help="Clean logs that are simulated.  [default: 200]")]


def power(
    parameters: o.Parameters,
    rows: Rows = None,
    audits: Audits = None,
    names: o.Names = None,
    features: o.Features = None,
    exclude: o.Exclude = None,
    alpha: o.Alpha = None,
    thresholds: o.Threshold = None,
    fail_on: o.FailOn = None,
    config: o.Config = None,
    format: o.Format = None,  # noqa: A002  # the option's name
    output: o.Output = None,
) -> int:
    """Say what an audit of so many rows would catch, and how often it would cry wolf.

    Per feature the smallest changes that an audit under the current policy would fail on, with
    a probability of 80 and of 99 %; from the distributions in the parameter file.
    """
    given = Given(o.given({"rows": rows, "audits": audits, "format": format}))
    chosen = given.choice("format", ("terminal", "json"))
    size, logs = given.whole("rows", least=1) or 2000, given.whole("audits", least=1) or 200
    flags = o.given({
        "names": names, "features": features, "exclude": exclude, "alpha": alpha,
        "thresholds": thresholds, "fail_on": fail_on,
    })  # fmt: skip
    from skewcheck import api
    from skewcheck.config.settings import read, settings
    from skewcheck.reports import power

    found = api.power(parameters, size, settings(flags, read(config or ".")), audits=logs)
    if chosen == "json":
        text = power.dumps(found)
    else:
        text = power.table(found, out.screen()) if output is None else power.table(found)
    if output is None:
        out.say(text)
    else:
        out.save([(output, text)])
    return 0
