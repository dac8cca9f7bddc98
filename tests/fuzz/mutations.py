"""Damage of every kind: of bytes, of JSON trees, of zip members, of compressed streams."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import zipfile
import zlib
from collections.abc import Callable

from seeds import Files

Chance = random.Random
Content = Callable[[bytes, Chance], bytes]

PACKERS = ((b"\x1f\x8b", gzip), (b"\x78", zlib), (b"BZh", bz2), (b"\xfd7zXZ", lzma))
WORDS = (
    b"mean", b"std", b"scale_", b"min_", b"feature_names", b"class", b"type", b"NaN", b"Infinity",
    b"-1e308", b"1e999", b"99999999999999999999", b"null", b"{}", b"[]", b"\"", b"<", b"&x;", b"\0",
    b"\x80\x04", b"\x94", b"R", b"b", b"cposix\nsystem\n", b"c__builtin__\neval\n",
    b"(S'true'\ntR.", b"c__main__\nLogScaling\n", b"cdill._dill\n_create_function\n",
    b"cdill._dill\n_import_module\n(Vos\ntR", b"cdill._dill\n_create_array\n", b"\x93", b"\x81",
    b"../../x", b"\x1b[31m", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80",
    b"<!DOCTYPE a [<!ENTITY x 'xx'>]>", b"!!python/object/apply:os.system ['true']", b"&a [*a]",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 1e308, -1e308, 5e-324, 10**30, float("nan"), float("inf"), "", "x",
    "\x1b[31m", "mean", [], {}, [[]], [None], [1, 2, 3], [[1, 2], [3]], {"x": 1}, {"": ""},
    ["a", "a"],
)  # fmt: skip


def damaged(files: Files, chance: Chance) -> Files:
    """Return the files with one or several of them damaged, or one left out."""
    found = dict(files)
    if len(found) > 1 and chance.random() < 0.1:
        del found[chance.choice(sorted(found))]
    for name in chance.sample(sorted(found), min(len(found), chance.choice((1, 1, 1, 3)))):
        found[name] = _damaged(found[name], chance)
    return found


def _damaged(content: bytes, chance: Chance) -> bytes:
    kinds: list[Content] = [_bytes, _bytes, _cut]
    if content[:1] in (b"{", b"["):
        kinds += [_tree] * 4
    if content[:4] == b"PK\x03\x04":
        kinds += [_member] * 4
    if any(content.startswith(magic) for magic, _ in PACKERS):
        kinds += [_packed] * 4
    return chance.choice(kinds)(content, chance)


def _bytes(content: bytes, chance: Chance) -> bytes:
    """Change, insert, remove or repeat a few bytes."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        at, size = chance.randrange(len(found) + 1), chance.choice((0, 1, 1, 2, 4, 30))
        other = chance.randrange(len(found) + 1)
        found[at : at + size] = chance.choice(
            (b"", chance.randbytes(max(size, 1)), chance.choice(WORDS), found[other : other + 40])
        )
    return bytes(found)


def _cut(content: bytes, chance: Chance) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _tree(content: bytes, chance: Chance) -> bytes:
    """Change one place of a JSON tree; a line of JSON stays one."""
    try:
        value = json.loads(content)
    except ValueError:
        return _bytes(content, chance)
    for _ in range(chance.choice((1, 1, 3))):
        value = _changed(value, chance)
    if chance.random() < 0.01:
        deep = chance.choice((60, 20_000))
        return b"[" * deep + b"]" * deep
    return json.dumps(value).encode()


def _changed(value: object, chance: Chance) -> object:
    here = chance.random() < 0.3
    if isinstance(value, dict) and value and not here:
        key = chance.choice(list(value))
        other = chance.choice(list(value))
        how = chance.randrange(6)
        if how == 0:
            return {k: v for k, v in value.items() if k != key}
        if how == 1:
            return {chance.choice((other, "mean", "x", "", "\x1b[2J")) if k == key else k: v
                    for k, v in value.items()}  # fmt: skip
        return {k: _changed(v, chance) if k == key else v for k, v in value.items()}
    if isinstance(value, list) and value and not here:
        at = chance.randrange(len(value))
        some = [value[chance.randrange(len(value))]] * chance.choice((0, 1, 2))
        inner = some if chance.random() < 0.3 else [_changed(value[at], chance)]
        return [*value[:at], *inner, *value[at + 1 :]]
    return chance.choice(VALUES)


def _member(content: bytes, chance: Chance) -> bytes:
    """Damage a member of a zip, whose own sums are right again."""
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
            members = {info.filename: old.read(info) for info in old.infolist()}
            name = chance.choice(sorted(members))
            members[name] = _damaged(members[name], chance)
            for path, inner in members.items():
                if chance.random() > 0.03:
                    new.writestr(path, inner, zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, ValueError, zlib.error):
        return _bytes(content, chance)
    return buffer.getvalue()


def _packed(content: bytes, chance: Chance) -> bytes:
    """Damage what a compressed stream holds."""
    packer = next(packer for magic, packer in PACKERS if content.startswith(magic))
    try:
        inner = packer.decompress(content)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return _bytes(content, chance)
    return packer.compress(_damaged(inner, chance))
