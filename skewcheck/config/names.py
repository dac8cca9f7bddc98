"""Names for unnamed values, or for columns: as a list, or in a file that holds them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from skewcheck.config.given import Given
from skewcheck.config.options import NAMED, Option

_BINARY = (b"PAR1", b"ARROW1", b"\x1f\x8b")
"""Parquet, Arrow, and whatever gzip holds."""
_HEADER = 2**24
"""Bytes of a first line that are read: a header of a million columns."""


def names(
    given: Given, folder: Path = Path(), option: Option[tuple[str, ...]] = NAMED
) -> tuple[str, ...]:
    """Return the names of an option as a list; one name that is a file in `folder` holds them.

    It is a JSON list, a CSV or Parquet file whose columns are meant, or text with a name a line.
    """
    listed = option.of(given)
    if len(listed) != 1:
        return listed
    path = folder / listed[0]
    try:
        if not path.is_file():
            return listed
        with path.open("rb") as file:
            first = file.readline(_HEADER)
        if first.startswith(_BINARY):
            return _columns_of(path)
        header = _header(first.decode("utf-8-sig"))
        text = "" if header else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise option.error(given, f"cannot read {path} as UTF-8 text, a name a line") from error
    if text.lstrip()[:1] in ("[", "{"):
        return _json_list(given, path, text, option)
    return header or tuple(line.strip() for line in text.split("\n") if line.strip())


def _header(line: str) -> tuple[str, ...]:
    """Return the cells of a line with delimiters; none where it has none, or is JSON."""
    mark = max(",;\t", key=line.count)
    if mark not in line or line.lstrip()[:1] in ("[", "{"):
        return ()
    cells = next(csv.reader([line], delimiter=mark, skipinitialspace=True))
    return tuple(cell.strip() for cell in cells)


def _columns_of(path: Path) -> tuple[str, ...]:
    from skewcheck.logs import open_logs  # most names are given themselves

    return tuple(open_logs([str(path)]).leaves())


def _json_list(
    given: Given, path: Path, text: str, option: Option[tuple[str, ...]]
) -> tuple[str, ...]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise option.error(given, f"{path}: no valid JSON list of names") from error
    if not isinstance(content, list) or not all(isinstance(name, str) for name in content):
        raise option.error(given, f"{path}: must be a JSON list of names")
    return tuple(content)
