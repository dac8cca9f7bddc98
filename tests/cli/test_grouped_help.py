"""Titles of options, and examples that are right."""

from __future__ import annotations

import inspect
import shlex

import pytest
import typer
from typer.main import get_command

from skewcheck.cli import COMMANDS, app, command
from skewcheck.cli.examples import EXAMPLES
from skewcheck.config.option_groups import GROUPS, titles
from skewcheck.config.options import every


def test_each_option_of_an_audit_stands_under_one_title() -> None:
    keys = [key for of_title in GROUPS.values() for key in of_title]
    assert len(keys) == len({*keys})
    assert {*keys} <= {option.key for option in every()}
    taken = {*inspect.signature(command("audit")).parameters} - {"parameters", "logs", "debug"}
    assert taken <= {*titles()}


@pytest.mark.parametrize("name", COMMANDS)
def test_both_examples_of_a_command_can_be_parsed(name: str) -> None:
    tool = get_command(app(name))
    parsed = getattr(tool, "commands")[name]  # noqa: B009  # of a group, which alone has any
    assert len(EXAMPLES[name]) == 2
    for example in EXAMPLES[name]:
        words = shlex.split(example)
        assert words[0] == name
        assert parsed.make_context(name, words[1:], typer.Context(tool)).params
