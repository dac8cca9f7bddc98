"""Notes in words: a template per code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.catalogue.warnings import message
from skewcheck.features.notes import FREE_TEXT, Note
from skewcheck.features.types import ParameterWarning
from skewcheck.reports.words.calendar import CALENDAR_NOTES
from skewcheck.reports.words.scopes import rival_scopes
from skewcheck.text.numbers import figure, percent, shortened
from skewcheck.text.templates import HIDDEN, Template, filled


def text(note: Note) -> str:
    """Return the sentence of a note; KeyError where its code has no template."""
    return filled(NOTES[note.code], note.parameters)


def texts(notes: Sequence[Note]) -> tuple[str, ...]:
    """Return the sentences of notes, in their order."""
    return tuple(text(note) for note in notes)


def _pairs(value: object) -> list[tuple[str, object]]:
    """Return the pairs of a parameter; none where it was dropped."""
    items = value if isinstance(value, tuple) else ()
    return [(str(item[0]), item[1]) for item in items if isinstance(item, tuple)]


def _warning(parameters: Mapping[str, object]) -> str:
    inner, features = parameters.get("parameters"), parameters.get("features")
    warning = ParameterWarning(
        str(parameters.get("code", HIDDEN)),
        inner if isinstance(inner, Mapping) else {},
        tuple(map(str, features)) if isinstance(features, tuple) else (),
    )
    return f"{warning.code}: {message(warning)}"


def _connected(parameters: Mapping[str, object]) -> str:
    side = "served" if parameters.get("side") == "served" else "raw"
    how = {"name": "by name", "position": "by position", "value": "by value"}
    by = how.get(str(parameters.get("by")), "")
    return filled(
        f"{side}: {{features:count feature}} {by}, in {{columns:few 3}}; no option says so",
        parameters,
    )


def _joined(parameters: Mapping[str, object]) -> str:
    of = (
        "{files:few 3}" if parameters.get("by") == "file" else "{files:few 3}, told apart by {path}"
    )
    return filled(f"{{rows:count row}} joined by {{column}} of the records of {of}", parameters)


def _unseen_levels(parameters: Mapping[str, object]) -> str:
    levels = [
        f"{name} ({percent(share)} of the rows)"
        for name, share in _pairs(parameters.get("shares"))
        if isinstance(share, float)
    ]
    return f"levels that training has not seen: {', '.join(levels)}"


def _accepted_shifts(parameters: Mapping[str, object]) -> str:
    shifts = [
        f"{name} {figure(shift)}" for name, shift in _pairs(parameters.get("shifts"))
        if isinstance(shift, float)
    ]  # fmt: skip
    listed = shortened(shifts, 5)
    return f"since then, standard deviations from training, whatever was accepted: {listed}"


def _cluster_rows(parameters: Mapping[str, object]) -> str:
    about = "about " if parameters.get("approximate") else ""
    least = "; {least} about {least_effective:,.0f}" if parameters.get("least") is not None else ""
    return filled(
        f"{{rows:,}} rows of {about}{{values:,}} values of {{column}} are worth about"
        f" {{effective:,.0f}} independent ones{least}",
        parameters,
    )


def _many_segments(parameters: Mapping[str, object]) -> str:
    others = "more than {others:,}" if parameters.get("at_least") else "{others:,}"
    return filled(
        "{column} has many values: the {segments} with most rows are a segment each,"
        f" the {others} others share one ({{rows:,}} rows)",
        parameters,
    )


def _error_not_compared(parameters: Mapping[str, object]) -> str:
    reasons = []
    for role, key in (("prediction", "predictions"), ("label", "labels")):
        names = parameters.get(key)
        names = names if isinstance(names, tuple) else ()
        if len(names) != 1:
            have = f"{', '.join(map(str, names))} have" if names else "no audited feature has"
            reasons.append(f"{have} the role {role}")
    return f"model.error is not compared: {' and '.join(reasons)}"


def _strange_importances(parameters: Mapping[str, object]) -> str:
    suggestions = [
        f"{name!r} (did you mean {close}?)" if close else repr(name)
        for name, close in _pairs(parameters.get("names"))
    ]
    return filled(
        "{path}: no feature has the name {suggestions:few 3}",
        {**parameters, "suggestions": suggestions},
    )


def _new_alarms(parameters: Mapping[str, object]) -> str:
    alarms, then = _pairs(parameters.get("alarms")), parameters.get("verdict")
    listed = ", ".join(f"{name} ({code})" for name, code in alarms[:10])
    more = f" and {len(alarms) - 10} more" if len(alarms) > 10 else ""
    sentence = "no alarm is new since the last run"
    if alarms:
        sentence = f"new since the last run: {listed}{more}"
    elif then is not None:
        sentence = f"new since the last run: the verdict, which was {then}"
    code = parameters.get("exit_code")
    return sentence if code is None else f"{sentence}: exit code {code} by --only-new-alarms"


def _unknown_keys(parameters: Mapping[str, object]) -> str:
    """Return which keys have no parameters, with their rows, and how many rows have no key."""
    said = []
    pairs = _pairs(parameters.get("keys"))
    named = [filled("{key!r} ({rows:count row})", {"key": k, "rows": n}) for k, n in pairs]
    if parameters.get("rows"):
        some = f": {shortened(named, 5)}" if named else ""
        said.append(
            filled("{names:count key} without parameters in {rows:count row}", parameters) + some
        )
    if parameters.get("nulls"):
        said.append(filled("{nulls:count row} without a key", parameters))
    return filled("{features:few 3}: ", parameters) + "; ".join(said)


_TOO_SMALL = "p-values are too small"
_ADVICE = f"{_TOO_SMALL}; give --cluster COLUMN or audit fewer rows of each"
_VERDICT: Mapping[str, Template] = {
    "absent_column": "{column} is absent from {files:few 1}: {rows:,} rows count as nulls",
    "unusual_columns":
        "absent from {files:few 2}: {columns:few 3}; instead {names:few 3}, which no other file"
        " has: renamed?",
    "float32_values": (
        "{features:few 3}: float64 columns of float32 values, compared to the precision of float32"
    ),
    "accepted_change":
        "a change was accepted ({text}): nights until {until} are no evidence of a shift",
    "accepted_shifts": _accepted_shifts,
    "unseen_levels": _unseen_levels,
    "unknown_keys": _unknown_keys,
    "incomplete_scopes":
        "{features:few 3}: {rows:count row} not compared, as the rows that they are normalized over"
        " are not all in the log, hold a null, or hardly differ",
    "unsaid_levels":
        "{features:few 3}: {rows:count row} not compared, as the parameter file does not say what"
        " nulls and levels that it lacks are served as",
    "rival_scopes": rival_scopes,
    "waiver_without_feature": "the waiver {code}:{feature} meets no feature",
    "waiver_ended": "the waiver {code}:{feature} ended on {until}",
    "warning": _warning,
    FREE_TEXT: "{text}",
    "other_columns": "{feature} also goes into the model as {names:few 3}: not audited",
    "made_columns": "{feature} also goes into the model as {names:few 3}: not audited, {reason}",
    "changed_since_lock": "the normalization was changed since its fingerprint was written",
    "error_without_reference":
        "the error of {prediction} against {label} is not judged:"
        " the parameter file has no model.error",
    "error_not_compared": _error_not_compared,
}  # fmt: skip
_DEPENDENCE: Mapping[str, Template] = {
    "cluster_rows": _cluster_rows,
    "single_cluster":
        "all rows with a {column} have the same one: they are worth one row;"
        " give a column that varies, or leave --cluster out",
    "cluster_by_part":
        "in windows and segments a row is taken to be worth what it is in the whole log: too much"
        " where those have few values of {column}",
    "rows_without_cluster": "{rows:,} rows without a {column} count as independent",
    "similar_rows":
        "rows of one {column} are like each other ({feature}: {rows:,} rows are worth about"
        f" {{effective:,.0f}}): {_TOO_SMALL}; give --cluster {{column}}",
    "similar_neighbours":
        "rows depend on each other ({feature}: {block} consecutive rows are worth about"
        f" {{effective:.0f}}): {_ADVICE}",
    "repeated_rows": f"{{share:.0%}} of the rows sampled repeat others in every feature: {_ADVICE}",
}  # fmt: skip
_PARTS: Mapping[str, Template] = {
    "row_without_time": "{rows:,} row without a time in {column} is in no window",
    "rows_without_time": "{rows:,} rows without a time in {column} are in no window",
    "first_window": "the first window has none before it, and is compared with nothing",
    "windows_without_baseline":
        "{windows:,} of {parts:,} windows have no earlier one of the same hour,"
        " and are compared with nothing",
    "small_windows":
        "{windows:,} of {parts:,} windows have too few rows to show anything by themselves",
    "many_segments": _many_segments,
    "segments_without_reference":
        "training is not known by segment: a segment is skew only where it holds more of some"
        " values than all of training; --baseline FILE, or --reference FILE, with the segment"
        " column compares each with itself",
    "segments_partly_known":
        "{source} has too few rows of {values:count value} of {column}:"
        " compared with all of training",
}  # fmt: skip
_LOGS: Mapping[str, Template] = {
    "unread_elements": "{column} has elements that are not audited, with values in {rows:,} of the"
    " first rows",
    "extra_elements": "{column} has elements of no feature, which are not audited: {names:few 3}",
    "unsettled_files": "left for the next run, as modified within --settle: {files:few 5}",
    "hidden_files": "not read, as . or _ in front of a name marks no log: {files:few 5}",
    "special_files": "not read, as they are pipes, sockets or devices: {files:few 5}",
    "empty_files": "not read, as they are empty (nothing but white space): {files:few 5}",
    "connected_raw": _connected,
    "connected_served": _connected,
    "decoded": "text that holds records is decoded: {columns:few 5}",
    "exploded": "a row for each element of {columns:few 5}",
    "joined": _joined,
    "table_version": "{table}: version {version} of the {type} table",
    "stale_files": "not read, as none of their rows are in the version of the table: {files:few 5}",
    "vacant_files": "tables without a row in their version: {files:few 5}",
    "decimal_comma": "numbers with a comma before their decimals, read as such: {files:few 5}",
    "rows_by_file": "{files:all}: rows are told apart by file and row number",
    "rows_by_key": "{files:all}: rows are told apart by {columns:all}; which of the rows with one"
    " key are sampled may differ between runs, and neighbours are not compared",
    "rows_by_hash": "{files:all}: rows are told apart by a hash of their values, as Spark knows no"
    " number of them and no key is given: which of equal rows are sampled may differ between"
    " runs, and neighbours are not compared",
    "rowless_files": "read, but without a row: {files:few 5}",
    "report_files": "not read, as skewcheck wrote them: {files:few 5}",
    "copied_files": "the same content under several names, audited as often: {files:few 5}",
    "more_copied_files": "so have groups of others: {files:few 3}",
    "profiles_without_rows": "{files:few 3}: no rows in the profile: what only rows show is not"
    " explained (in which rows, two causes in one feature, rows that depend on each other)",
    "new_alarms": _new_alarms,
    "damaged_history": "{files:all}: a line behind the last run is damaged: each alarm is new",
    "undelivered_runs": "no report got out of {runs:count run} before this: their alarms are new",
}
_TRAINING: Mapping[str, Template] = {
    "moving_column":
        "{column}: left out: a date or time moves on by itself"
        " (name it in --features to keep it)",
    "index_column":
        "{column:or the column without a name}: left out: an index column without a name",
    "uneven_list":
        "{column}: left out: lists of several lengths, or too long, are no vector ({type})",
    "untyped_column": "{column}: left out: {type} is no number, text or boolean",
    "empty_column": "{column}: left out: no value in any row",
    "overflowing_column":
        "{column}: left out: values beyond {limit:g}, of which no standard deviation can be"
        " computed",
    "row_numbers":
        "{column}: left out: integers, all distinct and sorted, as row numbers are",
    "identifier":
        "{column}: left out: an identifier by its name and its many distinct values",
    "many_levels":
        "{column}: left out: more than 200,000 levels, as text or identifiers have",
    "distinct_levels":
        "{column}: left out: nearly every value is distinct, as text or identifiers are",
    "mistyped_rows":
        "{feature}: {rows:,} rows hold values of another type, which are left out",
    "features_without_data": "{features:few 3}: the training data has no such column",
    "unkept_levels":
        "{feature}: more than {limit:,} levels in the training data: none of them is kept",
    "unkept_distribution":
        "{feature}: values beyond {limit:g} in the training data: no distribution is kept",
    "rows_without_key": "{rows:count row} without a {column}: of no key's parameters",
    "constant_keys":
        "{feature}: one value only in {names:few 3} of {column}: its spread is taken as 1",
    "constant_not_normalized": "{feature}: one value only: not normalized",
    "spread_not_normalized":
        "{feature}: no spread that {step} could divide by: not normalized",
    "object_not_run": "the object was read and not run: {reason}",
    "other_rows_matter":
        "{columns:few 3}: depend on other rows of their batch, or on chance: in no golden row",
    "names_of_data": "the columns are named as those of X, in their order",
    "strange_importances": _strange_importances,
}  # fmt: skip
_READINGS: Mapping[str, Template] = {
    "numbers": "its type is {type}",
    "numbers_in_text": "text, {share:percent} of it numbers",
    "times": "its type is {type}: seconds since 1970",
    "declared_levels": "named in --categorical; its type is {type}",
    "text": "text, {levels:count level}",
    "levels": "its type is {type}, {levels:count level}",
}
"""Why `fit` took a column for what it did."""
_FAULTS: Mapping[str, Template] = {
    "fault_without_effect":
        "no value of {features:all} changes: nothing is there to be found",
    "feature_not_served": "{feature}: not served, {reason}",
    "fault_not_possible": "not in {features:all}: {error}",
}  # fmt: skip
NOTES: Mapping[str, Template] = {
    **_VERDICT, **_DEPENDENCE, **_PARTS, **_LOGS, **_TRAINING, **_READINGS, **_FAULTS,
    **CALENDAR_NOTES,
}  # fmt: skip
"""Templates by the code of the note; their fields are its parameters."""
