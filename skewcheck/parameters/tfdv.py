"""Read TensorFlow Data Validation's statistics, `FeatureStats.pb`: training distributions.

They describe no preprocessing: every feature is audited raw. Field numbers: TensorFlow Metadata,
statistics.proto.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from skewcheck.features.types import CategoricalReference, NumericReference, Parameters, Reference
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.buckets import reference_from_buckets, reference_of_constant
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import NO_STEPS_NOTE, PipelineColumn
from skewcheck.parameters.protobuf import Message, ProtobufParser
from skewcheck.parameters.references import MAX_LEVELS
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.tree import MAX_ROWS
from skewcheck.text.errors import ParameterError

_DATASET_FIELDS = frozenset((1, 2, 3, 4, 5))
_EQUAL_WIDTH = 0
"""Code of a histogram with buckets of equal width."""
_MAX_FIELDS = 2_000_000
"""Fields of a file: enough for 400 features with a thousand levels of five fields each."""
_BYTES_PLACEHOLDER = "__BYTES_VALUE__"
"""What TFDV writes for a value that is not UTF-8."""


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a list of data sets with features, in a TFRecord or not."""
    if source.folder or source.root is not None:
        return False
    try:
        statistics = ProtobufParser(source, 1000).message(_first_record(source)[0])
        if statistics.fields.keys() != {1}:
            return False
        dataset = ProtobufParser(source, 100_000).message(statistics.content(1))
        if not {3} <= dataset.fields.keys() <= _DATASET_FIELDS:
            return False
        return all(_name(f) and f.fields.keys() & {3, 4, 5, 7} for f in dataset.messages(3))
    except ParameterError:
        return False


def read(source: ParameterSource) -> Parameters:
    """Return the features with the distributions that the statistics hold."""
    content, has_more = _first_record(source)
    notes = [NO_STEPS_NOTE]
    if has_more:
        notes.append("more than one record: only the first is read")
    datasets = list(ProtobufParser(source, _MAX_FIELDS).message(content).messages(1))
    dataset = next((s for s in datasets if s.text(1) in ("", "All Examples")), datasets[0])
    if len(datasets) > 1:
        notes.append(f"{len(datasets)} data sets: {dataset.text(1) or 'the first'} is read")
    rows = _count(dataset, dataset.integer(2))
    columns = [_column(f, rows, notes) for f in dataset.messages(3)]
    names = [column.feature for column in columns]
    if len(set(names)) < len(names):
        duplicate = next(name for name in names if names.count(name) > 1)
        raise source.error(f"feature {duplicate!r} stands twice")
    return build_parameters(source, columns, notes=notes)


def _first_record(source: ParameterSource) -> tuple[memoryview, bool]:
    """Return the first record's message, and whether more records follow.

    A TFRecord is: length, its checksum, data, their checksum.
    """
    content = memoryview(source.content)
    size = int.from_bytes(content[:8], "little")
    if 0 < size <= len(content) - 16:
        return content[12 : 12 + size], len(content) > size + 16
    return content, False


def _name(feature: Message) -> str:
    return feature.text(1) or ".".join(feature.message(8).texts(1))


def _count(message: Message, value: float) -> int:
    """Return a count, which a histogram may store as 719.7; ParameterError if it is no count."""
    if not math.isfinite(value) or not 0 <= value <= MAX_ROWS:
        raise message.parser.error(f"a count of {value:g}: no statistics")
    return round(value)


def _column(feature: Message, rows: int, notes: list[str]) -> PipelineColumn:
    name = _name(feature)
    place = f"features.{name}"
    if 3 in feature.fields:
        stats = feature.message(3)
    elif 4 in feature.fields:
        stats = feature.message(4)
    else:
        return PipelineColumn(name).untestable(
            "statistics of bytes or of a group say nothing of its values"
        )
    common = stats.message(1)
    if common.integer(4) > 1:
        return PipelineColumn(name).untestable(
            f"has up to {common.integer(4)} values a row: no column"
        )
    # A row whose list is empty counts as not missing, and has no value.
    mean = common.number(5, "<f4") or 0.0
    values = _count(common, common.integer(8) or mean * common.integer(1))
    values = min(values, rows)
    reference: Reference
    if 3 in feature.fields:
        reference = _numeric_reference(name, stats, rows, values, notes)
        return PipelineColumn(
            name, type="numeric", reference=reference, source=f"{place}.num_stats"
        )
    reference = _categorical_reference(stats, rows, values)
    return PipelineColumn(
        name, type="categorical", reference=reference, source=f"{place}.string_stats"
    )


def _numeric_reference(
    name: str, stats: Message, rows: int, values: int, notes: list[str]
) -> NumericReference:
    histograms = list(stats.messages(8))
    undefined = max((h.integer(1) for h in histograms), default=0)
    nulls = _count(stats, rows - values + undefined)
    if nulls > rows:
        raise stats.parser.error(f"{name}: more NaN than values")
    if rows == nulls:
        return NumericReference(rows, rows)
    mean, std, low, high = (stats.number(i, "<f8") or 0.0 for i in (2, 3, 5, 7))
    if not all(map(math.isfinite, (mean, std, low, high))) or std < 0 or high < low:
        notes.append(f"{name}: infinite values, so mean and deviation are not known")
        return NumericReference(rows, nulls)
    reference = NumericReference(rows, nulls, mean=mean, std=std, min=low, max=high)
    if low == high:
        return reference_of_constant(reference, low)
    # Quantile buckets of a frequent value share a bound, and then place up to 60 % of the rows
    # on the wrong side. Buckets of equal width are right within 1 %.
    equal_width = next((h for h in histograms if h.integer(4) == _EQUAL_WIDTH), None)
    binned = None if equal_width is None else _with_histogram(equal_width, reference)
    if binned is None:
        notes.append(f"{name}: no usable histogram of equal widths")
    return binned or reference


def _with_histogram(histogram: Message, reference: NumericReference) -> NumericReference | None:
    """Return the reference with the histogram's buckets; None if they are invalid."""
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
    # Counts are fractional estimates; their sum is known.
    cumulative = np.rint(np.cumsum(shares) / total * reference.finite).astype(np.int64)
    return reference_from_buckets(reference, bounds, np.diff(cumulative, prepend=0).tolist())


def _categorical_reference(stats: Message, rows: int, values: int) -> CategoricalReference:
    counts: dict[str, int] = {}
    for bucket in stats.message(5).messages(1):
        level = canonical(bucket.text(4))
        if level != _BYTES_PLACEHOLDER:
            rows_of_level = _count(bucket, bucket.number(5, "<f8") or 0.0)
            counts[level] = counts.get(level, 0) + rows_of_level
    ordered = dict(sorted(counts.items(), key=lambda pair: -pair[1])[:MAX_LEVELS])
    listed = sum(ordered.values())
    if listed > values:
        raise stats.parser.error(
            f"rank_histogram holds {listed:,} values, but there are {values:,}"
        )
    return CategoricalReference(rows, rows - values, ordered, values - listed)


READER = FormatReader(recognised, read)
