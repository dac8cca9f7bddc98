"""Writing files so that nobody ever finds half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skewcheck.text.errors import UsageError


@contextmanager
def replaced(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; put it in place of `path` if the block succeeds.

    On any exception the temporary file is removed and `path` is as it was. Something that is there
    but is no regular file (a device, a named pipe) is yielded itself, as it cannot be replaced.
    Raises UsageError, naming `path`, where it cannot be written.
    """
    with _told(Path(path)):
        target = Path(path)
        if target.exists() and not target.is_file():
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
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def write(path: str | Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, in one step; UsageError where that is not possible."""
    found = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with replaced(path) as place:
        place.write_bytes(found)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{path}: cannot write it ({why}); choose another place") from error


def _mode(target: Path) -> int:
    """The mode of the file that is there, else what the user's umask gives to a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
