"""The state folder: measures of files, a history of verdicts, and a lock, kept between runs.

Plain files, each written atomically and with a checksum, or appended by whole lines: a killed
process or a damaged disk costs one entry and never gives a wrong result. A database would be
damaged as a whole, and cannot be locked on many network drives.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from skewcheck.engine.memory.lock import LOCK, locked
from skewcheck.engine.memory.stamps import Hash
from skewcheck.logs.tree import HISTORY as HISTORY
from skewcheck.logs.tree import NIGHTS as NIGHTS
from skewcheck.logs.tree import STATE
from skewcheck.text.atomic import write
from skewcheck.text.errors import OptionName, UsageError

VERSION = 2
"""Of the folder's layout; a newer one is refused. Version 1 had no nights: it becomes this one."""
ENTRIES = "files"
"""The name of the folder of measured files."""
OWN_NAMES = (STATE, LOCK, HISTORY, NIGHTS, ENTRIES)
"""All that a state folder holds of ours."""
_DRAFT = re.compile(
    rf"\.({re.escape(STATE)}|{re.escape(HISTORY)}|{re.escape(NIGHTS)}|[0-9a-f]{{32}})\."
)
"""Names of unfinished files: of ours in the folder, and of measured files."""


@dataclass(frozen=True, slots=True)
class State:
    """A state folder that this process alone writes to."""

    folder: Path
    started: float
    """Epoch seconds when it was opened."""
    hash: Hash = "auto"
    """What is hashed of each file to know whether it has changed."""
    troubles: list[str] = field(default_factory=list)
    """What could not be read or written. The audit goes on, and ends in an UnrememberedError."""

    @property
    def entries(self) -> Path:
        """The folder of the measured files."""
        return self.folder / ENTRIES

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Suppress a UsageError of the block, and add it to the troubles."""
        try:
            yield
        except UsageError as error:
            self.troubles.append(str(error))


@contextmanager
def opened(folder: str, hash_: Hash = "auto") -> Iterator[State]:
    """Yield the state in a folder, made if it is not there, and locked until the block ends.

    Raises UsageError where it cannot be written, is no state folder, is that of a newer version,
    or another run has it.
    """
    path = Path(folder)
    _refuse_links(path)
    version = version_of(path)
    try:
        # Measured files hold rows of the data: no other user may read them.
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / ENTRIES).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error
    with locked(path):
        if version != VERSION:
            head = {"skewcheck": {"kind": "state", "version": VERSION}}
            write(path / STATE, json.dumps(head) + "\n")
        _tidy(path)
        yield State(path, time.time(), hash_)


def marked(path: Path) -> bool:
    """Return whether a path is a state folder; False where one can be made there.

    Raises UsageError as `version_of` does.
    """
    return version_of(path) is not None


def version_of(path: Path) -> int | None:
    """Return the version of a state folder; None where one can be made there.

    Raises UsageError for any other folder or file, and for a state of a newer version.
    """
    try:
        text = (path / STATE).read_text("utf-8")
    except FileNotFoundError:
        if not path.exists():
            return None
        # A run that was killed early leaves these, without the marking file.
        if any(
            entry.name not in (LOCK, ENTRIES) and entry.name[0] != "." for entry in path.iterdir()
        ):
            raise UsageError(
                OptionName("state", str(path)),
                ": holds other things and no state: name an empty or a new folder",
            ) from None
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    except UnicodeDecodeError:
        text = ""
    version = None
    with suppress(ValueError, KeyError, TypeError):
        version = json.loads(text)["skewcheck"]["version"]
    if not isinstance(version, int):
        raise UsageError(
            OptionName("state", str(path)), f": {STATE} in it is damaged: name another folder"
        )
    if version > VERSION:
        raise UsageError(
            OptionName("state", str(path)),
            f": written by a newer skewcheck (state version {version}, this one knows"
            f" {VERSION}): update it, or name another folder",
        )
    return version


def _unusable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        OptionName("state", str(path)), f": cannot use it ({error.strerror}): name another folder"
    )


def _refuse_links(path: Path) -> None:
    """Raise UsageError if one of our own names in the folder leads elsewhere.

    Whoever can put a folder into a repository would else choose what is written, and where.
    """
    for name in OWN_NAMES:
        if (path / name).is_symlink():
            raise UsageError(
                OptionName("state", str(path)),
                f": {name} in it is a link: remove it, or name another folder",
            )


def _tidy(path: Path) -> None:
    """Remove our unfinished files, of runs that were killed: as `text.atomic` names them."""
    for place in (path, path / ENTRIES):
        for draft in place.glob(".*"):
            if draft.is_file() and not draft.is_symlink() and _DRAFT.match(draft.name):
                with suppress(OSError):
                    draft.unlink()
