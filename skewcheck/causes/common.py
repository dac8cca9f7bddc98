"""What explains several features at once, told once: a root cause, or columns that are swapped.

Features have one root cause where their first causes agree in the code, in what production took
the wrong thing from (a file, an operation, a type), in the place, and about in the share of rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.causes import LIKELY, OPEN
from skewcheck.reports.words.places import ALL, sentence
from skewcheck.results.audit import Cause
from skewcheck.text.numbers import percent

Causes = Mapping[str, Sequence[Cause]]
Member = tuple[str, Cause]


@dataclass(frozen=True, slots=True)
class _Root:
    """What is told of a code, and the parameters that say where it comes from."""

    did: str
    keys: tuple[str, ...] = ()
    logged: str = ""
    """What was done to raw values, where that is seen in the raw columns."""


_ROOTS = {
    "not_normalized": _Root("without normalization"),
    "normalized_twice": _Root(
        "normalized twice", logged="in columns that hold normalized values already"
    ),
    "wrong_parameters": _Root("with other parameters than training's"),
    "stale_parameters": _Root("with the parameters of {file}", ("file",)),
    "recomputed_parameters": _Root("with parameters computed on the serving data", ("per",)),
    "wrong_ddof": _Root("with standard deviations of the other ddof", ("ddof",)),
    "wrong_method": _Root("with another method than training's ({op})", ("op",)),
    "swapped_features": _Root("with the values of other rows", ("swapped",)),
    "step_missing": _Root("without the {op} step", ("op",)),
    "step_changed": _Root("with other settings of the {op} step", ("op",)),
    "unit_change": _Root(
        "from raw values in another unit", ("factor", "offset", "function"), "in another unit"
    ),
    "precision_loss": _Root("with less precision", ("decimals", "dtype", "raw")),
    "stuck_value": _Root("as one and the same row"),
    "encoding_changed": _Root("with other category codes"),
    "category_renamed": _Root("under other names of their categories"),
}  # fmt: skip
"""Drift is no root cause; features that changed places are told by `_swapped`."""


def shared(features: Causes, all_features: int) -> tuple[Cause, ...]:
    """Return what explains several features at once: swaps first, then root causes.

    A cause that drift explains as well may be chance in each of several features.
    """
    members: dict[tuple[str, ...], list[Member]] = defaultdict(list)
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
    doubtful = first.confidence <= OPEN and any(cause.code == "drift" for cause in found)
    return _has_root(first) and not doubtful


def _has_root(cause: Cause) -> bool:
    return cause.code in _ROOTS and not (cause.code == "swapped_features" and _other(cause))


def _other(cause: Cause) -> str:
    """Return the feature whose values or parameters were used; empty for none."""
    return str(cause.parameters.get("feature", ""))


def _origin(cause: Cause) -> tuple[str, ...]:
    """Return what the causes of one root share: code, origin, place whatever the minute."""
    keys = _ROOTS[cause.code].keys
    place = (cause.where or "").split("since ")[0].split("until ")[0].strip()
    return (cause.code, place, *(str(cause.parameters.get(key, "")) for key in keys))


def _alike(members: Sequence[Member]) -> Iterator[list[Member]]:
    """Yield members with about the same share: within two points or a fifth of the largest.

    In one place shares may differ, and so where rows have those of others: of few distinct values
    many are right by chance.
    """
    first = members[0][1]
    if first.where is not None or first.code == "swapped_features":
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
    """Tell a root cause; the place is the one that most features name."""
    order = [name for name, _ in group]
    causes = [cause for _, cause in group]
    keys = _ROOTS[causes[0].code].keys
    parameters = {k: v for k, v in causes[0].parameters.items() if k in keys}
    counts = Counter(cause.where for cause in causes)
    where = min(counts, key=lambda place: (-counts[place], place or ""))
    there = [cause for cause in causes if cause.where == where]
    root = Cause(
        causes[0].code, max(cause.share for cause in causes),
        min(cause.confidence for cause in causes), "",
        parameters, tuple(order), where,
        max((cause.purity for cause in there if cause.purity is not None), default=None),
        min((cause.coverage for cause in there if cause.coverage is not None), default=None),
    )  # fmt: skip
    told = _ROOTS[root.code]
    logged = all(" logged " in cause.message for cause in causes)
    did = told.logged if logged and told.logged else told.did
    did = did.format_map({key: str(parameters.get(key)) for key in keys})
    text = f"{len(order)} of {all_features} features were {'logged' if logged else 'served'} {did}"
    text += f"{_how_many(causes)}{sentence(root)}"
    return replace(root, message=text)


def _how_many(causes: Sequence[Cause]) -> str:
    """Return `, in 10 % of the rows`; nothing where it is all of them."""
    shares = [percent(cause.share) for cause in causes]
    if min(cause.share for cause in causes) > ALL:
        return ""
    most = max(cause.share for cause in causes)
    if most > ALL:
        return ", in up to all rows"
    return f", in {'' if len(set(shares)) == 1 else 'up to '}{percent(most)} of the rows"


def unclosed(features: Causes) -> dict[str, str]:
    """Return the features whose values surely went astray, and whose they likely got instead.

    Where others have each the values of the next, the last one has those of the first.
    """
    takes = {
        name: _other(found[0])
        for name, found in features.items()
        if found and found[0].code == "swapped_features" and found[0].confidence >= LIKELY
        and found[0].share > ALL and found[0].parameters.get("swapped") == "values"
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
        if found and found[0].code == "swapped_features"
    }
    told: set[str] = set()
    for name, (first, _) in got.items():
        cycle = [name]
        while (other := got[cycle[-1]][1]) in got and other not in cycle:
            cycle.append(other)
        what = {got[one][0].parameters.get("swapped") for one in cycle}
        if name in told or len(cycle) < 2 or len(what) > 1 or got[cycle[-1]][1] != name:
            continue
        told.update(cycle)
        kind = what.pop()
        # In a pair each has the other's; in a cycle each has that of the next.
        listed = f"{', '.join(cycle[:-1])} and {cycle[-1]} are swapped"
        text = f"{listed} ({kind})" if len(cycle) == 2 else f"{listed} in a cycle ({kind})"
        parameters = first.parameters if len(cycle) == 2 else {"swapped": kind}
        confidence = min(got[one][0].confidence for one in cycle)
        yield Cause(
            first.code, first.share, confidence, text, parameters, tuple(cycle),
            first.where, first.purity, first.coverage,
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
