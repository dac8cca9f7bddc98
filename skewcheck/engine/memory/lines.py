"""Files of a state folder to which whole lines of JSON are appended."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from skewcheck.text.errors import UsageError


def lines_of(path: Path) -> list[bytes]:
    """Return the lines of a file, none where there is none yet."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{path}: cannot read it ({error.strerror})") from error
    return [line for line in lines if line.strip()]


def append_line(path: Path, record: Mapping[str, object]) -> int:
    """Append a line, let the disk have it, and return the size; all of it is there or nothing."""
    line = json.dumps(record, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    try:
        # Without a buffer, which would be written once more when the file is closed.
        with path.open("ab+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            try:
                if file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except BaseException:
                # A line that is there, though the run ends with exit code 2, must not count.
                with suppress(OSError):
                    os.truncate(path, size)
                raise
    except OSError as error:
        raise UsageError(f"{path}: cannot write it ({error.strerror})") from error
    return size + len(line)
