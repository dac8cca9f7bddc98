"""What is not certain of the places of a log: it is refused, with what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.connect.candidates import Candidate, is_other, output_keys
from skewcheck.connect.evidence import Match, Values
from skewcheck.connect.needed import is_nested
from skewcheck.connect.records import Vector
from skewcheck.engine.served_names import hint_of
from skewcheck.engine.served_rivals import several_places
from skewcheck.engine.served_values import EQUAL_SHARE, as_numbers, equal_share
from skewcheck.engine.source import LogSource
from skewcheck.features.types import Feature
from skewcheck.logs.shape.ops import Explode, Pivot
from skewcheck.text.errors import OptionName, UsageError

APART_SHARE = 0.05
"""Share of the rows that another kind of record may be, before it must be said which is meant."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """The places of a log among which its sides were chosen."""

    name: str
    """Of the file, for messages."""
    values: Sequence[Values]
    features: Sequence[Feature]
    vectors: Sequence[Vector] = ()
    """All lists of values, of whatever length."""
    several: frozenset[str] = frozenset()
    """Lists of records that have several elements."""

    def check(
        self, raw: Values | None, served: Values | None, others: Sequence[Values],
        following: Sequence[Values],
    ) -> None:  # fmt: skip
        """Raise UsageError where the sides that were chosen may be others.

        `others` may hold served values as well, and `following` values that a wrong server makes.
        """
        if served is None:
            self._check_vectors(raw)
        else:
            refuse_rivals(self.name, served, others)
        if raw is None and served is not None:
            self._check_served(served)
        self._check_stages(raw, served)
        for side in following[:1] if served is None else (served,):
            if raw is not None:
                self.check_lists(raw, side)
        self._check_following(following)
        self._check_rows(raw, served)

    def _check_vectors(self, raw: Values | None) -> None:
        """Refuse a vector that may be that of the features, but whose values do not fit.

        To go on as if there were none would be to say that no feature is logged, or served.
        """
        vectors = [
            v for v in self.values
            if v.candidate.by == "position" and not v.candidate.other
            and (raw is None or v.candidate != raw.candidate)
            and not (raw is None and v.candidate.numbered)
            and not self._is_copy(raw, v)
        ]  # fmt: skip
        if vectors and (raw is None or raw.candidate.by == "name"):
            raise UsageError(
                f"{self.name}: {vectors[0].candidate.path!r} holds as many values as there are"
                " features, and in their order these fit neither raw nor served values: name the"
                " columns of each feature, in a file that `skewcheck init` writes, or say that"
                " there are no served ones by ",
                OptionName("served", "none"),
            )

        exploded = raw is not None and any(isinstance(op, Explode) for op in raw.candidate.ops)
        keys = len(output_keys(self.features))
        flat = [v for v in self.vectors if v.length > keys and not v.length % keys]
        flat = [v for v in flat if not is_other(v.path)]
        if exploded and flat:
            raise UsageError(
                f"{self.name}: {flat[0].path!r} may hold the served values of several rows in one"
                " list: write a list for each row, or say that there are no served ones by ",
                OptionName("served", "none"),
            )

    def _check_following(self, following: Sequence[Values]) -> None:
        """Refuse a record of the features' names that may be the served side, or not."""
        if following:
            path = following[0].candidate.path
            raise UsageError(
                f"{self.name}: the values of {_path(following[0])} follow the raw ones, and are"
                " not what training makes of them; if they are the served ones ",
                OptionName("served", f"{path}.{{feature}}" if path else "{feature}"),
                " says so, or else ",
                OptionName("served", "none"),
            )

    def _is_copy(self, raw: Values | None, other: Values) -> bool:
        match = None if raw is None else Match.of(raw, other, self.features)
        return match is not None and match.copied == match.compared > 0

    def _check_served(self, served: Values) -> None:
        """Refuse several places of served values that differ, none of which says that it is it."""
        if hint_of(served.candidate.path) == "served":
            return
        for other in self.values:
            columns = other.candidate.columns
            if (
                other.candidate != served.candidate
                and other.candidate.hint == "served"
                and other.candidate.outputs == served.candidate.outputs
                and len(columns) == len(served.candidate.columns)
                and not _equal(served, other)
            ):
                template = served.candidate.template
                raise several_places(self.name, _path(served), _path(other), template=template)

    def _check_stages(self, raw: Values | None, served: Values | None) -> None:
        """Refuse a long table whose rows of the same name are of stages that are not both sides."""
        chosen = [side.candidate for side in (raw, served) if side is not None]
        pivots = (op for side in chosen for op in side.ops if isinstance(op, Pivot))
        pivot = next((op for op in pivots if op.stage is not None), None)
        stages = {side.path.rpartition(".")[2] for side in chosen}
        if pivot is not None and len(stages) < len(("raw", "served")):
            raise UsageError(
                f"{self.name}: each {pivot.name!r} stands in several rows of one {pivot.id!r}, and"
                f" these are not the raw and the served values of it: ",
                OptionName("where", f"{pivot.stage}={stages.pop()}"),
                " says which are meant",
            )

    def check_pairs(self, raw: Values, paired: Sequence[Candidate]) -> None:
        """Refuse lists that are named as served values, and are in no record as long as raw ones.

        `paired` are the places that have values in the rows of the raw ones.
        """
        for other in self.values:
            place = other.candidate
            in_lists = any(isinstance(op, Explode) for op in place.ops)
            if in_lists and place.hint == "served" and place not in (*paired, raw.candidate):
                raise UsageError(
                    f"{self.name}: {_path(other)} and {_path(raw)} are lists of other lengths in"
                    " the same records: write a served row for each raw one, or say that there are"
                    " no served ones by ",
                    OptionName("served", "none"),
                )

    def check_lists(self, raw: Values, served: Values) -> None:
        """Refuse a side in lists of several elements, where the other is not: one is repeated.

        A window of time, a history, or attempts: none of them says which element is of the record.
        """
        lists = [
            {op.path.count("[]"): op.path for op in side.candidate.ops
             if isinstance(op, Explode) and op.path in self.several}
            for side in (raw, served)
        ]  # fmt: skip
        if len(lists[0]) == len(lists[1]):
            return
        inside, other = (raw, served) if len(lists[0]) > len(lists[1]) else (served, raw)
        inner = lists[0 if inside is raw else 1]
        path = inner[max(inner)]
        place = inside.candidate.path.replace(f"{path}[]", f"{path}[0]", 1)
        named = inside.candidate.by == "name"
        raise UsageError(
            f"{self.name}: {path!r} is a list of several, each of which may be that of"
            f" {_path(other)}: say which, as ",
            OptionName("raw" if inside is raw else "served", f"{place}.{{feature}}" if named
                       else f"{place}[0]"),
            "" if named else " in the table of each feature",
        )  # fmt: skip

    def _check_rows(self, raw: Values | None, served: Values | None) -> None:
        """Refuse records of several kinds: sides in different ones, or features in other places."""
        chosen = [side for side in (raw, served) if side is not None]
        if raw is not None and served is None:
            chosen += [v for v in self.values if v.candidate.outputs and v.candidate.by == "name"][
                :1
            ]
        for side in chosen[1:]:
            if raw is not None and _aligned(raw, side) and _are_apart(raw, side):
                raise UsageError(
                    f"{self.name}: {_path(raw)} and {_path(side)} have values in different records:"
                    " write both sides of an observation to one record, or audit one side by ",
                    OptionName("raw"),
                    " and ",
                    OptionName("served"),
                )
        if not chosen:
            return
        main = chosen[0]
        having = np.any([v.present() for v in chosen if _aligned(main, v)], axis=0)
        for other in self.values:
            half = 2 * len(other.candidate.columns) >= len(main.candidate.columns)
            is_chosen = any(other.candidate == side.candidate for side in chosen)
            if is_chosen or not half or not _aligned(main, other):
                continue
            alone = other.present() & ~having
            if alone.mean() > APART_SHARE:
                raise UsageError(
                    f"{self.name}: records of several kinds hold features, in {_path(main)} and in"
                    f" {_path(other)}: ",
                    OptionName("where"),
                    " says which are meant",
                )

    def have_empty(self, chosen: Sequence[Values]) -> bool:
        """Return whether some rows have no value in any of the chosen places."""
        aligned = [v for v in chosen if _aligned(chosen[0], v)]
        return len(aligned) == len(chosen) > 0 and not all(
            np.any([v.present() for v in aligned], axis=0)
        )


def refuse_rivals(name: str, served: Values, others: Sequence[Values]) -> None:
    """Raise UsageError where another place of a log holds other served values of most features."""
    for other in others:
        shared = served.arrays.keys() & other.arrays.keys()
        if 2 * len(shared) >= len(served.arrays) and not _equal(served, other):
            template = served.candidate.template
            raise several_places(name, _path(served), _path(other), template=template)


def _path(values: Values) -> str:
    return repr(values.candidate.path or "the rows")


def _aligned(one: Values, other: Values) -> bool:
    """Return whether the sampled rows of two places are the same."""
    return one.rows == other.rows and len(one.present()) == len(other.present())


def _are_apart(one: Values, other: Values) -> bool:
    a, b = one.present(), other.present()
    return bool(a.any() and b.any() and not (a & b).any())


def _equal(one: Values, other: Values) -> bool:
    """Return whether two places hold the same values."""
    if not _aligned(one, other):
        return False
    pairs = ((one.arrays[k], other.arrays[k]) for k in one.arrays if k in other.arrays)
    return all(equal_share(as_numbers(a), as_numbers(b)) >= EQUAL_SHARE for a, b in pairs)


def refuse_nested(source: LogSource, features: Sequence[Feature]) -> None:
    """Refuse a log in which the columns of most features hold records or lists, and no values."""
    schema = source.schema()
    nested = [f.name for f in features if is_nested(schema.get(f.name))]
    if 2 * len(nested) >= max(len(features), 1):
        raise UsageError(
            f"{source.names[0]}: {nested[0]!r} and so on hold records or lists where one value is"
            " expected: ",
            OptionName("raw", "{feature}.value"),
            " and ",
            OptionName("served", "{feature}.scaled"),
            " say where in these both sides are",
        )
