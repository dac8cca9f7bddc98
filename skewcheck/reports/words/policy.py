"""Where a policy is from, and what weakens a gate, in words."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.reports.words.phrases import names
from skewcheck.results.audit import Audit
from skewcheck.results.policy import InForce, Weakening
from skewcheck.text.printable import printable

MOST_WEAKENINGS = 50
"""Weakenings in one sentence: the 25 options and 16 thresholds of a gate, and some of the tables
and waivers, which come last."""
_MOST_NAMES = 3
"""Names of features beside an option."""
_KEY = 80
"""Columns of an option's key, which holds a pattern."""
_VALUE = 60
"""Columns of an option's value."""


def policy_texts(audit: Audit) -> list[str]:
    """Return what every report says of the policy, safe; nothing where it is the default one."""
    force = audit.in_force
    if force is None:
        return []
    return [text for text in (source_text(force), weaker_text(force)) if text]


def source_text(force: InForce) -> str:
    """Return which file set what, and what it reads from elsewhere; empty without a file."""
    if force.file is None:
        return ""
    keys = ", ".join(printable(key, _KEY) for key in force.keys)
    gate = "" if force.gate is None else f" [audit.{printable(force.gate, _KEY)}]"
    text = f"settings of {printable(force.file, 200)}{gate}: {keys or 'none of an audit'}"
    if force.outside:
        paths = [f"{key} {printable(path, 200)}" for key, path in force.outside[:_MOST_NAMES]]
        more = len(force.outside) - _MOST_NAMES
        paths += [f"{more:,} more"] if more > 0 else []
        text += f"; read from outside of its folder: {', '.join(paths)}"
    return f"{text}; policy {_short(force.fingerprint)}"


def _short(fingerprint: str) -> str:
    """Return a fingerprint with its first 12 digits: enough to tell the policies of a house."""
    kind, _, digits = fingerprint.partition(":")
    return f"{kind}:{digits[:12]}"


def weaker_text(force: InForce) -> str:
    """Return what weakens the gate against the defaults; empty where nothing does."""
    if not force.weaker:
        return ""
    return f"the gate is weaker than by default: {_listed(force.weaker, 'default')}"


def weaker_than_lock(weaker: Sequence[Weakening]) -> str:
    """Return what is weaker than a policy lock, by key, with both values."""
    return f"the policy is weaker than this lock: {_listed(weaker, 'lock')}"


def _listed(weaker: Sequence[Weakening], of_base: str) -> str:
    texts = [_text(weakening, of_base) for weakening in weaker[:MOST_WEAKENINGS]]
    more = len(weaker) - len(texts)
    return "; ".join([*texts, *([f"and {more:,} more"] if more else [])])


def _text(weakening: Weakening, of_base: str) -> str:
    value, base = value_text(weakening.value), value_text(weakening.base)
    of = f" for {names(weakening.features, _MOST_NAMES)}" if weakening.features else ""
    return f"{printable(weakening.key, _KEY)} = {value} ({of_base}: {base}){of}"


def value_text(value: object) -> str:
    """Return the value of an option, safe and cut."""
    if value is None or value == ():
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else f"{value:,}"
    texts = value if isinstance(value, tuple) else (value,)
    return printable(", ".join(printable(str(text), _VALUE) for text in texts), 2 * _VALUE)
