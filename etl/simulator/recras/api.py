"""Recras: the three views of its contacts, and its products. A Bearer key, or Basic as in old days."""

from __future__ import annotations

from etl.simulator.engine.answer import Answer, Refusal, answer_json
from etl.simulator.engine.api import Desk
from etl.simulator.engine.call import Call
from etl.simulator.engine.respelling import Respelling
from etl.simulator.recras.address_book import AddressBook
from etl.simulator.recras.contacts import RecrasContacts
from etl.simulator.recras.products import RecrasProducts

BASE = "/api2/"


class Recras:
    system = "recras"
    schemes = ("bearer", "basic")

    def __init__(
        self,
        *,
        rows: int,
        products: int,
        seed: int,
        desk: Desk,
        id_inclusive: bool,
        redirects: bool,
        respell: Respelling,
        respell_products: Respelling,
    ) -> None:
        self.book = AddressBook(rows=rows, seed=seed, respell=respell)
        self._contacts = RecrasContacts(self.book, desk, id_inclusive=id_inclusive, redirects=redirects)
        self.products = RecrasProducts(rows=products, seed=seed, desk=desk, respell=respell_products)

    def answer(self, call: Call) -> Answer:
        collection, _, rest = call.path.removeprefix(BASE).partition("/")
        if collection == "producten":
            return self.products.answer(call, rest)
        if collection in {"contacten", "klanten", "leveranciers"}:
            return self._contacts.answer(call, collection, rest)
        raise Refusal(404, "Niet gevonden.")

    def shown(self, call: Call) -> Answer:
        collection, _, rest = call.path.removeprefix(BASE).partition("/")
        return self.products.shown(rest) if collection == "producten" else self._contacts.shown(collection, rest)

    def refuse(self, refusal: Refusal) -> Answer:
        """The documents print no error body: this one is an assumption."""
        return answer_json({"error": {"message": refusal.message}}, refusal.status, refusal.headers)
