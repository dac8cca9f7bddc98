"""The lock of a state folder, which the system releases when its process ends, however it ends."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from skewcheck.text.errors import OptionName, UsageError

LOCK = "lock"
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""The file is cut to nothing, so that a link must not lead to another one."""

if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 30
    """Offset of the locked byte, beyond the text: on Windows a locked byte cannot be read."""

    def _take(handle: int) -> None:
        os.lseek(handle, _BEYOND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock for the block.

    Raises UsageError where another run holds it, named by process and host, and where the disk
    cannot lock.
    """
    path = folder / LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINKS, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: cannot write it ({error.strerror})") from error
    try:
        try:
            _take(handle)
        except (BlockingIOError, PermissionError):
            raise UsageError(
                OptionName("state", str(folder)),
                f": another run is using it ({_holder(path)}): wait for its end,"
                " or name another folder",
            ) from None
        except OSError as error:
            raise UsageError(
                OptionName("state", str(folder)),
                f": cannot be locked there ({error.strerror}): name a folder on a"
                " disk of this machine",
            ) from error
        _sign(handle)
        yield
    finally:
        os.close(handle)


def _sign(handle: int) -> None:
    """Write process, host and time into the locked file."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):  # the text is for messages only
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(holder).encode())


def _holder(path: Path) -> str:
    """Return who holds the lock, by the text of the locked file."""
    try:
        holder = json.loads(path.read_bytes())
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not yet said which"
