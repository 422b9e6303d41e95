"""Find what cannot work in how a system takes credentials."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from string import Formatter

from etl.systems.declare import (
    Auth,
    ClientCredentials,
    HeaderKey,
    Newer,
    QueryKey,
    RefreshToken,
    Stream,
    System,
    keys_of,
)
from etl.systems.declare.paging import parameters_of


def auth_faults(system: System) -> Iterator[str]:
    """Yield what is wrong with `auth`, and with the parameters of streams beside it."""
    if not system.auth:
        yield "auth is empty"
    for kind in system.auth:
        if kind not in ("basic", "bearer") and not isinstance(
            kind, HeaderKey | QueryKey | ClientCredentials | RefreshToken
        ):
            yield f"auth: {kind!r:.40} is no way of sending a credential"
            return
    for one, other in combinations(system.auth, 2):
        if keys_of(one) == keys_of(other):
            keys = " and ".join(keys_of(one))
            yield f"auth: {_name(one)} and {_name(other)} both take {keys}, so nothing tells them apart"
    for kind in system.auth:
        if isinstance(kind, ClientCredentials | RefreshToken):
            placed = {name for _, name, _, _ in Formatter().parse(kind.token_url) if name is not None}
            for name in sorted(placed - system.options.keys()):
                yield f"auth: {_name(kind)}.token_url: {{{name}}} is no option of the system"
        if isinstance(kind, QueryKey):
            for stream in system.streams:
                if kind.name in _sent(system, stream):
                    yield f"auth: QueryKey.name: {kind.name!r} is a parameter of the stream {stream.name}, too"


def _name(kind: Auth) -> str:
    return repr(kind) if isinstance(kind, str) else type(kind).__name__


def _sent(system: System, stream: Stream) -> set[str]:
    """The parameters of a stream, whatever it is asked for."""
    probe = system.probe[1] if system.probe[0] == stream.name else {}
    targets = () if isinstance(system.targets, str) else system.targets
    newer = {one.lookup.parameter for one in targets if one.stream == stream.name and isinstance(one.lookup, Newer)}
    since = {stream.since} if stream.since else set()
    return {*stream.parameters, *parameters_of(stream.paging).values(), *stream.find_parameters.values()} | {
        *probe,
        *newer,
        *since,
    }
