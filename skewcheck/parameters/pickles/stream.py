"""A cursor over the bytes of a pickle, with a memory budget for the values read from it."""

from __future__ import annotations

from skewcheck.text.errors import ParameterError

MEMORY_BUDGET = 256 * 2**20
"""Bytes that the objects of one file may take."""
BYTES_PER_INSTRUCTION = 128
"""About what one instruction allocates; 2 million instructions use up the budget."""


class Stream:
    """A cursor over the content, with a memory budget.

    Each instruction and each copy is charged, so that neither a small file that copies the same
    value repeatedly nor one that announces a gigabyte uses much memory.
    """

    __slots__ = ("content", "memory", "position")

    def __init__(self, content: bytes, memory: int = MEMORY_BUDGET) -> None:
        """Start at the first byte."""
        self.content = content
        self.position = 0
        self.memory = memory

    def spend(self, size: int) -> None:
        """Charge `size` bytes; ParameterError if the budget is used up."""
        self.memory -= size
        if self.memory < 0:
            raise ParameterError(
                "refused: it would grow to more than 256 MiB; nothing was executed"
            )

    def skip(self, size: int) -> int:
        """Skip `size` bytes and return their start; ParameterError past the end."""
        start = self.position
        if size > len(self.content) - start:
            raise damaged("it ends in the middle")
        self.position = start + size
        return start

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        start = self.skip(size)
        return self.content[start : start + size]

    def take_prefixed(self, width: int) -> bytes:
        """Return bytes that follow their own length, of `width` bytes in little-endian order."""
        data = self.take(int.from_bytes(self.take(width), "little"))
        self.spend(len(data))
        return data

    def line(self) -> bytes:
        """Return the bytes up to the next line feed, and skip that."""
        end = self.content.find(b"\n", self.position)
        if end < 0:
            raise damaged("it ends in the middle")
        line_bytes = self.content[self.position : end]
        self.spend(len(line_bytes))
        self.position = end + 1
        return line_bytes.removesuffix(b"\r")


def damaged(reason: str) -> ParameterError:
    """Return the error about content that no pickler writes."""
    return ParameterError(f"is no whole pickle: {reason}; copy it again or save it anew")
