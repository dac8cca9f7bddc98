"""A file or folder that may hold parameters, opened once for all readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skewcheck.features.types import Parameters
from skewcheck.parameters.tree import Node, parsed
from skewcheck.text.errors import ParameterError

LIMIT = 256 * 2**20
"""Bytes: a larger file is no parameter file."""


class UnnamedError(ParameterError):
    """The file does not name its values; `count` names are needed."""

    def __init__(self, path: str, count: int, why: str = "") -> None:
        """Say how many names the caller must give, and why what there is does not name them."""
        values = "value" if count == 1 else "values"
        super().__init__(
            f"{path}: does not name its {count:,} {values}{f', and {why}' if why else ''};"
            " --names a,b,c or --names FILE does"
            " (a name a line, or a training file with a header)"
        )
        self.path = path
        self.count = count


@dataclass(frozen=True, slots=True)
class Source:
    """What readers look at. A reader takes it as data: nothing of it is ever executed."""

    path: Path
    content: bytes = b""
    """Of a file; empty for a folder."""
    root: Node | None = None
    """The tree, where the content is JSON, TOML or YAML."""
    names: tuple[str, ...] = ()
    """What the user calls the values of a file that does not name them."""

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.is_dir()

    def error(self, problem: str) -> ParameterError:
        """Return the error about the whole file."""
        return ParameterError(f"{self.path}: {problem}")

    def named(self, count: int) -> tuple[str, ...]:
        """Return the user's names for `count` values; UnnamedError if there are none."""
        if not self.names:
            raise UnnamedError(str(self.path), count)
        if len(self.names) != count:
            raise self.error(f"holds {count:,} values, but --names gives {len(self.names):,} names")
        twice = next((name for name, times in Counter(self.names).items() if times > 1), None)
        if twice is not None:
            raise self.error(f"--names gives {twice!r} twice")
        return self.names


@dataclass(frozen=True, slots=True)
class Reader:
    """A foreign format: whether a source is of it (never by its name alone), and what it says."""

    recognised: Callable[[Source], bool]
    """Cheap, and never an error: False for whatever it does not know."""
    read: Callable[[Source], Parameters]


def opened(path: str | Path, names: tuple[str, ...] = ()) -> Source:
    """Open a file or folder; ParameterError where it cannot be read or is empty."""
    place = Path(path)
    if place.is_dir():
        return Source(place, names=names)
    try:
        with place.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise ParameterError(f"{path}: cannot read it ({why})") from error
    if len(content) > LIMIT:
        raise ParameterError(f"{path}: larger than 256 MiB, no parameter file")
    if not content.strip():
        raise ParameterError(f"{path}: is empty; skewcheck fit writes a parameter file")
    return Source(place, content, _tree(place, content), names)


def _tree(path: Path, content: bytes) -> Node | None:
    """Return the parsed tree; None where the content does not even look like one."""
    text = path.suffix.lower() in (".json", ".toml")
    if content.startswith(b"{L\0"):  # UBJSON, as XGBoost writes it
        return None
    if not text and content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return None
    return parsed(path, content)


def table(root: Node | None) -> Mapping[str, object]:
    """Return the members of a tree whose root is an object; none for every other."""
    return root.value if root is not None and isinstance(root.value, dict) else {}
