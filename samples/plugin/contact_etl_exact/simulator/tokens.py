"""Give access tokens, as Exact does: each refresh token is good once, and brings the next one.

An access token is good for 600 seconds, and no other is given before 570 have passed. A refresh token that was not
given here is that of a consent: any is taken, once. What whoever comes too early is answered is not documented: 429 is
assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.call import IncomingCall

LIFE_S, EARLIEST_S = 600, 570


@dataclass
class Tokens:
    """The tokens of all clients. `refused_early` is the status for whoever asks too early."""

    refused_early: int = 429
    asked: int = 0
    given: list[str] = field(default_factory=list)
    _until: dict[str, float] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _since: dict[str, float] = field(default_factory=dict)

    def answer(self, call: IncomingCall) -> Answer:
        """Answer whoever asks for a token. Raises RefusedRequest (405) for a GET."""
        self.asked += 1
        if call.method != "POST":
            raise RefusedRequest(405, "Method not allowed.")
        sent = call.form("")
        if sent.get("grant_type") != "refresh_token" or not sent.get("client_id"):
            return _refused(400, "invalid_request", "A parameter is missing.")
        if sent.get("client_secret", "wrong") == "wrong":
            return _refused(400, "invalid_client", "The client is not known.")
        old = sent.get("refresh_token", "")
        if not old or old in self._used:
            return _refused(400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId")
        if call.arrived < self._since.get(old, 0.0) + EARLIEST_S:
            return _refused(self.refused_early, "invalid_request", "Rate limit exceeded: access_token not expired")
        self._used.add(old)
        return self._give(call.arrived)

    def must_be_good(self, access: str, at: float) -> None:
        """Raise RefusedRequest (401) for an access token that was not given, or is no longer good."""
        if self._until.get(access, 0.0) <= at:
            raise RefusedRequest(401, "Access token expired or unknown.")

    def revoke(self) -> None:
        """Let no access token be good any more."""
        self._until.clear()

    def _give(self, at: float) -> Answer:
        number = len(self.given) + 1
        access, refresh = f"demo-access-{number}-{at:.0f}", f"demo-refresh-{number}-{at:.0f}"
        self.given.append(access)
        self._until[access], self._since[refresh] = at + LIFE_S, at
        told = {"access_token": access, "token_type": "bearer", "expires_in": str(LIFE_S), "refresh_token": refresh}
        return answer_json(told, headers={"Cache-Control": "no-store"})


def _refused(status: int, error: str, said: str) -> Answer:
    return answer_json({"error": error, "error_description": said}, status)
