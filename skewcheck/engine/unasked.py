"""Columns of a log that look like served values, where no option says which these are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.served_lines import on_line
from skewcheck.engine.served_names import (
    by_letters,
    letters,
    named,
    template_of,
)
from skewcheck.engine.served_values import (
    EQUAL_SHARE,
    EQUAL_SHARE_NAMED,
    Columns,
    Expected,
    sampled,
)
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature
from skewcheck.logs.arrays import numbers
from skewcheck.logs.columns import element
from skewcheck.results.gate import UnaskedServed

HEAD_ROWS = 10_000
"""First rows of the log, of which some are looked at: a log may be sorted."""
MAX_COLUMNS = 2_000
"""Numeric columns whose values are looked at, the first: a log may hold embeddings."""
MAX_PLACES = 256
"""Places of a list that are looked at where no type says how long it is."""


def unasked_served(
    plan: Plan, features: Iterable[Feature], source: Source, settings: Settings
) -> tuple[UnaskedServed, ...]:
    """Return the columns that look like served values of audited features, by template.

    A column does so by its name, unless serving could not have made its values, or by its values,
    if these are what training makes of the raw ones. `features` are all of the parameter file:
    their raw columns are none. Only the first rows of the log are looked at.
    """
    asked_of = [p for p in plan.features if p.raw is not None and _unasked(p, settings)]
    if not asked_of:
        return ()
    leaves, taken = source.leaves(), _taken(features, settings)
    free = {name: kind for name, kind in _elements(leaves, asked_of) if name not in taken}
    names, numeric = by_letters(free), _numeric_columns(free)
    candidates = [
        _Candidate(p.feature, p.raw.columns[0], named(p.feature, names))
        for p in asked_of
        if p.raw is not None
    ]
    wanted = {column for c in candidates for column in c.by_name}.union(numeric)
    head = (
        source.head(sorted(wanted.union(c.raw for c in candidates)), HEAD_ROWS) if wanted else None
    )
    if head is None or not head.rows:
        return ()
    sample = sampled(head)
    search = _Search.of({name: sample[name] for name in sorted(wanted) if name in sample})
    served = [
        (c.feature, columns)
        for c in candidates
        if c.raw in sample and (columns := search.served(c, sample[c.raw]))
    ]
    return _grouped(served, len(candidates))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A feature whose served values may be logged."""

    feature: Feature
    raw: str
    by_name: tuple[str, ...]
    """Columns that have a name for them; empty for none."""


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

    def served(self, candidate: _Candidate, raw: pa.Array) -> tuple[str, ...]:
        """Return the columns of a feature's served values; empty for none."""
        feature, by_name = candidate.feature, candidate.by_name
        by_name = tuple(name for name in by_name if name in self.columns.names)
        if feature.untested is not None:
            return tuple(name for name in by_name if name not in self.no_numbers)
        expected = Expected.of(feature, raw)
        if expected is None or (by_name and all(self._may_be(n, expected) for n in by_name)):
            return by_name
        return self._by_values(feature, expected)

    def _may_be(self, name: str, expected: Expected) -> bool:
        return name not in self.no_numbers and expected.may_be(self.columns.column(name))

    def _by_values(self, feature: Feature, expected: Expected) -> tuple[str, ...]:
        """Return a column for each expected one that is telling; empty where one has none.

        Without an equal one it is a column on a line near that of training.
        """
        result: list[str] = []
        for values in expected.telling:
            shares = self.columns.near(values)
            equal = [
                name for name, share in shares.items()
                if share >= _needed(feature, name) and name not in result
            ]  # fmt: skip
            if not equal and expected.raw is not None:
                line = on_line(self.columns, feature.name, expected.raw, values)
                return () if line is None else (line,)
            if not equal:
                return ()
            result.append(max(equal, key=lambda name: shares[name]))
        return tuple(result)


def _needed(feature: Feature, column: str) -> float:
    """Return the share of equal rows by which a column is taken for the served one."""
    return EQUAL_SHARE_NAMED if letters(feature.name) in letters(column) else EQUAL_SHARE


def _unasked(plan: FeaturePlan, settings: Settings) -> bool:
    """Return whether served values of a feature may be logged and nobody said anything of them."""
    normalized = bool(plan.feature.steps) or plan.feature.untested is not None
    asked = FeatureColumns.of(plan.feature, settings).asked
    return normalized and not asked and plan.served is None


def _taken(features: Iterable[Feature], settings: Settings) -> frozenset[str]:
    """Return the columns that have another use."""
    raw = {FeatureColumns.of(feature, settings).raw for feature in features}
    others = {settings.time_column, settings.cluster, *(settings.by or ())}
    return frozenset(filter(None, raw | others))


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


def _grouped(
    served: Iterable[tuple[Feature, Sequence[str]]], number: int
) -> tuple[UnaskedServed, ...]:
    """Join features, of `number`, whose columns have one template; the largest group comes first.

    A raw column has the template `{feature}`: it can be that of few features, not of all.
    """
    groups: dict[str | None, list[tuple[Feature, Sequence[str]]]] = {}
    for feature, columns in served:
        groups.setdefault(template_of(feature, columns), []).append((feature, columns))
    joined = [
        UnaskedServed(
            tuple(feature.name for feature, _ in group),
            tuple(column for _, columns in group for column in columns),
            template,
            template not in (None, "{feature}") and 2 * len(group) >= number,
        )
        for template, group in groups.items()
    ]
    return tuple(sorted(joined, key=lambda group: -len(group.features)))
