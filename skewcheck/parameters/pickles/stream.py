"""The bytes of a pickle from front to back, and how much may be made of them."""

from __future__ import annotations

from skewcheck.text.errors import ParameterError

ROOM = 256 * 2**20
"""Bytes: what the objects of one file may take."""
EACH = 128
"""Bytes: about what one instruction leaves behind; 2 million of them fill the room."""


class Stream:
    """A cursor over the content, and the room that is left for what is made of it.

    Each operation and each copy pays for what it makes, so that neither a small file that copies
    the same thing again and again nor one that announces a gigabyte gets it.
    """

    __slots__ = ("at", "content", "room")

    def __init__(self, content: bytes, room: int = ROOM) -> None:
        """Begin at the first byte."""
        self.content = content
        self.at = 0
        self.room = room

    def spend(self, size: int) -> None:
        """Take `size` bytes of the room; ParameterError where there is none left."""
        self.room -= size
        if self.room < 0:
            raise ParameterError(
                "refused: it would grow to more than 256 MiB; nothing was executed"
            )

    def skip(self, size: int) -> int:
        """Go over `size` bytes and return where they begin; ParameterError past the end."""
        begin = self.at
        if size > len(self.content) - begin:
            raise damaged("it ends in the middle")
        self.at = begin + size
        return begin

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        begin = self.skip(size)
        return self.content[begin : begin + size]

    def counted(self, width: int) -> bytes:
        """Return the bytes behind their own length, which is `width` bytes, little-endian."""
        found = self.take(int.from_bytes(self.take(width), "little"))
        self.spend(len(found))
        return found

    def line(self) -> bytes:
        """Return what is before the next line feed, and step over that."""
        end = self.content.find(b"\n", self.at)
        if end < 0:
            raise damaged("it ends in the middle")
        found = self.content[self.at : end]
        self.spend(len(found))
        self.at = end + 1
        return found.removesuffix(b"\r")


def damaged(why: str) -> ParameterError:
    """Return the error about a file that no pickler writes."""
    return ParameterError(f"is no whole pickle: {why}; copy it again or save it anew")
