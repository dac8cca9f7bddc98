"""Measured files: each is read again only if it, or what is asked of it, has changed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from skewcheck import __version__
from skewcheck.files import replaced
from skewcheck.logs import File, Wanted
from skewcheck.profile import FeatureProfile, Limits, Profile
from skewcheck.profile.codec import DamagedError, from_bytes, to_bytes
from skewcheck.profile.parts import Dimension, Division, Stretches
from skewcheck.profile.plan import Plan
from skewcheck.profile.sample import Sample
from skewcheck.state import State
from skewcheck.state.samples import get, put
from skewcheck.times import Window

ENDS = 65_536
"""Bytes of a file's beginning and of its end that are looked at."""
RACY = 2.0
"""Seconds: a file changed so shortly before may change once more at the same time of the clock."""
DAYS = 90
"""An entry that no run has used for so long is dropped."""
_VERSIONS = (__version__, np.__version__, pa.__version__)
_LENGTH = 8
"""Bytes at an entry's end: how long what stands before them is. Further in front are samples."""
Stamp = tuple[int, int, str]
"""Size, time of the last change in nanoseconds, hash of the ends."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What is remembered of files for one question: plan, division, columns and their reading."""

    folder: Path
    question: bytes
    """A digest of all that a file's measure depends on, beside the file."""
    dimensions: tuple[Dimension, ...]
    window: tuple[float, float]
    """Which times are asked for: files of which it keeps the same rows need no other entry."""
    started: float
    """Epoch seconds when the run began, before it looked at any file."""
    limits: Limits = field(default_factory=Limits)
    """Of the log's samples, as far as its files were remembered."""
    seen: dict[str, Stamp] = field(default_factory=dict)
    """What a file was like before it was read, by its path."""
    used: list[Path] = field(default_factory=list)
    own: dict[str, Limits] = field(default_factory=dict)

    @classmethod
    def of(
        cls, state: State, plan: Plan, division: Division | None, wanted: Wanted,
        window: Window | None, null_values: tuple[str, ...],
    ) -> Entries:  # fmt: skip
        """Return the entries of one question, in a state."""
        dimensions = division.dimensions if division else ()
        # Windows of so many rows begin where a file stands in the log: a matter of its own key.
        same = tuple(replace(d, starts={}) if isinstance(d, Stretches) else d for d in dimensions)
        columns = (wanted.numbers, wanted.labels, wanted.others, window and window.column)
        coarse = division.coarse if division else ()
        asked = (_VERSIONS, plan, same, coarse, columns, null_values)
        question = blake2b(to_bytes(asked), digest_size=32).digest()
        asked_for = (window.since, window.until) if window else (-np.inf, np.inf)
        return cls(state.entries, question, dimensions, asked_for, state.started)

    def limits_of(self, file: str) -> Limits:
        """Return the limits of a file that is read: what is kept must do for it alone."""
        return self.own.setdefault(file, Limits())

    def recall(self, file: File) -> Profile | None:
        """Return the measure of a file that an earlier run left; None where it must be read."""
        stamp = _stamp(file)
        if stamp is None:
            return None
        self.seen[file.path] = stamp
        place = self._place(file)
        try:
            with place.open("rb") as opened:
                found = self._read(opened, stamp)
        except (OSError, DamagedError):
            return None
        if found is not None:
            self.used.append(place)
        return found

    def _read(self, opened: BinaryIO, stamp: Stamp) -> Profile | None:
        """Return an entry's profile, if it is of that stamp and good for the times asked for."""
        end = opened.seek(-_LENGTH, os.SEEK_END)
        length = int.from_bytes(opened.read(_LENGTH), "little")
        opened.seek(max(0, end - length))
        match from_bytes(opened.read(length)):
            case (then, Profile() as profile, np.ndarray() as sample, np.ndarray() as runs) if (
                then == stamp and profile.reach.holds(*self.window)
            ):
                parts = zip(profile.parts, self.dimensions, strict=False)
                return replace(
                    profile,
                    sample=get(opened, sample, profile.sample.size, self.limits.sample),
                    runs=get(opened, runs, profile.runs.size, self.limits.runs),
                    parts=tuple(replace(part, dimension=one) for part, one in parts),
                )
        return None

    def keep(self, file: File, measured: Profile) -> None:
        """Remember a file, unless it has changed since or may do so unseen."""
        stamp = self.seen.get(file.path)
        if stamp is None or stamp != _stamp(file) or stamp[1] / 1e9 > self.started - RACY:
            return
        bare = replace(
            measured,
            features=tuple(map(_settled, measured.features)),
            sample=Sample(measured.sample.size),
            runs=Sample(measured.runs.size),
        )
        place = self._place(file)
        with replaced(place) as draft, draft.open("wb") as opened:
            places = put(opened, measured.sample), put(opened, measured.runs)
            length = opened.write(to_bytes((stamp, bare, *places)))
            opened.write(length.to_bytes(_LENGTH, "little"))
        self.used.append(place)

    def finish(self) -> None:
        """Mark what was used, and drop what no run has used for `DAYS`."""
        now = time.time()
        for place in self.used:
            with suppress(OSError):
                os.utime(place)
        for place in self.folder.iterdir():
            with suppress(OSError):
                if now - place.stat().st_mtime > DAYS * 86_400:
                    place.unlink()

    def _place(self, file: File) -> Path:
        constants = [(name, str(value.type), value.as_py()) for name, value in
                     sorted(file.constants.items())]  # fmt: skip
        starts = [d.starts[file.name] for d in self.dimensions if isinstance(d, Stretches)]
        about = repr((os.path.abspath(file.path), file.name, constants, starts))  # noqa: PTH100
        key = blake2b(self.question, digest_size=16)
        key.update(about.encode("utf-8", "backslashreplace"))
        return self.folder / key.hexdigest()


def _stamp(file: File) -> Stamp | None:
    """Return what a file is like; None for what cannot be found again: tables, standard input."""
    if not file.lasting:
        return None
    try:
        with Path(file.path).open("rb") as opened:
            about = os.fstat(opened.fileno())
            ends = blake2b(opened.read(ENDS), digest_size=16)
            opened.seek(max(ENDS, about.st_size - ENDS))
            ends.update(opened.read(ENDS))
    except OSError:
        return None  # whoever reads it will say what is wrong
    return about.st_size, about.st_mtime_ns, ends.hexdigest()


def _settled(feature: FeatureProfile) -> FeatureProfile:
    """Return the counts with the rows that fail parity put together."""
    parity = feature.parity
    if parity is None:
        return feature
    return replace(feature, parity=replace(parity, offenders=parity.offenders.settled()))
