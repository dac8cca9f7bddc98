"""Which columns, and of which types, the objects of a JSON Lines file seem to have.

An object may hold a number for each user, say, under the user's name: such names are no columns.
So a key is a column if it is in one of a hundred rows, or is one of few that are in less: of the
top-level ones the first `RARE`, and inside of columns if all of the rare ones are no more. That
bounds the columns of a file, times its rows. Keys that are asked for by name are columns always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.logs.arrays.arrow import from_texts

RARE = 1000
"""Keys in less than `COMMON` of the rows that are columns nevertheless, in a whole file."""
COMMON = 0.01
"""Share of the rows in which a key is a column in any case."""
_DEEPEST = 16  # levels: what lies deeper is no feature, and Arrow's types are recursive
_MOMENTS = (pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"))


def guessed(
    objects: Iterable[Mapping[str, object]],
    rare: int | None = None,
    known: Set[str] = frozenset(),
    most: int | None = None,
) -> tuple[dict[str, pa.DataType], int]:
    """Return a type per column, in order of appearance; keys that mix types are text.

    And how many rare keys may still be columns, of `rare` (None: `RARE`): none where some are not.
    Keys that are `known`, or are one of these with something in front or behind, as `_norm`, are
    columns however rare, also where an object has more than `most` keys, of which the first are.
    """
    rows = list(objects)
    guess = _Guess(COMMON * len(rows), RARE if rare is None else rare, known, most)
    types = guess.types(rows, 0)
    return types, 0 if guess.dropped else guess.rare


@dataclass(slots=True)
class _Guess:
    """Guesses types from the top level to what is inside."""

    common: float
    """Values from which a key is a column."""
    rare: int
    """Keys with fewer that may still be columns."""
    known: Set[str]
    most: int | None
    dropped: bool = False
    """Whether some were too many."""

    def types(self, objects: Iterable[Mapping[str, object]], depth: int) -> dict[str, pa.DataType]:
        values: dict[str, list[object]] = {}
        for item in objects:
            for key, value in item.items():
                values.setdefault(key, []).append(value)
        kept = self._columns(values, depth)
        return {
            key: self._type([value for value in seen if value is not None], depth)
            for key, seen in kept.items()
        }

    def _columns(
        self, values: Mapping[str, list[object]], depth: int
    ) -> Mapping[str, list[object]]:
        """Return the keys that are columns."""
        if self.most is not None and len(values) > self.most:
            self.dropped = True
            values = {
                key: seen
                for place, (key, seen) in enumerate(values.items())
                if place < self.most or self._is_known(key)
            }
        rare = [key for key, seen in values.items() if len(seen) < self.common]
        if len(rare) > self.rare:
            rare = [key for key in rare if not self._is_known(key)]
        if len(rare) <= self.rare:
            self.rare -= len(rare)
            return values
        first = 0 if depth else self.rare
        self.rare -= first
        self.dropped = True
        dropped = set(rare[first:])
        return {key: seen for key, seen in values.items() if key not in dropped}

    def _is_known(self, key: str) -> bool:
        if key in self.known:
            return True
        cuts = [i for i, character in enumerate(key) if not character.isalnum()]
        return any(key[:i] in self.known or key[i + 1 :] in self.known for i in cuts)

    def _type(self, values: list[object], depth: int) -> pa.DataType:
        kinds = {type(value) for value in values}
        if not kinds:
            return pa.null()
        if kinds == {dict} and depth < _DEEPEST:
            inside = (value for value in values if isinstance(value, dict))
            return pa.struct(list(self.types(inside, depth + 1).items()))
        if kinds == {list} and depth < _DEEPEST:
            return pa.list_(self._type(list(_elements(values)), depth + 1))
        if kinds == {bool}:
            return pa.bool_()
        if kinds == {int}:
            small = all(isinstance(value, int) and abs(value) < 2**63 for value in values)
            return pa.int64() if small else pa.float64()
        if kinds <= {int, float}:
            return pa.float64()
        return _text_type(values) if kinds == {str} else pa.string()


def extended(
    schema: Mapping[str, pa.DataType], later: Mapping[str, pa.DataType]
) -> dict[str, pa.DataType]:
    """Return a schema with the columns, also inside of others, that only later rows have."""
    added = {
        key: wider(schema[key], kind) if key in schema else kind for key, kind in later.items()
    }
    return {**schema, **added}


def wider(kind: pa.DataType, later: pa.DataType) -> pa.DataType:
    """Return a type with what a later one has in addition: fields of structs, where it was null."""
    if pa.types.is_null(kind):
        return later
    if pa.types.is_struct(kind) and pa.types.is_struct(later):
        fields, more = (
            {part.field(i).name: part.field(i).type for i in range(part.num_fields)}
            for part in (kind, later)
        )
        return pa.struct(list(extended(fields, more).items()))
    if pa.types.is_list(kind) and pa.types.is_list(later):
        return pa.list_(wider(kind.value_type, later.value_type))
    return kind


def _elements(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):
            yield from (item for item in value if item is not None)


def _text_type(values: list[object]) -> pa.DataType:
    """Return a date or time type if every text reads as one."""
    texts = [str(value).encode("utf-8", "replace").decode() for value in values]
    if not all(text[:4].isdecimal() and text[4:5] == "-" for text in texts):
        return pa.string()
    for moment in _MOMENTS:
        try:
            from_texts(texts).cast(moment)
        except pa.ArrowInvalid:
            continue
        return moment
    return pa.string()
