"""Columns of encoded levels that hold the values of other columns: of numbers, or of other levels.

Each row is evidence: what training serves of another feature's raw value in it is compared with
what was served under the feature's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import Mechanism
from skewcheck.causes.outputs import Output
from skewcheck.features.steps import Step, forward
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, SURE, Cause

Mask = NDArray[np.bool_]
MIN_ROWS = 20
"""Rows with another value that a column needs to be known by: fewer are met by chance."""
MIN_EXPLAINED = 0.95
"""Share of the rows with another value that another column must predict, to be the one served."""
MIN_OTHER_VALUES = 5
"""Such rows beside those of the most frequent value: one value is a constant, which any column of
a rare level has as well."""
FIRST_ROWS = 64
"""Rows on which a column is tried first: most others predict hardly any of them."""
RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""How far numbers may be apart: more than float32 loses, less than rounding to four digits."""
MIN_MET = 0.9
"""Share of these that a column must predict to be tried on all rows of a number: it has few values,
of which some rows have any by chance."""


def with_outputs(
    evidence: Evidence, failing: Sequence[Output], log: Sequence[Output]
) -> Evidence:  # fmt: skip
    """Return the evidence of a numeric feature with the columns of other features' levels.

    Those that it may have been served as stand among its raw values; both are of the same features,
    of the failing rows and of the log's.
    """
    rows, steps = evidence.rows, evidence.context.feature.steps
    first = np.arange(len(rows)) < FIRST_ROWS
    few, lost = rows.only(first), np.broadcast_to(rows.served_tolerance, len(rows))[first]

    def met(values: FloatArray, taken: Sequence[Step]) -> bool:
        made = forward(taken, values[first])
        return float(equal(few.served, made, lost).mean()) >= MIN_MET

    columns: dict[str, FloatArray] = {}
    everywhere: dict[str, FloatArray] = {}
    sources = []
    for output, of_log in zip(failing, log, strict=True):
        for key, taken, here, there in (
            (_key(output), (), output.made, of_log.made),
            (_key(output, bare=True), steps, output.bare, of_log.bare),
        ):
            if here is not None and there is not None and met(here, taken):
                columns[key], everywhere[key] = here, there
                sources.append(output)
    if not sources:
        return evidence
    all_rows = evidence.all_rows
    if all_rows is not None:
        all_rows = all_rows.with_raw(everywhere)
    rows = rows.with_raw(columns)
    return replace(evidence, rows=rows, all_rows=all_rows, outputs=tuple(sources))


def candidates(evidence: Evidence) -> Iterator[Mechanism]:
    """Yield that a number was served as a column of other features' levels, as it is or scaled."""
    steps = evidence.context.feature.steps
    for output in evidence.outputs:
        parameters: dict[str, object] = {"feature": output.feature, "swapped": "values"}
        parameters |= {"column": output.column} if output.column else {}
        details = {"sources": (output.name,)}
        for source, taken in ((_key(output), ()), (_key(output, bare=True), steps)):
            if source in evidence.rows.raw:
                yield Mechanism(SWAPPED_FEATURES, taken, parameters, source, "of_column", details)


def _key(output: Output, *, bare: bool = False) -> str:
    """Return a name for a column of levels that no feature has; `bare`: before it is scaled."""
    return f"{output.feature}\x00{output.column}" + ("\x00" if bare else "")


@dataclass(frozen=True, slots=True)
class _Source:
    """The column that was served in place of another, and the rows that it predicts."""

    output: Output
    predicted: Mask
    alone: bool
    """Whether no other column predicts as many."""


def in_columns(
    feature: str, served: Mapping[str, FloatArray], lost: Mapping[str, FloatArray],
    outputs: Sequence[Output], share: float,
) -> Cause | None:  # fmt: skip
    """Return that columns of a feature's levels were served the values of other features.

    `served` are its columns in rows that fail parity, a `share` of the log's, `lost` what printing
    took of them, `outputs` what training serves in these rows. None where other columns do not
    predict nearly all of the failing rows.
    """
    right = {output.column: output for output in outputs if output.feature == feature}
    if not served or not served.keys() <= right.keys():
        return None
    explained = np.ones(len(next(iter(served.values()))), bool)
    sources: dict[str, _Source] = {}
    for column, values in served.items():
        off = ~equal(values, right[column].made, lost[column])
        if not off.any():
            continue
        source = _source(right[column], values, lost[column], off, outputs)
        if source is None:
            explained &= ~off
            continue
        sources[column] = source
        explained &= ~off | source.predicted
    others = Counter(s.output.feature for s in sources.values() if s.output.feature != feature)
    if not others or explained.mean() < MIN_EXPLAINED:
        return None
    parameters = {
        "feature": others.most_common(1)[0][0], "swapped": "values",
        "columns": {column or feature: source.output.name for column, source in sources.items()},
    }  # fmt: skip
    details = {
        "sources": tuple(source.output.name for source in sources.values()),
        "targets": tuple(sources),
    }
    alone = all(source.alone for source in sources.values())
    variant = "of_columns" if all(sources) else "of_column"
    return Cause(
        SWAPPED_FEATURES.code, share * float(explained.mean()), SURE if alone else LIKELY,
        parameters, None, variant, details,
    )  # fmt: skip


def _source(
    column: Output, served: FloatArray, lost: FloatArray, off: Mask, outputs: Sequence[Output]
) -> _Source | None:
    """Return the column whose values were served where those of a column are off; None without."""
    rows = np.flatnonzero(off)
    _, counts = np.unique(np.nan_to_num(served[rows], nan=np.inf), return_counts=True)
    if len(rows) < MIN_ROWS or len(rows) - counts.max() < MIN_OTHER_VALUES:
        return None
    best: list[tuple[int, Output, Mask]] = []
    for output in outputs:
        for made in _predictions(column, output):
            first = rows[:FIRST_ROWS]
            if equal(served[first], made[first], lost[first]).mean() < MIN_EXPLAINED / 2:
                continue
            predicted = equal(served, made, lost)
            count = int((predicted & off).sum())
            if count >= MIN_EXPLAINED * len(rows):
                best.append((count, output, predicted))
    if not best:
        return None
    best.sort(key=lambda item: -item[0])
    count, output, predicted = best[0]
    rivals = {(o.feature, o.column) for n, o, _ in best if n == count}
    return _Source(output, predicted, len(rivals) == 1)


def _predictions(column: Output, other: Output) -> Iterator[FloatArray]:
    """Yield what a column has with the values of another: as they are, and scaled as its own."""
    if (other.feature, other.column) == (column.feature, column.column):
        return
    yield other.made
    if other.bare is not None and column.line is not None:
        low, more = column.line
        yield low + more * other.bare


def equal(a: FloatArray, b: FloatArray, lost: FloatArray) -> Mask:
    """Return which numbers are equal to the rounding of arithmetic and of text; NaN equals NaN."""
    within = np.abs(a - b) <= RELATIVE * np.abs(b) + ABSOLUTE + lost
    mask: Mask = within | (np.isnan(a) & np.isnan(b))
    return mask
