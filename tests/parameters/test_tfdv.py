"""FeatureStats.pb, encoded here field by field, against the data that it was counted from."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

RNG = np.random.default_rng(3)


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def entry(number: int, value: int | float | str | bytes) -> bytes:
    """Encode one field: a whole number, a double, text or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def common(rows: int, values: int, most: int = 1) -> bytes:
    """Encode rows that are not missing, and values in them: the rest holds empty lists."""
    mean = varint(5 << 3 | 5) + struct.pack("<f", values / rows)
    return entry(1, entry(1, rows) + entry(4, most) + mean + entry(8, values))


def histogram(values: np.ndarray, kind: int = 0, missing: int = 0) -> bytes:
    counts, bounds = np.histogram(values, 10)
    buckets = b"".join(
        entry(3, entry(1, float(a)) + entry(2, float(b)) + entry(4, float(c)))
        for a, b, c in zip(bounds, bounds[1:], counts, strict=False)
    )
    return entry(8, entry(1, missing) + buckets + entry(4, kind))


def numbers(name: str, values: np.ndarray, rows: int, *more: bytes) -> bytes:
    stats = common(rows, len(values)) + b"".join(
        entry(i, float(f(values))) for i, f in ((2, np.mean), (3, np.std), (5, np.min), (7, np.max))
    )
    return entry(3, entry(1, name) + entry(3, stats + b"".join(more or [histogram(values)])))


def levels(name: str, counts: dict[str, int], rows: int, values: int) -> bytes:
    ranks = b"".join(
        entry(1, entry(4, level) + entry(5, float(count))) for level, count in counts.items()
    )
    return entry(3, entry(8, entry(1, name)) + entry(2, 2)
                 + entry(4, common(rows, values) + entry(5, ranks)))  # fmt: skip


def dataset(rows: int, *features: bytes, name: str = "") -> bytes:
    return entry(1, (entry(1, name) if name else b"") + entry(2, rows) + b"".join(features))


FARES = np.concatenate([np.zeros(700), RNG.gamma(2, 6, 1300).round(2)])
DAYS = RNG.integers(1, 8, 2000).astype(float)
KINDS = {"solo": 1100, "pool": 600, "3.0": 200}


def statistics() -> bytes:
    return dataset(
        2000, numbers("fare", FARES, 2000), numbers("day", DAYS, 2000),
        levels("kind", KINDS, 2000, 1950),
    )  # fmt: skip


def test_numbers_and_levels(tmp_path: Path) -> None:
    (tmp_path / "FeatureStats.pb").write_bytes(statistics())
    parameters = load(tmp_path / "FeatureStats.pb")
    assert parameters.model["format"] == "TFDV statistics"
    fare, kind = parameters["fare"].reference, parameters["kind"].reference
    assert isinstance(fare, NumericReference)
    assert (fare.rows, fare.nulls, fare.finite) == (2000, 0, 2000)
    assert fare.mean == FARES.mean()
    assert fare.std == FARES.std()
    assert fare.histogram.between.tolist() == [0, *np.histogram(FARES, 10)[0], 0]
    assert isinstance(kind, CategoricalReference)
    assert kind == CategoricalReference(2000, 50, {"solo": 1100, "pool": 600, "3": 200}, 50)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_training_data_themselves_are_no_skew(tmp_path: Path, kind: str) -> None:
    (tmp_path / "s.pb").write_bytes(statistics())
    texts = [k for k, n in KINDS.items() for _ in range(n)] + ["rare"] * 50 + [None] * 50
    rows = pd.DataFrame({"fare": FARES, "day": DAYS, "kind": texts})
    rows = rows.sample(frac=1, random_state=1)
    path = tmp_path / f"log.{kind}"
    rows.to_parquet(path) if kind == "parquet" else rows.to_csv(path, index=False)
    audit = skewcheck.audit(tmp_path / "s.pb", [path])
    assert {f.name: f.verdict for f in audit.features}["fare"] == "ok"
    ks = {f.name: {t.name: t for t in f.tests} for f in audit.features}
    assert ks["fare"]["ks"].statistic < 0.01
    assert ks["day"]["ks"].statistic < 0.01


def test_quantiles_alone_are_left_out_with_a_note(tmp_path: Path) -> None:
    content = dataset(2000, numbers("fare", FARES, 2000, histogram(FARES, kind=1)))
    (tmp_path / "s.pb").write_bytes(content)
    parameters = load(tmp_path / "s.pb")
    reference = parameters["fare"].reference
    assert isinstance(reference, NumericReference)
    assert len(reference.histogram.edges) == 0
    assert reference.max == FARES.max()
    assert "fare: no usable histogram of equal widths" in texts(parameters.notes)


def test_counts_that_are_estimates_add_up(tmp_path: Path) -> None:
    shares = [3449.994, 10.97, 746.85, 0.3, 0.2]
    buckets = b"".join(
        entry(3, entry(1, float(i)) + entry(2, i + 1.0) + entry(4, share))
        for i, share in enumerate(shares)
    )
    statistics = numbers("x", np.array([0.0, 5.0]).repeat(2100), 4200, entry(8, buckets))
    (tmp_path / "s.pb").write_bytes(dataset(4200, statistics))
    reference = load(tmp_path / "s.pb")["x"].reference
    assert isinstance(reference, NumericReference)
    assert int(reference.histogram.between.sum()) == 4200
    np.testing.assert_allclose(
        reference.histogram.between[1:-1], np.array(shares) * 4200 / sum(shares), atol=1
    )


def test_what_is_no_column_is_said(tmp_path: Path) -> None:
    many = entry(3, entry(1, "tags") + entry(4, common(10, 30, most=3)))
    image = entry(3, entry(1, "image") + entry(5, common(10, 10)))
    empty = entry(3, entry(1, "empty") + entry(3, entry(1, entry(1, 10))))
    (tmp_path / "s.pb").write_bytes(dataset(10, many, image, empty))
    parameters = load(tmp_path / "s.pb")
    assert parameters["tags"].untested == "has up to 3 values a row: no column"
    assert "of bytes or of a group" in str(parameters["image"].untested)
    reference = parameters["empty"].reference
    assert isinstance(reference, NumericReference)
    assert (reference.rows, reference.nulls) == (10, 10)


def test_a_tfrecord_and_slices(tmp_path: Path) -> None:
    sliced = dataset(5, levels("k", {"a": 5}, 5, 5), name="city_x") + dataset(
        9, levels("k", {"a": 9}, 9, 9), name="All Examples")  # fmt: skip
    record = struct.pack("<Q", len(sliced)) + b"crc." + sliced + b"crc."
    (tmp_path / "stats.tfrecord").write_bytes(record)
    parameters = load(tmp_path / "stats.tfrecord")
    assert parameters["k"].reference == CategoricalReference(9, 0, {"a": 9}, 0)
    assert "2 data sets: All Examples is read" in texts(parameters.notes)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (dataset(5, levels("k", {"a": 50}, 5, 5)),
         "rank_histogram holds 50 values, but there are 5"),
        (dataset(5, levels("k", {"a": 5}, 5, 5), levels("k", {"a": 5}, 5, 5)),
         "feature 'k' stands twice"),
        (dataset(2**62, levels("k", {"a": 5}, 5, 5)), "a count of 4.61169e+18: no statistics"),
        (dataset(5, numbers("x", np.ones(5), 5, entry(8, entry(1, 9)))), "x: more NaN than values"),
    ],
)  # fmt: skip
def test_what_is_refused(refusal: Callable[..., str], content: bytes, why: str) -> None:
    assert refusal(content, "FeatureStats.pb") == why


def test_cuts_and_mutations_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    random, messages = np.random.default_rng(5), []
    for i in range(300):
        content = statistics()
        broken = bytearray(content[: random.integers(1, len(content))] if i % 3 else content)
        for place in random.integers(0, len(broken), random.integers(1, 6)):
            broken[place] = random.integers(0, 256)
        (tmp_path / "s.pb").write_bytes(broken)
        try:
            load(tmp_path / "s.pb")
        except ParameterError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert not any("\n" in text for text in messages)
