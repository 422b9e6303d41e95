"""Derive the vendor of a system from its declaration: the API that it describes, with its limits and credentials."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from etl.simulator.declared import auth
from etl.simulator.declared.api import DeclaredApi
from etl.simulator.declared.routes import pattern_of, routes_of
from etl.simulator.declared.values import filled
from etl.simulator.engine.api import WriteRecorder
from etl.simulator.engine.limits import Window
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.options import Options
from etl.systems.declare import MovingWindow, Stream, System, Target, keys_of

FIRST_ID = 1001


def vendor_of(system: System, targets: Sequence[Target] = ()) -> Vendor:
    """Return the vendor of a system: `Options.rows` records in each stream, `Options.page_size` on a page that nobody
    asks to have another size. It is at the root of its host; options have their defaults, and any value in a path
    where that is empty."""

    def opened(options: Options, recorder: WriteRecorder) -> Shop:
        stores = {
            stream.name: RecordStore(
                first_id=FIRST_ID,
                rows=options.rows,
                draw=partial(_drawn, stream),
            )
            for stream in system.streams
        }
        return Shop(DeclaredApi(system, targets, stores, recorder, options.page_size), stores)

    days = [limit.limit for limit in system.limits if not isinstance(limit, MovingWindow) and not limit.endpoint]
    tokens = {auth.token_path(system, kind) for kind in auth.oauth_kinds(system)}
    routes = routes_of(system, targets)
    windows = tuple(_window(system, limit) for limit in system.limits if isinstance(limit, MovingWindow))

    def weigh(method: str, path: str) -> int:
        if path in tokens:
            return 0
        for route in routes:
            if route.method == method and route.pattern.fullmatch(path):
                return route.weight
        return 1

    return Vendor(
        system=system.id,
        path="",
        account=dict.fromkeys(keys_of(system.auth[0]), "demo"),
        streams=tuple(stream.name for stream in system.streams),
        open=opened,
        limits=lambda options: (None, min(days, default=None)),
        contacts={},
        windows=lambda options: windows,
        at_once=system.at_once,
        weigh=weigh,
        caller=auth.caller_of(system),
    )


def _drawn(stream: Stream, row: int) -> dict[str, Any]:
    return filled(stream, FIRST_ID + row)


def _window(system: System, limit: MovingWindow) -> Window:
    if not limit.endpoint:
        return Window(limit.limit, limit.seconds)
    return Window(limit.limit, limit.seconds, pattern_of(limit.endpoint, system.options))
