"""What the names of constants mean: `SCALER_DATA_MIN`, `kStd`, `featureScalerMean`, `FARE_MEAN`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from skewcheck.parameters.handwritten import key_names

_CACHE_SIZE = 10_000
"""Names whose meaning is cached: more than a file of 1,000 features has."""


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[A-Z]+\d*(?![a-z])|[A-Z]?[^\W\dA-Z_]+\d*|\d+|[^\W_]")
_HUNGARIAN = frozenset(("k", "g", "m", "s"))
"""First letters that say what sort of name it is: `kMean`, `g_mean`."""
_TRAILING = frozenset(("array", "arr", "vec", "vector", "list", "table", "f32", "f64", "float"))
_CONTEXT = _words_of(
    "scaler standard standardscaler norm normalize normalization normalizer normalisation feature"
    " features input inputs train training model default stats stat params param parameters zscore"
    " minmax robust global dataset preprocessing preprocess scaling numeric num x transform all"
)
"""Words of a name that say no more than that it is of a scaler."""
_SAYS_SCALER = _words_of(
    "scaler scalers scaling norm normalize normalization normalizer normalisation standardization"
    " minmax preprocess preprocessing preprocessor"
)
"""Words that tell the ends of a normalization from limits."""
_LAYER = re.compile(r"(?:bn|batch_?norm\w*|layer\w*|conv\w*|running|moving)\d*(?:_|$)")
"""What begins the names of a network's own weights."""
_UNCLEAR = frozenset(("count", "sum", "squares", "shift", "width", "epsilon", "bound", "range"))
"""Kinds of which code has many that are of no scaler, unless the key itself is one."""
_CERTAIN = frozenset(
    ("n_samples_seen", "frame_num", "mean_stat", "var_stat", "feature_range", "clip_obs",
     "epsilon", "eps")
)  # fmt: skip
_NAME_ENDS = _words_of("names name order columns column cols features keys fields inputs")
"""What ends the name of a list of features."""
_NO_NAMES = _words_of("class classes label labels category categories target targets output")
"""What a list of names that are no features is called by."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the name of a constant says of its numbers."""

    kind: str
    """Kind of number, as keys of handwritten files name it."""
    key: str
    """The words that say so: `data_min`, `std`."""
    owner: str = ""
    """Whose numbers they are, as the name is written; empty if it says nothing else."""
    index: int | None = None
    """Of which value of a list, as `MEAN_0` says; None if it is no part of one."""

    @property
    def is_limit(self) -> bool:
        """Whether it is rather a limit than a number of a normalization."""
        return self.kind in ("min", "max", "scale") and not self.key.startswith("data_")


@lru_cache(_CACHE_SIZE)
def meaning(name: str) -> Meaning | None:
    """Return what a name means; None if it names no kind of number."""
    words = _words(name)
    if len(words) > 1 and words[-1][0].isdigit() and (of_list := _kind(name, words[:-1])):
        return replace(of_list, index=int(words[-1][0]))
    found = _kind(name, words)
    if found and name.endswith("_") and found.key == "min":
        return replace(found, kind="offset", key="min_")  # scikit-learn's min_ is no minimum
    return found


def _words(name: str) -> list[re.Match[str]]:
    """Return the words of a name where they stand, without those that say what sort it is."""
    words = [*_WORD.finditer(name)]
    while len(words) > 1 and words[-1][0].lower() in _TRAILING:
        words.pop()
    return words[1:] if len(words) > 1 and words[0][0] in _HUNGARIAN else words


def _plain(name: str) -> list[str]:
    return [word[0].lower() for word in _words(name)]


def _kind(name: str, words: Sequence[re.Match[str]]) -> Meaning | None:
    """Return the kind that the last words name, else the first ones."""
    halves = [(words[-n:], words[:-n]) for n in (3, 2, 1) if n <= len(words)]
    halves += [(words[:n], words[n:]) for n in (3, 2, 1) if n < len(words)]
    for said, rest in halves:
        key = "_".join(word[0] for word in said).lower()
        kind = key_names.number_kind(key)
        if kind and (kind not in _UNCLEAR or key in _CERTAIN):
            return Meaning(kind, key, name[rest[0].start() : rest[-1].end()] if rest else "")
    return None


def scaler_of(owner: str) -> str:
    """Return whose scaler an owner is, in lower case; empty if it names no other one."""
    return "_".join(word for word in _plain(owner) if word not in _CONTEXT)


def says_scaler(text: str) -> bool:
    """Return whether a name says that it is of a normalization."""
    words = re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", text)
    return bool(_SAYS_SCALER & {word.lower() for word in words})


def is_layer(owner: str) -> bool:
    """Return whether it names a layer of a network, whose numbers normalize no inputs."""
    return bool(_LAYER.match("_".join(_plain(owner))))


def feature_of(owner: str) -> str:
    """Return the feature that a name is of: `FARE` of `FARE_MEAN` is fare, as others stay."""
    return owner.lower() if owner == owner.upper() else owner


def name_rank(name: str) -> int | None:
    """Return how surely a list of strings with this name lists features, 0 the surest; or None."""
    words = _plain(name)
    if not words or _NO_NAMES & {*words}:
        return None
    if key_names.name_list_side(name) == "input":
        return 0
    return 1 if words[-1] in _NAME_ENDS else None
