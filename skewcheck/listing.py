"""Names for a foreign file's unnamed values, as the user lists them: themselves, or in a file."""

from __future__ import annotations

import json
from pathlib import Path

from skewcheck.options import Given


def names(given: Given, folder: Path = Path()) -> tuple[str, ...]:
    """Return `names` as a list; one name that is a file in `folder` holds them.

    It is a JSON list, a CSV or Parquet file whose columns are meant, or text with a name a line.
    """
    found = given.texts("names")
    if len(found) != 1:
        return found
    path = folder / found[0]
    try:
        if not path.is_file():
            return found
        with path.open("rb") as file:
            head = file.read(65536)
        if head.startswith((b"PAR1", b"ARROW1", b"\x1f\x8b")) or set(b",;\t") & set(_line(head)):
            return _columns_of(path)
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise given.error("names", f"cannot read {path} as UTF-8 text, a name a line") from error
    if text.lstrip()[:1] in ("[", "{"):
        return _listed(given, path, text)
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _line(head: bytes) -> bytes:
    """Return the first line of text that is no JSON; nothing of any other."""
    return b"" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{") else (
        head.partition(b"\n")[0])  # fmt: skip


def _columns_of(path: Path) -> tuple[str, ...]:
    from skewcheck.logs import open_logs  # most names are given themselves
    from skewcheck.training import Choice

    return tuple(Choice().order(open_logs([str(path)])))


def _listed(given: Given, path: Path, text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise given.error("names", f"{path}: no valid JSON list of names") from error
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise given.error("names", f"{path}: must be a JSON list of names")
    return tuple(found)
