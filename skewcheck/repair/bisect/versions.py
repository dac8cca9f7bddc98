"""The versions of a parameter file in git: which numbers it had, since which commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from skewcheck.features.types import Parameters
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.repair.bisect.repository import Blob, Commit, Repository
from skewcheck.text.errors import SkewcheckError, UsageError, message

MAX_BYTES = 64_000_000
"""Of a content that is read: parameter files of 5,000 features have some 20 MB."""
LFS = b"version https://git-lfs"
"""How a file begins that stands for one in Git LFS."""

Read = Callable[[Path], Parameters]
Why = Literal["missing", "lfs", "large", "invalid"]
"""The clone is partial; the content is in Git LFS; it has over MAX_BYTES; no reader reads it."""


@dataclass(frozen=True, slots=True)
class Version:
    """Numbers that the file had, however they were written."""

    parameters: Parameters
    file: Path
    """Where its text was put, to be read as older parameters."""
    introduced: Commit
    """The commit that brought these numbers, the last one that did."""
    replaced: Commit | None
    """The next commit that brought others; None for today's numbers."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A content that is no parameter file, and why."""

    commit: Commit
    why: Why
    problem: str = ""
    """What the reader says of it, where it is invalid."""


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions, oldest first."""

    versions: tuple[Version, ...]
    unreadable: tuple[Unreadable, ...]
    commits: int
    """Commits that changed the file."""


def versions_of(repository: Repository, name: str, folder: Path, read: Read) -> Versions:
    """Return the versions of a file; its contents are written into `folder` and read there.

    Versions with the same features and steps are one, wherever they stand in the history.
    UsageError where no commit has the file.
    """
    blobs = [*_new(repository.blobs(name))]
    if not blobs:
        raise UsageError(f"{name}: no commit has this file")
    objects = [*dict.fromkeys(blob.object for blob in blobs if blob.object is not None)]
    paths = {blob.object: blob.path for blob in blobs}
    texts = ((o, text, paths[o]) for o, text in repository.contents(objects))
    contents = dict(_contents(texts, folder, read))
    spans: dict[str, Version] = {}
    unreadable = []
    current: str | None = None
    for blob in blobs:
        content = contents[blob.object or ""]
        if not isinstance(content[1], Parameters):
            unreadable.append(Unreadable(blob.commit, *content))
            continue
        key, parameters, file = content
        if key == current:
            continue
        if current is not None:
            before = spans[current]
            spans[current] = Version(before.parameters, before.file, before.introduced, blob.commit)
        spans.pop(key, None)  # numbers that were brought back stand where they are newest
        spans[key], current = Version(parameters, file, blob.commit, None), key
    return Versions(
        tuple(spans.values()), tuple(unreadable), len({blob.commit.hash for blob in blobs})
    )


def _new(blobs: Iterable[Blob]) -> Iterator[Blob]:
    """Yield contents as commits bring them: a merge brings what no branch had."""
    seen = set[str]()
    for blob in blobs:
        if blob.object is None or (blob.commit.merge and blob.object in seen):
            continue
        seen.add(blob.object)
        yield blob


_Content = tuple[str, Parameters, Path] | tuple[Why, str]


def _contents(
    texts: Iterable[tuple[str, bytes | None, str]], folder: Path, read: Read
) -> Iterator[tuple[str, _Content]]:
    """Yield each object with its fingerprint, parameters and file; or with what is wrong."""
    for name, text, path in texts:
        if text is None:
            yield name, ("missing", "")
        elif text.startswith(LFS):
            yield name, ("lfs", "")
        elif len(text) > MAX_BYTES:
            yield name, ("large", "")
        else:
            place = folder / name
            place.mkdir()
            file = place / PurePosixPath(path).name
            file.write_bytes(text)
            try:
                parameters = read(file)
            except SkewcheckError as error:
                yield name, ("invalid", message(error.args).replace(str(file), path))
                continue
            yield name, (numbers_of(parameters), _steps_alone(parameters), file)


def _steps_alone(parameters: Parameters) -> Parameters:
    """Return parameters without distributions: of a thousand versions these would take gigabytes,
    and the few versions that are tried are read again."""
    features = tuple(replace(feature, reference=None) for feature in parameters.features)
    return Parameters(features, parameters.fingerprint, path=parameters.path)


def numbers_of(parameters: Parameters) -> str:
    """Return the fingerprint of features and steps, whatever the order of the features."""
    return fingerprint(tuple(sorted(parameters.features, key=lambda feature: feature.name)))
