"""Find how a log is connected with a parameter file, where no option says it.

Records are opened up (`records`), places that may hold features are named (`candidates`), and
sampled values decide (`evidence`): which place holds the raw side, and which the served one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.connect.candidates import Candidate, candidates, output_keys
from skewcheck.connect.evidence import DECISIVE, Match, Values, keys_of
from skewcheck.connect.records import Findings, look
from skewcheck.engine.served_values import sampled
from skewcheck.features.types import Feature
from skewcheck.logs.batch import Wanted
from skewcheck.logs.file import File
from skewcheck.logs.log import Log
from skewcheck.logs.shape import shaped
from skewcheck.logs.shape.ops import Explode, Op, Shape

SAMPLED_RECORDS = 200
"""Records of a file that are opened up."""
SAMPLED_FILES = 3
"""Files of which records are: the first, the last, and one between."""
ROWS = 10_000
"""Rows of the first file, of which some are compared: it may be sorted."""
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


@dataclass(frozen=True, slots=True)
class Connection:
    """How records become rows, and where in them the sides of the features are."""

    chains: tuple[tuple[Op, ...], ...] = ()
    """The steps to each side."""
    raw: Side | None = None
    served: Side | None = None
    rivals: tuple[str, ...] = ()
    """Places that may be the raw side as well; none where it is certain."""


def connect(log: Log, features: Sequence[Feature], known: frozenset[str]) -> Connection | None:
    """Return the connection of a log with features; None where no place holds any.

    `known` are names that are columns however rare. Only first rows are read.
    """
    findings = find(log, features)
    places = candidates(findings, features)[:MAX_CANDIDATES]
    if not places:
        return None
    values = [v for p in places for v in _values(log.files[0], (p,), features, known)]
    raw, rivals = _raw(values, features)
    if raw is None:
        served = _served_alone(values, features)
    else:
        # Rows that have one side alone are in the sample of that one only.
        pairs = [
            (raw, v) if v.rows == raw.rows
            else _values(log.files[0], (raw.candidate, v.candidate), features, known)
            for v in values if v is not raw
        ]  # fmt: skip
        served = _served([(pair[0], pair[1]) for pair in pairs if len(pair) == 2], features)
    if raw is None and served is None:
        return None
    chosen = [side for side in (raw, served) if side is not None]
    return Connection(
        tuple(side.candidate.ops for side in chosen),
        _side(raw, features),
        _side(served, features),
        tuple(v.candidate.path for v in rivals),
    )


def find(log: Log, features: Sequence[Feature]) -> Findings:
    """Return what the first records of some files hold."""
    names, keys = [feature.name for feature in features], output_keys(features)
    return look(list(_records(log)), frozenset((*names, *keys)), {len(names), len(keys)})


def _records(log: Log) -> Iterator[dict[str, object]]:
    last = len(log.files) - 1
    for place in sorted({last * i // (SAMPLED_FILES - 1) for i in range(SAMPLED_FILES)}):
        file = log.files[place]
        names = [*file.schema()][:MAX_COLUMNS]
        wanted = Wanted(others=frozenset(names), rows=SAMPLED_RECORDS)
        batch = next((b for part in file.parts(wanted) for b in part() if b.rows), None)
        if batch is None:
            continue
        columns = {n: c.slice(0, SAMPLED_RECORDS).to_pylist() for n, c in batch.columns.items()}
        rows = min(batch.rows, SAMPLED_RECORDS)
        yield from ({name: values[row] for name, values in columns.items()} for row in range(rows))


def _values(
    file: File, places: Sequence[Candidate], features: Sequence[Feature], known: frozenset[str]
) -> Sequence[Values]:
    """Return sampled values of places, of the same rows; without places that have none."""
    shape = Shape(tuple(merged([place.ops for place in places])))
    opened = replace(file, contents=shaped(file.contents, shape, file.name, known))
    numbers: set[str] = set()
    for place in places:
        numeric = {key for f in features if f.type == "numeric" for key in keys_of(f, place)}
        numbers |= {c for key, c in place.columns.items() if key in numeric or place.outputs}
    columns = {c for place in places for c in place.columns.values()}
    wanted = Wanted(frozenset(numbers), frozenset(columns - numbers), rows=ROWS)
    batch = next((b for part in opened.parts(wanted) for b in part() if b.rows), None)
    if batch is None:
        return []
    sample = sampled(batch)
    having = [
        (place, {key: sample[c] for key, c in place.columns.items() if c in sample})
        for place in places
    ]
    return [Values(place, arrays, batch.rows) for place, arrays in having if arrays]


def _raw(
    values: Sequence[Values], features: Sequence[Feature]
) -> tuple[Values | None, tuple[Values, ...]]:
    """Return the place of raw values, and others that may be it as well."""
    sides = [(v, v.side(features)) for v in values if not v.candidate.outputs]
    likely = [
        v for v, ratio in sides
        if v.holds(features)
        and (v.candidate.hint == "raw" or (v.candidate.hint is None and ratio > -DECISIVE))
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


def _same(raw: Values, other: Values, features: Sequence[Feature]) -> bool:
    """Return whether a place is a copy of the raw values, or served values computed from them."""
    match = Match.of(raw, other, features)
    return match is not None and match.compared > 0 and 2 * match.following >= match.compared


def _served_alone(values: Sequence[Values], features: Sequence[Feature]) -> Values | None:
    """Return the place of served values where no place holds raw ones; None if none is certain."""
    others = [v for v in values if v.holds(features)]
    served = [v for v in others if v.candidate.hint == "served"]
    served = served or [v for v in others if v.side(features) < -DECISIVE]
    return max(served, key=lambda v: len(v.candidate.columns), default=None)


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
    followed = 2 * match.following >= match.compared
    if match.equal == 0 and match.copied == match.compared and not hinted:
        return None  # a copy: what the client sent is often logged twice
    if not followed and not hinted:
        return None
    return match.equal, int(hinted), match.following


def _side(values: Values | None, features: Sequence[Feature]) -> Side | None:
    if values is None:
        return None
    candidate = values.candidate
    having = sum(all(k in candidate.columns for k in keys_of(f, candidate)) for f in features)
    return Side(candidate.path, candidate.columns, candidate.by, having, candidate.outputs)


def with_later(side: Side, keys: Sequence[str], rows: Log) -> Side:
    """Return a side with the columns that only later rows or files have.

    They are named as most of the others are.
    """
    if side.by != "name":
        return side
    names = [_affixes(side.path, key, column) for key, column in side.columns.items()]
    usual = Counter(affixes for affixes in names if affixes is not None).most_common(1)
    if not usual:
        return side
    before, after = usual[0][0]
    found = {key: f"{before}{key}{after}" for key in keys if key not in side.columns}
    found = {key: column for key, column in found.items() if rows.has(column)}
    return replace(
        side, columns={**side.columns, **found},
        features=side.features + (0 if side.outputs else len(found)),
    )  # fmt: skip


def _affixes(path: str, key: str, column: str) -> tuple[str, str] | None:
    """Return what stands before and behind a key in the name of its column at a path."""
    place = f"{path}." if path else ""
    before, having, after = column.removeprefix(place).partition(key)
    return (place + before, after) if having else None


def merged(chains: Sequence[Sequence[Op]]) -> Iterator[Op]:
    """Yield the steps to several places as one shape: lists of the same depth are exploded at once.

    Chains are those of `records`: each explodes a list of the record before it.
    """
    seen: set[Op] = set()
    rest = [list(chain) for chain in chains]
    while any(rest):
        for chain in rest:
            while chain and not isinstance(chain[0], Explode):
                op = chain.pop(0)
                if op not in seen:
                    seen.add(op)
                    yield op
        lists = list(dict.fromkeys(_path_of(chain.pop(0)) for chain in rest if chain))
        if lists:
            yield Explode(lists[0], tuple(lists[1:]))


def _path_of(op: Op) -> str:
    return op.path
