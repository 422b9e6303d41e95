"""Order concurrent jobs: one at a time for each natural key, and one at a time in all where nothing tells rows apart.

A row whose key is taken waits in that key's lane (a queue), and follows when the one before it is settled. Where an API
keeps no reference and merges nothing, rows are created one after another, so that a new record belongs to the one row.
"""

from __future__ import annotations

from collections import deque

from etl.push.job import Job
from etl.push.reconcile.in_doubt import Doubt
from etl.push.session import PushSession


class Ordering:
    def __init__(self, session: PushSession) -> None:
        self._session, self._target = session, session.target
        self._taken: dict[str, deque[Job]] = {}
        self._alone = False

    def is_full(self, job: Job) -> bool:
        """Whether the job must wait for the one before it, because nothing tells their records apart."""
        return self._alone and self._is_alone(job)

    def enter(self, job: Job) -> bool:
        """Take the job's lane; False, and the job waits in it, where another has it."""
        if self._is_alone(job):
            self._alone = True
            return True
        lane = self._lane(job)
        if lane is None:
            return True
        if lane in self._taken:
            self._taken[lane].append(job)
            return False
        self._taken[lane] = deque()
        return True

    def leave(self, job: Job, *, in_doubt: bool = False) -> Job | None:
        """End the job; returns the next one in its lane. A job in doubt keeps its lane."""
        if self._is_alone(job):
            self._alone = False
            return None
        return None if in_doubt else self._free(self._lane(job))

    def block(self, doubt: Doubt) -> None:
        """Take the lane of an earlier run's doubt."""
        lane = self._target.natural_key(doubt.body) if doubt.action == "create" else None
        if lane is not None:
            self._taken.setdefault(lane, deque())

    def unblock(self, doubt: Doubt) -> list[Job]:
        """Free the lane of a settled doubt; returns all jobs that waited in it."""
        lane = self._target.natural_key(doubt.body) if doubt.action == "create" else None
        return list(self._taken.pop(lane, ())) if lane is not None else []

    def _free(self, lane: str | None) -> Job | None:
        waiting = self._taken.get(lane) if lane is not None else None
        if waiting is None or lane is None:
            return None
        if waiting:
            return waiting.popleft()
        del self._taken[lane]
        return None

    def _lane(self, job: Job) -> str | None:
        return self._target.natural_key(job.body) if job.action == "create" and job.body else None

    def _is_alone(self, job: Job) -> bool:
        return job.action == "create" and self._target.reference is None and not self._session.merges(job.body or {})
