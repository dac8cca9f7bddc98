"""What a profile says beside its counts: of which log, by which plan, and what was seen of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

import pyarrow as pa

from skewcheck.counts.codec import DamagedError
from skewcheck.engine.profiles.format import Json
from skewcheck.engine.profiles.members import (
    as_flag,
    as_list,
    as_number,
    as_object,
    as_text,
    as_texts,
    as_whole,
    optional_text,
)
from skewcheck.features.notes import Note
from skewcheck.logs.asked import TableVersion
from skewcheck.logs.paths import Unopened
from skewcheck.results.gate import UnaskedServed

T = TypeVar("T")
Schema = Mapping[str, pa.DataType]
Why = Literal["hidden", "special", "unsettled", "report", "empty", "stale", "vacant", "mark"]
_WHYS = get_args(Why)
CODES = frozenset(
    ["connected_raw", "connected_served", "decoded", "exploded", "joined", "copied_files",
     "more_copied_files", "extra_elements", "unread_elements"]
)  # fmt: skip
"""Of the notes that a log has by itself."""
MAX_LEVELS = 10_000_000
"""Rows among the first whose levels may be kept: a format may read a block of more than asked."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of the log that was counted."""

    name: str
    size: int
    """Bytes."""
    rows: int | None
    """Those in the file, where it was asked how many they are."""
    schema: Schema
    textual: bool = False
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a feature were counted."""

    feature: str
    type: str
    raw: str | None
    served: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What a profile says beside its counts."""

    tool: str
    """The version of skewcheck that wrote it."""
    fingerprint: str
    """Of the parameters, as they stand in their file."""
    asked: Json
    """The settings that counts depend on, as they were given."""
    used: Json
    """The same, with the columns that the log itself shows."""
    plan: str
    """A digest of all that a count depends on beside the log."""
    columns: tuple[Columns, ...]
    files: tuple[LogFile, ...]
    parts: tuple[tuple[int, int], ...]
    """Of the blocks of counts, in their order: the first file of each, and the one behind the
    last."""
    samples: bool
    """Whether a block of sampled rows follows."""
    window: tuple[float, float, bool] | None = None
    """Epoch seconds between which rows were counted, and whether the end is that of the run."""
    rowless: tuple[str, ...] = ()
    """Files without a row."""
    segments: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    read: tuple[int, int] | None = None
    """Files and bytes that were read, where their records are in rows of others."""
    unopened: tuple[Unopened, ...] = ()
    versions: tuple[TableVersion, ...] = ()
    connecting: tuple[Note, ...] = ()
    """What the log shows of its columns."""
    copied: tuple[Note, ...] = ()
    elements: tuple[Note, ...] = ()
    """Elements of lists that are not read."""
    unasked: tuple[UnaskedServed, ...] = ()
    levels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Values of columns by which parameters were understood, with their rows among the first."""
    types: Mapping[str, str] = field(default_factory=dict)
    """What columns of features without a stated type hold."""

    def data(self) -> dict[str, object]:
        """Return it as JSON has it."""
        schemas = {tuple(f.schema.items()): f.schema for f in self.files}
        places = {key: i for i, key in enumerate(schemas)}
        return {
            "tool": self.tool, "fingerprint": self.fingerprint, "asked": self.asked,
            "used": self.used, "plan": self.plan,
            "columns": [[c.feature, c.type, c.raw, list(c.served)] for c in self.columns],
            "schemas": [_schema_text(schema) for schema in schemas.values()],
            "files": [
                [f.name, f.size, f.rows, places[tuple(f.schema.items())], f.textual, f.decimal]
                for f in self.files
            ],
            "parts": [list(part) for part in self.parts], "samples": self.samples,
            "window": _window_data(self.window), "rowless": list(self.rowless),
            "segments": list(self.segments), "likely": list(self.likely),
            "read": None if self.read is None else list(self.read),
            "unopened": [[u.name, u.why] for u in self.unopened],
            "versions": [[v.table, v.kind, v.version] for v in self.versions],
            "connecting": _notes_data(self.connecting), "copied": _notes_data(self.copied),
            "elements": _notes_data(self.elements),
            "unasked": [
                [list(u.features), list(u.columns), u.template, u.of_most, u.likely]
                for u in self.unasked
            ],
            "levels": {column: dict(counts) for column, counts in self.levels.items()},
            "types": dict(self.types),
        }  # fmt: skip

    @classmethod
    def of(cls, data: Json) -> Head:
        """Return the head that JSON holds; DamagedError where it holds none."""
        try:
            return _head(_Fields(data))
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, pa.ArrowException):
            raise DamagedError("a head of another kind") from None


class _Fields:
    """Members of JSON of which the kind is checked: ValueError for others."""

    def __init__(self, data: Json) -> None:
        self.data = data

    def text(self, key: str) -> str:
        return as_text(self.data[key])

    def flag(self, key: str) -> bool:
        return as_flag(self.data[key])

    def object(self, key: str) -> Json:
        return as_object(self.data[key])

    def texts(self, key: str) -> tuple[str, ...]:
        return as_texts(self.data[key])

    def each(self, key: str, make: Callable[..., T]) -> tuple[T, ...]:
        """Return what is made of the items of each list in a list."""
        return tuple(make(*as_list(item)) for item in as_list(self.data[key]))


def _head(data: _Fields) -> Head:
    schemas = [_schema(text) for text in data.texts("schemas")]
    files = data.each("files", lambda *items: _file(schemas, *items))
    window, read = data.data["window"], data.data["read"]
    levels = {
        column: {as_text(level): as_whole(rows) for level, rows in as_object(counts).items()}
        for column, counts in data.object("levels").items()
    }
    if any(sum(counts.values()) > MAX_LEVELS for counts in levels.values()):
        raise ValueError("too many first rows")
    head = Head(
        data.text("tool"), data.text("fingerprint"), data.object("asked"), data.object("used"),
        data.text("plan"),
        data.each("columns", lambda f, t, r, s: Columns(
            as_text(f), as_text(t), optional_text(r), as_texts(s))),
        files, data.each("parts", lambda a, b: (as_whole(a), as_whole(b))), data.flag("samples"),
        None if window is None else _window(*as_list(window)),
        data.texts("rowless"), data.texts("segments"), data.texts("likely"),
        None if read is None else _pair(*as_list(read)),
        data.each("unopened", _unopened),
        data.each("versions", lambda t, k, v: TableVersion(as_text(t), as_text(k), as_whole(v))),
        _notes(data.data["connecting"]), _notes(data.data["copied"]), _notes(data.data["elements"]),
        data.each("unasked", lambda f, c, t, m, p: UnaskedServed(
            as_texts(f), as_texts(c), optional_text(t), as_flag(m), as_flag(p))),
        levels, {c: as_text(kind) for c, kind in data.object("types").items()},
    )  # fmt: skip
    ends = [0, *(end for _, end in head.parts)]
    in_order = all(start >= before and end > start for before, (start, end) in
                   zip(ends[:-1], head.parts, strict=True))  # fmt: skip
    if not files or not in_order or ends[-1] > len(files):
        raise ValueError("parts of other files")
    return head


def _file(schemas: Sequence[Schema], *items: object) -> LogFile:
    name, size, rows, schema, textual, decimal = items
    return LogFile(
        as_text(name), as_whole(size), None if rows is None else as_whole(rows),
        schemas[as_whole(schema)], as_flag(textual), as_text(decimal),
    )  # fmt: skip


def _unopened(name: object, why: object) -> Unopened:
    for known in _WHYS:
        if why == known:
            return Unopened(as_text(name), known)
    raise ValueError("no such reason")


def _window_data(window: tuple[float, float, bool] | None) -> list[object] | None:
    if window is None:
        return None
    since, until, until_now = window
    return [*(None if abs(t) == float("inf") else t for t in (since, until)), until_now]


def _window(since: object, until: object, until_now: object) -> tuple[float, float, bool]:
    first = float("-inf") if since is None else as_number(since)
    last = float("inf") if until is None else as_number(until)
    return first, last, as_flag(until_now)


MAX_FILES = 1_000_000
"""Files that a joined log may have been read of."""


def _pair(files: object, size: object) -> tuple[int, int]:
    if as_whole(files) > MAX_FILES:
        raise ValueError("too many files")
    return as_whole(files), as_whole(size)


def _schema_text(schema: Schema) -> str:
    """Return a schema as the bytes of Arrow's IPC, in base64."""
    data: bytes = pa.schema(list(schema.items())).serialize().to_pybytes()
    return base64.b64encode(data).decode("ascii")


def _schema(text: str) -> Schema:
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text, validate=True)))
    return {item.name: item.type for item in schema}


def _notes_data(notes: Iterable[Note]) -> list[object]:
    return [[note.code, {k: _listed(v) for k, v in note.parameters.items()}] for note in notes]


def _listed(value: object) -> object:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _notes(value: object) -> tuple[Note, ...]:
    pairs = (as_list(item) for item in as_list(value))
    return tuple(
        Note(_code(code), {k: _tuples(v) for k, v in as_object(parameters).items()})
        for code, parameters in pairs
    )


def _code(value: object) -> str:
    if value in CODES:
        return as_text(value)
    raise ValueError("no note of a log")


def _tuples(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError("no value of a note")
