"""Where the parameters of a feature stand: the file and line that annotations point at."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from skewcheck.text.printable import printable

_MOST_BYTES = 64 * 2**20
"""Bytes; a file beyond that is not looked through for line numbers."""
_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
_SPACE = re.compile(r"[\s,]*")
_NAME = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\bfeatures\.([\w-]+)')


@dataclass(frozen=True, slots=True)
class Places:
    """A parameter file, and the lines, from 1, on which features begin in it."""

    path: str
    """Safe; relative to the repository or working folder if it lies there, with `/`; empty for
    parameters that are no file."""
    lines: dict[str, int]
    """Without those that were not found."""


def places(path: str, features: Iterable[str]) -> Places:
    """Find features in a parameter file.

    In JSON with `features`, that is the line of the feature's key; in other text (TOML, foreign
    JSON) the first that has its name in quotes or after `features.`. A file that is gone, no
    UTF-8 text, or larger than 64 MB gives no lines.
    """
    text = _text(path)
    starts = _keys(text) or _names(text)
    lines: dict[str, int] = {}
    line, done = 1, 0
    for start, name in sorted((starts[name], name) for name in set(features) & starts.keys()):
        line += text.count("\n", done, start)
        lines[name], done = line, start
    return Places(printable(_within(path), 1000) if path else "", lines)


def _within(path: str) -> str:
    """Return a path as CI systems want it: relative to the top of the repository."""
    full = Path(os.path.normpath(Path(path).absolute()))
    roots = [Path(os.environ[name]) for name in _ROOTS if os.environ.get(name)]
    for root in (*roots, Path.cwd()):
        if full.is_relative_to(root):
            return full.relative_to(root).as_posix()
    return full.as_posix()


def _text(path: str) -> str:
    try:
        file = Path(path)
        if not file.is_file() or file.stat().st_size > _MOST_BYTES:
            return ""
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return ""


def _keys(text: str) -> dict[str, int]:
    """Return where the keys of the top-level `features` stand; nothing if that is no such JSON."""
    decoder = json.JSONDecoder()

    def members(start: int) -> Iterable[tuple[str, int, int]]:
        """Yield key, its start and its value's start of the object that begins at `start`."""
        at = _after(text, start + 1)
        while text[at] != "}":
            key, end = decoder.raw_decode(text, at)
            value = _after(text, _after(text, end) + 1)
            yield str(key), at, value
            at = _after(text, decoder.raw_decode(text, value)[1])

    try:
        for key, _, value in members(_after(text, 0)):
            if key == "features" and text[value] == "{":
                return {name: start for name, start, _ in members(value)}
    except (ValueError, IndexError, RecursionError):
        return {}
    return {}


def _after(text: str, start: int) -> int:
    """Return the place of the next character that is neither space nor comma."""
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _names(text: str) -> dict[str, int]:
    starts: dict[str, int] = {}
    for match in _NAME.finditer(text):
        starts.setdefault(match[1] if match[2] is None else match[2], match.start())
    return starts
