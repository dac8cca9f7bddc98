"""Damaged files: read or refused, and nothing else."""

from __future__ import annotations

import io
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skewcheck.parameters.pickles import looks_like_pickle, unpickle
from skewcheck.text.errors import ParameterError

X = np.random.default_rng(2).normal(size=(20, 3))
PLACE = Path("scaler.pkl")
Refusal = Callable[[bytes], str]


def seeds() -> list[bytes]:
    """Real files of all protocols and compressions, small."""
    fitted = make_pipeline(StandardScaler(), FunctionTransformer(np.log1p)).fit(X)
    levels = OneHotEncoder().fit(np.array([["a", 1], ["é", 2]], dtype=object))
    contents = []
    for value in (fitted, {"levels": levels, "mean": X.mean(axis=0), "kind": {1, 2.5, "x"}}):
        for protocol in range(6):
            contents.append(pickle.dumps(value, protocol))
            file = io.BytesIO()
            joblib.dump(value, file, protocol=protocol)
            contents.append(file.getvalue())
        for method in ("zlib", "bz2", "xz", "lzma", "lz4"):
            file = io.BytesIO()
            joblib.dump(value, file, compress=(method, 3))
            contents.append(file.getvalue())
    return contents


SEEDS = seeds()
OPCODES = bytes(
    ord(code)
    for name in pickle.__all__
    if name.isupper() and isinstance(code := getattr(pickle, name), bytes) and len(code) == 1
)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with a few bytes changed, cut out, put in, or taken from another file."""
    mutant = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, size = chance.randrange(len(mutant) + 1), chance.randrange(1, 30)
        donor = chance.choice(SEEDS)
        begin = chance.randrange(len(donor))
        mutant[at : at + chance.choice((0, 1, size))] = chance.choice(
            (b"", bytes([chance.choice(OPCODES)]), chance.randbytes(1), donor[begin : begin + size])
        )
    return bytes(mutant)


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(content: bytes, seed: int) -> None:
    damaged = mutated(content, random.Random(seed))  # noqa: S311 - no secret
    assert looks_like_pickle(damaged) in (True, False)
    message = "scaler.pkl: "
    try:
        unpickle(damaged, PLACE)
    except ParameterError as error:
        message = str(error)
    assert message.startswith("scaler.pkl: ")
    assert message.isprintable()


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_half_a_file_is_refused(number: int, unread: Refusal) -> None:
    content = SEEDS[number]
    for size in {*range(0, len(content), max(len(content) // 25, 1)), len(content) - 1}:
        assert "refused" in unread(content[:size]) or "no whole pickle" in unread(content[:size])
