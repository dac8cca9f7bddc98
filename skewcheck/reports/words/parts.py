"""Windows and segments that fail where the whole log passes, in words."""

from __future__ import annotations

from skewcheck.results.parts import FailingParts


def failing_parts(parts: FailingParts) -> str:
    """Return the sentence of a feature whose verdict is that of its parts alone."""
    places = ["some windows"] if parts.windows else []
    places += [f"some values of {column}" for column in parts.columns]
    return f"the whole log passes, but {' and '.join(places)} do not"
