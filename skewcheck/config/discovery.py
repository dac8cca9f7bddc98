"""The settings file that nobody named: where it is looked for, and what it may reach.

Whoever may change a repository may change such a file. So what it writes stays in the folder where
it stands, and what it reads from elsewhere is in every report.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from skewcheck.config.given import Given, Origin
from skewcheck.config.options import (
    BASELINES,
    CONFIG,
    OUTPUT,
    REPORT,
    STATE,
    WEBHOOK,
    WEBHOOK_HEADER,
)
from skewcheck.config.readers import PATHS
from skewcheck.config.settings_file import file_at, has_settings, written
from skewcheck.logs.storage import public
from skewcheck.text.errors import SkewcheckError, UsageError

_REPOSITORY = ".git"
"""What the root of a repository holds: a folder, or a file in a worktree or a submodule."""
_OUTPUTS = (OUTPUT.key, REPORT.key, STATE.key)
"""Options by which a settings file has something written."""
_INPUTS = ("parameters", "logs", "reference", "baseline", "history", "importance", "names")
"""Options by which a settings file has something read."""


def repository(folder: Path) -> Path | None:
    """Return the root of the repository that a folder is in; None where it is in none."""
    resolved = folder.resolve()
    folders = (resolved, *resolved.parents)
    return next((place for place in folders if os.path.lexists(place / _REPOSITORY)), None)


def settings_file(folder: Path) -> Path | None:
    """Return the settings file of a folder, or of the next above it up to the repository's root.

    Outside of a repository only the folder itself is looked at. A pyproject.toml that says nothing
    of skewcheck is passed over. The path is relative to the folder.
    """
    resolved, root = folder.resolve(), repository(folder)
    for place in (resolved, *resolved.parents):
        file = file_at(place)
        if file is not None and (file.name != "pyproject.toml" or has_settings(file)):
            return Path(os.path.relpath(file, resolved))
        if root is None or place == root:
            return None
    return None


def confined(options: Mapping[str, object], given: Given, file: Path) -> dict[str, object]:
    """Return the options of a file with the paths of its outputs, relative to where it stands.

    Options that are `given` beside the file count instead, and are left as they are. Raises
    UsageError, with file and key, for an output that leaves the folder, be it by a link, or that
    lies in the folder of the repository's own, and for one that is sent elsewhere.
    """
    placed, of_file = dict(options), Given(options, Origin("file", str(file)))
    for key in (WEBHOOK.key, WEBHOOK_HEADER.key):
        if key in options:
            raise of_file.error(
                key, "sends data and secrets elsewhere: give it on the command line, or name this"
                f" file there by {CONFIG.flag}",
            )  # fmt: skip
    folder = file.parent
    for key in (key for key in _OUTPUTS if key in options and key not in given.values):
        if key == REPORT.key:
            reports = [text.partition("=") for text in REPORT.of(of_file)]
            placed[key] = [
                f"{name}={_inside(file, key, folder / path)}" if path else f"{name}{equals}"
                for name, equals, path in reports
            ]
        elif isinstance(options[key], str):
            path = Path(str(options[key]))
            placed[key] = str(_inside(file, key, path if key == STATE.key else folder / path))
    return placed


def _inside(file: Path, key: str, path: Path) -> Path:
    """Return the path if it is in the folder of the file, else raise UsageError."""
    try:
        folder, target = file.parent.resolve(), path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{file}: {key}: {path}: cannot be followed ({error})") from error
    parts = target.relative_to(folder).parts if target.is_relative_to(folder) else None
    if parts is None:
        raise UsageError(
            f"{file}: {key}: {path} is outside of the folder of this file, which may write there"
            " only; name a place in it, or give it on the command line"
        )
    if any(part.lower() == _REPOSITORY for part in parts):
        raise UsageError(f"{file}: {key}: {path} is in {_REPOSITORY}: name another place")
    return path


def outside_inputs(
    options: Mapping[str, object], file: Path, gate: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Return keys and paths of inputs that lie outside of the folder of the file.

    `options` are those of the file, and of its `gate`, that count, with their paths as seen from
    the working folder.
    """
    folder = file.parent.resolve()
    listed = ((key, path) for key in _INPUTS for path in _paths(key, options, file, gate))
    return tuple((key, public(path)) for key, path in listed if _leaves(path, folder))


def _leaves(path: str, folder: Path) -> bool:
    """Return whether a path, or a file that it means, lies outside of a folder."""
    from skewcheck.logs.paths import find
    from skewcheck.logs.storage import is_local

    if not is_local(path):
        return True
    places = [path]
    with suppress(SkewcheckError):  # whoever reads it says what is wrong with it
        places += (file.path for file in find([path])[0])
    try:
        return not all(Path(place).resolve().is_relative_to(folder) for place in places)
    except (OSError, RuntimeError, ValueError):  # a loop of links, or no path at all
        return True


def _paths(key: str, options: Mapping[str, object], file: Path, gate: str | None) -> Iterator[str]:
    if key not in options:
        return
    if key == "names":
        # One name may be a file that holds them; what it holds is in the options.
        named = PATHS.read(written(file, gate)[key])
        if len(named) == 1 and (file.parent / named[0]).is_file():
            yield str(file.parent / named[0])
    elif key in ("logs", "history"):
        yield from (path for path in PATHS.read(options[key]) if path != "-")
    elif options[key] not in ("", *BASELINES):
        yield str(options[key])
