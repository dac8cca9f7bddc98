"""Measured files: each is read again only if it, or what is asked of it, has changed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b, sha256
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from skewcheck import __version__
from skewcheck.files import replaced
from skewcheck.logs import File, Wanted
from skewcheck.profile import FeatureProfile, Limits, Profile
from skewcheck.profile.codec import DamagedError, from_bytes, to_bytes
from skewcheck.profile.dimensions import Dimension, Stretches
from skewcheck.profile.parts import Division
from skewcheck.profile.plan import Plan
from skewcheck.profile.sample import Sample
from skewcheck.state import State
from skewcheck.state.samples import get, put
from skewcheck.times import Window

ENDS = 16_384
"""Bytes of a file's beginning and of its end that are looked at."""
RACY = 2.0
"""Seconds: a file changed so shortly before may change once more at the same time of the clock."""
DAYS = 90
"""An entry that no run has used for so long is dropped."""
_VERSIONS = (__version__, np.__version__, pa.__version__)
_LENGTH = 8
"""Bytes at an entry's end: how long what stands before them is. Further in front are samples."""


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
    seen: dict[str, bytes] = field(default_factory=dict)
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
        question = sha256(to_bytes(asked)).digest()
        asked_for = (window.since, window.until) if window else (-np.inf, np.inf)
        return cls(state.entries, question, dimensions, asked_for, state.started)

    def limits_of(self, file: str) -> Limits:
        """Return the limits of a file that is read: what is kept must do for it alone."""
        return self.own.setdefault(file, Limits())

    def knows(self, file: File) -> bool:
        """Return whether an earlier run measured the file as it is now."""
        stamp = _stamp(file)
        if stamp is None:
            return False
        self.seen[file.path] = stamp
        try:
            with self._place(file).open("rb") as entry:
                return entry.read(len(stamp)) == stamp
        except OSError:
            return False

    def recall(self, file: File) -> Profile | None:
        """Return the measure of a file; None where its entry is damaged, or of other times."""
        place = self._place(file)
        try:
            with place.open("rb") as entry:
                found = self._read(entry, self.seen[file.path])
        except (OSError, DamagedError):
            return None
        if found is not None:
            self.used.append(place)
        return found

    def _read(self, entry: BinaryIO, stamp: bytes) -> Profile | None:
        end = entry.seek(-_LENGTH, os.SEEK_END)
        length = int.from_bytes(entry.read(_LENGTH), "little")
        if length > end:
            raise DamagedError("other bytes than were written")
        entry.seek(end - length)
        match from_bytes(entry.read(length)):
            case (then, Profile() as profile, np.ndarray() as sample, np.ndarray() as runs) if (
                then == stamp.hex() and profile.reach.holds(*self.window)
            ):
                parts = zip(profile.parts, self.dimensions, strict=False)
                return replace(
                    profile,
                    sample=get(entry, sample, profile.sample.size, self.limits.sample),
                    runs=get(entry, runs, profile.runs.size, self.limits.runs),
                    parts=tuple(replace(part, dimension=one) for part, one in parts),
                )
        return None

    def keep(self, file: File, measured: Profile) -> None:
        """Remember a file, unless it has changed since or may do so unseen."""
        stamp = self.seen.get(file.path)
        if stamp is None or stamp != _stamp(file) or self._young(file):
            return
        bare = replace(
            measured,
            features=tuple(map(_settled, measured.features)),
            sample=Sample(measured.sample.size),
            runs=Sample(measured.runs.size),
        )
        place = self._place(file)
        with replaced(place) as draft, draft.open("wb") as entry:
            entry.write(stamp)
            places = put(entry, measured.sample), put(entry, measured.runs)
            length = entry.write(to_bytes((stamp.hex(), bare, *places)))
            entry.write(length.to_bytes(_LENGTH, "little"))
        self.used.append(place)

    def _young(self, file: File) -> bool:
        """Return whether it was changed so lately that it may change once more unseen."""
        try:
            return Path(file.path).stat().st_mtime > self.started - RACY
        except OSError:
            return True

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


def _stamp(file: File) -> bytes | None:
    """Return a digest of a file's size, time of change and ends; None for what is no file.

    None as well for one that cannot be read: whoever reads it will say why.
    """
    if not file.lasting:
        return None
    try:
        with Path(file.path).open("rb") as opened:
            about = os.fstat(opened.fileno())
            found = blake2b(f"{about.st_size} {about.st_mtime_ns} ".encode(), digest_size=16)
            found.update(opened.read(ENDS))
            opened.seek(max(ENDS, about.st_size - ENDS))
            found.update(opened.read(ENDS))
    except OSError:
        return None
    return found.digest()


def _settled(feature: FeatureProfile) -> FeatureProfile:
    """Return the counts with the rows that fail parity put together."""
    parity = feature.parity
    if parity is None:
        return feature
    return replace(feature, parity=replace(parity, offenders=parity.offenders.settled()))
