"""What a server's answers to golden rows are worth: frozen data without words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skewcheck.results.causes import Cause
from skewcheck.results.tests import Value
from skewcheck.results.verdicts import Verdict

Kind = Literal["null", "unknown", "null_or_unknown"]


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """One answer that is not what training's normalization gives."""

    row: int
    """The row's id."""
    column: str
    expected: Value
    answered: Value


@dataclass(frozen=True, slots=True)
class InputCondition:
    """What all wrong rows have in common and no right one has: a null, or a new level."""

    kind: Kind
    column: str | None
    """None for any column."""


@dataclass(frozen=True, slots=True)
class OutputCheck:
    """One feature, or one output of the object that makes them: its answers in all rows."""

    feature: str
    columns: tuple[str, ...]
    """The columns of golden rows that are its own."""
    rows: int
    """Rows with an answer."""
    wrong: tuple[int, ...] = ()
    """Ids of the rows with a wrong answer, ascending."""
    wrong_columns: tuple[str, ...] = ()
    """Those of its columns that are wrong in some row."""
    absent: tuple[str, ...] = ()
    """Those of its columns that no answer has."""
    no_numbers: int = 0
    """Answers that are no number where one is expected."""
    max_error: float | None = None
    """Largest distance from the expected number; None where none differs."""
    example: WrongAnswer | None = None
    causes: tuple[Cause, ...] = ()
    """Likeliest first."""
    where: InputCondition | None = None

    @property
    def verdict(self) -> Verdict:
        """`skew` for a wrong or an absent answer."""
        return Verdict.SKEW if self.wrong or self.absent else Verdict.OK


@dataclass(frozen=True, slots=True)
class RowsCheck:
    """All answers of a server to the golden rows of a parameter file."""

    path: str
    fingerprint: str
    rows: int
    """Golden rows."""
    outputs: tuple[OutputCheck, ...]
    missing: tuple[int, ...] = ()
    """Ids of rows that were not answered."""
    unknown: tuple[str, ...] = ()
    """Ids in the answers that no golden row has."""
    extra: tuple[str, ...] = ()
    """Outputs in the answers that no golden row has."""
    left_out: tuple[str, ...] = ()
    """Features of which no golden row says anything."""
    values: bool = True
    """False where values of rows were left out."""

    @property
    def verdict(self) -> Verdict:
        """`skew` for any wrong answer, else `inconclusive` where some are missing.

        A row without an answer proves nothing: the file may have been cut, and what is there may
        be right. But a test that was not done is not passed.
        """
        if any(output.verdict is Verdict.SKEW for output in self.outputs):
            return Verdict.SKEW
        return Verdict.INCONCLUSIVE if self.missing else Verdict.OK

    @property
    def exit_code(self) -> int:
        """0, 1 for `skew`, or 3 for `inconclusive`."""
        return {Verdict.SKEW: 1, Verdict.INCONCLUSIVE: 3}.get(self.verdict, 0)
