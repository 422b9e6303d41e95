"""What commands print: one JSON object for programs, tables for people, and nothing where nobody listens."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.scripted import Answer, Server, customer, page, shop
from tests.support.workplace import BIKES, BOOKS, ETL, PARK, Project

KEYS = {
    "run_id", "command", "status", "exit_code", "accounts", "tables", "received", "written", "duplicates", "rejected",
    "calls", "outcomes", "resume_at", "seconds", "error",
}  # fmt: skip


def test_an_export_ends_with_one_json_object_of_the_published_keys(project: Project) -> None:
    with Server(shop(25)) as server:
        ran = project.configure(BIKES, server.base_url).etl("export", "--out", "out", "--json")
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)
    summary = ran.summary
    assert set(summary) == KEYS
    assert summary["tables"]["contacts"] == {"rows": 25, "files": ["out/contacts/bikes.customers.parquet"]}
    assert summary["calls"] == {"sent": 4, "retried": 0, "limited": 0, "over_fetched": 0}
    assert summary["accounts"]["bikes"]["streams"]["customers"]["written"] == 25
    stored = json.loads((project.out / "runs" / f"{summary['run_id']}.json").read_text())
    assert stored == summary
    shown = project.cli("status", summary["run_id"], "--json")
    assert (shown.code, shown.summary) == (0, summary)
    listed = project.cli("status", "--json").summary["runs"]
    assert [(run["run_id"], run["status"], run["exit_code"]) for run in listed] == [(summary["run_id"], "complete", 0)]


def test_a_failed_stream_leaves_the_others_whole_and_decides_the_code(project: Project) -> None:
    def answer(seen: Any) -> Answer:
        return Answer({}, 401) if seen.path.startswith("/api2") else shop(5)(seen)

    with Server(answer) as server:
        ran = project.configure(BIKES + PARK, server.base_url).etl("export", "--out", "out", "--json")
    assert (ran.code, ran.summary["status"]) == (77, "partial")
    assert ran.summary["written"] == 5
    assert "park" in ran.summary["error"]
    assert (project.out / "contacts" / "bikes.customers.parquet").exists()
    assert not (project.out / "contacts" / "park.contacten.parquet").exists()


@pytest.mark.parametrize(
    ("status", "code"), [(401, 77), (403, 77), (400, 69), (302, 76)]
)  # fmt: skip
def test_check_ends_with_the_code_of_what_is_wrong(status: int, code: int, project: Project) -> None:
    with Server([Answer({}, status)]) as server:
        ran = project.configure(BIKES, server.base_url).cli("check", "--json")
    assert (ran.code, ran.summary["exit_code"]) == (code, code)
    assert ran.summary["accounts"]["bikes"]["error"]


def test_check_of_an_account_that_answers_is_0(project: Project) -> None:
    with Server([Answer(page([]))]) as server:
        ran = project.configure(BIKES, server.base_url).cli("check", "--json")
    assert (ran.code, len(server.seen)) == (0, 1)
    assert "359 of 360" in ran.summary["accounts"]["bikes"]["budget"]


def test_get_prints_a_record_normalised_or_as_received(project: Project) -> None:
    with Server([Answer(customer(7))]) as server:
        project.configure(BIKES, server.base_url)
        (record,) = project.cli("get", "bikes.customers", "7", "--json").summary["records"]
        (raw,) = project.cli("get", "bikes.customers", "7", "--raw", "--json").summary["records"]
    assert (record["source_id"], record["phone_numbers"][0]["e164"]) == ("7", "+31612345678")
    assert raw == customer(7)
    assert server.seen[0].path == "/api/v1/customers/7.json"


def test_a_record_that_is_not_there_is_69(project: Project) -> None:
    with Server([Answer({}, 404)]) as server:
        ran = project.configure(BIKES, server.base_url).cli("get", "bikes.customers", "../../7", "--json")
    assert (ran.code, ran.summary["exit_code"]) == (69, 69)
    assert server.seen[0].path.endswith("7.json")


def test_no_configuration_is_78_and_says_how_to_begin(project: Project) -> None:
    ran = project.cli("export", "--out", "out", "--json")
    assert (ran.code, ran.summary["exit_code"]) == (78, 78)
    assert "--config" in ran.err


@pytest.mark.parametrize(
    "arguments", [["sources"], ["sources", "--json"], ["--help"], ["export", "--help"], ["--version"]]
)
def test_a_closed_stdout_ends_a_command_without_a_word(arguments: list[str], project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run([ETL, *arguments], stdout=writer, stderr=subprocess.PIPE, cwd=project.folder, check=False)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (74, b"")


@pytest.mark.parametrize("arguments", [["sources"], ["sources", "--json"]])
def test_a_full_stdout_is_74_with_a_line_about_it(arguments: list[str], project: Project) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([ETL, *arguments], stdout=full, stderr=subprocess.PIPE, cwd=project.folder, check=False)
    assert ran.returncode == 74
    assert ran.stderr.startswith(b"etl: ") and ran.stderr.count(b"\n") == 1


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-", ">&- 2>&-", ">&-"])
def test_no_place_for_messages_is_no_reason_to_fail(redirected: str, project: Project) -> None:
    with Server([Answer({**page([customer(1), {}])})]) as server:
        project.configure(BIKES, server.base_url)
        command = f"exec {ETL} export --out out --log-format json {redirected}"
        ran = subprocess.run(["bash", "-c", command], cwd=project.folder, env=project.environment(), check=False)
    assert ran.returncode == 65
    assert project.ids() == ["1"]


def test_a_person_at_a_terminal_sees_a_table_and_a_sentence(project: Project) -> None:
    parent, child = pty.openpty()
    with Server(shop(25)) as server:
        project.configure(BIKES, server.base_url)
        ran = subprocess.run(
            [ETL, "export", "--out", "out"], cwd=project.folder, env=project.environment({"TERM": "xterm"}),
            stdin=child, stdout=subprocess.PIPE, stderr=child, text=True, check=False,
        )  # fmt: skip
    told = os.read(parent, 65536).decode()
    os.close(parent)
    os.close(child)
    assert ran.returncode == 0
    assert "contacts" in ran.stdout and "25" in ran.stdout
    assert "complete: 27 received = 25 written + 2 duplicates + 0 rejected" in told


# -- secrets and customers ----------------------------------------------------------------------------

SECRETS = {"PLANTED_USER": "user-4f1d", "PLANTED_PASSWORD": "pass-9b2e", "PLANTED_KEY": "key-77c3"}
CUSTOMER = ["Planteijn", "planteijn@example.nl", "0612349876", "Geheimstraat"]
ENCODED = ["dXNlci00ZjFkOnBhc3MtOWIyZQ"]  # the Basic header, in its beginning
CONFIG = (
    (BIKES + PARK + BOOKS)
    .replace('"shop"', '"${PLANTED_USER}"')
    .replace('"office"', '"${PLANTED_USER}"')
    .replace('"s3cr3t-password"', '"${PLANTED_PASSWORD}"')
    .replace('"s3cr3t-key"', '"${PLANTED_KEY}"')
)
PLANTED = {"name": "Planteijn", "email": "planteijn@example.nl", "street": "Geheimstraat"}
ANSWERS: dict[str, Answer] = {
    "a web page": Answer(f"<html>{CUSTOMER}</html>".encode()),
    "cut": Answer(json.dumps(page([customer(1, **PLANTED)])).encode()[:-40]),
    "an error": Answer({"error": True, "error_message": "planteijn@example.nl, 06 12349876 is not allowed"}),
    "refused": Answer({"error": True, "error_message": "planteijn@example.nl"}, 401),
    "outage": Answer(json.dumps(PLANTED).encode(), 418),
    "a rotten record": Answer(page([customer(1, **PLANTED, discount_percentage="Planteijn"), {"name": "Planteijn"}])),
    "a wild redirect": Answer(b"", 302, {"Location": "https://planteijn@example.nl/Geheimstraat"}),
    "a wild offset": Answer(page([customer(1, **PLANTED)], "Planteijn")),
    "a wild count": Answer({"customers": [], "pagination": {"count": "0612349876"}}),
    "too deep": Answer(b'{"customers":[{"Planteijn":' + b"[" * 5000),
}


AGAIN = {"cut": 76, "too deep": 76, "a web page": 75}


def check_told(told: str) -> None:
    assert "Traceback" not in told
    for planted in [*SECRETS.values(), *ENCODED, *CUSTOMER]:
        assert planted not in told, f"{planted} in {told}"


@pytest.mark.parametrize("case", [case for case in ANSWERS if case not in AGAIN])
def test_neither_secrets_nor_customers_are_ever_told(case: str, project: Project) -> None:
    with Server([ANSWERS[case]]) as server:
        project.configure(CONFIG, server.base_url)
        told = ""
        for log_format in ("json", "text"):
            common = ["--json", "--log-format", log_format]
            ran = project.cli("export", "bikes", "--out", "out", *common, env=SECRETS)
            assert ran.code in (65, 69, 76, 77), ran
            told += ran.out + ran.err
        if case in ("an error", "refused", "outage", "a wild redirect"):
            ran = project.cli("find", "bikes.customers", "--email", CUSTOMER[1], "--json", env=SECRETS)
            assert ran.code in (69, 76, 77), ran
            told += ran.out + ran.err
    check_told(told + "".join(path.read_text() for path in (project.out / "runs").iterdir()))


@pytest.mark.parametrize("case", AGAIN)
async def test_neither_secrets_nor_customers_are_told_after_several_tries(
    case: str, project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with Server([ANSWERS[case]]) as server:
        report = await project.configure(CONFIG, server.base_url).export("bikes")
    assert report.exit_code == AGAIN[case]
    runs = "".join(path.read_text() for path in (project.out / "runs").iterdir())
    check_told(runs + "".join(capfd.readouterr()) + repr(report) + repr(report.errors))


PROXY_USER, PROXY_PASSWORD = "proxy-us\u00e9r", "s3cr\u00e9t/of the=proxy"


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_proxys_user_and_password_are_not_told_in_any_form(log_format: str, project: Project) -> None:
    user, password = quote(PROXY_USER), quote(PROXY_PASSWORD, safe="").replace("proxy", "%70roxy")

    def answer(seen: Any) -> Answer:
        sent = seen.headers["Proxy-Authorization"]
        said = f"{sent} of {PROXY_USER} with {PROXY_PASSWORD}, {user}:{password}, is refused"
        return Answer({"error": True, "error_message": said}, 401)

    with Server(answer) as server:
        proxy = f"http://{user}:{password}@127.0.0.1:{server.port}"
        project.configure(BIKES + f'proxy = "{proxy}"\n', "http://127.0.0.1:9")
        ran = project.cli("check", "--json", "--log-format", log_format)
    assert (ran.code, len(server.seen), "is refused" in ran.err, "is refused" in ran.out) == (77, 1, True, True)
    sent = b64encode(f"{PROXY_USER}:{PROXY_PASSWORD}".encode("latin-1")).decode()
    assert server.seen[0].headers["Proxy-Authorization"] == f"Basic {sent}"
    for planted in (user, password, PROXY_USER, PROXY_PASSWORD, sent[:12], sent[-12:]):
        assert planted not in ran.out + ran.err


def test_a_bug_of_ours_is_told_without_the_data_it_met(project: Project) -> None:
    script = (
        "import sys\nfrom etl.cli import main, sources\n"
        "def broken(**_):\n    raise KeyError('Planteijn', 'pass-9b2e')\n"
        "sources.sources.callback = broken\nmain(['sources', '--json'])"
    )
    ran = subprocess.run([ETL.with_name("python"), "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 70
    assert "KeyError" in ran.stderr and "Planteijn" not in ran.stdout + ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["exit_code"] == 70


# -- secrets that are ordinary words ------------------------------------------------------------------

ORDINARY = (
    "1234", "2026", "0", "true", "null", "complete", "failed", "customers", "custom", "contacts", "bikes", "demo",
    "office", "parquet", "written", "/contacts/", "cyclesoftware",
)  # fmt: skip
ACCOUNT = BIKES.replace("bikes", "{name}").replace("s3cr3t-password", "{secret}")


def with_secrets(*secrets: str) -> str:
    """The account that is asked, and others of the same shop, each with a secret of its own."""
    others = [ACCOUNT.replace("{name}", f"other{n}").replace("{secret}", one) for n, one in enumerate(secrets)]
    return BIKES + "".join(others)


def told_by(project: Project, *arguments: str) -> tuple[dict[str, Any], set[tuple[str | None, ...]]]:
    """The summary without what differs between two runs, and what the log lines have for programs."""
    ran = project.etl(*arguments, "--json", "--log-format", "json")
    summary = ran.summary
    if "run_id" in summary:
        file = project.folder / "demo-office" / "runs" / f"{summary.pop('run_id')}.json"
        stored = json.loads(file.read_text())
        assert {name: one for name, one in stored.items() if name != "run_id"} == summary
        summary.pop("seconds")
        summary["calls"] = list(summary["calls"])  # how many are made ahead is chance
    lines = [json.loads(line) for line in ran.err.splitlines()]
    return summary, {(line["level"], line.get("account"), line.get("stream"), *line) for line in lines}


def test_secrets_that_are_ordinary_words_change_nothing_of_what_programs_read(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Project(tmp_path_factory.mktemp("other"))
    found = []
    with Server(lambda seen: shop(1234)(seen) if not seen.path.endswith("/1.json") else Answer({}, 404)) as server:
        for one, config in ((project, with_secrets("s3cr3t-word")), (other, with_secrets(*ORDINARY))):
            one.configure(config, server.base_url)
            export = told_by(one, "export", "bikes", "--out", "demo-office")
            failed = told_by(one, "get", "bikes.customers", "1")[0]
            failed["error"] = ""
            status = told_by(one, "status")[0]
            assert len(status["runs"]) == 1
            found.append((export, failed, list(status["runs"][0])))
    assert found[0] == found[1]
    assert found[1][0][0]["tables"]["contacts"]["rows"] == 1234


def test_a_secret_that_is_a_name_or_a_part_of_one_leaves_the_name(project: Project) -> None:
    said = {"error": True, "error_message": "xcustomx is odd, custom is wrong"}
    with Server([Answer(said, 401)]) as server:
        project.configure(with_secrets("custom", "bikes"), server.base_url)
        ran = project.etl("export", "bikes", "--out", "demo-office")
        checked = project.etl("check", "bikes")
    assert "etl: bikes.customers" in ran.err and "etl: bikes: the server refuses" in checked.err
    assert "custom is wrong" not in ran.err and "… is wrong" in ran.err


def test_a_secret_that_names_something_is_told_by_check_and_not_shown(project: Project) -> None:
    config = BIKES.replace("s3cr3t-password", "customers") + BOOKS.replace("s3cr3t-password", "bik")
    config += PARK.replace("s3cr3t-key", "books")
    with Server([Answer([])]) as server:
        ran = project.configure(config, server.base_url).etl("check", "park", "--log-format", "json", "--json")
    warned = [line["message"] for line in map(json.loads, ran.err.splitlines()) if line["level"] == "warning"]
    assert [message.partition(" ")[0] for message in warned] == [
        "accounts.bikes.password", "accounts.books.password", "accounts.park.api_key"
    ]  # fmt: skip
    assert all("cannot be kept out of messages" in message for message in warned)
    assert "customers" not in warned[0] and "books" not in warned[2]


# -- paths that no file can have ----------------------------------------------------------------------

NO_PATH = "a\0b"
WITH_PATHS = (
    ("check", "--config", NO_PATH),
    ("export", "--out", NO_PATH),
    ("replay", "--out", NO_PATH),
    ("normalise", NO_PATH, "--out", "x.csv"),
    ("normalise", "people.csv", "--out", f"{NO_PATH}.csv"),
    ("push", NO_PATH, "--to", "bikes.customers", "--yes"),
    ("push", "people.csv", "--to", "bikes.customers", "--yes", "--out", NO_PATH),
    ("push", "people.csv", "--to", "bikes.customers", "--yes", "--map", NO_PATH),
    ("push", "people.csv", "--to", "bikes.customers", "--yes", "--with", f"contact_persons={NO_PATH}"),
    ("migrate", "bikes", "--to", "park.contacten", "--yes", "--out", NO_PATH),
    ("verify", "RUN", "--out", NO_PATH),
    ("undo", "RUN", "--out", NO_PATH, "--yes"),
    ("review", "RUN", "--from", NO_PATH),
    ("review", "RUN", "--out", NO_PATH),
    ("plan", "push", NO_PATH, "--to", "bikes.customers"),
    ("person", "find", "--email", "a@b.nl", "--out", NO_PATH),
    ("person", "pseudonymise", NO_PATH, "--out", "x.csv"),
    ("purge", "--config", NO_PATH),
    ("init", "--config", NO_PATH),
    ("simulate", "--faults", NO_PATH),
    ("status", NO_PATH),
)


@pytest.mark.parametrize("arguments", WITH_PATHS, ids=[" ".join(one).replace("\0", "NUL") for one in WITH_PATHS])
def test_a_path_with_a_nul_byte_is_wrong_usage(arguments: tuple[str, ...], project: Project) -> None:
    (project.folder / "people.csv").write_text("source_id,name\n1,Jansen\n")
    ran = project.configure(BIKES + PARK).cli(*arguments, "--json")
    assert (ran.code, "A bug of ours" in ran.err) == (64, False), ran.err
