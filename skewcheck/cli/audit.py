"""`skewcheck audit`: the main job."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from skewcheck.cli import output as out
from skewcheck.cli import progress as progress_bar
from skewcheck.cli.options import Flag, Number, Text, Texts, Whole, configured, given, parameters_of
from skewcheck.config import options as o
from skewcheck.config.given import Given
from skewcheck.text.errors import SkewcheckError, UsageError, message, naming
from skewcheck.text.similar import nearest

if TYPE_CHECKING:
    from skewcheck.config.types import SettingsFile
    from skewcheck.outlets import Outlet
    from skewcheck.results.audit import Audit

_o = parameters_of("audit")


def audit(
    parameters: Annotated[Text, _o("parameters")] = None,
    logs: Annotated[Texts, _o("logs")] = None,
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
    max_bad: Annotated[Number, _o("max_bad")] = None,
    alpha: Annotated[Number, _o("alpha")] = None,
    correction: Annotated[Text, _o("correction")] = None,
    thresholds: Annotated[Texts, _o("thresholds")] = None,
    fail_on: Annotated[Text, _o("fail_on")] = None,
    inconclusive: Annotated[Text, _o("inconclusive")] = None,
    allow_missing: Annotated[Flag, _o("allow_missing")] = None,
    min_rows: Annotated[Whole, _o("min_rows")] = None,
    since: Annotated[Text, _o("since")] = None,
    until: Annotated[Text, _o("until")] = None,
    last: Annotated[Text, _o("last")] = None,
    time_column: Annotated[Text, _o("time_column")] = None,
    every: Annotated[Text, _o("every")] = None,
    baseline: Annotated[Text, _o("baseline")] = None,
    history: Annotated[Texts, _o("history")] = None,
    importance: Annotated[Text, _o("importance")] = None,
    by: Annotated[Texts, _o("by")] = None,
    cluster: Annotated[Text, _o("cluster")] = None,
    ignore: Annotated[Texts, _o("ignore")] = None,
    no_values: Annotated[Flag, _o("no_values")] = None,
    state: Annotated[Text, _o("state")] = None,
    state_hash: Annotated[Text, _o("state_hash")] = None,
    settle: Annotated[Text, _o("settle")] = None,
    learn: Annotated[Whole, _o("learn")] = None,
    only_new_alarms: Annotated[Flag, _o("only_new_alarms")] = None,
    engine: Annotated[Text, _o("engine")] = None,
    workers: Annotated[Whole, _o("workers")] = None,
    policy_lock: Annotated[Text, _o("policy_lock")] = None,
    gate: Annotated[Text, _o("gate")] = None,
    config: Annotated[Text, _o("config")] = None,
    format: Annotated[Text, _o("format")] = None,  # noqa: A002  # the option's name
    output: Annotated[Text, _o("output")] = None,
    report: Annotated[Texts, _o("report")] = None,
    webhook: Annotated[Texts, _o("webhook")] = None,
    webhook_header: Annotated[Texts, _o("webhook_header")] = None,
    webhook_on: Annotated[Text, _o("webhook_on")] = None,
    mlflow: Annotated[Flag, _o("mlflow")] = None,
    opentelemetry: Annotated[Flag, _o("opentelemetry")] = None,
    quiet: Annotated[Flag, _o("quiet")] = None,
    verbose: Annotated[Flag, _o("verbose")] = None,
    every_test: Annotated[Flag, _o("every_test")] = None,
    no_progress: Annotated[Flag, _o("no_progress")] = None,
    debug: Annotated[bool, _o("debug")] = False,
) -> int:
    """Compare production logs with training.

    Exit code 0: no skew. 1: skew. 2: could not audit. 3: no skew seen, but too little was tested.

    Features may have thresholds of their own in skewcheck.toml: [features."fare*"] psi = 0.1. With
    parameters and logs in it, `skewcheck audit` alone audits these; tables [audit.nightly] are
    gates, of which --gate nightly runs one.
    """
    return _run(given("audit", locals()))


def _run(flags: Given) -> int:
    from skewcheck import api
    from skewcheck.outlets import outlets
    from skewcheck.reports import check
    from skewcheck.reports.redact import without_values

    settings, shown = configured("audit", flags)
    parameters, logs = _audited(shown, settings.file)
    name = o.FORMAT.of(shown)
    outputs = [_target(shown, text) for text in o.REPORT.of(shown)]
    check([name, *(name for name, _ in outputs)])
    sent_to = outlets(shown)
    quiet, path = o.QUIET.of(shown), o.OUTPUT.of(shown)
    lock = o.POLICY_LOCK.of(flags)
    file = None if settings.file is None else settings.file.path
    config = o.CONFIG.of(flags)
    read = (
        *_files_of(parameters), *logs, settings.reference, *settings.history, lock, file, config,
        settings.importance, settings.baseline, *o.NAMED.of(shown)[:1],
    )  # fmt: skip
    written = [path, *(file for _, file in outputs)]
    out.refuse_inputs(written, read)
    out.refuse_places(written, settings.state)
    with ExitStack() as held, naming(shown.origin):
        with progress_bar.shown(not (quiet or o.NO_PROGRESS.of(shown))) as advance:
            result, delivery = held.enter_context(
                api.delivering(
                    parameters, logs, settings=settings, progress=advance, policy_lock=lock
                )
            )
        trouble = None if delivery is None else delivery.trouble
        result = result if settings.values else without_values(result)
        if path is not None or quiet or name != "terminal":
            out.remark((), result.warnings)  # else the report's notes tell them, on the same screen
        text, files = _rendered(result, shown, outputs)
        troubles = [] if trouble is None else [message(trouble.args, shown.origin)]
        try:
            whole = out.save(files, text, troubles)
        except SkewcheckError:
            _sent(result, sent_to)
            raise
        if _sent(result, sent_to) and whole and delivery is not None:
            delivery.confirm()
    return result.exit_code


def _rendered(
    result: "Audit", shown: Given, outputs: Sequence[tuple[str, str]]
) -> tuple[str | None, list[tuple[str, str | bytes]]]:
    """Return what goes to stdout, and each file with what goes there."""
    from skewcheck.reports import FORMATS, Options, in_file

    name, path = o.FORMAT.of(shown), o.OUTPUT.of(shown)
    verbose, every_test = o.VERBOSE.of(shown), o.EVERY_TEST.of(shown)
    screen = out.screen(verbose=verbose, every_test=every_test, quiet=o.QUIET.of(shown))
    plain = Options(verbose=verbose, every_test=every_test)
    text = FORMATS[name](result, screen) if path is None else None
    files = [*([] if path is None else [(name, path)]), *outputs]
    return text, [(path, in_file(result, name, path, plain)) for name, path in files]


def _audited(options: Given, file: "SettingsFile | None") -> tuple[str, list[str]]:
    """Return the parameter file and the logs, of the command line or of the settings file."""
    parameters, logs = o.PARAMETERS_OF_GATE.of(options), o.LOGS_OF_GATE.of(options)
    if parameters and logs:
        return parameters, list(logs)
    missing = o.LOGS_OF_GATE if parameters else o.PARAMETERS_OF_GATE
    problem = f"no {missing.metavar} given, and no {missing.key} in"
    if file is None:
        raise UsageError(f"{problem} a skewcheck.toml here; see `skewcheck audit --help`")
    from skewcheck.config.settings_file import gates

    names = gates(Path(file.path)) if file.gate is None else ()
    hint = f"; --gate NAME runs one of its gates: {', '.join(names)}" if names else ""
    raise UsageError(f"{problem} {file.path}{hint or '; see `skewcheck audit --help`'}")


def _sent(result: "Audit", sent_to: "list[Outlet]") -> bool:
    """Send an audit to its outlets, and tell of those that failed; return whether none did."""
    failed = [(outlet.name, why) for outlet in sent_to if (why := outlet.send(result)) is not None]
    for name, why in failed:
        out.tell(f"skewcheck: {name}: not sent ({why}); the verdict stands")
    return not failed


def _files_of(parameters: str) -> list[str]:
    if not Path(parameters).is_dir():
        return [parameters]
    from skewcheck.parameters.several.folder import files_read  # most models have one file

    return files_read(parameters)


def _target(given: Given, text: str) -> tuple[str, str]:
    """Split NAME=FILE."""
    from skewcheck.reports import FORMATS

    name, equals, path = text.partition("=")
    if not equals or not path:
        raise o.REPORT.error(given, f"must be NAME=FILE, as json=report.json, got {text[:60]!r}")
    if name not in FORMATS:
        hint = nearest(name, tuple(FORMATS)) or f"; known are {', '.join(FORMATS)}"
        raise o.REPORT.error(given, f"no format {name[:60]!r}{hint}")
    return name, path
