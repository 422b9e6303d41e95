"""What there is to say of a vendor whose API is simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from etl.simulator.data.drawn import DrawnContact, DrawnProduct
from etl.simulator.engine.api import Api, WriteDesk
from etl.simulator.engine.store import RecordStore
from etl.simulator.options import Options


@dataclass(frozen=True, slots=True)
class Shop:
    """A vendor's API as one tenant has it, and its stores by the stream that shows them."""

    api: Api
    stores: Mapping[str, RecordStore]


@dataclass(frozen=True)
class Vendor:
    """One API: where its paths begin, and how a shop of it is opened.

    `account` holds credentials to show; any will do. `streams` are those that have a store. `limits` gives the calls a
    minute and a day; with `tells_limits` headers tell them. `contacts` draws a row of a stream from its number and the
    seed, None for one that the stream does not show, and `products` one of the products.
    """

    system: str
    path: str
    account: Mapping[str, str]
    streams: tuple[str, ...]
    open: Callable[[Options, WriteDesk], Shop]
    limits: Callable[[Options], tuple[int | None, int | None]]
    contacts: Mapping[str, Callable[[int, int], DrawnContact | None]]
    products: Callable[[int, int], DrawnProduct] | None = None
    tells_limits: bool = False
