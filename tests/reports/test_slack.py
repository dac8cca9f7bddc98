"""Within the limits of Slack's reference of blocks, and data is nowhere markup."""

import json
import re
from dataclasses import replace
from html import unescape

import golden
import jsonschema
import pytest
from reports.sample import NASTY, OF_SEVERAL, clean, many, nasty

from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit

ESCAPED = r"^(?:[^&<>]|&amp;|&lt;|&gt;)+$"


def text(longest: int) -> dict[str, object]:
    """A text object of Block Kit without formatting."""
    return {
        "type": "object", "required": ["type", "text", "emoji"], "additionalProperties": False,
        "properties": {
            "type": {"const": "plain_text"}, "emoji": {"const": False},
            "text": {"type": "string", "minLength": 1, "maxLength": longest, "pattern": ESCAPED},
        },
    }  # fmt: skip


def block(kind: str, longest: int) -> dict[str, object]:
    return {
        "type": "object", "required": ["type", "text"], "additionalProperties": False,
        "properties": {"type": {"const": kind}, "text": text(longest)},
    }  # fmt: skip


SCHEMA = {
    "type": "object", "required": ["text", "blocks"], "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "pattern": ESCAPED, "maxLength": 4000},
        "mrkdwn": {"const": False}, "unfurl_links": {"const": False},
        "blocks": {
            "type": "array", "minItems": 1, "maxItems": 50,
            "prefixItems": [block("header", 150)], "items": block("section", 3000),
        },
    },
}  # fmt: skip
"""Of the blocks that are used: https://docs.slack.dev/reference/block-kit/blocks."""


def shown(audit: Audit) -> list[str]:
    """Validate a message, and return the texts that are read."""
    message = json.loads(FORMATS["slack"](audit))
    jsonschema.Draft202012Validator(SCHEMA).validate(message)
    return [unescape(block["text"]["text"]) for block in message["blocks"]]


def test_golden(audit: Audit) -> None:
    golden.assert_same("slack.json", FORMATS["slack"](audit))


def test_incidents_lead_then_features_worst_first(audit: Audit) -> None:
    texts = shown(audit)
    assert texts[0] == "SKEW: 3 of 9 features differ from training (exit code 1)"
    assert texts[1] == "200,000 rows of 2 files (mixed) against params.json, model fares"
    kinds = [re.match(r"incident|cause|SKEW|WARN|INCONCLUSIVE", text) for text in texts[2:]]
    found = [kind[0] for kind in kinds if kind]
    assert found == ["incident"] * 2 + ["cause"] + ["SKEW"] * 3 + ["INCONCLUSIVE", "WARN"]
    assert any("SKEW fare: 6.94 % of the rows (all rows of host = web-7" in text for text in texts)


@pytest.mark.parametrize("hidden", [False, True])
def test_hostile_data_is_shown_as_it_is_and_within_the_limits(hidden: bool) -> None:
    texts = shown(without_values(nasty()) if hidden else nasty())
    assert sum(len(text) + 100 for text in texts[1:]) < 9_000
    assert any(text.startswith("SKEW <script>alert(1)</script>: ") for text in texts) or hidden


@pytest.mark.parametrize("name", NASTY)
def test_a_hostile_name_is_shown(audit: Audit, name: str) -> None:
    feature = replace(audit.features[2], name=name)
    (line,) = [t for t in shown(replace(audit, features=(feature,))) if t.startswith("SKEW ")]
    assert "\n" not in line
    if name.isprintable() and 0 < len(name) < 50 and "\u0308" not in name:
        assert line.startswith(f"SKEW {name}: ")


def test_the_longest_escapes_stay_within_the_limits(audit: Audit) -> None:
    causes = tuple(replace(OF_SEVERAL, features=("&" * 99,) * 20) for _ in range(30))
    features = tuple(replace(audit.features[2], name="<" * i) for i in range(1, 60))
    texts = shown(replace(audit, features=features, causes=causes, parameters_path="&" * 300))
    assert re.fullmatch(r"and \d\d more features; the JSON report has all", texts[-1])


def test_what_is_left_out_is_counted() -> None:
    texts = shown(many(200))
    assert texts[-1] == "and 90 more features; the JSON report has all"
    assert len([text for text in texts if text.startswith("SKEW feature_")]) == 10


def test_a_clean_audit_is_two_lines(audit: Audit) -> None:
    quiet = replace(audit, features=(clean("a"),), causes=(), incidents=(), not_tested=())
    assert len(shown(quiet)) == 2
