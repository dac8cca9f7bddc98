"""Redaction for `--no-values`: a report without any value of the data.

Hidden are values of single rows and what gives one away: the raw, expected and served value of an
example (its file and row stay), the largest error, levels and their names, the ends of bins,
distribution functions, pairs of expected and served values, the segment (`host = (hidden)`) - and
of a cause's numbers all that may be a row's value: ends, centres (a median is one), offsets, scales
(that of max-abs is one), fill values, mappings. Figures of fewer than 50 rows are left out, in
tests, windows, segments and causes, and all others are rounded so that no difference of two of them
gives a row back: `results.shown` says how far, and why. Shown are verdicts, counts of rows, codes,
names of features, columns and files, times to the minute that say since when, and numbers that only
many rows together have: factor, decimals, mean and standard deviation. All of these are fields of
the data, dropped before any sentence is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.tests import ERROR, NONFINITE, TESTS, TYPE
from skewcheck.results.audit import Audit, Bar, FeatureAudit, ModelError, Parity
from skewcheck.results.causes import Cause, Place
from skewcheck.results.incidents import Incident
from skewcheck.results.notes import warning_without_values
from skewcheck.results.notes import without_values as note_without_values
from skewcheck.results.parts import Change, Segment, Trend, WindowFigures
from skewcheck.results.policy import InForce
from skewcheck.results.shown import (
    FEWEST_ROWS,
    HIDING_ROWS,
    bound,
    leading,
    rounded,
    shown_figure,
    shown_figures,
    shown_moments,
    shown_tests,
    usable,
    valueless,
)

_SECONDS = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):\d\d(?:\.\d+)?")


def without_values(audit: Audit) -> Audit:
    """Return the same audit without anything that a single row said."""
    if not audit.values:
        return audit
    return replace(
        audit,
        values=False,
        features=tuple(_feature(feature, audit.policy.alpha) for feature in audit.features),
        causes=tuple(cause_without_values(cause, audit.logs.rows) for cause in audit.causes),
        incidents=tuple(_incident(incident, audit.logs.rows) for incident in audit.incidents),
        error=None if audit.error is None else _error(audit.error, audit.policy.alpha),
        logs=replace(audit.logs, newest=_minute(audit.logs.newest)),
        account=None if audit.account is None else audit.account.without_names(),
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
        if weakening.key in ("null_values", "sql", "where")
        else weakening
        for weakening in force.weaker
    )
    return replace(force, weaker=tuple(weaker))


def _number(texts: object) -> object:
    """Return how many texts there are: one may be alone, as a query is; None for none."""
    if isinstance(texts, str):
        return 1
    return len(texts) if isinstance(texts, tuple) else texts


def _to_the_minute(text: str) -> str:
    """Round times down to the minute: the second of a rare event is a value of its row."""
    return _SECONDS.sub(r"\1:00", text)


def _minute(moment: float | None) -> float | None:
    return None if moment is None else moment // 60 * 60


def _feature(feature: FeatureAudit, alpha: float) -> FeatureAudit:
    causes = tuple(cause_without_values(cause, feature.rows) for cause in feature.causes)
    shares = {test.name: test.statistic or 0.0 for test in feature.tests}
    nulls = valueless(feature)
    valued = usable(feature.rows, shares, nulls)
    error = None if feature.error is None else _error(feature.error, alpha)
    tests = shown_tests(feature.tests, feature.rows, nulls, alpha, whole=True)
    if error is not None:
        # That test is of the rows with a prediction, and stands in both places.
        tests = tuple(error.test if test.spec is ERROR else test for test in tests)
    return replace(
        feature,
        tests=tests,
        parity=None if feature.parity is None else _parity(feature.parity),
        bars=tuple(
            Bar("", bar.reference, rounded(bar.serving, HIDING_ROWS / valued))
            for bar in feature.bars if valued >= FEWEST_ROWS
        ),
        curves=None,
        causes=causes,
        error=error,
        effective_rows=_effective(feature),
        windows=tuple(map(_window, feature.windows)),
        changes=tuple(_change(change, feature.windows) for change in feature.changes),
        trend=_trend(feature.trend, feature.windows),
        segments=tuple(_segment(segment, alpha) for segment in feature.segments),
        worst=tuple(_segment(segment, alpha) for segment in feature.worst),
    )  # fmt: skip


def _effective(feature: FeatureAudit) -> float | None:
    """Return its effective rows by a rounded design effect: that is a figure, too."""
    if not feature.effective_rows or feature.rows < FEWEST_ROWS:
        return None
    design = feature.rows / feature.effective_rows
    return feature.rows / rounded(design, leading(design))


def _error(error: ModelError, alpha: float) -> ModelError:
    return replace(error, test=shown_tests([error.test], error.rows, 0, alpha)[0])


def _window(window: WindowFigures) -> WindowFigures:
    figures = shown_figures(window.figures, window.rows, alike=window.alike)
    return replace(window, start=_to_the_minute(window.start), figures=figures)


def _few(windows: Sequence[WindowFigures]) -> bool:
    """Return whether any of the windows has too few values for a figure."""
    return any(_valued(window) < FEWEST_ROWS for window in windows)


def _valued(window: WindowFigures) -> int:
    """Return how many rows of a window have a value that figures are of; 0 if all are alike."""
    return 0 if window.alike else usable(window.rows, window.figures)


def _change(change: Change, windows: Sequence[WindowFigures]) -> Change:
    starts = [window.start for window in windows]
    first = starts.index(change.since) if change.since in starts else 0
    last = starts.index(change.until) if change.until in starts else len(starts)
    # The run is one of these windows, or several: no fewer rows than the smallest has.
    values = [_valued(window) for window in windows[first:last]]
    few = change.rows is None or any(window.alike for window in windows[first:last])
    rows = min(values, default=0) if few or change.rows is None else change.rows
    until = None if change.until is None else _to_the_minute(change.until)
    return replace(
        change, since=_to_the_minute(change.since), until=until,
        statistic=shown_figure(change.statistic, TESTS[change.test], rows),
        confidence=rounded(change.confidence, 0.01),
    )  # fmt: skip


def _trend(trend: Trend | None, windows: Sequence[WindowFigures]) -> Trend | None:
    if trend is None or _few(windows):
        return None
    p_value = bound(trend.p_value, 0.0)
    slope = rounded(trend.slope, leading(trend.slope))
    return Trend(slope, trend.p_value if p_value is None else p_value)


def _segment(segment: Segment, alpha: float) -> Segment:
    shares = {test.name: test.statistic or 0.0 for test in segment.tests}
    valued = usable(segment.rows, {**shares, NONFINITE.code: 0.0, TYPE.code: 0.0})
    nulls = segment.rows - (0 if segment.alike else valued)
    return replace(
        segment, value=None, tests=shown_tests(segment.tests, segment.rows, nulls, alpha)
    )


def _parity(parity: Parity) -> Parity:
    example = parity.example
    if example is not None:
        example = replace(example, raw=None, expected=None, served=None)
    return replace(parity, max_error=None, example=example, pairs=None, mistakes=())


def cause_without_values(cause: Cause, all_rows: int) -> Cause:
    """Keep the parameters that its entry in the catalogue shows; a key that is not there goes."""
    spec, rows = CAUSES[cause.code], round(cause.share * all_rows)
    shown = spec.shown if rows < FEWEST_ROWS else (*spec.shown, *spec.shown_of_many)
    parameters = {key: value for key, value in cause.parameters.items() if key in shown}
    if rows >= FEWEST_ROWS and (spec.fitted_to_serving or cause.variant in spec.of_rows):
        parameters = shown_moments(parameters, rows)
    return replace(cause, parameters=parameters, place=_place(cause.place), details=None)


def _incident(incident: Incident, all_rows: int) -> Incident:
    """Hide what its place and its cause hide."""
    cause = None if incident.cause is None else cause_without_values(incident.cause, all_rows)
    return replace(
        incident, place=_place(incident.place), since=_minute(incident.since),
        until=_minute(incident.until), cause=cause,
    )  # fmt: skip


def _place(place: Place | None) -> Place | None:
    """Hide the values of a segment; files keep their names, as they do everywhere else."""
    if place is None:
        return None
    values = place.values if place.kind == "file" else ()
    since, until = _minute(place.since), _minute(place.until)
    return replace(place, values=values, since=since, until=until, inside=_place(place.inside))
