"""Stored measures of files: a file is read again only if it, or the plan, has changed."""

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
from skewcheck.counts.codec import DamagedError, from_bytes, to_bytes
from skewcheck.counts.dimensions import Dimension, Stretches
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Limits, Profile
from skewcheck.counts.sample import Sample
from skewcheck.engine.memory import State
from skewcheck.engine.memory.samples import get, put
from skewcheck.engine.memory.stamps import stamp
from skewcheck.logs import storage
from skewcheck.logs.file import File
from skewcheck.logs.reach import Reach
from skewcheck.text.atomic import atomic_file

RACY_SECONDS = 2.0
"""A file changed so shortly before the run may change again with the same time stamp: those of FAT
have two seconds, the coarsest in use."""
ENTRY_DAYS = 90
"""An entry that no run has used for so long is dropped: a quarterly audit still has its own."""
_VERSIONS = (__version__, np.__version__, pa.__version__)
_LENGTH = 8
"""Bytes in which an entry says how long its head and its body are: at its start and its end.

Between both are samples.
"""


@dataclass(frozen=True, slots=True)
class Entries:
    """The stored measures of files by one plan."""

    state: State
    question: bytes
    """A digest of all that a measure depends on beside the file: plan, columns, versions."""
    dimensions: tuple[Dimension, ...]
    window: tuple[float, float]
    """The span of time that is counted, in epoch seconds; entries hold for spans with the same
    rows."""
    limits: Limits = field(default_factory=Limits)
    """Of the log's samples, as far as its files have been looked at."""
    seen: dict[str, tuple[bytes, Path]] = field(default_factory=dict)
    """The stamp of a file before it was read, and the path of its entry, by its path."""
    used: list[Path] = field(default_factory=list)
    """Entries that were read or written."""
    file_limits: dict[str, Limits] = field(default_factory=dict)
    """Of the samples of each file that is read, by its name."""

    @classmethod
    def of(
        cls, state: State, plan: Plan, null_values: tuple[str, ...], names: tuple[str, ...] = ()
    ) -> Entries:
        """Return the entries of a plan in a state.

        `null_values` are the texts that stand for a null in the files, `names` those of the
        columns where files do not have any.
        """
        division, window = plan.division, plan.window
        dimensions = division.dimensions if division else ()
        if division is not None:
            # Where a file's windows of so many rows begin is part of the key of its entry.
            same = tuple(
                replace(d, starts={}) if isinstance(d, Stretches) else d for d in dimensions
            )
            division = replace(division, dimensions=same)
        # Counts are the same for other spans with the same rows, and for any `min_rows`.
        features = tuple(map(_counted, plan.features))
        counted = replace(
            plan, features=features, window=None, division=division, min_rows=1, max_bad=1.0
        )
        columns = (plan.wanted, window and window.column)
        question = sha256(to_bytes((_VERSIONS, counted, columns, null_values, *names))).digest()
        span = (window.since, window.until) if window else (-np.inf, np.inf)
        return cls(state, question, dimensions, span)

    def limits_of(self, file: str) -> Limits:
        """Return the limits of a file that is read: its entry must hold a full sample of it."""
        return self.file_limits.setdefault(file, Limits())

    def knows(self, file: File) -> bool:
        """Return whether an earlier run measured the file as it is now, with the same rows."""
        now = stamp(file, self.state.hash)
        if now is None:
            return False
        place = self._place(file)
        self.seen[file.path] = now, place
        try:
            with place.open("rb") as entry:
                head = from_bytes(entry.read(int.from_bytes(entry.read(_LENGTH), "little")))
        except (OSError, OverflowError, MemoryError, DamagedError):
            return False
        match head:
            case (then, Reach() as reach, np.ndarray() as sample, np.ndarray() as runs):
                if then != now.hex() or not reach.holds(*self.window):
                    return False
                # These rows are in the log, even if the file must be read after all.
                self.limits.sample.lower(sample)
                self.limits.runs.lower(runs)
                return True
        return False

    def recall(self, file: File) -> Profile | None:
        """Return the stored measure of a file; None where its entry is damaged."""
        _, place = self.seen[file.path]
        try:
            with place.open("rb") as entry:
                profile = self._read(entry)
        except (OSError, DamagedError):
            return None
        self.used.append(place)
        return profile

    def _read(self, entry: BinaryIO) -> Profile:
        """Return the profile in an entry; DamagedError where it holds none."""
        end = entry.seek(-_LENGTH, os.SEEK_END)
        length = int.from_bytes(entry.read(_LENGTH), "little")
        if length > end:
            raise DamagedError("other bytes than were written")
        entry.seek(end - length)
        match from_bytes(entry.read(length)):
            case (Profile() as profile, np.ndarray() as sample, np.ndarray() as runs):
                parts = zip(profile.parts, self.dimensions, strict=False)
                return replace(
                    profile,
                    sample=get(entry, sample, profile.sample.size, self.limits.sample),
                    runs=get(entry, runs, profile.runs.size, self.limits.runs),
                    parts=tuple(replace(part, dimension=dimension) for part, dimension in parts),
                )
        raise DamagedError("no profile")

    def keep(self, file: File, measured: Profile) -> None:
        """Store a file's measure, unless it has changed since or may change undetected.

        A full disk is added to the state's troubles.
        """
        before, place = self.seen.get(file.path, (None, self.state.entries))
        if before is None or before != stamp(file, self.state.hash) or self._young(file):
            return
        sample, runs = measured.sample.settled(), measured.runs.settled()
        bare = replace(
            measured,
            features=tuple(map(_settled, measured.features)),
            sample=Sample(sample.size),
            runs=Sample(runs.size),
        )
        head = to_bytes((before.hex(), measured.reach, sample.rows().keys, runs.rows().keys))
        draft_of = atomic_file(place, durable=False)  # a damaged entry is noticed, and read again
        with self.state.trying(), draft_of as draft, draft.open("wb") as entry:
            entry.write(len(head).to_bytes(_LENGTH, "little") + head)
            places = put(entry, sample), put(entry, runs)
            length = entry.write(to_bytes((bare, *places)))
            entry.write(length.to_bytes(_LENGTH, "little"))
        self.used.append(place)

    def _young(self, file: File) -> bool:
        """Return whether it was changed so lately that a change may not show in its time stamp."""
        try:
            return storage.about(file.path).modified > self.state.started - RACY_SECONDS
        except OSError:
            return True

    def finish(self) -> None:
        """Mark the used entries, and delete those that no run has used for `ENTRY_DAYS`."""
        now = time.time()
        for place in self.used:
            with suppress(OSError):
                os.utime(place)
        for place in self.state.entries.glob("*"):
            with suppress(OSError):
                if now - place.stat().st_mtime > ENTRY_DAYS * 86_400:
                    place.unlink()

    def _place(self, file: File) -> Path:
        """Return the path of a file's entry."""
        constants = [(name, str(value.type), value.as_py()) for name, value in
                     sorted(file.constants.items())]  # fmt: skip
        starts = [d.starts[file.name] for d in self.dimensions if isinstance(d, Stretches)]
        place = (
            storage.public(file.path)
            if storage.is_remote(file.path)
            else os.path.abspath(file.path)  # noqa: PTH100
        )
        about = repr((place, file.name, constants, starts)) + file.contents.shape
        key = blake2b(self.question, digest_size=16)
        key.update(about.encode("utf-8", "backslashreplace"))
        return self.state.entries / key.hexdigest()


def _settled(feature: FeatureProfile) -> FeatureProfile:
    """Return the counts with the sample of rows that fail parity in one piece."""
    parity = feature.parity
    if parity is None:
        return feature
    return replace(feature, parity=replace(parity, offenders=parity.offenders.settled()))


def _counted(plan: FeaturePlan) -> FeaturePlan:
    """Return a feature's plan without what its file says beside: it may be anything, and changes no
    count."""
    return replace(plan, feature=replace(plan.feature, extra={}))
