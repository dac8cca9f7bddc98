"""Help of a command: its options under titles, and two examples below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand

from skewcheck.cli.examples import EXAMPLES
from skewcheck.config.option_groups import FEW, GROUPS, OTHERS, titles

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter


class GroupedCommand(TyperCommand):
    """A command whose help lists its options by what they are for."""

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write arguments, options by title where there are many, and the examples."""
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, tuple[str, str]]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            if parameter.param_type_name == "argument":
                arguments.append(record)
            else:
                options.append((parameter.name or "", record))
        known = titles() if len(options) > FEW else {}
        sections = {"Arguments": arguments, **{title: [] for title in (*GROUPS, OTHERS)}}
        for name, record in options:
            sections[known.get(name, OTHERS)].append(record)
        width = max(len(left) for records in sections.values() for left, _ in records)
        for title, records in sections.items():
            if records:
                # As wide as the widest of all, so that the texts of all sections stand aligned.
                padded = [(f"{left:<{width}}", text) for left, text in records]
                with formatter.section(title):
                    formatter.write_dl(padded)
        with formatter.section("Examples"):
            for example in EXAMPLES.get(self.name or "", ()):
                formatter.write(f"{'':>{formatter.current_indent}}skewcheck {example}\n")
