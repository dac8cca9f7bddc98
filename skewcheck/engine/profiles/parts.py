"""The counts of a log by file, and its sampled rows: what the blocks of a profile hold.

Sums of numbers depend on the order in which they are added. Files are therefore kept apart while
they are small, so that an audit adds them in the order in which it would have read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from skewcheck.counts.codec import DamagedError, to_bytes
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.parity import SAMPLED_FAILURES, ParityCounts
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import SampleColumn
from skewcheck.counts.sample import Chunk, Sample

MAX_APART = 64 << 20
"""Bytes of counts up to which files are kept apart; those behind are one part."""


@dataclass(slots=True)
class Parts:
    """Blocks of counts of files, in their order."""

    sampled: bool
    """Whether anything of a row may be kept."""
    blocks: list[bytes] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    """The first file of each block, and the one behind its last."""
    size: int = 0
    filled: list[int] = field(default_factory=list)
    """Files in which a row was met."""
    rest: Profile | None = None
    """The sum of the files for which no block of their own is left."""

    def add(self, file: int, counts: Profile) -> None:
        """Take the counts of a file."""
        if counts.intake.total.parsed:
            self.filled.append(file)
        bare = bare_of(counts, sampled=self.sampled)
        if self.rest is None and self.size < MAX_APART:
            self.blocks.append(to_bytes(bare))
            self.spans.append((file, file + 1))
            self.size += len(self.blocks[-1])
            return
        self.rest = bare if self.rest is None else self.rest + bare
        first = self.spans[-1][0] if len(self.spans) > len(self.blocks) else file
        del self.spans[len(self.blocks) :]
        self.spans.append((first, file + 1))

    def finished(self) -> list[bytes]:
        """Return all blocks of counts."""
        return self.blocks if self.rest is None else [*self.blocks, to_bytes(self.rest)]


def bare_of(profile: Profile, *, sampled: bool) -> Profile:
    """Return counts without sampled rows; of those not `sampled`, without any row at all."""
    features = tuple(
        feature
        if feature.parity is None
        else replace(feature, parity=_bare(feature.parity, sampled))
        for feature in profile.features
    )
    return replace(
        profile,
        features=features,
        sample=Sample(profile.sample.size),
        runs=Sample(profile.runs.size),
        # What codes of segments stand for: only sampled rows have any.
        names=profile.names if sampled else {},
    )


def _bare(parity: ParityCounts, sampled: bool) -> ParityCounts:  # of two words
    parity = replace(parity, offenders=Sample(SAMPLED_FAILURES))
    return parity if sampled else replace(parity, example=None)


@dataclass(frozen=True, slots=True)
class Samples:
    """The sampled rows of a log."""

    sample: Sample
    runs: Sample
    offenders: tuple[Sample | None, ...]
    """Per feature the rows that fail parity; None where nothing is compared."""

    @classmethod
    def of(cls, profile: Profile) -> Samples:
        """Return the sampled rows of a whole log's profile."""
        return cls(
            profile.sample.settled(), profile.runs.settled(),
            tuple(None if f.parity is None else f.parity.offenders.settled()
                  for f in profile.features),
        )  # fmt: skip

    def __add__(self, other: Samples) -> Samples:
        """Return the sampled rows of both logs."""
        pairs = zip(self.offenders, other.offenders, strict=True)
        return Samples(
            self.sample + other.sample, self.runs + other.runs,
            tuple(a + b if a is not None and b is not None else a or b for a, b in pairs),
        )  # fmt: skip

    def data(self) -> bytes:
        """Return them as a block."""
        return to_bytes((self.sample, self.runs, self.offenders))

    @classmethod
    def read(cls, block: object, features: int) -> Samples:
        """Return the samples in a block of a profile of so many features; else DamagedError."""
        match block:
            case (Sample() as sample, Sample() as runs, tuple() as offenders):
                kept = tuple(one for one in offenders if one is None or isinstance(one, Sample))
                every = (sample, runs, *(one for one in kept if one is not None))
                if len(kept) == len(offenders) == features and all(map(_is_whole, every)):
                    return cls(sample, runs, kept)
        raise DamagedError("other samples than a profile's")

    def onto(self, profile: Profile) -> Profile:
        """Return the profile of a log with its sampled rows."""
        features = tuple(
            _with_offenders(feature, offenders)
            for feature, offenders in zip(profile.features, self.offenders, strict=True)
        )
        return replace(profile, features=features, sample=self.sample, runs=self.runs)


def _with_offenders(feature: FeatureProfile, offenders: Sample | None) -> FeatureProfile:
    if feature.parity is None or offenders is None:
        return feature
    return replace(feature, parity=replace(feature.parity, offenders=offenders))


def _is_whole(sample: Sample) -> bool:
    """Return whether the columns of a sample are as long as its keys, and not more than it has."""
    return all(
        chunk.keys.ndim == 1
        and len(chunk.keys) <= sample.size
        and all(values.shape == chunk.keys.shape for values in chunk.columns.values())
        for chunk in sample.chunks
    )


def renamed(samples: Samples, codes: Mapping[float, float], column: SampleColumn) -> Samples:
    """Return samples whose codes of files are others: files of two logs may have one name."""

    def chunk(rows: Chunk) -> Chunk:
        values = rows.columns.get(column)
        if values is None:
            return rows
        made = values.copy()
        for old, new in codes.items():
            made[values == old] = new
        return Chunk(rows.keys, {**rows.columns, column: made})

    def sample(one: Sample) -> Sample:
        return Sample(one.size, tuple(map(chunk, one.chunks)))

    offenders = tuple(None if one is None else sample(one) for one in samples.offenders)
    return Samples(sample(samples.sample), sample(samples.runs), offenders)


def renamed_profile(profile: Profile, names: Mapping[str, str], column: SampleColumn) -> Profile:
    """Return counts whose files have other names."""
    from skewcheck.counts.rows import code_of

    def new(name: str) -> str:
        return names.get(name, name)

    features: Sequence[FeatureProfile] = [
        feature
        if feature.parity is None or feature.parity.example is None
        else replace(feature, parity=replace(feature.parity, example=replace(
            feature.parity.example, file=new(feature.parity.example.file))))
        for feature in profile.features
    ]  # fmt: skip
    intake, first = profile.intake, profile.intake.first_undecoded
    intake = replace(
        intake, losses={new(file): rows for file, rows in intake.losses.items()},
        first_undecoded=None if first is None else (new(first[0]), first[1]),
    )  # fmt: skip
    known = {**profile.names}
    if column in known:
        known[column] = {code_of(new(name)): new(name) for name in known[column].values()}
    return replace(
        profile, features=tuple(features), intake=intake, names=known,
        files={new(file): sides for file, sides in profile.files.items()},
        absent={c: {new(f): n for f, n in files.items()} for c, files in profile.absent.items()},
    )  # fmt: skip
