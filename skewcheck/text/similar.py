"""The word that was probably meant, for errors about one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the most similar candidate, or nothing if none is.

    Similarity is the ratio of `difflib`, at least 0.5, whatever the case: short codes differ fast.
    """
    folded: dict[str, str] = {}
    for candidate in candidates:
        folded.setdefault(candidate.casefold(), candidate)
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return f" (did you mean {folded[close[0]]}?)" if close else ""
