"""Where text leaves the process: stdout, stderr, and files that are asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from skewcheck.text import atomic
from skewcheck.text.errors import SkewcheckError, UsageError

if TYPE_CHECKING:
    from skewcheck.features.notes import Note
    from skewcheck.features.types import ParameterWarning
    from skewcheck.reports import Options


def say(text: str) -> bool:
    """Write to stdout, and return whether all of it got out.

    A reader that has gone (`| head`), or a stream that was closed (`>&-`), is no error.
    """
    try:
        print(text, end="", flush=True)  # noqa: T201  # the one place that prints
    except BrokenPipeError:
        _silence(sys.stdout)
        return False
    except OSError as error:
        _silence(sys.stdout)
        raise UsageError(f"stdout: cannot write to it ({error.strerror})") from error
    return sys.stdout is not None or not text


def tell(text: str) -> None:
    """Write a line to stderr, safe for a terminal; if that is closed, nobody is told."""
    from skewcheck.text.printable import printable

    with suppress(OSError):
        print(printable(text, 2000), file=sys.stderr, flush=True)  # noqa: T201  # as above


def remark(notes: Iterable[Note], warnings: Iterable[ParameterWarning] = ()) -> None:
    """Tell on stderr what is to be known of a parameter file, and what is wrong with it."""
    from skewcheck.catalogue.warnings import message
    from skewcheck.reports.words.notes import text

    for note in notes:
        tell(f"note: {text(note)}")
    for warning in warnings:
        tell(f"warning: {warning.code}: {message(warning)}")


def refuse_inputs(outputs: Iterable[str | None], inputs: Iterable[object]) -> None:
    """Raise a UsageError if a file that is to be written is one of those that are read.

    `inputs` are paths, folders, globs, URLs, and `-` for what standard input is redirected from;
    what is no path, and what cannot be read, is passed over: reading it says so.
    """
    existing = [Path(path) for path in outputs if path is not None and Path(path).is_file()]
    if not existing:
        return
    from skewcheck.logs.databases.urls import file_of
    from skewcheck.logs.paths import find
    from skewcheck.logs.storage import is_local

    for given in (text for text in inputs if isinstance(text, str) and is_local(text)):
        read: list[os.stat_result] = []
        tables: list[Path] = []
        with suppress(SkewcheckError, OSError, ValueError):
            if given == "-":
                read = [os.fstat(sys.stdin.fileno())]
            else:
                places = find([file_of(given)])[0]
                read = [Path(place.path).stat() for place in places]
                tables = [Path(place.path).resolve() for place in places if place.table]
        for path in existing:
            within = any(path.resolve().is_relative_to(table) for table in tables)
            if within or any(os.path.samestat(path.stat(), file) for file in read):
                raise UsageError(f"{path}: is read by this command: write to another file")


def refuse_places(outputs: Iterable[str | None], state: str | None) -> None:
    """Raise a UsageError for two outputs with one path, and for one over a file of the state."""
    ours: set[Path] = set()
    if state is not None:
        from skewcheck.engine.memory import OWN_NAMES  # most audits have no state

        ours = {Path(state).resolve() / name for name in OWN_NAMES}
    seen = set[Path]()
    for text in (text for text in outputs if text is not None):
        path = Path(text).resolve()
        if path in seen and (path.is_file() or not path.exists()):
            raise UsageError(f"{text}: two reports are to be written there: name another file")
        if ours & {path, *path.parents}:
            raise UsageError(f"{text}: is of the state folder: write to another file")
        seen.add(path)


def save(
    outputs: Sequence[tuple[str, str | bytes]],
    shown: str | None = None,
    troubles: Sequence[str] = (),
) -> bool:
    """Write `shown` to stdout, then each (path, content); none that fails keeps back the others.

    Returns whether all of it got out: a reader of stdout may have gone. Raises UsageError that
    names all that failed, here or before (`troubles`).
    """
    failed, whole = list(troubles), True
    try:
        whole = shown is None or say(shown)
    except SkewcheckError as error:
        failed.append(str(error))
    for output in outputs:
        try:
            atomic.write(*output)
        except SkewcheckError as error:
            failed.append(str(error))
    if failed:
        raise UsageError("; ".join(failed))
    return whole


def write(text: str, path: str | None, inputs: Iterable[object]) -> None:
    """Write to a file that is none of the inputs, or to stdout where there is none."""
    refuse_inputs([path], inputs)
    if path is None:
        say(text)
    else:
        save([(path, text)])


LEAST_LINES = 24
"""Lines of a report on a terminal that is lower, or says 0."""


def screen(*, verbose: bool = False, every_test: bool = False, quiet: bool = False) -> Options:
    """Return how large and colourful stdout is; 80 columns, plain, of any height if no terminal."""
    import shutil

    from skewcheck.text.printable import Options

    seen = is_terminal(sys.stdout)
    plain = not seen or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    width, height = shutil.get_terminal_size((80, 24))
    return Options(
        width=min(width, 120), color=not plain, verbose=verbose, every_test=every_test, quiet=quiet,
        height=max(height, LEAST_LINES) - 1 if seen and not (verbose or every_test) else None,
    )  # fmt: skip


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether somebody looks at it; a stream that was closed (`>&-`) is None."""
    return stream is not None and stream.isatty()


def _silence(stream: TextIO) -> None:
    """Let what is still in the buffer go nowhere, or the interpreter complains when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
