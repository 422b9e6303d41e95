"""Simulate CycleSoftware's customers: list, get, find, create, update.

Errors come as a status and as `{"error": true, "error_message": …}`. The object holds no modification time:
`modified_since` compares with one that the server keeps, in naive local time. An update replaces the whole customer:
fields that its body lacks become empty (the document does not say; a client that gets, merges and puts is safe).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from etl.simulator.cyclesoftware.body import new_customer, replaced_customer
from etl.simulator.cyclesoftware.drawn_customers import FIRST_ID, draw_customer
from etl.simulator.cyclesoftware.finding import PARAMETERS, Finder
from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json, joined
from etl.simulator.engine.api import WriteRecorder, path_id
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.clock import naive_seconds
from etl.simulator.engine.references import References
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.options import Options

BASE = "/api/v1/customers"
NOT_FOUND = "Customer not found."
# DrawnContact rows were last modified in 2024, a fifth of them by one import: many rows on a single second.
YEAR_START, IMPORTED = naive_seconds("2024-01-01 00:00:00"), naive_seconds("2024-03-30 12:00:00")
YEAR_SECONDS = 366 * 86_400


def drawn_modified(row: int, seed: int) -> int:
    mixed = (row * 0x9E3779B1 + seed * 0x85EBCA6B + 0x7F4A7C15) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return IMPORTED if mixed % 5 == 0 else YEAR_START + (mixed ^ (mixed >> 12)) % YEAR_SECONDS


class CycleSoftware:
    system = "cyclesoftware"
    schemes = ("basic",)
    ids = frozenset({"customer_id"})

    def __init__(
        self,
        *,
        rows: int,
        seed: int,
        page_size: int,
        recorder: WriteRecorder,
        unique_references: bool,
        respell: Respelling,
    ) -> None:
        self.customers = RecordStore(
            first_id=FIRST_ID, rows=rows, draw=lambda row: draw_customer(row, seed).wire, respell=respell
        )
        self._references = References(self.customers, "customer_reference") if unique_references else None
        self._seed, self._page_size, self._recorder = seed, page_size, recorder
        self._finder = Finder(self.customers)
        self._drawn_times: array[int] | None = None
        self._written_times: dict[int, int] = {}
        self._since: tuple[tuple[int, int], Sequence[int]] = ((-1, -1), ())
        self.customers.watch(self._stamp)

    def answer(self, call: IncomingCall) -> Answer:
        match call.method, call.path.removeprefix(BASE):
            case "GET", "/list.json":
                return self._list(call)
            case "GET", "/find.json":
                return self._find(call)
            case "POST", ".json":
                return self._create(call)
            case "GET", rest if rest.endswith(".json"):
                return answer_json(self._get(rest))
            case "PUT", rest if rest.endswith(".json") and rest != ".json":
                return self._update(call, rest)
        raise RefusedRequest(404, "Resource not found.")

    def shown(self, call: IncomingCall) -> Answer:
        return answer_json(self._get(call.path.removeprefix(BASE)))

    def refuse(self, refusal: RefusedRequest) -> Answer:
        body = {"error": True, "error_message": refusal.message}
        return answer_json(body, refusal.status, refusal.headers)

    def _list(self, call: IncomingCall) -> Answer:
        offset = call.query.get("offset") or "0"
        if not (offset.isascii() and offset.isdigit()) or len(offset) > 18:
            raise RefusedRequest(400, "offset must be a number of rows.")
        start = int(offset)
        ids = self._visible(call)
        if call.query.get("modified_since"):
            ids = self._modified_since(call.query["modified_since"], ids)
        page = ids[start : start + self._page_size]
        end = start + len(page)
        tail = b'],"pagination":{"count":%d,"next_offset":%s}}' % (
            len(page),
            b"%d" % end if end < len(ids) else b"null",
        )
        parts = joined(map(self.customers.render, page), b'{"error":false,"error_message":null,"customers":[', tail)
        key = (BASE, self.customers.version, start, call.query.get("modified_since"))
        return Answer(parts=parts, key=None if call.lag_s else key)

    def _visible(self, call: IncomingCall) -> Sequence[int]:
        return self.customers.settled_ids(call.arrived - call.lag_s) if call.lag_s else self.customers.ids()

    def _modified_since(self, text: str, ids: Sequence[int]) -> Sequence[int]:
        try:
            since = naive_seconds(text)
        except ValueError:
            raise RefusedRequest(400, "modified_since must be written yyyy-mm-dd hh:mm:ss.") from None
        state = (self.customers.version, since)
        if ids is not self.customers.ids():
            return [key for key in ids if self._modified(key) >= since]
        if self._since[0] != state:
            self._since = (state, [key for key in ids if self._modified(key) >= since])
        return self._since[1]

    def _modified(self, key: int) -> int:
        written = self._written_times.get(key)
        if written is not None:
            return written
        if self._drawn_times is None:
            self._drawn_times = array("q", (drawn_modified(row, self._seed) for row in range(self.customers.rows)))
        return self._drawn_times[key - FIRST_ID]

    def _stamp(self, key: int, _wire: dict[str, Any]) -> None:
        self._written_times[key] = naive_seconds(self._recorder.clock.local())

    def _find(self, call: IncomingCall) -> Answer:
        wanted = {name: value for name, value in call.query.items() if name in PARAMETERS and value.strip()}
        if not wanted:
            raise RefusedRequest(400, f"Give at least one of {', '.join(PARAMETERS)}.")
        return answer_json(self._finder.find(wanted, self._visible(call)))

    def _key(self, rest: str) -> int:
        return path_id(rest.removeprefix("/").removesuffix(".json"), NOT_FOUND)

    def _get(self, rest: str) -> dict[str, Any]:
        customer = self.customers.get(self._key(rest))
        if customer is None:
            raise RefusedRequest(404, NOT_FOUND)
        return customer

    def _create(self, call: IncomingCall) -> Answer:
        body = call.json_object()
        customer = new_customer(body, self.customers.reserve(), self._recorder.clock.local())
        if self._references is not None:
            self._references.check_unused(customer)
        key = self.customers.add(customer, self._recorder.clock.now())
        self._recorder.record(call, "created", key, body)
        return answer_json(self.customers.get(key))

    def _update(self, call: IncomingCall, rest: str) -> Answer:
        before = self._get(rest)
        body = call.json_object()
        customer = replaced_customer(body, before)
        if self._references is not None:
            self._references.check_unused(customer, before["customer_id"])
        self.customers.put(before["customer_id"], customer)
        self._recorder.record(call, "updated", before["customer_id"], body)
        return self.shown(call)


def _open(options: Options, recorder: WriteRecorder) -> Shop:
    api = CycleSoftware(
        rows=options.rows,
        seed=options.seed,
        page_size=options.page_size,
        recorder=recorder,
        unique_references=options.unique_references,
        respell=Respelling(options.spelling("cyclesoftware.customers")),
    )
    return Shop(api, {"customers": api.customers})


CYCLESOFTWARE = Vendor(
    system=CycleSoftware.system,
    path=BASE,
    account={"username": "demo", "password": "demo"},
    streams=("customers",),
    open=_open,
    limits=lambda options: (options.per_minute, options.per_day),
    sends_limit_headers=True,
    contacts={"customers": draw_customer},
)
