"""Columns of text: what they are read as numbers, and what in them a user calls no value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import (
    from_numpy,
    from_texts,
    is_bytes,
    present,
    to_bools,
    to_numpy,
)
from skewcheck.logs.arrays.cells import NO_NUMBER, SPACE, hashable, is_text, strings

# No hexadecimal, no `1_000` and no `1,000`: they may be names, or numbers of another country.
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
_BLANK = rf"^{SPACE}+$"
MIN_NUMBER_SHARE = 0.95
"""Share of numbers from which text is read as numbers: the rest are words for a missing one."""
EXAMPLES = 3
"""Texts that are kept of those that are no numbers: enough to see what they are."""


def as_text(array: pa.Array) -> tuple[pa.Array, NDArray[np.bool_] | None]:
    """Return text or bytes as text, in a layout that all of Arrow's functions take.

    And which of them are null there, as they are bytes that are no UTF-8; None where none is.
    """
    array = hashable(array)
    if not is_bytes(array.type):
        return array, None
    text = pa.large_string() if pa.types.is_large_binary(array.type) else pa.string()
    try:
        return array.cast(text), None
    except pa.ArrowInvalid:
        texts = [_decoded(item) for item in array.to_pylist()]
    decoded = from_texts(texts).cast(text)
    return decoded, present(array) & ~present(decoded)


def _decoded(raw: bytes | None) -> str | None:
    try:
        return None if raw is None else raw.decode()
    except UnicodeDecodeError:
        return None


def parsed(text: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return text as float64, null where there is no number, and which rows hold a word."""
    import pyarrow.compute as pc

    bare = pc.ascii_trim_whitespace(text)
    fine = pc.match_substring_regex(bare, _NUMBER)
    words = pc.invert(pc.or_(fine, pc.match_substring_regex(bare, NO_NUMBER)))
    unsigned = pc.replace_substring_regex(pc.if_else(fine, bare, None), r"^\+", "")
    return unsigned.cast(pa.float64()), to_bools(words)


def without(array: pa.Array, words: Iterable[str]) -> pa.Array:
    """Return an array with nulls for the words that a user calls no value.

    White space around a text is ignored. A word that is a number stands for that number in columns
    of numbers, and for its two spellings (-999 and -999.0) in text.
    """
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(array.indices, without(array.dictionary, words))
    numbers = _numbers(words)
    if is_text(kind):
        text, wrong = as_text(array)
        array = text if wrong is None else hashable(array)
        spelled = {*words, *map(str, numbers), *(str(int(x)) for x in numbers if x.is_integer())}
        known = from_texts(sorted(spelled)).cast(text.type)
        bare = pc.ascii_trim_whitespace(text)
        absent = pc.or_(pc.is_in(text, value_set=known), pc.is_in(bare, value_set=known))
        return pc.if_else(absent, pa.nulls(1, array.type)[0], array)
    if numbers and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        values = from_numpy(np.array(numbers))
        absent = pc.is_in(array.cast(pa.float64(), safe=False), value_set=values)
        return pc.if_else(absent, pa.nulls(1, kind)[0], array)
    return array


def _numbers(words: Iterable[str]) -> list[float]:
    """Return the words that are finite numbers."""
    values, _ = parsed(from_texts(list(words)))
    return [x for x in values.to_pylist() if x is not None and np.isfinite(x)]


@dataclass(frozen=True, slots=True)
class Texts:
    """What the texts of a column are, read as numbers: rows of each kind; `+` joins."""

    numbers: int = 0
    blanks: int = 0
    """Rows of white space alone, at least one character."""
    words: int = 0
    """Rows of text that is neither number nor null."""
    examples: tuple[str, ...] = ()
    """The first blanks and words that differ, at most `EXAMPLES`."""

    @property
    def mostly_numbers(self) -> bool:
        """Whether a column of these texts is one of numbers, nulls and white space set aside."""
        return 0 < self.numbers >= MIN_NUMBER_SHARE * (self.numbers + self.words)

    @classmethod
    def of(cls, array: pa.Array) -> Texts:
        """Return what the texts of an array are; nothing for an array of other values."""
        kind = array.type
        if not pa.types.is_dictionary(kind):
            return cls.of(hashable(array).dictionary_encode()) if is_text(kind) else cls()
        if not is_text(kind.value_type):
            return cls()
        import pyarrow.compute as pc

        indices, (levels, wrong) = array.indices, as_text(array.dictionary)
        places = to_numpy(indices, indices.type.to_pandas_dtype())[present(indices)]
        rows = np.bincount(places, minlength=len(levels))
        numbers, words = parsed(levels)
        if wrong is not None:
            words |= wrong
        blank = to_bools(pc.match_substring_regex(levels, _BLANK))
        odd = np.flatnonzero((blank | words) & (rows > 0))
        first = np.zeros(len(levels), np.int64)
        first[places[::-1]] = np.arange(len(places))[::-1]
        shown = levels.take(from_numpy(odd[np.argsort(first[odd])][:EXAMPLES]))
        examples = [text for text in strings(shown) if text is not None]
        number, white, word = (int(rows[mask].sum()) for mask in (present(numbers), blank, words))
        return cls(number, white, word, tuple(examples))

    def __add__(self, other: Texts) -> Texts:
        """Join with the texts of the rows that follow."""
        return Texts(
            self.numbers + other.numbers, self.blanks + other.blanks, self.words + other.words,
            tuple(dict.fromkeys(self.examples + other.examples))[:EXAMPLES],
        )  # fmt: skip
