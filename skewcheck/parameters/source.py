"""A parameter file or folder, read once for all format readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skewcheck.features.types import Parameters
from skewcheck.logs.storage import public
from skewcheck.parameters.tree import Node, parse
from skewcheck.text.errors import OptionName, ParameterError

MAX_FILE_BYTES = 256 * 2**20
"""Size of a file: parameters of 10,000 features with references take some 100 MB."""

CODE_SUFFIXES = (".h", ".hpp", ".c", ".cpp", ".ino", ".js", ".ts", ".py", ".java", ".go", ".rs")


class UnnamedError(ParameterError):
    """The file does not name its values; `count` names are needed."""

    def __init__(self, path: str, count: int, reason: str = "") -> None:
        """Create the error; `reason` says why the file's contents are no names."""
        values = "value" if count == 1 else "values"
        super().__init__(
            f"{path}: does not name its {count:,} {values}{f', and {reason}' if reason else ''}; ",
            OptionName("names", ("a", "b", "c")),
            " or ",
            OptionName("names", "FILE"),
            " does (a name a line, or a training file with a header)",
        )
        self.path = path
        self.count = count


@dataclass(frozen=True, slots=True)
class ParameterSource:
    """What format readers get: data only, nothing in it is executed."""

    path: Path
    content: bytes = b""
    """Bytes of the file; empty for a folder."""
    root: Node | None = None
    """The parsed tree of a JSON or TOML file; None for all other content."""
    names: tuple[str, ...] = ()
    """Feature names given by the user for a file that does not name its values."""

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.is_dir()

    @property
    def is_code(self) -> bool:
        """Whether its name says that it is source code: nothing else tells the languages apart."""
        return self.path.suffix.lower() in CODE_SUFFIXES and not self.folder

    def error(self, *problem: str | OptionName) -> ParameterError:
        """Return the error about the whole file."""
        return ParameterError(f"{self.path}: ", *problem)

    def names_for(self, count: int) -> tuple[str, ...]:
        """Return the user's names of `count` values; UnnamedError if there are none.

        ParameterError if their number differs, or if a name is given twice.
        """
        if not self.names:
            raise UnnamedError(str(self.path), count)
        if len(self.names) != count:
            given = f" gives {len(self.names):,} names"
            raise self.error(f"holds {count:,} values, but ", OptionName("names"), given)
        duplicate = next(
            (name for name, occurrences in Counter(self.names).items() if occurrences > 1), None
        )
        if duplicate is not None:
            raise self.error(OptionName("names"), f" gives {duplicate!r} twice")
        return self.names


@dataclass(frozen=True, slots=True)
class FormatReader:
    """Reader of a foreign format."""

    recognised: Callable[[ParameterSource], bool]
    """Whether a source has this format, by content and never by name alone; fast, and raises
    nothing."""
    read: Callable[[ParameterSource], Parameters]
    """Returns the parameters; ParameterError where the content is invalid."""
    decisive: bool = False
    """Whether a file of this format is one of no other, though it may begin like one."""


def open_source(path: str | Path, names: tuple[str, ...] = ()) -> ParameterSource:
    """Read a file or folder; ParameterError if it cannot be read, is too large or is empty."""
    file_path = Path(path)
    if file_path.is_dir():
        return ParameterSource(file_path, names=names)
    try:
        with file_path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ParameterError(f"{public(str(path))}: cannot read it ({reason})") from error
    if len(content) > MAX_FILE_BYTES:
        raise ParameterError(f"{path}: larger than 256 MiB, no parameter file")
    if not content or content.isspace():  # stripping copies it
        raise ParameterError(f"{path}: is empty; skewcheck fit writes a parameter file")
    return ParameterSource(file_path, content, _parse_tree(file_path, content), names)


def _parse_tree(path: Path, content: bytes) -> Node | None:
    """Return the parsed tree; None if the content looks neither like JSON nor like TOML."""
    has_text_suffix = path.suffix.lower() in (".json", ".toml")
    if content.startswith(b"{L\0") or path.suffix.lower() in CODE_SUFFIXES:
        return None  # UBJSON, as XGBoost writes it, or a program, which may begin with a bracket
    if not has_text_suffix and b"\0" in content[:8]:
        return None  # a number of bytes, as safetensors begins with, which may look like a bracket
    if not has_text_suffix and content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (
        b"{",
        b"[",
    ):
        return None
    return parse(path, content)


def root_members(root: Node | None) -> Mapping[str, object]:
    """Return the members of a tree whose root is an object; empty otherwise."""
    return root.value if root is not None and isinstance(root.value, dict) else {}
