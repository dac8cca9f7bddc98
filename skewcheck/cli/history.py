"""`skewcheck history`: what earlier audits said."""

from __future__ import annotations

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.config.given import Given
from skewcheck.text.errors import UsageError


def history(
    state: o.State = None,
    features: o.Features = None,
    config: o.Config = None,
    format: o.Format = None,  # noqa: A002  # the option's name
    output: o.Output = None,
    verbose: o.Verbose = None,
) -> int:
    """Show the verdicts that audits with --state FOLDER left there, and how features moved.

    With --features a,b* only those, also where nothing was wrong with them.
    """
    from skewcheck.config.settings import read
    from skewcheck.reports import history

    flags = o.given({"state": state, "features": features, "format": format})
    file = read(config or ".")
    given = Given(flags)
    chosen = given.choice("format", ("terminal", "json"))
    folder = given.text("state") or Given(file, "skewcheck.toml").text("state")
    if folder is None:
        raise UsageError("--state FOLDER is needed: the one that audits were given")
    patterns = given.texts("features")
    past = history.chosen(history.told(folder), patterns)
    screen = out.screen(verbose=bool(verbose))
    if chosen == "json":
        text = history.dumps(past)
    elif output is None:
        text = history.table(past, screen, named=bool(patterns))
    else:
        text = history.table(past, named=bool(patterns))
    if output is None:
        out.say(text)
    else:
        out.save([(output, text)])
    return 0
