"""The nightly examples: what cron and systemd would run is run, and systemd reads its files."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from machines import ROOT, Machine

DOCS = ROOT / "docs"
CRONTAB = (DOCS / "crontab").read_text().splitlines()
SERVICE = (DOCS / "skewcheck.service").read_text().replace("\\\n", "")


def dated(machine: Machine, *, broken: bool) -> None:
    """Write a log that has been there for a while, of rows of the last hours."""
    import os
    import time

    import pandas as pd

    machine.log(broken=broken)
    path = machine.folder / "logs" / "today.parquet"
    log = pd.read_parquet(path)
    now = pd.Timestamp.now("UTC")
    log.assign(ts=now - pd.to_timedelta(range(len(log)), unit="s")).to_parquet(path)
    old = time.time() - 3600
    os.utime(path, (old, old))


def cron(machine: Machine) -> tuple[int, str]:
    """Run the crontab's line as cron does; return its exit code and the mail."""
    (line,) = [line for line in CRONTAB if re.match(r"[0-9*]", line)]
    schedule = re.fullmatch(r"((?:[0-9*/,-]+ ){5})(.*)", line)
    assert schedule is not None
    # An unescaped % would end the command, and the rest of the line be its input.
    assert not re.search(r"(?<!\\)%", schedule[2])
    command = schedule[2].replace("\\%", "%").replace("/srv/model", str(machine.folder))
    done = machine.run("/bin/sh", "-c", command)
    return done.returncode, done.stdout + done.stderr


def test_cron_mails_only_what_is_new(machine: Machine) -> None:
    dated(machine, broken=False)
    assert cron(machine) == (0, "")
    dated(machine, broken=True)
    _, mail = cron(machine)
    assert "skew" in mail
    assert mail.count("\n") == 1
    assert cron(machine) == (0, "")
    shutil.rmtree(machine.folder / "logs")
    assert "logs" in cron(machine)[1]


def test_cron_says_where_it_mails_and_finds_the_tool() -> None:
    names = {line.partition("=")[0] for line in CRONTAB if re.match(r"[A-Z]+=", line)}
    assert names == {"MAILTO", "PATH"}


@pytest.mark.parametrize(("broken", "code"), [(False, 0), (True, 1)])
def test_the_service(machine: Machine, broken: bool, code: int) -> None:
    dated(machine, broken=broken)
    (line,) = re.findall(r"^ExecStart=(.*)$", SERVICE, re.MULTILINE)
    folder = machine.folder / "state"
    folder.mkdir()
    command = line.replace("%%", "%").replace("${STATE_DIRECTORY}", str(folder))
    words = shlex.split(command)
    assert Path(words[0]).is_absolute()
    done = machine.run("skewcheck", *words[1:])
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.count("\n") == 1
    assert (folder / "skewcheck.prom").stat().st_size


def test_systemd_takes_both_units(machine: Machine) -> None:
    for unit in ("skewcheck.service", "skewcheck.timer"):
        text = (DOCS / unit).read_text().replace("/usr/local/bin/skewcheck", sys.executable)
        (machine.folder / unit).write_text(text)
    done = machine.run("systemd-analyze", "verify", "skewcheck.service", "skewcheck.timer")
    assert (done.returncode, done.stderr) == (0, "")
    (when,) = re.findall(r"^OnCalendar=(.*)$", (DOCS / "skewcheck.timer").read_text(), re.MULTILINE)
    told = machine.run("systemd-analyze", "calendar", when).stdout
    assert "Normalized form: *-*-* 03:15:00 UTC" in told


def test_every_link_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (DOCS / target).exists(), f"{page.name}: {target}"
