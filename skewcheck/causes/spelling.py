"""Levels spelt otherwise: case, white space, `1` for `1.0`, a prefix, another Unicode form."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

_TRUTH = {
    "true": "1", "false": "0", "yes": "1", "no": "0", "t": "1", "f": "0", "1.0": "1", "0.0": "0",
}  # fmt: skip
_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


def _number(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum()) or text


UNICODE = "unicode_form"
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "white_space": lambda text: " ".join(text.split()),
    UNICODE: lambda text: unicodedata.normalize("NFC", text),
    "invisible": lambda text: "".join(c for c in text if _visible(c)).strip(),
    "number_format": _number,
    "case": str.casefold,
    "case_and_white_space": lambda text: " ".join(text.casefold().split()),
    "truth_values": lambda text: _TRUTH.get(text.casefold(), text.casefold()),
    "width": lambda text: unicodedata.normalize("NFKC", text).casefold(),
    "punctuation": _letters,
}
"""What may differ, mildest first, as a variant of the phrase, and a form in which it does not."""


def _visible(character: str) -> bool:
    return unicodedata.category(character) != "Cf"


@dataclass(frozen=True, slots=True)
class Renaming:
    """How unseen levels differ from known ones."""

    variant: str
    """The phrase that says so."""
    mapping: Mapping[str, str]
    """Which known level each stands for."""
    details: Mapping[str, object] = field(default_factory=dict)


def renamed(unseen: Mapping[str, int], known: Sequence[str]) -> Renaming | None:
    """Return how unseen levels differ from known ones; None where no difference is known.

    `unseen` counts the rows of each: those of one difference must be most of them.
    """
    for difference, form in SPELLINGS.items():
        forms: dict[str, str] = {}
        for name in known:
            forms.setdefault(form(name), name)
        found = {name: forms[form(name)] for name in unseen if form(name) in forms}
        if _enough(found, unseen):
            return _of_forms(found) if difference == UNICODE else Renaming(difference, found)
    return _affix(unseen, known)


def _of_forms(found: Mapping[str, str]) -> Renaming:
    """Tell which form stands for which: names in two forms look alike on every screen."""
    used, own = (
        next((f for f in _FORMS if all(unicodedata.is_normalized(f, x) for x in names)), None)
        for names in (found.keys(), found.values())
    )
    if not used or not own or used == own:
        return Renaming(UNICODE, found)
    return Renaming("unicode_forms", found, {"used": used, "training": own})


def _enough(found: Mapping[str, str], unseen: Mapping[str, int]) -> bool:
    return bool(found) and sum(unseen[x] for x in found) >= 0.8 * sum(unseen.values())


def _affix(unseen: Mapping[str, int], known: Sequence[str]) -> Renaming | None:
    """Find one prefix or suffix that serving adds to, or takes from, every level."""
    for name in list(unseen)[:3]:
        for other in known:
            for longer, shorter, verb in ((name, other, "added"), (other, name, "missing")):
                if not shorter or longer == shorter:
                    continue
                for kind, affix in (
                    ("prefix", longer.removesuffix(shorter)),
                    ("suffix", longer.removeprefix(shorter)),
                ):
                    if affix == longer:
                        continue
                    found = _with_affix(unseen, known, kind, affix, added=verb == "added")
                    # One level may begin with another by chance; two with the same rest do not.
                    if _enough(found, unseen) and len(found) >= min(2, len(known)):
                        return Renaming(f"{kind}_{verb}", found)
    return None


def _with_affix(
    unseen: Iterable[str], known: Sequence[str], kind: str, affix: str, *, added: bool
) -> dict[str, str]:
    names = set(known)
    found = {}
    for name in unseen:
        if added:
            stem = name.removeprefix(affix) if kind == "prefix" else name.removesuffix(affix)
        else:
            stem = affix + name if kind == "prefix" else name + affix
        if stem != name and stem in names:
            found[name] = stem
    return found


def abbreviated(
    unseen: Mapping[str, float], vanished: Mapping[str, float], noise: float
) -> dict[str, str] | None:
    """Return which vanished level each unseen one stands for by its share and its letters.

    Both have their shares of the rows. None unless all stand for one each, and none is left.
    """
    left = dict(vanished)
    found: dict[str, str] = {}
    for name in sorted(unseen, key=lambda name: (-unseen[name], name)):
        fits = [x for x in left if abs(left[x] - unseen[name]) < noise and _abbreviates(name, x)]
        if not fits:
            return None
        found[name] = min(fits, key=lambda x: (abs(left[x] - unseen[name]), x))
        del left[found[name]]
    return found if found and sum(left.values()) < noise else None


def _abbreviates(one: str, other: str) -> bool:
    """Return whether one name begins as the other does, and has no letter that the other lacks."""
    short, long = sorted((_letters(one), _letters(other)), key=len)
    rest = iter(long)
    return short[:1] == long[:1] and all(letter in rest for letter in short)
