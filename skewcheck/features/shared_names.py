"""Served columns that two features have by name: which of both a log has is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skewcheck.features.types import Feature
from skewcheck.text.errors import UsageError

Owner = tuple[Feature, str]
"""A feature, and the name that training gives the served column."""


def shared_names(features: Iterable[Feature], *, stated: bool) -> dict[str, list[Owner]]:
    """Return the names of served columns that several features have, with these.

    With `stated`, names that the file itself states (`x-served`) come before usual ones. Features
    without steps that can be reapplied have none.
    """
    owners: dict[str, list[Owner]] = {}
    for feature in features:
        if feature.output or feature.made or feature.untested is not None:
            continue
        keys = feature.served_names
        own = feature.stated_names if stated else ()
        for key, name in zip(keys, own if len(own) == len(keys) else keys, strict=True):
            owners.setdefault(name, []).append((feature, key))
    return {name: having for name, having in owners.items() if len(having) > 1}


def refuse_shared(features: Iterable[Feature]) -> None:
    """Raise UsageError where two features would be served under one name."""
    for name, having in shared_names(features, stated=False).items():
        raise collision(name, having)


def collision(name: str, owners: Sequence[Owner]) -> UsageError:
    """Return the error of a served column's name that several features have."""
    names = " and ".join(repr(feature.name) for feature, _ in owners)
    return UsageError(
        f"served column {name!r} is that of the features {names}: rename one of them in the"
        " parameter file, or leave it out"
    )
