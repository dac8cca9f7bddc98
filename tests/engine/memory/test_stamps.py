"""Whether a remembered file is still the same: its content changed with its times put back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rides import frame, refused

from skewcheck.cli import main
from skewcheck.engine.memory import stamps
from skewcheck.logs import open_logs
from skewcheck.logs.storage import About

Captured = pytest.CaptureFixture[str]
OLD = 1_700_000_000
IS_TRUSTED = stamps._is_trusted


@pytest.fixture
def middle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of text whose middle is to change; its inode and times never do.

    That is a network share that sets them as it likes.
    """
    frame(2, 20_000).to_csv("log.csv", index=False)
    os.utime("log.csv", (OLD, OLD))
    for module in ("skewcheck.logs.storage", "skewcheck.engine.memory.stamps"):
        monkeypatch.setattr(
            f"{module}.about_local",
            lambda found: About(found.st_size, found.st_mtime, (1, found.st_size, OLD, OLD)),
        )
    monkeypatch.setattr(stamps, "_is_trusted", lambda _: True)
    return folder / "log.csv"


def spoilt(path: Path) -> None:
    """Change all rows but those of both ends: each fare begins with a 9."""
    lines = path.read_bytes().splitlines(keepends=True)
    changed = [b"9" + line[1:] for line in lines[2_000:-2_000]]
    path.write_bytes(b"".join([*lines[:2_000], *changed, *lines[-2_000:]]))
    os.utime(path, (OLD, OLD))


def test_a_full_hash_sees_every_change(middle: Path) -> None:

    def audit(how: str) -> int:
        words = ["--state", how, "--state-hash", how, "--quiet"]
        return main(["audit", "p.json", "log.csv", *words])

    assert [audit("auto"), audit("full")] == [0, 0]
    spoilt(middle)
    assert audit("auto") == 0  # what the option is for
    assert audit("full") == 1


def test_a_network_share_is_hashed_whole(
    middle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "_is_trusted", IS_TRUSTED)
    device = middle.stat().st_dev
    line = f"36 35 {os.major(device)}:{os.minor(device)} / /mnt rw shared:1 - nfs4 host:/x rw\n"
    (tmp_path / "mounts").write_text(f"1 0 0:1 / / rw - ext4 /dev/a rw\n{line}")
    monkeypatch.setattr(stamps, "_MOUNTS", tmp_path / "mounts")
    stamps._is_trusted.cache_clear()
    try:
        command = ["audit", "p.json", "log.csv", "--state", "s", "--quiet"]
        assert main(command) == 0
        spoilt(middle)
        assert main(command) == 1
    finally:
        stamps._is_trusted.cache_clear()


@pytest.mark.parametrize(
    ("kind", "trusted"),
    [("ext4", True), ("xfs", True), ("overlay", True), ("nfs", False), ("cifs", False),
     ("fuse.sshfs", False), ("9p", False)],
)  # fmt: skip
def test_file_systems(
    kind: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The line is that of the manual page proc_pid_mountinfo(5), with another device and type.
    place = os.makedev(98, 3)
    (tmp_path / "mounts").write_text(
        f"36 35 98:3 /mnt1 /mnt2 rw,noatime master:1 - {kind} /dev/root rw,errors=continue\n"
    )
    monkeypatch.setattr(stamps, "_MOUNTS", tmp_path / "mounts")
    stamps._is_trusted.cache_clear()
    assert stamps._is_trusted(place) is trusted
    assert stamps._is_trusted(os.makedev(98, 4))  # not listed
    stamps._is_trusted.cache_clear()


def test_a_touched_file_is_the_same_to_a_full_hash(folder: Path) -> None:
    (file,) = open_logs("good.csv").files
    before = stamps.stamp(file, "full"), stamps.stamp(file, "auto")
    os.utime("good.csv", (OLD, OLD))
    assert stamps.stamp(file, "full") == before[0]
    assert stamps.stamp(file, "auto") != before[1]


def test_the_option_needs_a_state(folder: Path, capsys: Captured) -> None:
    assert "--state-hash: needs --state FOLDER" in refused(
        capsys, "audit", "p.json", "good.csv", "--state-hash", "full"
    )
