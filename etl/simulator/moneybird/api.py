"""Simulate Moneybird's contacts: list, search, get, create, update, archive, delete.

Document: Moneybird's OpenAPI document v2-20261002, and observations of its headers that others published. Here one
administration (123), and these are assumptions: contacts are listed by their ids; `Link` holds relative addresses; the
limit is a sliding window of each credential; a key of a body that no document names is a 400; a second contact with a
`customer_id` is a 422 with the code `taken`; a first or last name that a firm gets adds a contact person.

Not simulated: filter, synchronization, notes, contact people of their own calls, custom fields, SEPA's rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.api import WriteRecorder, path_id
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.limits import Window, WindowUse
from etl.simulator.engine.references import References
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.moneybird.body import Invalid, changed, given
from etl.simulator.moneybird.drawn_contacts import (
    ADMINISTRATION,
    FIRST_ID,
    STEP,
    draw_contact,
    empty_contact,
    person_of,
)
from etl.simulator.options import Options

Wire = dict[str, Any]

BASE = f"/api/v2/{ADMINISTRATION}/contacts"
NOT_FOUND = "record not found"
USUAL, MOST = 50, 100
SEARCHED = (
    "company_name", "attention", "firstname", "lastname", "address1", "address2", "zipcode", "city", "country", "email",
    "phone", "customer_id", "tax_number", "chamber_of_commerce", "bank_account",
)  # fmt: skip
TAKEN: Mapping[str, Any] = {"customer_id": [{"error": "taken"}]}


class Moneybird:
    system = "moneybird"
    schemes = ("bearer",)
    ids = frozenset({"id", "contact_id"})

    def __init__(self, *, rows: int, seed: int, recorder: WriteRecorder, respell: Respelling) -> None:
        self.contacts = RecordStore(
            first_id=FIRST_ID, step=STEP, rows=rows, draw=lambda row: draw_contact(row, seed).wire, respell=respell
        )
        self._customer_ids = References(self.contacts, "customer_id")
        self._next_customer_id = rows + 1
        self._next_person = FIRST_ID + 2 * 10**15
        self._recorder = recorder

    def answer(self, call: IncomingCall) -> Answer:
        at = _place(call)
        match call.method, at:
            case "GET", _:
                return self._list(call) if at == [""] else self.shown(call)
            case "POST", [""]:
                return self._create(call)
            case "PATCH", [key, "archive"]:
                return self._archive(call, key)
            case "PATCH", [key] if key:
                return self._update(call, key)
            case "DELETE", [key] if key:
                return self._delete(call, key)
        raise RefusedRequest(405, "Method not allowed")

    def shown(self, call: IncomingCall) -> Answer:
        match _place(call):
            case ["customer_id", customer_id]:
                return answer_json(self._by_customer_id(customer_id))
            case [key, *_]:
                return answer_json(self._get(key))
        raise RefusedRequest(404, NOT_FOUND)

    def refuse(self, refusal: RefusedRequest) -> Answer:
        """A text for a spent limit, with the time to come back in seconds since 1970; else `error` in an object."""
        if refusal.status == 429:
            wait_s = float(refusal.headers.get("Retry-After", "0"))
            headers = {"Retry-After": str(math.ceil(self._recorder.clock.now() + wait_s))} if wait_s else {}
            return Answer(429, b"Retry later", headers=headers, content_type="text/plain; charset=utf-8")
        if isinstance(refusal, Invalid):
            told = {name: [one["error"] for one in reasons] for name, reasons in refusal.details.items()}
            return answer_json({"error": told, "details": refusal.details}, refusal.status)
        symbolic = {"symbolic": refusal.symbolic} if isinstance(refusal, Symbolic) else {}
        return answer_json({"error": refusal.message, **symbolic}, refusal.status, refusal.headers)

    def _list(self, call: IncomingCall) -> Answer:
        page, per_page = _whole(call, "page", 1, None), _whole(call, "per_page", USUAL, MOST)
        keys = self._listed(call)
        first = (page - 1) * per_page
        shown = [self.contacts.render(key) for key in keys[first : first + per_page]]
        links = [("prev", page - 1)] if page > 1 else []
        links += [("next", page + 1)] if first + per_page < len(keys) else []
        headers = {"X-Total-Count": str(len(keys))}
        if links:
            named = [f'<{call.path}?{urlencode({**call.query, "page": to})}>; rel="{which}"' for which, to in links]
            headers["Link"] = ", ".join(named)
        return Answer(body=b"[" + b",".join(shown) + b"]", headers=headers)

    def _listed(self, call: IncomingCall) -> Sequence[int]:
        store = self.contacts
        keys = store.settled_ids(call.arrived - call.lag_s) if call.lag_s else store.ids()
        words = call.query.get("query", "").casefold()
        if words or call.query.get("include_archived") != "true":
            keys = [key for key in keys if self._is_listed(key, words, call)]
        return keys

    def _is_listed(self, key: int, words: str, call: IncomingCall) -> bool:
        contact = orjson.loads(self.contacts.render(key))
        if contact["archived"] and call.query.get("include_archived") != "true":
            return False
        return not words or any(words in str(contact[name] or "").casefold() for name in SEARCHED)

    def _get(self, text: str) -> Wire:
        contact = self.contacts.get(_key(text))
        if contact is None:
            raise Symbolic(404, NOT_FOUND, {"id": "not_found"})
        return contact

    def _by_customer_id(self, customer_id: str) -> Wire:
        found = (self.contacts.get(key) for key in self.contacts.ids())
        named = next((one for one in found if one is not None and one["customer_id"] == customer_id), None)
        if named is None:
            raise Symbolic(404, NOT_FOUND, {"customer_id": "not_found"})
        return named

    def _create(self, call: IncomingCall) -> Answer:
        said = given(call)
        contact = changed(empty_contact(self.contacts.reserve()), said)
        contact["customer_id"] = contact["customer_id"] or self._unused()
        self._stamp(contact, "contact_created")
        contact["created_at"] = contact["updated_at"]
        self._add_person(contact, said)
        self._check_unused(contact)
        key = self.contacts.add(contact, self._recorder.clock.now())
        self._recorder.record(call, "created", key, said)
        return answer_json(self._get(str(key)), 201)

    def _update(self, call: IncomingCall, text: str) -> Answer:
        """Change what is said; an empty customer_id is filled in anew."""
        before = self._get(text)
        said = given(call)
        contact = changed(before, said)
        contact["customer_id"] = contact["customer_id"] or self._unused()
        self._stamp(contact, "contact_changed")
        self._add_person(contact, said)
        key = int(contact["id"])
        self._check_unused(contact, key)
        self.contacts.put(key, contact)
        self._recorder.record(call, "updated", key, said)
        return answer_json(self._get(text))

    def _archive(self, call: IncomingCall, text: str) -> Answer:
        contact = self._get(text)
        if contact["archived"]:
            raise Symbolic(400, "Contact is already archived", {"archived": "already"})
        contact["archived"] = True
        self._stamp(contact, "contact_archived")
        self.contacts.put(int(contact["id"]), contact)
        self._recorder.record(call, "archived", contact["id"], None)
        return Answer(204)

    def _delete(self, call: IncomingCall, text: str) -> Answer:
        key = int(self._get(text)["id"])
        self.contacts.remove(key)
        self._recorder.record(call, "deleted", key, None)
        return Answer(204)

    def _stamp(self, contact: Wire, action: str) -> None:
        at = datetime.fromtimestamp(self._recorder.clock.now(), UTC)
        contact["updated_at"] = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
        contact["version"] = int(at.timestamp())
        event: Wire = {"administration_id": ADMINISTRATION, "user_id": "1", "action": action, "data": {}}
        event |= {"link_entity_id": None, "link_entity_type": None, "updated_at": contact["updated_at"]}
        contact["events"] = [*contact["events"], {**event, "created_at": contact["updated_at"]}]

    def _add_person(self, contact: Wire, said: Wire) -> None:
        """A firm that is sent a first or last name gets a contact person of it, each time anew."""
        named = {name: said[name] for name in ("firstname", "lastname") if said.get(name)}
        if contact["company_name"] and named:
            self._next_person += 1
            contact["contact_people"] = [*contact["contact_people"], person_of(contact, self._next_person, **named)]

    def _unused(self) -> str:
        """The next number as customer_id, which no contact has."""
        while True:
            found = str(self._next_customer_id)
            self._next_customer_id += 1
            try:
                self._customer_ids.check_unused({"customer_id": found})
            except RefusedRequest:
                continue
            return found

    def _check_unused(self, contact: Wire, but: int | None = None) -> None:
        try:
            self._customer_ids.check_unused(contact, but)
        except RefusedRequest:
            raise Invalid(TAKEN) from None


class Symbolic(RefusedRequest):
    """A refusal with codes by name."""

    def __init__(self, status: int, message: str, symbolic: Mapping[str, str]) -> None:
        super().__init__(status, message)
        self.symbolic = symbolic


def _place(call: IncomingCall) -> list[str]:
    """The parts of a path behind that of the list; one empty part for the list itself."""
    return call.path.removeprefix(BASE).removesuffix(".json").removeprefix("/").split("/")


def _key(text: str) -> int:
    try:
        return path_id(text, NOT_FOUND)
    except RefusedRequest:
        raise Symbolic(404, NOT_FOUND, {"id": "not_found"}) from None


def _whole(call: IncomingCall, name: str, usual: int, most: int | None) -> int:
    text = call.query.get(name) or str(usual)
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= (most or int(text)):
        raise RefusedRequest(400, f"{name} does not have a valid value")
    return int(text)


def limit_headers(use: WindowUse) -> dict[str, str]:
    """As they were seen: of the names that the document gives to calls, one holds seconds."""
    return {
        "RateLimit-Limit": str(use.limit),
        "RateLimit-Remaining": str(math.ceil(use.ends - use.at)),
        "RateLimit-Reset": str(math.ceil(use.ends)),
        "RateLimit-RequestsRemaining": str(use.limit - use.used),
    }


def _windows(options: Options) -> tuple[Window, ...]:
    limit = options.moneybird_per_5_minutes
    return () if limit is None else (Window(limit, 300.0),)


def _open(options: Options, recorder: WriteRecorder) -> Shop:
    api = Moneybird(
        rows=options.rows,
        seed=options.seed,
        recorder=recorder,
        respell=Respelling(options.spelling("moneybird.contacts")),
    )
    return Shop(api, {"contacts": api.contacts})


MONEYBIRD = Vendor(
    system=Moneybird.system,
    path=BASE,
    account={"api_key": "demo", "administration_id": str(ADMINISTRATION)},
    streams=("contacts",),
    open=_open,
    limits=lambda options: (None, None),
    windows=_windows,
    limit_headers=limit_headers,
    contacts={"contacts": draw_contact},
)
