"""The shops that one host serves: one for all callers, or one for each user or key, as vendors' hosts do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from etl.simulator.cyclesoftware import api as cyclesoftware
from etl.simulator.cyclesoftware.api import CycleSoftware
from etl.simulator.engine.api import Api, Desk
from etl.simulator.engine.call import Credential
from etl.simulator.engine.clock import Clock
from etl.simulator.engine.journal import Journal
from etl.simulator.engine.options import Options
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import Store
from etl.simulator.invoicing import api as invoicing
from etl.simulator.invoicing.api import Invoicing
from etl.simulator.recras import api as recras
from etl.simulator.recras.address_book import AddressBook
from etl.simulator.recras.api import Recras


@dataclass(frozen=True, slots=True)
class Tenant:
    """`apis` by the start of their paths, `stores` by `system.stream`."""

    apis: Mapping[str, Api]
    stores: Mapping[str, Store]
    book: AddressBook


class Tenants:
    """A tenant is made when it is first asked for, from the same seed as every other."""

    def __init__(self, options: Options, clock: Clock, journal: Journal) -> None:
        self._options, self._clock, self._journal = options, clock, journal
        unknown = set(options.respell) - set(STORES)
        if unknown:
            raise ValueError(f"respell names {', '.join(sorted(unknown))}; there is {', '.join(STORES)}.")
        nobodys = self._opened("")
        self.doors: Mapping[str, Api] = nobodys.apis  # they refuse callers before it is known whose shop they want
        self._open: dict[str, Tenant] = {} if options.tenants else {"": nobodys}

    def of(self, who: str = "") -> Tenant:
        """Whose shop: a user or a key, empty for the one that all callers share."""
        if bool(who) != self._options.tenants:
            raise ValueError("Name a user or a key where there are tenants, and none where there are not.")
        if who not in self._open:
            self._open[who] = self._opened(who)
        return self._open[who]

    def called_by(self, caller: Credential) -> Tenant:
        return self.of((caller.name or caller.secret) if self._options.tenants else "")

    def _opened(self, who: str) -> Tenant:
        options = self._options
        common = {"rows": options.rows, "seed": options.seed}
        unique = options.unique_references
        shop = CycleSoftware(
            **common,
            page_size=options.page_size,
            desk=self._desk("cyclesoftware", who),
            unique_references=unique,
            respell=self._respelling("cyclesoftware.customers"),
        )
        park = Recras(
            **common,
            products=options.rows if options.products is None else options.products,
            desk=self._desk("recras", who),
            id_inclusive=options.klanten_id_inclusive,
            redirects=options.contacten_redirects,
            respell=self._respelling("recras.contacten"),
            respell_products=self._respelling("recras.producten"),
        )
        books = Invoicing(
            **common,
            desk=self._desk("invoicing", who),
            unique_references=unique,
            respell=self._respelling("invoicing.contacts"),
        )
        stores = dict(
            zip(STORES, (shop.customers, park.book.contacts, park.products.store, books.contacts), strict=True)
        )
        return Tenant(
            {cyclesoftware.BASE: shop, recras.BASE.rstrip("/"): park, invoicing.BASE: books}, stores, park.book
        )

    def _desk(self, system: str, who: str) -> Desk:
        return Desk(system, self._clock, self._journal, who)

    def _respelling(self, store: str) -> Respelling:
        return Respelling(self._options.respell.get(store, {}), "Contact" if store == "invoicing.contacts" else "")


STORES = ("cyclesoftware.customers", "recras.contacten", "recras.producten", "invoicing.contacts")
