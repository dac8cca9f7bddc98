"""Read the strata in a parameter file and check every rule of the format."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.features.calendar_values import zone_of
from skewcheck.features.strata import ByStratum, Parts, Strata
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.parameters.holidays import day_at, holidays
from skewcheck.parameters.tree import Node, known_members

MONTHS = 12
_PARTS = ("column", "zone", "weekdays", "blocks", "seasons", "months", "holidays", "trained")


def strata(node: Node, features: tuple[Feature, ...]) -> Strata | None:
    """Return the strata at a node; ParameterError names key and rule.

    Those of features that the file has no more are left out; None where none is left.
    """
    members = known_members(node, (*_PARTS, "features"))
    for key in ("column", "weekdays", "blocks", "features"):
        if key not in members:
            raise node.at(key).error("is missing")
    parts = _parts(node, members)
    known = {feature.name: feature for feature in features}
    tables = {
        name: _table(item, parts, known[name])
        for name, item in members["features"].members().items()
        if name in known
    }
    return Strata(parts, tables) if tables else None


def _parts(node: Node, members: Mapping[str, Node]) -> Parts:
    zone = members["zone"].text() if "zone" in members else "UTC"
    if zone_of(zone) is None:
        raise members["zone"].must("UTC, an offset as +05:30, or a time zone that is known here")
    weekdays, blocks = members["weekdays"].count(), members["blocks"].count()
    if weekdays not in (1, 7):
        raise members["weekdays"].must("7, or 1 where all days are one")
    if blocks not in (1, 2, 3, 4, 6, 8, 12, 24):
        raise members["blocks"].must("a number of equal parts of 24 hours")
    seasons = members["seasons"].count() if "seasons" in members else 1
    if seasons not in (1, MONTHS):
        raise members["seasons"].must("12, or 1 where all months are one")
    months = members["months"].counts() if "months" in members else np.empty(0, np.int64)
    if (np.diff(months) <= 0).any() or (len(months) and months[-1] >= MONTHS):
        raise members["months"].must("ascending, from 0, January, to 11")
    days = holidays(members["holidays"]) if "holidays" in members else None
    column, trained = members["column"].text(), (0, 0)
    if days is not None:
        if "trained" not in members:
            raise node.at("trained").error("is missing")
        ends = [day_at(item) for item in members["trained"].items()]
        if len(ends) != 2 or ends[0] > ends[1]:
            raise members["trained"].must("the first and the last day of training")
        trained = ends[0], ends[1]
    return Parts(column, zone, weekdays, blocks, seasons, tuple(months.tolist()), days, trained)


def _table(node: Node, parts: Parts, feature: Feature) -> ByStratum:
    members = known_members(node, ("cuts", "counts", "nulls", "means", "stds"))
    numeric = isinstance(feature.reference, NumericReference)
    for key in ("cuts", "counts", "nulls", *(("means", "stds") if numeric else ())):
        if key not in members:
            raise node.at(key).error("is missing")
    cuts, counts = members["cuts"].counts(), members["counts"].counts()
    if (np.diff(cuts) <= 0).any() or (len(cuts) and cuts[-1] > _most(feature)):
        raise members["cuts"].must("ascending, places of the reference's cells")
    if len(counts) != parts.count * (len(cuts) + 1) or not counts.any():
        raise members["counts"].must(f"rows of {parts.count} strata times {len(cuts) + 1} cells")
    nulls = members["nulls"].counts()
    if len(nulls) != parts.count:
        raise members["nulls"].must(f"{parts.count} numbers of rows")
    table = ByStratum(cuts, counts.reshape(parts.count, len(cuts) + 1), nulls)
    if not numeric:
        return table
    means, stds = members["means"].numbers(), members["stds"].numbers()
    for key, numbers in (("means", means), ("stds", stds)):
        if len(numbers) != parts.count or (key == "stds" and (numbers < 0).any()):
            raise members[key].must(f"{parts.count} numbers")
    return ByStratum(table.cuts, table.counts, nulls, means, stds)


def _most(feature: Feature) -> int:
    """Return the greatest place of a cell that the reference has."""
    if isinstance(feature.reference, NumericReference):
        return 2 * len(feature.reference.histogram)
    return (
        len(feature.reference.counts) if isinstance(feature.reference, CategoricalReference) else -1
    )
