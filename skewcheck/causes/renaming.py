"""Levels spelt otherwise: case, white space, `1` for `1.0`, a prefix, another Unicode form.

category_renamed: other spelling of the same categories
    Detected: levels that training never saw become known ones once case, white space, Unicode
    form, number format (`1` for `1.0`), truth values, punctuation or a common prefix or suffix
    are set aside.
    What to do: map the names back, or train again with the new ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

_TRUTH = {
    "true": "1",
    "false": "0",
    "yes": "1",
    "no": "0",
    "t": "1",
    "f": "0",
    "1.0": "1",
    "0.0": "0",
}


def _number(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "white space": lambda text: " ".join(text.split()),
    "Unicode form": lambda text: unicodedata.normalize("NFC", text),
    "number format": _number,
    "case": lambda text: unicodedata.normalize("NFKC", text).casefold(),
    "case and white space": lambda text: " ".join(text.casefold().split()),
    "true and 1": lambda text: _TRUTH.get(text.casefold(), text.casefold()),
    "punctuation": lambda text: "".join(c for c in text.casefold() if c.isalnum()),
}
"""What may differ, mildest first, and a form in which it does not."""


def mapping(unseen: Sequence[str], known: Sequence[str]) -> tuple[str, dict[str, str]] | None:
    """Return how unseen levels differ from known ones, and which stands for which; None for no.

    All of two or more unseen levels must be explained by one difference, or most of many.
    """
    for difference, form in SPELLINGS.items():
        forms = {form(name): name for name in known}
        found = {name: forms[form(name)] for name in unseen if form(name) in forms}
        if _enough(found, unseen):
            return f"{difference} differs", found
    return _affix(unseen, known)


def _enough(found: Mapping[str, str], unseen: Sequence[str]) -> bool:
    return bool(found) and len(found) >= 0.8 * len(unseen)


def _affix(unseen: Sequence[str], known: Sequence[str]) -> tuple[str, dict[str, str]] | None:
    """Find one prefix or suffix that serving adds to, or takes from, every level."""
    for name in unseen[:3]:
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
    unseen: Sequence[str], known: Sequence[str], kind: str, affix: str, *, added: bool
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
