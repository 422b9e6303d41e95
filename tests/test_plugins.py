"""Systems that other packages and files declare, through the command: there when installed, harmless when broken."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plugins import ACCOUNT, CRM, install, people
from tests.support.scripted import Answer, Seen, Server, shop
from tests.support.workplace import BIKES, Project, Ran

FILES = '[systems]\nfiles = ["systems/my_api.py"]\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that Python finds packages in."""
    return tmp_path / "site"


@pytest.fixture
def server() -> Iterator[Server]:
    """Serves 250 people of the CRM, and a shop of ten customers."""

    def answer(seen: Seen) -> Answer:
        if seen.path == "/upper/search":
            return Answer([one for one in people(250) if str(one["full_name"]) == seen.query.get("nick")])
        return Answer(people(250)) if seen.path == "/upper/people" else shop(10)(seen)

    with Server(answer) as serving:
        yield serving


def run(project: Project, *arguments: str) -> Ran:
    """The command in a process of its own, which finds the packages of the site."""
    return project.etl(*arguments, env=paths(project))


@contextlib.contextmanager
def started(project: Project, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Such a command that goes on until it is told to end."""
    process = project.start(*arguments, env=paths(project))
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def paths(project: Project) -> dict[str, str]:
    """Where a process finds the packages of the site."""
    return {"PYTHONPATH": os.pathsep.join([str(project.folder / "site"), os.environ.get("PYTHONPATH", "")])}


def python(project: Project, text: str) -> str:
    """What a program prints that finds the packages of the site."""
    environment = project.environment(paths(project))
    return subprocess.run(
        [sys.executable, "-c", text], check=True, capture_output=True, text=True, env=environment
    ).stdout


def by_file(project: Project, text: str, configuration: str, url: str) -> None:
    (project.folder / "systems").mkdir(exist_ok=True)
    (project.folder / "systems" / "my_api.py").write_text(text, "utf-8")
    project.configure(FILES + configuration, url)


# -- there when installed ----------------------------------------------------------------------------------


def test_an_installed_system_is_listed_checked_and_exported(project: Project, site: Path, server: Server) -> None:
    install(site, CRM)
    project.configure(ACCOUNT, server.base_url)
    listed = run(project, "sources", "--json").summary
    assert [one["stream"] for one in listed["sources"] if one["system"] == "crm"] == ["people"]
    assert run(project, "check").code == 0
    ran = run(project, "export", "--out", "out", "--json")
    assert (ran.code, ran.summary["written"]) == (0, 250)
    assert project.ids("crm.people") == [str(n + 1) for n in range(250)]
    assert project.table(of="crm.people").row(0, named=True)["extra"] == '{"shoes":41}'


def test_what_nobody_tried_with_a_live_server_is_listed(project: Project, site: Path) -> None:
    told = ("How long a name may be.", "Whether a shelf may be empty.")
    install(site, f"{CRM}from dataclasses import replace\nCRM = replace(CRM, unverified={told!r})\n")
    listed = run(project, "sources", "--json").summary
    assert [one["what"] for one in listed["unverified"] if one["system"] == "crm"] == [*told]
    printed = run(project, "sources").out
    assert [one for one in ("Not verified with a live server", *told) if one not in printed] == []


def test_it_is_searched_by_criteria_of_its_own(project: Project, site: Path, server: Server) -> None:
    install(site, CRM)
    project.configure(ACCOUNT, server.base_url)
    found = run(project, "find", "--nickname", "Jansen 7", "crm.people", "--json")
    assert [one["source_id"] for one in found.summary["records"]] == ["7"]
    refused = run(project, "find", "crm.people", "--email=j7@example.nl")
    assert (refused.code, "cannot be searched by email. There are --nickname." in refused.err) == (64, True)


def test_a_search_has_the_parameters_that_every_request_of_its_stream_has(
    project: Project, site: Path, server: Server
) -> None:
    install(site, CRM.replace('find="/{shelf}/search",', 'find="/{shelf}/search", parameters={"all": "{shelf}"},'))
    project.configure(ACCOUNT, server.base_url)
    assert run(project, "find", "crm.people", "--nickname", "Jansen 7").code == 0
    assert dict(server.seen[-1].query) == {"nick": "Jansen 7", "all": "upper"}


WITHOUT_DEFAULT = CRM.replace('"shelf": "main"', '"shelf": ""')


def test_a_key_that_addresses_are_made_of_and_that_has_no_default_must_be_said(
    project: Project, site: Path, server: Server
) -> None:
    install(site, WITHOUT_DEFAULT)
    project.configure(ACCOUNT.replace('shelf = "upper"\n', ""), server.base_url)
    ran = run(project, "check")
    assert (ran.code, "shelf is missing" in ran.err, server.seen) == (78, True, [])
    project.configure(ACCOUNT, server.base_url)
    assert run(project, "check").code == 0


def test_a_first_configuration_has_the_keys_that_its_system_cannot_do_without(
    project: Project, site: Path, server: Server
) -> None:
    install(site, WITHOUT_DEFAULT)
    order = ["init", "--system", "crm", "--account", "crm", "--base-url", server.base_url]
    order += ["--username", "office", "--password", "${PASSWORD}"]
    secret = {"PASSWORD": "s3cr3t-password"}
    left_out = project.etl(*order, env={**paths(project), **secret})
    assert (left_out.code, "--set shelf=" in left_out.err) == (64, True)
    odd = project.etl(*order, "--set", "password=literal", env={**paths(project), **secret})
    assert (odd.code, "it has shelf" in odd.err, "literal" in odd.err) == (64, True, False)
    ran = project.etl(*order, "--set", "shelf=upper", env={**paths(project), **secret})
    assert (ran.code, server.seen[-1].path) == (0, "/upper/people"), ran.err
    assert 'shelf = "upper"' in project.config.read_text("utf-8")


def test_a_system_of_a_file_beside_the_configuration_is_too(project: Project, server: Server) -> None:
    by_file(project, CRM, ACCOUNT, server.base_url)
    listed = run(project, "sources", "--json").summary
    assert [one["stream"] for one in listed["sources"] if one["system"] == "crm"] == ["people"]
    ran = run(project, "export", "--config", str(project.config), "--out", "out", "--json")
    assert (ran.code, ran.summary["written"]) == (0, 250)


def test_help_imports_no_plugin_and_an_export_only_what_its_accounts_need(
    project: Project, site: Path, server: Server
) -> None:
    markers = [install(site, CRM, name=f"contact_crm{n}", system=f"crm{n}") for n in range(5)]
    marker = install(site, CRM)
    project.configure(ACCOUNT, server.base_url)
    for arguments in (["--help"], ["export", "--help"], ["find", "--help"], ["init", "--help"]):
        assert run(project, *arguments).code == 0
        assert not any(one.exists() for one in [*markers, marker]), arguments
    assert run(project, "export", "--out", "out").code == 0
    assert [one for one in [*markers, marker] if one.exists()] == [marker]
    assert marker.read_text() == "x", "once"


def test_a_system_without_targets_and_simulator_is_whole(project: Project, site: Path, server: Server) -> None:
    install(site, CRM)
    project.configure(ACCOUNT, server.base_url)
    (project.folder / "rows.csv").write_text("source_id,display_name\n1,Jansen\n", "utf-8")
    pushed = run(project, "push", "rows.csv", "--to", "crm.people", "--yes")
    assert (pushed.code, "crm has no target 'people'" in pushed.err) == (64, True)
    shown = python(project, "from etl.airflow.provider import get_provider_info as info\nprint(info())")
    assert "etl.airflow.hooks.CrmHook" in shown


WRITTEN = """

from dataclasses import replace

from etl.systems.declare import Call, Draft, Problem, Target


def draft(row, drafting):
    body = {"full_name": row.values.get("display_name"), "mail": row.values.get("email")}
    return Draft(body) if body["mail"] else [Problem("email", "is missing.")]


PEOPLE = Target(
    name="people",
    stream="people",
    table="contacts",
    create=Call("POST", "/{shelf}/people"),
    update=None,
    delete=None,
    draft=draft,
    merge=lambda remote, draft: {},
    same=lambda remote, body: remote.get("mail") == body["mail"],
    created=lambda status, location, body: str(body["id"]),
    columns={"full_name": "display_name", "mail": "email"},
    keeps=frozenset({"contacts.display_name", "contacts.email"}),
)
CRM = replace(CRM, targets=(PEOPLE,))
"""


def test_rows_are_pushed_into_an_installed_system_once(project: Project, site: Path) -> None:
    stored: list[dict[str, object]] = []

    def answer(seen: Seen) -> Answer:
        if seen.method == "POST":
            stored.append({"id": len(stored) + 1, **json.loads(seen.body)})
            return Answer(stored[-1], status=201)
        last = seen.path.rpartition("/")[2]
        return Answer(stored if last == "people" else stored[int(last) - 1])

    install(site, CRM + WRITTEN)
    (project.folder / "rows.csv").write_text("source_id,display_name,email\n7,Jansen,j@example.nl\n8,Pot,\n", "utf-8")
    with Server(answer) as server:
        project.configure(ACCOUNT, server.base_url)
        first = run(project, "push", "rows.csv", "--to", "crm.people", "--yes", "--json")
        again = run(project, "push", "rows.csv", "--to", "crm.people", "--yes", "--json")
    assert (first.code, first.summary["outcomes"]["created"], first.summary["outcomes"]["rejected"]) == (65, 1, 1)
    assert (again.code, again.summary["outcomes"]["unchanged"]) == (65, 1)
    assert [one["mail"] for one in stored] == ["j@example.nl"]


def test_schemas_and_pairs_hold_the_systems_in_use(project: Project, site: Path) -> None:
    install(site, CRM)
    render = "from etl.records.schemas import render\nfrom etl.systems import SYSTEMS\n"
    published = {path.name for path in (Path(__file__).parents[1] / "schemas" / "pairs").iterdir()}
    told = python(project, f"{render}print(*(path for path in render() if 'pairs/' in path))").split()
    assert {path.removeprefix("pairs/") for path in told} == published, "what is published depends on no plugin"
    used = python(project, f"{render}SYSTEMS['crm']\nprint(*(path for path in render() if 'crm' in path))").split()
    assert sorted(used) == [
        f"pairs/crm-{system}.json" for system in ("cyclesoftware", "invoicing", "moneybird", "recras", "woocommerce")
    ]


SIMULATOR = """
from dataclasses import replace

from etl.simulator.recras.api import RECRAS

CRM = replace(RECRAS, system="crm", path="/crm")
"""


@pytest.mark.parametrize(
    ("text", "system", "told"),
    [
        (SIMULATOR, "other", "contact-crm (contact_crm:CRM) is for 'crm'"),
        (SIMULATOR, "recras", "The simulator of recras is declared twice"),
        ("CRM = 1\n", "crm", "is of type int, not a Vendor"),
    ],
)
def test_a_simulator_that_cannot_be_used_is_named(
    text: str, system: str, told: str, project: Project, site: Path
) -> None:
    install(site, text, group="simulators", system=system)
    ran = run(project, "simulate")
    assert (ran.code, told in ran.err) == (78, True)


def test_an_installed_simulator_is_served_beside_the_others(project: Project, site: Path) -> None:
    install(site, SIMULATOR, group="simulators")
    assert python(project, "from etl.simulator.vendors import vendors\nprint(*vendors())").split()[-1] == "crm"
    with started(project, "simulate", "--rows", "1") as process:
        assert process.stdout is not None
        assert "crm" in json.loads(process.stdout.readline())["accounts"]


# -- harmless when broken ----------------------------------------------------------------------------------

BROKEN = {
    "import": ("import nowhere_to_be_found\n", "No module named 'nowhere_to_be_found'", "line 2"),
    "syntax": ("def\n", "SyntaxError", "line 2"),
    "exit": ("raise SystemExit('bye')\n", "SystemExit: bye", "line 2"),
    "object": ("CRM = 'crm'\n", "is of type str, not a System", "contact_crm:CRM"),
    "absent": ("OTHER = 1\n", "has no attribute 'CRM'", "contact_crm:CRM"),
    "id": (CRM.replace('id="crm"', 'id="other"'), "id is 'other', and the entry point is named crm", "contact_crm:CRM"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_package_ends_with_78_and_is_named(fault: str, project: Project, site: Path) -> None:
    text, reason, place = BROKEN[fault]
    install(site, text)
    project.configure(ACCOUNT)
    ran = run(project, "check")
    assert ran.code == 78
    assert "the package contact-crm" in ran.err
    assert reason in ran.err
    assert place in ran.err
    assert "Traceback" not in ran.err


def test_a_broken_plugin_hinders_nobody_who_does_not_use_it(project: Project, site: Path, server: Server) -> None:
    marker = install(site, BROKEN["import"][0])
    by_file(project, "raise ValueError('odd')\n", BIKES, server.base_url)
    assert run(project, "export", "--out", "out").code == 0
    assert not marker.exists()
    listed = run(project, "sources", "--json")
    assert (listed.code, listed.summary["exit_code"]) == (78, 78)
    assert {"cyclesoftware", "recras", "invoicing", "moneybird", "woocommerce"} == {
        one["system"] for one in listed.summary["sources"]
    }
    assert "nowhere_to_be_found" in listed.summary["error"]
    assert "my_api.py" in listed.summary["error"]


FILES_THAT_FAIL = {
    "import": ("import nowhere_to_be_found\n", ["No module named 'nowhere_to_be_found'", "line 1"]),
    "nothing": ("CRM = 1\n", ["declares no System"]),
    "key": (CRM.replace('key="id"', 'key="number"'), ["streams.people.key: 'number' is not in the wire"]),
    "taken": (CRM.replace('"crm"', '"recras"'), ["The system recras is declared twice", "contact-etl itself"]),
}


@pytest.mark.parametrize("fault", FILES_THAT_FAIL)
def test_a_file_that_fails_ends_with_78_and_is_named(fault: str, project: Project) -> None:
    text, reasons = FILES_THAT_FAIL[fault]
    account = ACCOUNT.replace('"crm"', '"recras"').replace("shelf", "#") if fault == "taken" else ACCOUNT
    by_file(project, text, account, "https://example.nl")
    ran = run(project, "check")
    assert ran.code == 78
    assert [reason for reason in [*reasons, "my_api.py"] if reason not in ran.err] == []
    assert "Traceback" not in ran.err
    listed = run(project, "sources", "--json")
    assert (listed.code, [reason for reason in reasons if reason not in listed.summary["error"]]) == (78, [])


def test_two_packages_with_one_id_are_both_named(project: Project, site: Path) -> None:
    install(site, CRM)
    install(site, CRM, name="contact_other")
    project.configure(ACCOUNT)
    ran = run(project, "check")
    assert ran.code == 78
    assert [name for name in ("contact-crm", "contact-other") if name not in ran.err] == []


def test_a_file_is_run_once_however_often_its_configuration_is_read(project: Project) -> None:
    marker = project.folder / "runs"
    by_file(project, f"open({str(marker)!r}, 'a').write('x')\n{CRM}", ACCOUNT, "https://example.nl")
    twice = "from pathlib import Path\nfrom etl.config.settings import load\n"
    told = python(project, f"{twice}print(*(load(Path({str(project.config)!r})).accounts for _ in range(2)))")
    assert told.count("crm") >= 2
    assert marker.read_text() == "x"


@pytest.mark.parametrize(("other", "told"), [("", "2"), ("\n# edited\n", "is declared twice: by")])
def test_a_copy_of_a_file_in_another_project_is_the_same_system(other: str, told: str, project: Project) -> None:
    copy = project.folder / "copy"
    copy.mkdir()
    by_file(Project(copy), CRM + other, ACCOUNT, "https://example.nl")
    by_file(project, CRM, ACCOUNT, "https://example.nl")
    text = "from pathlib import Path\nfrom etl.errors import EtlError\nfrom etl.config.settings import load\n"
    text += f"try: print(len([load(Path(one)) for one in {[str(project.config), str(copy / 'etl.toml')]}]))\n"
    assert told in python(project, f"{text}except EtlError as error: print(error)")


@pytest.mark.parametrize("value", ["no module!", "", "contact_crm"])
def test_a_malformed_entry_point_hinders_nobody_who_does_not_use_it(
    value: str, project: Project, site: Path, server: Server
) -> None:
    install(site, CRM)
    (site / "contact_crm-1.0.dist-info" / "entry_points.txt").write_text(f"[contact_etl.systems]\ncrm = {value}\n")
    project.configure(BIKES, server.base_url)
    assert run(project, "check").code == 0
    project.configure(ACCOUNT, server.base_url)
    ran = run(project, "check")
    assert (ran.code, "the package contact-crm" in ran.err, "Traceback" in ran.err) == (78, True, False)


def test_the_names_of_fields_are_those_of_the_systems_in_use(project: Project, site: Path) -> None:
    install(site, CRM)
    told = "from etl.systems import SYSTEMS\nfrom etl.systems.shared.own_names import own_names\n"
    told += "print('mail' in own_names('contacts', 'email'))\n"
    assert python(project, f"{told}SYSTEMS['crm']\nprint('mail' in own_names('contacts', 'email'))").split() == [
        "False",
        "True",
    ]


def test_targets_in_a_module_of_their_own_are_checked(project: Project, site: Path) -> None:
    install(site, CRM.replace("    streams=(", '    targets="contact_crm_write",\n    streams=('))
    (site / "contact_crm_write.py").write_text(f'{TARGET}\nTARGETS = _target(stream="others")\n', "utf-8")
    listed = run(project, "sources", "--json")
    assert listed.code == 78
    assert "the module contact_crm_write" in listed.summary["error"]
    assert "targets.people.stream: there is no stream 'others'" in listed.summary["error"]


def test_targets_in_a_module_that_fails_are_named(project: Project, site: Path) -> None:
    install(site, CRM.replace("    streams=(", '    targets="contact_crm_write",\n    streams=('))
    project.configure(ACCOUNT)
    (project.folder / "rows.csv").write_text("source_id,display_name\n1,Jansen\n", "utf-8")
    ran = run(project, "push", "rows.csv", "--to", "crm.people", "--yes")
    assert (ran.code, "the module contact_crm_write cannot be imported" in ran.err) == (78, True)
    listed = run(project, "sources", "--json")
    assert (listed.code, "contact_crm_write" in listed.summary["error"]) == (78, True)
    assert "crm" in {one["system"] for one in listed.summary["sources"]}


@pytest.mark.parametrize("files", ['"my_api.py"', "[1]", '["absent.py"]', '["."]'])
def test_a_wrong_list_of_files_ends_with_78(files: str, project: Project) -> None:
    project.configure(f"[systems]\nfiles = {files}\n{ACCOUNT}")
    ran = project.cli("check")
    assert ran.code == 78
    assert "systems.files" in ran.err


# -- functions that fail ----------------------------------------------------------------------------------

FUNCTIONS_THAT_FAIL = {
    "raises": (
        '    return {"contacts"',
        '    raise KeyError("Planteijn")\n    return {"contacts"',
        "failed: KeyError at",
    ),
    "misuses": ("UNKNOWN, *(pl.col", '"sjoe", *(pl.col', "failed: ColumnNotFoundError at"),
    "nothing": ('    return {"contacts": ', '    return {"people": ', "gives people and not the tables contacts"),
    "columns": ('stamped(rows, "contacts", context)', "rows", "gives contacts with account as nothing, not String"),
    "loses": (
        'stamped(rows, "contacts"',
        'stamped(rows.head(9), "contacts"',
        "gives 9 rows of contacts for 250 records",
    ),
    "order": (
        'stamped(rows, "contacts", context)',
        'stamped(rows, "contacts", context).select("issues", pl.exclude("issues"))',
        "gives contacts with its columns in another order",
    ),
    "answer": ("lambda body: None", "lambda body: body.told", "failed: AttributeError at"),
}


@pytest.mark.parametrize("fault", FUNCTIONS_THAT_FAIL)
@pytest.mark.parametrize("by", ["package", "file"])
def test_a_function_that_fails_is_no_bug_of_ours(
    fault: str, by: str, project: Project, site: Path, server: Server
) -> None:
    old, new, reason = FUNCTIONS_THAT_FAIL[fault]
    assert old in CRM
    text = CRM.replace(old, new)
    if by == "package":
        install(site, text)
        project.configure(ACCOUNT, server.base_url)
    else:
        by_file(project, text, ACCOUNT, server.base_url)
    ran = run(project, "export", "--out", "out", "--json")
    assert (ran.code, ran.summary["exit_code"]) == (78, 78)
    assert reason in ran.err
    assert ("the package contact-crm (contact_crm:CRM)" if by == "package" else "my_api.py") in ran.err
    assert "Traceback" not in ran.err
    assert "Planteijn" not in ran.err + ran.out


# -- declarations that cannot work -------------------------------------------------------------------------

TARGET = """
from etl.systems.declare import Call, Changed, Newer, Target


def _target(**more):
    usual = dict(
        name="people", stream="people", table="contacts", create=Call("POST", "/people"), update=None, delete=None,
        draft=lambda row, drafting: [], merge=lambda remote, draft: {}, same=lambda one, other: False,
        created=lambda status, location, body: None,
    )
    return (Target(**{**usual, **more}),)


from dataclasses import replace
"""


def _paged(paging: str) -> str:
    """The declaration with a way of paging."""
    named = CRM.replace("    UNKNOWN,", "    UNKNOWN, IdAfter, NextOffset,", 1)
    return named.replace("            key=", f"            paging={paging},\n            key=")


CANNOT = {
    "key": (CRM.replace('key="id"', 'key="number"'), "streams.people.key: 'number' is not in the wire"),
    "next": (_paged('IdAfter("")'), "IdAfter", "parameter"),
    "pointer": (_paged('NextOffset("offset", "next")'), "NextOffset", "no 'next'"),
    "columns": (
        CRM.replace('Field(Text(), "display_name")', 'Field(Text(), "email")'),
        "the fields full_name and mail are both for the column email",
    ),
    "table": (
        CRM.replace('tables=("contacts",)', 'tables=("people",)'),
        "streams.people.tables: there is no table 'people'",
    ),
    "own key": (CRM.replace('"shelf": "main"', '"shelf": "main", "country": "NL"'), "has the option country"),
    "option": (CRM.replace('"shelf": "main"', ""), "streams.people.path: {shelf} is no option of the system"),
    "comma": (CRM.replace('auth=("basic",)', 'auth=("basic")'), "auth is no tuple: one value takes a comma behind it"),
    "sentence": (
        CRM.replace('auth=("basic",)', 'auth=("basic",), unverified=("How long a name may be.")'),
        "unverified is no tuple: one value takes a comma behind it",
    ),
    "name": (CRM.replace('id="crm"', 'id="My CRM"'), "id 'My CRM' is none"),
    "doubt": (
        TARGET + CRM + "CRM = replace(CRM, targets=_target(lookup=None))\n",
        "targets.people.lookup: there is no way to find what is in doubt",
    ),
    "changed": (
        TARGET + CRM + "CRM = replace(CRM, targets=_target(lookup=Changed()))\n",
        "targets.people.lookup: Changed() finds nothing, because the stream people has no since",
    ),
    "unread": (
        TARGET + CRM + 'CRM = replace(CRM, targets=_target(stream="others"))\n',
        "targets.people.stream: there is no stream 'others'",
    ),
}


@pytest.mark.parametrize("fault", CANNOT)
def test_a_declaration_that_cannot_work_is_refused_with_its_field(fault: str, project: Project, site: Path) -> None:
    text, *reasons = CANNOT[fault]
    install(site, text)
    project.configure(ACCOUNT)
    ran = run(project, "check")
    assert ran.code == 78
    assert [reason for reason in reasons if reason not in ran.err] == []
    assert "contact-crm" in ran.err or fault == "own key"
    assert "Traceback" not in ran.err
