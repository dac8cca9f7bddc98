"""Profiles of logs among files: they hold counts, and no rows to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from skewcheck.logs.batch import Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, File, Thunk
from skewcheck.logs.trouble import trouble


def open_profile(name: str) -> Contents:
    """Return what a profile is to who reads rows: nothing, with an error that says so."""

    def read(_: Mapping[str, Path], wanted: Wanted) -> Iterator[Thunk]:  # noqa: ARG001
        no_rows(name)

    return Contents({}, read, counted=True)


def no_rows(name: str) -> NoReturn:
    """Raise the LogError of what reads rows."""
    raise trouble(name, "a profile, which holds counts and no rows: only an audit reads it")


def refuse_profiles(files: Sequence[File]) -> None:
    """Raise LogError for the first profile among files."""
    for file in files:
        if file.contents.counted:
            no_rows(file.name)
