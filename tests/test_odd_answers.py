"""Answers that do not say what they mean: an error by another truth, a page of an outage, PHP's ways to say nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from etl.decode.fast import decode
from etl.systems import SYSTEMS
from tests.support.clock import NOON, QuickClock
from tests.support.decoding import fast
from tests.support.scripted import Answer, Raw, RawServer, Seen, Server, customer, is_closing, page, unchanged
from tests.support.workplace import BIKES, BOOKS, PARK, Project

PAGE = Answer(b"<!DOCTYPE html>\n<h1>Onderhoud</h1>", 200, {"Content-Type": "text/html"})
TRIES = 5
ERRORS: Mapping[str, dict[str, Any]] = {
    "1": {"error": 1, "error_message": "Database gone"},
    "one as text": {"error": "1", "error_message": "Database gone"},
    "true as text": {"error": "true", "error_message": "Database gone"},
    "its words": {"error": "Database gone", "error_message": None},
    "a message alone": {"error": None, "error_message": "Database gone"},
}


# -- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ERRORS)
async def test_an_error_of_any_truth_is_never_no_rows_and_done(error: str, project: Project) -> None:
    with Server([Answer(page([], **ERRORS[error]))]) as server:
        report = await project.configure(BIKES, server.base_url).export()
    assert (report.exit_code, report.status) == (69, "failed")
    assert "Database gone" in str(report.errors[0])
    assert not (project.out / "contacts" / "bikes.customers.parquet").exists()


@pytest.mark.parametrize("error", ERRORS)
async def test_the_cursor_stays_where_it_was_at_an_error_of_any_truth(error: str, project: Project) -> None:
    """What changed during the outage is asked for again, and comes."""
    changes = [page([])]

    def answer(seen: Seen) -> Answer:
        body = changes[-1] if is_closing(seen) else page([customer(1)])
        return Answer(body, headers={"Date": "Tue, 10 Mar 2026 11:50:00 GMT"})  # ten minutes before our clock

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        before = len(server.seen)
        changes.append(page([], **ERRORS[error]))
        assert (await project.export(since="last")).exit_code == 69
        changes.append(page([customer(1, city="Urk")]))
        assert (await project.export(since="last")).exit_code == 0
        asked = {seen.query.get("modified_since") for seen in server.seen[before:]}
    assert asked == {"2026-03-10 12:40:00"}  # 12:50 in Amsterdam, ten minutes back
    assert project.table()["city"].to_list() == ["Urk"]


@pytest.mark.parametrize("no", [0, "0", "false", "", None, "null"])
async def test_no_error_in_other_words_is_none(no: Any, project: Project) -> None:
    with Server(unchanged(Answer(page([customer(1)], error=no, error_message=no, errors=no)))) as server:
        report = await project.configure(BIKES, server.base_url).export()
    assert (report.exit_code, project.ids()) == (0, ["1"])


# -- web pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("config", "stream"), [(BIKES, "bikes.customers"), (PARK, "park.contacten")])
async def test_a_web_page_is_asked_for_again_until_the_list_comes(config: str, stream: str, project: Project) -> None:
    good = Answer(page([customer(1)]) if config == BIKES else [{"id": 1}])
    with Server(unchanged(PAGE, PAGE, good)) as server:
        report = await project.configure(config, server.base_url).export(stream)
        asked = [seen for seen in server.seen if not is_closing(seen)]
    assert (report.exit_code, project.ids(stream), len(asked)) == (0, ["1"], 3)


@pytest.mark.parametrize(
    ("config", "stream"),
    [(BIKES, "bikes.customers"), (PARK, "park.contacten"), (BOOKS, "books.contacts")],
    ids=["BIKES", "PARK", "BOOKS"],
)
@pytest.mark.parametrize("asked", ["120", "Tue, 10 Mar 2026 12:02:00 GMT"])
async def test_a_web_page_is_asked_for_again_in_the_time_that_it_asks_for(
    asked: str, config: str, stream: str, project: Project
) -> None:
    """By the server's clock, where it tells a date; and whatever it stands in place of."""
    away = Answer(PAGE.body, 200, {**PAGE.headers, "Retry-After": asked, "Date": "Tue, 10 Mar 2026 12:00:00 GMT"})
    clock = QuickClock()
    with Server([away]) as server:
        report = await project.configure(config, server.base_url).export(stream, clock=clock)
    assert (report.exit_code, len(server.seen)) == (75, TRIES)
    assert (clock.now() - NOON).total_seconds() >= 120 * (TRIES - 1)


@pytest.mark.parametrize("config", [BIKES, BOOKS])
async def test_a_web_page_that_stays_ends_with_75_after_bounded_tries(config: str, project: Project) -> None:
    with Server([PAGE]) as server:
        report = await project.configure(config, server.base_url).export()
    assert (report.exit_code, report.status, len(server.seen)) == (75, "failed", TRIES)


async def test_a_web_page_in_small_pieces_is_one(project: Project) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [head, *(b"%x\r\n%b\r\n" % (len(part), part) for part in (b" \n", b"<!d", b"octype html>")), b"0\r\n\r\n"]
    with RawServer(Raw(pieces, pause_s=0.02)) as server:
        report = await project.configure(PARK, server.base_url).export("park.contacten")
    assert (report.exit_code, len(server.requests)) == (75, TRIES)


async def test_the_pages_before_a_web_page_are_kept_and_the_next_run_goes_on_behind_them(project: Project) -> None:
    rows = [customer(n) for n in range(1, 31)]
    away = [True]

    def answer(seen: Seen) -> Answer:
        offset = int(seen.query.get("offset", "0"))
        if is_closing(seen):
            return Answer(page([]))
        if away[0] and offset:
            return PAGE
        return Answer(page(rows[offset : offset + 20], offset + 20 if offset + 20 < 30 else None))

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 75
        away[0], before = False, len(server.seen)
        assert (await project.export()).exit_code == 0
        assert "0" not in {seen.query.get("offset", "0") for seen in server.seen[before:] if not is_closing(seen)}
    assert len(project.ids()) == 30


@pytest.mark.parametrize("command", [["get", "bikes.customers", "1"], ["find", "bikes.customers", "--email", "a@b.nl"]])
def test_a_single_call_asks_again_after_a_web_page(command: list[str], project: Project) -> None:
    found = customer(1) if command[0] == "get" else [customer(1)]
    with Server([PAGE, Answer(found)]) as server:
        ran = project.configure(BIKES, server.base_url).cli(*command, "--json")
    assert (ran.code, len(server.seen)) == (0, 2), ran.err


def test_a_check_asks_again_after_a_web_page(project: Project) -> None:
    with Server([PAGE, Answer(page([]))]) as server:
        ran = project.configure(BIKES, server.base_url).cli("check", "--json")
    assert (ran.code, len(server.seen)) == (0, 2), ran.err


# -- nothing, and lists, in PHP's words -----------------------------------------------------------------


async def test_false_and_null_in_texts_are_nothing(project: Project) -> None:
    record = customer(1, company_name=False, attn="null", initials="false", email="null", postcode=False)
    record["phone_numbers"] = [{"phone_number_id": "mob", "phone_number": False, "name": "null"}]
    with Server(unchanged(Answer(page([record, customer(2, name="Null", city="Nullens")])))) as server:
        report = await project.configure(BIKES, server.base_url).export(forms=("parquet", "csv"))
    first, second = project.table().sort("source_id").to_dicts()
    assert (report.exit_code, report.rejected) == (0, 0)
    assert [first[name] for name in ("company_name", "attention", "email", "postcode", "initials")] == [None] * 5
    assert (first["mobile"], first["last_name"], first["is_organisation"]) == (None, "Jansen 1", False)
    assert (second["last_name"], second["city"]) == ("Null", "Nullens")
    assert "false" not in [value for row in (first, second) for value in row.values() if isinstance(value, str)]


LISTS: Mapping[str, tuple[Any, list[str]]] = {
    "an empty object": ({}, []),
    "an empty text": ("", []),
    "false": (False, []),
    "null as text": ("null", []),
    "by number": ({"1": {"phone_number": "06-12345678"}, "3": {"phone_number": "038-4211998"}},
                  ["06-12345678", "038-4211998"]),
    "one alone": ({"phone_number_id": "mob", "phone_number": "06-12345678"}, ["06-12345678"]),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTS)
async def test_an_object_or_nothing_for_a_list_is_read_as_the_list_that_it_means(case: str, project: Project) -> None:
    sent, numbers = LISTS[case]
    with Server(unchanged(Answer(page([customer(1, phone_numbers=sent), customer(2)])))) as server:
        report = await project.configure(BIKES, server.base_url).export()
    phones = project.table("phone_numbers")
    assert (report.exit_code, report.rejected, project.ids()) == (0, 0, ["1", "2"])
    assert sorted(phones.filter(source_id="1")["raw"]) == sorted(numbers)


async def test_a_page_that_comes_as_an_object_by_number_is_read_and_erased_from_as_a_list(project: Project) -> None:
    """As PHP writes a list with gaps, two pages of it; each number keeps its exact text."""
    rows = [{**customer(n), "new": {"}": [n]}} for n in range(1, 31)]

    def answer(seen: Seen) -> Answer:
        offset = int(seen.query.get("offset", "0"))
        sent = {} if is_closing(seen) else {str(2 * n): row for n, row in enumerate(rows[offset : offset + 20])}
        following = offset + 20 if offset + 20 < 30 and sent else None
        body = {**page([], following), "customers": sent}
        body["pagination"]["count"] = len(sent)
        return Answer(json.dumps(body).replace(": [1]", ": [1.10]").encode())

    with Server(answer) as server:
        report = await project.configure(BIKES, server.base_url).export()
    assert (report.exit_code, report.errors, len(project.ids())) == (0, [], 30)
    assert json.loads(project.table().filter(source_id="1")["extra"].item(), parse_float=str)["new"] == {"}": ["1.10"]}
    erased = project.cli("person", "erase", "--email", "klant3@example.nl", "--yes", "--out", "out")
    assert erased.code == 0, erased.err
    await project.replay(out=project.out)
    assert set(map(str, range(1, 31))) - set(project.ids()) == {"3"}


@pytest.mark.parametrize("last", [False, "false", "null"])
def test_a_next_offset_that_says_nothing_is_the_end(last: Any, project: Project) -> None:
    with Server(unchanged(Answer(page([customer(1)], last)))) as server:
        planned = project.configure(BIKES, server.base_url).cli("plan", "export", "bikes", "--probe", "--json")
        ran = project.cli("export", "bikes", "--out", "out")
    assert "asked: one page" in planned.out, planned
    assert (ran.code, project.ids()) == (0, ["1"])


@pytest.mark.parametrize(
    ("config", "stream", "body"),
    [
        (PARK, "park.contacten", {"0": {"id": 1}, "5": {"id": 2}}),
        (BOOKS, "books.contacts", {"response": {"code": 200, "data": {
            "Contacts": {"1": {"Contact": {"id": "1"}}, "4": {"Contact": {"id": "2"}}}, "count": 2}}}),
    ],
)  # fmt: skip
async def test_every_list_may_come_by_number(config: str, stream: str, body: Any, project: Project) -> None:
    with Server([Answer(body)]) as server:
        report = await project.configure(config, server.base_url).export(stream)
    assert (report.exit_code, project.ids(stream)) == (0, ["1", "2"])


@pytest.mark.parametrize("nothing", [{}, ""])
async def test_nothing_for_a_list_is_an_empty_one_only_where_the_page_counts_none(
    nothing: Any, project: Project
) -> None:
    for count, code in ((0, 0), ("0", 0), (1, 76), (None, 76)):
        body = {**page([]), "customers": nothing, "pagination": {"count": count, "next_offset": None}}
        with Server([Answer(body)]) as server:
            report = await project.configure(BIKES, server.base_url).export()
        assert report.exit_code == code


@pytest.mark.parametrize(
    "body",
    [
        {"404": "Not found"},
        {"0": {"id": 1}, "message": "and so on"},
        {"0": {"id": 1}, "1": [{"id": 2}]},
        {},
    ],
)
async def test_an_object_that_is_no_list_by_number_is_no_page(body: Any, project: Project) -> None:
    with Server([Answer(body)]) as server:
        report = await project.configure(PARK, server.base_url).export("park.contacten")
    assert report.exit_code == 76


@pytest.mark.parametrize(
    ("system", "stream", "record", "path", "read"),
    [
        ("recras", "contacten", {"id": 1, "contactpersonen": {"0": {"voornaam": "Jan"}}},
         "contactpersonen.0.voornaam", "Jan"),
        ("recras", "contacten", {"id": 1, "contactpersonen": [{"nieuwsbrief_ids": {"0": 5, "2": 6}}]},
         "contactpersonen.0.nieuwsbrief_ids", ["5", "6"]),
        ("recras", "contacten", {"id": 1, "contactpersonen": [{"nieuwsbrief_ids": False, "hoofdcontact": False}]},
         "contactpersonen.0.nieuwsbrief_ids", []),
        ("recras", "contacten", {"id": 1, "contactpersonen": [{"hoofdcontact": False}]},
         "contactpersonen.0.hoofdcontact", "false"),
        ("recras", "contacten", {"id": 1, "contactpersonen": [{"hoofdcontact": "null"}]},
         "contactpersonen.0.hoofdcontact", None),
        ("recras", "contacten", {"id": 1, "bedrijf_id": False}, "bedrijf_id", None),
        ("recras", "contacten", {"id": 1, "naam": {}}, "naam", None),
        ("recras", "producten", {"id": 1, "verkoop": "null", "Locaties": ""}, "verkoop", None),
        ("invoicing", "contacts", {"Contact": {"id": "1", "name": False}, "SubContact": {}}, "Contact.name", None),
        ("invoicing", "contacts", {"Contact": {"id": "1"}, "SubContact": {"7": {"id": "2"}}}, "SubContact.0.id", "2"),
        ("invoicing", "contacts", {"Contact": {"id": "1"}, "SubContact": [[], {"id": "2"}]}, "SubContact.0", None),
    ],
)  # fmt: skip
def test_what_php_writes_is_read_as_meant_in_every_system(
    system: str, stream: str, record: dict[str, Any], path: str, read: Any
) -> None:
    declared = SYSTEMS[system].stream(stream)
    for more in ({}, {"new": 1}):  # by the fast path where it can, and by the careful one
        decoded = decode(json.dumps([{**record, **more}]).encode(), declared)
        assert decoded.misfits == []
        (value,) = decoded.frame.to_dicts()
        for name in path.split("."):
            value = value[int(name)] if isinstance(value, list) else value[name]
        assert value == read


def test_false_in_a_text_keeps_a_page_on_the_fast_path() -> None:
    records = [customer(n, company_name=False, attn="null") for n in range(50)]
    frame = fast(json.dumps(records).encode(), SYSTEMS["cyclesoftware"].stream("customers"))
    assert frame is not None and frame["company_name"].null_count() == frame["attn"].null_count() == 50


@pytest.mark.parametrize("sent", [{"home": {"phone_number": "06"}}, "06", 5, True, {"1": "06"}])
def test_what_means_no_list_still_sets_its_record_aside(sent: Any) -> None:
    stream = SYSTEMS["cyclesoftware"].stream("customers")
    assert len(decode(json.dumps([customer(1, phone_numbers=sent)]).encode(), stream).misfits) == 1


def test_an_id_that_says_nothing_is_none() -> None:
    stream = SYSTEMS["cyclesoftware"].stream("customers")
    keys: list[Any] = [False, "false", "null", []]
    for key in keys:
        (misfit,) = decode(json.dumps([customer(1) | {"customer_id": key}]).encode(), stream).misfits
        assert misfit.reason == "the record has no id"
