"""Redaction for `--no-values`: a report without any value of the data.

Hidden are values of single rows and what gives one away: the raw, expected and served value of an
example (its file and row stay), the largest error, levels and their names, the ends of bins,
distribution functions, the segment (`host = (hidden)`) - and of a cause's numbers all that may be a
row's value: ends, centres (a median is one), offsets, scales (that of max-abs is one), fill values,
mappings. Shown are shares, counts, figures of tests, codes, names of features, columns and files,
times to the minute that say since when, and numbers that only many rows together have: factor,
decimals, mean and standard deviation - which are those of the serving data where production
computed them anew, so that they are hidden where a cause has fewer than 50 rows. All of these are
fields of the data, dropped before any sentence is written.
"""

from __future__ import annotations

import re
from dataclasses import replace

from skewcheck.catalogue.causes import CAUSES
from skewcheck.results.audit import Audit, Bar, FeatureAudit, Parity
from skewcheck.results.causes import Cause, Place
from skewcheck.results.notes import warning_without_values
from skewcheck.results.notes import without_values as note_without_values
from skewcheck.results.parts import Change, Segment
from skewcheck.results.policy import InForce

_SECONDS = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):\d\d(?:\.\d+)?")
FEWEST_ROWS = 50
"""Rows from which a mean and a standard deviation are shown: no row weighs over 2 % in a mean."""


def without_values(audit: Audit) -> Audit:
    """Return the same audit without anything that a single row said."""
    return replace(
        audit,
        features=tuple(_feature(feature) for feature in audit.features),
        causes=tuple(_cause(cause, audit.logs.rows) for cause in audit.causes),
        logs=replace(audit.logs, newest=_minute(audit.logs.newest)),
        notes=tuple(map(note_without_values, audit.notes)),
        warnings=tuple(map(warning_without_values, audit.warnings)),
        in_force=None if audit.in_force is None else _in_force(audit.in_force),
        windows=None if audit.windows is None else replace(
            audit.windows, starts=tuple(map(_to_the_minute, audit.windows.starts))
        ),
    )  # fmt: skip


def _in_force(force: InForce) -> InForce:
    """Hide texts that are values of the data: how many there are is shown."""
    weaker = (
        replace(weakening, value=_number(weakening.value), base=_number(weakening.base))
        if weakening.key == "null_values"
        else weakening
        for weakening in force.weaker
    )
    return replace(force, weaker=tuple(weaker))


def _number(texts: object) -> object:
    return len(texts) if isinstance(texts, tuple) else texts


def _to_the_minute(text: str) -> str:
    """Round times down to the minute: the second of a rare event is a value of its row."""
    return _SECONDS.sub(r"\1:00", text)


def _minute(moment: float | None) -> float | None:
    return None if moment is None else moment // 60 * 60


def _feature(feature: FeatureAudit) -> FeatureAudit:
    causes = tuple(_cause(cause, feature.rows) for cause in feature.causes)
    return replace(
        feature,
        tests=tuple(replace(test, value=None) for test in feature.tests),
        parity=None if feature.parity is None else _parity(feature.parity),
        bars=tuple(Bar("", bar.reference, bar.serving) for bar in feature.bars),
        curves=None,
        causes=causes,
        windows=tuple(replace(w, start=_to_the_minute(w.start)) for w in feature.windows),
        changes=tuple(_change(change) for change in feature.changes),
        segments=tuple(_segment(segment) for segment in feature.segments),
        worst=tuple(_segment(segment) for segment in feature.worst),
    )


def _change(change: Change) -> Change:
    until = None if change.until is None else _to_the_minute(change.until)
    return replace(change, since=_to_the_minute(change.since), until=until)


def _segment(segment: Segment) -> Segment:
    tests = tuple(replace(test, value=None) for test in segment.tests)
    return replace(segment, value=None, tests=tests)


def _parity(parity: Parity) -> Parity:
    example = parity.example
    if example is not None:
        example = replace(example, raw=None, expected=None, served=None)
    return replace(parity, max_error=None, example=example)


def _cause(cause: Cause, all_rows: int) -> Cause:
    """Keep the parameters that its entry in the catalogue shows; a key that is not there goes."""
    spec = CAUSES[cause.code]
    few = round(cause.share * all_rows) < FEWEST_ROWS
    shown = spec.shown if few else (*spec.shown, *spec.shown_of_many)
    parameters = {key: value for key, value in cause.parameters.items() if key in shown}
    return replace(cause, parameters=parameters, place=_place(cause.place), details=None)


def _place(place: Place | None) -> Place | None:
    """Hide the values of a segment; files keep their names, as they do everywhere else."""
    if place is None:
        return None
    values = place.values if place.kind == "file" else ()
    since, until = _minute(place.since), _minute(place.until)
    return replace(place, values=values, since=since, until=until, inside=_place(place.inside))
