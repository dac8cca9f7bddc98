"""What weakens a gate by the files that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skewcheck.config.types import portable
from skewcheck.config.weaker import Pair, Rule, different, locked
from skewcheck.results.policy import Weakening


def _audited(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield parameters or logs that a settings file names, and that are others than a lock's.

    Whoever changes the file could have another model, or a clean log, audited instead. What the
    command line names is up to whoever writes that: `verify` tells whether it is what was locked.
    """
    if key in pair.data:
        yield from locked(key, pair)


def _history(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield older files that a lock does not have: by one of them a fault may be negligible."""
    files, of_base = ({*map(portable, s.history)} for s in (pair.settings, pair.base))
    if not files <= of_base:
        yield from locked(key, pair)


def _baseline(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield another baseline, where a lock has windows or segments to compare with it."""
    if pair.base.every is not None or pair.base.by:
        yield from locked(key, pair)


def _of_file(key: str, pair: Pair) -> bool:
    """Return whether an option is from a settings file, which whoever changes it may bring."""
    file = pair.settings.file
    return file is not None and key in file.keys


def _reference(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield another reference than a lock's; without a lock, one that a settings file names.

    It stands in for what training knew.
    """
    if pair.locked or _of_file(key, pair):
        yield from different(key, pair)


def _state(key: str, pair: Pair) -> Iterator[Weakening]:
    """Yield another memory than a lock's, of alarms, or one that a settings file names.

    Who brings such a file may bring the folder as well, with counts that no log gave.
    """
    of_alarms = pair.settings.only_new_alarms and pair.base.only_new_alarms
    if of_alarms or _of_file(key, pair):
        yield from locked(key, pair)


RULES: Mapping[str, Rule] = {
    "parameters": _audited, "logs": _audited, "reference": _reference,
    "baseline": _baseline, "history": _history, "state": _state,
}  # fmt: skip
"""By option."""
