"""Access tokens of OAuth 2: fetched, renewed, shared, and never lost without a word."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import datetime
from pathlib import Path

import pytest

from etl.errors import TryLater
from etl.http.answer import Response
from etl.runs.workspace import open_clients
from etl.systems.declare import ONE, Auth
from tests.support.clock import QuickClock
from tests.support.oauth import ACCOUNT, CLIENT, FIRST, KEPT, OF_THE_CLIENT, ROTATING, SECRET, OAuthShop, declare
from tests.support.scripted import Answer, Server, shop
from tests.support.workplace import Project

NO_REFRESH = "\n".join(line for line in ACCOUNT.splitlines() if not line.startswith("refresh_token"))
LOST = Answer(lost=True)
EXPORT = ("export", "--out", "out", "--json")


def kept(project: Project) -> list[Path]:
    return sorted((project.folder / "xdg" / "contact-etl" / "tokens").glob("*.json"))


@pytest.mark.parametrize(
    ("kind", "account", "grant"),
    [
        (ROTATING, ACCOUNT, "refresh_token"),
        (KEPT, ACCOUNT, "refresh_token"),
        (OF_THE_CLIENT, NO_REFRESH, "client_credentials"),
    ],
    ids=["rotating", "kept", "client"],
)
def test_an_export_fetches_one_token_and_the_next_run_takes_it_too(
    kind: Auth, account: str, grant: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, kind)
    bikes = OAuthShop(rotates=kind is ROTATING)
    with Server(bikes) as server:
        project.configure(account, server.base_url)
        for _ in range(2):
            ran = project.cli(*EXPORT, "--full")
            assert (ran.code, ran.summary["written"]) == (0, 25), ran
        assert project.cli("check").code == 0
    assert [sent["grant_type"] for sent in bikes.asked] == [grant]
    assert bikes.clients == [(CLIENT, SECRET)]
    assert bikes.asked[0].get("scope") == (None if kind is ROTATING else "contacts")
    (file,) = kept(project)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_a_token_is_renewed_ahead_of_its_expiry(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, ROTATING)
    bikes, clock = OAuthShop(lasts="600"), QuickClock()
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        for passed, tokens in ((0, 1), (579, 1), (1, 2)):
            await clock.advance(passed)
            report = await project.export(full=True, clock=clock)
            assert (report.exit_code, len(bikes.asked)) == (0, tokens)
    assert [sent["refresh_token"] for sent in bikes.asked] == [FIRST, "refresh-1-5be2"]
    assert bikes.left["access-1-e8c1"] < 1_000


def test_a_token_that_is_refused_is_renewed_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is good for two calls, and four pages are asked for."""
    declare(monkeypatch, OF_THE_CLIENT)
    bikes = OAuthShop(calls=2, lasts=None)
    with Server(bikes) as server:
        ran = project.configure(NO_REFRESH, server.base_url).cli(*EXPORT)
    assert (ran.code, ran.summary["written"], len(bikes.asked)) == (0, 25, 2), ran


@pytest.mark.parametrize(
    ("early", "code", "told"),
    [
        (Answer(status=429), 75, "refused ahead of its time"),
        (Answer({"error": "invalid_request"}, status=400), 77, "Run the same command again after 2026-03-10 12:09:40"),
    ],
    ids=["429", "400"],
)
async def test_a_token_refused_ahead_of_its_time_is_waited_for_before_consent_is_given_anew(
    early: Answer, code: int, told: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server gives no other one within 570 seconds, whatever it says to whoever asks."""
    declare(monkeypatch, ROTATING)
    bikes, clock = OAuthShop(calls=2, token_answers=[None, *[early] * 5]), QuickClock()
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        report = await project.export(clock=clock)
        (error,) = report.errors
        assert report.exit_code == code, error
        assert told in f"{error}"
        (file,) = kept(project)
        good_until = datetime.fromisoformat(json.loads(file.read_text())["good_until"])
        assert error.resume_at == good_until if isinstance(error, TryLater) else code == 77
        bikes.token_answers.clear()
        bikes.calls, bikes.refresh = 1_000, {"refresh-1-5be2": 1}
        await clock.advance((good_until - clock.now()).total_seconds())
        assert (await project.export(clock=clock)).exit_code == 0


def test_a_token_is_asked_for_on_a_connection_of_its_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that closes a kept one as the request goes out would leave a refresh in doubt."""
    declare(monkeypatch, ROTATING)
    with Server(OAuthShop(calls=3)) as server:
        assert project.configure(ACCOUNT, server.base_url).cli(*EXPORT).code == 0
    asked = [seen for seen in server.seen if seen.path == "/token"]
    assert [seen.headers.get("Connection") for seen in asked] == ["close", "close"]


def test_a_server_that_refuses_every_token_is_asked_for_two(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(refuses=True, token_answers=[None] * 4 + [Answer(status=404)])  # the last ends a test that loops
    with Server(bikes) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli(*EXPORT)
    assert (ran.code, len(bikes.asked)) == (77, 2), ran
    assert "refuses these credentials (401)" in ran.err


def test_a_write_whose_token_is_refused_goes_out_once_with_another(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, OF_THE_CLIENT)
    bikes = OAuthShop(behind=shop(0))
    created: list[bytes] = []

    def behind(seen):  # type: ignore[no-untyped-def]
        if seen.method != "POST":
            return shop(0)(seen)
        if len(created) == 0 and len(bikes.asked) == 1:
            return Answer({"error": True}, status=401)
        created.append(seen.body)
        return Answer({"error": False, "customer_id": 7}, status=200)

    bikes.behind = behind
    (project.folder / "people.csv").write_text("source_id,last_name,city,email\n1,Jansen,Utrecht,j@example.nl\n")
    with Server(bikes) as server:
        project.configure(NO_REFRESH + "\nsettle_s = 0.05\n", server.base_url)
        project.cli("push", "people.csv", "--to", "bikes.customers", "--yes", "--out", "out", "--json")
    assert (len(created), len(bikes.asked)) == (1, 2)


@pytest.mark.parametrize("answer", [Answer({"error": "invalid_client"}, status=401), Answer(b"<html>", status=403)])
def test_a_refusal_that_is_not_of_the_token_is_not_taken_for_its_loss(
    answer: Answer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(token_answers=[Answer(status=502), answer], grace=2)
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        told = [project.cli("check") for _ in range(3)]
    assert [ran.code for ran in told] == [75, 77, 0]
    assert "is lost" not in told[1].err


# -- a lost answer ------------------------------------------------------------------------------------------


def test_a_lost_answer_to_a_refresh_is_not_repeated_and_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(token_answers=[LOST])
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        ran = project.cli(*EXPORT)
        assert (ran.code, len(bikes.asked)) == (75, 1), ran
        assert "tries the old one once more" in ran.err
        again = project.cli(*EXPORT)
        assert (again.code, len(bikes.asked)) == (77, 2), again
    assert bikes.asked[1]["refresh_token"] == FIRST
    for told in ("never came here", "Give consent anew", "accounts.bikes.refresh_token", "etl accounts same bikes"):
        assert told in again.err


async def test_a_lost_answer_is_told_to_every_request_of_the_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(token_answers=[LOST] * 9)

    async def read(response: Response) -> Response:
        return response

    with Server(bikes) as server:
        settings = project.configure(ACCOUNT, server.base_url).settings()
        accounts = [*settings.accounts.values()]
        async with open_clients(settings, accounts, clock=QuickClock(), wait=False) as clients:
            for _ in range(2):
                with pytest.raises(TryLater, match="tries the old one once more"):
                    await clients["bikes"].ask("/list", {}, read, where="bikes")
    assert len(bikes.asked) == 1


async def test_a_run_that_is_stopped_keeps_what_a_refresh_brings(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(token_wait_s=0.3)

    async def read(response: Response) -> Response:
        return response

    with Server(bikes) as server:
        settings = project.configure(ACCOUNT, server.base_url).settings()
        accounts = [*settings.accounts.values()]
        async with open_clients(settings, accounts, clock=QuickClock(), wait=False) as clients:
            asking = asyncio.create_task(clients["bikes"].ask("/list", {}, read, where="bikes"))
            await asyncio.to_thread(server.wait_for, 1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
    (file,) = kept(project)
    found = json.loads(file.read_text())
    assert (found["refresh_token"], found["sent_at"]) == ("refresh-1-5be2", None)


async def test_a_token_is_renewed_between_the_calls_of_one_turn(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, OF_THE_CLIENT)
    bikes = OAuthShop(calls=1, lasts=None)

    async def read(response: Response) -> Response:
        return response

    with Server(bikes) as server:
        settings = project.configure(NO_REFRESH, server.base_url).settings()
        accounts = [*settings.accounts.values()]
        async with open_clients(settings, accounts, clock=QuickClock(), wait=False) as clients:
            client = clients["bikes"]
            async with client.turn(ONE, ONE) as turn:
                first = await client.ask("/list", {}, read, where="bikes", turn=turn)
                second = await client.ask("/list", {}, read, where="bikes", turn=turn)
            assert (first.status, second.status, client.calls.sent) == (200, 200, 3)
    assert len(bikes.asked) == 2


def test_where_the_server_takes_the_old_one_for_a_while_nothing_is_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(token_answers=[Answer(status=502)], grace=1)
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        assert [project.cli(*EXPORT).code for _ in range(2)] == [75, 0]
    assert [sent["refresh_token"] for sent in bikes.asked] == [FIRST, FIRST]


def test_consent_given_anew_takes_over_and_exports_go_on(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop()
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        assert project.cli(*EXPORT).code == 0
        bikes.refresh = {"refresh-anew-77d0": 1}
        bikes.left.clear()
        assert project.cli(*EXPORT, "--full").code == 77
        project.configure(ACCOUNT.replace(FIRST, "refresh-anew-77d0"), server.base_url)
        assert project.cli("accounts", "same", "bikes").code == 0
        ran = project.cli(*EXPORT)
        assert (ran.code, "another shop" in ran.err) == (0, False), ran
    assert [sent["refresh_token"] for sent in bikes.asked] == [FIRST, "refresh-1-5be2", "refresh-anew-77d0"]
    assert len(kept(project)) == 2


def test_a_refresh_token_that_is_refused_says_what_to_do(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, ROTATING)
    with Server(OAuthShop(refresh={})) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli("check")
    assert ran.code == 77
    assert "invalid_grant" in ran.err and "Give consent anew" in ran.err and "lost" not in ran.err


def test_a_request_that_did_not_reach_the_server_uses_nothing_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    with Server(OAuthShop()) as server:
        project.configure(ACCOUNT, server.base_url)
    assert project.cli("check").code == 75
    (file,) = kept(project)
    assert json.loads(file.read_text())["sent_at"] is None


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (Answer(status=404), 78, "token_url"),
        (Answer(b"<html>busy</html>"), 75, "holds no access token"),
        (Answer({"access_token": "x\ny"}), 75, "holds no access token"),
        (Answer({"access_token": "x", "token_type": "mac"}), 75, "holds no access token"),
        (Answer({"error": "invalid_client"}, status=401), 77, "invalid_client"),
        (Answer(status=302, headers={"Location": "/elsewhere"}), 78, "302"),
        (Answer(status=429, headers={"Retry-After": "3600"}), 75, "too many calls"),
    ],
    ids=["404", "web page", "line break", "mac", "client", "redirect", "429"],
)
def test_what_a_token_endpoint_may_answer_instead(
    answer: Answer, code: int, told: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop(token_answers=[answer] * 9)
    with Server(bikes) as server:
        ran = project.configure(ACCOUNT, server.base_url).cli("check")
    assert (ran.code, len(bikes.asked), told in ran.err) == (code, 1, True), ran


def test_a_client_is_asked_again_where_that_does_no_harm(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, OF_THE_CLIENT)
    bikes = OAuthShop(token_answers=[Answer(status=503), LOST])
    with Server(bikes) as server:
        ran = project.configure(NO_REFRESH, server.base_url).cli("check")
    assert (ran.code, len(bikes.asked)) == (0, 3), ran


def test_tokens_that_others_may_use_or_that_are_damaged_are_not_used(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    bikes = OAuthShop()
    with Server(bikes) as server:
        project.configure(ACCOUNT, server.base_url)
        assert project.cli("check").code == 0
        (file,) = kept(project)
        file.chmod(0o644)
        ran = project.cli("check")
        assert (ran.code, f"chmod 600 {file}" in ran.err) == (78, True)
        file.chmod(0o600)
        kept_so_far = json.loads(file.read_text())
        for damaged in ("{", "[]", json.dumps(kept_so_far | {"good_until": "2026-01-01"}), '{"refresh_token": 1}'):
            file.write_text(damaged)
            ran = project.cli("check")
            assert (ran.code, f"{file} is damaged" in ran.err) == (78, True), damaged
    assert len(bikes.asked) == 1
