"""A session of a push as its steps share it, for tests that call one step: nothing is sent before a step does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from etl.push.diff.spelling import Spelling
from etl.push.dispatch.group_commit import GroupCommit
from etl.push.ownership.open_ledger import ledger_paths
from etl.push.push import Setting, open_target_client
from etl.push.push_order import destination_of
from etl.push.session import PushSession
from etl.state.ledger_file import open_ledger

from .machine import Machine

RUN = "20260310T120000Z-aaaa"


@asynccontextmanager
async def session_of(machine: Machine) -> AsyncIterator[PushSession]:
    """The session of a run that has just begun."""
    loaded = machine.settings()
    destination = destination_of(loaded, f"er.{machine.target}")
    setting = Setting(loaded, destination, machine.out, clock=machine.clock)
    with open_ledger(ledger_paths(loaded), destination.key, now=machine.clock.now()) as ledger:
        ledger.begin(RUN, destination.name, machine.clock.now())
        async with open_target_client(setting) as client:
            spelling = Spelling(ledger.spellings())
            yield PushSession(destination, client, ledger, GroupCommit(ledger), machine.clock, RUN, spelling)
