"""Numbers as text."""

from __future__ import annotations

import pytest

from skewcheck.text.numbers import differing_texts


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"mean": 40.0}, {"mean": 41.25}, ("mean 40", "mean 41.25")),
        ({"mean": 1.0000001}, {"mean": 1.0000002}, ("mean 1.0000001", "mean 1.0000002")),
        ({"mean": 1 + 1e-9, "std": 2}, {"mean": 1, "std": 3}, ("mean 1, std 2", "mean 1, std 3")),
        ({"m": 0.1 + 0.2}, {"m": 0.3}, ("m 0.30000000000000004", "m 0.29999999999999999")),
        ({"mean": 5.0}, {"mean": 5.0}, ("mean 5", "mean 5")),
        ({"offset": 1.0, "scale": 2.0}, {"mean": 1.0}, ("offset 1, scale 2", "mean 1")),
    ],
)  # fmt: skip
def test_numbers_told_together_differ_if_they_do(
    one: dict[str, float], other: dict[str, float], told: tuple[str, str]
) -> None:
    assert differing_texts(one, other) == told
