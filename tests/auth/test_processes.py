"""Processes that share a credential, and one that is killed while it fetches a token."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.crash.disk import Blow, Disk, Point, Trace
from tests.support.oauth import CRM_ACCOUNT, FIRST, OAuthShop, crm
from tests.support.plugins import people
from tests.support.scripted import Answer, Server
from tests.support.workplace import Project, ended

EXPORT = ("export", "--out", "out", "--json")
HELD_S = 3_600.0


# what is struck, by its kind and number; what strikes; requests for tokens; and how the next run ends
STRUCK = {
    "before the refresh is noted": (Point("syncdir", "tokens", 1), "power", [FIRST], 0),
    "before the answer is stored": (Point("create", "tokens/.*", 2), "power", [FIRST, FIRST], 77),
    "before it is durable": (Point("syncdir", "tokens", 2), "power", [FIRST, FIRST], 77),
    "after it": (Point("syncdir", "tokens", 2), "torn", [FIRST], 0),
    "on a full disk": (Point("create", "tokens/.*", 2), "full", [FIRST, FIRST], 77),
}


def shop_of_people(**how: object) -> OAuthShop:
    return OAuthShop(behind=lambda seen: Answer(people(250)), **how)  # type: ignore[arg-type]


def configured(folder: Path, server: Server) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "my_api.py").write_text(crm('RefreshToken("/token")'))
    return Project(folder).configure(CRM_ACCOUNT, server.base_url)


def test_three_processes_at_once_make_one_refresh(tmp_path: Path) -> None:
    """Three projects of one user."""
    bikes = shop_of_people(token_wait_s=0.5)
    with Server(bikes) as server:
        projects = [configured(tmp_path / f"p{n}", server) for n in range(3)]
        shared = {"XDG_STATE_HOME": str(tmp_path / "xdg")}
        processes = [project.start(*EXPORT, env=shared) for project in projects]
        ran = [ended(process) for process in processes]
    assert [one.code for one in ran] == [0, 0, 0], ran
    assert [sent["refresh_token"] for sent in bikes.asked] == [FIRST]


@pytest.mark.parametrize("grace", [0, 1])
def test_a_kill_before_an_answer_is_stored_is_recognised(grace: int, tmp_path: Path) -> None:
    """The server has done it and holds its answer: nobody but it knows the next refresh token."""
    bikes = shop_of_people(grace=grace, token_answers=[Answer(b"{}", wait_s=HELD_S)])
    with Server(bikes) as server:
        project = configured(tmp_path / "p", server)
        process = project.start(*EXPORT)
        server.wait_for(1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (file,) = (project.folder / "xdg" / "contact-etl" / "tokens").glob("*.json")
        assert json.loads(file.read_text())["sent_at"] is not None
        ran = project.etl(*EXPORT)
    assert [sent["refresh_token"] for sent in bikes.asked] == [FIRST, FIRST]
    assert ran.code == (0 if grace else 77), ran
    assert ("never came here: the next refresh token was in it, and is lost" in ran.err) == (not grace)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    return Disk(tmp_path_factory.mktemp("disk"))


@pytest.mark.parametrize("when", STRUCK)
def test_a_crash_while_tokens_are_stored_loses_none_without_a_word(when: str, tmp_path: Path, disk: Disk) -> None:
    point, deed, asked, code = STRUCK[when]
    bikes, log = shop_of_people(), tmp_path / "log"
    with Server(bikes) as server:
        project = configured(tmp_path / "p", server)
        root = project.folder / "xdg" / "contact-etl"
        (root / "tokens").mkdir(parents=True, mode=0o700)
        struck = disk.environment(root, log, tmp_path / "save", Blow(deed, point))
        project.etl("check", env=struck, start_new_session=True)  # the whole group of processes is killed
        assert Trace.read(log).struck, log.read_text()
        ran = project.etl("check")
    assert (ran.code, [sent["refresh_token"] for sent in bikes.asked]) == (code, asked), ran
    assert ("is lost" in ran.err) == (code == 77)
