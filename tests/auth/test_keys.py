"""A key in a header or in the query: sent with every request, and kept nowhere."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest

from etl.http.answer import Bounds, Incoming
from etl.http.without_key import WithoutKey
from etl.systems.declare import Envelope, Header, NextUrl, QueryKey, WholeList
from tests.support.canary import holds, spellings, unfolded
from tests.support.clock import NOON
from tests.support.oauth import ACCOUNT as OAUTH
from tests.support.oauth import FIRST, IN_A_HEADER, IN_THE_QUERY, ROTATING, SECRET, OAuthShop, declare
from tests.support.scripted import Answer, Seen, Server, customer, shop
from tests.support.workplace import Project

KEY = "k3y-in/the query+41c9"
ACCOUNT = f"""
[accounts.bikes]
system = "cyclesoftware"
base_url = "{{url}}"
api_key = "{KEY}"
"""
TELLING = {
    "in the body": (NextUrl("meta.next"), False),
    "in a header": (NextUrl(Header("Link")), False),
    "in a body that is compressed": (NextUrl("meta.next"), True),
}
EXPORT = ("export", "--out", "out", "--json")


class TellingShop:
    """A shop that takes a key in the query, and tells it in the address of the next page and of each record."""

    def __init__(self, *, packed: bool = False, whole: bool = False) -> None:
        self.packed, self.whole = packed, whole
        self.refused = 0

    def __call__(self, seen: Seen) -> Answer:
        if seen.query.get("api_key") != KEY:
            self.refused += 1
            return Answer({"error": True, "error_message": f"api_key={seen.query.get('api_key')} is wrong"}, status=401)
        start = int(seen.query.get("from", "0"))
        end = 25 if self.whole else min(start + 10, 25)
        address = f"http://{seen.headers['Host']}{seen.path}?from={end}&api_key={_spelt()}"
        rows = [
            customer(number + 1, href=f"{seen.path}/{number + 1}?api_key={_spelt()}") for number in range(start, end)
        ]
        more = {"next": address if end < 25 else None}
        headers = {"Link": f'<{address}>; rel="next"'} if end < 25 else {}
        body = json.dumps({"error": False, "customers": rows, "meta": more, "asked_with": KEY}).encode()
        if self.packed:
            return Answer(gzip.compress(body), headers={**headers, "Content-Encoding": "gzip"})
        return Answer(body, headers=headers)


def _spelt() -> str:
    return quote_plus(KEY)


def written(project: Project) -> Iterator[tuple[str, bytes]]:
    """Every file below the project but the configuration, as it is and unfolded, with its name."""
    for path in project.folder.rglob("*"):
        if path.is_file() and path.name != "etl.toml":
            yield str(path.relative_to(project.folder)), str(path).encode() + unfolded(path.read_bytes(), path)


def holding(project: Project, secrets: set[bytes], ours: Callable[[str], bool] = lambda name: False) -> dict[str, Any]:
    return {name: held for name, data in written(project) if not ours(name) and (held := holds(data, secrets))}


def test_a_key_is_sent_in_the_header_that_is_declared(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, IN_A_HEADER)
    with Server(shop(25)) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli(*EXPORT)
    assert (ran.code, ran.summary["written"]) == (0, 25), ran
    assert {seen.headers.get("X-Auth") for seen in server.seen} == {f"Token {KEY}"}
    assert {seen.headers.get("Authorization") for seen in server.seen} == {None}


@pytest.mark.parametrize("way", TELLING)
def test_a_key_in_the_query_is_sent_with_every_page_and_stands_nowhere(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paging, packed = TELLING[way]
    envelope = Envelope("customers")
    declare(monkeypatch, IN_THE_QUERY, paging=paging, since=None, envelope=envelope)
    bikes = TellingShop(packed=packed)
    with Server(bikes) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli(*EXPORT)
        assert (ran.code, ran.summary["written"], bikes.refused) == (0, 25, 0), ran
        got = project.cli("get", "bikes.customers", "7", "--raw")
        replayed = project.cli("replay", "--out", "again", "--json")
    assert replayed.code == 0, replayed
    assert [seen.query.get("from") for seen in server.seen[:3]] == [None, "10", "20"]
    assert "api_key=…" in project.table()["extra"][0], "what stood around it is kept"
    told = (ran.out + ran.err + got.out + got.err + replayed.out + replayed.err).encode()
    assert holds(told, spellings(KEY)) == set()
    assert holding(project, spellings(KEY)) == {}


def test_the_journal_has_the_next_page_without_the_key(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what stands for it: the page is asked for with the key alone."""
    declare(monkeypatch, IN_THE_QUERY, paging=NextUrl("meta.next"), since=None, envelope=Envelope("customers"))
    with Server(TellingShop()) as server:
        assert project.configure(ACCOUNT, server.base_url).cli(*EXPORT).code == 0
    with sqlite3.connect(project.state / "state.db") as database:
        asked = [json.loads(row[0]) for row in database.execute("SELECT parameters FROM pages ORDER BY position")]
    assert asked == [{}, {"from": "10"}, {"from": "20"}]


async def test_a_key_that_comes_in_two_pieces_is_found() -> None:
    clean = WithoutKey(QueryKey("api_key"), "k3y-0123456789")
    for cut in range(1, 30):
        body = b'{"a": "?api_key=k3y-0123456789&b"}'
        answer = incoming(body[:cut], body[cut:])
        assert b"".join([piece async for piece in clean(answer, Bounds(), "here").pieces]) == (
            '{"a": "?api_key=…&b"}'.encode()
        )


async def test_a_short_key_is_taken_out_behind_its_name_alone() -> None:
    clean = WithoutKey(QueryKey("key"), "12345")
    answer = incoming(b'{"phone": "012345678", "self": "/x?key=12345"}')
    found = await clean(answer, Bounds(), "here").raw(Bounds())
    assert found == '{"phone": "012345678", "self": "/x?key=…"}'.encode()


def incoming(*pieces: bytes) -> Incoming:
    async def coming() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def raw(bounds: Bounds) -> bytes:
        return b"".join(pieces)

    return Incoming(200, {}, "identity", NOON, coming(), raw)


def test_a_list_that_is_read_as_it_arrives_is_cleaned_as_well(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, IN_THE_QUERY, paging=WholeList(), since=None, envelope=Envelope("customers"))
    with Server(TellingShop(whole=True)) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli(*EXPORT)
    assert (ran.code, ran.summary["written"]) == (0, 25), ran
    assert holding(project, spellings(KEY)) == {}


def test_a_refused_key_in_the_query_is_not_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, IN_THE_QUERY, since=None)
    quoting = Answer({"error": True, "error_message": f"?api_key={_spelt()} ({KEY}) is wrong"}, status=401)
    with Server(lambda seen: quoting) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli(*EXPORT, "--log-format", "json")
    assert ran.code == 77
    assert holds((ran.out + ran.err).encode(), spellings(KEY)) == set()
    assert holding(project, spellings(KEY)) == {}


def forgotten(patch: pytest.MonkeyPatch) -> None:
    """What this process knows of secrets, as in a new one."""
    for known in ("_anywhere", "_alone", "_cores"):
        patch.setattr(f"etl.scrub.{known}", set())


def test_tokens_that_are_fetched_are_secrets_too(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Access tokens and rotated refresh tokens stand in the file of tokens alone, whoever quotes them."""
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(calls=3)
    with Server(bikes) as server:
        project.configure(OAUTH, server.base_url)
        first = project.cli(*EXPORT)
        forgotten(monkeypatch)
        bikes.refuses = True
        refused = project.cli(*EXPORT, "--full")
        bikes.refresh.clear()
        forgotten(monkeypatch)
        used_up = project.cli(*EXPORT, "--full", "--log-format", "json")
    assert [ran.code for ran in (first, refused, used_up)] == [0, 77, 77]
    given = {*bikes.left, *bikes.refresh, "refresh-1-5be2", "refresh-2-5be2", FIRST, SECRET}
    planted = set().union(*map(spellings, given))
    assert "not good: …" in refused.err and "… is used up" in used_up.err
    told = "".join(ran.out + ran.err for ran in (first, refused, used_up)).encode()
    assert holds(told, planted) == set()
    assert holding(project, planted, lambda name: "/tokens/" in name) == {}
    assert any(holds(data, planted) for name, data in written(project) if "/tokens/" in name), "the search finds them"
