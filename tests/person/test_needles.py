"""An address or a number is found however it is written, and no other one is taken for it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from etl.person.judge import Shape, judge
from etl.person.needles import Needles
from etl.person.tombstones import Tombstones
from etl.person.wanted import Asked, Record, Wanted
from etl.systems import SYSTEMS

EMAIL, PHONE = "jan+werk@voorbeeld.nl", "+31612349876"
NEEDLES = Needles({EMAIL}, {PHONE})

HELD = [
    "jan+werk@voorbeeld.nl",
    "  Jan+Werk@Voorbeeld.NL ",
    "Jan <JAN+WERK@VOORBEELD.NL>",
    "mail naar jan+werk@voorbeeld.nl.",
    "piet@voorbeeld.nl;jan+werk@voorbeeld.nl",
    "+31612349876",
    "0031 6 12349876",
    "06-12349876",
    "(06) 12 34 98 76",
    "+31 (0)6 1234 9876",
    "+31(0)612349876",
    "06.1234.9876",
    "06/12349876",
    "06\u201112349876",
    "tel: 06 12349876 (werk)",
    "0612349876 tst 12",
    "020-1234567 / 06-12349876",
    "020 1234567 06 12349876",
    "huis 12, 0612349876",
    "31612349876",
]
NOT_HELD = [
    "xjan+werk@voorbeeld.nl",
    "jan+werk@voorbeeld.nl.be",
    "werk@voorbeeld.nl",
    "0612349877",
    "06123498761",
    "90612349876",
    "+49 6123 49876",
    "0049 6123 49876",
    "2349876",
    "12349876",
    "",
]


@pytest.mark.parametrize("text", HELD)
def test_every_notation_is_found(text: str) -> None:
    assert NEEDLES.in_text(text)


@pytest.mark.parametrize("text", NOT_HELD)
def test_nothing_else_is_taken_for_it(text: str) -> None:
    assert not NEEDLES.in_text(text)


@pytest.mark.parametrize(
    "told", ['"zoë@voorbeeld.nl"', '"ZOË@voorbeeld.nl"', r'"zo\u00eb@voorbeeld.nl"', '"zo\\u00EB@voorbeeld.nl"']
)
def test_an_address_with_other_letters_is_looked_for_in_bytes(told: str) -> None:
    wanted = Wanted(Asked(frozenset({"zoë@voorbeeld.nl"})))
    assert wanted.pattern().search(told.encode())
    assert wanted.needles.in_text(orjson.loads(told))
    assert not wanted.pattern().search(b'"zo@voorbeeld.nl"')


def test_a_number_without_quotes_is_one() -> None:
    assert NEEDLES.in_value(612349876)
    assert not NEEDLES.in_value(True)


@pytest.mark.parametrize("text", HELD)
def test_a_tombstone_knows_every_notation_again(text: str) -> None:
    tombstones = Tombstones(b"k" * 32).add(Asked(frozenset({EMAIL}), frozenset({PHONE})), [], [])
    found = tombstones.people_in(text)
    assert found in (Asked(frozenset({EMAIL})), Asked(frozenset(), frozenset({PHONE})))


def test_tombstones_say_nothing_to_who_has_no_key() -> None:
    asked = Asked(frozenset({EMAIL}), frozenset({PHONE}))
    one, other = (Tombstones(key * 32).add(asked, [("shop", "s", "1")], [("a", "s", "1")]) for key in (b"a", b"b"))
    assert not one.emails & other.emails
    assert not one.phones & other.phones
    assert not one.records & other.records
    assert not one.rows & other.rows


THEM = {"id": 8, "voornaam": "Jan", "achternaam": "van Dam", "email1": EMAIL}
PIET = {"id": 9, "voornaam": "Piet", "achternaam": "Bakker", "email1": "piet@voorbeeld.nl"}


def klant(name: str | None, *persons: Any, **more: Any) -> dict[str, Any]:
    return {"id": 1, "naam": name, "contactpersonen": list(persons), **more}


@pytest.mark.parametrize(
    ("record", "theirs", "persons", "mentions"),
    [
        (klant("Jan van Dam", THEM), True, (), ()),
        (klant("Dam", THEM), True, (), ()),
        (klant(None, THEM), True, (), ()),
        (klant("Acme BV", THEM), False, (0,), ()),
        (klant("Acme BV", PIET, THEM), False, (1,), ()),
        (klant("Dam & Zonen BV", PIET, THEM), False, (1,), ()),
        (klant("Jan van Dam", PIET, THEM), True, (), ()),
        (klant("Acme", THEM, factuur_adressering="t.a.v. Jan van Dam"), False, (0,), (("factuur_adressering",),)),
        (klant("Acme", PIET, extra_fields={"notitie": f"bel {EMAIL}"}), False, (), (("extra_fields", "notitie"),)),
        (klant("Acme", PIET, onbekend=EMAIL), False, (), (("onbekend",),)),
        (klant("Jan van Dam", onbekend=EMAIL), True, (), ()),
        (klant("Acme", PIET), False, (), ()),
    ],
)
def test_whose_a_record_is(record: Any, theirs: bool, persons: Any, mentions: Any) -> None:
    shape = Shape.of(SYSTEMS["recras"].stream("klanten"))
    wanted = Wanted(Asked(frozenset({EMAIL}), frozenset({PHONE})))
    assert judge(record, shape, wanted, Record("park", "klanten", "1"), "shop") == (theirs, persons, mentions)


def test_a_product_that_names_somebody_stays() -> None:
    shape = Shape.of(SYSTEMS["recras"].stream("producten"))
    wanted = Wanted(Asked(frozenset({EMAIL}), frozenset({PHONE})))
    product = {"id": 1, "naam": "Kano", "personeelsinstructie": "06-12349876"}
    verdict = judge(product, shape, wanted, Record("park", "producten", "1"), "shop")
    assert verdict == (False, (), (("personeelsinstructie",),))
