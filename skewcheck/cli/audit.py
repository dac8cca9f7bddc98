"""`skewcheck audit`: the main job."""

from __future__ import annotations

from skewcheck.cli import options as o
from skewcheck.cli import output as out
from skewcheck.cli import progress as progress_bar
from skewcheck.config import settings as configuration
from skewcheck.config.given import Given, nearest
from skewcheck.text.errors import UsageError


def audit(
    parameters: o.Parameters,
    logs: o.Logs,
    reference: o.Reference = None,
    raw: o.Raw = None,
    served: o.Served = None,
    features: o.Features = None,
    exclude: o.Exclude = None,
    names: o.Names = None,
    null_values: o.NullValues = None,
    alpha: o.Alpha = None,
    correction: o.Correction = None,
    thresholds: o.Threshold = None,
    fail_on: o.FailOn = None,
    inconclusive: o.Inconclusive = None,
    allow_missing: o.AllowMissing = None,
    min_rows: o.MinRows = None,
    since: o.Since = None,
    until: o.Until = None,
    last: o.Last = None,
    time_column: o.TimeColumn = None,
    every: o.Every = None,
    baseline: o.Baseline = None,
    history: o.History = None,
    importance: o.Importance = None,
    by: o.By = None,
    cluster: o.Cluster = None,
    ignore: o.Ignore = None,
    no_values: o.NoValues = None,
    state: o.State = None,
    settle: o.Settle = None,
    only_new_alarms: o.OnlyNewAlarms = None,
    config: o.Config = None,
    format: o.Format = None,  # noqa: A002  # the option's name
    output: o.Output = None,
    report: o.Report = None,
    quiet: o.Quiet = None,
    verbose: o.Verbose = None,
    no_progress: o.NoProgress = None,
    debug: o.Debug = False,
) -> int:
    """Compare production logs with training.

    Exit code 0: no skew. 1: skew. 2: could not audit. 3: no skew seen, but too little data.

    Features may have thresholds of their own in skewcheck.toml: [features."fare*"] psi = 0.1.
    """
    flags = o.given(locals(), but=("parameters", "logs", "config", "debug"))
    return _run(parameters, logs, flags, configuration.read(config or "."))


def _run(
    parameters: str, logs: list[str], flags: dict[str, object], file: dict[str, object]
) -> int:
    from skewcheck import api
    from skewcheck.reports import FORMATS, Options, check, in_file
    from skewcheck.reports.redact import without_values
    from skewcheck.results.audit import UnrememberedError

    settings = configuration.settings(flags, file)
    shown = Given({**file, **flags})
    name = shown.choice("format", tuple(FORMATS)) or "terminal"
    wanted = [_target(shown, text) for text in shown.texts("report")]
    check([name, *(name for name, _ in wanted)])
    quiet = shown.flag("quiet")
    troubles = []
    with progress_bar.shown(not (quiet or shown.flag("no_progress"))) as advance:
        try:
            found = api.audit(parameters, logs, progress=advance, settings=settings)
        except UnrememberedError as error:
            found = error.audit
            troubles.append(str(error))
    result = found if settings.values else without_values(found)
    screen = out.screen(verbose=shown.flag("verbose"), quiet=quiet)
    path = shown.text("output")
    if path is not None or quiet or name != "terminal":
        out.remark((), result.warnings)  # else the report's notes tell them, on the same screen
    text = None
    if path is None:
        text = FORMATS[name](result, screen)
    else:
        wanted.insert(0, (name, path))
    plain = Options(verbose=screen.verbose)
    out.save([(path, in_file(result, name, path, plain)) for name, path in wanted], text, troubles)
    return result.exit_code


def _target(given: Given, text: str) -> tuple[str, str]:
    """Split NAME=FILE."""
    from skewcheck.reports import FORMATS

    name, equals, path = text.partition("=")
    if not equals or not path:
        raise given.error("report", f"must be NAME=FILE, as json=report.json, got {text[:60]!r}")
    if name not in FORMATS:
        hint = nearest(name, tuple(FORMATS)) or f"; known are {', '.join(FORMATS)}"
        raise UsageError(f"--report: no format {name[:60]!r}{hint}")
    return name, path
