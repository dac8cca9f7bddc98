"""The command `skewcheck` and `python -m skewcheck`: Ctrl-C ends either in silence and 130."""

from __future__ import annotations

import _thread
import sys

TYPE_CHECKING = False  # importing typing takes longer than all that stands here
if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_INTERRUPTED = 130
"""Exit code: 128 and the number of the signal, as of any program that a shell runs."""


def main() -> int:
    """Run the command line of the process and return its exit code; 130 for Ctrl-C at any time.

    What the command line needs is imported here, as most of a short run is spent on it.
    """
    try:
        sys.unraisablehook = _raise_again
        from skewcheck.cli import main as run

        code = run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        # CPython ends by the signal, instead of with the code, where Ctrl-C met a text that was
        # evaluated (each dataclass does so), even if it was caught. The next text resets this.
        eval("0")  # noqa: S307  # a constant
    return code


def _raise_again(unraisable: UnraisableHookArgs) -> None:
    """Interrupt the main thread once more where Ctrl-C met a callback, which cannot raise it."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        # By another thread, as one from here would be raised before this function has returned.
        _thread.start_new_thread(_thread.interrupt_main, ())
    else:
        sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    sys.exit(main())
