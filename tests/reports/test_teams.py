"""An Adaptive Card in the envelope that Teams takes, under 28 kB, in which no data is Markdown."""

import json
from dataclasses import replace

import golden
import jsonschema
import pytest
from reports.sample import NASTY, OF_SEVERAL, many, nasty

from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict


def exactly(**members: object) -> dict[str, object]:
    """An object with these members and no others."""
    return {"type": "object", "required": [*members], "additionalProperties": False,
            "properties": members}  # fmt: skip


TEXT_RUN = {
    **exactly(type={"const": "TextRun"}, text={"type": "string", "minLength": 1}),
    "properties": {
        "type": {"const": "TextRun"},
        "text": {"type": "string", "minLength": 1, "not": {"pattern": r"\{\{"}},
        "size": {"enum": ["default", "small", "medium", "large", "extraLarge"]},
        "weight": {"enum": ["default", "lighter", "bolder"]},
        "color": {"enum": ["default", "dark", "light", "accent", "good", "warning", "attention"]},
    },
}
CARD = {
    "type": "object", "required": ["type", "version", "body"], "additionalProperties": False,
    "properties": {
        "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
        "type": {"const": "AdaptiveCard"}, "version": {"const": "1.5"},
        "msteams": exactly(width={"const": "Full"}),
        "body": {"type": "array", "minItems": 1, "items": exactly(
            type={"const": "RichTextBlock"},
            inlines={"type": "array", "minItems": 1, "items": TEXT_RUN},
        )},
    },
}  # fmt: skip
SCHEMA = exactly(
    type={"const": "message"}, summary={"type": "string"},
    attachments={"type": "array", "minItems": 1, "maxItems": 1, "items": exactly(
        contentType={"const": "application/vnd.microsoft.card.adaptive"},
        contentUrl={"type": "null"}, content=CARD,
    )},
)  # fmt: skip
"""Of the elements that are used, by https://adaptivecards.io/explorer."""


def shown(audit: Audit) -> list[str]:
    """Validate a message, and return its paragraphs."""
    text = FORMATS["teams"](audit)
    assert len(text.encode()) < 28_000
    message = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(message)
    body = message["attachments"][0]["content"]["body"]
    return ["".join(run["text"] for run in block["inlines"]) for block in body]


def test_golden(audit: Audit) -> None:
    text = FORMATS["teams"](audit)
    golden.assert_same("teams.json", json.dumps(json.loads(text), indent=1) + "\n")


def test_the_headline_has_the_colour_of_the_verdict(audit: Audit) -> None:
    colors = {}
    for verdict in Verdict:
        message = json.loads(FORMATS["teams"](replace(audit, verdict=verdict)))
        (run,) = message["attachments"][0]["content"]["body"][0]["inlines"]
        assert run["text"].startswith(f"{verdict.value.upper()}: ")
        colors[verdict.value] = run["color"]
    assert (colors["skew"], colors["ok"], colors["warn"]) == ("attention", "good", "warning")


def test_a_card_says_what_slack_does(audit: Audit) -> None:
    slack = json.loads(FORMATS["slack"](audit))["blocks"]
    texts = [block["text"]["text"] for block in slack]
    assert [text for text in shown(audit) if "&" not in text] == texts


@pytest.mark.parametrize("hidden", [False, True])
def test_hostile_data_stays_within_the_limit(hidden: bool) -> None:
    texts = shown(without_values(nasty()) if hidden else nasty())
    assert all(text.isprintable() for text in texts)


@pytest.mark.parametrize("letter", ["🚕", "{", '"', "\\", "é"])
def test_wide_letters_stay_within_the_limit(audit: Audit, letter: str) -> None:
    causes = tuple(replace(OF_SEVERAL, features=(letter * 40 + f"{i}",) * 20) for i in range(30))
    features = tuple(replace(audit.features[2], name=letter * i) for i in range(1, 60))
    texts = shown(replace(audit, features=features, causes=causes, parameters_path=letter * 300))
    assert any("more features; the JSON report has all" in text for text in texts)


def test_no_function_of_cards_is_run(audit: Audit) -> None:
    feature = replace(audit.features[2], name="{{DATE(2026-11-01T00:00:00Z)}} {{{x}}}")
    texts = shown(replace(audit, features=(feature,)))
    assert any("{ {DATE(2026-11-01T00:00:00Z)}} { { {x}}}: " in text for text in texts)


def test_names_are_no_markdown(audit: Audit) -> None:
    for name in (name for name in NASTY if "[x](y)" in name or "*bold*" in name):
        texts = shown(replace(audit, features=(replace(audit.features[2], name=name),)))
        assert any(text.startswith(f"SKEW {name}: ") for text in texts)


def test_what_is_left_out_is_counted() -> None:
    assert shown(many(200))[-1] == "and 90 more features; the JSON report has all"
