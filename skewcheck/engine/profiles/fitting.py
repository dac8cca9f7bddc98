"""Whether counts are of a plan: as many features, with arrays as long as the plan's edges."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np
import pyarrow as pa

from skewcheck.counts.clusters import Clusters
from skewcheck.counts.codec import DamagedError
from skewcheck.counts.dimensions import Dimension
from skewcheck.counts.feature_profile import Counts, FeatureProfile
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parts import Parts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import GROUPS
from skewcheck.counts.sample import Sample
from skewcheck.logs.batch import Batch, RowOrigin


@dataclass(frozen=True, slots=True)
class Template:
    """The counts of no rows by a plan."""

    features: tuple[FeatureProfile, ...]
    dimensions: tuple[Dimension, ...]

    @classmethod
    def of(cls, plan: Plan) -> Template:
        """Return what every profile of a plan looks like."""
        wanted = plan.wanted
        columns: dict[str, pa.Array] = {
            **dict.fromkeys(wanted.labels, pa.array([], pa.string())),
            **dict.fromkeys(wanted.numbers, pa.array([], pa.float64())),
        }
        bare = replace(plan, division=None, cluster=None, segments=(), likely=())
        empty = Profile.of(bare, Batch(RowOrigin("", 0), 0, columns))
        dimensions = () if plan.division is None else plan.division.dimensions
        return cls(empty.features, dimensions)

    def fitted(self, profile: object) -> Profile:
        """Return a profile with the plan's own edges; DamagedError for what is none of its plan.

        Edges of another processor may differ in their last digit, which `digest` lets pass.
        """
        if not isinstance(profile, Profile) or len(profile.features) != len(self.features):
            raise DamagedError("counts of other features")
        features = tuple(map(_fitted, profile.features, self.features))
        _refuse_clusters(profile.clusters, len(features))
        if profile.parts and len(profile.parts) != len(self.dimensions):
            raise DamagedError("counts of other windows or segments")
        pairs = zip(profile.parts, self.dimensions, strict=bool(profile.parts))
        parts = tuple(_part(part, dimension, len(features)) for part, dimension in pairs)
        return replace(profile, features=features, parts=parts)


def _fitted(counts: FeatureProfile, template: FeatureProfile) -> FeatureProfile:
    if counts.parity is not None and template.parity is None:
        raise DamagedError("counts of other columns")
    return replace(
        counts,
        raw=_side(counts.raw, template.raw),
        served=_side(counts.served, template.served),
    )


def _side(counts: Counts | None, template: Counts | None) -> Counts | None:
    if counts is None:
        return None
    if type(counts) is not type(template) or not _shaped(counts, template):
        raise DamagedError("counts at other edges")
    if isinstance(counts, NumericCounts) and isinstance(template, NumericCounts):
        histogram = replace(counts.histogram, edges=template.histogram.edges)
        gaps = replace(counts.gaps, cuts=template.gaps.cuts, interval=template.gaps.interval)
        return replace(counts, histogram=histogram, gaps=gaps)
    return counts


def _shaped(value: object, template: object) -> bool:
    """Return whether the arrays of both have the same shapes."""
    if isinstance(template, np.ndarray):
        return isinstance(value, np.ndarray) and value.shape == template.shape
    if is_dataclass(template) and not isinstance(template, Sample):
        return type(value) is type(template) and all(
            _shaped(getattr(value, item.name), getattr(template, item.name))
            for item in fields(template)
        )
    return True


def _part(part: Parts, dimension: Dimension, features: int) -> Parts:
    """Return the counts of windows or segments, in the plan's dimension."""
    number = len(part.keys)
    tables = [table for of_feature in part.features for table in of_feature.values()]
    whole = part.rows.shape == (number,) and all(
        table.ndim in (1, 2) and len(table) == number for table in tables
    )
    named = (number == 0 and not part.features) or len(part.features) == features
    if not whole or not named or type(part.dimension) is not type(dimension):
        raise DamagedError("counts of other windows or segments")
    return replace(part, dimension=dimension)


def _refuse_clusters(clusters: Clusters, features: int) -> None:
    tables = clusters.tables
    if tables and (len(tables) != features or any(t.ndim != 2 or len(t) != GROUPS for t in tables)):
        raise DamagedError("counts of other clusters")
