"""Tables of options by pattern of features, in an order that is the same for the same policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from skewcheck.text.patterns import is_wild, may_overlap


def pattern_tables(tables: Mapping[str, Mapping[str, object]]) -> list[list[object]]:
    """Return tables by pattern, those that may fit the same names in their order.

    The others are sorted: of all orders that say the same it is the first of the alphabet (the
    lexicographic normal form of a trace; Anisimov and Knuth, Int. J. Computer and Information
    Sciences 8 (1979), p. 255).
    """
    patterns = list(tables)
    behind: list[set[int]] = [set() for _ in patterns]
    for i in (i for i, pattern in enumerate(patterns) if is_wild(pattern)):
        for j, pattern in enumerate(patterns):
            if i != j and may_overlap(patterns[i], pattern):
                behind[min(i, j)].add(max(i, j))
    before = Counter(later for places in behind for later in places)
    free = [(pattern, i) for i, pattern in enumerate(patterns) if not before[i]]
    heapify(free)
    ordered: list[list[object]] = []
    while free:
        first, i = heappop(free)
        ordered.append([first, {k: v for k, v in sorted(tables[first].items()) if v is not None}])
        for later in behind[i]:
            before[later] -= 1
            if not before[later]:
                heappush(free, (patterns[later], later))
    return ordered
