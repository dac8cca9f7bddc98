"""Patterns of names, one by one and many at once; the rule of each is fnmatch's."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from skewcheck.text.patterns import Matcher, is_wild, matches, may_overlap

names = st.text("ab[3]*?!", max_size=5)


@given(names, st.lists(names, max_size=5))
def test_many_at_once_match_as_one_by_one(name: str, patterns: list[str]) -> None:
    by_hand = [p for p in dict.fromkeys(patterns) if name == p or fnmatchcase(name, p)]
    assert Matcher(patterns).matching(name) == by_hand
    assert matches(name, patterns) == bool(by_hand)


@given(names, names, names)
def test_patterns_of_one_name_may_overlap(name: str, first: str, second: str) -> None:
    if matches(name, [first]) and matches(name, [second]):
        assert may_overlap(first, second)
    assert may_overlap(first, second) == may_overlap(second, first)
    if not is_wild(first) and matches(name, [first]):
        assert name == first


def test_some_are_known_not_to_overlap() -> None:
    assert not may_overlap("fare*", "tip*")
    assert not may_overlap("fare", "tip")
    assert not may_overlap("fare*", "tip")
    assert may_overlap("f*", "fare*")
