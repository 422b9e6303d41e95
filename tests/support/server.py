"""A web server on a loopback port that answers with what it was given: documents and samples over a real socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from aiohttp import web


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Served:
    """`async with Served({"/path": Answer(…)}) as server`. Several answers to a path are given in turn.

    The last one is given for good. `asked` lists the paths with their queries, in order. A path that is
    not there answers 404.
    """

    def __init__(self, answers: Mapping[str, Answer | Sequence[Answer]]) -> None:
        self._answers = {path: [given] if isinstance(given, Answer) else list(given) for path, given in answers.items()}
        self.asked: list[str] = []
        self.base_url = ""
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Served:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.raw_path)
        given = self._answers.get(request.path)
        if not given:
            return web.Response(status=404)
        answer = given.pop(0) if len(given) > 1 else given[0]
        return web.Response(
            body=answer.body,
            status=answer.status,
            headers={"Content-Type": answer.content_type, **answer.headers},
        )
