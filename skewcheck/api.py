"""The public functions, one per command; logs are paths, DataFrames or Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from skewcheck.auditing import audit, delivering
from skewcheck.config import options as o
from skewcheck.config.given import Origin
from skewcheck.config.keywords import parameter, settings_for
from skewcheck.config.loading import loaded, of_group, of_log, selected
from skewcheck.config.types import Settings
from skewcheck.engine.columns import known_names, raw_columns
from skewcheck.engine.dummies import joined_dummies
from skewcheck.engine.engines import opened
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.types import Parameters
from skewcheck.logs import open_logs
from skewcheck.logs.asked import Asked
from skewcheck.parameters import Place
from skewcheck.parameters import load as load_file
from skewcheck.results.audit import Audit
from skewcheck.results.nights import LEARN
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError, naming

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from skewcheck.auditing import Sources
    from skewcheck.config.columns import Choice
    from skewcheck.config.typed import ApplyOptions, InjectOptions, PowerOptions
    from skewcheck.simulate.inject import FaultSettings, Injected
    from skewcheck.simulate.power import AuditPower

__all__ = [
    "apply",
    "audit",
    "delivering",
    "diff",
    "dumps",
    "export",
    "fit",
    "inject",
    "load",
    "power",
    "render",
    "save",
]


load = naming(Origin("function", "load"))(load_file)


def save(parameters: Parameters, path: str | Path) -> None:
    """Write a parameter file in one step; UsageError where that is not possible."""
    from skewcheck.parameters import writer  # audits write none

    writer.save(parameters, path)


def dumps(parameters: Parameters) -> str:
    """Return the text of a parameter file."""
    from skewcheck.parameters import writer  # as above

    return writer.dumps(parameters)


@naming(Origin("function", "fit"))
def fit(
    train: Sources,
    *,
    normalize: str | Sequence[str] = "zscore",
    categorical: str | Sequence[str] = (),
    features: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    parameters: Place | Parameters | None = None,
    names: str | Sequence[str] = (),
    group: str | None = None,
    by: str | None = None,
    model: str | None = None,
    prediction: str | None = None,
    label: str | None = None,
    metric: str | None = None,
    positive: str | None = None,
    time_column: str | None = None,
    holidays: str | Path | Sequence[date | str] | None = None,
    strata: str | None = None,
    null_values: str | Sequence[str] = (),
    version: int | None = None,
    as_of: str | date | None = None,
    sql: str | None = None,
    columns: str | Sequence[str] = (),
    rows: bool = True,
    engine: str | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Parameters:
    """Fit parameters and reference distributions to training data.

    With `parameters`, the steps and types are those of that file, folder or files of one model
    (whatever `normalize` and `categorical` say), and the data gives the distributions; where it
    does not name its values, `names` do, or the data's columns in their order. The result's `notes`
    tell what was left out and why, its `warnings` what the data contradicts. `columns` are the
    names of those of a CSV file without a header. `by` is a column by whose values numbers are
    normalized; `group` is the key whose stored parameters are meant, or the column with their keys.

    Golden rows that `parameters` store stay, unless `rows` is false: those that steps give are
    computed where they are asked for, and never stored.

    `prediction` and `label` are the roles of columns that are no inputs of the model; with a
    `metric` (`error_rate`, `log_loss`, `brier`, `rmse`, `mae`) the model's error is computed from
    them, with which audits compare that of logs with both columns. `positive` is the level of the
    label that a score is the probability of. `time_column` names a row's time: features that are
    functions of it (hours, weekdays, their waves, in any time zone; of `holidays`, dates or a file
    of these, whether a day is one) are stored as such, and those
    whose distribution depends on the part of week and year by these parts (`strata`:
    `month-weekday-hour`, `month-weekday`, `month-hour`, `month`, `weekday-hour`, `weekday`, `hour`
    or `none`). `engine`, `workers` and `executor` are as of `audit`.
    Raises NothingToTestError where no column is a
    feature, UsageError for options that do not fit the data.
    """
    from skewcheck.config.columns import Choice
    from skewcheck.training.fit import fit_references
    from skewcheck.training.model_error import with_error

    asked = Asked(
        parameter("fit", o.VERSION, version), parameter("fit", o.AS_OF, as_of),
        parameter("fit", o.SQL, sql),
    )  # fmt: skip
    wanted, unwanted = parameter("fit", o.FEATURES, features), parameter("fit", o.EXCLUDE, exclude)
    coded = parameter("fit", o.CATEGORICAL, categorical)
    timed = () if time_column is None else (time_column,)
    choice = Choice(wanted, (*unwanted, *timed), coded, prediction, label)
    number = parameter("fit", o.WORKERS, workers)
    with opened(parameter("fit", o.ENGINE, engine), number, executor) as where:
        source = open_source(
            train, null_values=parameter("fit", o.NULL_VALUES, null_values),
            columns=parameter("fit", o.COLUMNS, columns), asked=asked, engine=where,
        )  # fmt: skip
        if parameters is None:
            methods = (normalize,) if isinstance(normalize, str) else tuple(normalize)
            fitted = _fit_columns(source, choice, methods, by, model, progress)
        elif by is not None:
            option = OptionName("parameters")
            raise UsageError(OptionName("by"), ": the steps are those of ", option)
        else:
            stored = loaded(parameters, parameter("fit", o.NAMED, names), source, choice)
            stored = of_log(of_group(stored, group), source)
            stored = stored if rows else replace(stored, rows=None)
            fitted = fit_references(stored, source, choice, model=model, progress=progress)
        if time_column is not None:
            from skewcheck.training.calendar import with_calendar  # few data have a column of it

            parts = parameter("fit", o.STRATA_OF_TRAINING, strata)
            fitted = with_calendar(
                fitted, source, time_column, strata=parts, holidays=holidays, progress=progress
            )
        elif holidays is not None:
            raise UsageError(OptionName("holidays"), " needs ", OptionName("time_column", "NAME"))
        if metric is None:
            return fitted
        return with_error(fitted, source, metric, positive, progress=progress)


def _fit_columns(
    source: LogSource, choice: Choice, methods: Sequence[str], by: str | None,
    model: str | None, progress: Progress | None,
) -> Parameters:  # fmt: skip
    """Fit the columns of training data; where none is a feature, the error says why.

    `by` names the column of keys, if there is one.
    """
    from skewcheck.reports.words.notes import text
    from skewcheck.training.fit import NoFeatureError
    from skewcheck.training.fit import fit as fit_columns
    from skewcheck.training.methods import Methods

    try:
        fitted = fit_columns(source, choice, Methods.of(methods), model=model, progress=progress)
    except NoFeatureError as error:
        reasons = "; ".join(map(text, error.notes)) or "there is none"
        raise NothingToTestError(f"{error}: {reasons}") from error
    if by is None:
        return fitted
    from skewcheck.training.by_key import fit_by_key  # few features have keys

    return fit_by_key(fitted, source, by, Methods.of(methods), progress=progress)


@naming(Origin("function", "apply"))
def apply(
    parameters: Place | Parameters,
    logs: Sources,
    output: str | Path,
    settings: Settings | None = None,
    **options: Unpack[ApplyOptions],
) -> int:
    """Write the logs with the training normalization applied; return the number of rows.

    Served columns are named by `served`, by default as the features: they take the places of
    the raw columns. The ending of `output` says the format: Parquet, CSV or Arrow.
    """
    from skewcheck.lock.apply import write_applied  # imported on use: audits do not need it

    chosen = settings_for("apply", settings, options)
    every = of_group(loaded(parameters, chosen.names), chosen.group)
    known = known_names([feature.name for feature in every.features], chosen)
    log = open_logs(
        logs, null_values=chosen.null_values, known=known, names=chosen.column_names,
        asked=chosen.asked,
    )  # fmt: skip
    every, served = of_log(every, log, chosen.raw), chosen.served_template or "{feature}"
    applied = joined_dummies(selected(every, chosen), log, chosen)
    every = joined_dummies(every, log, chosen)
    return write_applied(
        applied, log, output, raw=raw_columns(every, chosen), served=served, every=every.features
    )


@naming(Origin("function", "export"))
def export(
    parameters: Place | Parameters,
    to: str,
    *,
    table: str | None = None,
    dialect: str | None = None,
    dtype: str = "float64",
    features: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    names: str | Sequence[str] = (),
    group: str | None = None,
) -> str:
    """Return the training normalization as code: one file, from raw values to served ones.

    `to` is `python`, `javascript`, `c`, `java` or `sql`, which reads the `table` of that name in
    the `dialect` of `duckdb` or `sqlite`. All is computed in float64, in the order of operations of
    `apply`; with the `dtype` float32 what is served is rounded. Raises ParameterError, which names
    the feature, for a step that needs other rows, UsageError for wrong options,
    NothingToTestError where no feature is selected.
    """
    from skewcheck.config import options_of_export as only  # audits need none
    from skewcheck.config.columns import Choice
    from skewcheck.repair.export import source_code

    language = parameter("export", only.TO, to)
    every = of_group(loaded(parameters, parameter("export", o.NAMES_ALONE, names)), group)
    wanted = parameter("export", o.FEATURES_ALONE, features)
    unwanted = parameter("export", only.EXCLUDE_ALONE, exclude)
    return source_code(
        selected(every, Choice(wanted, unwanted)), language,
        single=parameter("export", only.DTYPE, dtype) == "float32",
        table=parameter("export", only.TABLE_OF_SQL, table),
        dialect=parameter("export", only.DIALECT, dialect),
    )  # fmt: skip


@naming(Origin("function", "diff"))
@np.errstate(over="ignore", invalid="ignore")
def diff(old: Place | Parameters, new: Place | Parameters) -> tuple[str, ...]:
    """Return the differences in normalization between two parameter files, a sentence each.

    Values of a file that does not name them are compared by their position.
    """
    from skewcheck.lock.diff import changes
    from skewcheck.lock.pairing import load_pair
    from skewcheck.reports.words.diff import lines

    pair = load_pair(old, new)
    return lines(changes(pair.old, pair.new))


@naming(Origin("function", "render"))
def render(audit: Audit, format: str = "terminal") -> str:  # noqa: A002  # the option's name
    """Return a report as text: `terminal`, `json` or another of `--format`, else UsageError."""
    from skewcheck.reports import FORMATS
    from skewcheck.text.printable import PLAIN

    if format not in FORMATS:
        raise UsageError(f"no format {format!r}; known are {', '.join(FORMATS)}")
    return FORMATS[format](audit, PLAIN)


@naming(Origin("function", "power"))
@np.errstate(over="ignore", invalid="ignore")
def power(
    parameters: Place | Parameters,
    rows: int = 2000,
    settings: Settings | None = None,
    *,
    audits: int = 200,
    nights: int | None = None,
    learn: int = LEARN,
    progress: Callable[[int, int, str], None] | None = None,
    **options: Unpack[PowerOptions],
) -> AuditPower:
    """Return the smallest changes that an audit of so many rows detects, and its false alarms.

    False alarms are the verdicts of `audits` simulated audits of clean logs. `options` are those
    of an audit that make its policy: `alpha`, `thresholds`, `fail_on`, `features`, `exclude`.
    With `nights` also the standing shifts that so many nights of audits with `state` show, after
    `learn` others. All is computed from the distributions in the parameter file. `progress` is
    called with the steps that are done, all of them, and the feature that is next.
    """
    from skewcheck.simulate.power import power_of
    from skewcheck.simulate.power.standing import Ahead

    chosen = settings_for("power", settings, options)
    audited = selected(of_group(loaded(parameters, chosen.names), chosen.group), chosen)
    size, logs = parameter("power", o.ROWS, rows), parameter("power", o.AUDITS, audits)
    many = None if nights is None else parameter("power", o.NIGHTS_AHEAD, nights)
    before = parameter("power", o.NIGHTS_BEFORE, learn)
    ahead = None if many is None else Ahead(many, before)
    return power_of(audited, size, chosen.policy, logs, ahead, progress)


@naming(Origin("function", "inject"))
def inject(
    fault: str,
    parameters: Place | Parameters,
    logs: Sources,
    output: str | Path,
    settings: Settings | None = None,
    *,
    feature: str | Sequence[str] = (),
    share: float = 1.0,
    where: Mapping[str, str] | None = None,
    seed: int = 0,
    numbers: FaultSettings | None = None,
    by_file: bool = False,
    **options: Unpack[InjectOptions],
) -> Injected:
    """Write the logs as a server with a fault would have written them; `fault` is a cause's code.

    `feature` are patterns of the features with the fault, `numbers` what `--set` takes, such as
    `{"std": 12.9}`. Served columns are named by `served`, by default `{feature}_norm`; rows that
    are not affected are served correctly. UsageError where the features do not allow the fault.
    """
    from skewcheck.simulate.inject import RowSelection, write_injected

    chosen = settings_for("inject", settings, options)
    injected = selected(of_group(loaded(parameters, chosen.names), chosen.group), chosen)
    known = known_names([feature.name for feature in injected.features], chosen)
    log = open_logs(
        logs, null_values=chosen.null_values, known=known, names=chosen.column_names,
        asked=chosen.asked,
    )  # fmt: skip
    injected = joined_dummies(of_log(injected, log, chosen.raw), log, chosen)
    rows = RowSelection(share, where or {}, chosen.since, chosen.time_column, seed)
    return write_injected(
        fault, injected, log, output,
        raw=raw_columns(injected, chosen),
        served=chosen.served_template or "{feature}_norm",
        features=(feature,) if isinstance(feature, str) else tuple(feature),
        rows=rows, numbers=numbers, by_file=by_file,
        history=tuple(
            of_group(load_file(path, chosen.names), chosen.group) for path in chosen.history
        ),
    )  # fmt: skip
