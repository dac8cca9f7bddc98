"""Columns of a log that look like served values, where no option says which these are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.engine.columns import FeatureColumns, columns_in_use
from skewcheck.engine.outputs import columns_of_outputs
from skewcheck.engine.served_groups import FoundServed, ServedColumns, grouped
from skewcheck.engine.served_lines import on_line
from skewcheck.engine.served_names import (
    by_letters,
    is_transformer,
    letters,
    named,
    named_keys,
    prefix_of,
)
from skewcheck.engine.served_places import place_of_all
from skewcheck.engine.served_rivals import refuse_rivals
from skewcheck.engine.served_values import (
    EQUAL_SHARE,
    EQUAL_SHARE_NAMED,
    Columns,
    Expected,
    equal_share,
    sampled,
)
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature, FloatArray
from skewcheck.logs.arrays import numbers
from skewcheck.logs.columns import element

HEAD_ROWS = 10_000
"""First rows of a file, of which some are looked at: it may be sorted."""
MAX_COLUMNS = 2_000
"""Numeric columns whose values are looked at, the first: a log may hold embeddings."""
MAX_PLACES = 256
"""Places of a list that are looked at where no type says how long it is."""


def find_served(
    plan: Plan, features: Iterable[Feature], source: Source, settings: Settings
) -> FoundServed:
    """Return the columns that look like served values of audited features.

    A column does so by its name, unless serving could not have made its values, or by its values,
    if these are what training makes of the raw ones. `features` are all of the parameter file:
    their raw columns are none. Only first rows are looked at, of files that have such columns.
    """
    asked_of = [p for p in plan.features if p.raw is not None and _unasked(p, settings)]
    if not asked_of:
        return FoundServed({}, ())
    taken = columns_in_use(features, settings) | columns_of_outputs(plan.features)
    free = {name: kind for name, kind in _elements(source.leaves(), asked_of) if name not in taken}
    names, numeric = by_letters(free), _numeric_columns(free)
    candidates = [_Candidate(p.feature, p.raw.columns[0], _all_named(p.feature, names))
                  for p in asked_of if p.raw is not None]  # fmt: skip
    wanted = {column for c in candidates for column in c.by_name}.union(numeric)
    looked = _looked_for(candidates, wanted, source) if wanted else _Looked({}, frozenset())
    place = place_of_all(plan.features, free)
    served = looked.served if place is None else place.before_others(looked.served)
    if served and sum(found.named for found in served.values()) < len(candidates):
        from skewcheck.engine.served_alike import alike  # most logs have names, or no such values

        served |= alike([c.feature for c in candidates], served, numeric)
    found = [(c.feature, served[c.feature.name]) for c in candidates if c.feature.name in served]
    certain = grouped(found, len(candidates), source)
    if looked.undecided and served:
        from skewcheck.engine.served_alike import with_undecided  # the same

        certain = with_undecided(
            certain, [c.feature for c in candidates], served, looked.undecided, numeric
        )
    if place is not None and not served and place.encodes(asked_of, source.leaves()):
        return FoundServed({}, (place.unasked,))
    if certain.certain:
        refuse_rivals([c.feature for c in candidates], certain.certain, free, source)
    if not certain.certain or all(p.may_differ for p in plan.features):
        return certain
    from skewcheck.engine.served_alike import with_unchanged  # the same

    return with_unchanged(certain, plan.features, free, source, settings)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What first rows say of served columns."""

    served: dict[str, ServedColumns]
    """By feature."""
    undecided: frozenset[str]
    """Features whose served values would be known by their values, and are in no column."""


def _looked_for(candidates: Sequence[_Candidate], wanted: set[str], source: Source) -> _Looked:
    """Return the columns of features' served values by the first files that have such columns.

    A server may have begun to log them in a later file than the first.
    """
    served: dict[str, ServedColumns] = {}
    raws: dict[str, pa.Array] = {}
    apart: list[tuple[_Candidate, Mapping[str, FloatArray]]] = []
    undecided: set[str] = set()
    for head in source.heads(sorted(wanted.union(c.raw for c in candidates)), HEAD_ROWS):
        sample = sampled(head)
        search = _Search.of({name: sample[name] for name in sorted(wanted) if name in sample})
        for c in candidates:
            raw = sample.get(c.raw)
            if raw is None:
                apart.append((c, search.without_raw(c)))
            elif c.feature.name not in served and (columns := search.served(c, raw)):
                served[c.feature.name] = columns
            elif c.feature.name not in served and search.is_telling(c.feature, raw):
                undecided.add(c.feature.name)
            if raw is not None:
                raws.setdefault(c.raw, raw)
        if len(served) == len(candidates):
            break
    for c, values in apart:
        if values and _may_be_apart(c, values, raws.get(c.raw)):
            served.setdefault(c.feature.name, ServedColumns({name: name for name in values}))
    return _Looked(served, frozenset(undecided - served.keys()))


def _may_be_apart(
    candidate: _Candidate, values: Mapping[str, FloatArray], raw: pa.Array | None
) -> bool:
    """Return whether named columns of a file without the raw one can hold served values.

    They lie where training would put the raw values of another file.
    """
    if candidate.feature.untested is not None or raw is None:
        return True
    expected = Expected.of(candidate.feature, raw)
    if expected is None:
        return True
    expected = replace(expected, raw=None)  # other rows: nothing to follow one by one
    return all(expected.may_be(column) for column in values.values())


def _all_named(feature: Feature, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that have a name for served values, of whatever words: files differ."""
    columns: list[str] = []
    while more := named(feature, names):
        columns += more
        names = {key: column for key, column in names.items() if column not in more}
    return tuple(columns)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A feature whose served values may be logged."""

    feature: Feature
    raw: str
    by_name: tuple[str, ...]
    """Columns of any file that have a name for them; empty for none."""


@dataclass(frozen=True, slots=True)
class _Search:
    """The sampled columns among which served values are looked for."""

    columns: Columns
    no_numbers: frozenset[str]
    """Columns with values of which none is a number: texts, or truth values."""

    @classmethod
    def of(cls, sample: Mapping[str, pa.Array]) -> _Search:
        read = {name: numbers(array) for name, array in sample.items()}
        values = {name: column.values.astype("float64") for name, column in read.items()}
        no_numbers = (
            name for name, column in read.items()
            if pa.types.is_boolean(sample[name].type)
            or (column.mistyped and column.mistyped + column.nulls == len(column.values))
        )  # fmt: skip
        return cls(Columns.of(values), frozenset(no_numbers))

    def served(self, candidate: _Candidate, raw: pa.Array) -> ServedColumns | None:
        """Return the columns of a feature's served values; None without any."""
        feature, by_name = candidate.feature, self._named(candidate)
        if feature.untested is not None:
            columns = {k: name for k, name in by_name.items() if name not in self.no_numbers}
            stated = {*columns.values()} <= {*feature.stated_names}
            return ServedColumns(columns, stated=stated) if columns else None
        expected = Expected.of(feature, raw)
        if expected is None or (
            by_name and all(self._may_be(name, expected) for name in by_name.values())
        ):
            return self._of_names(feature, by_name, expected) if by_name else None
        if len(by_name) > 1 and self.no_numbers.issuperset(by_name.values()):
            return ServedColumns(by_name, unread=True)
        return self._by_values(feature, expected)

    def _of_names(
        self, feature: Feature, columns: Mapping[str, str], expected: Expected | None
    ) -> ServedColumns:
        """Return columns that have the names of served values, and whether they are equal."""
        keys = feature.served_names
        equal = expected is not None and all(
            key in columns and equal_share(self.columns.column(columns[key]), values) >= EQUAL_SHARE
            for key, values in zip(keys, expected.served, strict=True)
        )
        values = [self.columns.column(name) for name in columns.values()]
        logged = any(np.isfinite(column).any() for column in values)
        stated = {*columns.values()} <= {*feature.stated_names}
        prefix = prefix_of(feature, next(iter(columns.values())))
        usual = stated or prefix is None or is_transformer(prefix)
        raw = None if expected is None else expected.raw
        copied = raw is not None and equal_share(values[0], raw) >= EQUAL_SHARE
        return ServedColumns(columns, equal, bool(logged) and usual, stated, copied)

    def without_raw(self, candidate: _Candidate) -> Mapping[str, FloatArray]:
        """Return the values of the columns that have the name of served ones; empty for none."""
        by_name = self._named(candidate).values()
        if self.no_numbers.intersection(by_name):
            return {}
        return {name: self.columns.column(name) for name in by_name}

    def _named(self, candidate: _Candidate) -> Mapping[str, str]:
        present = [name for name in candidate.by_name if name in self.columns.names]
        return named_keys(candidate.feature, by_letters(present)) if present else {}

    def _may_be(self, name: str, expected: Expected) -> bool:
        return name not in self.no_numbers and expected.may_be(self.columns.column(name))

    def _by_values(self, feature: Feature, expected: Expected) -> ServedColumns | None:
        """Return a column for each expected one that is telling; None where one has none.

        Without an equal one it is a column on a line near that of training.
        """
        keys = feature.served_names
        result: dict[str, str] = {}
        equals: dict[str, tuple[str, ...]] = {}
        least = 1.0
        for place, values in expected.telling.items():
            shares = self.columns.near(values)
            equals[keys[place]] = tuple(n for n, share in shares.items() if share >= EQUAL_SHARE)
            equal = [
                name for name, share in shares.items()
                if share >= _needed(feature, name) and name not in result.values()
            ]  # fmt: skip
            if not equal and expected.raw is not None:
                line = on_line(self.columns, feature.name, expected.raw, values)
                return None if line is None else ServedColumns({keys[place]: line})
            if not equal:
                return None
            result[keys[place]] = max(equal, key=lambda name: shares[name])
            least = min(least, max(shares[name] for name in equal))
        whole = len(result) == len(keys) and least >= EQUAL_SHARE
        return ServedColumns(result, whole, equals=equals) if result else None

    def is_telling(self, feature: Feature, raw: pa.Array) -> bool:
        """Return whether served values of a feature would be known by their values."""
        expected = None if feature.untested is not None else Expected.of(feature, raw)
        return expected is not None and bool(expected.telling)


def _needed(feature: Feature, column: str) -> float:
    """Return the share of equal rows by which a column is taken for the served one."""
    return EQUAL_SHARE_NAMED if letters(feature.name) in letters(column) else EQUAL_SHARE


def _unasked(plan: FeaturePlan, settings: Settings) -> bool:
    """Return whether served values of a feature may be logged and nobody said anything of them."""
    asked = FeatureColumns.of(plan.feature, settings).asked
    return plan.may_differ and not asked and plan.served is None


def _elements(
    leaves: Mapping[str, pa.DataType], plans: Sequence[FeaturePlan]
) -> Iterator[tuple[str, pa.DataType]]:
    """Yield columns and their types, of lists also the elements that features are of vectors."""
    places = dict.fromkeys(e[1] for p in plans if (e := element(p.feature.name)) is not None)
    for name, kind in leaves.items():
        yield name, kind
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            yield from ((f"{name}[{place}]", kind.value_type) for place in places)


def _numeric_columns(leaves: Mapping[str, pa.DataType]) -> list[str]:
    """Return the columns of numbers, and the elements of lists of numbers."""
    columns: list[str] = []
    for name, kind in leaves.items():
        if pa.types.is_floating(kind) or pa.types.is_integer(kind):
            columns.append(name)
        elif (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and (
            pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)
        ):
            columns += [f"{name}[{place}]" for place in range(MAX_PLACES)]
    return columns[:MAX_COLUMNS]
