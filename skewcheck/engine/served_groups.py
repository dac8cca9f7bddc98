"""Which columns that look like served values surely are: those of features with one template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from skewcheck.engine.served_names import prefix_of, template_of
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature
from skewcheck.results.gate import UnaskedServed


@dataclass(frozen=True, slots=True)
class ServedColumns:
    """The columns of a feature's served values, as a log shows them."""

    columns: Mapping[str, str]
    """By the names that training gives them."""
    equal: bool = False
    """Whether they hold what training makes of the raw values."""
    named: bool = False
    """Whether they have usual names of served columns, and hold values."""
    stated: bool = False
    """Whether the parameter file itself says that these are their names."""
    copied: bool = False
    """Whether they hold the raw values."""
    family: bool = False
    """Whether others whose names differ from theirs by the feature alone are what training makes
    of raw values."""
    unread: bool = False
    """Whether they are the columns of levels, with words: `t` and `f`, `yes` and `no`."""
    equals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """All columns that equal what training makes of raw values, of those found by values alone."""
    rivals: tuple[str, ...] = ()
    """Columns that may hold the served values as well, and hold others."""


@dataclass(frozen=True, slots=True)
class FoundServed:
    """What a log shows of served values that no option names."""

    certain: Mapping[str, ServedColumns]
    """By feature: those of most features by one template, or equal to what training makes."""
    unasked: tuple[UnaskedServed, ...]
    """Columns that may be others, by template."""


def grouped(
    served: Sequence[tuple[Feature, ServedColumns]], number: int, source: Source
) -> FoundServed:
    """Join features, of `number`, whose columns have one template; the largest group comes first.

    A raw column has the template `{feature}`: it can be that of few features, not of all. Columns
    are served ones for certain where they hold what training makes, and by a template of most
    features: of several, or with a usual name. All files must have them: a server that has begun
    to log them is no fault.
    """
    groups: dict[str | None, list[tuple[Feature, ServedColumns]]] = {}
    for feature, found in served:
        template = template_of(feature, [*found.columns.values()])
        groups.setdefault(_group_of(feature, found, template), []).append((feature, found))
    certain: dict[str, ServedColumns] = {}
    unasked: list[UnaskedServed] = []
    for kind, of_kind in groups.items():
        group = of_kind
        if kind == _PREFIXED and not any(found.equal for _, found in group):
            # A feature store's name before a raw value that is logged twice.
            group = [(f, found) for f, found in group if found.named or not found.copied]
        templates = {template_of(f, [*found.columns.values()]) for f, found in group}
        of_most = kind not in (None, "{feature}") and 2 * len(group) >= number
        known = kind != _PREFIXED or any(found.equal or found.named for _, found in group)
        several = len(group) > 1 and known
        sure = [
            (
                found.equal
                or found.stated
                or found.family
                or (of_most and f.untested is None and (found.named or several))
            )
            and not (found.unread or found.rivals)
            and not any(map(source.lacking, found.columns.values()))
            for f, found in group
        ]
        certain |= {
            f.name: found for (f, found), is_sure in zip(group, sure, strict=True) if is_sure
        }
        left = [pair for pair, is_sure in zip(group, sure, strict=True) if not is_sure]
        if left:
            names = tuple(c for _, found in left for c in (*found.columns.values(), *found.rivals))
            of_features = tuple(feature.name for feature, _ in left)
            template = templates.pop() if len(templates) == 1 else None
            unasked.append(UnaskedServed(of_features, names, template, of_most))
    return FoundServed(certain, tuple(sorted(unasked, key=lambda group: -len(group.features))))


_PREFIXED = "{prefix}__{feature}"
"""The group of features whose served columns have the name of any transformer before theirs."""


def _group_of(feature: Feature, found: ServedColumns, template: str | None) -> str | None:
    columns = [*found.columns.values()]
    prefixes = {prefix_of(feature, column) for column in columns}
    return template if None in prefixes else _PREFIXED
