"""Causes where only served or only raw values were logged: distributions, and the raw grid.

Where nothing explains the whole log, its parts are asked: rows off the raw grid, the values of a
segment column, a stretch of time, then a mixture of right rows and wrong ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import CAUSES, NORMALIZED_TWICE, STEP_MISSING, SWAPPED_FEATURES
from skewcheck.causes import bucket_codes, mixture, parts, precision, units
from skewcheck.causes.confidence import as_unit, sure_of
from skewcheck.causes.diagnosis import drift, is_mechanical, of_all_rows
from skewcheck.causes.distributions import (
    SAME,
    Match,
    critical,
    distance,
    foreign,
    matches,
    raw_matches,
    source_reference,
    worth_trying,
)
from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.frequent_value import newly_frequent, rounded, stuck
from skewcheck.causes.grids import LEAST, Grid, seen
from skewcheck.causes.mechanism import Known, Mechanism, final_linear, line
from skewcheck.causes.methods import recognised
from skewcheck.causes.one_sided_parameters import fitted_line, from_grid, negated, new_atom
from skewcheck.causes.parts import named
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

EITHER = 0.6
"""Confidence in the better of two matches, both within noise."""
LOOSE = 0.1
"""Of a scale: how well distributions tell the whole grid steps of an offset."""
CLOSER = 0.6
"""A fitted line is believed instead of a mechanism if it is nearer by this factor."""
DEEP = 2
"""Parts of parts: a host, and since when."""


def of_served(
    evidence: Evidence, grid: Grid | None, step: float | None, depth: int = 0
) -> list[Cause]:
    """Return the causes of served values that are not training's, likeliest first."""
    known, reference = evidence.known, evidence.known.reference
    rows = evidence.rows.only(np.isfinite(evidence.rows.served))
    again = list(recomputed_on(evidence))
    if again or len(rows) < 10:
        return again
    found = _served(evidence, rows, grid, step)
    if reference is None or depth == DEEP or not found or (named(found) and not _strewn(found)):
        return found
    steps, lost = known.feature.steps, rows.served_tolerance

    def diagnose(some: Rows) -> list[Cause]:
        part = replace(evidence, rows=some, served=None, raw=None)
        on = seen(some.served, steps, reference, some.served_tolerance)
        return of_served(part, on, step, depth + 1)

    part = parts.explained(reference, steps, rows.served, lost, rows, diagnose)
    if named(part) or named(found):
        return part if named(part) else found
    if step is not None and depth == 0 and grid is not None and not grid.world:
        some = parts.off_grid(rows, steps, step, diagnose, each=grid.partly)
        if some:
            return some
    strange = bucket_codes.impossible(known, rows.served)
    if strange.any():
        return bucket_codes.strangers(known, rows, strange)
    if part or _same(steps, known, rows.served, lost):
        return part or found
    over = newly_frequent(reference, steps, rows.served, rows) or rounded(known, rows)
    return (
        _likeliest(over, found)
        or _likeliest(mixture.blended(known, steps, candidates(known), rows.served, lost), found)
        or found
    )


def _strewn(found: list[Cause]) -> bool:
    """Tell what befell some rows, of which no place is known yet."""
    return found[0].share < 0.9 and found[0].place is None and CAUSES[found[0].code].constant


def _likeliest(some: list[Cause], found: list[Cause]) -> list[Cause]:
    """Return what explains some rows if it is likelier than what may explain all."""
    return some if named(some) or not is_mechanical(found[0]) else []


def _served(evidence: Evidence, rows: Rows, grid: Grid | None, step: float | None) -> list[Cause]:
    """Return the causes as of one mechanism for all rows, which are finite."""
    known, served, tolerance = evidence.known, rows.served, rows.served_tolerance
    own = known.feature.steps
    same = _same(own, known, served, tolerance)
    if grid is not None and grid.narrow is not None:
        narrow = precision.narrowed(known, grid.narrow, served, tolerance)
        if same or _same(narrow.steps, known, served, tolerance):
            return [of_all_rows(narrow, SURE, known)]
        bare = precision.bare(known, served) if grid.narrow == "0" else None
        if bare is not None and _same(bare.steps, known, served, tolerance):
            return [of_all_rows(bare, LIKELY, known), drift(round(1 - LIKELY, 2))]
    if bucket_codes.impossible(known, served).any():
        recoded = bucket_codes.of_all(known, served)
        return [drift(LIKELY) if recoded is None else of_all_rows(recoded, SURE, known)]
    if known.reference is not None:
        over = stuck(known.reference, own, served, rows)
        if over:
            return over
    on_grid = grid is not None and grid.on
    if same and (lost := _nulls(known, evidence.rows.served, own)) is not None:
        return lost
    seen_step = step if grid is not None and grid.usable >= LEAST else None
    tried = matches(known, (*candidates(known), *negated(known)), served, seen_step, tolerance)
    if on_grid:
        tried = [m for m in tried if m.on_grid and not m.mechanism.cause.rounds]
    elif grid is not None and step is not None:
        exact = _by_grid(known, rows, grid, step, tried)
        if exact is not None:
            return exact
    return _by_distribution(known, rows, tried, on_grid=on_grid)


def _by_grid(
    known: Known, rows: Rows, grid: Grid, step: float, tried: list[Match]
) -> list[Cause] | None:
    """Return what puts the values back on the raw grid; None where nothing does."""
    narrow = precision.on_grid(known, rows.served, step, rows.served_tolerance)
    if narrow is not None:
        return [of_all_rows(narrow, SURE, known)]
    exact = next((m.mechanism for m in tried if m.on_grid and m.within_noise), None)
    turned = exact is not None and exact.parameters.get("factor") == -1.0
    other, same = None, False
    if not grid.partly and grid.scale is not None and (turned or exact is None):
        at, lost = (grid.scale, grid.offset or 0.0), rows.served_tolerance
        other = from_grid(known, rows.served, *at, step, lost)
    if other is not None:
        same = _same(other.steps, known, rows.served, rows.served_tolerance)
        other = recognised(known, other, LOOSE)
    if exact is not None:
        # Symmetric values turned round are as well values with an offset that happens to fit.
        rival = []
        if other is not None and same:
            rival = [of_all_rows(other, round(1 - LIKELY, 2), known)]
        return [of_all_rows(exact, LIKELY if rival else SURE, known), *rival]
    return None if other is None else [of_all_rows(other, SURE if same else LIKELY, known)]


def _by_distribution(known: Known, rows: Rows, tried: list[Match], *, on_grid: bool) -> list[Cause]:
    """Return what brings the distributions together, with drift as its rival."""
    served, tolerance = rows.served, rows.served_tolerance
    best = next((m for m in tried if m.within_noise and (m.on_grid or not foreign(known, m))), None)
    # Values that training's own parameters put on the raw grid were served with those.
    fitted = None if on_grid else fitted_line(known, served, tolerance)
    closer = fitted is not None and (best is None or fitted.distance < CLOSER * best.distance)
    if best is not None and not (closer and best.distance > CLOSER * _critical(known, served)):
        sure = sure_of(best.distance, known.feature.steps, known, served)
        sure = LIKELY if best.mechanism.cause.named_by_user else sure
        if (
            best.on_grid
            and best.mechanism.source is not None
            and (known.reference is None or known.reference.step is None)
        ):
            sure = SURE  # only the other feature's values lie on its grid
        elif best.mechanism.cause.borrows or not as_unit(best.mechanism, known, served):
            sure = OPEN
        rival = [drift(round(1 - sure, 2))] if sure < SURE else []
        return [of_all_rows(best.mechanism, sure, known), *rival]
    # Settings that fit where nothing moved explain nothing.
    same = _same(known.feature.steps, known, served, tolerance)
    atom = None if same else new_atom(known, served, tolerance)
    if atom is not None:
        return [of_all_rows(atom.mechanism, LIKELY, known), drift(round(1 - LIKELY, 2))]
    if fitted is not None:
        return [of_all_rows(recognised(known, fitted.mechanism, SAME), OPEN, known), drift(OPEN)]
    return [drift(LIKELY)]


def _nulls(known: Known, column: FloatArray, steps: tuple[Step, ...]) -> list[Cause] | None:
    """Tell what nulls alone differ: a fill value left out where they are as many as training's.

    No cause where they are news of another kind; None where they are no news. `steps` lead from
    the reference to the column.
    """
    reference, share = known.reference, float(np.isnan(column).mean())
    if reference is None or share * len(column) < 5:
        return None
    usual = reference.nulls / max(reference.rows, 1)
    if usual and share >= 0.5 * usual and any(isinstance(step, Impute) for step in steps):
        return [Cause(STEP_MISSING.code, share, LIKELY, {"op": "impute"}, variant="nulls")]
    return [] if share > usual + 0.01 else None


def _critical(known: Known, served: FloatArray) -> float:
    return critical(known.reference, len(served)) if known.reference is not None else 1.0


def _same(
    steps: tuple[Step, ...], known: Known, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> bool:
    reference = known.reference
    if reference is None:
        return False
    return distance(reference, steps, served, tolerance) <= critical(reference, len(served))


def of_raw(evidence: Evidence, raw: FloatArray, depth: int = 0) -> list[Cause]:
    """Return the causes of raw values that are not distributed as training's, likeliest first."""
    known, reference = evidence.known, evidence.known.reference
    finite = np.isfinite(raw)
    if reference is None or finite.sum() < 10:
        return [drift(OPEN)] if finite.any() else []
    rows = evidence.rows.only(finite)
    values, lost = raw[finite], rows.raw_tolerance
    if _same((), known, values, lost) and (only := _nulls(known, raw, ())) is not None:
        return only
    found = _raw(known, values, rows)
    if depth == DEEP or (named(found) and not _strewn(found)):
        return found

    def diagnose(some: Rows) -> list[Cause]:
        return of_raw(replace(evidence, rows=some), some.raw[known.feature.name], depth + 1)

    if known.feature.name in rows.raw:
        part = parts.explained(reference, (), values, lost, rows, diagnose)
        if part and (named(part) or not named(found)):
            return part
    if named(found):
        return found
    over = newly_frequent(reference, (), values, rows)
    converted = (replace(unit, steps=unit.steps[:1]) for unit in units.candidates(known))
    return (
        _likeliest(over, found)
        or _likeliest(mixture.blended(known, (), converted, values, lost), found)
        or found
    )


def _raw(known: Known, values: FloatArray, rows: Rows) -> list[Cause]:
    """Return the causes as of one mechanism for all finite raw values."""
    reference = known.reference
    if reference is None:
        return []
    over = stuck(reference, (), values, rows)
    if over:
        return over
    if known.feature.steps and _same(known.feature.steps, known, values):
        sure = sure_of(distance(reference, known.feature.steps, values), (), known, values)
        last = final_linear(known.feature.steps)
        if last is not None and abs(line(last[1])[0]) < abs(line(last[1])[1]) / 2:
            sure = OPEN  # values around zero only change their scale, as the world does
        return [Cause(NORMALIZED_TWICE.code, 1.0, sure), drift(round(1 - sure, 2))]
    found = raw_matches(known, units.candidates(known), values, rows.raw_tolerance)
    if not found:
        other = _other_values(known, values)
        found = [] if other is None else [other]
    if not found:
        return [drift(LIKELY)]
    best, rivals = found[0], found[1:2]
    sure = sure_of(best.distance, (), known, values)
    sure = sure if units.agrees(best.mechanism, reference, values) else OPEN
    if rivals:
        # Another factor is as near, such as 57.3 and 60 of a wide distribution.
        sure = min(sure, EITHER)
        either = [of_all_rows(m.mechanism, round(sure / 2, 2), known) for m in rivals]
        first = of_all_rows(best.mechanism, sure, known)
        return [first, *either, drift(round(1 - 1.5 * sure, 2))]
    return [of_all_rows(best.mechanism, sure, known), drift(round(1 - sure, 2))]


def _other_values(known: Known, raw: FloatArray) -> Match | None:
    """Return the one other feature whose training distribution these raw values have."""
    found = []
    swapped = [
        Mechanism(SWAPPED_FEATURES, (), {"feature": other.name, "swapped": "values"}, other.name)
        for other in known.others if other.type == "numeric"
    ]  # fmt: skip
    for mechanism in worth_trying(known, swapped, raw):
        reference = source_reference(known, mechanism)
        if reference is None:
            continue
        d = distance(reference, (), raw)
        if d <= critical(reference, len(raw)):
            found.append(Match(mechanism, d, within_noise=True))
    return found[0] if len(found) == 1 else None
