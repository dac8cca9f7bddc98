"""A file's versions in a git repository, read by git's own plumbing; nothing of it is executed.

What a repository configures to be run (hooks, filters, text converters, signature programs, file
system monitors, fetching of missing objects) is switched off.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from skewcheck.text.errors import OptionName, UsageError

MAX_SECONDS = 120
"""Of one call of git: histories of 100,000 commits take some ten seconds."""
MAX_FORMER_NAMES = 100
"""Names that a file had before it was renamed: more are a loop of names or an attack."""
OBJECTS_AT_ONCE = 32
"""Contents that are in memory at once: of parameter files of 5,000 features some 600 MB."""
_SAFE = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false",
    "protocol.allow=never", "core.pager=cat", "diff.renames=true", "diff.renameLimit=2000",
    "core.quotePath=false",
)  # fmt: skip
_UNSET = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF", "GIT_OBJECT_DIRECTORY",
    "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_TRACE", "GIT_PAGER", "GIT_NAMESPACE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, as git says it; texts may hold anything."""

    hash: str
    author: str
    date: str
    """When its author wrote it, ISO 8601 with the author's offset."""
    subject: str
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Blob:
    """A content of the file, and the commit that brought it."""

    commit: Commit
    path: str
    """The file's name then, from the repository's root."""
    object: str | None
    """The content's object name; None where the commit removed the file."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository with a working tree."""

    root: Path
    shallow: bool
    """Whether older commits were left out when it was cloned."""

    @classmethod
    def around(cls, path: Path, folder: str | None = None) -> Repository:
        """Return the repository of a file, or of `folder`; UsageError where there is none."""
        if shutil.which("git") is None:
            raise UsageError("git is not installed, or not in PATH: it reads the history")
        place = Path(folder) if folder is not None else path.parent
        if not place.is_dir():
            raise UsageError(OptionName("repo", str(place)), ": no such folder")
        try:
            words = _git(place, ("rev-parse", "--show-toplevel", "--is-shallow-repository"))
        except UsageError:
            named = OptionName("repo", str(place)) if folder is not None else str(place)
            raise UsageError(named, ": no git repository that may be read") from None
        root, shallow = os.fsdecode(words).rstrip("\n").rsplit("\n", 1)
        return cls(Path(root), shallow == "true")

    def name_of(self, path: Path) -> str:
        """Return a file's name from the root; UsageError for one outside of the repository."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            raise UsageError(f"{path}: is not in the repository {self.root}") from None

    def blobs(self, name: str) -> list[Blob]:
        """Return the file's contents, oldest first, along all branches that were merged.

        Former names are followed. Empty where no commit has the file.
        """
        names = [name]
        for former in names:  # grows while former names are met
            entries = self._log([former])
            added = [entry for entry in entries if entry[1] == "A"]
            for commit, _, blob in added:
                source = self._renamed_from(commit.hash, blob.path)
                if source is not None and source not in names and len(names) < MAX_FORMER_NAMES:
                    names.append(source)
        return [blob for _, _, blob in reversed(self._log(names))]

    def contents(self, objects: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the bytes of objects, few of them in memory at once; None for one that is missing,
        as of a partial clone."""
        for first in range(0, len(objects), OBJECTS_AT_ONCE):
            yield from self._contents(objects[first : first + OBJECTS_AT_ONCE])

    def _contents(self, objects: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        text = "".join(f"{name}\n" for name in objects).encode()
        out = _git(self.root, ("cat-file", "--batch"), text)
        at = 0
        for name in objects:
            end = out.index(b"\n", at)
            head = out[at:end].split(b" ")
            at = end + 1
            if len(head) != 3 or head[1] != b"blob":
                yield name, None
                at += int(head[2]) + 1 if len(head) == 3 else 0
                continue
            size = int(head[2])
            yield name, out[at : at + size]
            at += size + 1

    def _log(self, names: Sequence[str]) -> list[tuple[Commit, str, Blob]]:
        """Return commits that changed files of these names, newest first, with the kind of change.

        Merges are compared with each parent: a content is new where no parent had it.
        """
        out = _git(self.root, (
            "log", "--topo-order", "--full-history", "-m", "--raw", "-z", "--no-abbrev",
            "--no-renames", "--no-ext-diff", "--no-textconv", "--no-show-signature",
            "--format=%H%x00%P%x00%an%x00%aI%x00%s", "HEAD", "--",
            *(f":(top,literal){name}" for name in names),
        ))  # fmt: skip
        fields = [field.decode("utf-8", "replace") for field in out.split(b"\x00")]
        entries, at = [], 0
        # By position: no text of a commit holds a NUL, whatever else it holds.
        while at + 5 <= len(fields):
            name, parents, author, date, subject = fields[at : at + 5]
            commit, at = Commit(name, author, date, subject, merge=" " in parents), at + 5
            while at + 1 < len(fields) and fields[at].lstrip("\n").startswith(":"):
                *_, new, kind = fields[at].split(" ")
                blob = Blob(commit, fields[at + 1], None if kind == "D" else new)
                entries.append((commit, kind, blob))
                at += 2
        return entries

    def _renamed_from(self, commit: str, name: str) -> str | None:
        """Return what a file was called before a commit that seems to have added it.

        A file whose only line changed as it moved is like no other: then it is the only one with
        that ending that the commit removed.
        """
        out = _git(self.root, (
            "diff-tree", "-r", "-m", "--root", "--no-commit-id", "--name-status", "-z", "-M",
            "--no-ext-diff", "--no-textconv", commit,
        ))  # fmt: skip
        fields, removed = iter(os.fsdecode(out).split("\x00")[:-1]), set[str]()
        for kind in fields:
            former = next(fields, "")
            if kind[:1] in ("R", "C") and next(fields, "") == name:
                return former
            if kind == "D" and Path(former).suffix == Path(name).suffix:
                removed.add(former)
        return removed.pop() if len(removed) == 1 else None


def _git(folder: Path, arguments: Sequence[str], text: bytes = b"") -> bytes:
    """Return what git prints; UsageError with its first line where it fails."""
    environment = {key: value for key, value in os.environ.items() if key not in _UNSET}
    environment |= {
        "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C",
    }  # fmt: skip
    options = [word for setting in _SAFE for word in ("-c", setting)]
    command = ["git", "-C", str(folder), "--no-pager", *options, *arguments]
    try:
        done = subprocess.run(  # noqa: S603  # a list of arguments, names after `--`
            command, input=text, capture_output=True, timeout=MAX_SECONDS, check=False,
            env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UsageError(f"git took more than {MAX_SECONDS} seconds in {folder}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise UsageError(f"git cannot read {folder}: {said[0]}")
    return done.stdout
