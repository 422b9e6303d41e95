"""Provide a hook per system: read an account's keys from an Airflow connection, and test them with a small call.

The classes are generated from the catalogue: `CyclesoftwareHook` and so on, one for each connection type.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseHook

from etl.airflow.provider import BUDGET, SHARED, credentials_of, hook_name
from etl.systems import SYSTEMS

if TYPE_CHECKING:
    from etl.systems.declare import System


class ContactHook(BaseHook):
    """The connection of one account."""

    conn_name_attr = "contact_conn_id"
    conn_type: ClassVar[str]
    hook_name: ClassVar[str]
    system: ClassVar[System]

    def __init__(self, contact_conn_id: str) -> None:
        super().__init__()
        self.contact_conn_id = contact_conn_id

    def get_conn(self) -> dict[str, Any]:
        """The account's keys as in etl.toml, with its secrets."""
        return keys_of(self.get_connection(self.contact_conn_id))

    def test_connection(self) -> tuple[bool, str]:
        """Whether the account answers one small call, and what is left of its budget."""
        from etl.errors import EtlError
        from etl.library import check_account, with_account

        name = "connection"
        with tempfile.TemporaryDirectory() as folder:
            try:
                checked = check_account(with_account(None, name, self.get_conn(), state_dir=folder), name)
            except EtlError as error:
                return False, str(error)
        return True, f"{checked['host']} answers with {checked['came']}; {checked['budget']}."


def keys_of(connection: Any) -> dict[str, Any]:
    """The keys of etl.toml from a connection: a password without a login is an API key, login and password of a client
    are its id and secret."""
    extra = {key: value for key, value in connection.extra_dejson.items() if value not in (None, "")}
    system = SYSTEMS.get(connection.conn_type)
    known = {*SHARED, *(system.options if system else ())}
    secrets = credentials_of(system, connection.login, connection.password, extra)
    return {
        "system": connection.conn_type,
        "base_url": _url(connection),
        **{key: value for key, value in secrets.items() if value},
        **{key: value for key, value in extra.items() if key not in BUDGET and key in known},
        "budget": {key: extra[key] for key in BUDGET if key in extra},
    }


def _url(connection: Any) -> str:
    """The base URL: the host as typed, https:// if it has no scheme; a connection URI splits off scheme and port."""
    host = connection.host or ""
    scheme = connection.schema if connection.schema in ("http", "https") else "https"
    url = host if "://" in host else f"{scheme}://{host}"
    return f"{url}:{connection.port}" if connection.port else url


def __getattr__(name: str) -> type[ContactHook]:
    for known in SYSTEMS:
        if hook_name(known) == name:
            system = SYSTEMS[known]
            kind = type(name, (ContactHook,), {"conn_type": system.id, "hook_name": system.title, "system": system})
            globals()[name] = kind
            return kind
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
