"""The table of options: flags, TOML keys, `--help`, the Python API and the reference follow it.

An option that differs between commands has an entry for each: a command takes a key once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module

from skewcheck.config.debug import DEBUG as DEBUG_TEXT
from skewcheck.config.option import Option as Option
from skewcheck.config.options_of_gates import GATE as GATE
from skewcheck.config.options_of_gates import LOGS_OF_GATE as LOGS_OF_GATE
from skewcheck.config.options_of_gates import PARAMETERS_OF_GATE as PARAMETERS_OF_GATE
from skewcheck.config.options_of_records import JOIN as JOIN
from skewcheck.config.options_of_records import LAYOUT as LAYOUT
from skewcheck.config.options_of_records import LAYOUT_ALONE as LAYOUT_ALONE
from skewcheck.config.options_of_records import MAX_BAD as MAX_BAD
from skewcheck.config.options_of_records import ROWS_WHERE as ROWS_WHERE
from skewcheck.config.options_of_records import WHERE_ALONE as WHERE_ALONE
from skewcheck.config.options_of_records import WITHIN as WITHIN
from skewcheck.config.options_of_state import LEARN as LEARN
from skewcheck.config.options_of_state import NIGHTS_AHEAD as NIGHTS_AHEAD
from skewcheck.config.options_of_state import NIGHTS_BEFORE as NIGHTS_BEFORE
from skewcheck.config.readers import (
    DELAY,
    DURATION,
    EXACT_TEXTS,
    FLAG,
    MOMENT,
    NAMES,
    NATURAL,
    PATH,
    PATHS,
    POSITIVE,
    PROBABILITY,
    SERVED_TEMPLATE,
    TEMPLATE,
    TEXT,
    TEXTS,
    THRESHOLD_BY_TEST,
    WAIVERS,
    WINDOW,
    choice,
    word_or_path,
)
from skewcheck.statistics.corrections import CORRECTIONS


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


REPORTS = (
    "terminal", "json", "markdown", "html", "github", "junit", "gitlab", "sarif", "prometheus",
    "line", "table", "slack", "teams",
)  # fmt: skip
"""The formats of an audit; `skewcheck.reports.FORMATS` has a module for each."""
WEBHOOK_BODIES = ("json", "slack", "teams")
"""Those that a webhook may get."""
SCREEN = ("terminal", "json")
"""The formats of all other commands."""
ROWS_SCREEN = (*SCREEN, "junit")
"""The formats of `check-rows`, which is a test as others of CI."""
FAIL_ON = ("skew", "warn", "never")
INCONCLUSIVE = ("pass", "fail")
BASELINES = ("previous", "same-hour")
ENGINES = ("threads", "processes", "dask", "spark")
METHODS = ("zscore", "minmax", "robust", "maxabs", "none")
METRICS = ("error_rate", "log_loss", "brier", "rmse", "mae")

_GATE = ("audit", "policy")
"""Commands that a policy is of."""
_COUNTED = (*_GATE, "profile")
"""Commands with the options that counts of a log depend on."""
_LOGS = ("profile", "apply", "inject")
"""Commands that read production logs, beside an audit, for which a settings file may name them."""
_READ = ("audit", *_LOGS, "policy", "bisect")
_FEATURES = (*_COUNTED, "fit", "apply", "power", "bisect")
"""Commands that take some features of all."""

# A table: a few lines an entry.
# fmt: off
PARAMETERS = Option("parameters", TEXT, "", "Parameter file or folder: skewcheck's or another's.",
    (*_LOGS, "init", "show", "power", "export", "rows", "check-rows", "accept"), "PARAMETERS",
    argument=True, required=True)
ANSWERS = Option("answers", PATH, "", "The server's answers, JSON Lines; - for stdin.",
    ("check-rows",), "ANSWERS", argument=True, required=True)
LOGS = Option("logs", TEXTS, (), "Files, folders, globs, URLs, or - for stdin.",
    (*_LOGS, "init", "bisect"), "LOGS", argument=True, required=True)
TRAIN = Option("train", TEXTS, (), "Training data: files, folders, globs, URLs.", ("fit",), "TRAIN",
    argument=True, required=True)
OLD = Option("old", TEXT, "", "Parameter file, or JSON report.", ("diff",), "OLD", argument=True,
    required=True)
NEW = replace(OLD, key="new", metavar="NEW")
LOCKED = Option("parameters", TEXTS, (), "Parameter files with a fingerprint.", ("verify",),
    "PARAMETERS", argument=True, required=True)
FAULT = Option("fault", TEXT, "", "A cause code, as unit_change; see `explain`.", ("inject",),
    "FAULT", argument=True, required=True)
CODE = Option("code", TEXT, None, "A test, verdict, exit code or cause.", ("explain",), "CODE",
    argument=True)
FOLDER = Option("folder", TEXT, "demo", "Where to write the files.", ("demo",), "FOLDER",
    argument=True)

REFERENCE = Option("reference", PATH, None, "Training data; replaces the stored reference.",
    (*_COUNTED, "bisect"), "FILE", toml=True, path=True)
RAW = Option("raw", TEMPLATE, "{feature}", "Columns of raw values.", _READ, "TEMPLATE", toml=True)
SERVED = Option("served", SERVED_TEMPLATE, None,
    "Columns of served values, as {feature}_norm; none: the log has none.", (*_COUNTED, "bisect"),
    "TEMPLATE|auto|none", toml=True, otherwise="auto")
SERVED_AS = Option("served", TEMPLATE, None, "Columns of served values, as {feature}_norm.",
    ("apply",), "TEMPLATE", toml=True)
FEATURES = Option("features", NAMES, (), "Only these features.", _FEATURES, "a,b*", toml=True)
EXCLUDE = Option("exclude", NAMES, (), "All features but these.", _FEATURES, "id,label", toml=True)
NAMED = Option("names", NAMES, (), "Names for a foreign file's unnamed values.",
    (*_FEATURES, "inject"), "a,b|FILE", toml=True)
GROUP = Option("group", TEXT, None, "The key of the parameters, or the column with the keys.",
    (*_FEATURES, "inject"), "KEY|COLUMN", toml=True)
COLUMNS = Option("columns", NAMES, (), "Names of a headerless CSV's columns.", (*_READ, "fit"),
    "a,b|FILE", toml=True)
NULL_VALUES = Option("null_values", EXACT_TEXTS, (),
    "Texts that stand for no value, beside the empty one.", (*_READ, "fit"), "?,NA", toml=True)
VERSION = Option("version", NATURAL, None, "The version of Delta, the snapshot of Iceberg tables.",
    _READ, "N", toml=True, otherwise="newest")
AS_OF = Option("as_of", MOMENT, None, "The version of tables that was newest then (UTC).", _READ,
    "TIME", toml=True)
SQL = Option("sql", TEXT, None, "The rows of a database that are the log.", _READ, "QUERY",
    toml=True, otherwise="its only table")
COLUMNS_ALONE = replace(COLUMNS, commands=("init",), toml=False)
NULL_VALUES_ALONE = replace(NULL_VALUES, commands=("init",), toml=False)
VERSION_OF_TRAINING = replace(VERSION, commands=("fit", "init"), toml=False)
AS_OF_TRAINING = replace(AS_OF, commands=("fit", "init"), toml=False)
SQL_OF_TRAINING = replace(SQL, commands=("fit", "init"), toml=False)
ALPHA = Option("alpha", PROBABILITY, 0.01, "Chance of a false alarm in a whole audit.",
    (*_GATE, "power"), toml=True)
CORRECTION = Option("correction", choice(*CORRECTIONS), "holm", "For many tests at once.",
    _GATE, toml=True)
THRESHOLD = Option("thresholds", THRESHOLD_BY_TEST, {}, "Repeatable; see `explain`.",
    (*_GATE, "power"), "TEST=NUMBER", toml=True)
FAILS = Option("fail_on", choice(*FAIL_ON), "skew", "What exits 1.", (*_GATE, "power"), toml=True)
DOUBT = Option("inconclusive", choice(*INCONCLUSIVE), None, "Too little data: exit 0 or 1, not 3.",
    _GATE, toml=True)
ALLOW_MISSING = Option("allow_missing", FLAG, False, "A missing column is no skew.", _GATE,
    toml=True)
MIN_ROWS = Option("min_rows", POSITIVE, 1, "Fewer rows exit 2.", _GATE, toml=True)
SINCE = Option("since", MOMENT, None, "Only rows from then on (UTC).",
    (*_COUNTED, "inject", "bisect"), "TIME", toml=True)
UNTIL = Option("until", MOMENT, None, "Only rows before then (UTC).", (*_COUNTED, "bisect"), "TIME",
    toml=True)
LAST = Option("last", DURATION, None, "Only the last 24h, 7d or 90m.", (*_COUNTED, "bisect"), "24h",
    toml=True)
TIME_COLUMN = Option("time_column", TEXT, None, "The column with a row's time.",
    (*_COUNTED, "inject", "bisect"), "NAME", toml=True)
TIME_OF_TRAINING = Option("time_column", TEXT, None,
    "The column with a row's time: hours, weekdays and the like are found by it.", ("fit",), "NAME")
HOLIDAYS = Option("holidays", PATH, None,
    "A file of holidays, one date a line, of which features may be functions.", ("fit",), "FILE",
    path=True)
STRATA_OF_TRAINING = Option("strata", choice("month-weekday-hour", "month-weekday", "month-hour",
    "month", "weekday-hour", "weekday", "hour", "none"), None,
    "Parts of week and year that logs are compared by, with --time-column.", ("fit",), "PARTS",
    otherwise="the finest that the rows are enough for")
EVERY = Option("every", WINDOW, None, "Audit windows of time, or of N rows, as well.", _COUNTED,
    "1h|1d|N", toml=True)
BASELINE = Option("baseline", word_or_path(*BASELINES), None,
    "Compare windows with previous, same-hour, or that log.", _GATE, "NAME|FILE", toml=True,
    path=True)
HISTORY = Option("history", PATHS, (), "An older parameter file. Repeatable.", (*_GATE, "inject"),
    "FILE", toml=True, path=True)
IMPORTANCE = Option("importance", PATH, None, "Features' importances (JSON, CSV): they order it.",
    ("audit",), "FILE", toml=True, path=True)
BY = Option("by", NAMES, (), "Audit segments, and tell where a cause sits.",
    (*_COUNTED, "bisect"), "a,b|auto|none", toml=True)
CLUSTER = Option("cluster", TEXT, None, "Rows with the same value depend on each other.",
    _COUNTED, "COLUMN", toml=True)
IGNORE = Option("ignore", WAIVERS, (), "A waiver up to that day, 2026-12-31. Repeatable.",
    _GATE, "CODE:feature@DAY", toml=True)
NO_VALUES = Option("no_values", FLAG, False,
    "No value from the data in any report; times to the minute.", ("audit",), toml=True)
STATE = Option("state", PATH, None, "Remember files and verdicts for the next run.", _GATE,
    "FOLDER", toml=True, path=True)
STATE_HASH = Option("state_hash", choice("auto", "full"), "auto",
    "full: know files by all their content, not by inode and times.", _GATE, toml=True)
SETTLE = Option("settle", DELAY, None, "Leave files modified so lately for the next run.",
    _COUNTED, "60s", toml=True)
ONLY_NEW_ALARMS = Option("only_new_alarms", FLAG, False,
    "Exit 1 for what the last run did not find.", _GATE, toml=True)

ENGINE = Option("engine", choice(*ENGINES), "threads", f"{listed(ENGINES)} measure the files.",
    ("audit", "fit"), "NAME", toml=True)
WORKERS = Option("workers", POSITIVE, None, "How many of them.",
    ("audit", "fit"), "N", toml=True, otherwise="one for each processor")

POLICY_LOCK = Option("policy_lock", PATH, None, "Refuse what is weaker than this policy.",
    ("audit",), "FILE")
CONFIG = Option("config", PATH, None, "Instead of the nearest skewcheck.toml or pyproject.toml.",
    (*_READ, "fit", "power", "history", "accept"), "FILE")
FORMAT = Option("format", choice(*REPORTS), "terminal", f"{listed(REPORTS)}.", ("audit",), "NAME",
    toml=True, presentation=True)
OUTPUT = Option("output", PATH, None, "Write there instead of to stdout.", ("audit",), "FILE",
    ("--output", "-o"), toml=True, presentation=True)
REPORT = Option("report", TEXTS, (), "Another report, as json=out.json. Repeatable.", ("audit",),
    "NAME=FILE", toml=True, presentation=True)
WEBHOOK = Option("webhook", TEXTS, (),
    f"POST a report, {listed(WEBHOOK_BODIES)}, to a URL or that of a variable, as"
    " slack=env:SLACK_URL. Repeatable.", ("audit",), "[NAME=]URL", toml=True,
    presentation=True)
WEBHOOK_HEADER = Option("webhook_header", TEXTS, (),
    "A header of it, as Authorization=env:TOKEN. Repeatable.", ("audit",), "H=env:VAR",
    toml=True, presentation=True)
WEBHOOK_ON = Option("webhook_on", choice("always", "alarm"), "always",
    "alarm: only if the exit code is not 0.", ("audit",), toml=True, presentation=True)
MLFLOW = Option("mlflow", FLAG, False, "Log reports and statistics to the current run of MLflow.",
    ("audit",), toml=True, presentation=True)
OPENTELEMETRY = Option("opentelemetry", FLAG, False, "Export gauges by OTLP over HTTP.",
    ("audit",), toml=True, presentation=True)
QUIET = Option("quiet", FLAG, False, "One line.", ("audit",), flags=("--quiet", "-q"), toml=True,
    presentation=True)
VERBOSE = Option("verbose", FLAG, False, "Every finding in full, whatever the height.", ("audit",),
    flags=("--verbose", "-v"), toml=True, presentation=True)
EVERY_TEST = Option("every_test", FLAG, False, "Every test of every feature.", ("audit",),
    flags=("--every-test", "-vv"), toml=True, presentation=True)
NO_PROGRESS = Option("no_progress", FLAG, False, "No progress bar.", ("audit",), toml=True,
    presentation=True)
DEBUG = Option("debug", FLAG, False, DEBUG_TEXT, ("audit", "skewcheck"))

NORMALIZE = Option("normalize", TEXTS, (),
    f"{listed(METHODS)}; with names for these features only. Repeatable.", ("fit",), "METHOD[:a,b]",
    toml=True, otherwise="zscore")
CATEGORICAL = Option("categorical", NAMES, (), "Numbers that are categories.", ("fit",), "a,b",
    toml=True)
STEPS = Option("parameters", PATHS, (), "Take the steps from there. Repeatable.", ("fit",), "FILE")
BY_KEY = Option("by", TEXT, None, "Numbers are normalized by the values of that column.", ("fit",),
    "COLUMN")
MODEL = Option("model", PATH, None, "The model, to store its hash.", ("fit",), "FILE")
PREDICTION = Option("prediction", TEXT, None, "The model's predictions.", ("fit",), "NAME")
LABEL = Option("label", TEXT, None, "What was to be predicted.", ("fit",), "NAME")
METRIC = Option("metric", TEXT, None, f"Store the model's error, of these two: {listed(METRICS)}.",
    ("fit",), "NAME")
POSITIVE_LEVEL = Option("positive", TEXT, None, "The label that a score is the probability of.",
    ("fit",), "LEVEL")

NAMES_ALONE = replace(NAMED, toml=False,
    commands=("show", "diff", "verify", "init", "export", "rows", "check-rows"))
GROUP_ALONE = replace(GROUP, commands=("show", "diff", "verify", "init", "export"), toml=False)
FORMAT_ON_SCREEN = Option("format", choice(*SCREEN), "terminal", f"{listed(SCREEN)}.",
    ("diff", "verify", "power", "policy", "bisect"), "NAME", presentation=True)
FORMAT_OF_HISTORY = replace(FORMAT_ON_SCREEN, reader=choice(*SCREEN, "html"),
    text=f"{listed((*SCREEN, 'html'))}.", commands=("history",))
FORMAT_OF_FILE = Option("format", choice(*SCREEN), None, f"{listed(SCREEN)}.", ("show",), "NAME",
    presentation=True, otherwise="terminal, with -o json")
OUTPUT_ALONE = replace(OUTPUT, toml=False,
    commands=("fit", "show", "verify", "power", "history", "policy", "export", "rows", "check-rows",
    "bisect"))
FORMAT_OF_ROWS = Option("format", choice(*ROWS_SCREEN), "terminal", f"{listed(ROWS_SCREEN)}.",
    ("check-rows",), "NAME", presentation=True)
NO_VALUES_OF_ROWS = Option("no_values", FLAG, False, "No value of a row in the report.",
    ("check-rows",))
NO_ROWS = Option("no_rows", FLAG, False, "Leave out golden rows that FILE of --parameters stores.",
    ("fit",))
MODEL_TO_COMPARE = Option("model", PATH, None, "The model, a file or folder, to compare its hash.",
    ("verify",), "FILE")
AGAINST = Option("against", PATH, None, "An older parameter file, or a foreign one.", ("verify",),
    "OLD")
ROWS = Option("rows", POSITIVE, 2000, "Rows of the log.", ("power",))
AUDITS = Option("audits", POSITIVE, 200, "Clean logs that are simulated.", ("power",))
STATE_TO_READ = Option("state", PATH, None, "Read what audits with --state FOLDER left there.",
    ("history",), "FOLDER", toml=True, path=True)
FEATURES_ALONE = replace(FEATURES, commands=("history", "show", "export"), toml=False)
VERBOSE_HISTORY = Option("verbose", FLAG, False, "Every run and feature, not the last 30.",
    ("history",), flags=("--verbose", "-v"), presentation=True)
PROFILE_TO_WRITE = Option("output", PATH, "", "Where to write, as part.skw.", ("profile",), "FILE",
    ("--output", "-o"), required=True)
NO_SAMPLE = Option("no_sample", FLAG, False, "No row of the log: fewer causes are explained.",
    ("profile",))
LOG_TO_WRITE = Option("output", PATH, "", "Where to write, as out.parquet.", ("apply", "inject"),
    "FILE", ("--output", "-o"), required=True)

SETTINGS_TO_WRITE = Option("output", PATH, "skewcheck.toml", "Where to write; - for stdout.",
    ("init",), "FILE", ("--output", "-o"))
FORCE = Option("force", FLAG, False, "Overwrite that file.", ("init",))

SERVED_BESIDE = Option("served", TEMPLATE, "{feature}_norm", "Columns of served values.",
    ("inject",), "TEMPLATE", toml=True)
# fmt: on

TABLE: tuple[Option[object], ...] = tuple(o for o in [*globals().values()] if isinstance(o, Option))
"""The options as they stand above: all but those of `_OTHERS`."""
_OTHERS = {name: f"options_of_{name}" for name in ("accept", "bisect", "export", "inject")}
"""Modules with the options that one command alone takes: an audit reads none of them."""
TOML: Mapping[str, Option[object]] = {o.key: o for o in reversed(TABLE) if o.toml}
"""The keys of skewcheck.toml; of entries with the same key, that of `audit`, which is the first."""


@cache
def of(command: str) -> Mapping[str, Option[object]]:
    """Return the options and arguments of a command by key."""
    return {
        option.key: option for option in (*TABLE, *_others(command)) if command in option.commands
    }


def every() -> tuple[Option[object], ...]:
    """Return all options."""
    return (*TABLE, *(option for command in _OTHERS for option in _others(command)))


def _others(command: str) -> list[Option[object]]:
    if command not in _OTHERS:
        return []
    values = vars(import_module(f"skewcheck.config.{_OTHERS[command]}")).values()
    return [o for o in values if isinstance(o, Option) and command in o.commands]
