"""Simulate the invoicing API's contacts: collection and element, with forms in and an envelope out.

Its document gives no path, no parameter for the depth, no names of form fields and no answer to POST and DELETE.
Here: `/contacts` and `/contacts/ID`, `depth` (0 leaves SubContact out; 1, also when nothing is asked, and 2 show it),
both `name` and `Contact[name]`, and the element in the usual envelope as the answer, with 201 where it is new. A
deleted contact is gone. All of these are assumptions.
"""

from __future__ import annotations

from typing import Any

import orjson

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json, joined
from etl.simulator.engine.api import WriteRecorder, path_id
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.references import References
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.invoicing.drawn_contacts import FIELDS, FIRST_ID, draw_debtor
from etl.simulator.options import Options

Wire = dict[str, Any]

BASE = "/contacts"
NOT_FOUND, NONE_FOUND, NOT_SAVED = (
    "Contact not found.",
    "Contacts not found.",
    "Something went wrong while saving the data.",
)
REQUIRED = (
    "client_reference", "group", "name", "location_address", "location_city", "invoice_address", "invoice_postal",
    "invoice_city", "phone", "email", "payment_term",
)  # fmt: skip
NEVER_CHANGED = (
    "id", "client_reference", "group", "type", "location_long", "location_lat", "invoice_long", "invoice_lat",
    "created", "modified", "trashed",
)  # fmt: skip
EDITABLE = tuple(name for name in FIELDS if name not in NEVER_CHANGED)


class Invoicing:
    system = "invoicing"
    schemes = ("basic", "bearer")
    ids = frozenset({"id", "contact_id"})

    def __init__(
        self, *, rows: int, seed: int, recorder: WriteRecorder, unique_references: bool, respell: Respelling
    ) -> None:
        self.contacts = RecordStore(
            first_id=FIRST_ID, rows=rows, draw=lambda row: draw_debtor(row, seed).wire, respell=respell
        )
        self._references = References(self.contacts, "client_reference", "Contact") if unique_references else None
        self._recorder = recorder

    def answer(self, call: IncomingCall) -> Answer:
        rest = call.path.removeprefix(BASE).removeprefix("/")
        match call.method, rest:
            case "GET", "":
                return self._list(call)
            case "POST", "":
                return self._create(call)
            case "GET", _:
                return answer_json(_envelope(_at_depth(self._get(rest), _depth(call))))
            case "POST", _:
                return self._update(call, rest)
            case "DELETE", _ if rest:
                return self._delete(call, rest)
        raise RefusedRequest(405, "Method not allowed.")

    def shown(self, call: IncomingCall) -> Answer:
        return answer_json(_envelope(self._get(call.path.removeprefix(BASE).removeprefix("/"))))

    def refuse(self, refusal: RefusedRequest) -> Answer:
        """Put a refusal in the usual envelope: an assumption, since the document shows only messages."""
        response = {"message": refusal.message, "exception": [], "code": refusal.status, "data": []}
        return answer_json({"response": response}, refusal.status, refusal.headers)

    def _list(self, call: IncomingCall) -> Answer:
        depth = _depth(call)
        store = self.contacts
        ids = store.settled_ids(call.arrived - call.lag_s) if call.lag_s else store.ids()
        if not ids:
            raise RefusedRequest(404, NONE_FOUND)
        head = b'{"response":{"message":"success","exception":[],"code":200,"data":{"count":%d,"Contacts":[' % len(ids)
        rows = (
            store.render(key) if depth else orjson.dumps(_at_depth(orjson.loads(store.render(key)), 0)) for key in ids
        )
        key = (BASE, min(depth, 1), store.version)
        return Answer(parts=joined(rows, head, b"]}}}"), key=None if call.lag_s else key)

    def _get(self, rest: str) -> Wire:
        element = self.contacts.get(path_id(rest, NOT_FOUND))
        if element is None:
            raise RefusedRequest(404, NOT_FOUND)
        return element

    def _create(self, call: IncomingCall) -> Answer:
        form = call.form("Contact")
        given = {name: value for name, value in form.items() if name in EDITABLE}
        given |= {name: form.get(name, "") for name in ("client_reference", "group")}
        if any(not given.get(name, "").strip() for name in REQUIRED) or not given["payment_term"].strip().isdigit():
            raise RefusedRequest(400, NOT_SAVED)
        kind = form.get("type") or "1"
        if kind not in ("1", "2"):
            raise RefusedRequest(400, NOT_SAVED)
        now = self._recorder.clock.local()
        contact: Wire = dict.fromkeys(FIELDS)
        contact |= {**given, "id": str(self.contacts.reserve()), "type": kind, "trashed": False}
        contact |= {"created": now, "modified": now}
        element = {"Contact": contact, "SubContact": []}
        if self._references is not None:
            self._references.check_unused(element)
        key = self.contacts.add(element, self._recorder.clock.now())
        self._recorder.record(call, "created", key, form)
        return answer_json(_envelope(self._get(str(key)), 201), 201)

    def _update(self, call: IncomingCall, rest: str) -> Answer:
        """Update a contact. Fields that cannot be changed are ignored; "required" applies to creation only."""
        element = self._get(rest)
        form = call.form("Contact")
        given = {name: value for name, value in form.items() if name in EDITABLE}
        if "payment_term" in given and not given["payment_term"].strip().isdigit():
            raise RefusedRequest(400, NOT_SAVED)
        element["Contact"] |= {**given, "modified": self._recorder.clock.local()}
        self.contacts.put(int(element["Contact"]["id"]), element)
        self._recorder.record(call, "updated", element["Contact"]["id"], form)
        return self.shown(call)

    def _delete(self, call: IncomingCall, rest: str) -> Answer:
        element = self._get(rest)
        key = element["Contact"]["id"]
        self.contacts.remove(int(key))
        self._recorder.record(call, "deleted", key, None)
        return answer_json(_envelope({}))


def _depth(call: IncomingCall) -> int:
    depth = call.query.get("depth") or "1"
    if depth not in ("0", "1", "2"):
        raise RefusedRequest(400, "depth must be 0, 1 or 2.")
    return int(depth)


def _at_depth(element: Wire, depth: int) -> Wire:
    return element if depth else {"Contact": element["Contact"]}


def _envelope(data: Wire, code: int = 200) -> Wire:
    return {"response": {"message": "success", "exception": [], "code": code, "data": data}}


def _open(options: Options, recorder: WriteRecorder) -> Shop:
    api = Invoicing(
        rows=options.rows,
        seed=options.seed,
        recorder=recorder,
        unique_references=options.unique_references,
        respell=Respelling(options.spelling("invoicing.contacts"), "Contact"),
    )
    return Shop(api, {"contacts": api.contacts})


INVOICING = Vendor(
    system=Invoicing.system,
    path=BASE,
    account={"username": "demo", "password": "demo"},
    streams=("contacts",),
    open=_open,
    limits=lambda options: (options.invoicing_per_minute, options.invoicing_per_day),
    contacts={"contacts": draw_debtor},
)
