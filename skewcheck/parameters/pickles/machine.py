"""The pickle stack machine: stack, marks and memo, without the instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skewcheck.parameters.pickles.literals import LITERALS
from skewcheck.parameters.pickles.stream import BYTES_PER_INSTRUCTION, Stream, damaged

_CODES = [bytes([code]) for code in range(256)]
_LITERALS = [LITERALS.get(code) for code in _CODES]
_STOP, _LONG_BINGET, _MEMOIZE = b".j\x94"


class Machine:
    """A stack, its marks and a memo."""

    __slots__ = ("marks", "memo", "nested", "operations", "stack", "stream")

    def __init__(self, stream: Stream, operations: Operations, nested: bool = False) -> None:
        """Create a machine; `nested` for the pickle of an object array inside a joblib file."""
        self.stream = stream
        self.operations = operations
        self.nested = nested
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        """Execute instructions up to STOP and return the resulting object."""
        stream, stack, memo, content = self.stream, self.stack, self.memo, self.stream.content
        operations = [self.operations.get(code) for code in _CODES]
        size = len(content)
        while True:
            # `take` and `spend` without their calls, which were half of the time.
            position = stream.position
            if position >= size:
                raise damaged("it ends in the middle")
            code = content[position]
            stream.position = position + 1
            stream.memory -= BYTES_PER_INSTRUCTION
            if stream.memory < 0:
                stream.spend(0)
            if (
                code == _MEMOIZE
            ):  # this and the next are half of the instructions of pandas' objects
                if len(stack) <= (self.marks[-1] if self.marks else 0):
                    raise damaged("it takes what is not there")
                memo[len(memo)] = stack[-1]
            elif code == _LONG_BINGET:
                self.get(int.from_bytes(stream.take(4), "little"))
            elif (literal := _LITERALS[code]) is not None:
                stack.append(literal(stream))
            elif code == _STOP:
                return self.pop()
            else:
                operation = operations[code]
                if operation is None:
                    raise damaged(f"byte {position:,} is no instruction")
                operation(self)

    def pop(self) -> object:
        """Remove and return the top of the stack; ParameterError if the last mark is reached."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise damaged("it takes what is not there")
        return self.stack.pop()

    def top(self) -> object:
        """Return the top of the stack without removing it."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise damaged("it takes what is not there")
        return self.stack[-1]

    def pop_to_mark(self) -> list[object]:
        """Remove the last mark and return all values above it."""
        if not self.marks:
            raise damaged("it takes what is not there")
        mark = self.marks.pop()
        values = self.stack[mark:]
        del self.stack[mark:]
        return values

    def get(self, key: int) -> None:
        """Push the memo's value under a number."""
        if key not in self.memo:
            raise damaged("it refers to what is not there")
        self.stack.append(self.memo[key])

    def put(self, key: int) -> None:
        """Store the top of the stack in the memo."""
        self.memo[key] = self.top()


Operations = Mapping[bytes, Callable[[Machine], None]]
"""Instructions that are no literals, by opcode."""
