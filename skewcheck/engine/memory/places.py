"""Where parameters and logs lie, as digests: a state folder knows an audit again by them.

A run keeps a digest for each way in which a later run may name the same place: the path as it was
given, made absolute; the path behind its symbolic links; and the folder all of whose files a
pattern, or a list that a shell made of one, means. Two runs are of one place if they share a
digest, so that lines of older versions, which have the first alone, still match.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from glob import has_magic
from hashlib import sha256
from pathlib import Path

from skewcheck.logs.databases.urls import is_server, without_secrets
from skewcheck.logs.paths import find, fixed
from skewcheck.logs.storage import is_local, is_url, public
from skewcheck.text.errors import SkewcheckError

MOST_PLACES = 64
"""Digests of each kind that a run keeps: a shell may expand a pattern to any number of files."""
_SERIAL = re.compile(
    r"(?<![A-Za-z0-9])(?:[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
    r"|[A-Fa-f]*[0-9][0-9A-Fa-f]{7,}|[0-9]+(?:[Tt][0-9]+)?[Zz]?)(?![A-Za-z0-9])|[0-9]{6,}"
)
"""A UUID, eight hexadecimal digits and more, a number or a time by itself, and a date in a word."""


def places(logs: object) -> tuple[str, ...]:
    """Return digests of the places where logs lie, in which dates and serial numbers do not count.

    Two jobs with one state folder are told apart by them (`host1` and `host2` too), and the files
    of two nights are not. Of more than `MOST_PLACES` of a kind those of the least digests. URLs of
    other machines, and data in memory, have the digest of what was given alone.
    """
    sources = logs if isinstance(logs, list | tuple) else (logs,)
    spelled = [
        _spelled(source) if isinstance(source, str | Path) and source != "-" else "-"
        for source in sources
    ]
    local = [path for source in sources if (path := _local(source)) is not None]
    behind = map(os.path.realpath, local)
    # A list that is in part elsewhere is more than the folder that holds the rest.
    folders = _folders(local) if len(local) == len(sources) else ()
    kinds = (spelled, [*behind, *folders])
    digests = (sorted({_digest(_SERIAL.sub("#", text)) for text in kind}) for kind in kinds)
    return tuple(sorted({digest for of_kind in digests for digest in of_kind[:MOST_PLACES]}))


def places_of_file(path: str) -> tuple[str, ...]:
    """Return digests of the place of a parameter file or folder, numbers included.

    Empty for parameters that were never in a file.
    """
    if not path:
        return ()
    behind = [] if (local := _local(path)) is None else [os.path.realpath(local)]
    return tuple(sorted({_digest(text) for text in (_spelled(path), *behind)}))


def _digest(text: str) -> str:
    return sha256(os.fsencode(text)).hexdigest()[:16]


def _spelled(source: str | Path) -> str:
    if isinstance(source, str) and is_url(source):
        return public(source)
    return os.path.normpath(Path(without_secrets(str(source))).absolute())


def _local(source: object) -> str | None:
    """Return the path that a source is on this machine; None for what is elsewhere or has none."""
    if not isinstance(source, str | Path) or source == "-":
        return None
    text = str(source)
    if is_server(text) or not is_local(text):
        return None
    if is_url(text):
        from skewcheck.logs.urls import tree_of  # few name files by URLs

        with suppress(SkewcheckError):  # a wrong one was refused by who reads it
            return str(tree_of(text)[1])
        return None
    return text


def _folders(texts: Sequence[str]) -> Iterator[str]:
    """Yield the folders that hold what the texts mean and no other log, the innermost first.

    Of a single path there are none: a file that is the only one of its folder tonight is not the
    audit of the folder.
    """
    pattern = len(texts) == 1 and has_magic(texts[0])
    files = _files(texts) if pattern or len(texts) > 1 else frozenset()
    if not files:
        return
    inner = [file if Path(file).is_dir() else os.path.dirname(file) for file in files]  # noqa: PTH120
    folder = Path(os.path.commonpath(inner))
    # A pattern may begin further up: `logs/*/*.csv` is all of `logs`, whose days come and go.
    outer = Path(os.path.realpath(fixed(Path(texts[0])))) if pattern else folder
    while _files([str(folder)]) == files:
        yield str(folder)
        if folder == outer or outer not in folder.parents:
            return
        folder = folder.parent


def _files(texts: Iterable[str]) -> frozenset[str]:
    """Return the paths behind links of all files and tables that are meant; empty for none."""
    with suppress(SkewcheckError, OSError, ValueError):
        return frozenset(os.path.realpath(file.path) for file in find(texts)[0])
    return frozenset()
