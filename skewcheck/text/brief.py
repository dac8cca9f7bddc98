"""A result as one line of code, for a prompt or a failing assertion: bounded, whatever it holds."""

from __future__ import annotations

from reprlib import Repr

_BRIEF = Repr()
_BRIEF.maxstring = _BRIEF.maxother = 40
_BRIEF.maxlist = _BRIEF.maxtuple = 4


def brief(kind: str, /, **fields: object) -> str:
    """Return `Name(field=value, ...)`; texts are cut to 40 characters, lists to 4 members.

    Control characters are escapes, as `repr` has them.
    """
    members = ", ".join(f"{key}={_BRIEF.repr(value)}" for key, value in fields.items())
    return f"{kind}({members})"
