"""The command line: one command a file, and the one boundary where errors become exit codes.

Modules with commands do not postpone the evaluation of annotations: typer would evaluate each text
four times, and a command has up to forty.
"""

import atexit
import gc
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

import typer
from typer.core import TyperCommand
from typer.main import get_command

from skewcheck import __version__
from skewcheck.config.debug import DEBUG

COMMANDS: Mapping[str, str] = {
    "audit": "Compare production logs with training.",
    "profile": "Count logs where they lie, for an audit elsewhere.",
    "fit": "Write a parameter file from training data.",
    "init": "Write how logs are connected with a parameter file.",
    "show": "Say what a parameter file says.",
    "diff": "Say what changed between parameter files, or JSON reports.",
    "verify": "Say whether parameter files are what was locked.",
    "policy": "Say what an audit with these options is held to, and what weakens it.",
    "apply": "Write logs as training normalizes them.",
    "export": "Write the training normalization as code for the server.",
    "inject": "Write logs as a faulty server would have.",
    "power": "Say what an audit of so many rows would catch, and how often it would cry wolf.",
    "rows": "Write inputs with the outputs that a right server gives.",
    "check-rows": "Compare a server's answers with the golden rows.",
    "history": (
        "Show the verdicts that audits with --state FOLDER left there, and how features moved."
    ),
    "bisect": "Say which commit has the numbers that production uses.",
    "accept": "Accept that features stand where they now are: shifts over nights begin anew.",
    "explain": "Say what a code means and what to do.",
    "demo": "See it work on files of its own.",
}
"""In the order in which they are listed, with what each does; each is the function of that name in
its module, with an underscore for a dash. Help on them all needs none of their modules."""

_HELP = ["-h", "--help"]
"""Flags that ask for help, wherever they stand."""
COMPLETION = "_SKEWCHECK_COMPLETE"
"""The variable with which a shell asks for the words that may follow."""


def command(name: str) -> Callable[..., int]:
    """Return the function of a command."""
    word = name.replace("-", "_")
    function: Callable[..., int] = getattr(import_module(f"skewcheck.cli.{word}"), word)
    return function


def _epilog(name: str) -> str | None:
    """Return what a command's module has to say below its options; None for most."""
    module = import_module(f"skewcheck.cli.{name.replace('-', '_')}")
    text: Callable[[], str] | None = getattr(module, "epilog", None)
    return None if text is None else text()


def app(*names: str, listed: bool = False, helped: bool = False) -> typer.Typer:
    """Return the tool with these commands, all for none: typer builds all that it is given.

    `listed` ones can only be listed; `helped` ones have all of their help.
    """
    tool = typer.Typer(
        name="skewcheck",
        rich_markup_mode=None,  # plain help: quicker to load, and data is never markup
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": _HELP},
    )
    tool.callback(invoke_without_command=True)(_skewcheck)
    for name in names or COMMANDS:
        below = _epilog(name) if helped else None
        kind = _grouped() if helped else TyperCommand
        function = _listed(COMMANDS[name]) if listed else command(name)
        tool.command(name, cls=kind, epilog=below)(function)
    return tool


def _grouped() -> type[TyperCommand]:
    from skewcheck.cli.grouped_help import GroupedCommand  # only help needs it

    return GroupedCommand


def _listed(summary: str) -> Callable[[], int]:
    def nothing() -> int:
        return 2

    nothing.__doc__ = summary
    return nothing


def _version(wanted: bool) -> None:
    if wanted:
        from skewcheck.cli import output  # help needs none

        output.say(f"skewcheck {__version__}\n")
        raise typer.Exit


def _skewcheck(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  # its callback does it all
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help=DEBUG)] = False,  # noqa: ARG001  # see main
) -> None:
    """Says what production does to your features that training did not."""
    if context.invoked_subcommand is None:
        from skewcheck.cli import output  # as above

        output.say(f"{context.get_help()}\n")
        raise typer.Exit(2)


@runtime_checkable
class _Misused(Protocol):
    """What click raises for wrong options: newer typer brings a click of its own."""

    def format_message(self) -> str:
        """Return what is wrong, in a sentence."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process by default) and return its exit code.

    2 for whatever kept it from a verdict, with one line on stderr; 130 for Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    given = [word for word in words if word != "--debug"]
    _prepare()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without these letters is no error
    try:
        names = given[:1] if given and given[0] in COMMANDS else []
        # Without a command there is help, and what a shell completes.
        helped = bool(set(_HELP) & set(given))
        listed = not names and COMPLETION not in os.environ
        tool = app(*names, listed=listed, helped=bool(names) and helped)
        group = get_command(tool)
        if names:
            from skewcheck.cli.quick import take_as_given  # help has nothing to convert

            take_as_given(group, _skewcheck, _HELP)
            take_as_given(getattr(group, "commands", {}).get(names[0]), command(names[0]), _HELP)
        return int(group(given, prog_name="skewcheck", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except SystemExit as stop:
        # Click leaves with 1 when nobody reads its help to the end. That is no finding, and no
        # audit ends this way: 1 must not be taken for one.
        return 0 if stop.code in (0, None) or set(_HELP) & set(given) else 2
    except Exception as error:
        # The boundary: whatever else it is, it must not end in 1, which would say "skew".
        if "--debug" in words:
            import traceback

            traceback.print_exc()
        from skewcheck.cli import output  # as above

        output.tell(f"skewcheck: {_message(error, given)}")
        return 2


def _prepare() -> None:
    """Reduce garbage collection and threads of this process, before large packages are imported."""
    # Nearly all objects that imports make stay: collecting meanwhile costs as much as many imports,
    # and the collection when the interpreter ends more than leaving them there.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    # Files are read by one thread per core; the threads of BLAS would only spin beside them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The allocator that Arrow has by default gives pages back and takes them again, cleared by the
    # system, for each row group: a sixth of the time of an audit, and a quarter of its memory.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def _place(error: BaseException) -> str:
    """Return where in our own code an error came from: `engine/plan.py, line 12`."""
    place, trace = "in a library", error.__traceback__
    package = Path(__file__).parents[1]
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if package in file.parents:
            place = f"{file.relative_to(package).as_posix()}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _message(error: Exception, given: Sequence[str]) -> str:
    """Return what went wrong, in one line."""
    from skewcheck.config.given import AS_FLAGS, Origin  # most commands go well
    from skewcheck.text.errors import SkewcheckError, message

    if isinstance(error, SkewcheckError):
        # A command with a configuration file has said which options stand there.
        spelling = error.spelling
        flags = isinstance(spelling, Origin) and spelling.kind == "flags"
        return str(error) if flags else message(error.args, AS_FLAGS)
    if isinstance(error, _Misused):
        name = f" {given[0]}" if given and given[0] in COMMANDS else ""
        return f"{error.format_message().rstrip('.')}; see `skewcheck{name} --help`"
    if isinstance(error, MemoryError):
        return "out of memory; audit fewer logs at once, and report it if they are small"
    # What it says may be a value of the data: that is for --debug alone.
    fault = f"internal error ({type(error).__name__}: {_place(error)})"
    return f"{fault}: skewcheck's own, not your data's; run again with --debug and report it"
