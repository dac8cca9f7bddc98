"""Exceptions that end an audit before it has a verdict (exit code 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OptionName:
    """An option that a message names; whoever shows the message says how it is spelled."""

    key: str
    """Its key in the table of options."""
    value: object = None
    """What it was given, or is to be given; None to name the option alone."""


class Spelling(Protocol):
    """How a caller writes options: as flags, as keys of a file, as keywords of a function."""

    def spelled(self, option: OptionName, *, first: bool) -> str:
        """Return the name of an option; one that is `first` in a message says where it stands."""
        ...


class SkewcheckError(Exception):
    """Base class: the audit cannot be done. One line says what, where and what to do.

    It is made of texts and of the options that it names (`args`), joined as they stand.
    """

    spelling: Spelling | None = None
    """How its options are spelled; None, where it has met no boundary yet, for their keys."""

    def __init__(self, *parts: str | OptionName) -> None:
        super().__init__(*parts)

    def __str__(self) -> str:
        return message(self.args, self.spelling)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle any subclass, whatever its constructor takes: pools send errors to each other."""
        return _rebuilt, (type(self), self.args, self.__dict__)


class UsageError(SkewcheckError):
    """An option or an argument is invalid."""


class ParameterError(SkewcheckError):
    """A parameter file is invalid; the message names the key."""


class LogError(SkewcheckError):
    """A log or a training file cannot be read; the message names the file."""


class EngineError(SkewcheckError):
    """Processes or a cluster, which were to measure the logs, failed or cannot be reached."""


class NothingToTestError(SkewcheckError):
    """No feature matches or no row is left; a gate must not pass in this case."""


def _rebuilt(
    kind: type[SkewcheckError], args: tuple[str | OptionName, ...], state: dict[str, object]
) -> SkewcheckError:
    """Return an error of a kind with these parts and attributes."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def message(parts: Sequence[str | OptionName], spelling: Spelling | None = None) -> str:
    """Return a message with its options spelled as the caller writes them, or as their keys."""
    return "".join(
        part if isinstance(part, str) else (spelling or _KEYS).spelled(part, first=i == 0)
        for i, part in enumerate(parts)
    )


@contextmanager
def naming(spelling: Spelling) -> Iterator[None]:
    """Let errors that leave the block, or the decorated function, spell their options so.

    Of several boundaries the outermost counts: it is the one that the caller has called.
    """
    try:
        yield
    except SkewcheckError as error:
        error.spelling = spelling
        raise


class _Keys:
    """Options by their keys, where no caller is known."""

    def spelled(self, option: OptionName, *, first: bool) -> str:  # noqa: ARG002  # as all have it
        """Return the key and the value."""
        return option.key if option.value is None else f"{option.key} {option.value}"


_KEYS = _Keys()
