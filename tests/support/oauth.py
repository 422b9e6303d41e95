"""A server that gives access tokens, and takes them: refresh tokens rotate, access tokens expire by its own count."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pytest

from etl.systems import SYSTEMS
from etl.systems.declare import Auth, ClientCredentials, HeaderKey, QueryKey, RefreshToken

from .plugins import CRM
from .scripted import Answer, Seen, shop

CLIENT, SECRET, FIRST = "client-9a17", "s3cr3t+client/41", "refresh-0-5be2"
ROTATING = RefreshToken("/token", client="body")
KEPT = RefreshToken("/token", scope="contacts", rotates=False)
IN_A_HEADER = HeaderKey("X-Auth", prefix="Token ")
IN_THE_QUERY = QueryKey("api_key")
OF_THE_CLIENT = ClientCredentials("/token", scope="contacts", client="body")
ACCOUNT = f"""
[accounts.bikes]
system = "cyclesoftware"
base_url = "{{url}}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
refresh_token = "{FIRST}"
"""
CRM_ACCOUNT = (
    '[systems]\nfiles = ["my_api.py"]\n'
    + ACCOUNT.replace("bikes", "crm").replace("cyclesoftware", "crm")
    + 'shelf = "upper"\n'
)


def declare(patch: pytest.MonkeyPatch, *auth: Auth, **of_the_stream: Any) -> None:
    """Let a shop take these credentials, and have its customers as the rest says."""
    system = SYSTEMS["cyclesoftware"]
    streams = [replace(one, **of_the_stream) if one.name == "customers" else one for one in system.streams]
    patch.setitem(SYSTEMS.loaded, system.id, replace(system, auth=auth, streams=tuple(streams)))


def crm(auth: str) -> str:
    """The declaration that the guide shows, with another way of sending a credential."""
    named = auth.partition("(")[0]
    return CRM.replace("    Context,\n", f"    Context,\n    {named},\n").replace('auth=("basic",)', f"auth=({auth},)")


@dataclass
class OAuthShop:
    """`Server(OAuthShop(...))`: tokens at /token, and what `behind` answers to whoever brings a good one.

    An access token is good for `calls` calls, and said to be for `lasts`. A refresh token is good once, or for `grace`
    times more. `token_answers` are given in turn instead of what became of a request for a token, None for that; it
    took effect all the same.
    """

    behind: Callable[[Seen], Answer] = field(default_factory=lambda: shop(25))
    calls: int = 1_000
    lasts: Any = 600
    rotates: bool = True
    grace: int = 0
    token_answers: list[Answer | None] = field(default_factory=list)
    token_wait_s: float = 0.0
    refuses: bool = False
    asked: list[Mapping[str, str]] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    refresh: dict[str, int] = field(default_factory=lambda: {FIRST: 1})
    clients: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.refresh = {token: uses + self.grace for token, uses in self.refresh.items()}

    def __call__(self, seen: Seen) -> Answer:
        if seen.path == "/token":
            answer = self.token(seen)
            answer = (self.token_answers.pop(0) if self.token_answers else None) or answer
            return replace(answer, wait_s=answer.wait_s or self.token_wait_s)
        token = seen.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.refuses or self.left.get(token, 0) < 1:
            return Answer({"error": True, "error_message": f"not good: {token}"}, status=401)
        self.left[token] -= 1
        return self.behind(seen)

    def token(self, seen: Seen) -> Answer:
        sent = dict(parse_qsl(seen.body.decode()))
        self.asked.append(sent)
        self.clients.append(_client(seen, sent))
        if sent["grant_type"] == "refresh_token":
            token = sent["refresh_token"]
            if self.refresh.get(token, 0) < 1:
                return Answer({"error": "invalid_grant", "error_description": f"{token} is used up"}, status=400)
            self.refresh[token] -= self.rotates
        number = len(self.asked)
        body = {"access_token": f"access-{number}-e8c1", "token_type": "bearer", "expires_in": self.lasts}
        self.left[str(body["access_token"])] = self.calls
        if sent["grant_type"] == "refresh_token" and self.rotates:
            body["refresh_token"] = f"refresh-{number}-5be2"
            self.refresh[str(body["refresh_token"])] = 1 + self.grace
        return Answer(json.dumps(body).encode(), headers={"Cache-Control": "no-store"})


def _client(seen: Seen, sent: Mapping[str, str]) -> tuple[str, str]:
    """The id and secret by which a client told who it is."""
    scheme, _, encoded = seen.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return sent.get("client_id", ""), sent.get("client_secret", "")
    client, _, secret = b64decode(encoded).decode().partition(":")
    return unquote_plus(client), unquote_plus(secret)
