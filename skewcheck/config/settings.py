"""skewcheck.toml, `[tool.skewcheck]` in pyproject.toml, and flags: all become one `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from skewcheck.config.given import REPORTED, Given, nearest
from skewcheck.config.names import names
from skewcheck.results.policy import THRESHOLDS, Policy
from skewcheck.statistics.corrections import CORRECTIONS
from skewcheck.text.errors import UsageError

FAIL_ON = ("skew", "warn", "never")
INCONCLUSIVE = ("pass", "fail")
BASELINES = ("previous", "same-hour")
_PRESENTATION = ("format", "output", "report", "quiet", "verbose", "no_progress")
_AUDIT = (
    *("reference", "raw", "served", "features", "exclude", "names", "null_values", "alpha"),
    *("thresholds", "fail_on", "allow_missing", "min_rows", "since", "until", "last"),
    *("time_column", "by", "cluster", "history", "ignore", "no_values", "normalize"),
    *("categorical", "correction", "inconclusive", "importance", "every", "baseline"),
    *("state", "settle", "only_new_alarms"),
)
_COLUMNS = ("raw", "served")
_TABLES = "features by pattern"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the values of some features stand, if not where the templates say."""

    raw: str | None = None
    """A column's name; `{feature}` in it is replaced."""
    served: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How to audit: which columns, which rows, and what counts as skew."""

    raw: str = "{feature}"
    served: str | None = None
    """None: served values are not looked for."""
    columns: Mapping[str, Columns] = field(default_factory=dict)
    """Per feature pattern (`fare*`), in the order of the file; the first that matches holds."""
    features: tuple[str, ...] = ()
    """Patterns; none means all."""
    exclude: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Names for a foreign file's unnamed values."""
    reference: str | None = None
    """Training data that replaces the stored reference."""
    min_rows: int = 1
    since: datetime | None = None
    """Rows from this moment on; always with an offset."""
    until: datetime | None = None
    """Rows before this moment."""
    last: timedelta | None = None
    time_column: str | None = None
    every: timedelta | int | None = None
    """Windows of time, or of so many rows, in which a log is audited as well."""
    baseline: str | None = None
    """What windows and segments are compared with, instead of the reference: `BASELINES`, or the
    path of another log."""
    by: tuple[str, ...] | None = None
    """Columns whose values are audited as segments, and may tell where a fault sits; None lets
    columns of few values be tried for the latter only."""
    cluster: str | None = None
    """The column, such as a user's id, of whose values rows with the same one are alike."""
    history: tuple[str, ...] = ()
    """Older parameter files, which a server may still use."""
    importance: str | None = None
    """A file of the features' importances; None leaves those of the parameter file."""
    null_values: tuple[str, ...] = ()
    """Texts that stand for no value, beside the empty one."""
    values: bool = True
    """False: no report may show a value of the data."""
    state: str | None = None
    """The folder of what a run leaves for the next."""
    settle: timedelta | None = None
    """Files that were modified in this time are left for the next run."""
    only_new_alarms: bool = False
    """Fail for what the last run did not find, only."""
    policy: Policy = field(default_factory=Policy)


def read(place: str | Path = ".") -> dict[str, object]:
    """Return the options of a file, or of skewcheck.toml or else pyproject.toml in a folder.

    A folder without either gives none. Paths in the file are made relative to where it stands.
    Raises UsageError, naming file and key, for what is no TOML, unknown keys and wrong values.
    """
    path = Path(place)
    if path.is_dir():
        found = [path / name for name in ("skewcheck.toml", "pyproject.toml")]
        path = next((file for file in found if file.is_file()), path)
        if path.is_dir():
            return {}
    table = _table(path)
    if path.name == "pyproject.toml":
        tool = table.get("tool")
        table = tool.get("skewcheck", {}) if isinstance(tool, dict) else {}
        if not isinstance(table, dict):
            raise UsageError(f"{path}: tool.skewcheck: must be a table")
    checked = _settings(Given(_split(table), str(path)), path.parent)
    options: dict[str, object] = dict(table)
    if checked.names:
        options["names"] = checked.names
    if checked.reference:
        options["reference"] = str(path.parent / checked.reference)
    if checked.importance:
        options["importance"] = str(path.parent / checked.importance)
    if checked.state:
        options["state"] = str(path.parent / checked.state)
    if checked.baseline and checked.baseline not in BASELINES:
        options["baseline"] = str(path.parent / checked.baseline)
    return options


def _table(path: Path) -> dict[str, object]:
    import tomllib  # most audits have no settings file

    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path}: cannot read it ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: must be UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: no valid TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: nested too deep") from error


def settings(flags: Mapping[str, object], file: Mapping[str, object] | None = None) -> Settings:
    """Return the settings: flags, then the file's options (as `read` gives them), then defaults.

    Keys are the names of the options with underscores; None counts as not given. Thresholds of
    both are merged test by test. Raises UsageError that names the option.
    """
    given = _split({key: value for key, value in flags.items() if value is not None})
    base = _split(file or {})
    merged = {**base, **given}
    if "thresholds" in given and "thresholds" in base:
        merged["thresholds"] = {**Given(base).thresholds(), **Given(given).thresholds()}
    found = Given(merged)
    result = _settings(found, Path())
    windowed = next((key for key in ("since", "until", "last") if key in merged), None)
    if windowed and result.time_column is None:
        raise found.error(windowed, "needs --time-column NAME to know the time of a row")
    if result.last and (result.since or result.until):
        raise found.error("last", "cannot stand beside --since or --until; give one of them")
    if result.since and result.until and result.since >= result.until:
        raise found.error("until", "must be later than --since")
    if result.only_new_alarms and result.state is None:
        raise found.error(
            "only_new_alarms", "needs --state FOLDER, where the last run is remembered"
        )
    _check_windows(found, result)
    return result


def _check_windows(given: Given, settings: Settings) -> None:
    every, baseline = settings.every, settings.baseline
    if isinstance(every, timedelta) and settings.time_column is None:
        raise given.error("every", "needs --time-column NAME to know the time of a row")
    if baseline in BASELINES and every is None:
        raise given.error("baseline", f"{baseline} is of windows: needs --every 1h, 1d or 5000")
    if baseline is not None and every is None and not settings.by:
        raise given.error("baseline", "is of windows or segments: needs --every or --by COLUMNS")
    if baseline == "same-hour" and not (
        isinstance(every, timedelta) and every < timedelta(days=1) and not timedelta(days=1) % every
    ):
        raise given.error("baseline", "same-hour needs --every with a part of a day, as 1h or 15m")


def _split(options: Mapping[str, object]) -> dict[str, object]:
    """`features` is a list of patterns, or tables per pattern: these get a key of their own."""
    tables = options.get("features")
    if not isinstance(tables, Mapping):
        return dict(options)
    return {**{key: options[key] for key in options if key != "features"}, _TABLES: tables}


def _settings(given: Given, folder: Path) -> Settings:
    known = (*_AUDIT, *_PRESENTATION)
    for key in given.values:
        if key not in known and key != _TABLES:
            raise given.error(key, f"no such option{nearest(key, known)}")
    tables = _tables(given)
    return Settings(
        raw=given.template("raw") or "{feature}",
        served=given.template("served"),
        columns={name: _columns(table) for name, table in tables.items()},
        features=given.texts("features"),
        exclude=given.texts("exclude"),
        names=names(given, folder),
        reference=given.text("reference"),
        min_rows=given.whole("min_rows", least=1) or 1,
        since=given.moment("since"),
        until=given.moment("until"),
        last=given.duration("last"),
        time_column=given.text("time_column"),
        every=given.every(),
        baseline=given.text("baseline"),
        by=_by(given),
        cluster=given.text("cluster"),
        history=given.texts("history"),
        importance=given.text("importance"),
        null_values=given.texts("null_values", strip=False),
        values=not given.flag("no_values"),
        state=given.text("state"),
        settle=given.duration("settle"),
        only_new_alarms=given.flag("only_new_alarms"),
        policy=_policy(given, tables),
    )


def _by(given: Given) -> tuple[str, ...] | None:
    columns = tuple(dict.fromkeys(given.texts("by")))
    for word in ("auto", "none"):
        if word in columns and len(columns) > 1:
            raise given.error("by", f"{word} cannot stand beside columns; give it alone")
    if not columns or columns == ("auto",):
        return None
    return () if columns == ("none",) else columns


def _tables(given: Given) -> dict[str, Given]:
    """The tables `[features."fare*"]` by pattern."""
    features = given.values.get(_TABLES)
    if not isinstance(features, Mapping):
        return {}
    tables: dict[str, Given] = {}
    for pattern, table in features.items():
        if not isinstance(table, Mapping):
            raise given.error(f'features."{pattern}"', "must be a table")
        label = f'{given.file or "config"}: features."{pattern}"'
        tables[str(pattern)] = Given({str(key): value for key, value in table.items()}, label)
    return tables


def _columns(table: Given) -> Columns:
    return Columns(raw=table.text("raw"), served=table.text("served"))


def _policy(given: Given, tables: Mapping[str, Given]) -> Policy:
    alpha = given.number("alpha")
    if alpha is not None and not 0 < alpha < 1:
        raise given.error("alpha", f"must lie between 0 and 1, got {alpha:g}")
    own = {pattern: _own_thresholds(table) for pattern, table in tables.items()}
    return Policy(
        alpha=Policy().alpha if alpha is None else alpha,
        correction=given.choice("correction", tuple(CORRECTIONS)) or "holm",
        thresholds={**THRESHOLDS, **given.thresholds()},
        feature_thresholds={pattern: table for pattern, table in own.items() if table},
        fail_on=given.choice("fail_on", FAIL_ON) or "skew",
        allow_missing=given.flag("allow_missing"),
        inconclusive=given.choice("inconclusive", INCONCLUSIVE),
        waivers=given.waivers(),
    )


def _own_thresholds(table: Given) -> dict[str, float]:
    known = (*_COLUMNS, *THRESHOLDS, *REPORTED)
    for key in table.values:
        if key not in known:
            raise table.error(key, f"no such option{nearest(key, known)}")
    tests = [key for key in table.values if key not in _COLUMNS]
    return {test: table.threshold(test, test, table.values[test]) for test in tests}
