"""Simulate Recras: the three views of its contacts, and its products. Bearer key, or Basic for old keys."""

from __future__ import annotations

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.api import WriteRecorder
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.options import Options
from etl.simulator.recras.address_book import AddressBook
from etl.simulator.recras.contacts import RecrasContacts
from etl.simulator.recras.drawn_contacts import draw_klant, draw_relation
from etl.simulator.recras.drawn_products import draw_article
from etl.simulator.recras.products import RecrasProducts

BASE = "/api2/"


class Recras:
    system = "recras"
    schemes = ("bearer", "basic")
    ids = frozenset({"id", "_links", "afbeelding_href"})

    def __init__(
        self,
        *,
        rows: int,
        products: int,
        seed: int,
        recorder: WriteRecorder,
        id_inclusive: bool,
        redirects: bool,
        respell: Respelling,
        respell_products: Respelling,
    ) -> None:
        self.book = AddressBook(rows=rows, seed=seed, respell=respell)
        self._contacts = RecrasContacts(self.book, recorder, id_inclusive=id_inclusive, redirects=redirects)
        self.products = RecrasProducts(rows=products, seed=seed, recorder=recorder, respell=respell_products)

    def answer(self, call: IncomingCall) -> Answer:
        collection, _, rest = call.path.removeprefix(BASE).partition("/")
        if collection == "producten":
            return self.products.answer(call, rest)
        if collection in {"contacten", "klanten", "leveranciers"}:
            return self._contacts.answer(call, collection, rest)
        raise RefusedRequest(404, "Niet gevonden.")

    def shown(self, call: IncomingCall) -> Answer:
        collection, _, rest = call.path.removeprefix(BASE).partition("/")
        return self.products.shown(rest) if collection == "producten" else self._contacts.shown(collection, rest)

    def refuse(self, refusal: RefusedRequest) -> Answer:
        """Return an error body; the documents show none, so this one is assumed."""
        return answer_json({"error": {"message": refusal.message}}, refusal.status, refusal.headers)


def _open(options: Options, recorder: WriteRecorder) -> Shop:
    api = Recras(
        rows=options.rows,
        products=options.rows if options.products is None else options.products,
        seed=options.seed,
        recorder=recorder,
        id_inclusive=options.klanten_id_inclusive,
        redirects=options.contacten_redirects,
        respell=Respelling(options.spelling("recras.contacten")),
        respell_products=Respelling(options.spelling("recras.producten")),
    )
    return Shop(api, {"contacten": api.book.contacts, "producten": api.products.store})


RECRAS = Vendor(
    system=Recras.system,
    path=BASE.rstrip("/"),
    account={"api_key": "demo"},
    streams=("contacten", "producten"),
    open=_open,
    limits=lambda options: (options.recras_per_minute, options.recras_per_day),
    contacts={"contacten": draw_relation, "klanten": draw_klant},
    products=draw_article,
)
