"""Invent answers that are not the API's own, such as those of a proxy or of a failing server."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import orjson

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json
from etl.simulator.engine.api import Api
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.faults import Action

_PAGE = b"<!doctype html>\n<title>Onderhoud</title>\n<p>We zijn zo terug.</p>\n"


def invent(api: Api, call: IncomingCall, action: Action) -> Answer:
    """Return an answer in place of the API's own, invented before the call is carried out."""
    answer = _shown(api, call, action) if action.stale_echo else _invented(api, action)
    if action.retry_after is None:
        return answer
    return replace(answer, headers={**answer.headers, "Retry-After": action.retry_after})


def without_ids(api: Api, answer: Answer) -> Answer:
    """Remove from an answer everything that identifies a record."""
    body = orjson.dumps(_stripped(orjson.loads(answer.body), api.ids)) if answer.body else b"{}"
    headers = {name: value for name, value in answer.headers.items() if name != "Location"}
    return replace(answer, body=body, headers=headers, key=None)


def _stripped(value: Any, ids: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_stripped(one, ids) for one in value]
    if isinstance(value, dict):
        return {name: _stripped(one, ids) for name, one in value.items() if name not in ids}
    return value


def _shown(api: Api, call: IncomingCall, action: Action) -> Answer:
    """Answer with the record as it was before the call; with an empty object for one that the call would create."""
    try:
        shown = api.shown(call)
    except RefusedRequest:
        return answer_json({}, action.status or 201)
    return replace(shown, status=action.status or 200)


def _invented(api: Api, action: Action) -> Answer:
    status = action.status
    if action.redirect is not None:
        to = str(action.redirect["to"])
        return Answer(int(action.redirect.get("status", 302)), headers={"Location": to})
    if action.no_body:
        return Answer(status or 200)
    if action.html:
        return Answer(status or 200, _PAGE, content_type="text/html; charset=utf-8")
    if action.error_true:
        return answer_json({"error": True, "error_message": "Something went wrong."}, status or 200)
    if action.body is not None:
        return Answer(status or 200, action.body.encode())
    return api.refuse(RefusedRequest(status or 429, "Something went wrong."))
