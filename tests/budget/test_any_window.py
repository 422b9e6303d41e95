"""Windows of any length, through the command: what is declared or configured counts, or is refused; none is a minute
that is not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from etl.systems.check import faults
from tests.support.limited import declared, office, refused, system_of
from tests.support.scripted import Server
from tests.support.workplace import Project

FIVE = "MovingWindow(150, seconds=300),"
BURST = f"MovingWindow(10, seconds=1), {FIVE}"


def status(project: Project) -> str:
    ran = project.etl("status", "--json")
    assert ran.code == 0, ran.err
    return str(ran.summary["budgets"]["crm"])


REFUSED = [
    (FIVE, "reserve_per_minute = 20", ["budget.reserve_per_minute", "no window of 60 s", "5 min", '"300" = 20']),
    (FIVE, "reserve_per_day = 20", ["budget.reserve_per_day", "no day", "5 min"]),
    (BURST, 'reserve = { "60" = 2 }', ['budget.reserve."60"', "no window of 60 s", "1 s, 5 min"]),
    ("", "reserve_per_minute = 2", ["budget.reserve_per_minute", "no window of 60 s", "there is none"]),
    (BURST, 'reserve = { "1" = 10 }', ['budget.reserve."1" (10) leaves nothing of 10 per 1 s']),
    (BURST, 'reserve = { "300" = 150 }', ['budget.reserve."300" (150) leaves nothing of 150 per 5 min']),
    (BURST, 'windows = { "300" = 9 }\nreserve = { "300" = 9 }', ["leaves nothing of 9 per 5 min"]),
    (BURST, 'reserve = { "300" = 1, "300.0" = 2 }', ["budget.reserve", "twice"]),
    (BURST, 'per_minute = 3\nwindows = { "60" = 4 }', ["per_minute", 'windows."60"']),
    (BURST, 'per_minute = 3\nreserve_per_minute = 1\nreserve = { "60" = 1 }', ["reserve_per_minute", 'reserve."60"']),
    (BURST, 'windows = { "0" = 4 }', ["budget.windows", "'0' is not a window"]),
    (BURST, 'windows = { "day" = 4 }', ["budget.windows", "per_day"]),
    (BURST, 'windows = { "hour" = 4 }', ["budget.windows", "'hour' is not a window"]),
    (BURST, 'windows = { "90000" = 4 }', ["budget.windows", "86400"]),
    (BURST, 'windows = { "300" = 0 }', ["budget.windows"]),
    (BURST, 'windows = { "300" = true }', ["budget.windows", "a number"]),
    (BURST, 'reserve = { "300" = -1 }', ["budget.reserve"]),
    (BURST, "reserve = 3", ["budget.reserve", "a table"]),
]
LOADING = """
import json, pathlib, sys
from etl.config import settings
from etl.errors import ConfigurationError
path, told = pathlib.Path("etl.toml"), []
for text in json.load(sys.stdin):
    path.write_text(text)
    try:
        settings.load(path)
        told.append("")
    except ConfigurationError as error:
        told.append(str(error))
print(json.dumps(told))
"""


@pytest.mark.parametrize("limits", [FIVE, BURST, ""])
def test_a_key_that_no_window_has_is_refused(limits: str, project: Project) -> None:
    lines = [(line, says) for of, line, says in REFUSED if of == limits]
    texts = [declared(project, limits, "[accounts.crm.budget]", line).config.read_text() for line, _ in lines]
    ran = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=project.folder, input=json.dumps(texts), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    for told, (line, says) in zip(json.loads(ran.stdout), lines, strict=True):
        assert [one for one in says if one not in told] == [], (line, told)


def test_a_refused_key_ends_the_command(project: Project) -> None:
    told = refused(declared(project, FIVE, "[accounts.crm.budget]", "reserve_per_minute = 20"))
    assert "accounts.crm: budget.reserve_per_minute: crm has no window of 60 s" in told


def test_windows_are_named_by_their_length(project: Project) -> None:
    declared(project, "MovingWindow(10, seconds=1), MovingWindow(60, seconds=60), MovingWindow(150, seconds=300), "
             "MovingWindow(900, seconds=7200), Daily(5000),")  # fmt: skip
    assert status(project) == (
        "10 of 10 per 1 s, 60 of 60 per 60 s, 150 of 150 per 5 min, 900 of 900 per 2 h, 5000 of 5000 today"
    )
    planned = project.etl("plan", "export", "crm")
    assert "150 of 150 per 5 min" in planned.out + planned.err


def test_a_limit_of_ones_own_is_a_window_of_its_own(project: Project) -> None:
    lines = ("[accounts.crm.budget]", "per_minute = 40", 'windows = { "300" = 100, "10" = 7 }')
    declared(project, FIVE, *lines, 'reserve = { "300" = 20, "10" = 2, "60" = 1 }')
    assert status(project) == "80 of 100 per 5 min, 5 of 7 per 10 s, 39 of 40 per 60 s"


def test_a_reserve_is_left_in_a_window_of_any_length(project: Project) -> None:
    with Server(office()) as server:
        lines = ("[accounts.crm.budget]", 'reserve = { "300" = 20, "day" = 500 }')
        declared(project, f"{FIVE} Daily(5000),", *lines, url=server.base_url)
        assert project.etl("export", "--out", "out").code == 0
        assert status(project) == "129 of 150 per 5 min, 4499 of 5000 today"
        checked = project.etl("check", "--json")
        assert checked.code == 0 and "128 of 150 per 5 min" in checked.out


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ("MovingWindow(0, seconds=60),", "limits: MovingWindow.limit is 0"),
        ("MovingWindow(-3, seconds=60),", "limits: MovingWindow.limit is -3"),
        ("MovingWindow(3, seconds=0),", "limits: MovingWindow.seconds is 0"),
        ("MovingWindow(3, seconds=-1),", "limits: MovingWindow.seconds is -1"),
        ("MovingWindow(3, seconds=90000),", "limits: MovingWindow.seconds is 90000"),
        ("MovingWindow(3, seconds=float('nan')),", "limits: MovingWindow.seconds is nan"),
        ("MovingWindow(True, seconds=60),", "limits: MovingWindow.limit is True"),
        ("Daily(0),", "limits: Daily.limit is 0"),
        ("MovingWindow(3, seconds=60), MovingWindow(4, seconds=60.0),", "3 and 4 per 60 s"),
        ("Daily(3), Daily(4),", "3 and 4 per day"),
    ],
)
def test_a_declaration_that_allows_nothing_or_contradicts_itself_is_refused(limits: str, says: str) -> None:
    assert any(says in fault for fault in faults(system_of(limits))), faults(system_of(limits))


def test_a_refused_declaration_ends_the_command(project: Project) -> None:
    told = refused(declared(project, "MovingWindow(0, seconds=60),"))
    assert "limits: MovingWindow.limit is 0" in told and "crm.py" in told
