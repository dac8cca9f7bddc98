"""Let one system call of a run fail, the n-th of those that touch a folder or write to stdout.

Opens, renames, removals, new folders, changes of mode and locks are seen by an audit hook of the
interpreter; writes and fsyncs by stand-ins, as no hook sees them. Reads of pyarrow are not among
them: what a log lacks is tried by damaged logs.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

How = Literal["error", "short", "memory", "kill"]
"""`error`: the disk is full; `short`: half of a write is done, then it is; `memory`: none is left;
`kill`: the process ends at once."""
_EVENTS = {
    "open": "open", "os.rename": "rename", "os.remove": "remove", "os.mkdir": "mkdir",
    "os.chmod": "chmod", "os.truncate": "truncate", "os.utime": "utime", "fcntl.flock": "lock",
}  # fmt: skip


class Injector:
    """Counts calls, and lets the one of a number fail."""

    def __init__(self, folder: Path, number: int, how: How) -> None:
        self.folder = str(folder.resolve())
        self.number = number
        self.how = how
        self.calls: list[str] = []
        """What was called, up to the one that failed; later ones are not counted."""
        self.failed = False

    def call(self, name: str) -> None:
        """Count a call; raise in place of the one that is to fail."""
        if self.failed or (self.how == "short" and name != "write"):
            return
        self.calls.append(name)
        if len(self.calls) != self.number:
            return
        self.failed = True
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "memory":
            raise MemoryError
        code = errno.EWOULDBLOCK if name == "lock" else errno.ENOSPC
        raise OSError(code, os.strerror(code))

    def meant(self, path: object) -> bool:
        """Return whether a path lies in the folder; handles, as of locks, do."""
        if isinstance(path, int):
            return True
        text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        return os.path.abspath(text).startswith(self.folder)  # noqa: PTH100  # no resolving here


_current: Injector | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    name = _EVENTS.get(event)
    if name is not None and _current is not None and _current.meant(arguments[0]):
        _current.call(name)


sys.addaudithook(_hook)


class _Raw(io.FileIO):
    """A file whose writes are counted."""

    def write(self, data: object) -> int:  # type: ignore[override]
        if _current is not None:
            try:
                _current.call("write")
            except OSError:
                if _current.how == "short":
                    view = memoryview(data)  # type: ignore[arg-type]
                    super().write(view[: len(view) // 2])
                raise
        return super().write(data)  # type: ignore[arg-type]


def _opened(file: object, mode: str = "r", *rest: object, **named: object) -> object:
    """Open a file as `open` does; what is written to is a `_Raw` inside."""
    writes = _current is not None and _current.meant(file) and not isinstance(file, int)
    if not writes or not set(mode) & set("wax"):
        return _OPEN(file, mode, *rest, **named)  # type: ignore[call-overload]
    raw = _Raw(file, mode.replace("b", "").replace("t", ""))  # type: ignore[arg-type]
    if named.get("buffering", rest[0] if rest else -1) == 0:
        return raw
    buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)  # type: ignore[arg-type]
    return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding="utf-8")


_OPEN = open


@contextmanager
def failing(folder: Path, number: int, how: How = "error") -> Iterator[Injector]:
    """Let the call of a number fail in the block, in which stdout is the file `stdout` there."""
    global _current  # a hook cannot be taken away
    kept = builtins.open, io.open, os.fsync, os.write, sys.stdout
    injector = Injector(folder, number, how)

    def fsync(handle: int) -> None:
        injector.call("fsync")
        kept[2](handle)

    def write(handle: int, data: bytes) -> int:
        injector.call("write")
        return kept[3](handle, data)

    raw = _Raw(folder / "stdout", "w")
    builtins.open = io.open = _opened  # type: ignore[assignment]
    os.fsync, os.write = fsync, write
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8")
    _current = injector
    try:
        yield injector
    finally:
        _current = None
        stream, sys.stdout = sys.stdout, kept[4]
        builtins.open, io.open, os.fsync, os.write = kept[:4]
        try:
            stream.close()
        except OSError:
            raw.close()
