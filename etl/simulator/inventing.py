"""Answers that are not the API's own: what stands before it, or a failure of its own making, might say."""

from __future__ import annotations

from dataclasses import replace

from etl.simulator.answer import Answer, Refusal, answer_json
from etl.simulator.api import Api
from etl.simulator.faults import Action

_PAGE = b"<!doctype html>\n<title>Onderhoud</title>\n<p>We zijn zo terug.</p>\n"


def invent(api: Api, action: Action) -> Answer:
    answer = _invented(api, action)
    if action.retry_after is None:
        return answer
    return replace(answer, headers={**answer.headers, "Retry-After": action.retry_after})


def _invented(api: Api, action: Action) -> Answer:
    status = action.status
    if action.redirect is not None:
        to = str(action.redirect["to"])
        return Answer(int(action.redirect.get("status", 302)), headers={"Location": to})
    if action.html:
        return Answer(status or 200, _PAGE, content_type="text/html; charset=utf-8")
    if action.error_true:
        return answer_json({"error": True, "error_message": "Something went wrong."}, status or 200)
    if action.body is not None:
        return Answer(status or 200, action.body.encode())
    return api.refuse(Refusal(status or 429, "Something went wrong."))
