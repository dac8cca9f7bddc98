"""The inputs of an audit: parameters with reference and importances, training data, the logs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from skewcheck.config.loading import loaded, of_group, of_log, selected
from skewcheck.config.types import Settings
from skewcheck.connect.needed import is_needed
from skewcheck.engine.checks import copied_files, decimal_commas, table_versions, unopened_files
from skewcheck.engine.columns import known_names
from skewcheck.engine.engines import THREADS, Engine
from skewcheck.engine.fold import Progress
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.columns import has_place
from skewcheck.parameters import Place
from skewcheck.results.account import MAX_NAMES, Account

if TYPE_CHECKING:
    from skewcheck.counts.plan import Plan
    from skewcheck.counts.profile import Profile
    from skewcheck.engine.profiles.source import ProfileSource
    from skewcheck.engine.served_groups import FoundServed
    from skewcheck.results.gate import UnaskedServed


@dataclass(frozen=True, slots=True)
class AuditInputs:
    """What an audit reads."""

    parameters: Parameters
    """Those that the settings select, with the reference of the training data if there is any."""
    training: LogSource | None
    """Training data that replaces the stored reference; None without any."""
    logs: LogSource
    all_features: tuple[Feature, ...]
    """All of the parameter file, those that the settings do not select among them."""
    settings: Settings
    """Those that were given, and the columns that the log itself shows."""
    stated: Parameters
    """The parameters as they stand in their file."""
    asked: Settings
    """The settings as they were given, with those of profiles."""
    connecting: tuple[Note, ...] = ()
    """What the log shows of its columns, where no option says it."""
    profiles: ProfileSource | None = None
    """The logs, where these are profiles."""

    def planned(self) -> tuple[AuditInputs, Plan, tuple[UnaskedServed, ...]]:
        """Return the plan, the inputs with the served columns that the log shows for certain, and
        what else looks like some."""
        if self.settings.columns:
            from skewcheck.engine.feature_tables import refuse_shared_columns  # most have no tables

            refuse_shared_columns(self.all_features, self.settings, self.logs.has)
        plan = make_plan(self.parameters, self.logs, self.settings, self.all_features)
        if self.profiles is not None:
            unasked = () if self.settings.served is not None else self.profiles.unasked
            return self, self.profiles.planned(plan), unasked
        served = self.served(plan)
        if served is None or not served.certain:
            return self, plan, () if served is None else served.unasked
        from skewcheck.connect.certain import with_served  # a nightly audit names them

        chosen, note = with_served(self.settings, self.all_features, self.logs, served)
        inputs = replace(self, settings=chosen, connecting=(*self.connecting, note))
        plan = make_plan(self.parameters, self.logs, chosen, self.all_features)
        return inputs, plan, served.unasked

    def notes(self, plan: Plan, profile: Profile, settings: Settings) -> tuple[Note, ...]:
        """Return the notes of reading: warnings and notes of the parameters, what is left out."""
        warnings = (
            Note("warning", {"code": w.code, "parameters": w.parameters, "features": w.features})
            for w in self.parameters.warnings
        )
        notes = (
            *self.connecting,
            *warnings,
            *self.parameters.notes,
            *self.logs.notes,
            *(() if self.training is None else self.training.notes),
            *unopened_files(self.logs.unopened),
        )
        if profile.intake.rowless:
            notes = (*notes, Note("rowless_files", {"files": profile.intake.rowless}))
        notes = (
            *notes,
            *table_versions(self.logs),
            *decimal_commas(self.logs),
            *(copied_files(self.logs) if self.profiles is None else self.profiles.copied),
        )
        if profile.absent:
            from skewcheck.engine.renamed import renamed_columns  # files of most logs are alike

            notes = (*notes, *renamed_columns(self.logs, plan, profile.absent))
        if self.profiles is not None:
            from skewcheck.engine.profiles.notes import notes_of  # most logs have rows

            return (*notes, *notes_of(self.profiles))
        if not any(map(has_place, plan.wanted.all)):
            return notes
        from skewcheck.engine.vectors import extra_elements, unread_elements  # most have no lists

        unread = unread_elements(self.all_features, self.logs, settings)
        return (*notes, *extra_elements(self.all_features, self.logs, settings), *unread)

    def account(self, plan: Plan) -> Account:
        """Return what is read of the logs, and which columns a plan uses."""
        settings, features = self.settings, plan.features
        used = {*plan.wanted.all, settings.time_column, settings.cluster, *(settings.by or ())}
        ignored = [name for name in self.logs.leaves() if name not in used]
        files = (self.logs.read or self.logs).files
        return Account(
            len(files), sum(file.size for file in files),
            sum(f.raw is not None for f in features),
            sum(f.served is not None or bool(f.uncompared) for f in features),
            sum(file.why == "mark" for file in self.logs.unopened),
            tuple(f.feature.name for f in features
                  if f.raw is None and f.served is None and not f.uncompared),
            len(ignored), tuple(ignored[:MAX_NAMES]),
        )  # fmt: skip

    def served(self, plan: Plan) -> FoundServed | None:
        """Return what looks like served values; None where an option says what is."""
        if self.settings.served is not None:
            return None
        from skewcheck.engine.unasked import find_served  # a nightly audit says which

        return find_served(plan, self.all_features, self.logs, self.settings)


def _as_logged(
    parameters: Parameters, log: LogSource, training: LogSource | None, settings: Settings
) -> Parameters:
    """Return parameters with the key column, importances and columns that a log or training has."""
    parameters = of_log(parameters, log, settings.raw)
    if settings.importance is not None:
        from skewcheck.training.importance import with_importance  # most audits read none

        parameters = with_importance(parameters, settings.importance)
    if all(log.has(feature.name) for feature in parameters.features):
        return parameters
    from skewcheck.engine.dummies import joined_dummies  # most logs have columns of features

    joined = joined_dummies(parameters, log, settings)
    # A log may have them within records.
    return joined if training is None else joined_dummies(joined, training, None)


def open_inputs(
    parameters: Place | Parameters, logs: object, reference: object, settings: Settings, *,
    engine: Engine = THREADS, progress: Progress | None = None,
    admit: Callable[[Parameters, Settings], None] | None = None, counted: bool = True,
) -> AuditInputs:  # fmt: skip
    """Open parameters, logs and, where `reference` is not None, training data.

    `admit` is called with the parameters before any feature is selected, and may raise. `counted`
    lets profiles stand for logs, whose settings hold then. Raises a SkewcheckError where one of
    them cannot be read or does not fit the settings.
    """
    training = None if reference is None else _opened_training(reference, settings, engine)
    loaded_parameters = of_group(
        loaded(parameters, settings.names, training, settings), settings.group
    )
    known = known_names(
        [feature.name for feature in loaded_parameters.features], settings,
        (*(settings.by or ()), settings.time_column, settings.cluster, *settings.join,
         *dict.fromkeys(f.by for f in loaded_parameters.features if f.by)),
    )  # fmt: skip
    log_source = open_source(
        logs, null_values=settings.null_values, settle=settings.settle, asked=settings.asked,
        columns=settings.column_names, known=known, counted=counted, engine=engine,
    )  # fmt: skip
    profiles = None
    if any(file.contents.counted for file in log_source.files):
        from skewcheck.engine.profiles.reading import profile_source  # most logs have rows

        log_source = profiles = profile_source(log_source, settings)
        given, settings = settings, profiles.asked
        if (settings.names, settings.group) != (given.names, given.group):
            stored = loaded(parameters, settings.names, training, settings)
            loaded_parameters = of_group(stored, settings.group)
        profiles.refuse_other_parameters(loaded_parameters.fingerprint)
    if admit is not None:
        admit(loaded_parameters, settings)
    stated, asked = loaded_parameters, settings
    loaded_parameters = _as_logged(loaded_parameters, log_source, training, settings)
    all_features = loaded_parameters.features
    loaded_parameters = selected(loaded_parameters, settings)
    if training is not None:
        from skewcheck.training.fit import with_reference  # most audits use the stored one

        loaded_parameters = with_reference(loaded_parameters, training, progress=progress)
    if profiles is not None:
        return AuditInputs(
            loaded_parameters, training, profiles, all_features, profiles.used, stated, asked,
            profiles.connecting, profiles,
        )  # fmt: skip
    log_source, settings, notes = _connected(log_source, all_features, settings, known)
    timed = _timed(settings, loaded_parameters, log_source)
    return AuditInputs(
        loaded_parameters, training, log_source, all_features, timed, stated, asked, notes
    )  # fmt: skip


def _timed(settings: Settings, parameters: Parameters, log: LogSource) -> Settings:
    """Return settings with training's column of times, where all files of a log have it.

    Features that are functions of it are compared with it.
    """
    if settings.time_column is not None:
        return settings
    if parameters.calendar is not None:
        column = parameters.calendar.column
    elif parameters.strata is not None:
        column = parameters.strata.parts.column
    else:
        return settings
    if not log.has(column) or log.lacking(column):
        return settings
    return replace(settings, time_column=column)


def _opened_training(reference: object, settings: Settings, engine: Engine) -> LogSource:
    """Open training data: its nulls and columns are spelled as those of logs."""
    return open_source(
        reference, null_values=settings.null_values, columns=settings.column_names, engine=engine
    )


def _connected(
    log: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> tuple[LogSource, Settings, tuple[Note, ...]]:
    """Return a log whose columns are those of features, how they are called, and what to say.

    Its served values may be joined to it first.
    """
    notes: tuple[Note, ...] = ()
    if settings.join:
        from skewcheck.connect.joined import joined_log  # most logs have raw and served values

        log, notes = joined_log(log, features, settings, known)
    if not is_needed(log, features, settings):
        return log, settings, notes
    from skewcheck.connect.connected import connected  # columns of most logs are features

    reached = connected(log, features, settings, known)
    if settings.join:
        from skewcheck.connect.joined import refuse_unconnected  # as above

        refuse_unconnected(reached, features)
    return reached.source, reached.settings, (*notes, *reached.notes)
