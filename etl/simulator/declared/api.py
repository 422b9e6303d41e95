"""Answer the calls of a declared system: its lists, single records, what creates, changes and deletes them, tokens.

A record is a row of a store; its id is the row's number, as a number or as text. A PUT replaces what can be written,
any other change lays the body over the record. Who asks for what changed gets what was written since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import orjson

from etl.simulator.data.drawn import AMSTERDAM
from etl.simulator.declared import auth, bodies
from etl.simulator.declared.pages import Asked, Shown, show
from etl.simulator.declared.routes import Route, routes_of
from etl.simulator.declared.values import keyed
from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.api import WriteRecorder, path_id
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.store import RecordStore
from etl.systems.declare import DateWindows, Header, Newer, Stream, System, Target
from etl.systems.shared.dotted import flat, nested

NOT_FOUND = "There is no such record."


@dataclass(frozen=True)
class ListCall:
    """A request for a page of a list: its parameters, when it came, and the rows that were told."""

    stream: str
    parameters: Mapping[str, str]
    at: float
    rows: tuple[int, ...] = ()


Twist = Callable[[ListCall, Shown], Shown]


class DeclaredApi:
    """The API of a system, over a store for each stream. `size` is how many rows a page has.

    `told` are the pages that were told, in their order. A `twist` may change a page before it is told, or refuse it; an
    answer says that it holds so many records more than it does as it `miscounts`.
    """

    def __init__(
        self,
        system: System,
        targets: Sequence[Target],
        stores: Mapping[str, RecordStore],
        recorder: WriteRecorder,
        size: int,
    ) -> None:
        self._system, self._stores, self._recorder, self._size = system, stores, recorder, size
        self.schemes = auth.schemes_of(system)
        self.ids = frozenset(stream.key.rpartition(".")[2] for stream in system.streams)
        self._targets = targets
        self._routes = routes_of(system, targets)
        self._tokens = auth.Tokens()
        self.told: list[ListCall] = []
        self.twist: Twist = lambda call, shown: shown
        self.miscounts = 0
        self._written: dict[str, dict[int, float]] = {name: {} for name in stores}
        for name, store in stores.items():
            store.watch(partial(self._note, name))

    @property
    def system(self) -> str:
        return self._system.id

    def _note(self, stream: str, key: int, _record: Mapping[str, Any]) -> None:
        self._written[stream][key] = self._recorder.clock.now()

    def answer(self, call: IncomingCall) -> Answer:
        for kind in auth.oauth_kinds(self._system):
            if call.path == auth.token_path(self._system, kind):
                return self._tokens.give(call, kind)
        if self._asks_for_token(call):
            self._tokens.must_be_good(call)
        route = self._route(call)
        match route.does:
            case "list":
                return self._list(call, route.stream)
            case "get":
                return answer_json(bodies.enveloped(route.stream.element.records, self._record(route, call)))
            case "create":
                return self._create(call, route)
            case "update":
                return self._update(call, route)
        return self._delete(call, route)

    def shown(self, call: IncomingCall) -> Answer:
        route = self._route(call)
        return answer_json(bodies.enveloped(route.stream.element.records, self._record(route, call)))

    def refuse(self, refusal: RefusedRequest) -> Answer:
        body = bodies.told(self._system, refusal.status, refusal.message)
        return answer_json(body, refusal.status, refusal.headers)

    def _asks_for_token(self, call: IncomingCall) -> bool:
        fetched = bool(auth.oauth_kinds(self._system)) and "bearer" not in self._system.auth
        return fetched and call.credential is not None and call.credential.scheme == "bearer"

    def _route(self, call: IncomingCall) -> Route:
        for route in self._routes:
            if route.takes(call.method, call.path, call.query):
                return route
        raise RefusedRequest(404, "There is nothing here.")

    def _record(self, route: Route, call: IncomingCall) -> dict[str, Any]:
        found = self._stores[route.stream.name].get(path_id(route.id_in(call.path), NOT_FOUND))
        if found is None:
            raise RefusedRequest(404, NOT_FOUND)
        return found

    # -- reading -------------------------------------------------------------------------------------

    def _list(self, call: IncomingCall, stream: Stream) -> Answer:
        given = _given(call, stream)
        ids = self._shown_ids(call, stream, given)
        asked = Asked(given, call.path, self._size, lambda key: self._day(stream, key))
        shown = self.twist(ListCall(stream.name, dict(given), call.arrived), show(stream.paging, ids, asked))
        self.told.append(ListCall(stream.name, dict(given), call.arrived, tuple(shown.rows)))
        records = [orjson.loads(self._stores[stream.name].render(key)) for key in shown.rows]
        envelope: dict[str, Any] = {name: {} for name in stream.envelope.required}
        paths = {where: value for where, value in shown.told.items() if isinstance(where, str)}
        paths |= {stream.envelope.count: len(records) + self.miscounts} if stream.envelope.count else {}
        headers = {
            where.name: str(value)
            for where, value in shown.told.items()
            if isinstance(where, Header) and value is not None
        }
        if not stream.envelope.records:
            return answer_json(records, headers=headers)
        return answer_json(nested({**paths, stream.envelope.records: records}, over=nested(envelope)), headers=headers)

    def _shown_ids(self, call: IncomingCall, stream: Stream, given: Mapping[str, str]) -> Sequence[int]:
        store = self._stores[stream.name]
        ids = store.settled_ids(call.arrived - call.lag_s) if call.lag_s else store.ids()
        if stream.since is not None and given.get(stream.since):
            since = _seconds(given[stream.since])
            ids = [key for key in ids if self._written[stream.name].get(key, 0.0) >= since]
        for target in self._targets:
            if target.stream == stream.name and isinstance(target.lookup, Newer):
                after = given.get(target.lookup.parameter, "")
                ids = [key for key in ids if key > int(after)] if after.isdecimal() else ids
        return ids

    def _day(self, stream: Stream, key: int) -> date:
        """When a row was made: they are spread over the days from the first to today."""
        store, paging = self._stores[stream.name], stream.paging
        today = datetime.fromtimestamp(self._recorder.clock.now(), UTC).date()
        if not isinstance(paging, DateWindows) or key >= store.first_id + store.rows:
            return today
        span = max((today - paging.first).days, 0)
        return paging.first + timedelta(days=span * (key - store.first_id) // max(store.rows, 1))

    # -- writing -------------------------------------------------------------------------------------

    def _create(self, call: IncomingCall, route: Route) -> Answer:
        target, store = route.written, self._stores[route.stream.name]
        body = bodies.sent(target, target.create, call, self._prefix(target.create.prefix))
        number = store.reserve()
        record = bodies.created(route.stream, body, number)
        record = bodies.overlaid(record, nested({route.stream.key: keyed(route.stream, number)}))
        key = store.add(record, self._recorder.clock.now())
        self._recorder.record(call, "created", key, body)
        where = route.address(route.stream.get, str(key))
        told, headers = bodies.answers(route.stream, target, store.get(key) or {}, 201, where)
        return answer_json(told, 201, headers)

    def _update(self, call: IncomingCall, route: Route) -> Answer:
        target, before = route.written, self._record(route, call)
        key = path_id(route.id_in(call.path), NOT_FOUND)
        assert target.update is not None
        body = bodies.sent(target, target.update, call, self._prefix(target.update.prefix))
        record = bodies.placed(route.stream, before, body, whole=call.method == "PUT")
        self._stores[route.stream.name].put(key, record)
        self._recorder.record(call, "updated", key, body)
        return self.shown(call) if "update" in target.echoes else answer_json({})

    def _delete(self, call: IncomingCall, route: Route) -> Answer:
        self._record(route, call)
        key = path_id(route.id_in(call.path), NOT_FOUND)
        told = self.shown(call) if "delete" in route.written.echoes else answer_json({})
        self._stores[route.stream.name].remove(key)
        self._recorder.record(call, "deleted", key, None)
        return told

    def _prefix(self, prefix: str) -> str:
        return prefix.format(**self._system.options)


def _given(call: IncomingCall, stream: Stream) -> Mapping[str, str]:
    """The parameters of a request, also where they are in the body of a search."""
    if stream.search is None:
        return call.query
    return {path: str(value) for path, value in flat(call.json_object()).items() if not isinstance(value, list)}


def _seconds(text: str) -> float:
    """A time as the program writes it: of Amsterdam, where it names no zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedRequest(400, "That is no time.") from None
    return (at if at.tzinfo else at.replace(tzinfo=AMSTERDAM)).timestamp()
