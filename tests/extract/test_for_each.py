"""A stream that is asked for once for each record of another, through the command."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from urllib.parse import unquote

import polars as pl
import pytest

from tests.support.plain import DECLARED, beside
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project, Ran

REGISTER = DECLARED["firms"]
BY_PARAMETER = REGISTER.replace('"/firms/{parent}/people"', '"/people", parameters={"firm": "{parent}"}')
OF = ("firms", "people")


class Firms:
    """Tells so many firms, and the people of each: three of every third, one of every other. Firms in `gone` are not
    there any more when their people are asked for; of those in `busy` nothing can be told now."""

    def __init__(self, count: int, gone: Collection[int] = (), busy: Collection[int] = (), wait_s: float = 0.0) -> None:
        self.wait_s = wait_s
        self.firms, self.gone, self.busy = list(range(1, count + 1)), set(gone), set(busy)
        self.left: set[str] = set()
        self.asked: list[int] = []

    def __call__(self, seen: Seen) -> Answer:
        if seen.path == "/firms":
            return Answer([{"id": n, "title": f"Firma {n}"} for n in self.firms])
        of = seen.query.get("firm") or unquote(seen.path).split("/")[2]
        number = int(of)
        self.asked.append(number)
        if number in self.gone or number in self.busy:
            return Answer({}, status=404 if number in self.gone else 503)
        return Answer(self.people(number), wait_s=self.wait_s)

    def people(self, number: int) -> list[dict[str, object]]:
        ids = [f"{number}-{n}" for n in range(1 if number % 3 else 3)]
        return [
            {"no": one, "family": "Pot", "mail": f"p{one}@example.nl", "shoes": 41}
            for one in ids
            if one not in self.left
        ]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the register; a test says what it answers."""
    with Server(Firms(25)) as running:
        yield running


def export(project: Project, server: Server, *streams: str, text: str = REGISTER) -> Ran:
    """Export these streams, or all, from a server."""
    beside(project, text, "register", server.base_url)
    return project.etl("export", *(f"register.{one}" for one in streams), "--out", "out", "--json")


def people(project: Project) -> pl.DataFrame:
    return project.table(of="register.people")


@pytest.mark.parametrize("text", [REGISTER, BY_PARAMETER], ids=["path", "parameter"])
def test_each_list_is_asked_for_once_and_each_row_tells_its_parent(project: Project, server: Server, text: str) -> None:
    server.script = firms = Firms(25)
    ran = export(project, server, text=text)
    assert (ran.code, ran.summary["written"], sorted(firms.asked)) == (0, 25 + 41, firms.firms), ran.err
    rows = people(project)
    assert rows["company_id"].to_list() == [int(one.partition("-")[0]) for one in rows["source_id"]]
    assert json.loads(rows["extra"][0]) == {"mail": "p1-0@example.nl", "shoes": 41}
    assert ran.summary["calls"]["over_fetched"] == 0
    ran = project.etl("replay", "--out", "out", "--json")
    assert (ran.code, ran.summary["calls"]["sent"]) == (0, 0), ran.err
    assert people(project).equals(rows)


def test_whose_a_row_is_stands_in_extra_where_no_column_is_for_it(project: Project, server: Server) -> None:
    text = REGISTER.replace('    "{parent}": Field(Text(), "company_id"),\n', "")
    assert export(project, server, text=text).code == 0
    kept = json.loads(people(project)["extra"][0])
    assert kept == {"{parent}": "1", "mail": "p1-0@example.nl", "shoes": 41}


def test_lists_are_asked_for_ahead(project: Project, server: Server) -> None:
    server.script = Firms(24, wait_s=0.05)
    assert export(project, server).code == 0
    assert server.round_trips < len(server.seen) / 2


def test_a_run_goes_on_with_the_parents_that_it_began_with(project: Project, server: Server) -> None:
    server.script = firms = Firms(25, busy=[12])
    assert export(project, server).code == 75
    before = len(firms.asked)
    firms.busy, firms.firms = set(), [0, *firms.firms]
    ran = export(project, server)
    assert ran.code == 0, ran.err
    assert sorted(firms.asked[before:]) == [*range(12, 26)]
    assert people(project).height == 41


def test_a_record_that_vanished_keeps_its_parent(project: Project, server: Server) -> None:
    server.script = firms = Firms(25)
    assert export(project, server).code == 0
    firms.left = {"6-1"}
    for _ in range(2):
        assert export(project, server).code == 0
        gone = people(project).filter(pl.col("deleted_at").is_not_null())
        assert gone.select("source_id", "company_id", "active").rows() == [("6-1", 6, False)]


def test_a_parent_that_is_gone_by_then_is_told(project: Project, server: Server) -> None:
    server.script = Firms(25, gone=[1, 12, 25])
    ran = export(project, server)
    assert (ran.code, people(project).height) == (0, 36), ran.err
    assert "register.people: 3 of 25 firms were gone when they were asked for." in ran.err


def test_where_all_are_gone_the_path_is_not_believed(project: Project, server: Server) -> None:
    server.script = Firms(3, gone=[1, 2, 3])
    ran = export(project, server)
    assert (ran.code, "the server refuses (404)" in ran.err) == (69, True)


def test_lists_that_are_the_same_whoever_is_asked_for_are_not_believed(project: Project, server: Server) -> None:
    firms = Firms(5)
    server.script = lambda seen: firms(seen) if seen.path == "/firms" else Answer(firms.people(3))
    ran = export(project, server)
    assert ran.code == 76
    assert "register.people: 3 ids came for more than one of firms." in ran.err


def test_without_its_parents_a_stream_cannot_be_asked_for(project: Project, server: Server) -> None:
    server.script = firms = Firms(3)
    ran = export(project, server, "people")
    assert ran.code == 64
    assert "Export both: etl export register.firms register.people" in ran.err
    assert export(project, server, "firms").code == 0
    firms.firms.append(4)
    assert export(project, server, "people").code == 0
    assert sorted(firms.asked) == [1, 2, 3]


def test_where_the_parents_fail_nothing_is_asked_for(project: Project, server: Server) -> None:
    server.script = Firms(3)
    assert export(project, server).code == 0
    firms = Firms(3)
    server.script = lambda seen: Answer({}, status=400) if seen.path == "/firms" else firms(seen)
    ran = export(project, server)
    assert (ran.code, firms.asked) == (69, [])
    assert people(project).height == 5


def test_of_no_parents_there_are_no_rows(project: Project, server: Server) -> None:
    server.script = Firms(0)
    ran = export(project, server)
    assert (ran.code, people(project).height) == (0, 0), ran.err
    assert project.etl("replay", "--out", "out").code == 0


def test_that_all_are_gone_with_their_parents_is_to_be_accepted(project: Project, server: Server) -> None:
    server.script = Firms(3)
    assert export(project, server).code == 0
    server.script = Firms(0)
    assert export(project, server).code == 76
    assert people(project).height == 5
    beside(project, REGISTER, "register", server.base_url)
    assert project.etl("export", "--out", "out", "--accept-deletions").code == 0
    assert people(project)["active"].to_list() == [False] * 5


def test_who_was_erased_is_erased_of_what_comes_again(project: Project, server: Server) -> None:
    text = REGISTER.replace('"no": Field', '"mail": Field(Text(), "email"),\n    "no": Field')
    assert export(project, server, text=text).code == 0
    ran = project.etl("person", "erase", "--email", "p6-1@example.nl", "--out", "out", "--yes")
    assert ran.code == 0, ran.err
    for _ in range(2):
        assert "6-1" not in people(project)["source_id"].to_list()
        assert export(project, server, text=text).code == 0
    rows = people(project)
    assert rows.height == 40
    assert rows["company_id"].to_list() == [int(one.partition("-")[0]) for one in rows["source_id"]]


PAGED = BY_PARAMETER.replace("import Field", "import Field, PageNumber, PageSize").replace(
    'for_each="firms",', 'for_each="firms", paging=PageNumber("page", size=PageSize("rows", 2)),'
)
CURSOR = REGISTER.replace("import Field", "import Envelope, Field, NextUrl").replace(
    'for_each="firms",', 'for_each="firms", paging=NextUrl("next"), envelope=Envelope("data"),'
)


def test_each_list_may_come_in_pages(project: Project, server: Server) -> None:
    firms = Firms(9)

    def numbered(seen: Seen) -> Answer:
        found, page = firms(seen), int(seen.query.get("page", "0"))
        return Answer(found.body[(page - 1) * 2 : page * 2]) if page else found

    server.script = numbered
    ran = export(project, server, text=PAGED)
    assert (ran.code, people(project).height) == (0, 15), ran.err
    # behind a first page that is short an empty one may come: that is how it is known to be the last
    assert Counter(firms.asked) == Counter(dict.fromkeys(firms.firms, 2))


def test_each_list_may_name_its_next_page(project: Project, server: Server) -> None:
    firms = Firms(9, busy=[7])

    def named(seen: Seen) -> Answer:
        found = firms(seen)
        if seen.path == "/firms" or found.status != 200:
            return found
        start = int(seen.query.get("from", "0"))
        onward = f"{seen.path}?from={start + 1}" if start + 1 < len(found.body) else None
        return Answer({"data": found.body[start : start + 1], "next": onward})

    server.script = named
    assert export(project, server, text=CURSOR).code == 75
    firms.busy, before = set(), len(firms.asked)
    assert export(project, server, text=CURSOR).code == 0
    assert people(project).height == 15
    assert Counter(firms.asked[before:]) == Counter({7: 1, 8: 1, 9: 3})


CANNOT = {
    "stream": ('for_each="firms"', 'for_each="shops"', "streams.people.for_each: there is no stream 'shops'"),
    "path": (
        "/firms/{parent}/people",
        "/people",
        "streams.people.for_each: neither the path nor a parameter has {parent}",
    ),
    "since": ('for_each="firms"', 'for_each="firms", since="from"', "since: of a new parent everything is asked"),
    "alone": ('for_each="firms", ', "", "streams.people.path: {parent} is no option of the system"),
    "itself": ('for_each="firms"', 'for_each="people"', "for_each: people is asked for each record of another itself"),
    "probe": (
        "streams=(FIRMS, PEOPLE)",
        "streams=(PEOPLE, FIRMS)",
        "there is no stream 'people' that is asked for once",
    ),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_cannot_work_is_refused_with_its_field(project: Project, case: str) -> None:
    was, becomes, said = CANNOT[case]
    assert was in REGISTER
    beside(project, REGISTER.replace(was, becomes), "register", "https://example.nl")
    ran = project.etl("export", "--out", "out")
    assert (ran.code, said in ran.err) == (78, True), ran.err


def test_a_plan_counts_a_list_for_each(project: Project, server: Server) -> None:
    assert export(project, server).code == 0
    ran = project.etl("plan", "export")
    assert (ran.code, "one list for each of 25 firms" in ran.out) == (0, True), ran.out
