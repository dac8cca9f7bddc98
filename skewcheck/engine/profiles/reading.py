"""Open profiles as one log, and refuse those that are not of one plan, or of other parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from pathlib import PurePosixPath
from typing import NoReturn

from skewcheck.config.types import Settings
from skewcheck.counts.codec import DamagedError
from skewcheck.engine.profiles.asked import common, refuse_others, restored
from skewcheck.engine.profiles.format import Packed, opened, refuse
from skewcheck.engine.profiles.head import Columns, Head, LogFile
from skewcheck.engine.profiles.source import Counted, ProfileSource, Unit
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.logs.batch import Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.counted import no_rows
from skewcheck.logs.file import Contents, File, Thunk
from skewcheck.logs.log import Log
from skewcheck.logs.trouble import trouble
from skewcheck.text.errors import OptionName, UsageError


def profile_source(log: LogSource, settings: Settings) -> ProfileSource:
    """Return the profiles that a log's files are as one source.

    `settings` are those of the audit. LogError where a file is damaged or holds rows, and where
    profiles were counted by other parameters or columns than each other; UsageError where they
    were with other settings than each other or the audit.
    """
    _refuse_rows(log)
    profiles = [Counted(*_opened(file), {}) for file in log.files]
    profiles.sort(key=lambda counted: _order(counted.head.files[0]))
    asked = _settings(profiles, settings)
    for counted in profiles[1:]:
        _refuse_columns(counted, profiles[0])
    profiles = _told_apart(profiles)
    files, units = _in_order(profiles)
    used = _restored(profiles[0], asked, profiles[0].head.used)
    same = {key: getattr(asked, key) for key in ("since", "until", "last", "reference")}
    heads = [counted.head for counted in profiles]
    return ProfileSource(
        files, tuple(u for head in heads for u in head.unopened) + log.unopened,
        tuple(v for head in heads for v in head.versions), read=_read(heads),
        profiles=tuple(profiles), units=units, copied=_copied(profiles), asked=asked,
        used=replace(used, **same),
    )  # fmt: skip


def _refuse_rows(log: Log) -> None:
    rows = next((file.name for file in log.files if not file.contents.counted), None)
    if rows is not None:
        profile = next(file.name for file in log.files if file.contents.counted)
        raise trouble(
            rows, f"holds rows, and {profile} is a profile: write a profile of these rows as well,"
            " with `skewcheck profile`",
        )  # fmt: skip


def _opened(file: File) -> tuple[Packed, Head]:
    packed = opened(file.path, file.name)
    try:
        head = Head.of(packed.head)
        if len(packed.blocks) != len(head.parts) + head.samples:
            raise DamagedError("other blocks than its head says")
    except DamagedError as error:
        refuse(file.name, error)
    return packed, head


def _order(file: LogFile) -> tuple[str, ...]:
    """Return by what files are sorted, as those of a folder are."""
    return PurePosixPath(file.name).parts


def _restored(counted: Counted, settings: Settings, values: object) -> Settings:
    try:
        return restored(settings, values)
    except DamagedError as error:
        refuse(counted.name, error)


def _settings(profiles: Sequence[Counted], settings: Settings) -> Settings:
    """Return the settings of an audit with those that the rows were counted with."""
    every = [_restored(counted, settings, counted.head.asked) for counted in profiles]
    for counted, of_profile in zip(profiles, every, strict=True):
        common(counted.name, of_profile, profiles[0].name, every[0])
        refuse_others(settings, of_profile, counted.name)
    first = every[0]
    if isinstance(first.every, int) and len(profiles) > 1:
        raise UsageError(
            OptionName("every", first.every), ": windows of so many rows are numbered through the"
            " whole log, which several profiles are not: count windows of time",
        )  # fmt: skip
    starts, ends = [s.since for s in every], [s.until for s in every]
    return replace(
        first,
        since=min((s for s in starts if s), default=None) if all(starts) else None,
        until=max((s for s in ends if s), default=None) if all(ends) else None,
        last=first.last if all(s.last == first.last for s in every) else None,
    )


def _refuse_columns(counted: Counted, first: Counted) -> None:
    """Raise LogError where other columns were counted than in the first profile."""
    known = {of.feature: of for of in first.head.columns}
    for of in counted.head.columns:
        other = known.get(of.feature)
        if other is None:
            _refuse(counted, f"has the feature {of.feature!r}", first, "has not")
        for side in ("raw", "served", "type"):
            mine, theirs = _side(of, side), _side(other, side)
            if mine != theirs:
                _refuse(counted, f"counted {of.feature!r} with {mine}", first, f"with {theirs}")
    if len(counted.head.columns) != len(known):
        _refuse(
            counted, f"has {len(counted.head.columns):,} features", first, f"has {len(known):,}"
        )


def _side(columns: Columns, side: str) -> str:
    if side == "type":
        return f"the type {columns.type}"
    names = columns.served if side == "served" else (columns.raw,) if columns.raw else ()
    return f"the {side} column {names[0]!r}" if names else f"no {side} column"


def _refuse(counted: Counted, what: str, first: Counted, other: str) -> NoReturn:
    raise trouble(
        counted.name, f"{what}, and {first.name} {other}: profiles of one audit must have the same"
        " columns; audit them one by one",
    )  # fmt: skip


def _told_apart(profiles: Sequence[Counted]) -> list[Counted]:
    """Return profiles whose files have names of their own: servers give theirs the same."""
    times = Counter(file.name for counted in profiles for file in counted.head.files)
    return [
        replace(
            counted,
            names={
                file.name: f"{counted.name}/{file.name}"
                for file in counted.head.files if times[file.name] > 1
            },
        )
        for counted in profiles
    ]  # fmt: skip


def _in_order(profiles: Sequence[Counted]) -> tuple[tuple[File, ...], tuple[Unit, ...]]:
    """Return all files, and their blocks, in the order in which they would have been read."""
    lists = [list(_units(i, counted)) for i, counted in enumerate(profiles)]
    ordered = merge(*lists, key=lambda unit: _order(profiles[unit[0]].head.files[unit[2][0]]))
    files: list[File] = []
    units: list[Unit] = []
    for profile, block, places in ordered:
        counted = profiles[profile]
        units.append(Unit(profile, block, tuple(range(len(files), len(files) + len(places)))))
        files += [_file(counted.head.files[place], counted) for place in places]
    return tuple(files), tuple(units)


def _units(profile: int, counted: Counted) -> Iterator[tuple[int, int | None, list[int]]]:
    """Yield the blocks of a profile with the places of their files; None for files of none."""
    place = 0
    for block, (start, end) in enumerate(counted.head.parts):
        yield from ((profile, None, [alone]) for alone in range(place, start))
        yield profile, block, list(range(start, end))
        place = end
    yield from ((profile, None, [alone]) for alone in range(place, len(counted.head.files)))


def _file(file: LogFile, counted: Counted) -> File:
    def read(_: Mapping[str, Path], wanted: Wanted) -> Iterator[Thunk]:  # noqa: ARG001
        no_rows(counted.name)

    contents = Contents(file.schema, read, file.rows, file.textual, file.decimal)
    name = counted.names.get(file.name, file.name)
    return File(name, name, file.size, contents)


def _read(heads: Sequence[Head]) -> Log | None:
    """Return the files that were read, where those of some profile are in rows of others."""
    if all(head.read is None for head in heads):
        return None
    contents = Contents({}, lambda *_: iter(()))
    files: list[File] = []
    for head in heads:
        number, size = head.read or (len(head.files), sum(file.size for file in head.files))
        files += [File("", "", size if i == 0 else 0, contents) for i in range(number)]
    return Log(tuple(files))


def _copied(profiles: Sequence[Counted]) -> tuple[Note, ...]:
    """Return the notes on files with the same content, and one on profiles that are the same."""
    by_digest: dict[bytes, list[str]] = {}
    for counted in profiles:
        by_digest.setdefault(counted.packed.digest, []).append(counted.name)
    same = (Note("copied_files", {"files": tuple(n)}) for n in by_digest.values() if len(n) > 1)
    return (*(note for counted in profiles for note in counted.head.copied), *same)
