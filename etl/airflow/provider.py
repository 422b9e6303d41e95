"""Describe this package to Airflow, by the entry point `apache_airflow_provider`: mainly its connection forms."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from etl import __version__
from etl.systems import SYSTEMS
from etl.systems.declare import System, keys_of

log = logging.getLogger("etl")
TEXT = ["string", "null"]
NUMBER = ["integer", "null"]
SHARED: dict[str, dict[str, Any]] = {
    "timezone": {
        "label": "Time zone",
        "description": "Of the API's times, which carry none, and of its day",
        "schema": {"type": TEXT, "default": "Europe/Amsterdam"},
    },
    "country": {
        "label": "Country",
        "description": "Of records that name none and prove none, such as NL",
        "schema": {"type": TEXT},
    },
    "per_minute": {"label": "Calls a minute", "description": "Else the system's own", "schema": {"type": NUMBER}},
    "per_day": {"label": "Calls a day", "description": "Else the system's own", "schema": {"type": NUMBER}},
    "reserve_per_minute": {"label": "Calls a minute left to others", "schema": {"type": NUMBER, "default": 0}},
    "reserve_per_day": {"label": "Calls a day left to others", "schema": {"type": NUMBER, "default": 0}},
}
REFRESH: dict[str, dict[str, Any]] = {
    "refresh_token": {
        "label": "Refresh token",
        "description": "Of a consent; those that the server gives later are kept in XDG_STATE_HOME/contact-etl/tokens",
        "schema": {"type": TEXT, "format": "password"},
    }
}
LOGINS = {"username": "User name", "client_id": "Client id"}
PASSWORDS = {"api_key": "API key", "password": "Password", "client_secret": "Client secret"}
BUDGET = ("per_minute", "per_day", "reserve_per_minute", "reserve_per_day", "windows", "reserve")
"""The keys of a budget. `windows` and `reserve`, tables, go into a connection's extra by hand: forms have no tables."""


def get_provider_info() -> dict[str, Any]:
    """The provider, in the form of Airflow's provider_info.schema.json. A plugin that cannot be used has no form."""
    systems, wrong = SYSTEMS.every()
    for error in wrong:
        log.warning("%s", error)
    return {
        "package-name": "contact-etl",
        "name": "Contact ETL",
        "description": "Contact data of shops, leisure parks and offices: out of their APIs, clean, and back in.",
        "versions": [__version__],
        "connection-types": [connection_type(system) for system in systems],
    }


def connection_type(system: System) -> dict[str, Any]:
    """The form of one system's connections. Fields beyond host, login and password are in the connection's extra."""
    taken = _credential_keys(system)
    logins = [label for key, label in LOGINS.items() if key in taken]
    passwords = [label for key, label in PASSWORDS.items() if key in taken]
    labels = {"host": "Base URL", "login": _either(logins), "password": _either(passwords)}
    own = {
        name: {
            "label": name.replace("_", " ").capitalize(),
            "schema": {"type": NUMBER if isinstance(default, int) else TEXT, "default": default},
        }
        for name, default in system.options.items()
    }
    return {
        "connection-type": system.id,
        "hook-class-name": f"etl.airflow.hooks.{hook_name(system.id)}",
        "hook-name": system.title,
        "conn-fields": {**SHARED, **(REFRESH if "refresh_token" in taken else {}), **own},
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port", "extra"],
            "relabeling": labels,
            "placeholders": {
                "host": "https://…",
                "login": "left empty where there is an API key" if "api_key" in taken else "",
            },
        },
    }


def credentials_of(
    system: System | None, login: str | None, password: str | None, extra: Mapping[str, Any]
) -> dict[str, str | None]:
    """The credential of a connection, by the keys of etl.toml that its system takes."""
    taken = _credential_keys(system) if system is not None else frozenset()
    if "api_key" in taken and password and not login:
        return {"api_key": password}
    if "client_id" in taken and ("refresh_token" in extra or "username" not in taken):
        refresh = {"refresh_token": extra.get("refresh_token")} if "refresh_token" in taken else {}
        return {"client_id": login, "client_secret": password, **refresh}
    return {"username": login, "password": password}


def _credential_keys(system: System) -> frozenset[str]:
    """The keys of etl.toml that the credentials of a system are made of."""
    return frozenset(key for kind in system.auth for key in keys_of(kind))


def _either(labels: list[str]) -> str:
    """Labels as one: `API key, or password`."""
    first, *others = labels or ["Not used"]
    return ", or ".join([first, *(label[0].lower() + label[1:] for label in others)])


def hook_name(system: str) -> str:
    """The name of a system's hook class."""
    return f"{system.capitalize()}Hook"
