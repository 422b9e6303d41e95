"""An erasure that is killed at any step is finished by the same command."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import orjson

from tests.person.world import EMAIL, PHONE, World, found_in, row, their_row

KILLED = """
import os, signal, sys
from etl.cli.main import main

left = int(sys.argv.pop(1))

def heed(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.truncate"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(heed)
main(sys.argv[1:])
"""
IN_STATEMENTS = """
import os, signal, sqlite3, sys
from etl.cli.main import main

left = int(sys.argv.pop(1))
CHANGES = ("INSERT", "UPDATE", "DELETE", "VACUUM", "PRAGMA WAL_CHECKPOINT(TRUNCATE)")

def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

class Mortal(sqlite3.Connection):
    def execute(self, sql, *values):
        if sql.upper().startswith(CHANGES):
            step()
        return super().execute(sql, *values)

    def executemany(self, sql, *values):
        step()
        return super().executemany(sql, *values)

    def commit(self):
        step()
        super().commit()
        step()

connect = sqlite3.connect
sqlite3.connect = lambda *given, **named: connect(*given, **named, factory=Mortal)
main(sys.argv[1:])
"""
FURTHER = 5
"""By how many renames and removals each run gets further than the one before."""


def erase(world: World, killed: str, step: int) -> int:
    """The exit code of an erasure that is killed at a step, if it has so many."""
    command = ["person", "erase", "--email", EMAIL, "--phone", PHONE, "--yes", "--quiet"]
    ran = subprocess.run(
        [sys.executable, "-c", killed, str(step), *command],
        cwd=world.folder,
        env=world.project.environment(),
        timeout=120,
        check=False,
    )
    return ran.returncode


async def test_killed_between_two_statements_of_the_databases_it_ends_with_nothing_left(world: World) -> None:
    """Each time further: in a transaction, before and after its end, and while the file is compacted."""
    await world.export()
    await world.push(row(1), their_row(2), {**their_row(3), "country": "Nergensland"})
    step, kills = 3, 0
    while (code := await asyncio.to_thread(erase, world, IN_STATEMENTS, step)) == -signal.SIGKILL:
        step, kills = step * 2, kills + 1
    assert (code, kills > 2) == (0, True)
    assert found_in(world.folder) == []
    assert not list((world.project.state / "erasures").glob("*.plan.json"))
    again = await world.push(row(1), their_row(2), {**their_row(3), "country": "Nergensland"})
    assert (again.count("created"), len(world.simulator.stores["invoicing.contacts"].ids())) == (0, 2)


async def test_killed_again_and_again_it_ends_with_nothing_left_and_all_of_it_certified(world: World) -> None:
    await world.export(forms=("parquet", "csv"))
    await world.push(row(1), their_row(2))
    found = world.find()
    rows = {path: path.stat().st_size for path in world.project.out.glob("*/*.parquet")}

    step, kills, told = 1, 0, list[int]()
    while (code := await asyncio.to_thread(erase, world, KILLED, step)) == -signal.SIGKILL:
        step, kills = step + FURTHER, kills + 1
        ran = world.project.cli("status", "--privacy", "--json")
        told.append(ran.summary["unfinished_erasures"])
        if told[-1] < max(told):  # killed behind its end
            assert found_in(world.folder) == []
            told.pop()
    assert (code, kills > 4) == (0, True)
    assert told == sorted(told)
    assert set(told) == {0, 1}, "and the last run finished it"
    assert found_in(world.folder) == []
    assert len(rows) == len(list(world.project.out.glob("*/*.parquet")))
    erasures = world.project.state / "erasures"
    assert not list(erasures.glob("*.plan.json"))
    certificates = [orjson.loads(path.read_bytes()) for path in erasures.glob("*-*.json")]
    done = {(one["place"], one["what"]) for certificate in certificates for one in certificate["done"]}
    assert {(one["place"], one["what"]) for one in found.places} <= done
    report = await world.export()
    assert report.returned == {"bikes.customers": 1, "park.contacten": 3, "books.contacts": 1}
