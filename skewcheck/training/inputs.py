"""The inputs of an audit: parameters with reference and importances, training data, the logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewcheck.config.loading import loaded, of_group, of_log, selected
from skewcheck.config.types import Settings
from skewcheck.connect.needed import is_needed
from skewcheck.engine.checks import copied_files, decimal_commas, table_versions, unopened_files
from skewcheck.engine.columns import known_names
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.columns import has_place
from skewcheck.parameters import Place
from skewcheck.results.account import MAX_NAMES, Account

if TYPE_CHECKING:
    from skewcheck.counts.plan import Plan
    from skewcheck.counts.profile import Profile
    from skewcheck.engine.served_groups import FoundServed


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
    connecting: tuple[Note, ...] = ()
    """What the log shows of its columns, where no option says it."""

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
            *unopened_files(self.logs.unopened),
        )
        if profile.intake.rowless:
            notes = (*notes, Note("rowless_files", {"files": profile.intake.rowless}))
        notes = (
            *notes,
            *table_versions(self.logs),
            *decimal_commas(self.logs),
            *copied_files(self.logs),
        )
        if profile.absent:
            from skewcheck.engine.renamed import renamed_columns  # files of most logs are alike

            notes = (*notes, *renamed_columns(self.logs, plan, profile.absent))
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
    progress: Progress | None = None, admit: Callable[[Parameters], None] | None = None,
) -> AuditInputs:  # fmt: skip
    """Open parameters, logs and, where `reference` is not None, training data.

    `admit` is called with the parameters before any feature is selected, and may raise. Raises a
    SkewcheckError where one of them cannot be read or does not fit the settings.
    """
    training = None
    if reference is not None:
        training = open_source(
            reference, null_values=settings.null_values, columns=settings.column_names
        )
    loaded_parameters = of_group(
        loaded(parameters, settings.names, training, settings), settings.group
    )
    if admit is not None:
        admit(loaded_parameters)
    known = known_names(
        [feature.name for feature in loaded_parameters.features], settings,
        (*(settings.by or ()), settings.time_column, settings.cluster, *settings.join,
         *dict.fromkeys(f.by for f in loaded_parameters.features if f.by)),
    )  # fmt: skip
    log_source = open_source(
        logs, null_values=settings.null_values, settle=settings.settle, asked=settings.asked,
        columns=settings.column_names, known=known,
    )  # fmt: skip
    loaded_parameters = _as_logged(loaded_parameters, log_source, training, settings)
    all_features = loaded_parameters.features
    loaded_parameters = selected(loaded_parameters, settings)
    if training is not None:
        from skewcheck.training.fit import with_reference  # most audits use the stored one

        loaded_parameters = with_reference(loaded_parameters, training, progress=progress)
    notes: tuple[Note, ...] = ()
    if settings.join:
        from skewcheck.connect.joined import joined_log  # most logs have raw and served values

        log_source, notes = joined_log(log_source, all_features, settings, known)
    if not is_needed(log_source, all_features, settings):
        return AuditInputs(loaded_parameters, training, log_source, all_features, settings, notes)
    from skewcheck.connect.connected import connected  # columns of most logs are features

    log = connected(log_source, all_features, settings, known)
    if settings.join:
        from skewcheck.connect.joined import refuse_unconnected  # as above

        refuse_unconnected(log, all_features)
    return AuditInputs(
        loaded_parameters, training, log.source, all_features, log.settings, (*notes, *log.notes)
    )
