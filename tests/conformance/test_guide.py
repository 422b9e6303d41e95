"""The guide leads from nothing to a green run: its files, its commands and its promises, word for word."""

from __future__ import annotations

import re
import shlex

from etl.conformance import limits, reading, writing
from etl.conformance.run import conformance, systems_in
from tests.support.plugins import CRM, GUIDE
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project

ROWS = 250
WALK = GUIDE.partition("## From nothing to a green run")[2].partition("### The promises")[0]


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", WALK, re.DOTALL)


def club(seen: Seen) -> Answer:
    """Tells people as the guide's page does."""
    if seen.headers.get("Authorization") != "Bearer s3cr3t-key" or seen.path != "/v1/people":
        return Answer({}, status=401)
    start = int(seen.query.get("after", "0"))
    told = [{"id": n, "firstName": "Jan", "address": {"zip": "1234 AB"}} for n in range(start, min(start + 100, ROWS))]
    following = start + 100 if start + 100 < ROWS else None
    return Answer({"people": told, "total": ROWS, "next": {"cursor": following and str(following), "url": None}})


def test_the_guide_leads_from_nothing_to_a_green_run_word_for_word(project: Project) -> None:
    (page,), (systems, account), commands = blocks("json"), blocks("toml"), "".join(blocks("console")).split("$ ")[1:]
    assert [shlex.split(command)[1] for command in commands] == ["new-system", "conformance", "check", "export"]
    (project.folder / "page.json").write_text(page, "utf-8")
    with Server(club) as server:
        for command in commands:
            name = shlex.split(command)[1]
            if name == "conformance":
                project.configure(systems)
            if name == "check":
                project.configure(systems + account.replace("https://api.club.example", server.base_url))
            ran = project.cli(*shlex.split(command)[1:], env={"CLUB_KEY": "s3cr3t-key"})
            assert ran.code == 0, f"{command}\n{ran.out}{ran.err}"
            if name == "conformance":
                held, of = re.findall(r"club: (\d+) of (\d+) promises hold", ran.err)[0]
                assert int(held) == int(of) > 10
            if name == "new-system":
                assert len(re.findall(r"Not guessed: (the path of a single record|how|the limits)", ran.err)) == 3
    table = project.table(of="club.people")
    assert table.height == ROWS
    assert {"Jan"} == set(table["first_name"])


def test_the_guide_tells_every_promise_by_its_name() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| (.*) \|$", GUIDE.partition("### The promises")[2].partition("\n## ")[0], re.MULTILINE
    )
    assert told == [(one.name, one.promise) for one in (*limits.CHECKS, *reading.CHECKS, *writing.CHECKS)]


def test_the_guides_system_with_functions_of_its_own_holds_every_promise(project: Project) -> None:
    (project.folder / "crm.py").write_text(CRM, "utf-8")
    (system,) = systems_in(project.folder / "crm.py")
    assert [(one.of, one.name, one.reason) for one in conformance(system) if one.outcome == "broken"] == []
