"""Rows into systems of plain fields: bodies, changes and proofs follow from the table of fields, each row once."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.support.plain import DECLARED, Office, beside
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project, Ran

OFFICE = DECLARED["office"]
PUT = OFFICE.replace('Call("PATCH"', 'Call("PUT"')
HEADER = "source_id,name,email,phone,address_line,postcode,kind,fax"


def row(number: int, **changed: str) -> dict[str, str]:
    return {
        "source_id": str(number), "name": f"Firma {number}", "email": f"f{number}@example.nl",
        "phone": f"+3161234{number:04}", "address_line": f"Markt {number}", "postcode": "1234 AB", "kind": "supplier",
        **changed,
    }  # fmt: skip


def written(project: Project, rows: list[dict[str, str]]) -> None:
    header = [name for name in HEADER.split(",") if any(name in one for one in rows)]
    lines = [header, *([one.get(name, "") for name in header] for one in rows)]
    (project.folder / "rows.csv").write_text("".join(f"{','.join(line)}\n" for line in lines), "utf-8")


def declared(project: Project, text: str, server: Server) -> None:
    beside(project, text, "office", server.base_url)
    with project.config.open("a", encoding="utf-8") as config:
        config.write("settle_s = 0.05\n")


def push(project: Project, *options: str) -> Ran:
    return project.etl("push", "rows.csv", "--to", "office.people", "--yes", "--json", *options)


def outcomes(ran: Ran) -> dict[str, int]:
    return {name: rows for name, rows in ran.summary["outcomes"].items() if rows}


def stored(number: int, **changed: Any) -> dict[str, Any]:
    """A record of the office as such a row makes it."""
    at = {"street": f"Markt {number}", "postcode": "1234AB", "country": "NL"}
    reach = {"email": f"f{number}@example.nl", "phone": f"+3161234{number:04}", "at": at}
    return {"name": f"Firma {number}", "kind": "leverancier", "reach": {**reach, **changed}}


def told(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("id", "made")}


@pytest.mark.parametrize("reference", [False, True])
def test_every_row_is_created_once_though_answers_are_lost(reference: bool, project: Project) -> None:
    text = OFFICE
    if reference:
        text = text.replace('"people", "people", create', '"people", "people", reference="ours.key", create')
        text = text.replace("FIELDS = {", 'FIELDS = {"ours.key": Field(Text(), "reference", writable=True),')
    office = Office(lost=(3, 11), refused=(7,))
    with Server(office) as server:
        declared(project, text, server)
        written(project, [row(n) for n in range(1, 21)])
        first = push(project)
        again = push(project)
        verified = project.etl("verify", first.summary["run_id"], "--json")
    assert (first.code, first.summary["outcomes"]["created"]) == (0, 20), first.err
    assert office.creates == 21, "one never came there, and was sent again"
    stranger, *people = sorted(
        (told(one) for one in office.people.values()), key=lambda one: int(one["name"].split()[1])
    )
    ours = [one.pop("ours", {}).get("key", "") for one in people]
    assert stranger == {"name": "Stranger 0"}
    assert people == [stored(n) for n in range(1, 21)]
    assert len({*ours} - {""}) == (20 if reference else 0)
    results = pl.read_parquet(project.out / "results" / f"{first.summary['run_id']}.parquet")
    assert not results["message"].str.contains("differently").any(), "each field reads back as it was sent"
    assert (again.code, again.summary["outcomes"]["unchanged"]) == (0, 20), again.err
    assert (verified.code, verified.summary["findings"]["equal"]) == (0, 20), verified.out


def test_one_key_for_two_branches_is_two_shops(project: Project) -> None:
    """An option that addresses are made of, and that every account must say, tells which shop is meant."""
    text = OFFICE.replace('"/people', '"/{branch}/people').replace("limits=", 'options={"branch": ""}, limits=')
    branches = {"north": Office(), "south": Office()}

    def answer(seen: Seen) -> Answer:
        branch, _, path = seen.path.removeprefix("/").partition("/")
        return branches[branch](replace(seen, path=f"/{path}"))

    with Server(answer) as server:
        written(project, [row(n) for n in range(1, 4)])
        for branch, office in branches.items():
            declared(project, text, server)
            with project.config.open("a", encoding="utf-8") as config:
                config.write(f'branch = "{branch}"\n')
            ran = push(project)
            assert (ran.code, outcomes(ran), len(office.people)) == (0, {"created": 3}, 3), ran.err
            exported = project.etl("export", "--out", "out")
            said = "its credential or branch belongs to another shop than last time"
            assert (exported.code, said in exported.err) == (0, branch == "south"), exported.err
            assert project.table(of="office.people")["active"].all(), "nobody of the other branch has vanished"


@pytest.mark.parametrize("text", [OFFICE, PUT], ids=["PATCH", "PUT"])
def test_an_update_changes_what_the_row_says_and_nothing_else(text: str, project: Project) -> None:
    office = Office()
    with Server(office) as server:
        declared(project, text, server)
        written(project, [row(1), row(2)])
        assert push(project).code == 0
        office.people[1]["reach"] |= {"phone": "+31687654321", "note": {"by": "a colleague"}}
        office.people[1]["tags"] = ["new"]
        kept = copy.deepcopy(told(office.people[1]))
        written(project, [row(1, email="other@example.nl"), row(2)])
        ran = push(project)
    assert (ran.code, outcomes(ran)) == (0, {"updated": 1, "unchanged": 1}), ran.err
    kept["reach"]["email"] = "other@example.nl"
    assert told(office.people[1]) == kept
    changes = [seen for seen in server.seen if seen.method in ("PUT", "PATCH")]
    assert len(changes) == 1
    if text == PUT:
        assert b"note" in changes[0].body, "a PUT has what others wrote"
    else:
        sent = {"reach": {**stored(1, email="other@example.nl", phone="+31687654321")["reach"]}}
        assert json.loads(changes[0].body) == sent, "a PATCH has the object that changed, and no other field"
    assert b'"made"' not in changes[0].body, "only the server writes it"


def test_a_field_that_both_changed_goes_to_review(project: Project) -> None:
    office = Office()
    with Server(office) as server:
        declared(project, OFFICE, server)
        written(project, [row(1)])
        push(project)
        office.people[1]["reach"]["email"] = "theirs@example.nl"
        written(project, [row(1, email="ours@example.nl")])
        ran = push(project)
    assert (ran.code, outcomes(ran)) == (65, {"review": 1})
    assert office.people[1]["reach"]["email"] == "theirs@example.nl"


def test_an_empty_cell_empties_its_field_in_an_object(project: Project) -> None:
    office = Office()
    with Server(office) as server:
        declared(project, OFFICE, server)
        written(project, [row(1)])
        push(project)
        written(project, [row(1, email="")])
        ran = push(project, "--clear-empty")
    assert (ran.code, outcomes(ran)) == (0, {"updated": 1}), ran.err
    assert told(office.people[1]) == stored(1, email="")


def test_a_push_is_undone(project: Project) -> None:
    office = Office()
    with Server(office) as server:
        declared(project, PUT, server)
        written(project, [row(1)])
        push(project)
        before = copy.deepcopy(office.people)
        written(project, [row(1, email="other@example.nl", postcode="4321 AB")])
        ran = push(project)
        assert office.people != before
        undone = project.etl("undo", ran.summary["run_id"], "--yes", "--json")
    assert undone.code == 0, undone.err
    assert office.people == before


def test_what_a_target_cannot_store_is_told(project: Project) -> None:
    office = Office()
    with Server(office) as server:
        declared(project, OFFICE, server)
        written(project, [row(1, fax="+31201234567"), row(2, kind="staff"), {"source_id": "3", "phone": ""}])
        ran = push(project)
    assert (ran.code, outcomes(ran)) == (65, {"created": 2, "rejected": 1})
    assert ran.summary["lost"] == {"contacts.fax": 1, "contacts.kind": 1}
    assert "kind" not in office.people[2]


def test_an_erased_person_is_in_no_body_of_the_ledger(project: Project) -> None:
    office = Office()
    with Server(office) as server:
        declared(project, OFFICE, server)
        written(project, [row(1), row(2)])
        assert push(project).code == 0
        assert project.etl("person", "erase", "--email", "f1@example.nl", "--yes").code == 0
        held = [path for path in project.folder.rglob("*") if path.is_file() and path.name != "rows.csv"]
        assert [path for path in held if b"f1@example.nl" in path.read_bytes()] == []
        again = push(project)
    assert (again.code, outcomes(again)) == (0, {"unchanged": 1, "skipped": 1}), again.err
    assert office.creates == 2


def test_targets_in_a_module_of_their_own_follow_from_the_fields_too(project: Project) -> None:
    module = "from etl.systems.declare import Call, Target\n\n"
    module += 'TARGETS = (Target("people", "people", create=Call("POST", "/people")),)\n'
    (project.folder / "office_targets.py").write_text(module, "utf-8")
    office = Office()
    with Server(office) as server:
        declared(project, OFFICE.replace("targets=(WRITTEN,)", 'targets="office_targets"'), server)
        written(project, [row(1)])
        path = os.pathsep.join([str(project.folder), os.environ.get("PYTHONPATH", "")])
        order = ("push", "rows.csv", "--to", "office.people", "--yes", "--json")
        ran = project.etl(*order, env={"PYTHONPATH": path})
    assert outcomes(ran) == {"created": 1}, ran.err
    assert told(office.people[1]) == stored(1)


def test_a_value_that_no_column_of_its_own_system_took_is_told(project: Project) -> None:
    told = {"firstname": "Jan", "lastname": "Pot", "email": "j@example.nl", "phone": "nobody"}
    people = [{"id": "1", "properties": told}, {"id": "2", "properties": {**told, "phone": "0612345678 (Jan)"}}]
    office = Office()

    def answer(seen: Seen) -> Answer:
        return Answer({"results": people}) if seen.path == "/v3/people" else office(seen)

    with Server(answer) as server:
        declared(project, OFFICE, server)
        (project.folder / "hub.py").write_text(DECLARED["hub"], "utf-8")
        text = project.config.read_text("utf-8").replace('"my_api.py"', '"my_api.py", "hub.py"')
        account = f'[accounts.hub]\nsystem = "hub"\nbase_url = "{server.base_url}"\napi_key = "k3y-of-the-hub"\n'
        project.configure(f'{text}{account}country = "NL"\n')
        assert project.etl("export", "hub", "--out", "out").code == 0
        file = str(project.out / "contacts" / "hub.people.parquet")
        ran = project.etl("push", file, "--to", "office.people", "--yes", "--json")
    assert outcomes(ran) == {"created": 2}, ran.err
    assert ran.summary["lost"] == {"contacts.extra": 1}, "of the other the number itself is there"


def test_what_is_never_to_be_sent_again_is_left_to_people(project: Project) -> None:
    text = OFFICE.replace("create=", "lookup=Never(), create=").replace("MovingWindow,", "MovingWindow, Never,")
    office = Office(lost=(1,), refused=(2,))
    with Server(office) as server:
        declared(project, text, server)
        written(project, [row(1), row(2), row(3)])
        first = push(project)
        again = push(project)
        made = office.creates
        decisions = (("--row", "1", "--accept", "1"), ("--row", "2", "--new"))
        assert [project.etl("review", first.summary["run_id"], *one, "--yes").code for one in decisions] == [0, 0]
        decided = push(project)
    assert (first.code, outcomes(first)) == (65, {"review": 2, "created": 1}), first.err
    assert outcomes(again) == {"review": 2, "unchanged": 1}
    assert made == 3
    assert outcomes(decided)["created"] == 1, decided.err
    assert sorted(one["name"] for one in office.people.values()) == ["Firma 1", "Firma 2", "Firma 3", "Stranger 0"]


CANNOT = {
    "no_target": (", targets=(WRITTEN,)", "",
                  "streams.people.fields.kind: it is writable, and no target writes it"),
    "no_column": ('"name": Field(Text(), "name", writable=True)', '"name": Field(Text(), writable=True)',
                  "streams.people.fields.name: it is writable, and has no column from which it is written"),
    "the_id": ('"id": Field(Text(), "source_id")', '"id": Field(Text(), "source_id", writable=True)',
               "streams.people.fields.id: it is the record's id, which only the server writes"),
    "one_way": ("write=KINDS.get,", "",
                "streams.people.fields.kind: it is writable and has a read, so it takes a write, too"),
    "unread": ('get="/people/{id}", ', "",
               "targets.people.stream: people has no get, so what was written cannot be read back"),
    "doubt": ("create=", "lookup=None, create=",
              "targets.people.lookup: there is no way to find what is in doubt; say Scan() if the whole list is to be "
              "read, or Never()"),
    "reference": ("create=", 'reference="made", create=',
                  "targets.people.reference: 'made' is no writable field for the column reference"),
    "form": ('Call("POST", "/people")', 'Call("POST", "/people", form=True)', "a form has no objects"),
    "nothing": (", writable=True)", ")", "targets.people.no field that is writable tells records apart"),
    "function": ("fields=FIELDS", 'wire=wires(FIELDS), key="id", into=print, tables=("contacts",)',
                 "targets.people.draft is missing, and the stream people has no fields from which it follows"),
}  # fmt: skip


def test_targets_that_cannot_work_are_refused_each_with_its_field(project: Project) -> None:
    text = ""
    for fault, (old, new, _) in CANNOT.items():
        assert old in OFFICE, fault
        changed = OFFICE.replace(old, new).replace("import Call,", "import Call, wires,")
        text += changed.replace('OFFICE = System("office"', f'OFFICE_{fault.upper()} = System("{fault}"')
    beside(project, text, "doubt", "https://example.nl")
    ran = project.etl("check")
    assert (ran.code, CANNOT["doubt"][2] in ran.err, "Traceback" in ran.err) == (78, True, False)
    listed = project.etl("sources", "--json").summary["error"]
    assert [fault for fault, (_, _, reason) in CANNOT.items() if reason not in listed] == []
