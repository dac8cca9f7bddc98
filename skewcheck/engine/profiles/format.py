"""The bytes of a profile's file: magic, version, checksum, a head in JSON, and blocks of counts.

docs/profiles.md says what each byte means. The head says how long the blocks are; what is in them
is `counts.codec`'s. A file is read twice: once from end to end for its checksum, and then block by
block, so that no more than one block is in memory.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, NoReturn

from skewcheck import __version__
from skewcheck.counts.codec import DamagedError, OtherVersionError, from_bytes
from skewcheck.logs.magic import PROFILE
from skewcheck.logs.storage import open_bytes
from skewcheck.logs.trouble import shown, trouble

VERSION = 1
"""Of the bytes; a newer one is refused."""
_BEGIN = struct.Struct("<8sI32s")
"""Magic, version, SHA-256 of all that follows."""
_LENGTH = struct.Struct("<Q")
"""Bytes of the head."""
MAX_HEAD = 256 << 20
"""Bytes of a head: of 5,000 features and 20,000 files it has three million."""
MAX_BLOCK = 4 << 30
"""Bytes of a block: a profile does not grow with the rows, and one of 5,000 features has 40 MB."""
MAX_BLOCKS = 100_000
_CHUNK = 1 << 20
"""Bytes that are read at once for the checksum."""
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Packed:
    """A profile's file whose checksum is right."""

    path: str
    name: str
    """For reports and messages."""
    head: Json
    digest: bytes
    blocks: tuple[tuple[int, int], ...]
    """Where each block begins in the file, and its bytes."""

    def block(self, number: int) -> object:
        """Return what is in a block; LogError where it is damaged, or of another version."""
        place, length = self.blocks[number]
        with open_bytes(self.path) as file:
            file.seek(place)
            data = file.read(length)
        try:
            return from_bytes(data, strict=True)
        except DamagedError as error:
            refuse(self.name, error, self.head)


def refuse(name: str, error: DamagedError, head: Json | None = None) -> NoReturn:
    """Raise the LogError of a profile that cannot be read; `head` says what wrote it."""
    tool = head.get("tool") if head is not None else None
    if isinstance(error, OtherVersionError) and isinstance(tool, str):
        raise trouble(
            name, f"a profile that skewcheck {shown(tool)} wrote, and this is {__version__}, which"
            " counts otherwise: write it with the same version",
        ) from None  # fmt: skip
    raise trouble(name, f"a damaged profile ({error}): write or copy it again") from None


def put(file: BinaryIO, head: Json, blocks: Sequence[bytes]) -> None:
    """Write a profile. The head must not have a key `blocks`, which is added."""
    lengths = {**head, "blocks": [len(block) for block in blocks]}
    text = json.dumps(lengths, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    digest = sha256()
    for part in (_LENGTH.pack(len(text)), text, *blocks):
        digest.update(part)
    file.write(_BEGIN.pack(PROFILE, VERSION, digest.digest()))
    for part in (_LENGTH.pack(len(text)), text, *blocks):
        file.write(part)


def opened(path: str, name: str) -> Packed:
    """Open a profile: its head is read, and its checksum verified.

    LogError, which names the file, for one that is damaged, cut, or of a newer version.
    """
    try:
        with open_bytes(path) as file:
            return _opened(file, path, name)
    except DamagedError as error:
        refuse(name, error)


def _opened(file: object, path: str, name: str) -> Packed:
    read = getattr(file, "read")  # noqa: B009  # of any kind of file
    begin: bytes = read(_BEGIN.size)
    if len(begin) < _BEGIN.size:
        raise DamagedError("cut")
    _, version, expected = _BEGIN.unpack(begin)
    if version > VERSION:
        raise trouble(
            name, f"a profile of version {version}, and this skewcheck knows {VERSION}: update it"
        )
    digest = sha256()
    begin = read(_LENGTH.size)
    digest.update(begin)
    if len(begin) < _LENGTH.size or (length := _LENGTH.unpack(begin)[0]) > MAX_HEAD:
        raise DamagedError("cut" if len(begin) < _LENGTH.size else "its head is too long")
    text: bytes = read(length)
    digest.update(text)
    size = 0
    while chunk := read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    if digest.digest() != expected:
        raise DamagedError("cut, or the checksum is another")
    head = parsed(text)
    start, blocks = _BEGIN.size + _LENGTH.size + length, []
    for block in _lengths(head):
        blocks.append((start, block))
        start += block
    if start != _BEGIN.size + _LENGTH.size + length + size:
        raise DamagedError("blocks of another length")
    return Packed(path, name, head, expected, tuple(blocks))


def parsed(text: bytes) -> Json:
    """Return the head; DamagedError where it is no object of JSON."""
    try:
        head = json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedError("no head") from None
    if not isinstance(head, dict):
        raise DamagedError("no head")
    return head


def _lengths(head: Json) -> list[int]:
    blocks = head.get("blocks")
    if not isinstance(blocks, list) or len(blocks) > MAX_BLOCKS:
        raise DamagedError("blocks of another length")
    lengths = [n for n in blocks if isinstance(n, int) and 0 <= n <= MAX_BLOCK]
    if len(lengths) < len(blocks):
        raise DamagedError("blocks of another length")
    return lengths
