"""Read literal values from the tokens of a program: numbers, strings, lists and objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from skewcheck.parameters.source_code.numbers import number
from skewcheck.parameters.source_code.tokens import Token
from skewcheck.text.errors import ParameterError

MAX_DEPTH = 8
"""Brackets inside of brackets; those of a scaler are three or four deep."""
MAX_READINGS = 2
"""Items that are read for each token: again for each list around them that is no literal."""
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_WORDS: Mapping[str, object] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "None": None,
    "nil": None, "nullptr": None, "undefined": None,
}  # fmt: skip
_WRAPPING = frozenset(
    ("array", "asarray", "tensor", "Tensor", "FloatTensor", "DoubleTensor", "Float32Array",
     "Float64Array", "tensor1d", "freeze", "tuple", "list", "List", "Array", "vector", "float",
     "double", "float32", "float64", "f32", "f64", "Number", "Decimal", "MappingProxyType", "F",
     "PSTR", "String", "from", "ArrayList", "Some", "Ok")
)  # fmt: skip
"""What is called with a value, and has that value: `np.array([1.0])`. A call of anything else, such
as `np.sqrt`, has a value that is not written down."""
_LISTING = frozenset(("of", "asList", "array1", "arr1", "array_of"))
"""What is called with the items of a list: `List.of(1.0, 2.0)`."""
_HARMLESS = frozenset(("reshape", "view", "astype", "float", "double", "to", "unsqueeze", "ravel"))
_TYPE_NAMES = frozenset(("float", "double", "int", "long", "const", "float32_t", "float64_t"))


class Listed(list[object]):
    """A list, and what the comment beside each item says; no names where an item has none."""

    names: tuple[str, ...] = ()


class NotLiteralError(Exception):
    """What stands there is no value that is written down; says in which line, and why."""


class Literals:
    """Reads values at a place among the tokens; `position` is where it stands."""

    def __init__(self, tokens: Iterable[Token], dialect: str) -> None:
        """Read the tokens of a program in a language."""
        self.tokens: list[Token] = []
        """All but the comments."""
        self.comments: dict[int, list[str]] = {}
        """By line."""
        self.dialect = dialect
        self.position = 0
        self._left = 0
        """Items that may still be read."""
        self.known: dict[str, object] = {}
        """Constants by name that are known so far, and may stand in a list."""
        for token in tokens:
            if token.kind == "comment":
                self.comments.setdefault(token.line, []).append(token.text)
            else:
                self.tokens.append(token)
        self._left = MAX_READINGS * len(self.tokens)
        self.constant = False
        """Whether the last name that got a value was one of a constant."""
        self._end = Token("end", "", self.tokens[-1].line if self.tokens else 1, -1)

    def at(self, offset: int = 0) -> Token:
        """Return the token there; one of kind `end` where there is none."""
        position = self.position + offset
        return self.tokens[position] if 0 <= position < len(self.tokens) else self._end

    def next(self, count: int = 1) -> Token:
        """Return the token there, and go on behind it, or behind so many."""
        token = self.at()
        self.position += count
        return token

    def skip_harmless_calls(self) -> None:
        """Go on behind calls that change no number: `.reshape(1, -1)`."""
        while self.at().text == "." and self.at(1).text in _HARMLESS and self.at(2).text == "(":
            self.next(3)
            depth = 1
            while depth and self.at().kind != "end":
                text = self.next().text
                depth += (text == "(") - (text == ")")

    def value(self, depth: int = 0) -> object:
        """Return the value that begins here; NotLiteralError if it is not written down."""
        token = self.at()
        if depth > MAX_DEPTH:
            raise NotLiteralError(f"line {token.line:,}: nested too deep to be a scaler's code")
        if token.kind in ("number", "string"):
            return self._scalar()
        if token.kind == "name":
            return self._named(depth)
        match token.text:
            case "-" | "+":
                return self._signed(depth)
            case "&" | "*":
                self.next()
                return self.value(depth + 1)
            case "[" if self._go_type():
                return self.container(depth)
            case "[" | "{":
                return self.container(depth)
            case "(":
                return self._parenthesised(depth)
        raise self._failure(token.text)

    def _failure(self, what: str) -> NotLiteralError:
        """Return the error about what stands here; without its text, where it has none."""
        said = f"{what[:40]!r} is" if what.strip() else "it is"
        return NotLiteralError(f"line {self.at().line:,}: {said} no value that is written down")

    def _scalar(self) -> object:
        token = self.next()
        if token.kind == "string":
            return token.text
        value = number(token.text, self.dialect)
        if value is None:
            raise NotLiteralError(f"line {token.line:,}: {token.text[:40]!r} is no number")
        if self.at().text == "as" and self.at(1).kind == "name":
            self.next(2)
        return value

    def _signed(self, depth: int) -> object:
        negative = self.next().text == "-"
        value = self.value(depth + 1)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._failure("-" if negative else "+")
        return -float(value) if negative else value

    def _go_type(self) -> bool:
        """Go on behind `[]float64` or `[3]float64`, if this is a type before its braces."""
        length = 2 if self.at(1).text == "]" else 3
        if self.at(length - 1).text != "]" or self.at(length).kind != "name":
            return False
        while self.at(length + 1).text == "." and self.at(length + 2).kind == "name":
            length += 2
        if self.at(length + 1).text != "{":
            return False
        self.next(length + 1)
        return True

    def _parenthesised(self, depth: int) -> object:
        if self.at(1).text in _TYPE_NAMES and self.at(2).text == ")":
            self.next(3)
            return self.value(depth + 1)
        items = self.container(depth)
        return items[0] if isinstance(items, list) and len(items) == 1 else items

    def _named(self, depth: int) -> object:
        """Return the value behind a name: of a constant, a type with braces, a call."""
        name = self.next().text
        if name == "new":
            return self._new(depth)
        while self.at().text in (".", "::") and self.at(1).kind == "name":
            self.next()
            name = self.next().text
        if self.at().text in ("<", "::") or (name == "map" and self.at().text == "["):
            self._skip_type()
        if self.at().text == "!" and name in ("vec", "array", "arr1"):
            self.next()
            return self.container(depth)
        match self.at().text:
            case "(" if name in _LISTING or name.endswith("ArrayOf"):
                return self.container(depth)
            case "(" if name in _WRAPPING:
                return self._wrapped(depth)
            case "{":
                return self.container(depth)
        if name in _WORDS:
            return _WORDS[name]
        if isinstance(value := self.known.get(name), int | float):
            return value
        raise self._failure(name)

    def _new(self, depth: int) -> object:
        """Return what Java or JavaScript makes anew: `new double[] {1.0}`, `new Map([...])`."""
        if self.at(1).text == "[":
            while self.at().text != "{":
                if self.at().text in (";", "(", "=") or self.at().kind == "end":
                    raise self._failure("new")
                self.next()
            return self.container(depth)
        return self._named(depth)

    def _skip_type(self) -> None:
        """Go on behind the parameters of a type: `<float, 3>`, `[string]float64`."""
        for _ in range(20):
            if self.at().text in ("{", "(", ";", ""):
                return
            self.next()

    def _wrapped(self, depth: int) -> object:
        """Return the first argument of a call."""
        self.next()
        value = self.value(depth + 1)
        nested = 1
        while nested:
            token = self.next()
            nested += (token.text in _CLOSING) - (token.text in _CLOSING.values())
            if token.kind == "end":
                raise self._failure("")
            if (
                nested == 1
                and token.text not in (",", "=", ".", ":", ")", "]", "}")
                and (token.kind == "sign" or token.text == "for")
            ):
                raise self._failure(token.text)
        return value

    def container(self, depth: int) -> list[object] | dict[str, object]:
        """Return what stands in brackets: a list, or an object if its items have keys."""
        opening = self.next()
        closing = _CLOSING[opening.text]
        items, lines, keys = Listed(), list[int](), list[str]()
        while self.at().text != closing or self.at().kind != "sign":
            if self.at().kind == "end":
                raise NotLiteralError(
                    f"line {opening.line:,}: {opening.text} opens what nothing closes"
                )
            if self._plain_number(items, lines, closing):
                continue
            key = self._key()
            keys += [] if key is None else [key]
            lines.append(self.at().line)
            self._left -= 1
            if self._left < 0:
                raise ParameterError(
                    f"line {opening.line:,}: nested too deep to be a scaler's code"
                )
            items.append(self.value(depth + 1))
            if self.at().text == ",":
                self.next()
            elif self.at().text != closing:
                raise self._failure(self.at().text)
        self.next()
        if keys:
            return self._object(keys, items)
        items.names = self._comments(lines)
        return items

    def _plain_number(self, items: Listed, lines: list[int], closing: str) -> bool:
        """Add a number with its comma, and go on behind it: what a table holds thousands of."""
        token, behind = self.at(), self.at(1)
        if token.kind != "number" or behind.text not in (",", closing):
            return False
        value = number(token.text, self.dialect)
        if value is None:
            return False
        items.append(value)
        lines.append(token.line)
        self._left -= 1
        self.position += 2 if behind.text == "," else 1
        return True

    def _key(self) -> str | None:
        """Return the key of an item and go on behind it; None if it has none."""
        offset = int(self.at().text == "." and self.at().kind == "sign")
        key, sign = self.at(offset), self.at(offset + 1)
        separators = ("=",) if offset else (":", "=")
        if key.kind not in ("name", "string") or sign.text not in separators:
            return None
        self.next(offset + 2)
        return key.text

    def _object(self, keys: list[str], items: Sequence[object]) -> dict[str, object]:
        if len(keys) != len(items):
            raise self._failure("")
        members: dict[str, object] = {}
        for key, item in zip(keys, items, strict=True):
            if key in members and members[key] != item:
                raise NotLiteralError(f"line {self.at().line:,}: key {key!r} stands twice")
            members[key] = item
        return members

    def _comments(self, lines: Sequence[int]) -> tuple[str, ...]:
        """Return what the comments beside the items say, if each has a line and a comment.

        Beside a single item stands what the list is, and not whose number it is.
        """
        said = [self.comments.get(line, []) for line in lines]
        if len(lines) < 2 or len({*lines}) < len(lines) or any(len(texts) != 1 for texts in said):
            return ()
        names = tuple(_name(texts[0]) for texts in said)
        return names if all(names) and len({*names}) == len(names) else ()


_POSITION = re.compile(r"^(?:\[\d+\]\s*[:=.)-]?|\d+\s*[:=.)-])\s*")


def _name(comment: str) -> str:
    """Return the name in a comment: `[0] fare` and `0: fare` say of which item it is."""
    name = _POSITION.sub("", comment).strip().strip("'\"`")
    return name if len(name) <= 100 and "\n" not in name and not name.isdigit() else ""
