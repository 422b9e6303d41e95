"""A first declaration is written from a page of records, or from an OpenAPI document, and says what it guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.conformance.run import conformance, systems_in
from etl.errors import UsageError
from etl.new_system.write import new_system
from etl.systems.declare import NextCursor, NextOffset, PageNumber, Paging, WholeList
from tests.support.plain import hub, person
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project, Ran

ROWS = 250
PEOPLE = [
    {"klant_id": 7, "naam": "Jan Pot", "mail": "jan@example.nl", "adres": "Markt 1", "plaats": "Breda"},
    {"klant_id": 8, "naam": "An Bos", "mail": "an@example.nl", "adres": "Kerkstraat 2", "plaats": None},
]


def drafted(project: Project, page: Any, *options: str, name: str = "club") -> Ran:
    """A declaration of a page, by the command."""
    (project.folder / "page.json").write_text(json.dumps(page), "utf-8")
    return project.cli("new-system", name, "--from", "page.json", "--json", *options)


def paging_of(ran: Ran, project: Project) -> Paging:
    (system,) = systems_in(project.folder / ran.summary["files"][0])
    return system.streams[0].paging


def columns(ran: Ran) -> dict[str, str]:
    return {one["field"]: one["column"] for one in ran.summary["fields"] if one["column"]}


def test_the_declaration_of_a_page_reads_the_whole_list(project: Project) -> None:
    page = hub(ROWS)(Seen("GET", "/v3/people", {}, {})).body
    ran = drafted(project, page, name="hub")
    assert (ran.code, columns(ran)) == (0, {
        "id": "source_id", "createdAt": "created_at", "properties.firstname": "first_name",
        "properties.lastname": "last_name", "properties.email": "email", "properties.phone": "phone",
        "properties.address": "address_line",
    })  # fmt: skip
    types = {one["field"]: one["type"] for one in ran.summary["fields"]}
    assert (types["properties.shoes"], types["archived"], types["id"]) == ("Integer", "Boolean", "Text")
    assert paging_of(ran, project) == NextCursor("after", "paging.next.after")
    file = project.folder / "hub.py"
    file.write_text(file.read_text("utf-8").replace('"/results"', '"/v3/people"'), "utf-8")
    with Server(hub(ROWS)) as server:
        account = f'[accounts.hub]\nsystem = "hub"\nbase_url = "{server.base_url}"\napi_key = "s3cr3t-key"\n'
        project.configure(f'[systems]\nfiles = ["hub.py"]\n{account}')
        read = project.cli("export", "hub", "--out", str(project.out), "--json")
    assert (read.code, read.summary["written"]) == (0, ROWS), read.err
    tried = project.cli("conformance", "hub", "--json")
    assert (tried.code, tried.summary["score"]["held"]) == (0, tried.summary["score"]["of"]), tried.err


def test_what_was_guessed_and_what_was_not_is_told_and_stands_in_the_file(project: Project) -> None:
    (project.folder / "page.json").write_text(json.dumps({"data": PEOPLE, "size": 2}), "utf-8")
    ran = project.cli("new-system", "club", "--from", "page.json")
    text = (project.folder / "club.py").read_text("utf-8")
    shown = " ".join(ran.out.split())
    assert "naam Text name its name (Dutch)" in shown
    assert "its name, and each record has another value" in shown
    for word in ("the path of the list", "how the API takes credentials", "the limits", "how pages follow each other"):
        assert f"Not guessed: {word}" in ran.err
        assert f"- {word}" in text
    assert "etl conformance club" in ran.err
    assert not [one for person in PEOPLE for one in person.values() if isinstance(one, str) and one in text]


AROUND: dict[str, tuple[dict[str, Any], str]] = {
    "pages and rows": ({"meta": {"current_page": 1, "last_page": 5, "total": 9}},
                       repr(PageNumber("page", pages="meta.last_page", rows="meta.total"))),
    "rows alone": ({"total": 9}, repr(PageNumber("page", rows="total"))),
    "offset": ({"offset": 0, "limit": 2, "total": 9},
               "LimitOffset(parameter='offset', size=PageSize(parameter='limit', rows=100), rows='total')"),
    "next offset": ({"pagination": {"next_offset": 2}},
                    repr(NextOffset("offset", "pagination.next_offset"))),
    "token": ({"next_cursor": "abc", "has_more": True},
              "NextCursor(parameter='cursor', pointer='next_cursor', rows=None, more='has_more')"),
    "token in an address": ({"next": {"token": "a1", "href": "https://x.example/v1/people?since=a1"}},
                            "NextCursor(parameter='since', pointer='next.token', rows=None, more=None)"),
    "address": ({"@odata.nextLink": "https://x.example/v1/people?$skip=2"},
                "NextUrl(pointer='@odata.nextLink', rows=None)"),
    "address that is null": ({"links": {"next": None}}, "NextUrl(pointer='links.next', rows=None)"),
    "nothing": ({}, repr(WholeList())),
}  # fmt: skip


@pytest.mark.parametrize("way", AROUND)
def test_pages_are_guessed_by_what_stands_around_the_records(way: str, project: Project) -> None:
    around, expected = AROUND[way]
    ran = drafted(project, {"people": PEOPLE, **around})
    assert (ran.code, repr(paging_of(ran, project))) == (0, expected), ran.err
    assert ran.summary["records"] == "people"


def test_an_address_of_the_next_page_tells_the_path_too(project: Project) -> None:
    ran = drafted(project, {"people": PEOPLE, "next": "https://x.example/v1/leden?page=2"})
    (system,) = systems_in(project.folder / "club.py")
    assert (system.streams[0].path, system.streams[0].name) == ("/v1/leden", "leden")
    assert ran.summary["base_url"] == "https://x.example"
    assert "the path of the list" not in " ".join(ran.summary["not_guessed"])


def test_a_page_without_an_id_is_written_and_says_so(project: Project) -> None:
    ran = drafted(project, [{"soort": "a", "naam": "Jan"}, {"soort": "a", "naam": "An"}])
    assert ran.code == 0
    assert "which field tells records apart" in ran.summary["not_guessed"][0]
    assert "NOT GUESSED: which field" in (project.folder / "club.py").read_text("utf-8")
    assert systems_in(project.folder / "club.py")[0].streams[0].key == "soort"


def test_an_id_that_comes_twice_is_none(project: Project) -> None:
    drafted(project, [{"id": 1, "klant_id": "a1"}, {"id": 1, "klant_id": "a2"}])
    assert systems_in(project.folder / "club.py")[0].streams[0].key == "klant_id"


def test_an_object_in_one_record_and_a_value_in_another_is_any_json(project: Project) -> None:
    ran = drafted(project, [{"id": 1, "at": {"city": "Breda"}}, {"id": 2, "at": "Breda"}])
    assert (ran.code, {one["field"]: one["type"] for one in ran.summary["fields"]}) == (
        0, {"id": "Integer", "at": "AnyJson"},
    )  # fmt: skip


def test_a_name_that_would_end_a_text_of_the_file_ends_none(project: Project) -> None:
    ran = drafted(project, [{'a"""b': 1, "c\\": [{"d": 1}]}])
    assert ran.code == 0
    assert systems_in(project.folder / "club.py")[0].streams[0].key == 'a"""b'


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://api.club.example/v2"}],
    "security": [{"key": []}],
    "paths": {
        "/invoices": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {
            "type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}}}}},
        "/members": {"get": {
            "parameters": [{"name": "page", "in": "query"}, {"name": "per_page", "in": "query"}],
            "responses": {"200": {
                "headers": {"X-Total-Pages": {}, "X-Total": {}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Members"}}}}}}},
        "/members/{memberId}": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {
            "properties": {"data": {"$ref": "#/components/schemas/Member"}}}}}}}}},
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Club-Key"}},
        "schemas": {
            "Members": {"type": "object", "properties": {
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Member"}}}},
            "Member": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {
                "firstName": {"type": "string"}, "lastName": {"type": ["string", "null"]},
                "email": {"type": "string", "format": "email"}, "active": {"type": "boolean"},
                "address": {"type": "object", "properties": {"street": {"type": "string"},
                            "zip": {"type": "string"}, "city": {"type": "string"}}},
                "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Member"}}}}]},
            "Base": {"properties": {"id": {"type": "integer"}}},
        },
    },
}  # fmt: skip


def test_a_declaration_from_an_openapi_document_reads_the_list_it_describes(project: Project) -> None:
    def answer(seen: Seen) -> Answer:
        if seen.headers.get("X-Club-Key") != "s3cr3t-key":
            return Answer({}, status=401)
        first = (int(seen.query["page"]) - 1) * 100
        told = [
            {"id": n, "lastName": f"Pot {n}", "address": {"city": "Breda"}}
            for n in range(first, min(first + 100, ROWS))
        ]
        return Answer({"data": told}, headers={"X-Total-Pages": "3", "X-Total": str(ROWS)})

    ran = drafted(project, DOCUMENT)
    assert (ran.code, ran.summary["others"], ran.summary["base_url"]) == (
        0,
        ["/v2/invoices"],
        "https://api.club.example",
    )
    found = columns(ran)
    assert {
        "id": "source_id",
        "firstName": "first_name",
        "lastName": "last_name",
        "email": "email",
    }.items() <= found.items()
    assert found["address.zip"] == "postcode"
    (system,) = systems_in(project.folder / "club.py")
    (stream,) = system.streams
    assert (stream.path, stream.get, stream.element.records) == ("/v2/members", "/v2/members/{id}", "data")
    with Server(answer) as server:
        account = f'[accounts.club]\nsystem = "club"\nbase_url = "{server.base_url}"\napi_key = "s3cr3t-key"\n'
        project.configure(f'[systems]\nfiles = ["club.py"]\n{account}')
        read = project.cli("export", "club", "--out", str(project.out), "--json")
    assert (read.code, read.summary["written"]) == (0, ROWS), read.err


WAYS = {
    '{"type": "http", "scheme": "Basic"}': "('basic',)",
    '{"type": "apiKey", "in": "query", "name": "k\\"y"}': "(QueryKey(name='k\"y'),)",
    '{"type": "apiKey", "in": "header", "name": "Host"}': "('bearer', 'basic')",
    '{"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://x.example/token"}}}':
        "(ClientCredentials(token_url='https://x.example/token', scope='', client='basic'),)",
    '{"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "http://x.example/token"}}}': "('bearer', 'basic')",
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_credentials_are_declared_as_they_can_be_sent_or_said_to_be_unknown(way: str, project: Project) -> None:
    components = {**DOCUMENT["components"], "securitySchemes": {"key": json.loads(way)}}
    ran = drafted(project, {**DOCUMENT, "components": components})
    assert (ran.code, repr(systems_in(project.folder / "club.py")[0].auth)) == (0, WAYS[way])
    assert ("credentials" in " ".join(ran.summary["not_guessed"])) is (WAYS[way] == "('bearer', 'basic')")


def test_parameters_of_a_path_are_options_of_the_account(project: Project) -> None:
    members = {**DOCUMENT["paths"]["/members"]}
    paths = {"/clubs/{id}/{Part-No}/members": members}
    ran = drafted(project, {**DOCUMENT, "paths": paths})
    assert ran.code == 0, ran.err
    (system,) = systems_in(project.folder / "club.py")
    assert system.streams[0].path == "/v2/clubs/{of_id}/{part_no}/members"
    assert system.options == {"of_id": "", "part_no": ""}
    tried = conformance(system)
    assert [(one.name, one.reason) for one in tried if one.outcome == "broken"] == []


REFUSED: dict[str, tuple[str, int, str]] = {
    "not there": ("", 64, "cannot be read"),
    "no JSON": ("openapi: 3.0.0\n", 64, "is not JSON"),
    "no list": ('{"error": true}', 64, "no list of objects"),
    "a list of texts": ('["a"]', 64, "no list of objects"),
    "an older document": ('{"swagger": "2.0", "paths": {}}', 64, "OpenAPI 2.0"),
    "a document without a list": ('{"openapi": "3.1.0", "paths": {"/ping": {"get": {}}}}', 64, "describes no GET"),
    "a circle": ('{"openapi": "3.0.0", "paths": {"$ref": "#/paths"}}', 64, "describes no GET"),
    "records without names": ('[{"a.b": 1}, {"a.b": 2}]', 64, "no fields"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_tells_nothing_is_refused_in_a_sentence(kind: str, project: Project) -> None:
    text, code, reason = REFUSED[kind]
    if text:
        (project.folder / "page.json").write_text(text, "utf-8")
    ran = project.cli("new-system", "club", "--from", "page.json", "--json")
    assert (ran.code, reason in ran.summary["error"]) == (code, True), ran.summary
    assert not (project.folder / "club.py").exists()


def test_nothing_that_is_there_is_written_over(project: Project) -> None:
    assert drafted(project, PEOPLE).code == 0
    file = project.folder / "club.py"
    file.write_text("# mine\n", "utf-8")
    again, other = drafted(project, PEOPLE), drafted(project, PEOPLE, "--out", "mine.txt")
    known = project.cli("new-system", "recras", "--from", "page.json")
    wrong = project.cli("new-system", "My Club", "--from", "page.json")
    assert [one.code for one in (again, other, known, wrong)] == [73, 64, 73, 64]
    assert file.read_text("utf-8") == "# mine\n"
    assert drafted(project, PEOPLE, "--out", "other.py", name="other").code == 0


NAMES = st.text(max_size=6) | st.sampled_from(
    ["id", "next", "total", "page", "email", '"""', "a\nb", "cursor", "items"]
)
VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | NAMES
TREES = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))
PAGES = st.lists(st.dictionaries(NAMES, TREES, min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=25)
@given(records=PAGES, around=st.dictionaries(NAMES, TREES, max_size=3), place=NAMES)
def test_a_page_of_anything_is_refused_in_a_sentence_or_makes_a_file_that_loads(
    records: list[Any], around: dict[str, Any], place: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.json").write_text(json.dumps({**around, place: records}), "utf-8")
    out = Path(folder) / "club.py"
    try:
        new_system("club", folder / "page.json", out)
    except UsageError:
        assert not out.exists()
    else:
        assert len(systems_in(out)) == 1


SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": ["integer", "null"]}, {"$ref": "#/components/schemas/One"}, {}]),
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=4).map(lambda found: {"type": "object", "properties": found})
        | inner.map(lambda found: {"type": "array", "items": found})
        | st.lists(inner, max_size=2).map(lambda found: {"allOf": found})
    ),
    max_leaves=8,
)
PARAMETERS = st.lists(st.sampled_from(["page", "limit", "offset", "cursor", "q", '"', "per_page"]), max_size=3)
KEYS = [{"type": "apiKey", "in": "query", "name": '"k"'}, {"type": "apiKey", "in": "header", "name": "Host"}]
SCHEMES = st.sampled_from([{"type": "http", "scheme": "Basic"}, *KEYS])
PLACES = st.sampled_from(["/a", "/a/{id}", "/a/{0}/b", "/a{", "a", "/{x}/{x}"])


@settings(max_examples=25)
@given(
    schemas=st.dictionaries(PLACES, SCHEMAS, min_size=1),
    one=SCHEMAS,
    asked=PARAMETERS,
    scheme=SCHEMES,
)
def test_a_document_of_anything_is_refused_in_a_sentence_or_makes_a_file_that_loads(
    schemas: dict[str, Any], one: Any, asked: list[str], scheme: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("document")
    parameters = [{"name": name, "in": "query"} for name in asked]
    answers = {path: {"200": {"content": {"application/json": {"schema": body}}}} for path, body in schemas.items()}
    paths = {path: {"get": {"parameters": parameters, "responses": one}} for path, one in answers.items()}
    components = {"schemas": {"One": one}, "securitySchemes": {"key": scheme}}
    document = {"openapi": "3.1.0", "paths": paths, "components": components, "servers": [{"url": "/v1"}]}
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    out = Path(folder) / "club.py"
    try:
        new_system("club", folder / "openapi.json", out)
    except UsageError:
        assert not out.exists()
    else:
        assert len(systems_in(out)) == 1


def test_values_of_people_are_in_no_file_and_no_message(project: Project) -> None:
    ran = drafted(project, {"results": [person(n) for n in range(3)]})
    text = (project.folder / "club.py").read_text("utf-8") + ran.out + ran.err
    assert "van Dam" not in text
    assert "@" not in text
