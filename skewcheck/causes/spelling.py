"""Spellings of levels: case, white space, `1` for `1.0`, a prefix, another Unicode form."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

_TRUTH_VALUES = {
    "true": "1", "false": "0", "yes": "1", "no": "0", "t": "1", "f": "0", "1.0": "1", "0.0": "0",
}  # fmt: skip
_UNICODE_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> str:
    """Return a number in its shortest form; other text as it is."""
    if not _is_number(text):
        return text
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _letters_of(text: str) -> str:
    """Return letters, digits and symbols in lower case; numbers, and text without any, as they are.

    Symbols mean something: `<=50K` is not `>50K`, nor is -1 another spelling of 1.
    """
    if _is_number(text):
        return _number(text)
    kept = (c for c in text.casefold() if c.isalnum() or unicodedata.category(c)[0] == "S")
    return "".join(kept) or text


def _decoded(text: str) -> str:
    """Return text whose UTF-8 bytes were read as Latin-1 or Windows-1252, once or twice, as meant.

    `CrÃ©dit` is Crédit; what is no such text stays as it is.
    """
    for _ in range(2):
        for encoding in ("cp1252", "latin-1"):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
    return text


def _named_characters(text: str) -> str:
    """Return text without HTML's names of characters: `&eacute;` is é."""
    if "&" not in text:
        return text
    from html import unescape  # few levels need it

    return unescape(text)


def _decoded_url(text: str) -> str:
    """Return text of a URL as it was meant: `No%20Charge` and `No+Charge` are No Charge."""
    if "%" not in text and "+" not in text:
        return text
    from urllib.parse import unquote_plus  # few levels need it

    return unquote_plus(text)


def _without_accents(text: str) -> str:
    """Return letters without their marks, and those of two letters as these."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_TWO_LETTERS))
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


_TWO_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})
_LOST = re.compile(r"[^\x00-\x7f]+|\?+")
"""Characters that a narrow encoding has not, or what it writes in place of them."""


UNICODE_FORM = "unicode_form"
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "white_space": lambda text: " ".join(text.split()),
    UNICODE_FORM: lambda text: unicodedata.normalize("NFC", text),
    "misread": _decoded,
    "named_characters": _named_characters,
    "percent_encoded": _decoded_url,
    "invisible": lambda text: "".join(c for c in text if _visible(c)).strip(),
    "number_format": _number,
    "case": str.casefold,
    "case_and_white_space": lambda text: " ".join(text.casefold().split()),
    "truth_values": lambda text: _TRUTH_VALUES.get(text.casefold(), text.casefold()),
    "width": lambda text: unicodedata.normalize("NFKC", text).casefold(),
    "accents": _without_accents,
    "lost_characters": lambda text: _LOST.sub("?", text),
    "punctuation": _letters_of,
}
"""Differences of spelling as variants of the cause's phrase, the smallest first, each with a
normalization that removes it."""

_LOSING = frozenset(("accents", "lost_characters"))
"""Those by which two levels may become one: then nobody knows which of them it was."""


def _visible(character: str) -> bool:
    """Return whether a character is no format character (category Cf)."""
    return unicodedata.category(character) != "Cf"


@dataclass(frozen=True, slots=True)
class Renaming:
    """How unseen levels differ from training levels."""

    variant: str
    """Variant of the cause's phrase."""
    mapping: Mapping[str, str]
    """The training level of each unseen one."""
    details: Mapping[str, object] = field(default_factory=dict)


def renamed(unseen: Mapping[str, int], training: Sequence[str]) -> Renaming | None:
    """Return how unseen levels differ from training levels; None where no difference explains it.

    `unseen` counts the rows of each level: the difference must explain 80 % of them.
    """
    for difference, form in SPELLINGS.items():
        forms: dict[str, str] = {}
        for name in training:
            forms.setdefault(form(name), name)
        if difference in _LOSING:
            met = Counter(map(form, training))
            forms = {text: name for text, name in forms.items() if met[text] == 1}
        mapping = {name: forms[form(name)] for name in unseen if form(name) in forms}
        if _most_rows(mapping, unseen):
            return (
                _by_unicode_form(mapping)
                if difference == UNICODE_FORM
                else Renaming(difference, mapping)
            )
    return _by_affix(unseen, training) or _cut(unseen, training)


MIN_CUT = 3
"""Characters that are left of a level that was cut, at least: fewer begin many a word."""


def _cut(unseen: Mapping[str, int], training: Sequence[str]) -> Renaming | None:
    """Return that levels were cut to a length; None unless each begins one of training's."""
    length = max(map(len, unseen), default=0)
    cut = Counter(name[:length] for name in training)
    mapping = {
        name[:length]: name for name in training
        if name[:length] in unseen and len(name) > length and cut[name[:length]] == 1
    }  # fmt: skip
    if length < MIN_CUT or not _most_rows(mapping, unseen):
        return None
    whole = all(len(name) <= length or name[:length] in mapping for name in training)
    known = whole or len(mapping) > 1
    return Renaming("truncated", mapping, {"length": length}) if known else None


def _by_unicode_form(mapping: Mapping[str, str]) -> Renaming:
    """Return both Unicode normalization forms, as names in two forms look alike."""
    served_form, training_form = (
        next(
            (f for f in _UNICODE_FORMS if all(unicodedata.is_normalized(f, x) for x in names)), None
        )
        for names in (mapping.keys(), mapping.values())
    )
    if not served_form or not training_form or served_form == training_form:
        return Renaming(UNICODE_FORM, mapping)
    return Renaming("unicode_forms", mapping, {"used": served_form, "training": training_form})


def _most_rows(mapping: Mapping[str, str], unseen: Mapping[str, int]) -> bool:
    return bool(mapping) and sum(unseen[x] for x in mapping) >= 0.8 * sum(unseen.values())


def _by_affix(unseen: Mapping[str, int], training: Sequence[str]) -> Renaming | None:
    """Return a prefix or suffix that serving adds to, or removes from, the levels; None without."""
    for name in list(unseen)[:3]:
        for other in training:
            for longer, shorter, verb in ((name, other, "added"), (other, name, "missing")):
                if not shorter or longer == shorter:
                    continue
                for kind, affix in (
                    ("prefix", longer.removesuffix(shorter)),
                    ("suffix", longer.removeprefix(shorter)),
                ):
                    # Numbers are no names: 3 is not 23 without its first digit, nor is -1 a 1.
                    if affix == longer or (_is_number(longer) and _is_number(shorter)):
                        continue
                    mapping = _mapping_by_affix(
                        unseen, training, kind, affix, added=verb == "added"
                    )
                    # One level may be the beginning of another, as `male` is the end of `female`;
                    # two with one suffix are not.
                    if _most_rows(mapping, unseen) and len(mapping) >= 2:
                        return Renaming(f"{kind}_{verb}", mapping)
    return None


def _mapping_by_affix(
    unseen: Iterable[str], training: Sequence[str], kind: str, affix: str, *, added: bool
) -> dict[str, str]:
    """Return the training level of each unseen one; the affix is removed if `added`, else added."""
    names = set(training)
    mapping = {}
    for name in unseen:
        if added:
            stem = name.removeprefix(affix) if kind == "prefix" else name.removesuffix(affix)
        else:
            stem = affix + name if kind == "prefix" else name + affix
        if stem != name and stem in names:
            mapping[name] = stem
    return mapping


def abbreviated(
    unseen: Mapping[str, float], vanished: Mapping[str, float], noise: float
) -> dict[str, str] | None:
    """Return the vanished level of each unseen one, by similar shares and by letters.

    Both map levels to shares of rows. None unless each has one, and no vanished level is left.
    """
    left = dict(vanished)
    mapping: dict[str, str] = {}
    for name in sorted(unseen, key=lambda name: (-unseen[name], name)):
        similar = [x for x in left if abs(left[x] - unseen[name]) < noise and _abbreviates(name, x)]
        if not similar:
            return None
        mapping[name] = min(similar, key=lambda x: (abs(left[x] - unseen[name]), x))
        del left[mapping[name]]
    return mapping if mapping and sum(left.values()) < noise else None


def _abbreviates(name: str, other: str) -> bool:
    """Return whether one name is a subsequence of the other with the same first letter."""
    short, long = sorted((_letters_of(name), _letters_of(other)), key=len)
    rest = iter(long)
    return short[:1] == long[:1] and all(letter in rest for letter in short)
