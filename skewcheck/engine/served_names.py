"""Names that served values usually have beside their raw ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain
from typing import Literal

from skewcheck.features.transform import column_names, served_keys
from skewcheck.features.types import Feature
from skewcheck.logs.columns import element

WORDS = (
    "norm", "normed", "normalized", "normalised", "scaled", "standardized", "standardised",
    "zscore", "minmax", "served", "serving", "transformed", "encoded", "preprocessed",
)  # fmt: skip
"""With a feature's name before or behind them they name its served values: `fare_norm`,
`scaled__fare`, `served.fare`."""
Hint = Literal["raw", "served"]
_WHOLE_PLACES = ("modelinput", "modelfeatures", "inputtensor")
"""Names that a place may have without a point behind it: `model_input_fare`."""
SERVED_PLACES = (*WORDS, *_WHOLE_PLACES, "normal", "standard")
"""Words in the name of a record or a vector that say that its values are served ones."""
RAW_PLACES = (
    "raw", "original", "unscaled", "unnorm", "untransformed", "unprocessed", "unencoded",
    "unstandardi",
)  # fmt: skip
"""Words likewise of raw values; these come first."""
PREFIX = re.compile(r"_?[A-Za-z0-9][A-Za-z0-9_-]*__")
"""A transformer's name before a feature's, as ColumnTransformer has it: `pipeline-1__fare`."""
_BLOCKS = ("num", "cat", "numeric", "categorical")
_TRANSFORMERS = (
    "scale", "encode", "pipeline", "transform", "imput", "normal", "standard", "discreti", "onehot",
    "preproc",
)  # fmt: skip
"""Names, and words in names, that transformers usually have. Other prefixes, as that of a feature
store's view, may be of raw values as well."""
_SIGNS = re.compile(r"[\W_]+")
Affixes = tuple[str, str]
"""What stands before and behind a name."""


def letters(name: str) -> str:
    """Return a name without case and without the signs between its words."""
    return _SIGNS.sub("", name.casefold())


def hint_of(path: str) -> Hint | None:
    """Return which side the name of a place says that its values are; None for none."""
    word = letters(path.rpartition(".")[2])
    if any(raw in word for raw in RAW_PLACES):
        return "raw"
    return "served" if any(served in word for served in SERVED_PLACES) else None


def is_served_place(before: str) -> bool:
    """Return whether what stands before the name of a feature, as `model_input.`, says that its
    values are served ones, as the name of a record does."""
    name = before.rstrip(".")
    is_record = before.endswith(".") or letters(name) in _WHOLE_PLACES
    return is_record and hint_of(name) == "served"


class Names(dict[str, str]):
    """Columns by their letters."""

    @cached_property
    def present(self) -> frozenset[str]:
        """Return the columns themselves."""
        return frozenset(self.values())

    @cached_property
    def prefixes(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Return the prefixes of columns, with these, by what stands behind them in small letters:
        databases write names in capitals. Usual ones come first."""
        result: dict[str, list[tuple[str, str]]] = {}
        for column in self.values():
            for mark in re.finditer("__", column):
                if PREFIX.fullmatch(column, 0, mark.end()):
                    name = column[mark.end() :].casefold()
                    result.setdefault(name, []).append((column[: mark.end()], column))
        return {
            name: tuple(sorted(found, key=lambda of_column: not is_transformer(of_column[0])))
            for name, found in result.items()
        }


def is_transformer(prefix: str) -> bool:
    """Return whether a prefix is the usual name of a transformer, so that it says "served"."""
    word = prefix.removesuffix("__").removeprefix("_").casefold()
    return word in _BLOCKS or any(part in word for part in _TRANSFORMERS)


def prefix_of(feature: Feature, column: str) -> str | None:
    """Return the prefix with `__` that a served column of a feature has; None for none."""
    for key in chain.from_iterable(served_keys(feature.name, feature.steps)):
        if column.casefold().endswith(key.casefold()):
            before = column[: len(column) - len(key)]
            if PREFIX.fullmatch(before):
                return before
    return None


def affixes_of(feature: Feature, column: str) -> Affixes | None:
    """Return what stands around a feature's name in that of a served column; None without one.

    The names that the file states come first, then the longest.
    """
    keys = chain.from_iterable(served_keys(feature.name, feature.steps))
    for name in (*feature.stated_names, *sorted(keys, key=len, reverse=True)):
        before, having, after = column.rpartition(name)
        if having:
            return before, after
    return None


def by_letters(columns: Iterable[str]) -> Names:
    """Return columns by their letters; of several with the same the first."""
    result = Names()
    for column in columns:
        result.setdefault(letters(column), column)
    return result


def named(feature: Feature, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that a feature's served values seem to be in by name; empty for none."""
    return tuple(named_keys(feature, columns).values())


def named_keys(feature: Feature, columns: Mapping[str, str]) -> dict[str, str]:
    """Return these columns by the names that training gives them; empty for none.

    The names that the file states (`x-served`) come first. `columns` are those of the log by their
    letters. A onehot feature has a column per level, of which half is enough, as rare ones need not
    be logged.
    """
    keys = served_keys(feature.name, feature.steps)
    names = columns if isinstance(columns, Names) else Names(columns)
    stated = feature.stated_names
    if not names.present.isdisjoint(stated):
        named_as = [k[0] for k in keys] if len(stated) == len(keys) else stated
        pairs = zip(named_as, stated, strict=True)
        return {key: name for key, name in pairs if name in names.present}
    onehot = len(keys) > 1 or column_names(feature.steps) != ()
    for before, after in _affixes(onehot):
        logged = {
            key[0]: name
            for key in keys
            if (name := _column(columns, before, key, after)) is not None
        }
        if 2 * len(logged) >= len(keys) and logged:
            return logged
    return _prefixed(keys, names)


def _column(
    columns: Mapping[str, str], before: str, key: Collection[str], after: str
) -> str | None:
    """Return the column of a key with these words, by the first of its texts that has one."""
    texts = (spelled for text in key for spelled in _spelled(before, text, after))
    return next((columns[text] for text in texts if text in columns), None)


def _spelled(before: str, key: str, after: str) -> tuple[str, ...]:
    """Return the letters of a name with these words: `e[0]_norm`, or `e_norm[0]` of a vector."""
    whole, of_vector = f"{before}{letters(key)}{after}", element(key)
    if of_vector is None:
        return (whole,)
    vector, place = of_vector
    return whole, f"{before}{letters(vector)}{after}{place}"


@cache
def _affixes(onehot: bool) -> tuple[tuple[str, str], ...]:
    """Return what may stand before and behind a name; of onehot columns nothing need be there."""
    pairs = [pair for word in WORDS for pair in (("", word), (word, ""))]
    return tuple([("", ""), *pairs] if onehot else pairs)


def _prefixed(keys: Collection[Sequence[str]], names: Names) -> dict[str, str]:
    """Return the columns of half of the keys that have one prefix, the usual ones first."""
    found: dict[str, dict[str, str]] = {}
    for key in keys:
        for text in key:
            for prefix, column in names.prefixes.get(text.casefold(), ()):
                found.setdefault(prefix, {}).setdefault(key[0], column)
    enough = [prefix for prefix, logged in found.items() if 2 * len(logged) >= len(keys)]
    best = min(enough, key=lambda p: (not is_transformer(p), -len(found[p])), default=None)
    return {} if best is None else found[best]


def template_of(feature: Feature, columns: Collection[str]) -> str | None:
    """Return the template that names all of these columns; None where there is none."""
    # Longer ones come first: `c_1` is the beginning of `c_1.0`.
    keys = sorted(
        chain.from_iterable(served_keys(feature.name, feature.steps)), key=len, reverse=True
    )
    first = next(iter(columns), "")
    for key in keys:
        start, name, end = first.partition(key)
        if name and {f"{start}{key}{end}" for key in keys}.issuperset(columns):
            return f"{start}{{feature}}{end}"
    of_vector, of_columns = element(feature.name), [element(column) for column in columns]
    if of_vector is not None and len(of_columns) == 1 and of_columns[0] is not None:
        start, name, end = of_columns[0][0].partition(of_vector[0])
        if name and of_columns[0][1] == of_vector[1]:
            return f"{start}{{feature}}{end}"
    return None
