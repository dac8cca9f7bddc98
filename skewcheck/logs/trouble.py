"""Errors of Arrow, gzip and the system, as one line that names the file."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from gzip import BadGzipFile

import pyarrow as pa

from skewcheck.text.errors import LogError, SkewcheckError

_SHOWN = 200  # characters of a name: enough to find it, and one line
_DAMAGE = {
    "thrift": "its Thrift metadata cannot be read", "footer": "its footer cannot be read",
    "magic": "a mark is missing",
    "checksum": "a checksum is another", "crc": "a checksum is another",
    "flatbuffer": "its metadata cannot be read", "metadata": "its metadata cannot be read",
    "compress": "a block cannot be unpacked", "lz4": "a block cannot be unpacked",
    "unexpected end": "it ends too early", "eof": "it ends too early",
    "truncated": "it ends too early", "expected to be able to read": "it ends too early",
    "expected to read": "it ends too early", "page": "a page cannot be read",
    "utf": "text that is no UTF-8", "offset": "an offset is wrong",
    "convert": "a value does not fit its column", "cast": "a value does not fit its column",
    "dictionary": "a dictionary cannot be read", "schema": "its schema cannot be read",
}  # fmt: skip
"""What is told of a foreign error, by a word in its message: the message itself may quote a value
or a whole line of the data."""


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


def damage(error: Exception) -> str:
    """Return what a foreign error is about, without a word of the data: its own texts quote it."""
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return shown(error.strerror)
    text = str(error).lower()
    return next((told for word, told in _DAMAGE.items() if word in text), type(error).__name__)


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
    except (EOFError, zlib.error, BadGzipFile):
        raise trouble(name, "damaged gzip file: write it again") from None
    except (MemoryError, OverflowError):
        raise trouble(name, "announces more than fits into memory, probably damaged") from None
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        if "straddling" in str(error):
            raise trouble(
                name, "is no log that can be read: remove it, or name the files"
            ) from None
        raise trouble(name, f"cannot be read, probably damaged ({damage(error)})") from None


def refuse_duplicates(name: str, columns: Iterable[str]) -> None:
    """Raise a LogError if two columns of the file `name` have the same name."""
    twice = [shown(column) for column, times in Counter(columns).items() if times > 1]
    if twice:
        listed = ", ".join(f"'{column}'" for column in twice[:5])
        raise trouble(name, f"duplicate column names: {listed}; rename or drop the others")
