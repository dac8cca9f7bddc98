"""Causes of several features at once: root causes, and swapped columns.

Features share a root cause where their first causes agree in the code, in its origin (a file, an
operation, a type), in the place without times, and about in the share of rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf

from skewcheck.catalogue.causes import CAUSES
from skewcheck.causes.mechanism_causes import is_mechanical
from skewcheck.results.causes import LIKELY, OPEN, Cause, Place, timeless

ALL_ROWS = 0.9995
"""Share of rows from which a cause counts as one of all rows: the rest may be missing values."""
Causes = Mapping[str, Sequence[Cause]]
Member = tuple[str, Cause]
Origin = tuple[str, Place | None, tuple[str, ...]]


def shared(features: Causes, all_features: int) -> tuple[Cause, ...]:
    """Return the causes of several features at once: swaps first, then root causes.

    `all_features` is how many the audit has. Causes that drift explains as well are left out.
    """
    members: dict[Origin, list[Member]] = defaultdict(list)
    for name, causes in features.items():
        if causes and _is_sure(causes):
            members[_origin(causes[0])].append((name, causes[0]))
    groups = [group for alike in members.values() for group in _by_share(alike)]
    places = {name: i for i, name in enumerate(features)}
    return (
        *_reordered(features, all_features),
        *_swapped(features),
        *(
            _root(sorted(group, key=lambda member: places[member[0]]), all_features)
            for group in groups
            if len(group) > 1
        ),
    )


def _is_sure(causes: Sequence[Cause]) -> bool:
    """Return whether the first cause can be a root cause and is not as likely as drift."""
    first = causes[0]
    doubtful = first.confidence <= OPEN and not all(map(is_mechanical, causes))
    return _has_root(first) and not doubtful


def _has_root(cause: Cause) -> bool:
    """Return whether features may share a cause; swaps are paired by `_swapped`."""
    spec = CAUSES[cause.code]
    return bool(spec.together) and not (
        spec.borrows and (_other(cause) or _order_of_columns(cause))
    )


def _other(cause: Cause) -> str:
    """Return the feature whose values or parameters were used; empty for none."""
    return str(cause.parameters.get("feature", ""))


def _origin(cause: Cause) -> Origin:
    """Return what causes of one root have in common: code, place without times, origin."""
    keys = CAUSES[cause.code].origin
    values = tuple(str(cause.parameters.get(key, "")) for key in keys)
    return cause.code, timeless(cause.place), (*values, _seen(cause))


def _seen(cause: Cause) -> str:
    """Return what served values show by themselves: features share it alone; empty for causes."""
    return cause.variant if cause.variant in CAUSES[cause.code].seen else ""


def _by_share(members: Sequence[Member]) -> Iterator[list[Member]]:
    """Yield groups of members with shares within 2 points or a fifth of the largest.

    One group where they have a place, take from other features, or are faint: some rows are right
    by chance or by rounding, so that shares differ.
    """
    first, spec = members[0][1], CAUSES[members[0][1].code]
    if first.place is not None or spec.borrows or spec.faint:
        yield list(members)
        return
    group: list[Member] = []
    for member in sorted(members, key=lambda member: -member[1].share):
        largest = group[0][1].share if group else 0.0
        if group and member[1].share < largest - max(0.02, 0.2 * largest):
            yield group
            group = []
        group.append(member)
    if group:
        yield group


def _root(group: Sequence[Member], all_features: int) -> Cause:
    """Return the root cause of a group, in the place that most of its features have."""
    causes = [cause for _, cause in group]
    code, keys = causes[0].code, CAUSES[causes[0].code].origin
    shares = tuple(cause.share for cause in causes)
    return Cause(
        code, max(shares), min(cause.confidence for cause in causes),
        {key: value for key, value in causes[0].parameters.items() if key in keys},
        _most_frequent_place([cause.place for cause in causes]), _seen(causes[0]),
        details={"of": all_features, "shares": shares},
        side="raw" if all(cause.side == "raw" for cause in causes) else "served",
        features=tuple(name for name, _ in group),
    )  # fmt: skip


def _most_frequent_place(places: Sequence[Place | None]) -> Place | None:
    """Return the most frequent place, the earliest of equals, with their highest purity."""
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
    """Return the times by which places are sorted; no place is the earliest."""
    if place is None:
        return -inf, -inf
    ends = place.since, place.until
    since, until = (-inf if end is None else end for end in ends)
    return since, until


def swap_candidates(features: Causes) -> dict[str, str]:
    """Return features whose own swap is not known, and the feature whose values they may have.

    Where features have the values of each other in a chain, the last has those of the first.
    """
    takes = {
        name: _other(causes[0])
        for name, causes in features.items()
        if causes and CAUSES[causes[0].code].borrows and causes[0].confidence >= LIKELY
        and causes[0].share > ALL_ROWS and causes[0].parameters.get("swapped") == "values"
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


def _reordered(features: Causes, all_features: int) -> Iterator[Cause]:
    """Yield the orders of columns that several features have the values of others by."""
    groups: dict[tuple[str, Place | None, str], list[Member]] = defaultdict(list)
    for name, causes in features.items():
        if causes and (order := _order_of_columns(causes[0])):
            groups[order, timeless(causes[0].place), causes[0].side].append((name, causes[0]))
    for (order, _, _), group in groups.items():
        if len(group) > 1:
            root = _root(group, all_features)
            first = group[0][1].parameters
            kept = {key: first[key] for key in ("swapped", "order", "shift") if key in first}
            yield replace(root, variant=order, parameters=kept)


def _order_of_columns(cause: Cause) -> str:
    """Return the order in which columns were passed; empty where a feature is swapped alone."""
    return str(cause.parameters.get("order", "")) if CAUSES[cause.code].borrows else ""


def _swapped(features: Causes) -> Iterator[Cause]:
    """Yield features that got each other's values or parameters: two, or more in a cycle."""
    borrowed = {
        name: (causes[0], _other(causes[0]))
        for name, causes in features.items()
        if causes and CAUSES[causes[0].code].borrows and not _order_of_columns(causes[0])
    }
    paired: set[str] = set()
    for name, (first, _) in borrowed.items():
        cycle = [name]
        while (other := borrowed[cycle[-1]][1]) in borrowed and other not in cycle:
            cycle.append(other)
        swapped = {borrowed[name_in_cycle][0].parameters.get("swapped") for name_in_cycle in cycle}
        if name in paired or len(cycle) < 2 or len(swapped) > 1 or borrowed[cycle[-1]][1] != name:
            continue
        paired.update(cycle)
        # In a cycle each feature has the values of the next.
        pair = len(cycle) == 2
        yield replace(
            first, confidence=min(borrowed[name_in_cycle][0].confidence for name_in_cycle in cycle),
            parameters=first.parameters if pair else {"swapped": swapped.pop()},
            variant="pair" if pair else "cycle", features=tuple(cycle), negligible=False,
            details=_exchanged_columns([borrowed[x][0] for x in cycle]) if pair else {},
        )  # fmt: skip


def _exchanged_columns(pair: Sequence[Cause]) -> Mapping[str, object]:
    """Return the columns that two features exchanged; nothing where theirs are the features."""
    taken = [cause.details.get("sources") for cause in pair if cause.details]
    return {"members": (taken[1], taken[0])} if len(taken) == 2 and all(taken) else {}


def settled(features: Causes) -> dict[str, tuple[Cause, ...]]:
    """Return the causes by feature, ties between the first two settled by the other features.

    Of two causes that explain the same rows, the one that at least two other features have as a
    likely cause, of the same origin and place, becomes the first; so does one that drift explains
    as well.
    """
    certain = Counter(
        _origin(causes[0])
        for causes in features.values()
        if causes and causes[0].confidence >= LIKELY and _has_root(causes[0])
    )
    result = {}
    for name, causes in features.items():
        result[name] = tuple(causes)
        if len(causes) < 2 or causes[0].confidence > OPEN:
            continue
        first, rival = causes[:2]
        if _has_root(first) and certain[_origin(first)] > 1 and not is_mechanical(rival):
            first = replace(first, confidence=LIKELY)
            result[name] = (first, replace(rival, confidence=round(1 - LIKELY, 2)), *causes[2:])
            continue
        if not _has_root(rival):
            continue
        tie = (first.share, first.confidence) == (rival.share, rival.confidence)
        likelier = certain[_origin(rival)] > 1
        if tie and likelier and not (_has_root(first) and certain[_origin(first)] > 1):
            rival = replace(rival, confidence=LIKELY)
            first = replace(first, confidence=round(1 - LIKELY, 2))
            result[name] = (rival, first, *causes[2:])
    return result
