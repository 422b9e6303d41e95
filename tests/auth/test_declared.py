"""Ways of sending a credential that cannot work, and values that fit none: 78, with the field's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from etl.budget.key import key_of
from etl.config.identity import identity_of
from etl.systems import SYSTEMS
from etl.systems.check import faults
from etl.systems.declare import Auth, ClientCredentials, HeaderKey, QueryKey, RefreshToken
from tests.support.oauth import ACCOUNT, FIRST, IN_A_HEADER, IN_THE_QUERY, OF_THE_CLIENT, ROTATING, declare
from tests.support.scripted import Server, shop
from tests.support.workplace import BIKES, Project
from tests.test_plugins import FILES

CRM = SYSTEMS["cyclesoftware"]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: ClientCredentials(""), "ClientCredentials.token_url: the address that gives tokens is missing."),
        (lambda: RefreshToken(" "), "RefreshToken.token_url: the address that gives tokens is missing."),
        (lambda: RefreshToken("http://login.example.nl/token"), "RefreshToken.token_url: 'http://login"),
        (lambda: RefreshToken("https://login.example.nl/token?key=1"), "RefreshToken.token_url: 'https://login"),
        (lambda: ClientCredentials("/token", client="header"), "ClientCredentials.client: 'header'"),  # type: ignore[arg-type]
        (lambda: HeaderKey("X Key"), "HeaderKey.name: 'X Key' is not the name of a header."),
        (lambda: HeaderKey("user-agent"), "HeaderKey.name: the header user-agent has another meaning"),
        (lambda: HeaderKey("X-Key", prefix="a\r\nb"), "HeaderKey.prefix:"),
        (lambda: QueryKey(""), "QueryKey.name: the name of the parameter is missing."),
    ],
)
def test_what_cannot_work_is_refused_where_it_is_made(made: Callable[[], Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        made()


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ((), "auth is empty"),
        (("digest",), "auth: 'digest' is no way of sending a credential"),
        (("bearer", IN_A_HEADER), "auth: 'bearer' and HeaderKey both take api_key"),
        ((IN_A_HEADER, IN_THE_QUERY), "auth: HeaderKey and QueryKey both take api_key"),
        ((ROTATING, RefreshToken("/other")), "auth: RefreshToken and RefreshToken both take client_id"),
        ((ClientCredentials("/{tenant}/token"),), "auth: ClientCredentials.token_url: {tenant} is no option"),
        ((QueryKey("offset"),), "auth: QueryKey.name: 'offset' is a parameter of the stream customers, too"),
        ((QueryKey("modified_since"),), "auth: QueryKey.name: 'modified_since' is a parameter of the stream customers"),
    ],
)
def test_what_cannot_work_beside_the_rest_is_refused(auth: tuple[Any, ...], told: str) -> None:
    assert [fault for fault in faults(replace(CRM, auth=auth)) if told in fault]


@pytest.mark.parametrize("auth", [("basic", "bearer"), ("basic", IN_A_HEADER), (ROTATING, OF_THE_CLIENT, IN_THE_QUERY)])
def test_what_the_values_tell_apart_is_sound(auth: tuple[Auth, ...]) -> None:
    assert faults(replace(CRM, auth=auth)) == []


def test_a_plugin_without_a_token_url_is_refused_with_the_field(project: Project) -> None:
    (project.folder / "systems").mkdir()
    text = 'from etl.systems.declare import RefreshToken\nAUTH = RefreshToken("")\n'
    (project.folder / "systems" / "my_api.py").write_text(text)
    ran = project.configure(FILES + BIKES.replace("cyclesoftware", "crm")).cli("check")
    assert (ran.code, "RefreshToken.token_url: the address that gives tokens is missing" in ran.err) == (78, True)


@pytest.mark.parametrize(
    ("auth", "account", "told"),
    [
        (("basic",), BIKES + 'client_id = "x"\n', "client_id is no credential of cyclesoftware: username and password"),
        ((ROTATING,), BIKES, "has no credentials: client_id, client_secret and refresh_token must be set"),
        ((IN_A_HEADER, "basic"), BIKES.replace("password", "# "), "api_key, or username and password must be set"),
        ((ROTATING,), ACCOUNT.replace(FIRST, "${NOT_THERE}"), "refresh_token needs the environment variable NOT_THERE"),
        ((OF_THE_CLIENT,), ACCOUNT, "refresh_token is no credential of cyclesoftware"),
    ],
)
def test_values_that_fit_no_way_are_told_with_their_key(
    auth: tuple[Auth, ...], account: str, told: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, *auth)
    ran = project.configure(account).cli("check")
    assert (ran.code, told in ran.err) == (78, True), ran


def test_init_writes_an_account_of_oauth(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, ROTATING)
    order = (
        "init",
        "--system",
        "cyclesoftware",
        "--account",
        "bikes",
        "--base-url",
        "https://example.nl",
        "--no-check",
    )
    values = ("--client-id", "client-1", "--client-secret", "${CLIENT_SECRET}")
    environment = {"CLIENT_SECRET": "s3cr3t-1", "CONSENT": "refresh-1"}
    missing = project.cli(*order, *values, env=environment)
    assert (missing.code, "--refresh-token" in missing.err) == (64, True), missing
    assert project.cli(*order, *values, "--refresh-token", "${CONSENT}", env=environment).code == 0
    written = project.config.read_text()
    assert 'client_id = "client-1"' in written and 'refresh_token = "${CONSENT}"' in written
    assert project.cli("init", "--refresh-token", "written-out").code == 64


def test_of_several_ways_the_values_choose(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "basic", IN_A_HEADER)
    with Server(shop(3)) as server:
        for account, header in ((BIKES, "Authorization"), (BIKES + 'api_key = "s3cr3t-key"\n', "X-Auth")):
            assert project.configure(account, server.base_url).cli("check").code == 0
            assert header in server.seen[-1].headers


def test_an_identity_outlives_every_rotation_and_a_new_client_secret(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, ROTATING)
    first = project.configure(ACCOUNT).settings().accounts["bikes"]
    for changed, same in (("s3cr3t+client/41", True), (FIRST, False), ("client-9a17", False)):
        other = project.configure(ACCOUNT.replace(changed, "another")).settings().accounts["bikes"]
        assert (identity_of(other) == identity_of(first), key_of(other) == key_of(first)) == (same, same)
