"""What an option of a command is: its key, flags, default, and how its value is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from skewcheck.config.given import flag_of
from skewcheck.config.readers import Reader, T_co, WrongValueError

if TYPE_CHECKING:
    from skewcheck.config.given import Given
    from skewcheck.text.errors import UsageError


@dataclass(frozen=True, slots=True)
class Option(Generic[T_co]):
    """One option of some commands, or one of their arguments."""

    key: str
    """The keyword of the Python API, and the key in TOML."""
    reader: Reader[T_co]
    default: T_co
    """The value where it is not given; None where that depends on other things."""
    text: str
    """What it is for; `help` is the whole text."""
    commands: tuple[str, ...]
    """The commands that take it; `skewcheck` is the tool without a command."""
    metavar: str | None = None
    """What stands for its value in `--help`; None for the type's name, or the choices."""
    flags: tuple[str, ...] = ()
    """Its spellings on the command line, the long one first; none for the key with dashes."""
    toml: bool = False
    """Whether these commands read it from skewcheck.toml as well."""
    path: bool = False
    """Whether in TOML it is a path, or several, relative to the file; its words are none."""
    presentation: bool = False
    """Whether it is about the report alone, and the audit is the same without it."""
    argument: bool = False
    """Whether it is given by position, without a flag."""
    required: bool = False
    otherwise: str = ""
    """What holds where it is not given, in words, where `default` does not say it."""

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return all flags, as `--output` and `-o`; none of an argument."""
        return () if self.argument else self.flags or (flag_of(self.key),)

    @property
    def flag(self) -> str:
        """Return the long flag; an argument's is its metavar."""
        return self.spellings[0] if self.spellings else str(self.metavar)

    @property
    def shown_default(self) -> str:
        """Return the default as text; empty where there is none to give, as of flags."""
        value = self.default
        if self.required or isinstance(value, bool) or not isinstance(value, str | int | float):
            return self.otherwise
        return str(value)

    @property
    def help(self) -> str:
        """Return what `--help` says of it, with the default where there is one."""
        default = self.shown_default
        return f"{self.text}  [default: {default}]" if default else self.text

    def of(self, given: Given) -> T_co:
        """Return the value that was given, or else the default; UsageError if it is wrong."""
        value = given.values.get(self.key)
        if value is None:
            return self.default
        try:
            return self.reader.read(value)
        except WrongValueError as wrong:
            raise self.error(given, str(wrong)) from None

    def error(self, given: Given, problem: str) -> UsageError:
        """Return the error that names the option as the user wrote it."""
        return given.error(self.key, problem)

    def mention(self, given: Given, value: str = "") -> str:
        """Return how an error of another option names this one, with a value to give."""
        return given.origin.mention(self.key, value)
