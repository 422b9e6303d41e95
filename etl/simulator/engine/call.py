"""A request as the simulated APIs see it, and the credential it came with."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import orjson

from etl.simulator.engine.answer import RefusedRequest


@dataclass(frozen=True, slots=True)
class Credential:
    """Every credential is valid except the secrets `wrong` (401), `forbidden` (403) and `readonly` (403 on writes)."""

    scheme: str  # basic, bearer, or another of the API's own
    name: str
    secret: str

    @property
    def label(self) -> str:
        """A name for the counters that does not show a secret in full."""
        return f"{self.scheme}:{self.name or self.secret[:4]}"


def credential(header: str) -> Credential | None:
    """Parse an Authorization header; None for one that is missing, empty or malformed."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return Credential("bearer", "", value.strip())
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credential("basic", name, secret) if name or secret else None


Caller: TypeAlias = Callable[[str, Mapping[str, str], Mapping[str, str]], Credential | None]
"""Reads who asks from a request's path, headers and query."""


def by_authorization(path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Credential | None:
    return credential(headers.get("Authorization", ""))


@dataclass(frozen=True, slots=True)
class IncomingCall:
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    content_type: str
    credential: Credential | None
    arrived: float  # by the server's clock, in seconds since 1970
    lag_s: float = 0.0  # lists do not show rows created more recently than this

    @property
    def writes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    def json_object(self) -> dict[str, Any]:
        try:
            parsed = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise RefusedRequest(400, "The body is not valid JSON.") from None
        if not isinstance(parsed, dict):
            raise RefusedRequest(400, "The body must be a JSON object.")
        return parsed

    def form(self, prefix: str) -> dict[str, str]:
        """Parse the fields of a URL-encoded body, named `prefix[name]` or `name`."""
        if self.content_type != "application/x-www-form-urlencoded":
            raise RefusedRequest(400, "Something went wrong while saving the data.")
        try:
            pairs = parse_qsl(self.body.decode(), keep_blank_values=True, errors="strict")
        except (UnicodeDecodeError, ValueError):
            raise RefusedRequest(400, "Something went wrong while saving the data.") from None
        return {_plain(name, prefix): value for name, value in pairs}


def _plain(name: str, prefix: str) -> str:
    return name[len(prefix) + 1 : -1] if name.startswith(f"{prefix}[") and name.endswith("]") else name
