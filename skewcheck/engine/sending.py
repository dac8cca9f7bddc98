"""Submit tasks to an executor: how to count is sent with the first ones alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Generic

from skewcheck.counts.profile import Limits
from skewcheck.engine.tasks import M, Piece, Read, Sent, Task, Work, run, task_of


class Sender(Generic[M]):
    """Sends a work in the first tasks; later ones find it in the processes that had these."""

    def __init__(self, executor: Executor, work: Work[M], first: int) -> None:
        self._executor, self._left = executor, first
        self._work = Sent.of(work)
        self._known = replace(self._work, data=None)

    def task(
        self, pieces: Sequence[Piece], limits: Limits, apart: int | None = None
    ) -> Task[M] | None:
        """Return a task of some pieces; None where threads of this process must measure them."""
        work = self._work if self._left else self._known
        task: Task[M] | None = task_of(work, pieces, limits, apart)
        if task is not None and self._left:
            self._left -= 1
        return task

    def submit(self, task: Task[M], *, again: bool = False) -> Future[Read[M] | None]:
        """Submit a task; `again`, with the work, where its process had none."""
        return self._executor.submit(run, replace(task, work=self._work) if again else task)
