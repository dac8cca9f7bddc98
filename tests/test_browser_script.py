"""`make test` gets a browser where it may, once, and never fails for want of one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("browser.sh")


class Machine:
    """A path of a few programs, of which apt-get writes down how it is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failed = folder / "failed"
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "rm").symlink_to(str(shutil.which("rm")))

    def has(self, name: str, script: str = "") -> None:
        """Put a program on the path."""
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def run(self, user: int = 0, **variables: str) -> tuple[str, list[str]]:
        """Run the script; return what it says and the commands of apt-get."""
        self.has("id", f"echo {user}")
        log = self.folder / "log"
        log.write_text("")
        done = subprocess.run(
            ["/bin/sh", str(SCRIPT), str(self.failed)], capture_output=True, text=True, check=True,
            env={"PATH": str(self.bin), "LOG": str(log), **variables},
        )  # fmt: skip
        return done.stdout + done.stderr, log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.has("apt-get", 'echo "$*" >> "$LOG"')
    return made


def test_root_gets_one_by_apt_get(machine: Machine) -> None:
    said, commands = machine.run()
    assert said.count("\n") == 1
    assert [" update " in f" {line} " for line in commands] == [True, False]
    assert commands[1].endswith("--no-install-recommends chromium chromium-driver")
    assert not machine.failed.exists()


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_one_that_is_there_is_taken(machine: Machine, name: str) -> None:
    machine.has("chromedriver")
    machine.has(name)
    assert machine.run() == ("", [])


def test_a_driver_alone_is_no_browser(machine: Machine) -> None:
    machine.has("chromedriver")
    assert len(machine.run()[1]) == 2


def test_nobody_is_asked_for_a_password(machine: Machine) -> None:
    assert machine.run(user=1000) == ("", [])
    (machine.bin / "apt-get").unlink()
    assert machine.run() == ("", [])


def test_somebody_may_want_none(machine: Machine) -> None:
    assert machine.run(SKEWCHECK_NO_BROWSER="1") == ("", [])
    assert not machine.failed.exists()


def test_what_failed_is_not_tried_again_until_it_is_asked_for(machine: Machine) -> None:
    machine.has("apt-get", 'echo "$*" >> "$LOG"; echo "E: no network" >&2; exit 100')
    said, commands = machine.run()
    assert len(commands) == 1
    assert "`make browser` tries again" in said
    assert machine.failed.read_text() == "E: no network\n"
    assert machine.run() == ("", [])
    machine.failed.unlink()
    assert len(machine.run()[1]) == 1
