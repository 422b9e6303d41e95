"""A journal that was lost is noticed, and made again from the landed pages."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from etl.state.lock import hold
from etl.state.manifests import line, whole_lines
from tests.support.shops import NORTH, ROWS, SOUTH, Shops, shops_of
from tests.support.workplace import Ran

WHOLE = 6
"""How many pages an export of everything has, the one at its end for what changed meanwhile among them."""


@pytest.fixture
async def shops(tmp_path: Path) -> AsyncIterator[Shops]:
    async with shops_of(tmp_path) as shops:
        yield shops.at(NORTH)


def pages(ran: Ran) -> int:
    calls = ran.summary["calls"]
    return int(calls["sent"] - calls["over_fetched"])


def gone(path: Path) -> None:
    for each in path.parent.glob("state.db*"):
        each.unlink()


def empty(path: Path) -> None:
    gone(path)
    path.touch(mode=0o600)


def fresh(path: Path) -> None:
    """One that another folder would begin with."""
    gone(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 0")
        database.execute("VACUUM")


def foreign(path: Path) -> None:
    gone(path)
    path.write_bytes(os.urandom(5000))


def torn(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    path.write_bytes(data[:5000] + os.urandom(len(data) - 5000))


HARMS = (gone, empty, fresh, foreign)


def state(shops: Shops) -> Path:
    return shops.project.state / "state.db"


def landed(shops: Shops) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (shops.project.state / "landing").rglob("*") if path.is_file()}


async def rebuilt(shops: Shops) -> Ran:
    ran = await shops.run("state", "rebuild", "--json")
    assert (ran.code, ran.err) == (0, "")
    return ran


async def same_again(shops: Shops, out: Path) -> bool:
    """Whether a replay writes what is there, bit for bit."""
    ran = await shops.replay(out)
    assert ran.code == 0, ran.err
    files = [path.relative_to(out) for path in sorted(out.rglob("*.parquet"))]
    assert files
    return all((out / name).read_bytes() == (shops.project.out / name).read_bytes() for name in files)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_a_journal_that_was_lost_beside_landed_pages_ends_with_what_to_do(
    harm: Callable[[Path], None], shops: Shops
) -> None:
    assert (await shops.export()).code == 0
    before = landed(shops)
    harm(state(shops))
    for arguments in (
        ("export", "mine", "--out", "out"),
        ("replay", "mine", "--out", "again"),
        ("status",),
        ("purge",),
    ):
        ran = await shops.run(*arguments)
        assert (ran.code, "state.db" in ran.err, "etl state rebuild" in ran.err) == (78, True, True), ran.err
    assert landed(shops) == before
    assert not (shops.project.folder / "again").exists()


@pytest.mark.parametrize(("harm", "told"), [(gone, "state.db is gone"), (empty, "state.db is empty")])
async def test_a_journal_that_was_lost_beside_landed_pages_is_named(
    harm: Callable[[Path], None], told: str, shops: Shops
) -> None:
    await shops.export()
    harm(state(shops))
    for _ in range(2):
        ran = await shops.export()
        assert (ran.code, f"{told}, though pages have landed beside it" in ran.err) == (78, True)
    assert state(shops).exists() is (harm is empty), "nothing was put in its place"


async def test_a_journal_that_knows_no_run_beside_landed_pages_is_named(shops: Shops) -> None:
    await shops.export()
    fresh(state(shops))
    ran = await shops.export()
    assert (ran.code, "state.db was emptied: it knows nothing of the pages" in ran.err) == (78, True), ran.err


async def test_a_folder_in_which_nothing_landed_begins_without_a_word(shops: Shops) -> None:
    refused = await shops.export(rules=[{"action": {"status": 401}}])
    assert refused.code == 77
    gone(state(shops))
    assert (await shops.export()).code == 0


@pytest.mark.parametrize("harm", [*HARMS, torn], ids=lambda harm: harm.__name__)
async def test_it_is_made_again_with_the_same_tables_cursor_and_vanished_rows(
    harm: Callable[[Path], None], shops: Shops, tmp_path: Path
) -> None:
    run_id = (await shops.export()).summary["run_id"]
    shops.leave(NORTH, 3, 4)
    await shops.export()
    shops.leave(NORTH, 5)
    assert (await shops.export()).code == 0
    assert shops.gone() == 3
    assert (await shops.run("purge", "--older-than", "0")).code == 0, "the pages with those that vanished are gone"
    harm(state(shops))
    told = (await rebuilt(shops)).summary
    assert (told["rebuilt"], told["lost"], told["unnamed"]) == (True, 0, 0)
    assert [(each["name"], each["complete"], each["unfinished"]) for each in told["streams"]] == [(shops.name, 1, 0)]
    assert await same_again(shops, tmp_path / "again")
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.gone(), shops.owners()) == (0, 1, 3, {NORTH: ROWS})
    shops.leave(NORTH, 6)
    ran = await shops.export()
    changes = ran.summary["accounts"]["mine"]["streams"]["customers"]["changes"]
    assert (changes, shops.gone()) == ({"new": 0, "changed": 0, "vanished": 1}, 4)
    assert run_id not in (await shops.run("status", "--json")).out, "it fetched nothing that is still needed"
    assert (await shops.run("status", ran.summary["run_id"])).code == 0


async def test_changes_that_were_merged_are_merged_again(shops: Shops, tmp_path: Path) -> None:
    await shops.export()
    store = shops.simulator.stores_of(NORTH)["cyclesoftware.customers"]
    for key in store.ids()[:3]:
        wire = store.get(key)
        assert wire is not None
        store.put(key, wire)
    await shops.export("--since", "last")
    last = await shops.export("--since", "last")
    empty(state(shops))
    assert (await rebuilt(shops)).summary["streams"][0]["complete"] == 3
    assert await same_again(shops, tmp_path / "again")
    kept = (await shops.run("status", last.summary["run_id"], "--json")).summary
    assert kept == {name: value for name, value in last.summary.items() if name in kept}


async def test_an_export_that_was_interrupted_goes_on_where_it_was_and_is_not_complete(
    shops: Shops, tmp_path: Path
) -> None:
    await shops.interrupted()
    empty(state(shops))
    told = (await rebuilt(shops)).summary
    assert [(each["complete"], each["unfinished"], each["since"]) for each in told["streams"]] == [(0, 1, None)]
    assert (await shops.replay(tmp_path / "again")).code == 64
    ran = await shops.export()
    assert (ran.code, pages(ran) < WHOLE, shops.owners()) == (0, True, {NORTH: ROWS})


async def test_one_whose_end_is_not_proven_is_not_complete(shops: Shops, tmp_path: Path) -> None:
    await shops.export()
    empty(state(shops))
    (manifest,) = (shops.project.state / "landing").rglob("*.pages")
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[:-30])
    told = (await rebuilt(shops)).summary
    assert [(each["complete"], each["unfinished"]) for each in told["streams"]] == [(0, 1)]
    ran = await shops.export()
    assert (ran.code, pages(ran), shops.owners()) == (0, 0, {NORTH: ROWS}), "all has landed, and the tables are made"
    assert await same_again(shops, tmp_path / "again")
    assert manifest.read_bytes().count(b"\n") == whole.count(b"\n") + 1, "the torn line went, the next ones came"


async def test_changes_that_rest_on_pages_which_are_gone_are_not_believed(shops: Shops, tmp_path: Path) -> None:
    await shops.export()
    await shops.export("--since", "last")
    max((path for path in map(Path, landed(shops)) if ".json." in path.name), key=lambda p: p.stat().st_size).unlink()
    empty(state(shops))
    told = (await rebuilt(shops)).summary
    assert [(each["complete"], each["unfinished"], each["since"]) for each in told["streams"]] == [(0, 0, None)]
    assert told["lost"] == 2
    assert (await shops.replay(tmp_path / "again")).code == 64
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.owners()) == (0, WHOLE, {NORTH: ROWS})


async def test_pages_of_an_older_release_are_named_by_the_next_export(shops: Shops, tmp_path: Path) -> None:
    await shops.export()
    manifests = list((shops.project.state / "landing").rglob("*.pages"))
    for manifest in manifests:
        manifest.unlink()
    await shops.export("--since", "last")
    empty(state(shops))
    assert (await rebuilt(shops)).summary["streams"][0]["complete"] == 2
    assert await same_again(shops, tmp_path / "again")


async def test_those_of_which_nothing_tells_are_told_and_the_next_export_begins_anew(shops: Shops) -> None:
    await shops.export()
    for manifest in (shops.project.state / "landing").rglob("*.pages"):
        manifest.unlink()
    empty(state(shops))
    refused = await shops.export()
    assert refused.code == 78
    told = await shops.run("state", "rebuild")
    assert told.code == 0
    assert "landed pages belong to none of them" in told.err
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.owners()) == (0, WHOLE, {NORTH: ROWS})


async def test_what_was_said_to_be_one_shop_is_still_one(shops: Shops, tmp_path: Path) -> None:
    await shops.export()
    shops.leave(NORTH, 3)
    await shops.export()
    shops.people(SOUTH, owner=NORTH)
    shops.leave(SOUTH, 3)
    assert (await shops.at(SOUTH).run("accounts", "same", "mine")).code == 0
    empty(state(shops))
    await rebuilt(shops)
    assert await same_again(shops, tmp_path / "again")
    ran = await shops.export("--since", "last")
    assert (ran.code, ran.err, pages(ran), shops.gone()) == (0, "", 1, 1)


async def test_a_journal_that_is_whole_is_left_as_it_is(shops: Shops) -> None:
    await shops.export()
    before = sorted(path.name for path in shops.project.state.glob("state.db*"))
    assert (await rebuilt(shops)).summary["rebuilt"] is False
    assert sorted(path.name for path in shops.project.state.glob("state.db*")) == before


async def test_it_is_not_made_again_while_a_run_uses_it(shops: Shops) -> None:
    await shops.export()
    empty(state(shops))
    with hold(shops.project.state / "locks", [shops.name]):
        ran = await shops.run("state", "rebuild")
    assert (ran.code, shops.name in ran.err) == (75, True)
    assert state(shops).stat().st_size == 0


async def test_what_there_is_of_the_old_one_is_kept_and_a_half_made_one_is_made_anew(shops: Shops) -> None:
    await shops.export()
    foreign(state(shops))
    was = state(shops).read_bytes()
    state(shops).with_name("state.db.rebuilt").write_bytes(b"killed half-way")
    await rebuilt(shops)
    (kept,) = shops.project.state.glob("state.db.before-*")
    assert kept.read_bytes() == was
    assert not list(shops.project.state.glob("state.db.rebuilt*"))


async def test_a_newer_manifest_is_not_read(shops: Shops) -> None:
    await shops.export()
    empty(state(shops))
    (manifest,) = (shops.project.state / "landing").rglob("*.pages")
    manifest.write_bytes(b"".join(line({**each, "format": 99}) for each in filter(None, whole_lines(manifest))))
    ran = await shops.run("state", "rebuild")
    assert (ran.code, "newer contact-etl" in ran.err) == (78, True)
    assert state(shops).stat().st_size == 0


def put_aside(folder: Path) -> Path:
    aside = folder.with_name(f"{folder.name}.aside")
    folder.rename(aside)
    return aside


async def told_and_made_again(shops: Shops) -> Ran:
    """Every command tells that the journal knows less than what landed; then it is made again."""
    before = landed(shops)
    for arguments in (("status",), ("export", "mine", "--out", "no")):
        ran = await shops.run(*arguments)
        assert (ran.code, "older than what has landed" in ran.err, "etl state rebuild" in ran.err) == (78, True, True)
    assert landed(shops) == before
    ran = await rebuilt(shops)
    assert ran.summary["rebuilt"] is True
    return ran


async def test_a_journal_begun_anew_before_the_pages_were_put_back_is_noticed_and_made_again(
    shops: Shops, tmp_path: Path
) -> None:
    await shops.export()
    await shops.export("--since", "last")
    aside = put_aside(shops.project.state)
    refused = await shops.export(rules=[{"action": {"status": 401}}])
    assert (refused.code, (await shops.run("status")).code) == (77, 0)
    shutil.copytree(aside / "landing", shops.project.state / "landing", dirs_exist_ok=True)
    told = (await told_and_made_again(shops)).summary
    assert [(each["complete"], each["unfinished"]) for each in told["streams"]] == [(2, 0)]
    assert refused.summary["run_id"] in (await shops.run("status", "--json")).out, "what it alone knew is kept"
    assert await same_again(shops, tmp_path / "again")
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.owners()) == (0, 1, {NORTH: ROWS})


@pytest.mark.parametrize("moment", ["whole exports", "in the middle"])
async def test_a_journal_from_a_backup_is_noticed_and_what_landed_since_is_not_fetched_again(
    moment: str, shops: Shops, tmp_path: Path
) -> None:
    await (shops.export() if moment == "whole exports" else shops.interrupted())
    kept = shops.project.folder / "backup.db"
    with closing(sqlite3.connect(state(shops))) as source, closing(sqlite3.connect(kept)) as target:
        source.backup(target)
    shops.leave(NORTH, 3)
    assert (await shops.export()).code == 0
    gone(state(shops))
    kept.rename(state(shops))
    assert (await told_and_made_again(shops)).summary["lost"] == 0
    assert await same_again(shops, tmp_path / "again")
    ran = await shops.export("--since", "last")
    assert (ran.code, pages(ran), shops.gone()) == (0, 1, moment == "whole exports")


async def test_what_is_told_is_where_the_next_run_begins(shops: Shops) -> None:
    """A later time of an export of changes from a time that leaves a gap is not it."""
    await shops.export()
    cursor = json.loads((await shops.run("status", "--json")).out)["cursors"][0]["server_date"]
    shops.clock.ago = -3600
    assert (await shops.export("--since", "2090-01-01")).code == 0
    empty(state(shops))
    told = (await rebuilt(shops)).summary
    assert (told["streams"][0]["since"], told["streams"][0]["complete"]) == (cursor, 2)
    assert json.loads((await shops.run("status", "--json")).out)["cursors"][0]["server_date"] == cursor


async def test_damaged_lines_are_counted_and_told(shops: Shops) -> None:
    await shops.export()
    shops.leave(NORTH, 3)
    await shops.export()
    for path in (shops.project.state / "landing").rglob("*"):
        if path.suffix == ".pages" or path.name in ("vanished", "outputs"):
            path.write_bytes(path.read_bytes() + b"00000000 {}\n")
    empty(state(shops))
    ran = await shops.run("state", "rebuild")
    assert (ran.code, "4 lines beside the landed pages are damaged" in ran.err) == (0, True), ran.err
