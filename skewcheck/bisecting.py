"""Which commit's numbers production uses: the history of a parameter file beside a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Unpack

from skewcheck.auditing import audit
from skewcheck.config.given import Origin
from skewcheck.config.keywords import settings_for
from skewcheck.config.loading import loaded
from skewcheck.config.types import Settings
from skewcheck.features.types import Parameters
from skewcheck.repair.bisect.repository import Repository
from skewcheck.repair.bisect.search import Bisected, bisected, shows_numbers
from skewcheck.repair.bisect.versions import versions_of
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError, naming

if TYPE_CHECKING:
    from skewcheck.auditing import Sources
    from skewcheck.config.typed import BisectOptions
    from skewcheck.results.audit import Audit


@naming(Origin("function", "bisect"))
def bisect(
    logs: Sources,
    parameters: str | Path,
    repo: str | Path | None = None,
    *,
    reference: Sources | None = None,
    settings: Settings | None = None,
    **options: Unpack[BisectOptions],
) -> Bisected:
    """Return the version of a parameter file in git whose numbers the served values of a log have.

    `parameters` is a file in a git repository (that of `repo`, by default the one around the file):
    a parameter file of any format, or code that holds the numbers. `reference` is training data,
    for a file without distributions. The file is read by git alone: nothing
    of the repository is executed, and nothing fetched. `options` are those of an audit that say how
    the log is read. Raises a SkewcheckError where there is no repository, no commit with the file,
    no version that can be read, or no served value in the log.
    """
    chosen = settings_for("bisect", settings, options)
    path = Path(parameters)
    if path.is_dir():
        problem = ": is a folder; name the file that holds the numbers"
        raise UsageError(OptionName("parameters", str(path)), problem)
    if not path.is_file():
        raise UsageError(OptionName("parameters", str(path)), ": no such file")
    current = loaded(path, chosen.names)
    repository = Repository.around(path.resolve(), None if repo is None else str(repo))
    with TemporaryDirectory(prefix="skewcheck-") as folder:

        def read(file: Path) -> Parameters:
            return loaded(file, chosen.names)

        versions = versions_of(repository, repository.name_of(path), Path(folder), read)
        if not versions.versions:
            last = versions.unreadable[-1]
            problem = last.problem or f"the last one is {last.why}"
            raise UsageError(f"{path}: no version of it in git can be read: {problem}")

        def audit_with(files: Sequence[Path]) -> Audit:
            older = tuple(str(file) for file in files)
            result = audit(path, logs, reference=reference, settings=replace(chosen, history=older))
            if not any(shows_numbers(feature) for feature in result.features):
                raise NothingToTestError(
                    "nothing in the log shows which numbers production uses: it takes raw and"
                    " served values of a row, or served ones of a feature whose training values"
                    " lie on a grid (", OptionName("reference"), " names training data)",
                )  # fmt: skip
            return result

        return bisected(current, versions, audit_with, shallow=repository.shallow)
