"""Write docs/reference.md from the tables that skewcheck itself works with: `make reference`.

Each section is a function without parameters that returns Markdown; `SECTIONS` lists them in the
order of the page, under their titles.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_type_hints

import reference_formats as formats
import reference_logs as logs

import skewcheck
from skewcheck.catalogue.codes import codes
from skewcheck.cli import COMMANDS, command
from skewcheck.config import typed
from skewcheck.config.options import TOML, Option, of
from skewcheck.config.readers import FLAG
from skewcheck.config.weaker import LARGEST_ALPHA, NOT_GATING, RULES

PAGE = Path(__file__).with_name("reference.md")
HEAD = """\
# Reference

What skewcheck takes and gives, written by `make reference` from the tables that it works with.
"""
FUNCTIONS: Mapping[str, str] = {
    "audit": "audit", "fit": "fit", "show": "load", "diff": "diff", "verify": "verify",
    "apply": "apply", "inject": "inject", "power": "power", "rows": "rows",
    "check-rows": "check_rows", "profile": "profile", "bisect": "bisect", "export": "export",
}  # fmt: skip
"""The function of the package that does what a command does."""
TYPED: Mapping[str, type] = {
    "audit": typed.AuditOptions, "apply": typed.ApplyOptions, "inject": typed.InjectOptions,
    "power": typed.PowerOptions, "profile": typed.ProfileOptions,
    "bisect": typed.BisectOptions,
}  # fmt: skip
"""The options that these functions take as keywords, beside those in their signatures."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(text: str) -> str:
    """Return text as code, or nothing for empty text."""
    return f"`{text}`" if text else ""


def commands() -> str:
    """Return a section per command: usage, what it does, and its options."""
    intro = (
        "`skewcheck COMMAND --help` says the same. A TOML key stands in `skewcheck.toml`, or under"
        " `[tool.skewcheck]` in `pyproject.toml`; a flag goes before it. The Python name is the"
        " keyword of the function."
    )
    return "\n".join([f"{intro}\n", *(command_section(name) for name in COMMANDS)])


def command_section(name: str) -> str:
    """Return what a command is called with, what it does, and a table of what it takes."""
    function = command(name)
    options = of(name)
    taken = [options[key] for key in inspect.signature(function).parameters]
    arguments = [_argument(option) for option in taken if option.argument]
    flags = ["[OPTIONS]"] if any(not option.argument for option in taken) else []
    python = f"In Python: `skewcheck.{FUNCTIONS[name]}`.\n" if name in FUNCTIONS else ""
    head = ("argument or flag", "TOML key", "Python name", "value", "default", "meaning")
    keywords = python_names(name)
    parts = [
        f"### {name}\n",
        f"```sh\n{' '.join(['skewcheck', name, *flags, *arguments])}\n```\n",
        f"{inspect.getdoc(function)}\n",
        python,
        table(head, (option_row(option, keywords) for option in taken)),
    ]
    return "\n".join(part for part in parts if part)


def _argument(option: Option[object]) -> str:
    """Return how usage has an argument: `[LOGS]...` if it may be left out, and repeated."""
    name = str(option.metavar) if option.required else f"[{option.metavar}]"
    return name + "..." * isinstance(option.default, tuple)


def python_names(name: str) -> set[str]:
    """Return the keywords of a command's function in Python; none where it has no function."""
    if name not in FUNCTIONS:
        return set()
    function: Callable[..., object] = getattr(skewcheck, FUNCTIONS[name])
    explicit = {*inspect.signature(function).parameters} - {"options"}
    return explicit | {*get_type_hints(TYPED[name])} if name in TYPED else explicit


def option_row(option: Option[object], keywords: set[str]) -> tuple[str, ...]:
    """Return an option's row: how it is spelled, what it takes, its default and its meaning."""
    metavar = option.metavar or "|".join(option.reader.choices)
    spelled = ", ".join(code(flag) for flag in option.spellings) or code(metavar)
    value = option.reader.name
    if option.reader.choices:
        words = [code(word) for word in option.reader.choices]
        value = ", ".join([*words, "a path"] if option.path else words)
    return (
        spelled + (f" {code(metavar)}" if metavar and not option.argument else ""),
        code(option.key) if option.toml else "",
        code(option.key) if option.key in keywords else "",
        "" if option.reader is FLAG and not option.toml else value,
        "required" if option.required else code(option.shown_default),
        option.text,
    )


def configuration() -> str:
    """Return what a configuration file may hold beside the keys of the table."""
    paths = ", ".join(code(key) for key in sorted(TOML) if TOML[key].path)
    return (
        "Without `--config FILE` it is `skewcheck.toml` of the working folder, or else"
        " `[tool.skewcheck]` of its `pyproject.toml`; in a repository (`.git`) that of the nearest"
        " folder above, up to the repository's root. A wrong key or value ends a run with exit"
        f" code 2. These paths are relative to the file: {paths}, and `names` where it is one.\n"
        "\n"
        "Every audit's report names the file, what it sets, and inputs that it reads from outside"
        " of the folder where it stands. What a file that was not named by `--config` has written"
        f" ({code('output')}, {code('report')}, {code('state')}, relative to it) may not leave that"
        " folder, be it by a link: exit code 2.\n"
        "\n"
        "With `parameters` and `logs` in it, `skewcheck audit` alone audits these, from any folder"
        " below; what the command line names goes before them. A table `[audit.NAME]` is a gate:"
        " `audit --gate NAME` takes its options before the others of the file, `thresholds` test by"
        " test and tables of features pattern by pattern; `policy --gate NAME` is what it is held"
        " to.\n"
        "\n"
        '```toml\nparameters = "models/fares.json"\nlogs = ["logs/today"]\n\n[audit.nightly]\n'
        'logs = ["logs/2026"]\nby = "host"\n\n[audit.nightly.thresholds]\npsi = 0.15\n```\n'
        "\n"
        "`thresholds` is a table, and a table for some features, by name or pattern, holds the"
        " columns of their values, thresholds of their own and what holds a gate; the first that"
        " matches holds:\n"
        "\n"
        '```toml\n[thresholds]\npsi = 0.15\n\n[features."fare*"]\nraw = "fare_usd"\n'
        'served = "fare_scaled"\nks = 0.05\n\n[features."weight"]\ninconclusive = "pass"\n\n'
        '[features."embedding"]\nuntested = "pass"\n```\n'
        "\n"
        "`served` may be `none`: these features have no served values in the log. A column without"
        " `{feature}` is that of one feature: named for several, it ends the run with exit code 2."
        " Of a onehot feature, whose levels have a column each, it is what stands before `_` and"
        ' the level: `served = "onehotencoder__pay"` means `onehotencoder__pay_card` and so on. A'
        " list names these columns one by one, in the order of the levels in the parameter file,"
        ' with `none` for a level that has no column: `served = ["x[4]", "x[5]", "none"]`. A path'
        " may lead into records: `request.instances[].age`; `[]` marks a list of which each element"
        " is a row. A pattern that no feature of the parameter file fits ends the run with exit"
        " code 2; the message names the nearest.\n"
    )


def policy() -> str:
    """Return what a policy holds, and when it is weaker than another."""
    gating, others = (", ".join(map(code, keys)) for keys in (RULES, sorted(NOT_GATING)))
    return (
        "Whatever can turn an exit code of an audit milder, or leaves out rows, features or tests,"
        f" belongs to its policy: {gating}; and the tables of features. These do not: {others}.\n"
        "\n"
        "Every report names what is weaker than by default, and its JSON the `fingerprint` of the"
        " policy: the same policy has the same one, whatever the order of its keys; paths count"
        " relative to the repository, or else the working folder. `skewcheck policy` prints the"
        " policy, `-o FILE` writes a lock, and `audit --policy-lock FILE` ends with exit code 2"
        " where anything is weaker than it, where it is missing, or was changed by hand. A settings"
        " file cannot name a lock.\n"
        "\n"
        "- Weaker is: a `fail_on` that fails less, an `inconclusive` that lets more pass (`fail`,"
        " none, `pass`), `holm` after `bh`, a smaller alpha (or one larger than"
        f" {LARGEST_ALPHA:g}), a higher threshold or none, a waiver that the lock has not or for"
        " longer, a feature that is left out (patterns are compared by what they select of the"
        " parameter file), fewer rows (a later `since`, a shorter `last`, a longer `settle`, fewer"
        ' `min_rows`), fewer segments, `served = "none"`, `untested = "pass"`.\n'
        "- What has no order is weaker where it is another than the lock's: columns (`raw`, and"
        " those of tables), `reference`, `null_values`, `cluster`, `join`, `within`, more"
        " `history`; and if the lock sets them, `served`, `names`, `time_column`, `every`,"
        " `baseline`. Against the defaults templates and files count as they are.\n"
        "- Counted as stricter: more tests and segments, though all share alpha; more rows, though"
        " they dilute; a larger alpha, though fewer rows are then enough.\n"
        "- `parameters` and `logs` that a settings file names are held where it does: others than"
        " the lock's are refused. Those on the command line are not held.\n"
        "- Not held: what is in the files that a policy names. `skewcheck verify` tells whether the"
        " parameter file is what was locked.\n"
    )


def exit_codes() -> str:
    """Return the exit codes of all commands."""
    rows = [
        (code(name), entry["title"], entry["means"]) for name, entry in codes()["exits"].items()
    ]
    rows.append((code("130"), "interrupted", "Ctrl-C."))
    return table(("code", "", "meaning"), rows)


SECTIONS: Mapping[str, Callable[[], str]] = {
    "Commands and options": commands,
    "Configuration file": configuration,
    "Policy": policy,
    "Exit codes": exit_codes,
    "Verdicts": lambda: formats.group("verdicts", table),
    "Parameter file": lambda: formats.parameter_file(table),
    "JSON report": lambda: formats.json_report(table),
    "How foreign numbers are read": formats.foreign,
    "Files of a log": lambda: logs.files(table),
    "Tables and databases": logs.tables,
    "Records that are joined": logs.joined,
    "How cells are read": formats.cells,
    "How values are compared": formats.comparison,
    "What holds a gate": formats.gate,
    "Tests": lambda: formats.tests(table),
    "Causes": lambda: formats.causes(table),
    "Warnings of parameter files": lambda: formats.group("warnings", table),
}


def reference() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(f"## {title}\n\n{make()}" for title, make in SECTIONS.items())])


if __name__ == "__main__":
    if sys.argv[1:] == ["-"]:
        print(reference(), end="")
    else:
        PAGE.write_text(reference(), "utf-8")
