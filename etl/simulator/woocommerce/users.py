"""The e-mail addresses and user names of a shop: each is one user's only, whatever the case of its letters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from etl.simulator.engine.store import RecordStore
from etl.simulator.woocommerce.body import Refused, is_email

Wire = dict[str, Any]
PLAIN = ("info", "sales", "mail", "contact", "hello")
"""What stands in front of the @ of a firm's address: such a user is named after the domain."""


class Users:
    """An index of a store, built on first use."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._by: dict[tuple[str, str], set[int]] = {}
        self._complete = False
        store.watch(self._note)

    def with_email(self, email: str) -> int | None:
        """Return the id of the user with that e-mail address."""
        return self._owner("email", email)

    def new_name(self, email: str, name: str) -> str:
        """Return the name of a new user. Raises Refused for an address or a name that is taken, or cannot be one."""
        if not is_email(email):
            raise Refused(400, "registration-error-invalid-email", "Please provide a valid email address.")
        if self.with_email(email) is not None:
            said = f"An account is already registered with {email}. Please log in or use a different email address."
            raise Refused(400, "registration-error-email-exists", said)
        if name and self._owner("username", name) is not None:
            said = "An account is already registered with that username. Please choose another."
            raise Refused(400, "registration-error-username-exists", said)
        return name or next(one for one in _names(email) if self._owner("username", one) is None)

    def _owner(self, field: str, value: str) -> int | None:
        if not self._complete:
            self._complete = True
            for key, user in self._store.drawn():
                self._note(key, user)
        wanted = value.casefold()
        for key in self._by.get((field, wanted), ()):
            held = self._store.get(key)
            if held is not None and str(held[field]).casefold() == wanted:
                return key
        return None

    def _note(self, key: int, user: Wire) -> None:
        for field in ("email", "username"):
            self._by.setdefault((field, str(user[field]).casefold()), set()).add(key)


def _names(email: str) -> Iterator[str]:
    local, _, domain = email.partition("@")
    name = domain.partition(".")[0] if local.casefold() in PLAIN else local
    yield name.casefold()
    yield from (f"{name.casefold()}-{number:04}" for number in count(1))
