"""Type of a cause's entry in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CauseSpec:
    """One cause: its texts, its phrases, and how the search and the verdict treat it."""

    code: str
    title: str
    detected: str
    """How it is detected, for `explain`."""
    do: str
    """What to do about it, for `explain`."""
    phrases: Mapping[str, str]
    """By variant, what was done: follows "were served "; fields are parameters and details."""
    logged: Mapping[str, str] = field(default_factory=dict)
    """By variant, what follows "were logged " where the fault is in the raw column."""
    together: str = ""
    """What follows "features were served "; empty: several features never have it in common."""
    together_logged: str = ""
    """What follows "features were logged ", where that differs."""
    origin: tuple[str, ...] = ()
    """Parameters that say what production took the wrong thing from: alike for one root cause."""
    shown: tuple[str, ...] = ()
    """Names among its parameters, which `--no-values` shows: no value of a row is in them."""
    shown_of_many: tuple[str, ...] = ()
    """Parameters that `--no-values` shows of 50 rows or more, moments rounded: of a few rows they
    say too much."""
    of_rows: tuple[str, ...] = ()
    """Variants of which mean and std are moments of rows of the log, not production's own."""
    seen: tuple[str, ...] = ()
    """Variants that served values show by themselves: only why they are so may be in doubt."""
    family: str = ""
    """Dotted module whose `candidates(context)` predicts it; empty: it is read off the rows."""
    complexity: int = 0
    """Order in which families are tried: of two that explain the same rows the lower is named."""
    mechanical: bool = True
    """False for drift: the world moved, and nobody did anything to the rows."""
    recovered: bool = False
    """Its numbers are fitted to the rows: a known mechanism may have the very same ones."""
    read_off: bool = False
    """Its numbers come from the rows, or are few, so that values of other rows may imitate it."""
    fits_few: bool = False
    """Fits a few distinct values, whatever happened: a line meets them, or they are one."""
    constant: bool = False
    """One value for all rows, whatever the raw ones are."""
    rounds: bool = False
    """Served values lie on a grid that the right ones are rounded to."""
    faint: bool = False
    """So small that some rows with it round to what training serves."""
    like_parameters: bool = False
    """As a distribution, it is other parameters: rows or a grid alone tell it from them."""
    seen_in_nulls: bool = False
    """Nulls that are served as such, or filled otherwise, show it by themselves."""
    borrows: bool = False
    """Takes from other features: there are as many candidates as features, and pairs exchange."""
    converts: bool = False
    """Raw values pass a factor that must agree with the one that their own scale has."""
    named_by_user: bool = False
    """No guess among many: the user named what it came from."""
    fitted_to_serving: bool = False
    """Parameters of the serving data: a mean that is right by them is skew all the same."""
    injected: str = ""
    """Kinds of it that `inject` writes beside the one without settings, each as its settings."""
    renames: bool = False
    """Its `mapping` says which name stands for which: two of them are shown."""
