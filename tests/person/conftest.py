"""A world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from etl.simulator import Simulator
from tests.support.scripted import Server
from tests.support.workplace import Project

from .world import World


@pytest_asyncio.fixture
async def world(project: Project) -> AsyncIterator[World]:
    options = {"rows": 0, "products": 0, "per_minute": None, "per_day": None}
    with Server([]) as server:
        async with Simulator(**options) as simulator:  # type: ignore[arg-type]  # its options by name
            yield World(project, server, simulator)
