"""Columns in one place that have the names of all features: a record, as a flat log has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.engine.served_groups import ServedColumns
from skewcheck.engine.served_names import is_served_place
from skewcheck.features.types import Feature
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.results.gate import UnaskedServed

LEAST = 2
"""Features of a place: one name may have a feature's name in it by chance."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands before the features' names, and the columns by feature and key."""

    before: str
    columns: Mapping[str, Mapping[str, str]]

    @property
    def is_served(self) -> bool:
        """Whether its name says that it holds served values, as that of a record does."""
        return is_served_place(self.before)

    @property
    def unasked(self) -> UnaskedServed:
        """The columns as such of which nothing says whether they are served ones."""
        columns = tuple(c for of in self.columns.values() for c in of.values())
        return UnaskedServed((*self.columns,), columns, f"{self.before}{{feature}}", of_most=True)

    def before_others(self, served: Mapping[str, ServedColumns]) -> dict[str, ServedColumns]:
        """Return the served columns of features, which are those of a place that says so.

        Be its values right or wrong: others that are right are not meant. Columns with usual names
        elsewhere stay what they are, as then two places say so.
        """
        of_place = {column for of in self.columns.values() for column in of.values()}
        other = any(of.named and not of_place.issuperset(of.columns.values())
                    for of in served.values())  # fmt: skip
        if other or not self.is_served:
            return {**served}
        return {**served} | {
            name: ServedColumns(columns, named=True, family=True)
            for name, columns in self.columns.items()
        }

    def encodes(self, plans: Sequence[FeaturePlan], kinds: Mapping[str, pa.DataType]) -> bool:
        """Return whether it has numbers of levels that are texts, and so is no copy of them."""
        return any(
            p.raw is not None and p.may_differ and p.feature.type == "categorical"
            and is_text_or_boolean(kinds.get(p.raw.columns[0], pa.null()))
            and not any(
                is_text_or_boolean(kinds[c]) for c in self.columns[p.feature.name].values()
            )
            for p in plans
            if p.feature.name in self.columns
        )  # fmt: skip


def place_of_all(plans: Sequence[FeaturePlan], columns: Mapping[str, pa.DataType]) -> Place | None:
    """Return the one place, of some columns, that has all features whose raw column is logged.

    Of a one-hot feature half of the columns are enough, of untested features none is needed. None
    where there are several, of which none says that it is served, or none.
    """
    logged = [p.feature for p in plans if p.raw is not None and not p.feature.output]
    inputs = [feature for feature in logged if feature.untested is None]
    needed = [feature for feature in inputs if not feature.derived]
    if len(logged) < LEAST or not needed:
        return None
    places = [
        Place(before, found) for before in _before(needed[0], columns)
        if (found := _in_place(before, inputs, columns))
    ]  # fmt: skip
    places = [place for place in places if len(inputs) >= LEAST or place.is_served]
    said = [place for place in places if place.is_served]  # that these are alike is seen later
    return said[0] if said else places[0] if len(places) == 1 else None


def _keys(feature: Feature) -> Mapping[str, tuple[str, ...]]:
    """Return what training, and the file, call each served column."""
    keys, stated = feature.served_names, feature.stated_names
    if len(stated) != len(keys):
        return {key: (key,) for key in keys}
    return {key: (name, key) for key, name in zip(keys, stated, strict=True)}


def _before(feature: Feature, columns: Mapping[str, pa.DataType]) -> Iterator[str]:
    names = {name for texts in _keys(feature).values() for name in texts}
    seen = {c.removesuffix(n) for c in columns for n in names if c.endswith(n) and c != n}
    yield from sorted(before for before in seen if not before[-1].isalnum())


def _in_place(
    before: str, features: Sequence[Feature], columns: Mapping[str, pa.DataType]
) -> dict[str, dict[str, str]]:
    """Return the columns of features by name and key; empty where one has none, derived aside."""
    result: dict[str, dict[str, str]] = {}
    for feature in features:
        keys = _keys(feature)
        logged = {
            key: name for key, texts in keys.items()
            if (name := next((f"{before}{t}" for t in texts if f"{before}{t}" in columns), None))
        }  # fmt: skip
        if logged and 2 * len(logged) >= len(keys):
            result[feature.name] = logged
        elif not feature.derived:
            return {}
    return result
