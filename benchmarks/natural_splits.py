"""Mechanisms named where nothing was put in: natural splits of the public sets.

Training is the rows of one level of a column of a real set, the log those of
another level, or of one level of all. No server did anything: whatever differs is the world.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import pandas as pd
from public_sets import SETS, columns, normalization, right, table
from worlds import world

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.results.causes import LIKELY
from skewcheck.results.verdicts import ALARMS

MIN_ROWS = 400
"""Rows that a level must have to be a log of its own."""
MAX_ROWS = 4000
"""Rows of a level that are used, to keep the measurement short."""
MAX_LEVELS = 40
"""Columns of more levels are names and numbers, by which nobody splits a log."""
MAX_LOGS = 6
"""Levels of a column that are used, the most frequent."""
MODES = ("raw", "served")


@dataclass(frozen=True)
class Named:
    """An alarmed feature of a natural split, and its causes."""

    source: str
    split: str
    mode: str
    feature: str
    told: tuple[tuple[str, float], ...]
    """The code and confidence of each cause, best first."""

    @property
    def code(self) -> str:
        """Return the code of the first cause; `none` without one."""
        return self.told[0][0] if self.told else "none"

    @property
    def confidence(self) -> float:
        """Return the confidence of the first cause; 0 without one."""
        return self.told[0][1] if self.told else 0.0

    @property
    def false(self) -> bool:
        """Return whether a mechanism is named as likely, though there was none."""
        known = CAUSES.get(self.code)
        return known is not None and known.mechanical and self.confidence >= LIKELY


def natural_splits(folder: Path) -> list[Named]:
    """Return every alarmed feature of all natural splits of the public sets, raw and served."""
    return [named for path in SETS for named in splits_of(folder / path)]


def splits_of(path: Path, one_in: int = 1) -> list[Named]:
    """Return likewise of one set; with `one_in` of the first of so many splits each."""
    splits = islice(_splits(table(path)), 0, None, one_in)
    source = path.parent.name
    return [named for split, train, log in splits for named in _audited(source, split, train, log)]


def rates(found: list[Named]) -> dict[str, tuple[int, int]]:
    """Return by mode how many alarmed features have a false mechanism, and how many there are."""
    alarmed = Counter(named.mode for named in found)
    false = Counter(named.mode for named in found if named.false)
    return {mode: (false[mode], alarmed[mode]) for mode in MODES}


def _splits(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Yield splits: each level against the next most frequent one, and all against each."""
    for column in table.columns:
        rows = table[column].value_counts()
        levels = rows[rows >= MIN_ROWS].index[:MAX_LOGS]
        if not 2 <= len(rows) <= MAX_LEVELS or len(levels) < 2:
            continue
        parts = {level: _sampled(table[table[column] == level]) for level in levels}
        for one, other in pairwise([*levels, levels[0]]):
            yield f"{column}: {one} -> {other}", parts[one], parts[other]
        for level in levels:
            yield f"{column}: all -> {level}", _sampled(table), parts[level]


def _sampled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(min(len(rows), MAX_ROWS), random_state=1)


def _audited(source: str, split: str, train: pd.DataFrame, log: pd.DataFrame) -> Iterator[Named]:
    """Yield the alarmed features of one split, of raw values and of what a right server served."""
    steps = normalization(train)
    known = world("split", columns(train, steps), steps, lambda *_: {}).parameters
    raw = columns(log, steps)
    for mode, logged in zip(MODES, (raw, right(steps, raw)), strict=True):
        options = {"served": "none" if mode == "raw" else "{feature}"}
        audit = skewcheck.audit(known, pd.DataFrame(logged), by=["none"], **options)
        for feature in audit.features:
            if feature.verdict in ALARMS:
                told = tuple((cause.code, cause.confidence) for cause in feature.causes)
                yield Named(source, split, mode, feature.name, told)
