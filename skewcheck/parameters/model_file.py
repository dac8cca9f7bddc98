"""Name and hash of a model file or folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from skewcheck.text.errors import OptionName, UsageError


def model_metadata(path: str) -> dict[str, object]:
    """Return the `name` and `sha256` of a model, for a parameter file.

    A folder's hash is that of the output of `sha256sum` for all its files, with paths relative to
    the folder, sorted by bytes. Raises UsageError if it cannot be read, or if a folder has no file.
    """
    try:
        return {"name": Path(path).stem, "sha256": _sha256(Path(path))}
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(OptionName("model"), f": {path}: cannot read it ({reason})") from error


def _sha256(path: Path) -> str:
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = {os.fsencode(p.relative_to(path).as_posix()): p for p in path.rglob("*") if p.is_file()}
    if not files:
        raise UsageError(OptionName("model"), f": {path}: holds no file")
    lines = [_sha256(files[name]).encode() + b"  " + name + b"\n" for name in sorted(files)]
    return hashlib.sha256(b"".join(lines)).hexdigest()
