"""Levels spelt otherwise: case, white space, `1` for `1.0`, a prefix, another Unicode form.

category_renamed: other spelling of the same categories
    Detected: levels that training never saw become known ones once case, white space, Unicode
    form, number format (`1` for `1.0`), truth values, punctuation or a common prefix or suffix
    are set aside. Abbreviations are told beside drift: new levels that take the shares of
    vanished ones, with letters of theirs. Where all levels of training are numbers, `1` and `1.0`
    are one level anyway, and nothing is found: pandas writes integers beside nulls so.
    What to do: map the names back, or train again with the new ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
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


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "white space differs": lambda text: " ".join(text.split()),
    "Unicode form differs": lambda text: unicodedata.normalize("NFC", text),
    "invisible characters differ": lambda text: "".join(c for c in text if _visible(c)).strip(),
    "number format differs": _number,
    "case differs": str.casefold,
    "case and white space differ": lambda text: " ".join(text.casefold().split()),
    "truth values differ (as true and 1)": lambda text: _TRUTH.get(
        text.casefold(), text.casefold()
    ),
    "width or form of characters differs": lambda text: unicodedata.normalize(
        "NFKC", text
    ).casefold(),
    "punctuation differs": _letters,
}
"""What may differ, mildest first, and a form in which it does not."""


def _visible(character: str) -> bool:
    return unicodedata.category(character) != "Cf"


def mapping(unseen: Mapping[str, int], known: Sequence[str]) -> tuple[str, dict[str, str]] | None:
    """Return how unseen levels differ from known ones, and which stands for which; None for no.

    `unseen` counts the rows of each: those of one difference must be most of them.
    """
    for difference, form in SPELLINGS.items():
        forms: dict[str, str] = {}
        for name in known:
            forms.setdefault(form(name), name)
        found = {name: forms[form(name)] for name in unseen if form(name) in forms}
        if _enough(found, unseen):
            forms_differ = difference.startswith("Unicode form")
            return difference + (_forms(found) if forms_differ else ""), found
    return _affix(unseen, known)


def _forms(found: Mapping[str, str]) -> str:
    """Return ` (NFD for NFC)`: names in two forms look alike on every screen."""
    used, own = (
        next((f for f in _FORMS if all(unicodedata.is_normalized(f, x) for x in names)), None)
        for names in (found.keys(), found.values())
    )
    return f" ({used} for {own})" if used and own and used != own else ""


def _enough(found: Mapping[str, str], unseen: Mapping[str, int]) -> bool:
    return bool(found) and sum(unseen[x] for x in found) >= 0.8 * sum(unseen.values())


def _affix(unseen: Mapping[str, int], known: Sequence[str]) -> tuple[str, dict[str, str]] | None:
    """Find one prefix or suffix that serving adds to, or takes from, every level."""
    for name in list(unseen)[:3]:
        for other in known:
            for longer, shorter, verb in ((name, other, "was added"), (other, name, "is missing")):
                if not shorter or longer == shorter:
                    continue
                for kind, affix in (
                    ("prefix", longer.removesuffix(shorter)),
                    ("suffix", longer.removeprefix(shorter)),
                ):
                    if affix == longer:
                        continue
                    found = _with_affix(unseen, known, kind, affix, added=verb == "was added")
                    # One level may begin with another by chance; two with the same rest do not.
                    if _enough(found, unseen) and len(found) >= min(2, len(known)):
                        return f"a {kind} {verb}", found
    return None


def _with_affix(
    unseen: Iterable[str], known: Sequence[str], kind: str, affix: str, *, added: bool
) -> dict[str, str]:
    names = set(known)
    found = {}
    for name in unseen:
        if added:
            bare = name.removeprefix(affix) if kind == "prefix" else name.removesuffix(affix)
        else:
            bare = affix + name if kind == "prefix" else name + affix
        if bare != name and bare in names:
            found[name] = bare
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
