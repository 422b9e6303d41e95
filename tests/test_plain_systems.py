"""Systems of plain fields, declared by a table of fields in a file beside etl.toml, through the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.plain import DECLARED, FEW_LINES, Finder, beside, clubs, hub, storefront
from tests.support.plugins import SHOWN
from tests.support.scripted import Server
from tests.support.workplace import Project, Ran

ROWS = 250


def exported(project: Project, text: str, serve: Callable[..., Any], system: str) -> tuple[Ran, Server]:
    """Everything that a server of so many records tells, exported by a declaration."""
    with Server(serve(ROWS)) as server:
        beside(project, text, system, server.base_url)
        return project.etl("export", "--out", "out", "--json"), server


@pytest.mark.parametrize("name", ["hub", "storefront"])
def test_a_declaration_of_an_api_has_few_lines(name: str) -> None:
    assert len(DECLARED[name].splitlines()) <= FEW_LINES


def test_the_guide_begins_with_such_a_declaration() -> None:
    assert SHOWN[0] == DECLARED["hub"]
    assert SHOWN[1] in DECLARED["storefront"]
    assert SHOWN[2] in DECLARED["club"]
    assert SHOWN[3] in DECLARED["finder"]
    assert SHOWN[4] in DECLARED["firms"]
    assert SHOWN[5] == DECLARED["office"]


def test_an_api_of_cursors_and_nested_properties_is_read_whole(project: Project) -> None:
    ran, server = exported(project, DECLARED["hub"], hub, "hub")
    assert (ran.code, ran.summary["written"]) == (0, ROWS), ran.err
    rows = project.table(of="hub.people")
    assert rows["source_id"].to_list() == [str(n) for n in range(1, ROWS + 1)]
    row = rows.row(6, named=True)
    told = ("first_name", "insertion", "last_name", "email", "mobile", "street", "house_number", "kind", "active")
    assert [row[column] for column in told] == [
        "Jan", "van", "Dam 7", "j7@example.nl", "+31612345678", "Kerkstraat", 7, "customer", True,
    ]  # fmt: skip
    assert f"{row['created_at']:%Y-%m-%d}" == "2025-01-07"
    assert json.loads(row["extra"]) == {"archived": False, "properties": {"shoes": 41, "note": 'a "b"'}}
    assert [seen.query.get("after") for seen in server.seen] == [None, "=100&", "=200&"]


def test_an_api_of_numbered_pages_and_an_address_in_an_object_is_read_whole(project: Project) -> None:
    ran, server = exported(project, DECLARED["storefront"], storefront, "storefront")
    assert (ran.code, ran.summary["written"]) == (0, ROWS), ran.err
    rows = project.table(of="storefront.customers")
    assert rows["source_id"].to_list() == [str(n) for n in range(1, ROWS + 1)]
    row = rows.row(6, named=True)
    told = ("company_name", "address_line", "street", "house_number", "postcode", "country_code", "email")
    assert [row[column] for column in told] == [
        "Firma 7", "Markt 7", "Markt", 7, "1234AB", "NL", "f7@example.nl",
    ]  # fmt: skip
    assert json.loads(row["extra"]) == {"billing": {"address_2": "achter"}, "meta_data": [{"k": 1}]}
    assert sorted(int(seen.query["page"]) for seen in server.seen) == [1, 2, 3, 4, 5]


def test_what_no_column_takes_is_kept_under_its_path(project: Project) -> None:
    text = DECLARED["hub"].replace("properties.email", "properties.note")
    exported(project, text, hub, "hub")
    row = project.table(of="hub.people").row(6, named=True)
    assert (row["email"], row["issues"]) == ('a "b"', ["email.invalid"])
    text = DECLARED["hub"].replace('Text(), "created_at"', 'Text(), "payment_term_days"')
    exported(project, text, hub, "hub")
    row = project.table(of="hub.people").row(6, named=True)
    assert (row["payment_term_days"], json.loads(row["extra"])["createdAt"]) == (None, "2025-01-07T10:00:00Z")


def test_a_field_without_a_column_is_kept_in_its_object(project: Project) -> None:
    fields = '"properties.shoes": Field(Integer()), "properties.note": Field(Text())'
    text = DECLARED["hub"].replace("FIELDS = {", f"FIELDS = {{{fields},").replace("import", "import Integer,")
    assert exported(project, text, hub, "hub")[0].code == 0
    kept = json.loads(project.table(of="hub.people").row(6, named=True)["extra"])
    assert kept == {"archived": False, "properties": {"shoes": 41, "note": 'a "b"'}}


def test_a_list_of_columns_is_described_by_the_names_of_the_api(project: Project) -> None:
    import pyarrow.parquet as pq

    exported(project, DECLARED["storefront"], storefront, "storefront")
    schema = pq.read_schema(Path(project.out / "contacts" / "storefront.customers.parquet"))
    assert schema.field("address_line").metadata[b"source"] == b"billing.address_1"
    assert schema.field("country_code").metadata[b"source"] == b"billing.country"


def test_a_function_takes_over_where_a_column_does_not_suffice(project: Project) -> None:
    known = 'role.replace({"subscriber": "customer"})'
    assert known in DECLARED["storefront"]
    served = partial(storefront, roles={6: "subscriber", 7: "king"})
    for reads, king in ((known, "other"), ('role.replace_strict({"subscriber": "customer"}, default=None)', "other")):
        ran, _ = exported(project, DECLARED["storefront"].replace(known, reads), served, "storefront")
        assert ran.code == 0, ran.err
        rows = [project.table(of="storefront.customers").row(n, named=True) for n in (5, 6)]
        assert [row["kind"] for row in rows] == ["customer", king]
        assert [json.loads(row["extra"]).get("role") for row in rows] == [None, "king"]


def test_a_stream_without_a_path_for_one_record_says_so(project: Project) -> None:
    beside(project, DECLARED["hub"], "hub", "https://example.nl")
    ran = project.etl("get", "hub.people", "7")
    assert (ran.code, "hub.people shows no single record." in ran.err) == (64, True)


CANNOT = {
    "column": ('"properties.email": Field(Text(), "email")', '"properties.email": Field(Text(), "mail")',
               "streams.people.fields.properties.email: contacts has no column 'mail' that a field fills"),
    "raw": ('"properties.email": Field(Text(), "email")', '"properties.land": Field(Text(), "country")',
            "streams.people.fields.properties.land: contacts has no column 'country' that a field fills; is it "
            "country_code?"),
    "ours": ('"properties.email": Field(Text(), "email")', '"properties.email": Field(Text(), "issues")',
             "streams.people.fields.properties.email: contacts has no column 'issues' that a field fills"),
    "twice": ('"properties.phone": Field(Text(), "phone")', '"properties.phone": Field(Text(), "email")',
              "streams.people.fields.properties.phone: the field properties.email is for the column email, too"),
    "key": ('"source_id"', '"reference"', "streams.people.fields: none is for the column source_id"),
    "other_key": ("fields=FIELDS", 'key="number", fields=FIELDS',
                  "streams.people.key: 'number' is not the field for source_id, 'id'"),
    "whole": ('"createdAt": Field(Text(), "created_at")', '"properties": Field(Text(), "created_at")',
              "streams.people.fields.properties.firstname: the object properties is a field itself"),
    "field": ('Field(Text(), "email")', '"email"', "streams.people.fields.properties.email: 'email' is no Field"),
    "path": ('"properties.email"', '"properties."', "streams.people.fields.properties.: its name is no path of names"),
    "a_raw": ('Field(Text(), "email")', 'Field(Text(), "email", raw="mail")',
              "streams.people.fields.properties.email: raw: 'mail' is no name of the column email before"),
    "a_wire": ("fields=FIELDS", 'wire={"id": Text()}, fields=FIELDS',
               "streams.people.wire: it follows from the fields"),
    "some_tables": ("fields=FIELDS", 'tables=("contacts", "phone_numbers"), fields=FIELDS',
                    "streams.people.tables: it follows from the fields"),
    "none": ("fields=FIELDS, ", "", "streams.people.into is missing, and there are no fields from which it follows"),
}  # fmt: skip


def test_tables_of_fields_that_cannot_work_are_refused_each_with_its_field(project: Project) -> None:
    text = ""
    for fault, (old, new, _) in CANNOT.items():
        assert old in DECLARED["hub"], fault
        changed = DECLARED["hub"].replace(old, new)
        text += changed.replace('HUB = System("hub"', f'HUB_{fault.upper()} = System("{fault}"')
    beside(project, text, "column", "https://example.nl")
    ran = project.etl("check")
    assert (ran.code, "Traceback" in ran.err) == (78, False)
    assert CANNOT["column"][2] in ran.err
    listed = project.etl("sources", "--json").summary["error"]
    assert [fault for fault, (_, _, told) in CANNOT.items() if told not in listed] == []


def test_a_search_is_asked_by_post_and_landed_like_any_list(project: Project) -> None:
    server_of = Finder(ROWS, busy=2)
    with Server(server_of) as server:
        beside(project, DECLARED["finder"], "finder", server.base_url)
        ran = project.etl("export", "--out", "out", "--json")
        checked = project.etl("check")
    assert (ran.code, ran.summary["written"], ran.summary["calls"]["retried"]) == (0, ROWS, 1), ran.err
    assert checked.code == 0, checked.err
    assert project.ids("finder.found") == [str(n) for n in range(1, ROWS + 1)]
    bodies = [json.loads(seen.body) for seen in server.seen]
    assert len({body["page"].get("from", 0) for body in bodies}) == 3
    assert all(type(body["page"]["rows"]) is int for body in bodies)
    assert all(body["filters"] == [{"name": "kind", "is": "person"}] for body in bodies)
    assert all(body["page"]["sort"] == "id" for body in bodies)
    again = project.etl("replay", "--out", "again", "--json")
    assert (again.code, again.summary["written"]) == (0, ROWS)


def test_a_search_whose_pages_have_addresses_is_refused(project: Project) -> None:
    text = DECLARED["finder"].replace("PAGES = LimitOffset(", "PAGES = NextUrl() or LimitOffset(")
    beside(project, text.replace("MovingWindow,", "MovingWindow, NextUrl,", 1), "finder", "https://example.nl")
    ran = project.etl("check")
    assert (ran.code, "stream found: search: a body is sent for each page" in ran.err) == (78, True)


def test_lists_in_a_record_become_rows_of_their_tables(project: Project) -> None:
    with Server(clubs(ROWS)) as server:
        beside(project, DECLARED["club"], "club", server.base_url)
        ran = project.etl("export", "--out", "out", "--json")
    assert (ran.code, ran.summary["written"]) == (0, ROWS), ran.err
    people = project.table("contact_persons", of="club.clubs")
    assert people["source_id"].to_list() == [str(n) for n in range(2, ROWS + 1, 2) for _ in range(2)]
    told = ("source_id", "person_id", "insertion", "last_name", "phone_1", "phone_1_raw", "main_contact", "city")
    assert people.select(told).rows()[:2] == [
        ("2", "2a", "van", "Dam", "+31612345678", "06-12345678", True, None),
        ("2", "2b", None, "Pot", None, None, False, None),
    ]
    assert people["newsletter_ids"].to_list()[:2] == [["7", "8"], []]
    assert [json.loads(extra) for extra in people["extra"][:2]] == [{"badge": "b", "shoes": 41}, {"shoes": 41}]
    numbers = project.table("phone_numbers", of="club.clubs")
    assert numbers.select("source_id", "name", "raw", "e164", "valid", "kind").row(0) == (
        "2", "canteen", "0201234567", "+31201234567", True, "landline",
    )  # fmt: skip
    assert json.loads(numbers["extra"][0]) == {"since": 2020}
    contacts = project.table(of="club.clubs")
    assert contacts["name"].to_list()[:2] == ["Club 1", "Club 2"]
    assert json.loads(contacts["extra"][1]) == {"sport": "chess"}


CHILDREN_CANNOT = {
    "a_table": ('"phone_numbers": Ch', '"products": Ch', "children.products: a list makes rows of contact_persons or"),
    "a_column": ('"family": Field(Text(), "last_name")', '"family": Field(Text(), "fax")',
                 "children.contact_persons.fields.family: contact_persons has no column 'fax' that a field fills"),
    "a_twice": ('"family": Field(Text(), "last_name")', '"family": Field(Text(), "phone_1")',
                "children.contact_persons: two fields are for the column phone_1"),
    "known": ('"no": Field(Text(), "person_id")', '"no": Field(Text())',
              "children.contact_persons: no field is for the column person_id"),
    "both": ('"title": Field', '"members": Field', "children.contact_persons: 'members' is to be a list of the record"),
    "dots": ('"family": Field', '"a.family": Field', "children.contact_persons.fields.a.family: a field of a list has"),
    "writable": ('Field(Text(), "last_name")', 'Field(Text(), "last_name", writable=True)',
                 "children.contact_persons.fields.family: it is writable, and a field of a list is only read"),
    "scalars": ("Field(Scalars()", "Field(Text()", "children.contact_persons.fields.letters: Scalars is for the"),
}  # fmt: skip


def test_lists_that_cannot_work_are_refused_each_with_its_field(project: Project) -> None:
    text = ""
    for fault, (old, new, _) in CHILDREN_CANNOT.items():
        assert old in DECLARED["club"], fault
        changed = DECLARED["club"].replace(old, new)
        text += changed.replace('CLUB = System("club"', f'CLUB_{fault.upper()} = System("{fault}"')
    beside(project, text, "a_table", "https://example.nl")
    listed = project.etl("sources", "--json")
    assert listed.code == 78
    told = listed.summary["error"]
    assert [fault for fault, (_, _, reason) in CHILDREN_CANNOT.items() if reason not in told] == []
