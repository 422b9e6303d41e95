"""`etl plan` and the rehearsal: what a job would cost, before any call."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl.plan.rehearse import Rehearsal, rehearse
from tests.support.effort import effort_s
from tests.support.scripted import Answer, Seen, Server, shop
from tests.support.workplace import BIKES, PARK, Project


def planned(project: Project, *arguments: str) -> dict[str, dict[str, object]]:
    ran = project.etl("plan", *arguments, "--json")
    assert ran.code == 0, ran.err
    accounts = json.loads(ran.out.splitlines()[-1])["accounts"]
    assert isinstance(accounts, dict)
    return accounts


async def test_an_export_that_never_ran_is_not_guessed(project: Project) -> None:
    with Server(shop(40)) as server:
        project.configure(BIKES, server.base_url)
        assert planned(project, "export")["bikes"]["calls"] is None
        assert server.seen == []


async def test_the_last_run_tells_how_many_calls_the_next_one_needs(project: Project) -> None:
    with Server(shop(37)) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        before = len(server.seen)
        bikes = planned(project, "export")["bikes"]
        assert (bikes["calls"], bikes["fits_today"], len(server.seen)) == (before, True, before)
        assert before == 5


async def test_of_pages_of_one_row_the_calls_for_the_row_before_each_are_planned(project: Project) -> None:
    away = [False]

    def answer(seen: Seen) -> Answer:
        return Answer(b"", 503) if away[0] and seen.query.get("offset") == "4" else whole(seen)

    whole = shop(6, size=1)
    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        before = len(server.seen)
        assert planned(project, "export")["bikes"]["calls"] == before == 6 + 5 + 1
        away[0] = True
        assert (await project.export()).exit_code == 75
        away[0], tried = False, len(server.seen)
        left = planned(project, "export")["bikes"]["calls"]
        assert (await project.export()).exit_code == 0
        assert left == len(server.seen) - tried - 1, "the row before the page where it stopped is asked for once more"


async def test_a_probe_spends_one_call_and_foresees_the_round_at_the_end(project: Project) -> None:
    with Server(shop(7)) as server:
        project.configure(BIKES, server.base_url)
        assert planned(project, "export", "--probe")["bikes"]["calls"] == 2
        assert len(server.seen) == 1
        assert (await project.export()).exit_code == 0
        assert len(server.seen) == 1 + 2


async def test_what_does_not_fit_today_says_when_it_will_be_done(project: Project) -> None:
    with Server(shop(40)) as server:
        project.configure(BIKES + "[accounts.bikes.budget]\nper_day = 50\nreserve_per_day = 10\n", server.base_url)
        bikes = planned(project, "export", "--calls", "120")["bikes"]
        assert (bikes["fits_today"], bikes["today"], bikes["days"]) == (False, 40, 3)
        ran = project.etl("plan", "export", "--calls", "120")
        assert "does not fit today (40 calls do): 3 days" in ran.err


async def test_a_push_needs_a_look_at_the_list_and_the_calls_of_each_row(project: Project, tmp_path: Path) -> None:
    rows = tmp_path / "klanten.csv"
    rows.write_text("nr,name\n1,A\n2,B\n3,C\n")
    with Server(shop(1)) as server:
        project.configure(PARK, server.base_url)
        assert planned(project, "push", str(rows), "--to", "park.klanten", "--key", "nr")["park"]["calls"] == 7


async def test_a_plan_takes_what_the_push_takes(project: Project, tmp_path: Path) -> None:
    rows, more, mapping = tmp_path / "klanten.csv", tmp_path / "meer.csv", tmp_path / "map.toml"
    rows.write_text("Nummer;Naam;Notitie\n1;A;x\n2;B;\n3;C;\n")
    more.write_text("Nummer;Naam;Notitie\n4;D;\n")
    mapping.write_text('ignore = ["Notitie"]\n[columns]\nname = "Naam"\n')
    common = ["--to", "park.klanten", "--key", "Nummer", "--mode", "upsert", "--match", "email", "--source", "leden"]
    with Server(shop(1)) as server:
        project.configure(PARK, server.base_url)
        both = planned(project, "push", str(rows), str(more), *common, "--map", str(mapping), "--proof", "read")
        assert both["park"]["calls"] == 10
        assert planned(project, "push", str(rows), *common, "--map", str(mapping), "--limit", "2")["park"]["calls"] == 6
        unknown = project.etl("plan", "push", str(rows), *common)
        assert (unknown.code, server.seen) == (64, [])
        assert "--map" in unknown.err


def test_an_eight_day_migration_is_rehearsed_in_seconds(project: Project) -> None:
    """No day of it is waited for, and a call of the last day costs no more than one of the first."""
    project.configure(BIKES, "http://127.0.0.1:1")
    account = project.settings().accounts["bikes"]

    def play(calls: int) -> Rehearsal:
        return asyncio.run(rehearse(account, Counter({"": calls}), start=datetime(2026, 3, 10, 7, tzinfo=UTC)))

    plays: list[Rehearsal] = []
    first_s = effort_s(lambda: play(11_000))
    assert effort_s(lambda: plays.append(play(110_000)), tries=1) < 20 * first_s
    (played,) = plays
    assert sum(played.by_day.values()) == 110_000
    assert max(played.by_day.values()) == 15_000
    assert (min(played.by_day), max(played.by_day)) == (date(2026, 3, 10), date(2026, 3, 17))


@pytest.mark.parametrize("command", [["push", "nothing.csv", "--to", "bikes"], ["migrate", "shop", "--to", "bikes.x"]])
async def test_a_wrong_plan_is_refused_in_a_sentence(project: Project, command: list[str]) -> None:
    project.configure(BIKES, "http://127.0.0.1:1")
    ran = project.etl("plan", *command)
    assert ran.code == 64
    assert ran.err.startswith("etl: ")
