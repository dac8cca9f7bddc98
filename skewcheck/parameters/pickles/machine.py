"""The stack machine that a pickle is a program for, apart from its instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skewcheck.parameters.pickles.literals import LITERALS
from skewcheck.parameters.pickles.stream import EACH, Stream, damaged


class Machine:
    """A stack, its marks and a memo."""

    __slots__ = ("marks", "memo", "nested", "operations", "stack", "stream")

    def __init__(self, stream: Stream, operations: Operations, nested: bool = False) -> None:
        """`nested` is the pickle of objects within a joblib file; that one has no raw arrays."""
        self.stream = stream
        self.operations = operations
        self.nested = nested
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        """Return the object of the pickle that begins here, and stop behind it."""
        stream, stack = self.stream, self.stack
        while True:
            code = stream.take(1)
            stream.spend(EACH)
            literal = LITERALS.get(code)
            if literal is not None:
                stack.append(literal(stream))
            elif code == b".":
                return self.pop()
            else:
                operation = self.operations.get(code)
                if operation is None:
                    raise damaged(f"byte {stream.at - 1:,} is no instruction")
                operation(self)

    def pop(self) -> object:
        """Take the top of the stack, which must lie above the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise damaged("it takes what is not there")
        return self.stack.pop()

    def top(self) -> object:
        """Return the top of the stack and leave it there."""
        found = self.pop()
        self.stack.append(found)
        return found

    def several(self) -> list[object]:
        """Take everything above the last mark, and the mark."""
        if not self.marks:
            raise damaged("it takes what is not there")
        mark = self.marks.pop()
        found = self.stack[mark:]
        del self.stack[mark:]
        return found

    def get(self, key: int) -> None:
        """Push what the memo has under a number."""
        if key not in self.memo:
            raise damaged("it refers to what is not there")
        self.stack.append(self.memo[key])

    def put(self, key: int) -> None:
        """Remember the top of the stack."""
        self.memo[key] = self.top()


Operations = Mapping[bytes, Callable[[Machine], None]]
"""What each opcode does that is no literal."""
