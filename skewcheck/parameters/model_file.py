"""A model as it lies on a disk: a file or a folder, its name and its hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from skewcheck.text.errors import UsageError


def model_of(path: str) -> dict[str, object]:
    """Return what a parameter file says of a model: its `name` and its `sha256`.

    The hash of a folder is that of what `sha256sum` says of all its files, by their paths in it,
    sorted by bytes. Raises UsageError where it cannot be read, or where a folder holds no file.
    """
    try:
        return {"name": Path(path).stem, "sha256": _sha256(Path(path))}
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"--model: {path}: cannot read it ({why})") from error


def _sha256(path: Path) -> str:
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = {os.fsencode(p.relative_to(path).as_posix()): p for p in path.rglob("*") if p.is_file()}
    if not files:
        raise UsageError(f"--model: {path}: holds no file")
    lines = [_sha256(files[name]).encode() + b"  " + name + b"\n" for name in sorted(files)]
    return hashlib.sha256(b"".join(lines)).hexdigest()
