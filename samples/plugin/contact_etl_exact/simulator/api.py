"""Simulate Exact Online's crm/Accounts and crm/Contacts: OData, with `__next`, a filter that must be there, and limits.

Assumed where nothing is documented: contacts take the same filters as accounts, a refusal for a limit has no
Retry-After, and a second call at once is refused, where Exact would let it wait. One administration, the same for all
callers: not for hosts with a shop for each. Nothing can be written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from contact_etl_exact.simulator.allowance import Allowance
from contact_etl_exact.simulator.drawn import FIRST_ID, draw_account, draw_contact, has_person, key_of
from contact_etl_exact.simulator.tokens import Tokens
from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.api import WriteRecorder
from etl.simulator.engine.call import Credential, IncomingCall, by_authorization
from etl.simulator.engine.store import RecordStore, Wire
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.options import Options

BASE, TOKEN = "/api", "/api/oauth2/token"
DIVISION = "1234567"
PAGE = 60
LISTED = re.compile(r"/api/v1/(\d{1,9})/crm/(Accounts|Contacts)")
FILTER = re.compile(r"(ID|Created|Modified) (eq|gt|ge) (guid|datetime)'([0-9A-Za-z:.-]{10,40})'")
SKIP_TOKEN = re.compile(r"guid'([0-9a-f]{8}-[0-9a-f-]{27})'")
DATE = re.compile(r"/Date\((\d+)\)/")
NO_FILTER = (
    "This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter parameter with "
    "one of the following fields in the url: Code, Created, Email, ID, Modified, Name"
)
SYNTAX = "Bad Request - Error in query syntax."
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: bool(one == other),
    "gt": lambda one, other: bool(one > other),
    "ge": lambda one, other: bool(one >= other),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request for a page asks for. Raises RefusedRequest (400)."""

    select: tuple[str, ...]
    holds: Callable[[Wire], bool]
    after: int
    rows: int

    @staticmethod
    def of(call: IncomingCall) -> Asked:
        token = call.query.get("$skiptoken", "")
        skipped = SKIP_TOKEN.fullmatch(token)
        top = call.query.get("$top", str(PAGE))
        if (token and skipped is None) or not top.isdecimal() or "$skip" in call.query:
            raise RefusedRequest(400, SYNTAX)
        select = tuple(filter(None, call.query.get("$select", "").split(",")))
        after = key_of(skipped[1]) if skipped else FIRST_ID - 1
        return Asked(select, _condition(call.query.get("$filter", "")), after, min(int(top), PAGE))


def _condition(text: str) -> Callable[[Wire], bool]:
    if not text.strip():
        raise RefusedRequest(400, NO_FILTER)
    found = FILTER.fullmatch(text.strip())
    if found is None or (found[1] == "ID") != (found[3] == "guid"):
        raise RefusedRequest(400, SYNTAX)
    field, compared, bound = found[1], COMPARED[found[2]], found[4]
    if field == "ID":
        return lambda wire: compared(wire["ID"], bound.lower())
    try:
        at = datetime.fromisoformat(bound).replace(tzinfo=UTC).timestamp() * 1000
    except ValueError:
        raise RefusedRequest(400, SYNTAX) from None
    return lambda wire: compared(int(DATE.sub(r"\1", wire[field])), at)


class Exact:
    system = "exact"
    schemes = ("bearer",)
    ids = frozenset({"ID", "Account", "MainContact"})

    def __init__(self, *, rows: int, seed: int, minute_s: float) -> None:
        persons = [row for row in range(rows) if has_person(row)]

        def person(nth: int) -> Wire:
            drawn = draw_contact(persons[nth], seed)
            assert drawn is not None
            return drawn.wire

        accounts = RecordStore(first_id=FIRST_ID, rows=rows, draw=lambda row: draw_account(row, seed).wire)
        contacts = RecordStore(first_id=FIRST_ID, rows=len(persons), draw=person)
        self.stores = {"accounts": accounts, "contacts": contacts}
        self.tokens = Tokens()
        self.allowance = Allowance(minute_s)
        self.pages: list[str] = []
        """Every list that was asked for with a good token: its entity, and behind which record."""

    def answer(self, call: IncomingCall) -> Answer:
        if call.path == TOKEN:
            return self.tokens.answer(call)
        listed = LISTED.fullmatch(call.path)
        if listed is None:
            raise RefusedRequest(404, "Resource not found.")
        self.tokens.must_be_good(call.credential.secret if call.credential else "", call.arrived)
        if listed[1] != DIVISION:
            raise RefusedRequest(403, "Forbidden - WrongDivision")
        headers = self.allowance.take(call.arrived)
        if call.method != "GET":
            raise RefusedRequest(405, "Method not allowed.", headers)
        try:
            return answer_json({"d": self._page(call, listed[2])}, headers=headers)
        except RefusedRequest as refusal:
            raise RefusedRequest(refusal.status, refusal.message, headers) from None

    def shown(self, call: IncomingCall) -> Answer:
        raise RefusedRequest(405, "Method not allowed.")

    def refuse(self, refusal: RefusedRequest) -> Answer:
        error = {"code": "", "message": {"lang": "", "value": refusal.message}}
        return answer_json({"error": error}, refusal.status, refusal.headers)

    def _page(self, call: IncomingCall, entity: str) -> Wire:
        asked = Asked.of(call)
        self.pages.append(f"{entity} {asked.after - FIRST_ID + 1}")
        found = self._matching(self.stores[entity.lower()], asked, call)
        rows = [*islice(found, asked.rows)]
        told: Wire = {"results": [self._shown(wire, asked, call, entity) for wire in rows]}
        if rows and "$top" not in call.query and next(found, None) is not None:
            query = urlencode({**call.query, "$skiptoken": f"guid'{rows[-1]['ID']}'"}, safe="$',:")
            told["__next"] = f"http://{call.host}{call.path}?{query}"
        return told

    def _matching(self, store: RecordStore, asked: Asked, call: IncomingCall) -> Iterator[Wire]:
        ids = store.settled_ids(call.arrived - call.lag_s) if call.lag_s else store.ids()
        for key in ids[bisect_right(ids, asked.after) :]:
            wire = store.get(key)
            if wire is not None and asked.holds(wire):
                yield wire

    def _shown(self, wire: Wire, asked: Asked, call: IncomingCall, entity: str) -> Wire:
        if unknown := set(asked.select) - wire.keys():
            raise RefusedRequest(400, f"Could not find a property named '{min(unknown)}'")
        uri = f"http://{call.host}{call.path}(guid'{wire['ID']}')"
        metadata = {"uri": uri, "type": f"Exact.Web.Api.Models.CRM.{entity[:-1]}"}
        return {"__metadata": metadata, **{name: wire[name] for name in asked.select or wire}}


def _caller(path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Credential | None:
    """Who asks: where tokens come from, that stands in the body."""
    return Credential("bearer", "client", "") if path == TOKEN else by_authorization(path, headers, query)


def _open(options: Options, recorder: WriteRecorder) -> Shop:
    api = Exact(rows=options.rows, seed=options.seed, minute_s=options.minute_seconds)
    return Shop(api, api.stores)


EXACT = Vendor(
    system=Exact.system,
    path=BASE,
    account={
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "refresh_token": "demo-consent",
        "division": DIVISION,
    },
    streams=("accounts", "contacts"),
    open=_open,
    limits=lambda options: (None, None),  # its own: a minute of the clock, for all access tokens
    contacts={"accounts": draw_account, "contacts": draw_contact},
    at_once=1,
    caller=_caller,
)
