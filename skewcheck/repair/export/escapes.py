"""Names of the data in source code: printable ASCII alone, whatever they contain."""

from __future__ import annotations

import json

from skewcheck.text.printable import visible

_LONGEST = 80
"""Characters of a name in a comment, where it only helps readers."""


def comment(text: str) -> str:
    """Return text that ends no comment in any language: letters, digits and few signs.

    All else is shown as its code point, `<U+002A>`: ends of comments, of lines and of scripts,
    backslashes (which Java reads in comments), question marks (trigraphs of C), bidi overrides.
    """
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return "".join(c if c.isascii() and (c.isalnum() or c in " _-.:,()[]{}#@=+") else
                   f"<U+{ord(c):04X}>" for c in cut).replace("--", "- -")  # fmt: skip


def python(text: str) -> str:
    """Return a literal of Python."""
    return ascii(str(text))  # subclasses, as of NumPy, have a form of their own


def javascript(text: str) -> str:
    """Return a literal of JavaScript, safe within a page's script as well."""
    return json.dumps(text).replace("<", "\\u003c")


def java(text: str) -> str:
    """Return a literal of Java, where unicode escapes are read before all else: octal ones below
    128."""
    units = text.encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2)]
    return f'"{"".join(map(_java_unit, codes))}"'


def _java_unit(code: int) -> str:
    if code > 126:
        return f"\\u{code:04x}" if code > 127 else "\\177"
    return f"\\{code:03o}" if code < 32 or chr(code) in '"\\' else chr(code)


def c(text: str) -> str:
    """Return a literal of C in UTF-8; a question mark is escaped, lest it begin a trigraph."""
    return f'"{"".join(map(_c_byte, text.encode()))}"'


def _c_byte(code: int) -> str:
    return f"\\{code:03o}" if not 32 <= code < 127 or chr(code) in '"\\?' else chr(code)


def sql_name(text: str) -> str:
    """Return a quoted identifier of SQL, which has no escapes but for quotes."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def sql_text(text: str, character: str) -> str:
    """Return a literal of SQL; what a terminal obeys is made by the function `character`."""
    parts, plain = [], ""
    for letter in text:
        if visible(letter) == letter:
            plain += letter
            continue
        parts += [_quoted(plain)] * bool(plain) + [f"{character}({ord(letter)})"]
        plain = ""
    parts += [_quoted(plain)] * (bool(plain) or not parts)
    return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
