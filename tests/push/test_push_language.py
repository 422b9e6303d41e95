"""Reasons are in the words of whoever reads them: the names of their own columns, and Dutch where they ask for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import etl
from etl.simulator import Simulator
from etl.tables.dutch import DUTCH, in_dutch
from etl.tables.read_table import read_table
from tests.support.accounts import Accounts, Finished, make_accounts
from tests.support.workplace import Project

ROOT = Path(etl.__file__).parent
WORDED = (
    "push/input/rows.py", "push/input/read_file.py", "push/input/erased_rows.py", "push/prepare/*.py",
    "push/dispatch/*.py", "push/ownership/lookalike.py", "push/reconcile/reconcile.py", "push/reconcile/search.py",
    "push/results.py", "push/undo.py", "systems/shared/body.py", "systems/shared/countries.py", "systems/*/write*.py",
    "http/send.py",
)  # fmt: skip
"""Where reasons are worded."""
OTHERS = {
    "{} ({}).": "a vendor's own words",
    "{} --recreate-missing makes it anew.": "two reasons, each of which is there",
    "This number must be {} {}.": "there with each of its words",
    "{} has no writable field {}.": "a declaration that is wrong",
    "The rows of {what} that belong to these rejects are not found: {file} is not there. Name them with --with.": (
        "a note on the screen"
    ),
    "Whether rows of {} belong to these rejects is not known any more. If so, name them with --with.": (
        "a note on the screen"
    ),
    "there is no country; for customers abroad the vendor recommends contacten.": "advice on the screen",
    "Each new customer may get the shop's e-mail for new accounts: the shop's settings of e-mails decide.": (
        "advice on the screen"
    ),
}
"""Sentences there that need no Dutch, and why."""
LEDEN = (
    "Lidnr;Voornaam;Achternaam;Bedrijf;Adres;PC;Plaats;Land;Tel\n"
    "1;;;;Dijk 3;8011 AA;Zwolle;Nederland;038-4211999\n"
    f"2;Zoë;Bos;;{'x' * 300};8011 AB;Zwolle;Nederland;038-4211998\n"
    "3;Els;Smit;;Laan 5;8011 AD;Zwolle;Nederlnd;038-4211996\n"
    ";Jan;Mol;;Laan 6;8011 AD;Zwolle;Nederland;038-4211995\n"
)
MAP = """[columns]
first_name = "Voornaam"
last_name = "Achternaam"
company_name = "Bedrijf"
address_line = "Adres"
postcode = "PC"
city = "Plaats"
country = "Land"
phone = "Tel"
"""


async def pushed(accounts: Accounts) -> Finished:
    (accounts.folder / "map.toml").write_text(MAP, "utf-8")
    (accounts.folder / "leden.csv").write_text(LEDEN, "utf-8")
    files = (str(accounts.folder / "leden.csv"), "--map", str(accounts.folder / "map.toml"), "--out", str(accounts.out))
    return await accounts.etl("push", *files, "--to", "bikes.customers", "--key", "Lidnr", "--dry-run")


def in_language(accounts: Accounts, language: str) -> None:
    accounts.config.write_text(f'language = "{language}"\n{accounts.config.read_text("utf-8")}', "utf-8")


async def test_a_reason_names_the_columns_of_the_file_and_is_dutch_where_that_is_asked_for(tmp_path: Path) -> None:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        told = {}
        for language in ("en", "nl"):
            ended = await pushed(accounts)
            assert ended.code == 65, ended.told
            rejects = read_table(Path(ended.summary["tables"]["rejects"]["files"][0]))
            results = pl.read_parquet(ended.summary["tables"]["results"]["files"][0])
            told[language] = (rejects["reason"].to_list(), rejects["field"].to_list(), results["message"].to_list())
            in_language(accounts, "nl")
    english, dutch = told["en"], told["nl"]
    assert english[0] == [
        "There is no name: fill in Achternaam or Bedrijf.",
        "Adres: This is too long: at most 255 characters fit.",
        "Nederlnd is not a country we know.",
        "The row has no key: fill in its key column.",
    ]
    assert dutch[0] == [
        "Er is geen naam: vul Achternaam of Bedrijf in.",
        "Adres: Dit is te lang: er passen hoogstens 255 tekens in.",
        "Nederlnd is geen land dat wij kennen.",
        "De rij heeft geen sleutel: vul de sleutelkolom in.",
    ]
    assert english[1] == dutch[1] == ["Achternaam", "Adres", "Land", "Lidnr"]
    assert english[2][1:3] == [english[0][1], "Land: Nederlnd is not a country we know."]
    assert dutch[2][1:3] == [dutch[0][1], "Land: Nederlnd is geen land dat wij kennen."]


def test_normalise_gives_its_reason_in_the_same_language(project: Project) -> None:
    (project.folder / "in.csv").write_text("name,address_line,city\nAns,Dijk 12 34,Zwolle\n", "utf-8")
    asked = ("normalise", "in.csv", "--out", "out.csv", "--policy", "reject")
    for text, wanted in (
        (None, "the address can be read in two ways"),
        ('language = "nl"\n', "het adres kan op twee manieren gelezen worden"),
        ("language = \n", "the address can be read in two ways"),
    ):
        if text is not None:
            project.config.write_text(text, "utf-8")
        ran = project.cli(*asked)
        assert ran.code == 65, ran.err
        assert read_table(project.folder / "out.rejects.csv")["reason"].to_list() == [wanted]


async def test_a_language_that_is_not_known_is_refused_by_its_key(tmp_path: Path) -> None:
    accounts = make_accounts(tmp_path, "http://127.0.0.1:9")
    in_language(accounts, "fr")
    ended = await pushed(accounts)
    assert (ended.code, "language: 'fr' is not known" in ended.told, "Write en or nl." in ended.told) == (
        78,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("This number must be at least 5.", "Dit getal moet minstens 5 zijn."),
        ("Tel: This is required, and missing.", "Tel: Dit is verplicht en ontbreekt."),
        (
            "There is no name: fill in a last name or a company name. Nederlnd is not a country we know.",
            "Er is geen naam: vul een achternaam of een bedrijfsnaam in. Nederlnd is geen land dat wij kennen.",
        ),
        ("{} is not a country we know.", "{} is geen land dat wij kennen."),
        ("Naam bestaat al (409).", "Naam bestaat al (409)."),
        ("The record is not there any more. --recreate-missing makes it anew.",
         "Het record is er niet meer. --recreate-missing maakt het opnieuw."),
    ],
)  # fmt: skip
def test_reasons_in_one_text_are_each_said_in_dutch_and_what_is_not_known_stays(english: str, dutch: str) -> None:
    assert in_dutch(english) == dutch


def test_every_reason_has_its_dutch() -> None:
    worded = {sentence for pattern in WORDED for path in sorted(ROOT.glob(pattern)) for sentence in sentences(path)}
    assert len(worded) > 40
    named = {one for one in worded if in_dutch(one) == one}
    assert named - OTHERS.keys() == set()
    assert not [one for one, dutch in DUTCH.items() if one.count("{}") != dutch.count("{}")]


def sentences(path: Path) -> Iterator[str]:
    """The sentences in a module's code: no docstrings, and no errors, which end a run."""
    module = ast.parse(path.read_text("utf-8"))
    passed = {id(one.value) for one in ast.walk(module) if isinstance(one, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Raise) and "ValueError" not in ast.unparse(node):
            passed |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
    for node in ast.walk(module):
        text = template(node) if id(node) not in passed else None
        if text and " " in text and re.search(r"[a-z)}][.?]$", text):
            yield text


def template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None
