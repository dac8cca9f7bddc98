"""Errors of Arrow, gzip and the system, as one line that names the file."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa

from skewcheck.text.errors import LogError, SkewcheckError

_SHOWN = 200  # characters of a foreign message or a name: enough to find it, and one line


def shown(text: object) -> str:
    """Return text from data so that it fits into a message: one line, printable, not too long."""
    printable = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in str(text)[: _SHOWN + 1]
    )
    return printable if len(printable) <= _SHOWN else printable[: _SHOWN - 1] + "…"


def trouble(name: str, what: str) -> LogError:
    """Return the error of a file; `what` says what is wrong and what to do."""
    return LogError(f"{shown(name)}: {what}")


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into a LogError that names the file `name`."""
    try:
        yield
    except SkewcheckError:
        raise
    except PermissionError:
        raise trouble(name, "permission denied: make it readable for this user") from None
    except FileNotFoundError:
        raise trouble(name, "no such file") from None
    except IsADirectoryError:
        raise trouble(name, "is a folder, not a file") from None
    except (EOFError, zlib.error) as error:
        raise trouble(name, f"damaged gzip file ({shown(error)}): write it again") from None
    except (MemoryError, OverflowError) as error:
        raise trouble(
            name, f"announces more than fits into memory, probably damaged ({shown(error)})"
        ) from None
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        if "straddling" in first:
            raise trouble(
                name, "is no log that can be read: remove it, or name the files"
            ) from None
        raise trouble(name, f"cannot be read, probably damaged ({shown(first)})") from None


def refuse_duplicates(name: str, columns: Iterable[str]) -> None:
    """Raise a LogError if two columns of the file `name` have the same name."""
    twice = [shown(column) for column, times in Counter(columns).items() if times > 1]
    if twice:
        listed = ", ".join(f"'{column}'" for column in twice[:5])
        raise trouble(name, f"duplicate column names: {listed}; rename or drop the others")
