"""Read an account's credential: which kind it is, whom it belongs to, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etl.config.learnt import NOT_LOOKED_UP
from etl.systems.declare import Auth, OAuth, RefreshToken, keys_of
from etl.systems.declare.credentials import KEYS

if TYPE_CHECKING:
    from etl.config.settings import Account

RANK = ("refresh_token", "client_id", "api_key")
"""Which kind counts where there are values for several: the one that has the first of these."""
OF_CLIENTS = ("client_id", "client_secret", "refresh_token")
"""Keys that an account has only where its system takes them."""


def kind_of(account: Account) -> Auth | None:
    """The kind of credential that the account has values for, of those that its system takes; None if there is none."""
    fitting = [kind for kind in account.declaration.auth if _given(account).issuperset(keys_of(kind))]
    return max(fitting, key=lambda kind: [key in keys_of(kind) for key in RANK], default=None)


def oauth_of(account: Account) -> OAuth | None:
    """The same where tokens are fetched with it."""
    kind = kind_of(account)
    return kind if isinstance(kind, OAuth) else None


def members_of(account: Account) -> list[Account]:
    """The account once for each of its `api_keys`, in their order; as it is where it has none."""
    return [account.model_copy(update={"api_key": key, "api_keys": ()}) for key in account.api_keys] or [account]


def value(account: Account, key: str) -> str:
    """The value of a key, of `api_keys` the first; empty where there is none."""
    secret = getattr(account, key)
    if secret is None and key == "api_key" and account.api_keys:
        secret = account.api_keys[0]
    return secret.get_secret_value() if secret is not None else ""


def holder_of(account: Account) -> str:
    """Whom the credential belongs to: the user name, the key itself, the client, and of a refresh token the one in the
    configuration too: it stays the same however often the server gives another."""
    kind = kind_of(account)
    if kind == "bearer":
        return f"bearer\0{value(account, 'api_key')}"
    if kind is None or kind == "basic":
        return f"basic\0{value(account, 'username')}"
    owners = [key for key in keys_of(kind) if key != "client_secret"]
    return "\0".join([_title(kind), *(value(account, key) for key in owners)])


def secret_of(account: Account) -> str:
    """The whole credential, by which its calls are counted. A client secret beside a refresh token is left out: it may
    be replaced."""
    kind = kind_of(account)
    if kind is None or kind == "basic":
        return f"basic\0{value(account, 'username')}\0{value(account, 'password')}"
    if isinstance(kind, OAuth) and not isinstance(kind, RefreshToken):
        return "\0".join([_title(kind), *(value(account, key) for key in keys_of(kind))])
    return holder_of(account)


def fault_of(account: Account) -> str | None:
    """What is wrong with the credentials of an account, None where nothing is. Raises ValueError as `sendable` does."""
    auth = account.declaration.auth
    taken = {key for kind in auth for key in keys_of(kind)}
    wanted = ", or ".join(
        _listed(keys_of(kind)) for kind in sorted(auth, key=lambda kind: "api_key" not in keys_of(kind))
    )
    for key in OF_CLIENTS:
        if key in _given(account) - taken:
            return f"{key} is no credential of {account.system}: {wanted} must be set"
    if account.api_keys and "api_key" not in taken:
        return f"api_keys are no credential of {account.system}: {wanted} must be set"
    if account.api_keys and account.api_key is not None:
        return "has both api_key and api_keys: put all keys into api_keys"
    keys = [text for key in account.api_keys if (text := key.get_secret_value()) != NOT_LOOKED_UP]
    for text in keys:
        sendable("api_keys", text)
    if len({*keys}) < len(keys):
        return "has a key twice in api_keys, whose calls count once"
    return f"has no credentials: {wanted} must be set" if kind_of(account) is None else None


def sendable(key: str, text: str) -> None:
    """Raise ValueError for a value that cannot be sent."""
    if any(ord(c) < 32 or ord(c) == 127 or "\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("holds a line break, another control character, or text that is not UTF-8")
    if key == "username" and ":" in text:
        raise ValueError("holds a colon, which Basic authentication cannot send")


def _given(account: Account) -> set[str]:
    given = {key for key in KEYS if getattr(account, key) is not None}
    return given | {"api_key"} if account.api_keys else given


def _title(kind: Auth) -> str:
    return kind if isinstance(kind, str) else {"HeaderKey": "key", "QueryKey": "key"}.get(type(kind).__name__, "client")


def _listed(keys: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(keys[:-1]), keys[-1]]))
