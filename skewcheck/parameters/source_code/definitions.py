"""Find what a program gives a name to: `MEAN = [...]`, `const float kStd[] = {...}`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from skewcheck.parameters.source_code.literals import Literals, NotLiteralError
from skewcheck.parameters.source_code.tokens import Token

DIALECTS = {
    ".h": "c", ".hpp": "c", ".c": "c", ".cpp": "c", ".ino": "c", ".js": "js", ".ts": "js",
    ".py": "py", ".java": "java", ".go": "go", ".rs": "rs",
}  # fmt: skip
"""How comments and strings begin, by the ending of the file's name."""
MAX_HEAD = 30
"""Tokens before `=` that are looked at: types are shorter."""
_BEGINNINGS = frozenset(("#", "=", ":=", ":", "{", "return", "default"))
"""Where a definition may be; all other tokens are passed by."""
_CONSTANT = frozenset(("const", "constexpr", "final", "static", "readonly", "consteval", "define"))
_ATTRIBUTES = frozenset(("PROGMEM", "ICACHE_RODATA_ATTR", "DRAM_ATTR", "RODATA"))
"""What may stand between the name of an array and `=`, as may `__attribute__((...))`."""
_DECLARING = frozenset(("var", "let", "const", "static", "mut"))
_GOES_ON = frozenset(
    (".", "*", "/", "+", "-", "%", "[", "(", "?", "<", ">", "=", "==", "|", "&", "^")
)
"""Signs behind a value that make another of it."""
_CHANGES_NOTHING = frozenset(("as", "satisfies", "PROGMEM"))
"""Words behind a value that leave it as it is."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A name that a program gives to a value that is written down."""

    name: str
    """Empty for what is returned or exported without one."""
    value: object
    line: int
    constant: bool = True
    """Whether the value can be taken for one that stays: no variable of a function."""
    problem: str = ""
    """Why the list has no value that is written down; empty if it has."""

    def __str__(self) -> str:
        """Name it with its line."""
        return f"{self.name or 'what stands there'} (line {self.line:,})"


def definitions(text: str, reader: Literals) -> Iterator[Definition]:
    """Yield what is defined, in order; a list that is no literal has a `problem`."""
    while reader.position < len(reader.tokens):
        if reader.at().text not in _BEGINNINGS:
            reader.position += 1
            continue
        found = _define(reader) or _assigned(text, reader) or _anonymous(reader)
        if found is None:
            reader.position += 1
            continue
        if found.problem:
            reader.position += 1
        elif found.name:
            # A name of two numbers is no constant that a list may hold.
            known = reader.known.setdefault(found.name, found.value)
            if known != found.value:
                reader.known[found.name] = None
        yield found


def _define(reader: Literals) -> Definition | None:
    """Return what a macro without arguments stands for."""
    words = [reader.at(offset) for offset in range(4)]
    if reader.dialect != "c" or [w.text for w in words[:2]] != ["#", "define"]:
        return None
    name, value = words[2], words[3]
    adjoining = value.start == name.start + len(name.text)  # `SCALE(x)` takes an argument
    if name.kind != "name" or value.line != name.line or (value.text == "(" and adjoining):
        return None
    return _literal(reader, 3, name, constant=True)


def _assigned(text: str, reader: Literals) -> Definition | None:
    """Return what stands left and right of `=`, or of `:` in an object that is no literal."""
    sign = reader.at()
    if sign.text in ("=", ":=") and sign.kind == "sign":
        head = _head(reader)
        name = _name(head, reader.dialect)
        if name is None:
            return None
        # `const float mean = 1, std = 2;` says of both that they are constants.
        goes_on = reader.at(-len(head) - 1).text == "," and reader.dialect in ("c", "js", "java")
        if not (goes_on and reader.constant):
            reader.constant = _is_constant(text, head, name, sign, reader.dialect)
        return _literal(reader, 1, name, constant=reader.constant)
    before, behind = reader.at(-1), reader.at(1)
    is_list = behind.text in ("[", "{") or behind.kind == "name"
    if sign.text == ":" and is_list and before.kind in ("name", "string"):
        member = _literal(reader, 1, before, constant=False)
        return member if member is not None and isinstance(member.value, list | dict) else None
    if reader.dialect == "c" and sign.text == "{":
        return _initialised(reader)
    return None


def _initialised(reader: Literals) -> Definition | None:
    """Return what C++ defines without `=`: `std::array<float, 3> kMean{1.0f, 2.0f, 3.0f};`."""
    length = 0
    if reader.at(-1).text == "]":
        length = 2 if reader.at(-2).text == "[" else 3
    name, kind = reader.at(-length - 1), reader.at(-length - 2).text
    if name.kind != "name" or kind not in (">", "float", "double"):
        return None
    found = _literal(reader, 0, name, constant=True)
    return found if found is not None and not found.problem else None


def _anonymous(reader: Literals) -> Definition | None:
    """Return what is returned or exported without a name."""
    word, behind = reader.at(), reader.at(1)
    if word.text not in ("return", "default") or word.kind != "name" or behind.text not in "[{(":
        return None
    nameless = word._replace(text="")
    found = _literal(reader, 1, nameless, constant=True)
    return found if found is not None and isinstance(found.value, dict) else None


def _literal(reader: Literals, offset: int, name: Token, *, constant: bool) -> Definition | None:
    """Return the definition by the value that begins there, behind which the reader then stands.

    None, and the reader where it was, if no value is written down there; the reader where it was,
    and the problem, if it is a list.
    """
    start = reader.position
    reader.position += offset
    first = reader.at()
    try:
        value = reader.value()
        reader.skip_harmless_calls()
        if _goes_on(reader, offset, value):
            raise NotLiteralError(f"line {first.line:,}: more is computed with it")
    except NotLiteralError as problem:
        reader.position = start
        is_list = first.text in ("[", "{") or first.kind == "name"
        if not is_list:
            return None
        return Definition(name.text, None, name.line, constant, str(problem))
    return Definition(name.text, value, name.line, constant)


def _goes_on(reader: Literals, offset: int, value: object) -> bool:
    """Return whether what stands behind a value makes another of it."""
    last, behind = reader.at(-1), reader.at()
    is_macro = offset == 3
    same_line = behind.line == last.line
    if behind.kind == "end" or (not same_line and (is_macro or reader.dialect in ("py", "go"))):
        return False
    if behind.kind == "sign":
        # Python makes a tuple of `1.0, 2.0`; lists there are arguments of a call.
        is_tuple = behind.text == "," and reader.dialect == "py" and not isinstance(value, list)
        return behind.text in _GOES_ON or is_tuple
    return same_line and behind.text not in _CHANGES_NOTHING


def _head(reader: Literals) -> list[Token]:
    """Return what stands before `=` in its statement, on its line in languages of lines."""
    head: list[Token] = []
    sign, depth = reader.at(), 0
    for offset in range(1, MAX_HEAD + 1):
        token = reader.at(-offset)
        other_line = token.line != sign.line and bool(head) and reader.dialect != "c"
        depth += (token.text in (")", "]", ">")) - (token.text in ("(", "[", "<"))
        ends = token.text in ("{", "}", "=", ":=") or (token.text in (",", ";") and depth <= 0)
        if token.text == "," and depth <= 0 and _unpacks(reader, offset):
            return []
        if token.kind == "end" or depth < 0 or ends or other_line:
            break
        head.insert(0, token)
    return head


def _unpacks(reader: Literals, comma: int) -> bool:
    """Return whether a comma before `=` separates names that get a value each: `a, b = 1, 2`."""
    before, second = reader.at(-comma - 1), reader.at(-comma - 2)
    return reader.dialect in ("py", "go") and before.kind == "name" and second.text != "="


def _name(head: list[Token], dialect: str) -> Token | None:
    """Return the name that is defined: the last one, but in front of a type or an attribute."""
    if dialect in ("go", "rs", "js") and head and head[0].text in (*_DECLARING, "pub", "export"):
        for token in head:
            if token.kind == "name" and token.text not in (*_DECLARING, "pub", "export", "crate"):
                return token
    while head:
        colon = next((i for i, token in enumerate(head) if token.text == ":"), 0)
        if colon and dialect in ("js", "py", "rs"):
            head = head[:colon]
        last = head[-1]
        if last.kind == "name" and last.text not in _ATTRIBUTES and not last.text.startswith("__"):
            return last
        if last.text in ("]", ")"):
            opening = {"]": "[", ")": "("}[last.text]
            depth = 0
            while head:
                depth += (head[-1].text == last.text) - (head[-1].text == opening)
                head = head[:-1]
                if not depth:
                    break
        elif last.kind == "name":
            head = head[:-1]
        else:
            return None
    return None


def _is_constant(text: str, head: list[Token], name: Token, sign: Token, dialect: str) -> bool:
    """Return whether a number is a constant, and no variable of a function."""
    if any(token.text in _CONSTANT for token in head):
        return True
    if len(name.text) > 1 and name.text == name.text.upper():
        return True
    if dialect == "go" and sign.text == "=" and len(head) == 1 and name.text[0].isupper():
        return True
    start = head[0].start
    return start == 0 or text[start - 1] == "\n"
