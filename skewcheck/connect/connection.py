"""Find how a log is connected with a parameter file, where no option says it.

Records are opened up (`records`), places that may hold features are named (`candidates`), and
sampled values decide (`evidence`): which place holds the raw side, and which the served one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.config.layouts import Layout
from skewcheck.connect.candidates import (
    Candidate,
    candidates,
    output_keys,
)
from skewcheck.connect.choice import (
    fits,
    follows,
    is_computed,
    raw_of,
    served_alone,
    served_of,
)
from skewcheck.connect.doubts import Doubts, refuse_rivals
from skewcheck.connect.evidence import Values, keys_of
from skewcheck.connect.places import inside
from skewcheck.connect.records import Findings, look
from skewcheck.connect.sampled import ROWS, paired, values_of
from skewcheck.features.types import Feature
from skewcheck.logs.arrays.arrow import from_numpy
from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.batch import Wanted
from skewcheck.logs.file import File
from skewcheck.logs.log import Log
from skewcheck.logs.shape.ops import Op
from skewcheck.text.errors import OptionName, UsageError

SAMPLED_RECORDS = 200
"""Records of a file that are opened up."""
LATER_RECORDS = 50
"""And records of the first ones behind these, evenly spaced."""
SAMPLED_FILES = 3
"""Files of which records are: the first, the last, and one between."""
MAX_COLUMNS = 2_000
"""Columns of a record that are looked into, the first."""
MAX_CANDIDATES = 12
"""Places whose values are looked at, those of the most features."""


@dataclass(frozen=True, slots=True)
class Side:
    """The place of one side of the features."""

    path: str
    columns: Mapping[str, str]
    """By feature, or by the key of a served column."""
    by: str
    """`name`, `position` or `value`: what says so."""
    features: int
    """Features that have a column."""
    outputs: bool = False
    """Whether keys are those of served columns."""

    @property
    def columns_of_records(self) -> tuple[str, ...]:
        """Return the columns that tell whether a record is of this kind: of a list its last."""
        columns = tuple(self.columns.values())
        return columns[-1:] if self.by == "position" else columns


@dataclass(frozen=True, slots=True)
class Connection:
    """How records become rows, and where in them the sides of the features are."""

    chains: tuple[tuple[Op, ...], ...] = ()
    """The steps to each side."""
    raw: Side | None = None
    served: Side | None = None
    rivals: tuple[str, ...] = ()
    """Places that may be the raw side as well; none where it is certain."""
    others: tuple[Side, ...] = ()
    """The same with their columns."""
    has_empty: bool = False
    """Whether some records have no value of any feature: they are of another kind."""


class UncertainError(UsageError):
    """Several places of a log may hold the raw values."""

    def __init__(self, *args: str | OptionName, connection: Connection | None = None) -> None:
        super().__init__(*args)
        self.connection = connection
        """With the likeliest of the places, and the others."""


def refuse_raw_rivals(source: Log, connection: Connection) -> None:
    """Raise UncertainError where several places may hold the raw values."""
    if connection.rivals and connection.raw is not None:
        places = ", ".join(repr(p or "the rows") for p in (connection.raw.path, *connection.rivals))
        raise UncertainError(
            f"{source.names[0]}: several places may hold the raw values: {places}; ",
            OptionName("raw", f"{connection.raw.path}.{{feature}}"),
            " says which, or the file that `skewcheck init` writes",
            connection=connection,
        )


def connect(
    log: Log, features: Sequence[Feature], known: frozenset[str], layout: Layout | None = None
) -> Connection | None:
    """Return the connection of a log with features; None where no place holds any.

    `known` are names that are columns however rare. Only first rows are read, and only places
    inside of those that a layout names. UsageError where a log has none of these.
    """
    findings = find(log, features)
    if layout is not None:
        findings = inside(findings, layout, log.names[0])
    places = candidates(findings, features)[:MAX_CANDIDATES]
    if not places:
        return None
    file = _holding(log, places)
    values = [
        v for p in places for v in values_of(file, (p,), features, known)
        if not v.is_distribution()
    ]  # fmt: skip
    raw, rivals = raw_of([v for v in values if fits(v, features)], features)
    others: Sequence[Values] = ()
    following: Sequence[Values] = ()
    if raw is None:
        served = served_alone([v for v in values if fits(v, features)], features)
    else:
        pairs = paired(file, raw, values, features, known)
        likely = [(r, v) for r, v in pairs if fits(v, features) or is_computed(r, v, features)]
        served, *others = served_of(likely, features) or (None,)
        if served is None and not rivals:
            following = [v for r, v in pairs if follows(r, v, features)]
    doubts = Doubts(log.names[0], values, features, findings.vectors, findings.several)
    if raw is not None and served is None:
        doubts.check_pairs(raw, [v.candidate for _, v in pairs])
    doubts.check(raw, served, others, following)
    if raw is None and served is None:
        return None
    chosen = [side for side in (raw, served) if side is not None]
    return Connection(
        tuple(side.candidate.ops for side in chosen),
        _side(raw, features),
        _side(served, features),
        tuple(v.candidate.path for v in rivals),
        tuple(side for v in rivals if (side := _side(v, features)) is not None),
        doubts.have_empty(chosen),
    )


def raw_alone(
    log: Log, features: Sequence[Feature], known: frozenset[str],
    without: frozenset[str] = frozenset(),
) -> Connection | None:  # fmt: skip
    """Return the connection of the raw side of a log whose served columns are known, or none at
    all; None where no place is certain to hold it. Places of the columns `without` are none."""
    places = candidates(find(log, features), features)
    places = [place for place in places if not without.issuperset(place.columns.values())]
    values = [
        v for place in places[:MAX_CANDIDATES]
        for v in values_of(_holding(log, places), (place,), features, known)
        if not v.is_distribution()
    ]  # fmt: skip
    raw, rivals = raw_of([v for v in values if fits(v, features)], features)
    if raw is None:
        return None
    others = tuple(side for v in rivals if (side := _side(v, features)) is not None)
    return Connection(
        (raw.candidate.ops,), _side(raw, features), None,
        tuple(v.candidate.path for v in rivals), others,
        Doubts(log.names[0], values, features).have_empty([raw]),
    )  # fmt: skip


def served_beside(
    log: Log, features: Sequence[Feature], known: frozenset[str], raw: Candidate
) -> tuple[Side, tuple[Op, ...]] | None:
    """Return the served side of a log whose raw side is known, and the steps to it; or None."""
    file = _holding(log, (raw,))
    raw_values = next(iter(values_of(file, (raw,), features, known)), None)
    if raw_values is None:
        return None
    columns = frozenset(raw.columns.values())
    findings = find(log, features)
    places = [
        c for c in candidates(findings, features) if not columns.issuperset(c.columns.values())
    ]
    values = [
        v for place in places[:MAX_CANDIDATES]
        for v in values_of(file, (place,), features, known) if fits(v, features)
    ]  # fmt: skip
    pairs = paired(file, raw_values, values, features, known)
    served, *others = served_of(pairs, features) or (None,)
    if served is not None:
        refuse_rivals(log.names[0], served, others)
    side = _side(served, features)
    if served is not None:
        doubts = Doubts(log.names[0], values, features, several=findings.several)
        doubts.check_lists(raw_values, served)
    return None if served is None or side is None else (side, served.candidate.ops)


def _holding(log: Log, places: Sequence[Candidate]) -> File:
    """Return the first file with a place of the features: others hold records of another kind."""
    tops = {op.path for place in places for op in place.ops[:1]}
    tops |= {column for place in places if not place.ops for column in place.columns.values()}
    return next((file for file in log.files if any(map(file.has, tops))), log.files[0])


def find(log: Log, features: Sequence[Feature]) -> Findings:
    """Return what the first records of some files hold."""
    names, keys = [feature.name for feature in features], output_keys(features)
    first: list[dict[str, object]] = []
    later: list[dict[str, object]] = []
    for records in _records(log):
        first += records[:SAMPLED_RECORDS]
        later += records[SAMPLED_RECORDS:]
    return look(first, frozenset((*names, *keys)), {len(names), len(keys)}, later)


def _records(log: Log) -> Iterator[list[dict[str, object]]]:
    """Yield the first records of some files, and a few later ones: a server may have changed."""
    last = len(log.files) - 1
    for place in sorted({last * i // (SAMPLED_FILES - 1) for i in range(SAMPLED_FILES)}):
        file = log.files[place]
        names = [*file.schema()][:MAX_COLUMNS]
        wanted = Wanted(others=frozenset(names), rows=ROWS)
        batch = next((b for part in file.parts(wanted) for b in part() if b.rows), None)
        if batch is None:
            continue
        first = min(batch.rows, SAMPLED_RECORDS)
        rows = np.unique(np.linspace(first, batch.rows - 1, LATER_RECORDS).astype(np.int64))
        places = from_numpy(
            np.append(np.arange(first), rows[(rows >= first) & (rows < batch.rows)])
        )
        columns = {n: pylist(column.take(places)) for n, column in batch.columns.items()}
        yield [
            {name: values[row] for name, values in columns.items()} for row in range(len(places))
        ]


def _side(values: Values | None, features: Sequence[Feature]) -> Side | None:
    if values is None:
        return None
    candidate = values.candidate
    having = sum(all(k in candidate.columns for k in keys_of(f, candidate)) for f in features)
    return Side(candidate.path, candidate.columns, candidate.by, having, candidate.outputs)
