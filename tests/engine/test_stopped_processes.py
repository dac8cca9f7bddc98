"""Ctrl-C at any moment, and an error in the midst of work: no process waits for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path

import pytest

from skewcheck.engine.engines.processes import _uninterrupted, opened

LARGE = 300_000
"""More bytes than a pipe holds, of a call and of its result."""


def _for_ever(mark: Path, _load: bytes) -> bytes:
    mark.touch()
    while True:
        time.sleep(0.01)


def _result(mark: Path, load: bytes) -> bytes:
    mark.touch()
    return load


def _failing(call: Callable[[Path, bytes], bytes], mark: Path, calls: int) -> list[Future[bytes]]:
    """Return calls of two processes, in the midst of which an error ended the block."""
    try:
        with opened(2) as engine:
            assert engine.executor is not None
            futures = [engine.executor.submit(call, mark, bytes(LARGE)) for _ in range(calls)]
            while not mark.exists():
                time.sleep(0.01)
            raise KeyError
    except KeyError:
        return futures


def test_an_error_ends_what_runs_and_what_waits(tmp_path: Path) -> None:
    kinds = [
        CancelledError if each.cancelled() else type(each.exception())
        for each in _failing(_for_ever, tmp_path / "mark", 20)
    ]
    assert set(kinds) == {KeyboardInterrupt, CancelledError}
    assert 1 <= kinds.count(KeyboardInterrupt) <= 5


def test_results_are_whole_or_not_there(tmp_path: Path) -> None:
    for each in _failing(_result, tmp_path / "mark", 20):
        assert (
            each.cancelled()
            or isinstance(each.exception(), KeyboardInterrupt)
            or (each.result() == bytes(LARGE))
        )


@pytest.mark.skipif(os.name != "posix", reason="it sends signals: run it on Linux or macOS")
def test_a_process_is_started_whole() -> None:
    """Half of it, the rest interrupted, would keep the pipe of all calls open, and wait."""
    done = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it

    def start() -> None:
        with _uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            done.append(subprocess.run(["true"], check=True))

    try:
        with pytest.raises(KeyboardInterrupt):
            start()
        assert len(done) == 1
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
