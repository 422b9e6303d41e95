"""Whether the record of a create in doubt is there: the search on its own, at a simulator, case by case."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio

from etl.push.diff.spelling import CASE, DROPPED, MARKS, Spelling
from etl.push.ownership.references import reference_of
from etl.push.reconcile.in_doubt import Doubt
from etl.push.reconcile.search import OVERLAP, UNKNOWN_CLOCK, Finding, find, is_new, parameters_of, since
from etl.push.session import PushSession
from etl.simulator import Simulator
from etl.simulator.engine.faults import FaultPlan
from etl.state.entries import EntryState, Floor, Source, Step
from etl.systems.declare import Record
from tests.support.clock import NOON
from tests.support.colleague import Colleague
from tests.support.machine import Machine, machine_at
from tests.support.session import RUN, session_of
from tests.support.weather import Wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")

TARGETS = ("customers", "contacts", "contacten", "klanten")


@dataclass
class Place:
    """A session at one target, and somebody who works there. Names are given once, so that no test finds another's."""

    session: PushSession
    colleague: Colleague
    simulator: Simulator
    named: list[str] = field(default_factory=list)

    def name(self) -> str:
        self.named.append(f"Jansen {len(self.named)}{self.session.target.name}")
        return self.named[-1]

    def doubt(self, body: Record, key: str = "1", **more: Any) -> Doubt:
        source = Source("", "klanten", key)
        return replace(Doubt(source, "create", "", body, body, "", 0.0, (RUN, 1), NOON), **more)

    def reference(self, key: str = "1") -> str:
        return reference_of(self.session.ledger.id, Source("", "klanten", key))

    def known(self, key: str, remote_id: str | None, body: Record | None = None) -> None:
        """Note in the ledger that a row has a record, or that a body was sent for it."""
        source, text = Source("", "klanten", key), orjson.dumps(dict(body or {})).decode()
        step = Step(source, EntryState.DONE, "create", remote_id, "", text, run_id=RUN, line=1, at=NOON)
        self.session.ledger.write([step])

    async def find(self, *doubts: Doubt, floor: Floor | None = None, others: Sequence[Doubt] = ()) -> list[Finding]:
        return await find(self.session, doubts, {RUN: floor}, others)


@asynccontextmanager
async def at(machine: Machine) -> AsyncIterator[Place]:
    async with session_of(machine) as session:
        yield Place(session, machine.colleague, machine.simulator)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def places(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Place]]:
    folder = tmp_path_factory.mktemp("search")
    async with machine_at(folder, "customers") as machine:
        one, two, three, four = (replace(machine, folder=folder / name, target=name) for name in TARGETS)
        async with at(one) as bikes, at(two) as books, at(three) as park, at(four) as club:
            yield dict(zip(TARGETS, (bikes, books, park, club), strict=True))


def place_of(places: dict[str, Place], target: str) -> Place:
    place = places[target]
    return replace(place, session=replace(place.session, spelling=Spelling()))


@pytest.fixture
def bikes(places: dict[str, Place]) -> Place:
    """Where records have references, and the list is asked for what changed since a time."""
    return place_of(places, "customers")


@pytest.fixture
def books(places: dict[str, Place]) -> Place:
    """Where records have references and an envelope, and the whole list is read."""
    return place_of(places, "contacts")


@pytest.fixture
def park(places: dict[str, Place]) -> Place:
    """Where records have no references, and the whole list is read."""
    return place_of(places, "contacten")


@pytest.fixture
def club(places: dict[str, Place]) -> Place:
    """Where the API merges, and its list shows no persons and is asked for what is newer than an id."""
    return place_of(places, "klanten")


def customer(name: str, reference: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "city": "Ede", "customer_reference": reference, **more}


def relation(name: str, email: str = "a@example.nl", **more: Any) -> dict[str, Any]:
    return {"naam": name, "plaats": "Ede", "contactpersonen": [{"hoofdcontact": True, "email1": email}], **more}


ABSENT = Finding("absent")


# -- by a reference -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stored",
    [
        lambda reference: reference,
        lambda reference: f" {reference.upper()} ",
        lambda reference: reference[:16],
    ],
    ids=["as sent", "in capitals", "cut"],
)
async def test_a_record_with_our_reference_is_found(bikes: Place, stored: Callable[[str], str]) -> None:
    name = bikes.name()
    reference = bikes.reference(name)
    key = bikes.colleague.create(**customer(name, stored(reference)))
    (found,) = await bikes.find(bikes.doubt(customer(name, reference), name))
    assert (found.kind, found.remote_id, found.record) == ("found", key, bikes.colleague.sees(key))


async def test_a_whole_reference_of_ours_is_enough_and_a_cut_or_a_common_one_is_not(bikes: Place) -> None:
    name = bikes.name()
    whole, cut = bikes.reference(f"{name} a"), bikes.reference(f"{name} b")
    key = bikes.colleague.create(**customer("Smit", whole))
    bikes.colleague.create(**customer("Smit", cut[:16]))
    bikes.colleague.create(**customer("Smit", f"K-{name}"))
    sent = [customer(name, reference) for reference in (whole, cut, f"K-{name}")]
    found = await bikes.find(*(bikes.doubt(body, str(number)) for number, body in enumerate(sent)))
    assert [(one.kind, one.remote_id) for one in found] == [("found", key), ("absent", None), ("absent", None)]


async def test_a_whole_reference_of_another_ledger_needs_somebody_alike(bikes: Place) -> None:
    name = bikes.name()
    theirs = reference_of("another ledger", Source("", "klanten", name))
    bikes.colleague.create(**customer("Smit", theirs))
    assert await bikes.find(bikes.doubt(customer(name, theirs))) == [ABSENT]
    key = bikes.colleague.create(**customer(name, theirs))
    assert [one.remote_id for one in await bikes.find(bikes.doubt(customer(name, theirs)))] == [key]


async def test_a_reference_alone_says_nothing_of_who_cannot_be_compared(bikes: Place) -> None:
    reference = f"K-{bikes.name()}"
    bikes.colleague.create(customer_reference=reference, city="Ede")
    assert await bikes.find(bikes.doubt({"customer_reference": reference, "city": "Ede"})) == [ABSENT]


async def test_a_reference_in_an_envelope_is_found_too(books: Place) -> None:
    name = books.name()
    body = {"name": name, "client_reference": books.reference(name)}
    key = books.colleague.create(**body)
    (found,) = await books.find(books.doubt(body, name))
    assert (found.kind, found.remote_id) == ("found", key)


async def test_who_stands_there_under_another_reference_is_for_people(bikes: Place) -> None:
    name = bikes.name()
    key = bikes.colleague.create(**customer(name, "K-2"))
    reason = f"The same person stands there under another reference: {key}."
    doubt = bikes.doubt(customer(name, bikes.reference(name)), name)
    assert await bikes.find(doubt) == [Finding("unclear", key, reason)]
    bikes.known(f"{name} its own", key)
    assert await bikes.find(doubt) == [ABSENT]


async def test_a_reference_that_begins_like_ours_is_another_one(bikes: Place) -> None:
    name = bikes.name()
    key = bikes.colleague.create(**customer(name, "CUSTOMER-2026-0002"))
    (found,) = await bikes.find(bikes.doubt(customer(name, "CUSTOMER-2026-0001")))
    assert (found.kind, found.remote_id) == ("unclear", key)
    assert await bikes.find(bikes.doubt(customer(bikes.name(), "CUSTOMER-2026-0001"))) == [ABSENT]


async def test_who_stands_there_under_the_reference_of_another_row_of_ours_is_that_row(bikes: Place) -> None:
    name = bikes.name()
    other = customer(name, bikes.reference(f"{name} another"))
    bikes.colleague.create(**other)
    bikes.known(f"{name} another", None, other)
    assert await bikes.find(bikes.doubt(customer(name, bikes.reference(name)), name)) == [ABSENT]


async def test_who_has_the_reference_of_another_doubt_is_no_twin(bikes: Place) -> None:
    name = bikes.name()
    one, other = (customer(name, bikes.reference(f"{name} {key}")) for key in "ab")
    key = bikes.colleague.create(**other)
    found = await bikes.find(bikes.doubt(one, "a"), bikes.doubt(other, "b"))
    assert [(one.kind, one.remote_id) for one in found] == [("absent", None), ("found", key)]


async def test_a_reference_that_the_target_spells_otherwise_is_the_same(bikes: Place) -> None:
    name = bikes.name()
    key = bikes.colleague.create(**customer(name, f"K{name}".replace(" ", "")))
    doubt = bikes.doubt(customer(name, f"K-{name}"))
    assert [one.kind for one in await bikes.find(doubt)] == ["unclear"]
    bikes.session.spelling.learnt["customer_reference"] = {MARKS}
    assert await bikes.find(doubt) == [Finding("found", key, record=bikes.colleague.sees(key))]


async def test_without_the_references_that_a_target_discards_the_person_is_looked_for(bikes: Place) -> None:
    name = bikes.name()
    key = bikes.colleague.create(**customer(name))
    doubt = bikes.doubt(customer(name, bikes.reference(name)), name)
    assert [one.kind for one in await bikes.find(doubt)] == ["unclear"]
    bikes.session.spelling.learnt["customer_reference"] = {DROPPED}
    assert await bikes.find(doubt) == [Finding("found", key, record=bikes.colleague.sees(key))]
    assert await bikes.find(bikes.doubt(customer(bikes.name(), bikes.reference("x")), "x")) == [ABSENT]
    other = bikes.name()
    bikes.colleague.create(**customer(other, "K-2"))  # it kept this one, so it is another's
    assert [one.kind for one in await bikes.find(bikes.doubt(customer(other, bikes.reference(other)), other))] == [
        "unclear"
    ]


async def test_of_a_target_that_discards_some_references_the_others_still_count(bikes: Place) -> None:
    name = bikes.name()
    bikes.session.spelling.learnt["customer_reference"] = {DROPPED}
    key = bikes.colleague.create(**customer(name, bikes.reference(name)))
    (found,) = await bikes.find(bikes.doubt(customer(name, bikes.reference(name)), name))
    assert (found.kind, found.remote_id) == ("found", key)


# -- by who it is ---------------------------------------------------------------------------------------


async def test_without_references_an_equal_record_that_is_new_is_found(park: Place) -> None:
    name = park.name()
    key = park.colleague.create(**relation(name))
    doubt = park.doubt(relation(name))
    for highest in (int(key) - 1, None):
        (found,) = await park.find(doubt, floor=Floor(NOON, None, None, highest))
        assert found == Finding("found", key, record=park.colleague.sees(key))
    assert [one.kind for one in await park.find(doubt)] == ["found"]
    assert await park.find(doubt, floor=Floor(NOON, None, None, int(key))) == [ABSENT]
    assert await park.find(park.doubt(relation(name, "b@example.nl"))) == [ABSENT]
    assert await park.find(park.doubt(relation(name, plaats="Urk"))) == [ABSENT]


async def test_into_what_the_api_merged_a_body_need_not_be_new_or_free(club: Place) -> None:
    name = club.name()
    key = club.colleague.create(**relation(name))
    club.known(f"{name} its own", key)
    (found,) = await club.find(club.doubt(relation(name)), floor=Floor(NOON, None, None, int(key)))
    assert (found.kind, found.remote_id) == ("found", key)
    record = found.record
    assert record is not None and [one["email1"] for one in record["contactpersonen"]] == ["a@example.nl"]


async def test_what_the_api_merges_is_seen_with_its_persons(club: Place) -> None:
    name = club.name()
    club.colleague.create(**relation(name, "b@example.nl"))
    assert await club.find(club.doubt(relation(name))) == [ABSENT]


async def test_what_vanishes_before_its_persons_are_read_is_not_there(club: Place) -> None:
    name = club.name()
    key = club.colleague.create(**relation(name))
    club.simulator.set_faults(Wrong(re.compile(rf"^GET /api2/klanten/{key}\b"), {"status": 404}))
    try:
        assert await club.find(club.doubt(relation(name))) == [ABSENT]
    finally:
        club.simulator.set_faults(FaultPlan(None))
    assert [one.kind for one in await club.find(club.doubt(relation(name)))] == ["found"]


async def test_what_the_api_does_not_merge_must_be_new_and_free(club: Place) -> None:
    name = club.name()
    key = club.colleague.create(**relation(name, ""))
    doubt = club.doubt(relation(name, ""))
    assert [one.kind for one in await club.find(doubt)] == ["found"]
    assert await club.find(doubt, floor=Floor(NOON, None, None, int(key))) == [ABSENT]
    club.known(f"{name} its own", key)
    assert await club.find(doubt) == [ABSENT]


# -- whose it is ----------------------------------------------------------------------------------------


async def test_a_record_of_another_row_is_not_this_rows_and_its_own_is(park: Place) -> None:
    name = park.name()
    key = park.colleague.create(**relation(name))
    park.known(name, key)
    assert await park.find(park.doubt(relation(name), "another")) == [ABSENT]
    assert [one.remote_id for one in await park.find(park.doubt(relation(name), name))] == [key]


async def test_more_records_than_equal_rows_in_doubt_are_for_people(park: Place) -> None:
    name = park.name()
    keys = [park.colleague.create(**relation(name)) for _ in range(7)]
    reason = f"Several records may be this one: {', '.join(keys[:5])}."
    assert await park.find(park.doubt(relation(name))) == [Finding("unclear", keys[0], reason)]


async def test_of_as_many_records_as_equal_rows_in_doubt_each_row_gets_one(park: Place) -> None:
    name = park.name()
    keys = [park.colleague.create(**relation(name)) for _ in range(3)]
    doubts = [park.doubt(relation(name), f"{name} {number}") for number in range(3)]
    assert [one.remote_id for one in await park.find(*doubts)] == keys
    (found,) = await park.find(doubts[0], others=doubts[1:])
    assert (found.kind, found.remote_id) == ("found", keys[0])
    elsewhere = [doubts[1], replace(doubts[2], remote_id="999999")]
    assert [one.kind for one in await park.find(doubts[0], others=elsewhere)] == ["found"]


async def test_a_doubt_whose_record_was_named_does_not_compete_for_another(park: Place) -> None:
    name = park.name()
    keys = [park.colleague.create(**relation(name)) for _ in range(2)]
    named = park.doubt(relation(name), "b", remote_id=keys[1])
    (found,) = await park.find(park.doubt(relation(name), "a"), others=[named])
    assert (found.kind, found.remote_id) == ("unclear", keys[0])


async def test_a_doubt_whose_record_was_named_as_a_twin_does_not_compete_either(bikes: Place) -> None:
    name = bikes.name()
    bikes.session.spelling.learnt["customer_reference"] = {CASE}
    body = customer(name, f"K-{name}")
    twin = bikes.colleague.create(**customer(name, f"L-{name}"))
    keys = [bikes.colleague.create(**body) for _ in range(2)]
    (found,) = await bikes.find(bikes.doubt(body, "a"), others=[bikes.doubt(body, "b", remote_id=twin)])
    assert (found.kind, found.remote_id) == ("unclear", keys[0])


# -- where it is looked for -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "highest", "new"), [("8", 7, True), ("7", 7, False), ("6", 7, False), ("7", None, True), ("a7", 7, True)]
)
async def test_a_record_is_new_unless_its_id_was_there_when_the_run_began(
    key: str, highest: int | None, new: bool
) -> None:
    assert is_new(key, Floor(NOON, None, None, highest)) is new
    assert is_new(key, None)


def floor(server: datetime | None, ours: datetime | None = NOON, highest: int | None = None) -> Floor:
    return Floor(NOON, server, ours, highest)


async def test_a_search_by_time_begins_before_the_first_call_by_the_servers_clock(bikes: Place) -> None:
    session, hour, ahead = bikes.session, timedelta(hours=1), timedelta(minutes=20)
    early, late = bikes.doubt({}, sent_at=NOON), bikes.doubt({}, sent_at=NOON + hour)
    assert since(session, NOON) == {"modified_since": "2026-03-10 12:50:00"}  # Amsterdam's, ten minutes before
    assert since(session, NOON, overlap=hour) == {"modified_since": "2026-03-10 12:00:00"}
    assert (timedelta(minutes=10), timedelta(days=1)) == (OVERLAP, UNKNOWN_CLOCK)
    ahead_floor = floor(NOON + ahead)
    assert parameters_of(session, [early, late], [ahead_floor] * 2) == since(session, NOON + ahead)
    assert parameters_of(session, [late, early], [ahead_floor, floor(NOON - hour)]) == since(session, NOON - hour)
    for unknown in (floor(None), floor(NOON, None)):
        assert parameters_of(session, [early, late], [ahead_floor, unknown]) == since(
            session, NOON + hour - UNKNOWN_CLOCK
        )
    assert parameters_of(session, [early, late], [ahead_floor, None]) == {}
    assert parameters_of(session, [early], [None]) == {}


async def test_a_search_by_id_begins_at_the_lowest_that_was_there_before_a_run(club: Place) -> None:
    plain, merged = (club.doubt(relation("A", email)) for email in ("", "a@example.nl"))
    seven, nine = floor(None, None, 7), floor(None, None, 9)
    assert parameters_of(club.session, [plain, plain], [nine, seven]) == {"id>": "7"}
    assert parameters_of(club.session, [plain, plain], [nine, floor(None)]) == {}
    assert parameters_of(club.session, [plain, plain], [nine, None]) == {}
    assert parameters_of(club.session, [plain, merged], [nine, seven]) == {}


async def test_without_a_way_to_limit_it_the_whole_list_is_searched(park: Place, books: Place) -> None:
    for place in (park, books):
        assert parameters_of(place.session, [place.doubt({})], [floor(NOON, NOON, 7)]) == {}
