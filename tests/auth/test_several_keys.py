"""Several keys in one account: each has calls of its own, and the next ones go to the one with most of them left."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from etl.config.identity import identity_of
from etl.systems.declare import Auth
from tests.support.clock import QuickClock
from tests.support.oauth import IN_A_HEADER, IN_THE_QUERY, declare
from tests.support.scripted import Answer, Seen, Server, shop
from tests.support.workplace import Project

KEYS = ["key-one-4c11", "key-two-8e20"]
BUDGET = "budget = {{ per_minute = 1000, per_day = {day} }}\n"
BASE = '\n[accounts.bikes]\nsystem = "cyclesoftware"\nbase_url = "{url}"\n'
BOTH = f'{BASE}api_keys = ["{KEYS[0]}", "{KEYS[1]}"]\n'


def key_in(seen: Seen) -> str:
    sent = seen.headers.get("Authorization", "").removeprefix("Bearer ")
    return sent or seen.headers.get("X-Auth", "").removeprefix("Token ") or seen.query.get("api_key", "")


@pytest.mark.parametrize("auth", ["bearer", IN_A_HEADER, IN_THE_QUERY], ids=["bearer", "header", "query"])
async def test_no_key_has_more_calls_than_its_own(
    auth: Auth, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five pages and what changed meanwhile take more calls than the four a day of one key."""
    declare(monkeypatch, auth)
    with Server(shop(50)) as server:
        project.configure(BOTH + BUDGET.format(day=4), server.base_url)
        report = await project.export(clock=QuickClock())
        assert (report.exit_code, len(project.ids())) == (0, 50), report
        parked = await project.export(full=True, clock=QuickClock())
        assert parked.exit_code == 75, "both are spent"
        assert Counter(map(key_in, server.seen)) == dict.fromkeys(KEYS, 4)


async def test_calls_go_to_the_key_with_most_left(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "bearer")
    with Server(shop(50)) as server:
        project.configure(BOTH + BUDGET.format(day=100), server.base_url)
        assert (await project.export(clock=QuickClock())).exit_code == 0
    made = Counter(map(key_in, server.seen))
    assert abs(made[KEYS[0]] - made[KEYS[1]]) <= 1, made


async def test_one_that_another_project_spent_is_passed_over(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first call nobody knows how many are left."""
    declare(monkeypatch, "bearer")
    other = Project(tmp_path / "other")
    other.folder.mkdir()
    with Server(shop(20)) as server:
        other.configure(f'{BASE}api_key = "{KEYS[0]}"\n' + BUDGET.format(day=4), server.base_url)
        assert [(await other.export(full=True, clock=QuickClock())).exit_code for _ in range(2)] == [0, 75]
        spent = len(server.seen)
        project.configure(BOTH + BUDGET.format(day=4), server.base_url)
        assert (await project.export(clock=QuickClock())).exit_code == 0
    assert {key_in(seen) for seen in server.seen[spent:]} == {KEYS[1]}


async def test_a_spent_key_gives_way_to_another(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that one key parked goes on with the second."""
    declare(monkeypatch, "bearer")
    with Server(shop(50)) as server:
        project.configure(f'{BASE}api_key = "{KEYS[0]}"\n' + BUDGET.format(day=4), server.base_url)
        assert (await project.export(clock=QuickClock())).exit_code == 75
        project.configure(BOTH + BUDGET.format(day=4), server.base_url)
        assert (await project.export(clock=QuickClock())).exit_code == 0
    assert [key_in(seen) for seen in server.seen[:5]] == [*[KEYS[0]] * 4, KEYS[1]]
    assert len(project.ids()) == 50


def test_what_is_left_is_told_of_all_keys_together(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "bearer")
    with Server(shop(5)) as server:
        project.configure(BOTH + BUDGET.format(day=4), server.base_url)
        told = project.cli("check", "--json").summary["accounts"]["bikes"]["budget"]
        assert "7 of 8 today" in told
        assert "7 of 8 today" in project.cli("status").out
        assert project.cli("plan", "export", "bikes").code == 0


def test_the_shop_is_known_by_the_first_key(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "bearer")
    alone = project.configure(f'{BASE}api_key = "{KEYS[0]}"\n').settings().accounts["bikes"]
    both = project.configure(BOTH).settings().accounts["bikes"]
    assert identity_of(both) == identity_of(alone)


def test_every_key_is_a_secret(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "bearer")
    quoting = Answer({"error": True, "error_message": f"neither {KEYS[0]} nor {KEYS[1]} is one"}, status=401)
    with Server([quoting]) as server:
        ran = project.configure(BOTH, server.base_url).cli("check")
    assert (ran.code, any(key in ran.out + ran.err for key in KEYS)) == (77, False), ran


@pytest.mark.parametrize(
    ("auth", "account", "told"),
    [
        ("basic", BOTH, "api_keys are no credential of cyclesoftware"),
        ("bearer", BOTH + 'api_key = "x"\n', "has both api_key and api_keys"),
        ("bearer", BASE + 'api_keys = ["a-key", "a-key"]\n', "has a key twice in api_keys"),
        ("bearer", BASE + 'api_keys = ["a-key", "${NOT_THERE}"]\n', "api_keys.1 needs the environment variable"),
        ("bearer", BASE + "api_keys = []\n", "has no credentials: api_key must be set"),
        ("bearer", BASE + 'api_keys = ["a\\nkey"]\n', "holds a line break"),
    ],
)
def test_keys_that_cannot_be_used_are_told(
    auth: Auth, account: str, told: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, auth)
    ran = project.configure(account).cli("check")
    assert (ran.code, told in ran.err, "a-key" in ran.err) == (78, True, False), ran
