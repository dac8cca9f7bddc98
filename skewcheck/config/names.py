"""Names for a foreign file's unnamed values, as the user lists them: themselves, or in a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from skewcheck.config.given import Given

_BINARY = (b"PAR1", b"ARROW1", b"\x1f\x8b")
"""Parquet, Arrow, and whatever gzip holds."""
_WIDEST = 2**24
"""Bytes of a header."""


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
            first = file.readline(_WIDEST)
        if first.startswith(_BINARY):
            return _columns_of(path)
        header = _header(first.decode("utf-8-sig"))
        text = "" if header else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise given.error("names", f"cannot read {path} as UTF-8 text, a name a line") from error
    if text.lstrip()[:1] in ("[", "{"):
        return _listed(given, path, text)
    return header or tuple(line.strip() for line in text.split("\n") if line.strip())


def _header(line: str) -> tuple[str, ...]:
    """Return the cells of a delimited line; none where it is no such, or JSON."""
    mark = max(",;\t", key=line.count)
    if mark not in line or line.lstrip()[:1] in ("[", "{"):
        return ()
    cells = next(csv.reader([line], delimiter=mark, skipinitialspace=True))
    return tuple(cell.strip() for cell in cells)


def _columns_of(path: Path) -> tuple[str, ...]:
    from skewcheck.logs import open_logs  # most names are given themselves

    return tuple(open_logs([str(path)]).leaves())


def _listed(given: Given, path: Path, text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise given.error("names", f"{path}: no valid JSON list of names") from error
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise given.error("names", f"{path}: must be a JSON list of names")
    return tuple(found)
