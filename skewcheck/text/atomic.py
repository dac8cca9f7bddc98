"""Atomic file writes: a file is replaced as a whole or stays as it was, after a power cut too."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skewcheck.text.errors import UsageError


@contextmanager
def atomic_file(path: str | Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it over `path` if the block succeeds.

    When it returns, the disk has the content and the name; not so with `durable` False, for files
    whose loss does no harm.
    On any exception the temporary file is removed and `path` is unchanged. A path that exists but
    is no regular file (a device, a named pipe) is yielded itself, because it cannot be replaced.
    The new file has the mode of the old one, else the mode of the umask. Raises UsageError, naming
    `path`, if the operating system refuses.
    """
    with _usage_errors(Path(path)):
        target = Path(path)
        if target.exists() and not target.is_file():
            if target.is_fifo():
                # Opening a pipe waits for a reader, which may never come.
                os.close(os.open(target, os.O_WRONLY | os.O_NONBLOCK))
            yield target
            return
        # A link keeps pointing where it did: what it points at is replaced.
        target = target.resolve()
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(_mode(target))
            if durable:
                _sync(temporary)
            temporary.replace(target)
            if durable:
                _sync(target.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def write(path: str | Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, atomically; UsageError if the path cannot be written.

    Lone surrogates of text are written as escapes.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with atomic_file(path) as temporary:
        temporary.write_bytes(data)


def _sync(path: Path) -> None:
    """Let the disk have a file's content, or the names in a folder where the system can do that."""
    folder = path.is_dir()
    if folder and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network drives have no such call for folders.
        if not (folder and error.errno in (errno.EINVAL, errno.ENOTSUP)):
            raise
    finally:
        os.close(handle)


@contextmanager
def _usage_errors(path: Path) -> Iterator[None]:
    """Raise UsageError, naming `path`, for each OSError of the block."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{path}: cannot write it ({why}); choose another place") from error


def _mode(target: Path) -> int:
    """Return the mode bits of the existing file, else those that the umask gives to a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
