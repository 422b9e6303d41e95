"""Describe this package to Airflow, by the entry point `apache_airflow_provider`: mainly its connection forms."""

from __future__ import annotations

import logging
from typing import Any

from etl import __version__
from etl.systems import SYSTEMS
from etl.systems.declare import System

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
    bearer = "bearer" in system.auth
    labels = {"host": "Base URL", "login": "User name", "password": "API key, or password" if bearer else "Password"}
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
        "conn-fields": {**SHARED, **own},
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port", "extra"],
            "relabeling": labels,
            "placeholders": {
                "host": "https://…",
                "login": "left empty where there is an API key" if bearer else "",
            },
        },
    }


def hook_name(system: str) -> str:
    """The name of a system's hook class."""
    return f"{system.capitalize()}Hook"
