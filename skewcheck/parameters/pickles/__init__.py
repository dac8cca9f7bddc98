"""Pickles and joblib files, read as data: nothing in them is imported, called or executed."""

from __future__ import annotations

from pathlib import Path

from skewcheck.errors import ParameterError
from skewcheck.parameters.pickles.inert import ITEMS, STATE, Inert


def looks_pickled(content: bytes) -> bool:
    """Whether it begins as a pickle does, perhaps compressed as joblib does."""
    return content[:1] == b"\x80"


def unpickled(content: bytes, path: Path) -> object:
    """Return plain values, NumPy arrays and Inert objects; ParameterError names what is refused."""
    raise ParameterError(f"{path}: pickles are not read yet")


__all__ = ["ITEMS", "STATE", "Inert", "looks_pickled", "unpickled"]
