"""Send an answer, whole or damaged by a fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from etl.simulator.engine.answer import Answer
from etl.simulator.engine.bodies import Bodies
from etl.simulator.engine.faults import Action

_BROKEN = {
    "nan": b'{"value": NaN}',
    "utf8": b'{"name": "\xff\xfe"}',
}


def drop(request: web.BaseRequest) -> web.StreamResponse:
    """Abort the connection; the response that is returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def send(
    request: web.BaseRequest, answer: Answer, headers: dict[str, str], bodies: Bodies, action: Action | None
) -> web.StreamResponse:
    compressed = "gzip" in request.headers.get("Accept-Encoding", "").lower() and bool(answer.body or answer.parts)
    headers = {**headers, **answer.headers}
    if answer.body or answer.parts:
        headers["Content-Type"] = (
            "application/json; charset=utf-8" if answer.content_type == "application/json" else (answer.content_type)
        )
    if compressed:
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if action is not None:
        return await _spoil(request, answer, headers, await _spoilt(answer, bodies, action, compressed), action)
    body, rest = await bodies.start(answer, compressed=compressed)
    if rest is None:
        return web.Response(status=answer.status, headers=headers, body=body)
    return await _stream(request, answer.status, headers, rest)


async def _stream(
    request: web.BaseRequest, status: int, headers: dict[str, str], pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response


async def _spoilt(answer: Answer, bodies: Bodies, action: Action, compressed: bool) -> bytes:
    """Return the body as the fault changes it, before it is truncated."""
    if action.broken_json and not action.empty:
        plain = await bodies.whole(answer, compressed=False)
        how = "cut" if action.broken_json is True else action.broken_json
        broken = b"\xef\xbb\xbf" + plain if how == "bom" else _BROKEN.get(str(how), plain[: len(plain) * 2 // 3])
        return await bodies.whole(Answer(body=broken), compressed=compressed)
    if action.empty:
        return b""
    return await bodies.whole(answer, compressed=compressed)


async def _spoil(
    request: web.BaseRequest, answer: Answer, headers: dict[str, str], body: bytes, action: Action
) -> web.StreamResponse:
    if not body:
        headers.pop("Content-Encoding", None)
    sent = body if action.cut_body is None else body[: int(len(body) * action.cut_body)]
    if action.slow is None and (action.cut_body is None or action.fits):
        return web.Response(status=answer.status, headers=headers, body=sent)
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(sent) if action.fits else len(body)
    await response.prepare(request)
    if action.slow is None:
        await response.write(sent)
    else:
        await _drip(response, sent, action.slow)
    if len(sent) < len(body) and not action.fits:
        if request.transport is not None:
            request.transport.close()  # what was written is still sent, nothing after it
        return response
    await response.write_eof()
    return response


async def _drip(response: web.StreamResponse, body: bytes, bytes_a_second: float) -> None:
    step = max(1, int(bytes_a_second / 10))
    for at in range(0, len(body), step):
        await response.write(body[at : at + step])
        await asyncio.sleep(step / bytes_a_second)
