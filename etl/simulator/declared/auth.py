"""Take credentials in each declared way, and give access tokens for them (RFC 6749)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.call import Caller, Credential, IncomingCall, credential
from etl.systems.declare import HeaderKey, OAuth, QueryKey, RefreshToken, System

LASTS_S = 600
WRONG = "wrong"
"""The secret that is refused, as by every API here."""
KEY, CLIENT = "key", "client"


def token_path(system: System, kind: OAuth) -> str:
    """Return the path that gives tokens: of an address, the path on this host."""
    return urlsplit(kind.token_url.format(**system.options)).path or "/"


def oauth_kinds(system: System) -> list[OAuth]:
    return [kind for kind in system.auth if not isinstance(kind, str | HeaderKey | QueryKey)]


def schemes_of(system: System) -> tuple[str, ...]:
    """Return the schemes of the credentials that a system takes."""
    plain = [kind for kind in system.auth if isinstance(kind, str)]
    keys = [KEY] if any(isinstance(kind, HeaderKey | QueryKey) for kind in system.auth) else []
    tokens = ["bearer", CLIENT] if oauth_kinds(system) else []
    return tuple(dict.fromkeys([*plain, *keys, *tokens]))


def caller_of(system: System) -> Caller:
    """Return what reads the credential of a request."""
    gives_tokens = {token_path(system, kind) for kind in oauth_kinds(system)}

    def caller(path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Credential | None:
        told = credential(headers.get("Authorization", ""))
        if path in gives_tokens:
            name, secret = (told.name, told.secret) if told else ("", "")
            return Credential(CLIENT, unquote_plus(name), unquote_plus(secret))
        for kind in system.auth:
            if isinstance(kind, HeaderKey) and (value := headers.get(kind.name, "")).startswith(kind.prefix):
                if secret := value.removeprefix(kind.prefix):
                    return Credential(KEY, "", secret)
            elif isinstance(kind, QueryKey) and query.get(kind.name):
                return Credential(KEY, "", query[kind.name])
        return told

    return caller


@dataclass
class Tokens:
    """The access tokens that were given, by the time when they expire; `refresh` is the one refresh token that is good,
    where one was used."""

    given: dict[str, float] = field(default_factory=dict)
    refresh: str | None = None

    def must_be_good(self, call: IncomingCall) -> None:
        """Raises RefusedRequest (401) for an access token that was not given, or expired."""
        token = call.credential.secret if call.credential is not None else ""
        if self.given.get(token, 0.0) <= call.arrived:
            raise RefusedRequest(401, "The access token is not good.")

    def give(self, call: IncomingCall, kind: OAuth) -> Answer:
        """Answer a request for a token. Raises RefusedRequest for a client or a refresh token that is not good."""
        form = dict(parse_qsl(call.body.decode()))
        secret = form.get("client_secret") or (call.credential.secret if call.credential is not None else "")
        if secret in ("", WRONG):
            raise RefusedRequest(401, "invalid_client")
        number = len(self.given) + 1
        body = {"access_token": f"access-{number}", "token_type": "bearer", "expires_in": LASTS_S}
        if isinstance(kind, RefreshToken):
            token = form.get("refresh_token", "")
            if form.get("grant_type") != "refresh_token" or token != (self.refresh or token):
                raise RefusedRequest(400, "invalid_grant")
            self.refresh = f"refresh-{number}" if kind.rotates else token
            body["refresh_token"] = self.refresh
        elif form.get("grant_type") != "client_credentials":
            raise RefusedRequest(400, "unsupported_grant_type")
        self.given[f"access-{number}"] = call.arrived + LASTS_S
        return answer_json(body, headers={"Cache-Control": "no-store"})
