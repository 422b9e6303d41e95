"""Hold an account's access token: fetched ahead of its expiry, shared by all processes, and renewed once where it is
refused.

    good in memory? -> lock of the credential -> good in its file? -> ask the endpoint -> file -> in memory

Where refresh tokens rotate, the file notes a refresh before it is sent, and holds what it brought before that is used.
One whose answer is lost is not repeated by itself. The next run tries the old refresh token once more: many servers
take it for a while, and where one does not, the new one is lost anyway.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from etl.budget.key import key_of
from etl.budget.local_folder import network_file_system
from etl.clock import Clock
from etl.config.credential import value
from etl.config.settings import Account, own_folder
from etl.errors import ConfigurationError, CredentialsRefused, EtlError, TryLater
from etl.http.retry import RetryPolicy
from etl.http.token_endpoint import Answered, Denied, Granted, Lost, NoEndpoint, NotSent, TokenEndpoint
from etl.scrub import learn
from etl.state.token_file import TokenFile, Tokens
from etl.systems.declare import OAuth, RefreshToken

AHEAD_S = 20.0
"""How long before its expiry a token is good no more, in seconds: some servers give no other one sooner than 30."""
PAUSE_S = 60.0
"""When to run again where nothing says so, and the longest wait between two tries, in seconds."""
NO_OTHER = "some servers give no other access token until the time of the last one is over"
OF_THE_CLIENT = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "403"})
"""What a server says where the refresh token is not what it refuses; a 403 may be of a firewall."""


class AccessTokens:
    """The access tokens of one account in one process."""

    def __init__(
        self, account: Account, kind: OAuth, endpoint: TokenEndpoint, clock: Clock, retry: RetryPolicy
    ) -> None:
        self._account, self._kind, self._endpoint, self._clock, self._retry = account, kind, endpoint, clock, retry
        self._rotates = isinstance(kind, RefreshToken) and kind.rotates
        name = blake2b(f"{key_of(account)} {endpoint.url}".encode(), digest_size=16).hexdigest()
        self._file = TokenFile(_local(own_folder() / "tokens"), name)
        self._now = Tokens()
        self._refused, self._by_refusal = "", ""
        self._fetching: asyncio.Task[None] | None = None
        self._failed: EtlError | None = None

    async def get(self) -> str:
        """Return a token that is good. Raises TryLater, CredentialsRefused, ConfigurationError, InputOutputError;
        where a refresh token may be used up, the same again for as long as the process lives."""
        if not self._is_good(self._now):
            if self._failed is not None:
                raise self._failed
            if self._fetching is None:
                self._fetching = asyncio.create_task(self._fetch())
                self._fetching.add_done_callback(self._fetched)
            await asyncio.shield(self._fetching)  # a refresh under way is never broken off
        assert self._now.access is not None
        return self._now.access

    async def renew(self, used: str) -> bool:
        """Take another token instead of one that the server refused; False where that one came by a refusal itself."""
        if used == self._by_refusal:
            return False
        if used == self._now.access:
            self._refused = used
            await self.get()
        return True

    async def close(self) -> None:
        if self._fetching is not None:
            await asyncio.wait([self._fetching])

    def _fetched(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # whoever waits for it is told

    def _is_good(self, tokens: Tokens) -> bool:
        if tokens.access is None or tokens.access == self._refused:
            return False
        return tokens.good_until is None or self._clock.now() < tokens.good_until

    async def _fetch(self) -> None:
        async with self._file.locked():
            kept = self._file.read()
            for secret in (kept.refresh, kept.access):
                learn(secret or "")
            if not self._is_good(kept):
                kept = await self._asked(kept)
            self._now = kept

    async def _asked(self, kept: Tokens) -> Tokens:
        """Ask the endpoint, and return what is kept of its answer."""
        fields = {"grant_type": "client_credentials"}
        if isinstance(self._kind, RefreshToken):
            fields = {
                "grant_type": "refresh_token",
                "refresh_token": kept.refresh or value(self._account, "refresh_token"),
            }
        asked_at = self._clock.now()
        if self._rotates:
            self._file.write(replace(kept, sent_at=asked_at))
        answer = await self._answer(fields)
        if isinstance(answer, Granted):
            return self._keep(kept, answer, asked_at)
        error = self._error(answer, kept)
        if self._rotates and isinstance(answer, Lost):
            self._failed = error
        elif self._rotates:
            self._file.write(kept)  # nothing was used up; what was lost before stays lost
        if isinstance(answer, Denied):
            self._failed = error
        raise error

    def _keep(self, kept: Tokens, answer: Granted, asked_at: datetime) -> Tokens:
        learn(answer.access)
        learn(answer.refresh or "")
        if kept.access is not None and kept.access == self._refused:
            self._by_refusal = answer.access
        lasts_s = answer.lasts_s
        until = asked_at + timedelta(seconds=lasts_s - min(AHEAD_S, lasts_s / 2)) if lasts_s is not None else None
        tokens = Tokens(answer.refresh or kept.refresh, answer.access, until)
        try:
            self._file.write(tokens)
        except EtlError as error:
            self._failed = error  # the refresh token that was sent is used up, and is not to go out again
            raise
        return tokens

    async def _answer(self, fields: Mapping[str, str]) -> Answered:
        """Ask, and again where that does no harm."""
        rng, attempt = random.Random(), 1  # noqa: S311  # jitter needs no cryptography
        while True:
            answer = await self._endpoint.ask(fields)
            if not isinstance(answer, NotSent) and (self._rotates or not isinstance(answer, Lost)):
                return answer
            wait_s = self._retry.wait_s(attempt, rng) + (answer.wait_s or 0.0)
            if attempt >= self._retry.tries or wait_s > PAUSE_S:
                return answer
            await self._clock.sleep(wait_s)
            attempt += 1

    def _error(self, answer: Answered, kept: Tokens) -> EtlError:
        """What an answer without a token means."""
        where, over_at = f"{self._account.name}: no access token", self._refused_until(kept)
        match answer:
            case Denied(code, said):
                return self._denied(code, f"{code}: {said}" if said else code, kept.sent_at, over_at)
            case NoEndpoint(status):
                return ConfigurationError(
                    f"{where}: the token endpoint refuses ({status}).", remedy="Is the token_url of its system right?"
                )
            case NotSent(reason, wait_s) | Lost(reason, wait_s):
                remedy = "Run the same command again later."
                if self._rotates and isinstance(answer, Lost):
                    remedy = (
                        "The refresh token that was sent may be used up, and the next one lost on its way. Run the "
                        "same command again: it tries the old one once more, and says what to do where it is refused."
                    )
                resume_at = self._clock.now() + timedelta(seconds=max(wait_s or 0.0, PAUSE_S))
                if over_at is not None and isinstance(answer, NotSent):
                    reason = f"{reason}. The one before was refused ahead of its time: {NO_OTHER}"
                    resume_at = max(resume_at, over_at)
                return TryLater(f"{where}: {reason}.", remedy=remedy, resume_at=resume_at)
        raise AssertionError(answer)

    def _refused_until(self, kept: Tokens) -> datetime | None:
        """Until when the kept access token was to be good that the server refused; None where that is past."""
        until = kept.good_until if kept.access is not None and kept.access == self._refused else None
        return until if until is not None and until > self._clock.now() else None

    def _denied(self, code: str, said: str, sent_at: datetime | None, over_at: datetime | None) -> EtlError:
        account = self._account.name
        if not isinstance(self._kind, RefreshToken):
            return CredentialsRefused(
                f"{account}: the server gives no access token for client_id and client_secret ({said}).",
                remedy="Check them in etl.toml and with the vendor; nothing was changed.",
            )
        anew = (
            f"Give consent anew at the vendor, and put the new refresh token where accounts.{account}.refresh_token "
            f"takes it from: it counts instead of the kept one. Then etl accounts same {account}: exports go on."
        )
        if sent_at is not None and code not in OF_THE_CLIENT:
            return CredentialsRefused(
                f"{account}: the server takes the refresh token no more ({said}). The answer to a refresh of "
                f"{sent_at:%Y-%m-%d %H:%M:%S} UTC never came here: the next refresh token was in it, and is lost.",
                remedy=anew,
            )
        return CredentialsRefused(
            f"{account}: the server refuses the refresh token ({said}). It expired, was withdrawn, or another program "
            "or machine has used it; or client_id and client_secret are wrong.",
            remedy=f"{_first(over_at)}Check these. {anew}",
        )


def _first(over_at: datetime | None) -> str:
    """What to try before all else where an access token was refused ahead of its time."""
    if over_at is None:
        return ""
    return f"Run the same command again after {over_at:%Y-%m-%d %H:%M:%S} UTC first: {NO_OTHER}. "


def _local(folder: Path) -> Path:
    """The folder. Raises ConfigurationError where locks in it cannot be relied on."""
    if (kind := network_file_system(folder)) is not None:
        raise ConfigurationError(
            f"{folder} lies on a network file system ({kind}), where processes cannot rely on locks.",
            remedy="Name a folder on a local disk by XDG_STATE_HOME: tokens are kept there.",
        )
    return folder
