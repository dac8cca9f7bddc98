"""TensorFlow Data Validation's statistics, `FeatureStats.pb`: what the training data were.

They say no normalization: every feature is audited as it is logged. Field numbers: TensorFlow
Metadata, statistics.proto.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from skewcheck.features.types import CategoricalReference, NumericReference, Parameters, Reference
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.buckets import binned, single
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.references import LEVELS
from skewcheck.parameters.source import Reader, Source
from skewcheck.parameters.tree import MOST
from skewcheck.parameters.wire import Message, Wire
from skewcheck.text.errors import ParameterError

_RAW = "says no normalization: audited as it is logged"
_DATASET = frozenset((1, 2, 3, 4, 5))
_STANDARD = 0
_FIELDS = 2_000_000
"""A thousand levels, each of five fields, of 400 features."""
_BYTES = "__BYTES_VALUE__"
"""What stands for text that is no UTF-8."""


def recognised(source: Source) -> bool:
    """Return whether the content is a list of data sets with features, in a TFRecord or not."""
    if source.folder or source.root is not None:
        return False
    try:
        found = Wire(source, 1000).message(_unwrapped(source)[0])
        if found.fields.keys() != {1}:
            return False
        first = Wire(source, 100_000).message(found.content(1))
        if not {3} <= first.fields.keys() <= _DATASET:
            return False
        return all(_name(f) and f.fields.keys() & {3, 4, 5, 7} for f in first.messages(3))
    except ParameterError:
        return False


def read(source: Source) -> Parameters:
    """Return the features with the distributions that the statistics hold."""
    content, more = _unwrapped(source)
    notes = [_RAW]
    if more:
        notes.append("more than one record: only the first is read")
    sets = list(Wire(source, _FIELDS).message(content).messages(1))
    chosen = next((s for s in sets if s.text(1) in ("", "All Examples")), sets[0])
    if len(sets) > 1:
        notes.append(f"{len(sets)} data sets: {chosen.text(1) or 'the first'} is read")
    rows = _count(chosen, chosen.integer(2))
    columns = [_column(f, rows, notes) for f in chosen.messages(3)]
    names = [column.feature for column in columns]
    if len(set(names)) < len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise source.error(f"feature {doubled!r} stands twice")
    return gathered(source, columns, notes=notes)


def _unwrapped(source: Source) -> tuple[memoryview, bool]:
    """Return the message, and whether more follow.

    A TFRecord is the length, its checksum, the bytes, and theirs.
    """
    content = memoryview(source.content)
    size = int.from_bytes(content[:8], "little")
    if 0 < size <= len(content) - 16:
        return content[12 : 12 + size], len(content) > size + 16
    return content, False


def _name(feature: Message) -> str:
    return feature.text(1) or ".".join(feature.message(8).texts(1))


def _count(message: Message, value: float) -> int:
    """Return a count, which a histogram may hold as 719.7."""
    if not math.isfinite(value) or not 0 <= value <= MOST:
        raise message.wire.error(f"a count of {value:g}: no statistics")
    return round(value)


def _column(feature: Message, rows: int, notes: list[str]) -> Column:
    name = _name(feature)
    place = f"features.{name}"
    if 3 in feature.fields:
        stats = feature.message(3)
    elif 4 in feature.fields:
        stats = feature.message(4)
    else:
        return Column(name).lost("statistics of bytes or of a group say nothing of its values")
    common = stats.message(1)
    if common.integer(4) > 1:
        return Column(name).lost(f"has up to {common.integer(4)} values a row: no column")
    # A row whose list is empty counts as not missing, and has no value.
    mean = common.number(5, "<f4") or 0.0
    values = _count(common, common.integer(8) or mean * common.integer(1))
    values = min(values, rows)
    reference: Reference
    if 3 in feature.fields:
        reference = _numbers(name, stats, rows, values, notes)
        return Column(name, type="numeric", reference=reference, source=f"{place}.num_stats")
    reference = _levels(stats, rows, values)
    return Column(name, type="categorical", reference=reference, source=f"{place}.string_stats")


def _numbers(
    name: str, stats: Message, rows: int, values: int, notes: list[str]
) -> NumericReference:
    histograms = list(stats.messages(8))
    undefined = max((h.integer(1) for h in histograms), default=0)
    nulls = _count(stats, rows - values + undefined)
    if nulls > rows:
        raise stats.wire.error(f"{name}: more NaN than values")
    if rows == nulls:
        return NumericReference(rows, rows)
    mean, std, low, high = (stats.number(i, "<f8") or 0.0 for i in (2, 3, 5, 7))
    if not all(map(math.isfinite, (mean, std, low, high))) or std < 0 or high < low:
        notes.append(f"{name}: infinite values, so mean and deviation are not known")
        return NumericReference(rows, nulls)
    plain = NumericReference(rows, nulls, mean=mean, std=std, min=low, max=high)
    if low == high:
        return single(plain, low)
    # Quantiles of a value that is often there share a bound, and then say little of it: up to
    # 60 % of the rows on the wrong side. Equal widths are right within 1 %.
    standard = next((h for h in histograms if h.integer(4) == _STANDARD), None)
    made = None if standard is None else _binned(standard, plain)
    if made is None:
        notes.append(f"{name}: no usable histogram of equal widths")
    return made or plain


def _binned(histogram: Message, plain: NumericReference) -> NumericReference | None:
    bounds: list[float] = []
    shares: list[float] = []
    for bucket in histogram.messages(3):
        low, high, share = (bucket.number(i, "<f8") or 0.0 for i in (1, 2, 4))
        if bounds and low != bounds[-1]:
            return None
        bounds += [high] if bounds else [low, high]
        shares.append(share)
    total = sum(shares)
    if not 0 < total < math.inf or min(shares) < 0 or any(a >= b for a, b in pairwise(bounds)):
        return None
    # Counts are estimates with fractions; what they add up to is known.
    upto = np.rint(np.cumsum(shares) / total * plain.finite).astype(np.int64)
    return binned(plain, bounds, np.diff(upto, prepend=0).tolist())


def _levels(stats: Message, rows: int, values: int) -> CategoricalReference:
    counts: dict[str, int] = {}
    for bucket in stats.message(5).messages(1):
        level = canonical(bucket.text(4))
        if level != _BYTES:
            share = _count(bucket, bucket.number(5, "<f8") or 0.0)
            counts[level] = counts.get(level, 0) + share
    ordered = dict(sorted(counts.items(), key=lambda pair: -pair[1])[:LEVELS])
    held = sum(ordered.values())
    if held > values:
        raise stats.wire.error(f"rank_histogram holds {held:,} values, but there are {values:,}")
    return CategoricalReference(rows, rows - values, ordered, values - held)


READER = Reader(recognised, read)
