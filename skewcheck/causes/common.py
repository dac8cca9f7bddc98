"""What explains several features at once: a root cause, or columns that are swapped.

Features have one root cause where their first causes agree in the code, in what production took
the wrong thing from (a file, an operation, a type), in the place, and about in the share of rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf

from skewcheck.catalogue.causes import CAUSES
from skewcheck.causes.diagnosis import is_mechanical
from skewcheck.results.causes import LIKELY, OPEN, Cause, Place, timeless

EVERY = 0.9995
"""Share of the rows that stands for all of them."""
Causes = Mapping[str, Sequence[Cause]]
Member = tuple[str, Cause]
Origin = tuple[str, Place | None, tuple[str, ...]]


def shared(features: Causes, all_features: int) -> tuple[Cause, ...]:
    """Return what explains several features at once: swaps first, then root causes.

    A cause that drift explains as well may be chance in each of several features.
    """
    members: dict[Origin, list[Member]] = defaultdict(list)
    for name, found in features.items():
        if found and _sure(found):
            members[_origin(found[0])].append((name, found[0]))
    groups = [group for some in members.values() for group in _alike(some)]
    places = {name: i for i, name in enumerate(features)}
    return (
        *_swapped(features),
        *(
            _root(sorted(group, key=lambda one: places[one[0]]), all_features)
            for group in groups
            if len(group) > 1
        ),
    )


def _sure(found: Sequence[Cause]) -> bool:
    first = found[0]
    doubtful = first.confidence <= OPEN and not all(map(is_mechanical, found))
    return _has_root(first) and not doubtful


def _has_root(cause: Cause) -> bool:
    """Tell causes that features may share; those that changed places are paired by `_swapped`."""
    spec = CAUSES[cause.code]
    return bool(spec.together) and not (spec.borrows and _other(cause))


def _other(cause: Cause) -> str:
    """Return the feature whose values or parameters were used; empty for none."""
    return str(cause.parameters.get("feature", ""))


def _origin(cause: Cause) -> Origin:
    """Return what the causes of one root share: code, place whatever the minute, origin."""
    keys = CAUSES[cause.code].origin
    values = tuple(str(cause.parameters.get(key, "")) for key in keys)
    return cause.code, timeless(cause.place), values


def _alike(members: Sequence[Member]) -> Iterator[list[Member]]:
    """Yield members with about the same share: within two points or a fifth of the largest.

    In one place shares may differ, and so where rows have those of others: of few distinct values
    many are right by chance.
    """
    first = members[0][1]
    if first.place is not None or CAUSES[first.code].borrows:
        yield list(members)
        return
    group: list[Member] = []
    for member in sorted(members, key=lambda one: -one[1].share):
        most = group[0][1].share if group else 0.0
        if group and member[1].share < most - max(0.02, 0.2 * most):
            yield group
            group = []
        group.append(member)
    if group:
        yield group


def _root(group: Sequence[Member], all_features: int) -> Cause:
    """Return a root cause; the place is the one that most features name."""
    causes = [cause for _, cause in group]
    code, keys = causes[0].code, CAUSES[causes[0].code].origin
    shares = tuple(cause.share for cause in causes)
    return Cause(
        code, max(shares), min(cause.confidence for cause in causes),
        {key: value for key, value in causes[0].parameters.items() if key in keys},
        _common([cause.place for cause in causes]),
        details={"of": all_features, "shares": shares},
        side="raw" if all(cause.side == "raw" for cause in causes) else "served",
        features=tuple(name for name, _ in group),
    )  # fmt: skip


def _common(places: Sequence[Place | None]) -> Place | None:
    """Return the most frequent place, the earliest of equals: as pure as the purest of these."""
    unmeasured = [
        None if place is None else replace(place, purity=1.0, coverage=1.0) for place in places
    ]
    counts = Counter(unmeasured)
    most_frequent = min(counts, key=lambda place: (-counts[place], _order(place)))
    if most_frequent is None:
        return None
    same = [
        p for p, b in zip(places, unmeasured, strict=True) if p is not None and b == most_frequent
    ]
    purity, coverage = max(p.purity for p in same), min(p.coverage for p in same)
    return replace(most_frequent, purity=purity, coverage=coverage)


def _order(place: Place | None) -> tuple[float, float]:
    if place is None:
        return -inf, -inf
    ends = place.since, place.until
    since, until = (-inf if end is None else end for end in ends)
    return since, until


def unclosed(features: Causes) -> dict[str, str]:
    """Return the features whose values surely went astray, and whose they likely got instead.

    Where others have each the values of the next, the last one has those of the first.
    """
    takes = {
        name: _other(found[0])
        for name, found in features.items()
        if found and CAUSES[found[0].code].borrows and found[0].confidence >= LIKELY
        and found[0].share > EVERY and found[0].parameters.get("swapped") == "values"
    }  # fmt: skip
    taken = {other: name for name, other in takes.items()}
    result: dict[str, str] = {}
    for last in sorted(taken.keys() - takes.keys()):
        first, seen = taken[last], {last}
        while first in taken and first not in seen:
            seen.add(first)
            first = taken[first]
        if features.get(last):
            result[last] = first
    return result


def _swapped(features: Causes) -> Iterator[Cause]:
    """Yield features that got each other's values or parameters: two, or more in a cycle."""
    got = {
        name: (found[0], _other(found[0]))
        for name, found in features.items()
        if found and CAUSES[found[0].code].borrows
    }
    paired: set[str] = set()
    for name, (first, _) in got.items():
        cycle = [name]
        while (other := got[cycle[-1]][1]) in got and other not in cycle:
            cycle.append(other)
        what = {got[one][0].parameters.get("swapped") for one in cycle}
        if name in paired or len(cycle) < 2 or len(what) > 1 or got[cycle[-1]][1] != name:
            continue
        paired.update(cycle)
        # In a pair each has the other's; in a cycle each has that of the next.
        pair = len(cycle) == 2
        yield replace(
            first, confidence=min(got[one][0].confidence for one in cycle),
            parameters=first.parameters if pair else {"swapped": what.pop()},
            variant="pair" if pair else "cycle", features=tuple(cycle), negligible=False,
        )  # fmt: skip


def settled(features: Causes) -> dict[str, tuple[Cause, ...]]:
    """Return the causes, ties that a feature's own rows cannot decide settled by its siblings.

    Two causes that explain the very same rows stand side by side: the one that at least two other
    features have without doubt, from the same origin and place, is first.
    """
    certain = Counter(
        _origin(found[0])
        for found in features.values()
        if found and found[0].confidence >= LIKELY and _has_root(found[0])
    )
    result = {}
    for name, found in features.items():
        result[name] = tuple(found)
        if len(found) < 2 or found[0].confidence > OPEN or not _has_root(found[1]):
            continue
        first, rival = found[:2]
        tie = (first.share, first.confidence) == (rival.share, rival.confidence)
        likelier = certain[_origin(rival)] > 1
        if tie and likelier and not (_has_root(first) and certain[_origin(first)] > 1):
            rival = replace(rival, confidence=LIKELY)
            first = replace(first, confidence=round(1 - LIKELY, 2))
            result[name] = (rival, first, *found[2:])
    return result
