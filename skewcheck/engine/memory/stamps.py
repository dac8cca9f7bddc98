"""Stamps of files: whether a file is still what an earlier run measured."""

from __future__ import annotations

import os
import sys
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from skewcheck.logs.file import File
from skewcheck.logs.storage import about, about_local, is_remote, open_bytes

Hash = Literal["auto", "full"]
"""What is hashed of a file's content: `full` all of it, `auto` both ends where the file's inode and
times of change can be trusted, else all of it."""
END_BYTES = 16_384
"""Bytes of a file's beginning and of its end that are hashed: a Parquet footer, some CSV lines."""
_BLOCK = 1 << 20
"""Bytes that are read at once."""
_SHARES = frozenset([
    "9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "smb3", "smbfs", "vboxsf", "virtiofs",
])  # fmt: skip
"""File systems of other machines: these may set inodes and times of change as they like."""
_MOUNTS = Path("/proc/self/mountinfo")


def stamp(file: File, how: Hash) -> bytes | None:
    """Return a digest of what tells whether a file's content is another.

    Of its inode, size, times of change, beginning and end; or of all its content, by `how`. None
    for what is no lasting file, and for one that cannot be read, which the pass reports.
    """
    if not file.lasting:
        return None
    digest = blake2b(digest_size=16)
    try:
        if is_remote(file.path) and how == "auto":
            # Both ends cost two requests more; a service's mark of the content tells as much.
            return blake2b(repr(about(file.path).identity).encode(), digest_size=16).digest()
        if is_remote(file.path):
            with open_bytes(file.path) as content:
                while block := content.read(_BLOCK):
                    digest.update(block)
            return digest.digest()
        with Path(file.path).open("rb") as opened:
            found = os.fstat(opened.fileno())
            if how == "full" or not _is_trusted(found.st_dev):
                while block := opened.read(_BLOCK):
                    digest.update(block)
                return digest.digest()
            # A time of change can be set back, as `touch -r` and `rsync -t` do; the inode's cannot.
            digest.update(repr(about_local(found).identity).encode())
            digest.update(opened.read(END_BYTES))
            opened.seek(max(END_BYTES, found.st_size - END_BYTES))
            digest.update(opened.read(END_BYTES))
    except OSError:
        return None
    return digest.digest()


@cache
def _is_trusted(device: int) -> bool:
    """Return whether this machine alone sets the inodes and times of change of a device.

    True where the system does not say. On Windows the time of change is that of creation.
    """
    if sys.platform == "win32":
        return False
    place = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = _MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return True
    # 36 35 98:0 / /mnt rw master:1 - ext3 /dev/root rw (proc_pid_mountinfo(5))
    kinds = [line.partition(" - ")[2].split(" ")[0] for line in lines if line.split()[2] == place]
    return not any(kind in _SHARES or kind.startswith("fuse") for kind in kinds)
