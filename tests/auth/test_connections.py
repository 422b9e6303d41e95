"""Airflow's connections: what their form asks for, and which key of etl.toml each answer is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from etl.airflow.provider import connection_type, credentials_of
from etl.systems import SYSTEMS
from etl.systems.declare import Auth
from tests.support.oauth import IN_THE_QUERY, OF_THE_CLIENT, ROTATING

SYSTEM = SYSTEMS["cyclesoftware"]


@pytest.mark.parametrize(
    ("auth", "labels", "asks_for_a_refresh_token"),
    [
        (("basic",), ("User name", "Password"), False),
        (("basic", "bearer"), ("User name", "API key, or password"), False),
        ((IN_THE_QUERY,), ("Not used", "API key"), False),
        ((OF_THE_CLIENT,), ("Client id", "Client secret"), False),
        ((ROTATING, "basic"), ("User name, or client id", "Password, or client secret"), True),
    ],
)
def test_the_form_of_a_connection_names_what_its_system_takes(
    auth: tuple[Auth, ...], labels: tuple[str, str], asks_for_a_refresh_token: bool
) -> None:
    form = connection_type(replace(SYSTEM, auth=auth))
    relabelled = form["ui-field-behaviour"]["relabeling"]
    assert (relabelled["login"], relabelled["password"]) == labels
    assert ("refresh_token" in form["conn-fields"]) == asks_for_a_refresh_token


@pytest.mark.parametrize(
    ("auth", "login", "extra", "keys"),
    [
        (("basic",), "a", {}, {"username": "a", "password": "b"}),
        (("basic", "bearer"), "", {}, {"api_key": "b"}),
        (("basic", "bearer"), "a", {}, {"username": "a", "password": "b"}),
        ((IN_THE_QUERY,), None, {}, {"api_key": "b"}),
        ((OF_THE_CLIENT,), "a", {}, {"client_id": "a", "client_secret": "b"}),
        ((ROTATING,), "a", {"refresh_token": "c"}, {"client_id": "a", "client_secret": "b", "refresh_token": "c"}),
        ((ROTATING, "basic"), "a", {}, {"username": "a", "password": "b"}),
        (
            (ROTATING, "basic"),
            "a",
            {"refresh_token": "c"},
            {"client_id": "a", "client_secret": "b", "refresh_token": "c"},
        ),
    ],
)
def test_what_a_connection_holds_becomes_the_keys_of_its_way(
    auth: tuple[Auth, ...], login: str | None, extra: dict[str, str], keys: dict[str, str]
) -> None:
    assert credentials_of(replace(SYSTEM, auth=auth), login, "b", extra) == keys
