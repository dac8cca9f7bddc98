"""Find how a log is connected with a parameter file, where no option says it.

Records are opened up (`records`), places that may hold features are named (`candidates`), and
sampled values decide (`evidence`): which place holds the raw side, and which the served one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.config.layouts import Layout
from skewcheck.connect.candidates import Candidate, candidates, hint_of, output_keys
from skewcheck.connect.doubts import Doubts
from skewcheck.connect.evidence import DECISIVE, PLAUSIBLE_SHARE, Match, Values, keys_of
from skewcheck.connect.places import inside
from skewcheck.connect.records import Findings, look
from skewcheck.connect.sampled import ROWS, paired, values_of
from skewcheck.features.types import Feature
from skewcheck.logs.arrays.arrow import from_numpy
from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.batch import Wanted
from skewcheck.logs.log import Log
from skewcheck.logs.shape.ops import Op

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
    values = [
        v for p in places for v in values_of(log.files[0], (p,), features, known)
        if not v.is_distribution()
    ]  # fmt: skip
    raw, rivals = _raw([v for v in values if _fits(v, features)], features)
    if raw is None:
        served = _served_alone([v for v in values if _fits(v, features)], features)
    else:
        pairs = paired(log.files[0], raw, values, features, known)
        likely = [(r, v) for r, v in pairs if _fits(v, features) or _is_computed(r, v, features)]
        served = _served(likely, features)
    doubts = Doubts(log.names[0], values, features, findings.vectors)
    doubts.check(raw, served)
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


def served_beside(
    log: Log, features: Sequence[Feature], known: frozenset[str], raw: Candidate
) -> tuple[Side, tuple[Op, ...]] | None:
    """Return the served side of a log whose raw side is known, and the steps to it; or None."""
    raw_values = next(iter(values_of(log.files[0], (raw,), features, known)), None)
    if raw_values is None:
        return None
    columns = frozenset(raw.columns.values())
    places = [
        c
        for c in candidates(find(log, features), features)
        if not columns.issuperset(c.columns.values())
    ]
    values = [
        v for place in places[:MAX_CANDIDATES]
        for v in values_of(log.files[0], (place,), features, known) if _fits(v, features)
    ]  # fmt: skip
    served = _served(paired(log.files[0], raw_values, values, features, known), features)
    side = _side(served, features)
    return None if served is None or side is None else (side, served.candidate.ops)


def _fits(values: Values, features: Sequence[Feature]) -> bool:
    """Return whether a vector can be that of the features in their order: its values must fit."""
    if values.candidate.by != "position":
        return True
    return values.plausible(features) >= PLAUSIBLE_SHARE and not values.disagree(features)


def _is_computed(raw: Values, other: Values, features: Sequence[Feature]) -> bool:
    """Return whether some values of a place are what training makes of the raw ones."""
    match = Match.of(raw, other, features)
    return match is not None and match.equal > match.copied


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


def _raw(
    values: Sequence[Values], features: Sequence[Feature]
) -> tuple[Values | None, tuple[Values, ...]]:
    """Return the place of raw values, and others that may be it as well."""
    inputs = [v for v in values if not v.candidate.outputs and _may_be_alone(v)]
    sides = [(v, v.side(features)) for v in inputs]
    likely = [
        v for v, ratio in sides
        if v.holds(features)
        and (
            v.candidate.hint == "raw"
            or (v.candidate.hint is None and ratio >= _least(v.candidate))
        )
    ]  # fmt: skip
    if not likely:
        return None, ()
    most = max(len(v.candidate.columns) for v in likely)
    best = [v for v in likely if len(v.candidate.columns) == most]
    least = min(v.candidate.affixed for v in best)
    best = [v for v in best if v.candidate.affixed == least]
    named = [v for v in best if v.candidate.hint == "raw"] or best
    # Names say more than places in a list; and the values may say that one is no raw side.
    by_name = [v for v in named if v.candidate.by == "name"] or named
    chosen = max(by_name, key=lambda v: (v.side(features), -len(v.candidate.path)))
    rivals = tuple(
        v for v in by_name
        if v is not chosen and v.side(features) > -DECISIVE and not _same(chosen, v, features)
    )  # fmt: skip
    return chosen, rivals


def _may_be_alone(values: Values) -> bool:
    """Return whether a place may be a side though no other says so."""
    return not (values.candidate.other or values.candidate.numbered)


def _least(candidate: Candidate) -> float:
    """Return what must speak for raw values: where names say nothing, the values must."""
    sure = candidate.by == "name" and not candidate.affixed
    return -DECISIVE if sure else DECISIVE


def _same(raw: Values, other: Values, features: Sequence[Feature]) -> bool:
    """Return whether a place is a copy of the raw values, or served values computed from them."""
    match = Match.of(raw, other, features)
    return match is not None and match.compared > 0 and 2 * match.following >= match.compared


def _served_alone(values: Sequence[Values], features: Sequence[Feature]) -> Values | None:
    """Return the place of served values where no place holds raw ones; None if none is certain."""
    others = [v for v in values if v.holds(features) and _may_be_alone(v)]
    likely = [v for v in others if v.side(features) < -DECISIVE and v.candidate.hint != "raw"]
    served = [v for v in others if v.candidate.hint == "served" or v in likely]
    return max(
        served,
        key=lambda v: (
            len(v.candidate.columns), v.candidate.hint == "served",
            hint_of(v.candidate.path) == "served",
        ),
        default=None,
    )  # fmt: skip


def _served(pairs: Sequence[tuple[Values, Values]], features: Sequence[Feature]) -> Values | None:
    """Return the place of served values; None where none is certain to hold them.

    Each place is paired with raw values of the same rows.
    """
    scored = [(v, _score(raw, v, features)) for raw, v in pairs if v.holds(features)]
    certain = [(v, score) for v, score in scored if score is not None]
    return max(certain, key=lambda pair: pair[1], default=(None, ()))[0]


def _score(raw: Values, other: Values, features: Sequence[Feature]) -> tuple[int, int, int] | None:
    """Return how surely a place holds served values: the higher the surer; None if it need not."""
    match = Match.of(raw, other, features)
    if match is None or not match.compared:
        return None
    hinted = other.candidate.hint == "served"
    # What is a copy of the raw values says nothing of the others.
    followed = 2 * (match.following - match.copied) >= match.compared - match.copied
    if match.equal == 0 and match.copied == match.compared and not hinted:
        return None  # a copy: what the client sent is often logged twice
    if not (followed or hinted or match.equal > match.copied):
        return None
    return match.equal, int(hinted), match.following


def _side(values: Values | None, features: Sequence[Feature]) -> Side | None:
    if values is None:
        return None
    candidate = values.candidate
    having = sum(all(k in candidate.columns for k in keys_of(f, candidate)) for f in features)
    return Side(candidate.path, candidate.columns, candidate.by, having, candidate.outputs)
