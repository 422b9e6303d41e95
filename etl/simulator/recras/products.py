"""Simulate Recras' producten: list, get, create, partial update, delete.

A deleted product can still be read with `is_deleted: true`: the field would have no use otherwise. Suppliers, product
groups and materials are not simulated, so that any id of theirs is accepted.
"""

from __future__ import annotations

from typing import Any

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json, joined
from etl.simulator.engine.api import WriteRecorder, path_id
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import RecordStore
from etl.simulator.recras.drawn_products import FIRST_ID, draw_article

Wire = dict[str, Any]

NUMBER = (int, float)
NOTHING = type(None)
# The fields of the document, with the types that its samples show, null included.
KINDS: dict[str, tuple[type, ...]] = {
    "leverancier_id": (int,),
    "naam": (str,),
    "weergavenaam": (str, NOTHING),
    "inkoop": NUMBER,
    "verkoop": (*NUMBER, NOTHING),
    "minimum_aantal": (int,),
    "duur": (str, NOTHING),
    "btw": (*NUMBER, NOTHING),
    "beschrijving_klant": (str, NOTHING),
    "uitgebreide_omschrijving": (str, NOTHING),
    "productgroep_id": (int, NOTHING),
    "mag_api": (bool,),
    "los_op_planning": (bool,),
    "planstrategie": (str, NOTHING),
    "personeelsinstructie": (str, NOTHING),
    "locatie_verplicht": (bool,),
    "extra": (dict, NOTHING),
    "aantalbepaling": (str, NOTHING),
    "aantal": (*NUMBER, NOTHING),
    "per_x_personen": (int, NOTHING),
    "per_x_personen_afronding": (str, NOTHING),
    "ProductPrice": (list,),
    "Materialen": (list,),
    "Locaties": (list,),
    "Standaardbijlagen": (list,),
}
REQUIRED = ("inkoop", "leverancier_id", "minimum_aantal", "naam")
MATERIAL = ("materiaal_id", "aantal", "per_x_aantal", "afronding")
DEFAULTS: Wire = {
    "weergavenaam": "", "verkoop": None, "duur": None, "btw": None, "beschrijving_klant": "",
    "uitgebreide_omschrijving": "", "productgroep_id": None, "mag_api": True, "los_op_planning": False,
    "planstrategie": None, "personeelsinstructie": "", "locatie_verplicht": False, "extra": None,
    "aantalbepaling": "per_x_personen", "aantal": 1, "per_x_personen": 1, "per_x_personen_afronding": "boven",
    "ProductPrice": [],
}  # fmt: skip


class RecrasProducts:
    def __init__(self, *, rows: int, seed: int, recorder: WriteRecorder, respell: Respelling) -> None:
        self.store = RecordStore(
            first_id=FIRST_ID, rows=rows, draw=lambda row: draw_article(row, seed).wire, respell=respell
        )
        self._recorder = recorder

    def answer(self, call: IncomingCall, rest: str) -> Answer:
        match call.method, rest:
            case "GET", "":
                return self._list(call)
            case "POST", "":
                return self._create(call)
            case "GET", _:
                return answer_json(self._get(rest))
            case "PUT", _ if rest:
                return self._update(call, rest)
            case "DELETE", _ if rest:
                return self._delete(call, rest)
        raise RefusedRequest(405, "Methode niet toegestaan.")

    def _list(self, call: IncomingCall) -> Answer:
        store = self.store
        ids = store.settled_ids(call.arrived - call.lag_s) if call.lag_s else store.ids()
        rows = (store.render(key) for key in ids)
        return Answer(parts=joined(rows, b"[", b"]"), key=None if call.lag_s else ("producten", store.version))

    def _get(self, rest: str) -> Wire:
        product = self.store.get(path_id(rest, "Er is geen product met dit id."))
        if product is None:
            raise RefusedRequest(404, "Er is geen product met dit id.")
        return product

    def _create(self, call: IncomingCall) -> Answer:
        """Create a product and answer with the body that was sent: the id is only in `Location`."""
        body = call.json_object()
        given = _checked(body)
        missing = [name for name in REQUIRED if given.get(name) is None]
        if missing:
            raise _bad(f"{', '.join(missing)} is required")
        key = self.store.reserve()
        full = {**DEFAULTS, **given, "is_deleted": False, "afbeelding_href": f"/api2/producten/{key}/afbeelding"}
        self.store.add({"id": key, **full}, self._recorder.clock.now())
        self._recorder.record(call, "created", key, body)
        return answer_json(given, 201, {"Location": f"/api2/producten/{key}"})

    def _update(self, call: IncomingCall, rest: str) -> Answer:
        product = self._get(rest)
        body = call.json_object()
        if body.get("id") not in (None, product["id"]):
            raise _bad("id may not be changed")
        given = _checked(body)
        if any(given.get(name, 0) is None for name in REQUIRED):
            raise _bad("a required field cannot be emptied")
        product |= given
        self.store.put(product["id"], product)
        self._recorder.record(call, "updated", product["id"], body)
        return self.shown(rest)

    def shown(self, rest: str) -> Answer:
        return answer_json(self._get(rest))

    def _delete(self, call: IncomingCall, rest: str) -> Answer:
        product = self._get(rest)
        if not product["is_deleted"]:
            self.store.put(product["id"], {**product, "is_deleted": True})
            self._recorder.record(call, "deleted", product["id"], None)
        return Answer(200)


def _checked(body: Wire) -> Wire:
    given = {name: value for name, value in body.items() if name in KINDS}
    for name, value in given.items():
        kinds = KINDS[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _bad(f"{name} is of the wrong kind")
    for price in given.get("ProductPrice", []):
        if not isinstance(price, dict) or not all(_number(price.get(name)) for name in ("btw", "verkoop")):
            raise _bad("ProductPrice must hold objects with btw and verkoop")
    for material in given.get("Materialen", []):
        if not isinstance(material, dict) or any(material.get(name) is None for name in MATERIAL):
            raise _bad(f"each of Materialen must have {', '.join(MATERIAL)}")
        if material["afronding"] not in ("boven", "niet"):
            raise _bad("Materialen.afronding must be boven or niet")
    for location in given.get("Locaties", []):
        if not isinstance(location, dict) or type(location.get("id")) is not int:
            raise _bad("each of Locaties must have an id")
    return given


def _number(value: Any) -> bool:
    return isinstance(value, NUMBER) and not isinstance(value, bool)


def _bad(reason: str) -> RefusedRequest:
    return RefusedRequest(406, f"Fout in de invoer: {reason}.")
