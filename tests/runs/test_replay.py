"""A replay writes the tables of a stream while no other run does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from etl.state.lock import hold
from tests.support.shops import NORTH, ROWS, Shops, shops_of


@pytest.fixture
async def shops(tmp_path: Path) -> AsyncIterator[Shops]:
    async with shops_of(tmp_path) as shops:
        yield shops.at(NORTH)


async def test_a_replay_while_another_run_is_busy_with_the_stream_ends_with_75(shops: Shops, tmp_path: Path) -> None:
    await shops.export()
    with hold(shops.project.state / "locks", [shops.name]):
        refused = await shops.replay(tmp_path / "again")
    assert (refused.code, f"Another run is busy with {shops.name}" in refused.err) == (75, True)
    assert not (tmp_path / "again" / "contacts").exists()
    assert (await shops.replay(tmp_path / "again")).code == 0
    assert shops.owners(tmp_path / "again") == {NORTH: ROWS}
