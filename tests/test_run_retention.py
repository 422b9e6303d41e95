"""Runs go with what they left in the output folder when they are old, and nothing that is needed goes with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl.cli.purge import purge as purge_command
from etl.config.settings import StateSettings
from etl.person.places.places import PLACES
from etl.runs.retention import forget_every_run
from etl.runs.workspace import open_state
from etl.state.journal import Extraction, Journal
from etl.state.journal_file import open_journal
from etl.state.manifests import Manifests
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Server
from tests.support.workplace import BIKES, Project
from tests.test_purge import Shop

FORMATS = (Path(__file__).parents[1] / "docs" / "formats.md").read_text("utf-8")
DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(()) as server:
        yield server


def shop_that_keeps(project: Project, server: Server, days: int, pages_days: int = 1) -> Shop:
    shop = Shop(project, server)
    project.configure(f"[state]\nkeep_days = {pages_days}\nkeep_runs_days = {days}\n{BIKES}", server.base_url)
    return shop


def known(project: Project) -> list[str]:
    """The runs in the journal, the oldest first."""
    with closing(open_journal(project.state)) as database:
        return [row["run_id"] for row in database.read("SELECT run_id FROM runs ORDER BY rowid")]


def summaries(project: Project) -> list[str]:
    return sorted(path.stem for path in (project.out / "runs").glob("*.json"))


async def test_a_run_older_than_keep_runs_days_goes_with_its_summary(project: Project, server: Server) -> None:
    shop = shop_that_keeps(project, server, 3)
    for _ in range(6):
        assert await shop.export() == 0
    assert len(known(project)) == 4, "those of the last three days, and the one of this moment"
    assert summaries(project) == sorted(known(project))
    assert (await project.replay(out=project.folder / "again")).exit_code == 0


@pytest.mark.parametrize(("days", "pages_days"), [(0, 1), (3, 0)])
async def test_all_of_them_stay_with_0_and_as_long_as_pages_they_fetched(
    days: int, pages_days: int, project: Project, server: Server
) -> None:
    shop = shop_that_keeps(project, server, days, pages_days)
    for _ in range(6):
        await shop.export()
    assert (len(known(project)), len(summaries(project))) == (6, 6)


async def test_the_last_run_of_each_command_stays_and_so_does_what_is_not_written_yet(
    project: Project, server: Server
) -> None:
    shop = shop_that_keeps(project, server, 3)
    table = project.out / "contacts" / "bikes.customers.parquet"
    table.mkdir(parents=True)
    assert await shop.export() == 73
    assert (await project.replay(out=project.out)).exit_code == 64
    late = QuickClock(NOON + 100 * DAY)
    assert forget_every_run(project.settings(), late) == 0
    assert len(known(project)) == 2


async def test_no_output_folder_is_forgotten_with_its_runs(project: Project, server: Server) -> None:
    """The tables in it stay, and who is erased or asked for is looked for there, too; also behind a lost journal."""
    shop = shop_that_keeps(project, server, 3)
    outs = [project.folder / name for name in ("dated-1", "dated-2")]
    for out in outs:
        assert await shop.export(out=out) == 0
    for _ in range(6):
        await shop.export()
    assert not {str(out) for out in outs} & {json.loads(run)["out"] for run in arguments(project)}
    (project.state / "state.db").unlink()
    assert project.cli("state", "rebuild").code == 0
    with open_state(project.settings()) as state:
        assert set(map(str, [*outs, project.out])) <= set(state.erasure.outputs())


def arguments(project: Project) -> list[str]:
    with closing(open_journal(project.state)) as database:
        return [row["arguments"] for row in database.read("SELECT arguments FROM runs")]


async def test_results_of_pushes_go_and_other_files_stay(project: Project, server: Server) -> None:
    shop_that_keeps(project, server, 3)
    with closing(open_journal(project.state)) as database:
        journal = Journal(database, Manifests(database, project.state / "landing"))
        old, new = (journal.begin_run("push", f'{{"out": "{project.out}"}}', at) for at in (NOON, NOON + 9 * DAY))
    made = [f"{run}{end}" for run in (old, new) for end in (".parquet", ".csv", ".review.xlsx")]
    for name in [*(f"results/{each}" for each in made), f"rejects/{old}.csv", "rejects/bikes.customers.jsonl"]:
        (project.out / name).parent.mkdir(parents=True, exist_ok=True)
        (project.out / name).write_text("x")
    kept = [project.state / "rejects" / f"{run}.parquet" for run in (old, new)]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert forget_every_run(project.settings(), QuickClock(NOON + 10 * DAY)) == 1
    assert [path.exists() for path in kept] == [False, True]
    left = sorted(str(path.relative_to(project.out)) for path in project.out.rglob("*") if path.is_file())
    assert left == [
        "rejects/bikes.customers.jsonl",
        *sorted(f"results/{new}{end}" for end in (".csv", ".parquet", ".review.xlsx")),
    ]


async def test_numbers_of_extractions_that_went_are_not_given_again(project: Project, server: Server) -> None:
    shop_that_keeps(project, server, 3)
    with closing(open_journal(project.state)) as database:
        journal = Journal(database, Manifests(database, project.state / "landing"))

        def begin() -> Extraction:
            run, first = journal.begin_run("export", "{}", NOON), {"offset": "0"}
            given = {
                "tenant": "t",
                "origin": "https://x",
                "arguments": "{}",
                "since": None,
                "first": first,
                "now": NOON,
            }
            return journal.begin_extraction(run, "bikes", "customers", **given)  # type: ignore[arg-type]  # as given

        numbers = [begin().id for _ in range(3)]
        forget_every_run(project.settings(), QuickClock(NOON + 10 * DAY))
        rows = [row["id"] for row in database.read("SELECT id FROM extractions")]
        assert (numbers, rows, begin().id) == ([1, 2, 3], [3], 4)


async def test_purge_says_how_many_runs_it_forgot(project: Project, server: Server) -> None:
    shop = shop_that_keeps(project, server, 0)
    for _ in range(3):
        await shop.export()
    shop_that_keeps(project, server, 3)
    ran = project.cli("purge", "--json")
    assert (ran.code, ran.summary["runs"]) == (0, 2)
    assert datetime.now(UTC) > NOON + 4 * DAY, "the exports were made in the past"


def test_the_document_says_of_each_kind_how_long_it_is_kept() -> None:
    table = FORMATS.partition("## What is kept how long")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    told = [tuple(part.strip().replace("`", "") for part in row) for row in rows]
    state = StateSettings(dir=Path(), budgets="")
    days = {"keep": f"{state.keep_days} days", "runs": f"{state.keep_runs_days} days"}
    assert told[2:] == [(one.name, one.where, one.kept.format(**days), one.people) for one in PLACES]
    assert all(key in (purge_command.help or "") for key in ("keep_days", "keep_runs_days"))
