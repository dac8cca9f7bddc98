"""The pickle stack machine: stack, marks and memo, without the instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skewcheck.parameters.pickles.literals import LITERALS
from skewcheck.parameters.pickles.stream import BYTES_PER_INSTRUCTION, Stream, damaged


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
        stream, stack, content = self.stream, self.stack, self.stream.content
        while True:
            # `take` and `spend` without their calls, which were half of the time.
            position = stream.position
            code = content[position : position + 1]
            stream.position = position + 1
            stream.memory -= BYTES_PER_INSTRUCTION
            if not code or stream.memory < 0:
                stream.position = position
                stream.spend(0)
                stream.skip(1)
            literal = LITERALS.get(code)
            if literal is not None:
                stack.append(literal(stream))
            elif code == b".":
                return self.pop()
            else:
                operation = self.operations.get(code)
                if operation is None:
                    raise damaged(f"byte {stream.position - 1:,} is no instruction")
                operation(self)

    def pop(self) -> object:
        """Remove and return the top of the stack; ParameterError if the last mark is reached."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise damaged("it takes what is not there")
        return self.stack.pop()

    def top(self) -> object:
        """Return the top of the stack without removing it."""
        value = self.pop()
        self.stack.append(value)
        return value

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
