"""What an answer or a record proves about a write, case by case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from etl.push.diff.spelling import CASE, Spelling
from etl.push.dispatch.proof import (
    NOTHING,
    Seen,
    is_about,
    may_be,
    seen_in_answer,
    seen_in_record,
    seen_of_create,
    shown,
)
from etl.push.job import Action, Job
from etl.push.ownership.references import reference_of
from etl.push.session import PushSession
from etl.simulator import Simulator
from etl.state.entries import Form, FormKind, Source
from etl.systems.declare import Record
from tests.support.machine import Machine
from tests.support.session import session_of

SOURCE = Source("", "klanten", "1")
PERSON = {"name": "Jansen", "email": "jansen@example.nl", "city": "Ede"}
ANOTHER = {"name": "Smit", "email": "smit@example.nl"}
PARK = {"naam": "Jansen", "adres": "Dorpsstraat 1", "postcode": "1337XD", "website": "", "plaats": "Ede"}
MAIN = {"contactpersonen": [{"hoofdcontact": True, "email1": "jansen@example.nl"}]}


@asynccontextmanager
async def at(folder: Path, target: str) -> AsyncIterator[PushSession]:
    """A session at a target that nothing is asked of."""
    async with session_of(Machine(folder, target, Simulator(rows=0), base_url="http://127.0.0.1:9")) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sessions(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, PushSession]]:
    folder = tmp_path_factory.mktemp("proof")
    async with (
        at(folder / "bikes", "customers") as bikes,
        at(folder / "books", "contacts") as books,
        at(folder / "park", "contacten") as park,
    ):
        yield {"bikes": bikes, "books": books, "park": park}


@pytest.fixture
def bikes(sessions: dict[str, PushSession]) -> PushSession:
    """A session at a target whose records are bare and have references; no spelling is known to it."""
    return replace(sessions["bikes"], spelling=Spelling())


@pytest.fixture
def books(sessions: dict[str, PushSession]) -> PushSession:
    """The same at one whose records have an envelope."""
    return replace(sessions["books"], spelling=Spelling())


@pytest.fixture
def park(sessions: dict[str, PushSession]) -> PushSession:
    """The same at one without references."""
    return replace(sessions["park"], spelling=Spelling())


def own(session: PushSession) -> str:
    return reference_of(session.ledger.id, SOURCE)


def body_of(session: PushSession, **more: Any) -> dict[str, Any]:
    return {**PERSON, "customer_reference": own(session), **more}


def job_of(action: Action, **more: Any) -> Job:
    return Job(1, SOURCE, action, None, **more)


def update_of(before: Record | None, **expected: Any) -> Job:
    return job_of("update", remote_id="7", before=before, expected=expected)


# -- which record is shown ------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, [], "text", {}, {"id": 7}, {"customer_id": None}, [{"customer_id": 7}]])
def test_an_answer_without_a_record_shows_none(bikes: PushSession, body: Any) -> None:
    assert shown(bikes, body) is None
    assert seen_in_answer(bikes, job_of("create", body=body_of(bikes)), body) == NOTHING


def test_a_record_is_shown_in_its_envelope_or_bare(books: PushSession, bikes: PushSession) -> None:
    contact = {"Contact": {"id": "7", "name": "Jansen"}}
    for body in (contact, {"response": {"code": 200, "data": contact}}):
        assert shown(books, body) == contact
    assert shown(books, {"response": {"code": 200, "data": {}}}) is None
    assert shown(bikes, {"customer_id": 7}) == {"customer_id": 7}


# -- creates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "answer", "record", "odd"),
    [
        ({}, "proven", "proven", ()),
        ({"city": "EDE"}, "proven", "proven", ()),
        ({"city": "Utrecht"}, "unproven", "proven", ("city",)),
        ({"city": None}, "proven", "proven", ("city",)),
        ({**ANOTHER, "city": "Urk"}, "unproven", "proven", ("name", "email", "city")),
        ({"customer_reference": "of another"}, "misdirected", "misdirected", ()),
    ],
    ids=["as sent", "as spelt there", "another value", "dropped", "others all", "another reference"],
)
def test_a_record_proves_what_it_shows_of_a_create(
    bikes: PushSession, changes: Record, answer: Any, record: Any, odd: tuple[str, ...]
) -> None:
    sent = body_of(bikes)
    found = {"customer_id": 7, **sent, **changes}
    job = job_of("create", body=sent)
    in_answer = Seen(answer, found, odd if answer == "proven" else ())
    assert seen_in_answer(bikes, job, found) == in_answer
    in_record = Seen(record, found, odd)
    assert seen_in_record(bikes, job, found) == in_record
    assert seen_of_create(bikes, sent, found) == in_record


def test_a_field_that_is_never_shown_is_proven_by_the_whole_record_alone(
    bikes: PushSession, books: PushSession
) -> None:
    job = job_of("create", body=body_of(bikes))
    found = {"customer_id": 7, **body_of(bikes)}
    del found["city"]
    assert seen_in_answer(bikes, job, found) == Seen("unproven", found)
    assert seen_in_record(bikes, job, found) == Seen("proven", found)
    sent = {"name": "Jansen", "client_reference": own(books), "location_city": "Ede"}
    contact = {"Contact": {"id": "7", "name": "Jansen", "client_reference": own(books)}}
    assert seen_in_answer(books, job_of("create", body=sent), contact) == Seen("unproven", contact)
    assert seen_of_create(books, sent, contact) == Seen("proven", contact)


def test_a_list_that_is_never_shown_is_proven_by_the_whole_record_alone(bikes: PushSession) -> None:
    sent = body_of(bikes, phone_numbers=[{"phone_number": "0201234567"}])
    found = {"customer_id": 7, **body_of(bikes)}
    assert seen_in_answer(bikes, job_of("create", body=sent), found) == Seen("unproven", found)
    assert seen_of_create(bikes, sent, found) == Seen("proven", found)


def test_another_value_in_a_list_that_is_shown_is_told_with_its_place(bikes: PushSession) -> None:
    sent = body_of(bikes, phone_numbers=[{"phone_number": "0201234567"}])
    found = {"customer_id": 7, **sent, "phone_numbers": [{"phone_number": "0209999999"}]}
    assert seen_in_answer(bikes, job_of("create", body=sent), found) == Seen("unproven", found)
    assert seen_of_create(bikes, sent, found) == Seen("proven", found, ("phone_numbers[0].phone_number",))


def test_what_was_learnt_from_a_proof_is_kept_and_told_with_each_row_that_it_takes_from(
    bikes: PushSession,
) -> None:
    long = body_of(bikes, street="Straat aan de lange rivier")
    found = {"customer_id": 7, **long, "street": "Straat aan"}
    assert seen_in_answer(bikes, job_of("create", body=long), found) == Seen("proven", found, ("street",))
    assert bikes.ledger.spellings()["street"] == [Form(FormKind.CUT, 10)]
    assert seen_in_answer(bikes, job_of("create", body=long), found).odd == ("street",)


def test_case_and_marks_are_no_loss_and_a_reference_of_ours_is_none_either(bikes: PushSession) -> None:
    sent = body_of(bikes)
    found = {"customer_id": 7, **sent, "city": "EDE", "name": "Jan-sen", "customer_reference": own(bikes)[:16]}
    assert seen_in_answer(bikes, job_of("create", body=sent), found) == Seen("proven", found)
    assert set(bikes.spelling.learnt) == {"city", "name", "customer_reference"}


def test_fields_that_differ_are_told_with_the_row(bikes: PushSession) -> None:
    assert Seen("proven").note is None
    assert Seen("proven", None, ("city", "email")).note == "It reads back differently there: city, email."


# -- updates --------------------------------------------------------------------------------------------


def test_an_echo_of_another_record_proves_nothing_of_an_update(bikes: PushSession) -> None:
    for key in (8, "77"):
        found = {"customer_id": key, "city": "Ede"}
        assert seen_in_answer(bikes, update_of({"city": "Urk"}, city="Ede"), found) == Seen("misdirected", found)
    found = {"customer_id": " 7", "city": "Ede"}
    assert seen_in_answer(bikes, update_of({"city": "Urk"}, city="Ede"), found) == Seen("proven", found)


@pytest.mark.parametrize(
    ("before", "shows", "answer", "record", "odd"),
    [
        ({"city": "Urk"}, {"city": "Ede"}, "proven", "proven", ()),
        ({"city": "Urk"}, {"city": "EDE"}, "proven", "proven", ()),
        ({"city": "Urk"}, {"city": "Urk"}, "unproven", "unproven", ()),
        ({"city": "Urk"}, {"city": "Epe"}, "unproven", "proven", ("city",)),
        ({"city": "Urk"}, {}, "unproven", "proven", ()),
        ({}, {}, "unproven", "proven", ()),
        ({"city": None}, {"city": None}, "unproven", "unproven", ()),
        (None, {"city": None}, "unproven", "unproven", ()),
    ],
    ids=["as sent", "as spelt", "as it was", "odd", "left out", "never shown", "still empty", "not read before"],
)
def test_a_record_proves_what_it_shows_of_an_update(
    bikes: PushSession, before: Record | None, shows: Record, answer: Any, record: Any, odd: tuple[str, ...]
) -> None:
    found = {"customer_id": 7, **shows}
    job = update_of(before, city="Ede")
    assert seen_in_answer(bikes, job, found) == Seen(answer, found)
    assert seen_in_record(bikes, job, found) == Seen(record, found, odd)


def test_of_an_update_every_field_must_have_arrived(bikes: PushSession) -> None:
    before = {"customer_id": 7, "city": "Urk", "name": "Oud", "email": "oud@example.nl"}
    job = update_of(before, city="Ede", name="Nieuw", email="nieuw@example.nl")
    half = {**before, "city": "Ede", "name": "Nieuw"}
    assert seen_in_record(bikes, job, half) == Seen("unproven", half)
    # a field takes the value that another one had
    other = {**before, "city": "Ede", "name": "oud@example.nl", "email": "nieuw@example.nl"}
    assert seen_in_record(bikes, job, other) == Seen("proven", other, ("name",))


def test_a_field_that_already_had_our_value_as_spelt_there_does_not_make_an_update_unproven(
    bikes: PushSession,
) -> None:
    bikes.spelling.learn("city", "Ede", "EDE")
    found = {"customer_id": 7, "city": "EDE", "name": "Nieuw"}
    job = update_of({"city": "EDE", "name": "Oud"}, city="Ede", name="Nieuw")
    assert seen_in_record(bikes, job, found) == Seen("proven", found)


@pytest.mark.parametrize("action", ["create", "update"])
def test_a_job_that_says_nothing_is_proven_by_any_record(bikes: PushSession, action: Action) -> None:
    found = {"customer_id": 7, "city": "Ede"}
    job = job_of(action, remote_id="7")
    assert seen_in_answer(bikes, job, found) == seen_in_record(bikes, job, found) == Seen("proven", found)


# -- whose a record is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "who", "about"),
    [
        (lambda ref: ref, ANOTHER, True),
        (lambda ref: f" {ref.upper()} ", ANOTHER, True),
        (lambda ref: ref[:16], PERSON, True),
        (lambda ref: ref[:16], {}, True),
        (lambda ref: ref[:16], ANOTHER, False),
        (lambda ref: ref[:12], PERSON, True),
        (lambda ref: f"{ref[:10]}aaaaaaaaaa", PERSON, False),
        (lambda ref: "K-1", PERSON, False),
        (lambda ref: "", PERSON, True),
        (lambda ref: None, PERSON, True),
        (lambda ref: "", ANOTHER, False),
    ],
    ids=[
        "ours", "ours in capitals", "cut", "cut and nobody", "cut and another", "cut short", "ours of another row",
        "of others", "dropped", "missing", "dropped and another",
    ],
)  # fmt: skip
def test_a_reference_of_ours_says_whose_a_record_is_and_else_who_it_is(
    bikes: PushSession, held: Any, who: Record, about: bool
) -> None:
    record = {"customer_id": 7, **who, "customer_reference": held(own(bikes))}
    assert is_about(bikes, record, body_of(bikes)) is about


@pytest.mark.parametrize(
    ("sent", "held", "who", "about"),
    [
        ("K-1", "k-1", PERSON, True),
        ("K-1", "K-1", {}, True),
        ("K-1", "K-1", ANOTHER, False),
        ("K-1", "K-2", PERSON, False),
        ("K-1", "K1", PERSON, True),
        ("", "K-2", PERSON, True),
        ("", "", PERSON, True),
    ],
)
def test_a_reference_that_others_may_use_is_not_enough_beside_somebody_else(
    bikes: PushSession, sent: str, held: str, who: Record, about: bool
) -> None:
    record = {"customer_id": 7, **who, "customer_reference": held}
    assert is_about(bikes, record, body_of(bikes, customer_reference=sent)) is about


def test_a_record_into_which_the_api_merged_a_body_keeps_what_the_row_lacks(park: PushSession) -> None:
    body = {**PARK, **MAIN}
    kept = {"id": 7, **PARK, "website": "www.example.nl", "plaats": "EDE"}
    assert not is_about(park, {**kept, **MAIN}, body)
    park.spelling.learnt["plaats"] = {CASE}
    assert is_about(park, {**kept, **MAIN}, body)
    assert is_about(park, {**kept, "contactpersonen": [*MAIN["contactpersonen"], {"email1": "b@example.nl"}]}, body)
    assert not is_about(park, {**kept, **MAIN, "plaats": "Urk"}, body)
    assert not is_about(park, {**kept, **MAIN, "minimum": 2}, {**body, "minimum": 1})
    assert is_about(park, {name: value for name, value in kept.items() if name != "plaats"} | MAIN, body)
    assert not is_about(park, {"id": 7, "website": "www.example.nl"}, body)


def test_what_a_value_may_have_become_is_asked_without_learning_it(bikes: PushSession) -> None:
    assert may_be(bikes, "city", "Ede", "EDE") and may_be(bikes, "city", "Ede", " Ede")
    assert not may_be(bikes, "city", "Ede", "Urk")
    assert bikes.spelling.learnt == Spelling().learnt == {}
    bikes.spelling.learnt["city"] = {Form(FormKind.CUT, 3)}
    assert may_be(bikes, "city", "Ede aan zee", "Ede")
    assert not may_be(bikes, "city", "Ede aan zee", "Ede aan")
