"""What the records of a log hold: their fields and vectors, through text, lists and envelopes.

Sampled records are opened up as far as they go. Where text holds a record it is decoded, where a
list holds records each is one of its own. What was done on the way is kept with what was found, so
that the same can be done to the whole log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from skewcheck.connect.long_tables import long_table, observations
from skewcheck.engine.served_names import letters
from skewcheck.logs.shape.codecs import CODECS
from skewcheck.logs.shape.ops import Decode, Explode, Op, Wrap
from skewcheck.logs.shape.text_pairs import OtherKindError
from skewcheck.logs.shape.typed import is_typed

MAX_DEPTH = 12
"""Fields, decodings and lists on the way to a value."""
MAX_NODES = 20_000
"""Fields that are looked at: a record may hold a map of users."""
DECODED_SHARE = 0.95
"""Share of the texts of a notation, those of other kinds aside, that must be whole."""
MIN_SHARE = 0.05
"""Share of texts that must be of a notation: a container's log may hold lines of words as well."""
MIN_CELLS = 2
"""Cells of a line of comma separated values: a number alone is none."""
_BRACKETS = frozenset("[](){}<>=")
TYPED_LOOKED_AT = 20
"""Records of which some must have values inside of their types."""
MAX_VECTOR = 100_000
"""Elements of a vector that is looked at."""


@dataclass(frozen=True, slots=True)
class Record:
    """A place where there is a record in each row: its fields by name."""

    path: str
    """Empty for the rows themselves."""
    ops: tuple[Op, ...]
    fields: frozenset[str]

    def child(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name


@dataclass(frozen=True, slots=True)
class Vector:
    """A place where there is a list of values in each row, mostly of one length."""

    path: str
    ops: tuple[Op, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The records and vectors of a log."""

    records: tuple[Record, ...]
    vectors: tuple[Vector, ...]
    several: frozenset[str] = frozenset()
    """Paths of lists that are exploded, and have several elements in some record."""


@dataclass(slots=True)
class _Search:
    """Opens up values from the top down."""

    known: Set[str]
    """Names of features: a record of their columns is one row for each of its values."""
    lengths: Set[int]
    """Lengths that vectors of features have."""
    records: list[Record] = field(default_factory=list)
    vectors: list[Vector] = field(default_factory=list)
    several: set[str] = field(default_factory=set)
    nodes: int = 0

    def look(self, path: str, values: Sequence[object], ops: tuple[Op, ...], depth: int) -> None:
        """Look at the values at a path, nulls among them."""
        present = [value for value in values if value is not None]
        self.nodes += 1
        if not present or depth > MAX_DEPTH or self.nodes > MAX_NODES:
            return
        # Few of another kind are damage, which is told of when all records are read.
        enough = DECODED_SHARE * len(present)
        if len(records := [v for v in present if isinstance(v, dict)]) >= enough:
            self._record(path, records, ops, depth)
        elif len(lists := [v for v in present if isinstance(v, list | tuple)]) >= enough:
            self._list(path, lists, ops, depth)
        elif len(texts := [v for v in present if isinstance(v, str | bytes)]) >= enough:
            self._text(path, texts, ops, depth)

    def _decoded(
        self, path: str, codec: str, values: Sequence[object], ops: tuple[Op, ...], depth: int
    ) -> bool:
        """Look at what values hold in some notation; return whether they are of it."""
        results = decoded_all(codec, values)
        if results is None:
            return False
        self.look(path, results, (*ops, Decode(path, codec)), depth + 1)
        return True

    def _record(
        self, path: str, values: list[dict[str, object]], ops: tuple[Op, ...], depth: int
    ) -> None:
        if not any(isinstance(op, Decode) and op.codec == "typed" for op in ops) and _are_typed(
            values
        ):
            if not path and not ops:
                path, ops = "record", (Wrap(),)
            if path and self._decoded(path, "typed", values, ops, depth):
                return
        keys = set(values[0])
        if {"size", "indices", "values", "type"} <= keys and self._decoded(
            path, "spark-vector", values, ops, depth
        ):
            return
        if not path and not ops and self._decoded("record", "table", values, (Wrap(),), depth):
            return
        if path:
            columnar = all(isinstance(values[0][key], list) for key in keys)
            if "shape" in keys and self._decoded(path, "tensor", values, ops, depth):
                return
            if (
                columnar
                and self._are_columns(keys)
                and self._decoded(path, "columns", values, ops, depth)
            ):
                return
            if self._decoded(path, "table", values, ops, depth):
                return
        names = dict.fromkeys(name for value in values for name in value)
        self.records.append(Record(path, ops, frozenset(map(str, names))))
        for name in names:
            if str(name).endswith("[]"):
                continue  # a path cannot tell it from the elements of a list
            inside = [value.get(name) for value in values]
            self.look(f"{path}.{name}" if path else str(name), inside, ops, depth + 1)

    def _are_columns(self, keys: Set[str]) -> bool:
        """Return whether half of some keys, or of the features, are named alike."""
        known = [letters(name) for name in self.known]
        fitting = [key for key in map(letters, keys) if key.endswith(tuple(known))]
        return 2 * len(fitting) >= min(len(known), len(keys)) > 0

    def _list(
        self, path: str, values: Sequence[Sequence[object]], ops: tuple[Op, ...], depth: int
    ) -> None:
        items = [item for value in values for item in value if item is not None]
        if not items:
            return
        first = items[0]
        if isinstance(first, dict | tuple):
            codecs = ("tensors", "pairs") if isinstance(first, dict) else ("pairs",)
            if any(self._decoded(path, codec, values, ops, depth) for codec in codecs):
                return
        nested = isinstance(first, dict | list)
        if nested or (isinstance(first, str) and self._holds_records(items)):
            if any(len(value) > 1 for value in values):
                self.several.add(path)
            self.look(f"{path}[]", items, (*ops, Explode(path)), depth + 1)
            return
        lengths = [len(value) for value in values]
        fitting = [length for length in lengths if length in self.lengths]
        # Lists of another model may stand there as well.
        enough = len(fitting) >= MIN_SHARE * len(lengths)
        usual = max(set(fitting if enough and fitting else lengths), key=lengths.count)
        if usual <= MAX_VECTOR and not isinstance(first, bytes):
            self.vectors.append(Vector(path, ops, usual))

    def _holds_records(self, items: Sequence[object]) -> bool:
        """Return whether texts of a list are records each, rather than values of a vector."""
        for codec in ("json", "python"):
            results = decoded_all(codec, items)
            if results is not None:
                return True
        return False

    def _text(self, path: str, values: Sequence[object], ops: tuple[Op, ...], depth: int) -> None:
        if isinstance(values[0], bytes):
            for codec, width in (("float64", 8), ("float32", 4)):
                if all(
                    isinstance(v, bytes) and len(v) in {width * n for n in self.lengths}
                    for v in values
                ) and self._decoded(path, codec, values, ops, depth):
                    return
        for codec in ("json", "python", "printed", "text+json", "logfmt", "query"):
            if self._decoded(path, codec, values, ops, depth):
                return
        if self._is_csv(values):
            rows = any(len(text.strip().splitlines()) > 1 for text in map(_as_text, values))
            self._decoded(path, "csv-rows" if rows else "csv", values, ops, depth)
            return
        if self._are_numbers(values) and self._decoded(path, "numbers", values, ops, depth):
            return
        if _is_base64(values):
            self._decoded(path, "base64", values, ops, depth)

    def _is_csv(self, values: Sequence[object]) -> bool:
        """Return whether texts are lines of as many values as features have, mostly numbers."""
        results = decoded_all("csv-rows", values)
        if results is None:
            return False
        rows = [row for lines in results if isinstance(lines, list) for row in lines]
        lengths = [len(row) for row in rows]
        fits = [length for length in lengths if length in self.lengths and length >= MIN_CELLS]
        # In brackets it is a list of another notation: its first cell would be no number.
        plain = sum(not _BRACKETS.intersection(f"{row[0]}{row[-1]}") for row in rows)
        return min(len(fits), plain) >= DECODED_SHARE * len(lengths)

    def _are_numbers(self, values: Sequence[object]) -> bool:
        """Return whether texts are numbers, as many as features have, with signs between them."""
        results = decoded_all("numbers", values)
        lengths = [len(row) for row in results or () if isinstance(row, list)]
        fits = sum(length in self.lengths for length in lengths)
        return bool(lengths) and fits >= DECODED_SHARE * len(lengths)


def look(
    records: Sequence[dict[str, object]], known: Set[str], lengths: Set[int],
    later: Sequence[dict[str, object]] = (),
) -> Findings:  # fmt: skip
    """Return what sampled records hold, which stand together, and some later ones.

    `known` are the names of features, `lengths` those of vectors of them. What holds no feature
    costs time alone: it is passed over later.
    """
    search = _Search(known, lengths)
    long = long_table(records, known)
    if long is None:
        search.look("", [*records, *later], (), 0)
    else:
        search.look("", observations(records, long), (long,), 0)
    return Findings(tuple(search.records), tuple(search.vectors), frozenset(search.several))


def decoded_all(codec: str, values: Sequence[object]) -> list[object] | None:
    """Return what values hold in a notation, without those of another kind; None if they do not."""
    decode: Callable[[object], object] = CODECS[codec]
    results: list[object] = []
    bad = 0
    for value in values:
        if value is None:
            continue
        try:
            results.append(decode(value))
        except OtherKindError:
            continue
        except (ValueError, RecursionError, TypeError, OverflowError):
            bad += 1
            if bad > max(1, (1 - DECODED_SHARE) * len(values)):
                return None
    enough = len(results) >= max(1, MIN_SHARE * len(values))
    whole = len(results) >= DECODED_SHARE * (len(results) + bad)
    return results if enough and whole else None


def _are_typed(values: Sequence[object]) -> bool:
    """Return whether values stand inside of their types in most of some records."""
    looked_at = values[:TYPED_LOOKED_AT]
    return 2 * sum(map(is_typed, looked_at)) > len(looked_at)


def _as_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _is_base64(values: Sequence[object]) -> bool:
    texts = [str(value).strip() for value in values if isinstance(value, str)]
    plausible = (len(t) >= 8 and len(t) % 4 == 0 and " " not in t for t in texts)
    return bool(texts) and all(plausible)


def steps_of(places: Sequence[tuple[Op, ...]]) -> Iterator[Op]:
    """Yield the steps to several places, each once, in an order in which all can be done."""
    seen: set[Op] = set()
    for ops in places:
        for op in ops:
            if op not in seen:
                seen.add(op)
                yield op
