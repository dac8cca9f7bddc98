"""Where a policy is from, and what weakens it: in every format, whatever names and paths hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from reports.sample import AUDIT, NASTY

from skewcheck.reports import FORMATS, PLAIN
from skewcheck.reports.line import MOST_BYTES
from skewcheck.reports.terminal import quiet_line
from skewcheck.reports.words.policy import MOST_WEAKENINGS, policy_texts
from skewcheck.results.audit import Audit
from skewcheck.results.policy import InForce, Weakening

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def held_to(*weaker: Weakening, file: str = "skewcheck.toml", keys: tuple[str, ...] = ()) -> Audit:
    force = InForce("sha256:" + "a" * 64, file, keys, (("reference", file),), weaker)
    return replace(AUDIT, in_force=force)


def hostile() -> Audit:
    weaker = [Weakening(f'features."{name}".psi', name, (name, name), (name,)) for name in NASTY]
    return held_to(*weaker, file="".join(NASTY[:-2]), keys=NASTY)


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_patterns_and_paths_are_text(name: str) -> None:
    text = FORMATS[name](hostile())
    assert text.encode()
    assert not CONTROL.search(text)
    if name == "html":
        assert "<script>alert(1)" not in text
    if name == "github":
        assert [line for line in text.splitlines() if line.startswith("::")] == text.splitlines()
    assert not CONTROL.search(quiet_line(hostile()))


def test_a_sentence_lists_so_many_and_counts_the_others() -> None:
    # By hand: 1 of each key, five more than the sentence has room for.
    weaker = [Weakening(f"key{i}", i, None) for i in range(MOST_WEAKENINGS + 5)]
    text = policy_texts(held_to(*weaker))[1]
    assert text.startswith("the gate is weaker than by default: key0 = 0 (default: not set); key1")
    assert text.endswith("; and 5 more")
    assert len(json.loads(FORMATS["json"](held_to(*weaker)))["policy"]["weaker"]) == len(weaker)


def test_a_line_keeps_it_before_what_may_go() -> None:
    wide = ['"' * 300, "\U0001d538" * 300, "\u00e9" * 300, "\\" * 300]
    for text in wide:
        audit = held_to(
            Weakening("fail_on", "never", "skew"),
            *(Weakening(text, text, text) for _ in range(20)), file=text,
        )  # fmt: skip
        line = FORMATS["line"](audit)
        assert len(line.encode()) <= MOST_BYTES
        assert ' settings="' in line
        assert ' weaker="fail_on, ' in line  # the keys alone, as values do not fit


def test_values_in_words() -> None:
    audit = held_to(
        Weakening("allow_missing", True, None), Weakening("by", ("a", "b"), ("c",)),
        Weakening("thresholds.psi", None, 0.25), Weakening("min_rows", 1, 5000),
        keys=("alpha", "features"),
    )  # fmt: skip
    source, weaker = policy_texts(audit)
    assert source == (
        "settings of skewcheck.toml: alpha, features; read from outside of its folder:"
        " reference skewcheck.toml; policy sha256:aaaaaaaaaaaa"
    )
    assert weaker == (
        "the gate is weaker than by default: allow_missing = true (default: not set);"
        " by = a, b (default: c); thresholds.psi = not set (default: 0.25);"
        " min_rows = 1 (default: 5,000)"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_policy_that_nothing_weakens_is_in_no_sentence(name: str) -> None:
    plain = replace(AUDIT, in_force=InForce("sha256:" + "a" * 64))
    text, without = FORMATS[name](plain), FORMATS[name](AUDIT)
    if name == "json":
        text = text.replace(f',\n    "fingerprint": "sha256:{"a" * 64}"\n', "\n")
    assert text == without
    assert policy_texts(plain) == policy_texts(AUDIT) == []


def test_the_screen_shows_all_of_it() -> None:
    weaker = [Weakening(f"thresholds.t{i}", 99.0, 0.1) for i in range(20)]
    text = " ".join(FORMATS["terminal"](held_to(*weaker), PLAIN).split())
    assert all(f"thresholds.t{i} = 99 (default: 0.1)" in text for i in range(20))
