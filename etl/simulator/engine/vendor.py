"""Declare a vendor whose API is simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from etl.simulator.data.drawn import DrawnContact, DrawnProduct
from etl.simulator.engine.api import Api, WriteRecorder
from etl.simulator.engine.call import Caller, by_authorization
from etl.simulator.engine.limits import Window
from etl.simulator.engine.store import RecordStore
from etl.simulator.options import Options


@dataclass(frozen=True, slots=True)
class Shop:
    """One tenant's API of a vendor, and its stores by the stream that shows them."""

    api: Api
    stores: Mapping[str, RecordStore]


@dataclass(frozen=True)
class Vendor:
    """One API: where its paths begin, and how a shop of it is opened.

    `account` holds sample credentials; any are accepted. `streams` are those that have a store. `limits` returns the
    calls a minute and a day; `sends_limit_headers` makes answers report them. `windows` are further limits, `at_once`
    how many requests may be under way, and `weigh` says as how many calls a method and path count. `caller` reads the
    credential of a request, where that is not in the Authorization header. `contacts` draws a row of a stream from its
    number and the seed, None for one that the stream does not show; `products` draws a product.
    """

    system: str
    path: str
    account: Mapping[str, str]
    streams: tuple[str, ...]
    open: Callable[[Options, WriteRecorder], Shop]
    limits: Callable[[Options], tuple[int | None, int | None]]
    contacts: Mapping[str, Callable[[int, int], DrawnContact | None]]
    products: Callable[[int, int], DrawnProduct] | None = None
    sends_limit_headers: bool = False
    windows: tuple[Window, ...] = ()
    at_once: int | None = None
    weigh: Callable[[str, str], int] = lambda method, path: 1
    caller: Caller = by_authorization
