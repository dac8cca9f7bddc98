"""Which of the places of a log hold raw values, and which served ones, by names and values."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.connect.candidates import Candidate, is_other, says_served
from skewcheck.connect.evidence import DECISIVE, PLAUSIBLE_SHARE, Match, Values
from skewcheck.engine.served_names import hint_of
from skewcheck.features.types import Feature

LEAST_NEAR = 2
"""Features whose values another server would make, from which on a place without a name for served
values is that of a wrong one: those of one may be so by chance."""


def fits(values: Values, features: Sequence[Feature]) -> bool:
    """Return whether a vector can be that of the features in their order: its values must fit."""
    if values.candidate.by != "position":
        return True
    return values.plausible(features) >= PLAUSIBLE_SHARE and not values.disagree(features)


def is_computed(raw: Values, other: Values, features: Sequence[Feature]) -> bool:
    """Return whether some values of a place are what training makes of the raw ones."""
    match = Match.of(raw, other, features)
    return match is not None and match.equal > match.copied


def raw_of(
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
    by_name = [v for v in by_name if not is_other(v.candidate.path)] or by_name
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
    """Return whether a place is a copy of the raw values, or holds what training makes of them."""
    match = Match.of(raw, other, features)
    if match is None or not match.compared:
        return False
    return 2 * match.copied >= match.compared or match.equal > match.copied


def served_alone(values: Sequence[Values], features: Sequence[Feature]) -> Values | None:
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


def served_of(pairs: Sequence[tuple[Values, Values]], features: Sequence[Feature]) -> list[Values]:
    """Return the places that hold served values, the likeliest first; empty where none does.

    Each place is paired with raw values of the same rows. Where the names of some say that they
    are served ones these are meant, be they right or wrong: to prefer what is right would be to
    pass every server beside which right values are logged.
    """
    scored = [(v, _score(raw, v, features)) for raw, v in pairs if v.holds(features)]
    certain = [(v, score) for v, score in scored if score is not None]
    said = [(v, score) for v, score in certain if says_served(v.candidate)] or certain
    return [v for v, _ in sorted(said, key=lambda pair: pair[1], reverse=True)]


def _score(raw: Values, other: Values, features: Sequence[Feature]) -> tuple[int, int, int] | None:
    """Return how surely a place holds served values: the higher the surer; None if it need not."""
    match = Match.of(raw, other, features)
    if match is None or not match.compared:
        return None
    hinted = other.candidate.hint == "served"
    near = match.near >= LEAST_NEAR and 2 * match.near >= match.compared - match.copied
    near = near and not is_other(other.candidate.path)
    if not (hinted or near or match.equal > match.copied):
        return None  # a copy of what the client sent, or other values computed from it
    return match.equal, int(hinted), match.following


def follows(raw: Values, other: Values, features: Sequence[Feature]) -> bool:
    """Return whether a record that has the features' names may hold the values of a server that is
    wrong in all of them: those rise or fall with the raw ones, as other values may do as well."""
    candidate = other.candidate
    if candidate.by != "name" or candidate.affixed or candidate.hint or is_other(candidate.path):
        return False
    match = Match.of(raw, other, features)
    if match is None or match.copied == match.compared:
        return False
    return 2 * (match.following - match.copied) >= match.compared - match.copied
