"""Columns whose names differ by the feature alone: one that is served says that the others are.

`NUM__AGE`, `NUM__FARE` and `NUM__DIST` are a family. That values are those of training shows which
family is the served one, and no more: a server that swaps two features has the values of one in
the column of the other, and a wrong one has them nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.engine.served_groups import ServedColumns
from skewcheck.engine.served_names import Names, by_letters, letters
from skewcheck.features.transform import column_names, served_keys
from skewcheck.features.types import Feature

Equal = Mapping[str, Collection[str]]
"""Columns that equal what training makes of the raw values, by the names that training gives."""
LEAST = 2
"""Columns of a family: one name may have a feature's name in it by chance."""
MAX_KEYS = 2_000
"""Names that are looked for in the names of columns."""

_Affixes = tuple[str, str]
"""What stands before and behind the letters of a feature."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """What a feature's served columns may be called, by the names that training gives them."""

    feature: Feature
    by_key: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    """The levels of a one-hot feature alone: `x4_card`, `is_card`."""

    @classmethod
    def of(cls, feature: Feature) -> _Texts:
        keys = served_keys(feature.name, feature.steps)
        levels = column_names(feature.steps)
        alone = {key[0]: letters(level) for key, level in zip(keys, levels, strict=False)}
        stated = feature.stated_names if len(feature.stated_names) == len(keys) else ()
        by_key = {key[0]: tuple(dict.fromkeys(map(letters, key))) for key in keys}
        for key, name in zip(by_key, stated, strict=False):
            by_key[key] = tuple(dict.fromkeys((letters(name), *by_key[key])))
        return cls(feature, by_key, alone if all(alone.values()) else {})

    def columns(self, affixes: _Affixes, names: Names) -> dict[str, str]:
        """Return the columns of a family; empty where half of the levels have none."""
        for texts in (self.by_key, {key: (text,) for key, text in self.levels.items()}):
            logged = _logged(texts, affixes, names)
            if logged and 2 * len(logged) >= len(texts):
                return logged
        return {}

    def logged(self, affixes: _Affixes, names: Names) -> dict[str, str]:
        """Return the columns of a family that have the feature's name, be they few."""
        return _logged(self.by_key, affixes, names)


def _logged(
    texts: Mapping[str, Collection[str]], affixes: _Affixes, names: Names
) -> dict[str, str]:
    before, after = affixes
    spelled = {key: [f"{before}{text}{after}" for text in of] for key, of in texts.items()}
    return {
        key: next(names[word] for word in words if word in names)
        for key, words in spelled.items()
        if not names.keys().isdisjoint(words)
    }


def families(
    features: Sequence[Feature], served: Mapping[str, ServedColumns], equal: Equal,
    columns: Collection[str],
) -> dict[str, ServedColumns]:  # fmt: skip
    """Return columns of features by the families of those that equal training's, the right one of
    each feature or not.

    Features whose columns have usual names keep these. Where a feature has columns of several
    families, and not all are right, these are each other's rivals.
    """
    texts = [_Texts.of(f) for f in features if f.untested is None]
    usual = {f.name for f in features if f.name in served and served[f.name].named}
    if sum(len(of.by_key) for of in texts) > MAX_KEYS or not equal:
        return {}
    names = by_letters(columns)
    found_kinds = (_found(texts, affixes, names) for affixes in _affixes(texts, equal))
    kinds = sorted(filter(None, found_kinds), key=len, reverse=True)
    # `area^2` is no column of `area` where the largest family has it as that of the square.
    largest = {c: name for kind in kinds[:1] for name, of in kind.items() for c in of.values()}
    result: dict[str, ServedColumns] = {}
    for of in texts:
        name = of.feature.name
        mine = [
            kind[name] for kind in kinds
            if name in kind and all(largest.get(c, name) == name for c in kind[name].values())
        ]  # fmt: skip
        if name in usual or not mine:
            continue
        right = [_is_right(found, equal) for found in mine]
        others = {c for found in mine[1:] for c in found.values()} - {*mine[0].values()}
        result[name] = ServedColumns(mine[0], equal=right[0], named=True, family=True)
        if others and not all(right):
            rivals = tuple(sorted(others))
            result[name] = replace(result[name], equal=False, family=False, rivals=rivals)
    return result


def named_alike(features: Sequence[Feature], columns: Collection[str]) -> dict[str, str]:
    """Return a column for each of most features whose names differ by the feature alone; empty
    where there is none. Nothing says that they hold served values."""
    names, texts = by_letters(columns), [_Texts.of(feature) for feature in features]
    kinds = (_found(texts, affixes, names) for affixes in _affixes(texts, {"": columns}))
    most = max(kinds, key=len, default={})
    if len(most) < max(LEAST, len(features) / 2):
        return {}
    return {name: next(iter(found.values())) for name, found in most.items()}


def _affixes(texts: Sequence[_Texts], equal: Equal) -> Iterator[_Affixes]:
    """Yield what stands around a feature's name in columns that are right, whosever they are."""
    words = {letters(column) for columns in equal.values() for column in columns}
    seen: set[_Affixes] = set()
    for word in sorted(words):
        for of in texts:
            for text in (*(t for key in of.by_key.values() for t in key), *of.levels.values()):
                before, having, after = word.partition(text)
                if having and (before, after) not in seen:
                    seen.add((before, after))
                    yield before, after


def _found(texts: Sequence[_Texts], affixes: _Affixes, names: Names) -> dict[str, dict[str, str]]:
    """Return the columns of a family by feature; empty where it is none.

    Of a family that there is, a feature has what is logged of it, however few of its levels.
    """
    found = {of.feature.name: of.columns(affixes, names) for of in texts}
    if sum(map(len, found.values())) < LEAST:
        return {}
    found = {of.feature.name: found[of.feature.name] or of.logged(affixes, names) for of in texts}
    return {name: columns for name, columns in found.items() if columns}


def _is_right(found: Mapping[str, str], equal: Equal) -> bool:
    """Return whether all columns of a feature that tell are what training makes of raw values."""
    telling = [key for key in found if key in equal]
    return bool(telling) and all(found[key] in equal[key] for key in telling)
