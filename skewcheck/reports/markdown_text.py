"""Text as Markdown that shows just it: nothing becomes markup, a mention, a link or an image.

Escaped with a backslash is what CommonMark and GitHub's tables would take for structure where it
stands, and nothing else: an underscore within a word is none. What GitHub and GitLab look for in
the rendered text (@somebody, #123, !123, ~label, :emoji:, $formula$, addresses, commits) stands in
`<code>`, which they skip, and so do names of the data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from skewcheck.text.printable import count, printable

_TOKEN = re.compile(
    r"""
    (?P<command>`skewcheck\ [a-z]+\ [a-z0-9_]+`)
    |(?P<code>(?<![^\W_])[a-z]+(?:_[a-z]+)+(?!\w))
    |(?P<sought>
        [@#$]
        |:(?=[\w+-]+:)            # an emoji
        |(?<=\w):(?=//)           # an address, and below one without a scheme
        |(?<=[wW]{3})\.
        |!(?=\d)                  # GitLab: a merge request, an epic, a label, a milestone
        |&(?=\d)
        |~(?=["\w])
        |%(?=["\w{])
        |\*(?=iteration:)
        |\[(?=\w+:)               # [issue:123]
        |[\[{](?=[+-])            # GitLab: {+ added +}, [- removed -]
        |(?<=GH)-(?=\d)           # GitHub: an issue
        |(?<!\w)(?=\d*[a-f])[0-9a-f]{7,40}(?!\w)  # a commit
    )
    |(?P<underscores>_+)
    |(?P<pipe>\|)
    |(?P<escaped>
        \\(?=[!-/:-@\[-`{-~]|\Z)  # a backslash that would escape what follows
        |[`*\[\]~]
        |<(?=[A-Za-z/!?]|\Z)
        |&(?=\#?\w+;)
        |(?<!.)>                  # a quotation begins with it
    )
    """,
    re.VERBOSE,
)
_OF_HTML = re.compile(r"[&<>`*\[\]|~\\]|(?<![^\W_])_|_(?![^\W_])")
_BACKTICKS = re.compile(r"`+")


def prose(text: str, *, cell: bool = False) -> str:
    """Return safe text of one line as Markdown; `cell`: within a table.

    Commands and codes of several words stand in code spans.
    """

    def written(match: re.Match[str]) -> str:
        token = match[0]
        match match.lastgroup:
            case "command":
                return code(token[1:-1], cell=cell)
            case "code":
                return code(token, cell=cell) if token in _codes() else token
            case "sought":
                return f"<code>{literal(token)}</code>"
            case "underscores":
                return token if _within_word(match) else r"\_" * len(token)
            case "pipe":
                return r"\|" if cell else token
            case _:
                return f"\\{token}"

    return _TOKEN.sub(written, text)


def _within_word(match: re.Match[str]) -> bool:
    """Whether letters or digits stand on both sides, where `_` is no emphasis (CommonMark 6.2)."""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return before.isalnum() and after.isalnum()


def code(text: str, *, cell: bool = False) -> str:
    """Return safe text as code, in which nothing is looked for; in a table with `cell`.

    A code span, its backticks as many as the text needs; `<code>` in a table for what has `|` or a
    backslash, on which implementations of tables differ.
    """
    if cell and re.search(r"[|\\]", text):
        return html_code(text)
    marks = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    # One space on both sides is taken off again, and parts the marks from backticks of the text.
    edges = {text[:1], text[-1:]}
    pad = " " if "`" in edges or (edges == {" "} and text.strip()) else ""
    return f"{marks}{pad}{text}{pad}{marks}"


def codes(names: Sequence[str], most: int) -> str:
    """Return names, cut, as code and joined by commas; beyond `most` only how many there are."""
    listed = ", ".join(code(printable(name, 40)) for name in names[:most])
    left = len(names) - most
    return f"{listed} and {count(left)} more" if left > 0 else listed


def html_code(text: str) -> str:
    """Return safe text as code where HTML is read and Markdown is not."""
    return f"<code>{literal(text)}</code>"


def literal(text: str) -> str:
    """Return safe text for HTML: what would be markup as character references."""
    return _OF_HTML.sub(lambda match: f"&#{ord(match[0])};", text)


@cache
def _codes() -> frozenset[str]:
    from skewcheck.catalogue.codes import codes

    return frozenset(code for entries in codes().values() for code in entries)
