"""Errors of Arrow, of what unpacks and of the system, as one line that names the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa

from skewcheck.text.errors import LogError, SkewcheckError

_SHOWN = 200  # characters of a name: enough to find it, and one line
_TOPICS = (
    "thrift", "footer", "magic", "checksum", "crc", "flatbuffer", "metadata", "compress", "lz4",
    "truncated", "eof", "page", "utf", "offset", "convert", "cast", "dictionary", "schema",
)  # fmt: skip
"""Words of a foreign error that are told: the message itself may quote a value, or a whole line of
the data."""


class DamagedError(OSError):
    """A packed file of a kind (`gzip`, `xz`) that is not whole, or is not what it seems."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"damaged {kind} file")
        self.kind = kind


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


def refuse_cut(name: str, *, cut: bool, undecoded: int | None = None) -> None:
    """Raise a LogError for a file that ends inside a record, or without its end mark.

    And for one of which a record cannot be decoded, the one of this number from 0.
    """
    if undecoded is not None:
        raise trouble(
            name,
            f"record {undecoded + 1:,} cannot be decoded: what others are compared with must be"
            " whole",
        )
    if cut:
        raise trouble(name, "ends before its rows do: what others are compared with must be whole")


def damage(error: Exception) -> str:
    """Return what a foreign error is about, without a word of the data: its own texts quote it."""
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return shown(error.strerror)
    text = str(error).lower()
    topics = [f": {topic}" for topic in _TOPICS if topic in text]
    return type(error).__name__ + "".join(topics[:1])


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
    except DamagedError as error:
        raise trouble(name, f"damaged {error.kind} file, or cut short: write it again") from None
    except (MemoryError, OverflowError):
        raise trouble(name, "announces more than fits into memory, probably damaged") from None
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        from skewcheck.logs.remote_errors import cause  # few files have errors

        of_service = cause(error)
        if of_service is not None:
            raise trouble(name, of_service) from None
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
