"""The options of `bisect` alone: the file, and the repository that it is in."""

from __future__ import annotations

from skewcheck.config.option import Option
from skewcheck.config.readers import PATH

# fmt: off
VERSIONED = Option("parameters", PATH, "", "The parameter file, or code with its numbers, in git.",
    ("bisect",), "PATH", required=True)
REPO = Option("repo", PATH, None, "A folder of the git repository.", ("bisect",), "DIR",
    otherwise="that of the file")
# fmt: on
