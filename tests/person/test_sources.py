"""What a source gives after an erasure: other shops, changes alone, and pages of an export that goes on."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from etl.person.wanted import Asked, Key
from etl.runs.person import erase_person
from tests.person.world import ASKED, DAY, EMAIL, NAME, found_in
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Seen, Server, customer, is_closing, page
from tests.support.workplace import BIKES, PARK, Project

CLOCK = QuickClock(NOON + DAY)


class Shop:
    """A project beside a shop of these customers, in pages of ten; `broken` answers nothing from that offset on."""

    def __init__(self, project: Project, server: Server, *customers: dict[str, Any]) -> None:
        self.project = project.configure(BIKES, server.base_url)
        self.customers, self.changed = list(customers), list[dict[str, Any]]()
        self.broken: int | None = None
        self.now = NOON
        server.script = self._answer

    def _answer(self, seen: Seen) -> Answer:
        dated = {"Date": format_datetime(self.now, usegmt=True)}
        if is_closing(seen):
            return Answer(page(self.changed), headers=dated)
        offset = int(seen.query.get("offset", "0"))
        if self.broken is not None and offset >= self.broken:
            return Answer(b"", status=401)
        following = offset + 10 if offset + 10 < len(self.customers) else None
        return Answer(page(self.customers[offset : offset + 10], following), headers=dated)

    def erase(self, asked: Asked = ASKED) -> None:
        erase_person(self.project.settings(), asked, [self.project.out], clock=CLOCK)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(()) as server:
        yield server


def people(count: int, theirs: int) -> list[dict[str, Any]]:
    """So many customers, one of whom is the person."""
    return [customer(n, **({"email": EMAIL} if n == theirs else {})) for n in range(1, count + 1)]


@pytest.mark.parametrize("theirs", [1, 9, 10, 11, 20])
async def test_an_export_goes_on_behind_an_erased_record(project: Project, server: Server, theirs: int) -> None:
    """It asks again for the last row that it knows, to be sure that nothing moved: the place of a record is enough."""
    shop = Shop(project, server, *people(25, theirs))
    shop.broken = 15
    assert (await project.export(clock=QuickClock())).exit_code == 77
    shop.erase()
    shop.broken = None
    report = await project.export(clock=QuickClock())
    assert (report.exit_code, report.as_dict()["erased"]) == (0, 1)
    assert project.ids() == [str(n) for n in range(1, 26) if n != theirs]
    assert found_in(project.folder) == []


async def test_changes_alone_do_not_bring_an_erased_record_back(project: Project, server: Server) -> None:
    shop = Shop(project, server, *people(12, 3))
    await project.export(clock=QuickClock())
    shop.erase()
    shop.changed = [customer(3, email=EMAIL, name="Later"), customer(5, name="Anders")]
    shop.now = NOON + DAY
    report = await project.export(clock=QuickClock(NOON + DAY), since="last")
    assert (report.exit_code, report.returned) == (0, {"bikes.customers": 1})
    assert project.ids() == [str(n) for n in (1, 2, 4, *range(6, 13), 5)]
    assert found_in(project.folder) == []
    again = await project.replay(out=project.folder / "again")
    assert (again.exit_code, again.as_dict()["erased"]) == (0, 2)


async def test_the_record_of_another_shop_with_the_same_number_is_somebody_else(
    project: Project, server: Server
) -> None:
    shop = Shop(project, server, *people(5, 3))
    await project.export(clock=QuickClock())
    shop.erase(Asked(keys=frozenset({Key("bikes", "customers", "3")})))
    project.configure(BIKES.replace("shop", "winkel"), server.base_url)
    report = await project.export(clock=QuickClock(NOON + DAY))
    assert (report.exit_code, report.returned, "3" in project.ids()) == (0, {}, True)
    project.configure(BIKES, server.base_url)
    report = await project.export(clock=QuickClock(NOON + 2 * DAY))
    assert (report.returned, "3" in project.ids()) == ({"bikes.customers": 1}, False)


async def test_an_erasure_leaves_the_pages_of_another_shop_alone(project: Project, server: Server) -> None:
    """By the key, as its number there is somebody else's; by the address they are found at every shop."""
    shop = Shop(project, server, *people(5, 0))
    await project.export(clock=QuickClock())
    project.configure(BIKES.replace("shop", "winkel"), server.base_url)
    shop.customers[2]["name"] = "Ander"
    await project.export(clock=QuickClock(NOON + DAY))
    shop.erase(Asked(keys=frozenset({Key("bikes", "customers", "3")})))
    project.configure(BIKES, server.base_url)
    assert (await project.replay(out=project.folder / "again")).as_dict().get("erased", 0) == 0
    project.configure(BIKES.replace("shop", "winkel"), server.base_url)
    assert (await project.replay(out=project.folder / "again")).as_dict()["erased"] == 1


async def test_one_who_vanished_is_erased_from_what_is_kept_of_them(project: Project, server: Server) -> None:
    shop = Shop(project, server, *people(12, 3))
    await project.export(clock=QuickClock())
    del shop.customers[2]
    report = await project.export(clock=QuickClock(NOON + DAY), full=True)
    assert "3" in project.ids()
    shop.erase()
    assert found_in(project.folder) == []
    report = await project.export(clock=QuickClock(NOON + 2 * DAY))
    assert (report.exit_code, "3" in project.ids()) == (0, False)
    assert report.as_dict()["accounts"]["bikes"]["streams"]["customers"]["vanished"] == 0


async def test_a_page_that_a_killed_export_left_unnamed_goes_with_the_next_one(
    project: Project, server: Server
) -> None:
    """It was killed after the journal had learnt the name of the page without them, before the old file went."""
    shop = Shop(project, server, *people(5, 3))
    await project.export(clock=QuickClock())
    left = {path: path.read_bytes() for path in (project.state / "landing").rglob("*.zst")}
    shop.erase()
    for path, data in left.items():
        path.write_bytes(data)
    assert found_in(project.folder) != []
    shop.customers[0]["name"] = "Anders"
    await project.export(clock=QuickClock(NOON + DAY))
    assert found_in(project.folder) == []


async def test_an_address_that_stands_across_two_pieces_of_a_large_list_is_found(
    project: Project, server: Server
) -> None:
    """Lists of any size are read a megabyte at a time."""
    project.configure(PARK, server.base_url)
    person = {"id": 2, "voornaam": "Zebedeus", "achternaam": NAME, "email1": EMAIL}
    klanten = [{"id": n, "type": "klant", "naam": f"Klant {n}", "contactpersonen": []} for n in range(10, 3000)]
    them = {"id": 5, "type": "klant", "naam": NAME, "contactpersonen": [person]}
    filler = {"id": 4, "type": "klant", "naam": "", "contactpersonen": []}
    body = orjson.dumps([filler, them, *klanten])
    filler["naam"] = "x" * ((1 << 20) - body.index(EMAIL.encode()) - 5)
    body = orjson.dumps([filler, them, *klanten])
    assert body.index(EMAIL.encode()) == (1 << 20) - 5
    server.script = lambda _: Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    await project.export("park.contacten", clock=QuickClock())
    shutil.rmtree(project.out)  # else the record is known by its id
    assert found_in(project.folder) != []
    erase_person(project.settings(), ASKED, [project.out], clock=CLOCK)
    assert found_in(project.folder) == []
    report = await project.export("park.contacten", clock=QuickClock(NOON + DAY))
    assert (report.exit_code, report.returned) == (0, {"park.contacten": 1})
    assert found_in(project.folder) == []
    assert len(project.ids("park.contacten")) == 2991
