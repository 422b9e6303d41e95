"""Simulate the customers of WooCommerce's REST API v3: list, get, create, update, delete.

By the source of the plugin: an e-mail address and a user name are one user's only; the list has the role `customer`
alone unless another one or `all` is asked for; who is neither customer nor subscriber keeps their e-mail address and
cannot be deleted; a delete needs `force=true`. Parameters that the list does not know, such as `modified_after`, are
ignored. The API has no limit of its own. A host's 429 is a web page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from etl.simulator.data.drawn import AMSTERDAM
from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json, joined
from etl.simulator.engine.api import WriteRecorder
from etl.simulator.engine.call import IncomingCall
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import RecordStore
from etl.simulator.engine.vendor import Shop, Vendor
from etl.simulator.options import Options
from etl.simulator.woocommerce.body import Refused, changed, checked, invalid, is_email
from etl.simulator.woocommerce.drawn_customers import BILLING, FIRST_ID, SHIPPING, SITE, draw_shopper, links
from etl.simulator.woocommerce.users import Users

Wire = dict[str, Any]

BASE = "/wp-json/wc/v3/customers"
EDITABLE_ROLES = ("customer", "subscriber")
ROLES = (
    "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager", "wholesale_customer",
    "bbp_participant",
)  # fmt: skip
CODES = {
    400: "rest_invalid_json",
    401: "woocommerce_rest_authentication_error",
    403: "woocommerce_rest_cannot_view",
    404: "rest_no_route",
    500: "internal_server_error",
}
PAGE = b"<!doctype html>\n<title>429 Too Many Requests</title>\n<h1>Too Many Requests</h1>\n"


class WooCommerce:
    system = "woocommerce"
    schemes = ("basic",)
    ids = frozenset({"id"})

    def __init__(self, *, rows: int, seed: int, recorder: WriteRecorder, respell: Respelling) -> None:
        self.customers = RecordStore(
            first_id=FIRST_ID, rows=rows, draw=lambda row: draw_shopper(row, seed).wire, respell=respell
        )
        self._users = Users(self.customers)
        self._recorder = recorder

    def answer(self, call: IncomingCall) -> Answer:
        rest = call.path.removeprefix(BASE)
        match call.method, rest:
            case "GET", "":
                return self._list(call)
            case "POST", "":
                return self._create(call)
            case _ if not _is_id(rest):
                pass
            case "GET", _:
                return answer_json(self._get(rest))
            case (("PUT" | "POST" | "PATCH"), _):
                return self._update(call, rest)
            case "DELETE", _:
                return self._delete(call, rest)
        raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    def shown(self, call: IncomingCall) -> Answer:
        return answer_json(self._get(call.path.removeprefix(BASE)))

    def refuse(self, refusal: RefusedRequest) -> Answer:
        if refusal.status == 429:
            return Answer(429, PAGE, headers=refusal.headers, content_type="text/html; charset=utf-8")
        code = refusal.code if isinstance(refusal, Refused) else CODES.get(refusal.status, "woocommerce_rest_error")
        more = refusal.data if isinstance(refusal, Refused) else {}
        body = {"code": code, "message": refusal.message, "data": {"status": refusal.status, **more}}
        return answer_json(body, refusal.status, refusal.headers)

    def _list(self, call: IncomingCall) -> Answer:
        query = call.query
        per_page, page = _whole(query, "per_page", 10, most=100), _whole(query, "page", 1)
        start = _whole(query, "offset", 0, least=0) or (page - 1) * per_page
        ids = self._ordered(query, self._found(query, self._visible(call)))
        shown = ids[start : start + per_page]
        pages = -(-len(ids) // per_page)
        headers = {"X-WP-Total": str(len(ids)), "X-WP-TotalPages": str(pages)}
        if link := _link(query, start // per_page + 1, pages):
            headers["Link"] = link
        parts = joined(map(self.customers.render, shown), b"[", b"]")
        key = (BASE, self.customers.version, tuple(sorted(query.items())))
        return Answer(parts=parts, key=None if call.lag_s else key, headers=headers)

    def _visible(self, call: IncomingCall) -> Sequence[int]:
        return self.customers.settled_ids(call.arrived - call.lag_s) if call.lag_s else self.customers.ids()

    def _found(self, query: Mapping[str, str], ids: Sequence[int]) -> Sequence[int]:
        role, email, search = (query.get(name, "") for name in ("role", "email", "search"))
        if role and role not in (*ROLES, "all"):
            raise invalid("role", f"role is not one of all, {', '.join(ROLES)}.")
        if email and not is_email(email):
            raise invalid("email", "Invalid email address.")
        if email:
            owner = self._users.with_email(email)
            ids = [key for key in ids if key == owner]
        elif search:
            ids = [key for key in ids if search.casefold() in _searched(self._user(key))]
        role = role or "customer"
        return ids if role == "all" else [key for key in ids if self._user(key)["role"] == role]

    def _ordered(self, query: Mapping[str, str], ids: Sequence[int]) -> Sequence[int]:
        by, order = query.get("orderby", "name"), query.get("order", "asc")
        if by not in ("id", "include", "name", "registered_date"):
            raise invalid("orderby", "orderby is not one of id, include, name, registered_date.")
        if order not in ("asc", "desc"):
            raise invalid("order", "order is not one of asc, desc.")
        if by == "name":
            ids = sorted(ids, key=lambda key: (_display_name(self._user(key)), key))
        elif by == "registered_date":
            ids = sorted(ids, key=lambda key: (self._user(key)["date_created_gmt"], key))
        return ids[::-1] if order == "desc" else ids

    def _user(self, key: int) -> Wire:
        user = self.customers.get(key)
        assert user is not None
        return user

    def _get(self, rest: str) -> Wire:
        user = self.customers.get(int(rest.removeprefix("/"))) if _is_id(rest) else None
        if user is None:
            raise Refused(404, "wc_user_invalid_id", "Invalid user ID.")
        return user

    def _create(self, call: IncomingCall) -> Answer:
        sent = call.json_object()
        body = checked(sent)
        if "email" not in body:
            raise Refused(400, "rest_missing_callback_param", "Missing parameter(s): email", params=["email"])
        if body.get("id"):
            raise Refused(400, "woocommerce_rest_customer_exists", "Cannot create existing resource.")
        key, now = self.customers.reserve(), self._now()
        user: Wire = {"id": key, **now, **{f"date_modified{name}": now[f"date_created{name}"] for name in ("", "_gmt")}}
        user |= {"email": body["email"], "first_name": "", "last_name": "", "role": "customer"}
        user |= {"username": self._users.new_name(body["email"], body.get("username", ""))}
        user |= {"billing": dict.fromkeys(BILLING, ""), "shipping": dict.fromkeys(SHIPPING, "")}
        user |= {"is_paying_customer": False, "avatar_url": "https://secure.gravatar.com/avatar/?s=96"}
        user |= {"meta_data": [], "_links": links(key)}
        changed(user, body)
        self.customers.add(user, self._recorder.clock.now())
        self._recorder.record(call, "created", key, sent)
        return answer_json(self.customers.get(key), 201, {"Location": f"{SITE}/{key}"})

    def _now(self) -> Wire:
        now = datetime.fromtimestamp(self._recorder.clock.now(), UTC)
        local = now.astimezone(AMSTERDAM)
        return {"date_created": f"{local:%Y-%m-%dT%H:%M:%S}", "date_created_gmt": f"{now:%Y-%m-%dT%H:%M:%S}"}

    def _update(self, call: IncomingCall, rest: str) -> Answer:
        user = self._get(rest)
        sent = call.json_object()
        body = checked(sent)
        email, role = body.get("email"), user["role"]
        if role not in EDITABLE_ROLES and (email not in (None, user["email"]) or "password" in body):
            what = "email" if email not in (None, user["email"]) else "password"
            said = f"Sorry, {what} cannot be updated via this endpoint for a user with role {role}."
            raise Refused(403, "woocommerce_rest_cannot_edit", said)
        if email is not None and not is_email(email):
            raise invalid("email", "Invalid email address.")
        if email not in (None, user["email"]) and self._users.with_email(email) is not None:
            raise Refused(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
        if body.get("username", user["username"]) != user["username"]:
            raise Refused(400, "woocommerce_rest_customer_invalid_argument", "Username isn't editable.")
        user["email"] = user["email"] if email is None else email
        if changed(user, body):
            now = self._now()
            user |= {"date_modified": now["date_created"], "date_modified_gmt": now["date_created_gmt"]}
        self.customers.put(user["id"], user)
        self._recorder.record(call, "updated", user["id"], sent)
        return self.shown(call)

    def _delete(self, call: IncomingCall, rest: str) -> Answer:
        user = self._get(rest)
        if user["role"] not in EDITABLE_ROLES:
            said = f"Sorry, users with {user['role']} role cannot be deleted via this endpoint."
            raise Refused(403, "woocommerce_rest_cannot_delete", f"{said} Allowed roles: {', '.join(EDITABLE_ROLES)}")
        if call.query.get("force") not in ("true", "1"):
            raise Refused(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
        self.customers.remove(user["id"])
        self._recorder.record(call, "deleted", user["id"], None)
        return answer_json(user)


def _is_id(rest: str) -> bool:
    key = rest.removeprefix("/")
    return key.isascii() and key.isdigit() and len(key) <= 18


def _whole(query: Mapping[str, str], name: str, usual: int, *, least: int = 1, most: int | None = None) -> int:
    text = query.get(name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit()):
        raise invalid(name, f"{name} is not of type integer.")
    if int(text) < least or (most is not None and int(text) > most):
        raise invalid(name, f"{name} must be between {least} (inclusive) and {most} (inclusive)")
    return int(text)


def _link(query: Mapping[str, str], page: int, pages: int) -> str:
    found = {"prev": min(page - 1, pages)} if page > 1 else {}
    found |= {"next": page + 1} if pages > page else {}
    return ", ".join(
        f'<{SITE}?{urlencode({**query, "page": number})}>; rel="{where}"' for where, number in found.items()
    )


def _display_name(user: Wire) -> str:
    return (f"{user['first_name']} {user['last_name']}".strip() or str(user["username"])).casefold()


def _searched(user: Wire) -> str:
    return f"{user['email']} {user['username']} {_display_name(user)}".casefold()


def _open(options: Options, recorder: WriteRecorder) -> Shop:
    respell = Respelling(options.spelling("woocommerce.customers"))
    api = WooCommerce(rows=options.rows, seed=options.seed, recorder=recorder, respell=respell)
    return Shop(api, {"customers": api.customers})


WOOCOMMERCE = Vendor(
    system=WooCommerce.system,
    path=BASE,
    account={"username": "demo", "password": "demo"},
    streams=("customers",),
    open=_open,
    limits=lambda options: (None, None),
    contacts={"customers": draw_shopper},
)
