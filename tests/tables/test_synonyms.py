"""Headers in the languages of the people: each is read as one column, and none is lost."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from etl.tables.known_columns import KNOWN
from etl.tables.synonym_words import WORDS
from etl.tables.synonyms import meaning, read_headers
from tests.support.scripted import Answer, Server
from tests.support.workplace import PARK, Project

DUTCH = (
    "Klantnr;Naam;Adres;Huisnummer;Toev.;Postcode;Woonplaats;Land;Telefoon;Mobiel;E-mail;BTW-nummer;KvK\n"
    "12;Ans Mol;Dijk;3;a;8011 AA;Zwolle;Nederland;038-4211999;06-12345678;ans@mol.example.nl;NL000099998B57;01234567\n"
)
FRENCH = (
    "Nom;Prénom;Société;Rue;Numéro;Boîte;Code postal;Localité;Pays;Téléphone;GSM;Courriel;N° TVA\n"
    "Dubois;Léa;Vélo SA;Rue Haute;12;3;1000;Bruxelles;Belgique;02 513 89 40;0475 12 34 56;lea@velo.example.be;"
    "BE 0403.019.261\n"
)
GERMAN = (
    "Name;Vorname;Firma;Straße;Hausnummer;PLZ;Ort;Land;Telefon;Handy;E-Mail;USt-IdNr.\n"
    "Weber;Uwe;Rad AG;Seestraße;9;10115;Berlin;Deutschland;030 901820;0151 12345678;uwe@rad.example.de;DE 136695976\n"
)
ENGLISH = (
    "First name;Surname;Company;Address;Zip code;Town;Country;Phone number;Mobile no.;E-mail address;VAT number\n"
    "Ann;Mole;Bikes;Dijk 3;8011 AA;Zwolle;Netherlands;038-4211999;06-12345678;ann@mole.example.nl;NL000099998B57\n"
)


def normalised(project: Project, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first row that `etl normalise` makes of a file, and its summary."""
    (project.folder / "in.csv").write_text(text, "utf-8")
    ran = project.cli("normalise", "in.csv", "--out", "out.parquet", "--json")
    assert ran.code == 0, ran.err
    return pl.read_parquet(project.folder / "out.parquet").row(0, named=True), ran.summary


def test_dutch_headers_are_read_and_told(project: Project) -> None:
    row, told = normalised(project, DUTCH)
    assert {name: row[name] for name in ("street", "house_number", "house_number_postfix", "postcode", "city")} == {
        "street": "Dijk",
        "house_number": 3,
        "house_number_postfix": "a",
        "postcode": "8011AA",
        "city": "Zwolle",
    }
    assert (row["name"], row["country_code"], row["email"]) == ("Ans Mol", "NL", "ans@mol.example.nl")
    assert (row["phone"], row["mobile"]) == ("+31384211999", "+31612345678")
    assert (row["vat_number"], row["coc_number"], row["Klantnr"]) == ("NL000099998B57", "01234567", "12")
    assert (told["columns"]["city"], told["columns"]["street"], told["not_recognised"]) == (
        "Woonplaats",
        "Adres",
        ["Klantnr"],
    )
    assert "Woonplaats as city" in project.cli("normalise", "in.csv", "--out", "out.csv").err


def test_french_headers_are_read(project: Project) -> None:
    row, told = normalised(project, FRENCH)
    assert (row["last_name"], row["first_name"], row["company_name"]) == ("Dubois", "Léa", "Vélo SA")
    assert (row["street"], row["house_number"], row["box"], row["city"]) == ("Rue Haute", 12, "3", "Bruxelles")
    assert (row["phone"], row["mobile"], row["vat_number"]) == ("+3225138940", "+32475123456", "BE0403019261")
    assert told["not_recognised"] == []


def test_german_headers_are_read(project: Project) -> None:
    row, told = normalised(project, GERMAN)
    assert (row["last_name"], row["first_name"], row["company_name"]) == ("Weber", "Uwe", "Rad AG")
    assert (row["street"], row["house_number"], row["postcode"], row["city"]) == ("Seestraße", 9, "10115", "Berlin")
    assert (row["phone"], row["mobile"], row["vat_number"]) == ("+4930901820", "+4915112345678", "DE136695976")
    assert told["not_recognised"] == []


def test_english_headers_are_read(project: Project) -> None:
    row, told = normalised(project, ENGLISH)
    assert (row["first_name"], row["last_name"], row["company_name"]) == ("Ann", "Mole", "Bikes")
    assert (row["street"], row["house_number"], row["city"], row["country_code"]) == ("Dijk", 3, "Zwolle", "NL")
    assert (row["phone"], row["mobile"], row["vat_number"]) == ("+31384211999", "+31612345678", "NL000099998B57")
    assert told["not_recognised"] == []


@pytest.mark.parametrize(
    "header", ["Téléphone", "TELEPHONE", "te\u0301le\u0301phone", "\u200btéléphone\u00a0", "Télé-phone:", "ｔéléphone"]
)
def test_case_accents_marks_and_punctuation_do_not_count(header: str) -> None:
    assert (found := meaning(header)) is not None
    assert found.column == "phone"


@pytest.mark.parametrize("header", ["", "x", "Opmerkingen", "Geboortedatum", "Telefoon 2", "nr", "Klantnr", "日本"])
def test_what_is_no_word_for_a_column_is_none(header: str) -> None:
    assert meaning(header) is None


def test_every_word_means_one_column() -> None:
    for column, languages in WORDS.items():
        for words in languages.values():
            found = [meaning(word) for word in words.split(",")]
            assert [one.column for one in found if one] == [column] * len(found)
    assert set(WORDS) <= set(KNOWN)


def test_a_name_of_ours_wins_and_nothing_is_lost(project: Project) -> None:
    row, told = normalised(project, "Naam;name;Telefoon;Tel.;Telefoon 2;country\nA;B;038-4211999;x;y;NL\n")
    assert (row["name"], row["Naam"]) == ("B", "A")
    assert (row["phone"], row["Tel."], row["Telefoon 2"]) == ("+31384211999", "x", "y")
    assert told["not_recognised"] == ["Naam", "Tel.", "Telefoon 2"]
    assert "Naam is kept: name is read from name." in told["notes"]
    assert "Tel. is kept: phone is read from Telefoon." in told["notes"]


def test_the_same_word_twice_is_read_once(project: Project) -> None:
    row, told = normalised(project, "Naam;Telefoon;Telefoon;Land\nA;038-4211999;x;NL\n")
    assert (row["phone"], "x" in row.values()) == ("+31384211999", True)
    assert len(told["notes"]) == 1


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ("Naam;Voornaam", {"last_name": "Naam", "first_name": "Voornaam"}),
        ("Naam;Voornaam;Achternaam", {"name": "Naam", "first_name": "Voornaam", "last_name": "Achternaam"}),
        ("Naam;Postcode", {"name": "Naam", "postcode": "Postcode"}),
        ("Nom;Prénom;nom de famille", {"name": "Nom", "first_name": "Prénom", "last_name": "nom de famille"}),
        ("name;first_name", {"name": "name", "first_name": "first_name"}),
        ("Straat;Postcode", {"address_line": "Straat", "postcode": "Postcode"}),
        ("Straat;Huisnr", {"street": "Straat", "house_number": "Huisnr"}),
        ("Adres;Huisnr", {"street": "Adres", "house_number": "Huisnr"}),
        ("address_line;Huisnr", {"address_line": "address_line", "house_number": "Huisnr"}),
        ("Numéro;Nom", {"name": "Nom"}),
        ("Huisnummer;Postcode", {"house_number": "Huisnummer", "postcode": "Postcode"}),
    ],
)
def test_a_word_is_read_by_what_stands_beside_it(headers: str, wanted: dict[str, str]) -> None:
    assert read_headers(headers.split(";"), KNOWN).names == wanted


def test_a_child_table_of_several_takes_the_first() -> None:
    names = read_headers(["Voornaam", "Telefoon", "E-mail", "Mobiel"], {"first_name", "phone_1", "email_1"}).names
    assert names == {"first_name": "Voornaam", "phone_1": "Telefoon", "email_1": "E-mail"}


def test_a_push_reads_the_same_headers(project: Project) -> None:
    (project.folder / "in.csv").write_text(DUTCH.replace("Klantnr", "Tel"), "utf-8")
    project.configure(PARK, "http://127.0.0.1:1")
    with Server([Answer([])] * 9) as server:
        project.configure(PARK, server.base_url)
        told = project.cli("push", "in.csv", "--to", "park.klanten", "--key", "Tel", "--dry-run", "--out", "out")
        assert (told.code, "has a column that is not known: Telefoon" in told.err) == (64, True), told.err
        (project.folder / "in.csv").write_text(DUTCH, "utf-8")
        ran = project.cli("push", "in.csv", "--to", "park.klanten", "--key", "Klantnr", "--dry-run", "--out", "out")
    assert ran.code == 0, ran.err
    assert "Zwolle" in ran.out
