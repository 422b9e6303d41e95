"""The simulated WooCommerce answers as the source of the plugin's controllers says."""

from __future__ import annotations

from typing import Any

import pytest

from etl.simulator.woocommerce.drawn_customers import FIRST_ID

from .conftest import Caller, Reply, Start

BASE = "/wp-json/wc/v3/customers"
ALL = f"{BASE}?role=all&orderby=id&per_page=100"
NEW = {
    "email": "jo@example.nl",
    "first_name": " <b>Jo</b>  Anne ",
    "billing": {"city": "Ede ", "fax": "1", "state": None},
}


async def customers(call: Caller, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call("GET", f"{ALL}{query}")).json
    return found


def code_of(reply: Reply) -> tuple[int, str]:
    assert reply.json["data"]["status"] == reply.status
    return reply.status, reply.json["code"]


async def test_a_page_tells_how_many_there_are_and_which_pages_are_beside_it(start: Start) -> None:
    async with start(rows=25) as call:
        first, last, beyond = [await call("GET", f"{BASE}?role=all&orderby=id&page={page}") for page in (1, 3, 9)]
    for reply in (first, last, beyond):
        assert (reply.headers["X-WP-Total"], reply.headers["X-WP-TotalPages"]) == ("25", "3")
    assert [len(reply.json) for reply in (first, last, beyond)] == [10, 5, 0]
    assert [one["id"] for one in first.json] == [*range(FIRST_ID, FIRST_ID + 10)]
    assert first.headers["Link"].endswith('&page=2>; rel="next"')
    assert last.headers["Link"].endswith('&page=2>; rel="prev"')
    assert beyond.headers["Link"].endswith('&page=3>; rel="prev"')


async def test_without_a_role_only_customers_are_shown(start: Start) -> None:
    async with start(rows=100) as call:
        everybody = await customers(call)
        shown = (await call("GET", f"{BASE}?per_page=100")).json
    roles = [one["role"] for one in everybody]
    assert {"customer", "subscriber", "shop_manager"} <= {*roles}
    assert {one["role"] for one in shown} == {"customer"}
    assert len(shown) == roles.count("customer")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("per_page=101", "per_page"), ("per_page=0", "per_page"), ("page=x", "page"), ("role=klant", "role"),
     ("orderby=email", "orderby"), ("order=up", "order"), ("email=nobody", "email")],
)  # fmt: skip
async def test_a_wrong_parameter_is_refused_by_name(call: Caller, query: str, parameter: str) -> None:
    reply = await call("GET", f"{BASE}?{query}")
    assert code_of(reply) == (400, "rest_invalid_param")
    assert [*reply.json["data"]["params"]] == [parameter]


async def test_a_time_is_no_parameter_of_the_list(call: Caller) -> None:
    assert len(await customers(call, "&modified_after=2099-01-01T00:00:00")) == 20


async def test_an_email_address_finds_its_user_alone(call: Caller) -> None:
    email = (await customers(call))[3]["email"]
    assert [one["email"] for one in await customers(call, f"&email={email.upper()}")] == [email]
    assert await customers(call, f"&email=x{email}") == []


async def test_a_new_customer_is_cleaned_named_and_stamped(call: Caller) -> None:
    made = await call("POST", BASE, json=NEW)
    user = made.json
    assert (made.status, made.headers["Location"]) == (201, f"https://winkel.example{BASE}/{user['id']}")
    assert (user["first_name"], user["role"], user["username"]) == ("Jo Anne", "customer", "jo")
    assert (user["billing"]["city"], user["billing"]["state"]) == ("Ede ", "")
    assert "fax" not in user["billing"]
    assert (await call("GET", f"{BASE}/{user['id']}")).json == user
    again = (await call("POST", BASE, json={"email": "jo@example.com"})).json
    assert (again["username"], again["id"]) == ("jo-0001", user["id"] + 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "rest_missing_callback_param"),
        ({"email": None}, "rest_missing_callback_param"),
        ({"email": "jo"}, "registration-error-invalid-email"),
        ({"email": "JO@example.nl"}, "registration-error-email-exists"),
        ({"email": "a@example.nl", "username": "Jo"}, "registration-error-username-exists"),
        ({"email": "a@example.nl", "id": 7}, "woocommerce_rest_customer_exists"),
        ({"email": "a@example.nl", "billing": "Ede"}, "rest_invalid_param"),
        ({"email": "a@example.nl", "billing": {"city": 7}}, "rest_invalid_param"),
        ({"email": "a@example.nl", "billing": {"email": ""}}, "rest_invalid_param"),
    ],
)
async def test_what_cannot_be_a_customer_is_refused_with_its_code(call: Caller, body: Any, code: str) -> None:
    await call("POST", BASE, json=NEW)
    assert code_of(await call("POST", BASE, json=body)) == (400, code)
    assert len(await customers(call)) == 21


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH"])
async def test_a_change_changes_what_it_names(call: Caller, method: str) -> None:
    before = (await call("POST", BASE, json=NEW)).json
    path = f"{BASE}/{before['id']}"
    after = (await call(method, path, json={"last_name": None, "billing": {"city": "", "phone": "1"}})).json
    assert after == {**before, "billing": {**before["billing"], "city": "", "phone": "1"}}


async def test_the_time_of_a_change_moves_by_names_and_addresses_alone(start: Start) -> None:
    async with start(rows=2) as call:
        for body, moves in (({"email": "new@example.nl"}, False), ({"shipping": {"city": "Ede"}}, True)):
            before = (await call("GET", f"{BASE}/{FIRST_ID}")).json["date_modified_gmt"]
            after = (await call("PUT", f"{BASE}/{FIRST_ID}", json=body)).json["date_modified_gmt"]
            assert (after != before) == moves


async def test_an_email_address_of_another_user_and_another_name_are_refused(call: Caller) -> None:
    one, other = (await customers(call))[:2]
    path = f"{BASE}/{one['id']}"
    taken = "woocommerce_rest_customer_invalid_email"
    assert code_of(await call("PUT", path, json={"email": other["email"]})) == (400, taken)
    assert code_of(await call("PUT", path, json={"email": one["email"].upper()})) == (400, taken)
    assert code_of(await call("PUT", path, json={"email": "x"})) == (400, "rest_invalid_param")
    renamed = await call("PUT", path, json={"username": "another"})
    assert code_of(renamed) == (400, "woocommerce_rest_customer_invalid_argument")


async def test_staff_keep_their_email_address_and_are_not_deleted(start: Start) -> None:
    async with start(rows=100) as call:
        manager = next(one for one in await customers(call) if one["role"] == "shop_manager")
        path = f"{BASE}/{manager['id']}"
        assert (await call("PUT", path, json={**manager, "billing": {"city": "Ede"}})).status == 200
        assert code_of(await call("PUT", path, json={"email": "a@example.nl"})) == (403, "woocommerce_rest_cannot_edit")
        assert code_of(await call("DELETE", f"{path}?force=true")) == (403, "woocommerce_rest_cannot_delete")


async def test_a_delete_takes_force_and_is_for_good(call: Caller) -> None:
    path = f"{BASE}/{FIRST_ID}"
    user = (await call("GET", path)).json
    assert user["role"] == "customer"
    assert code_of(await call("DELETE", path)) == (501, "woocommerce_rest_trash_not_supported")
    assert (await call("DELETE", f"{path}?force=true")).json == user
    for method in ("GET", "PUT", "DELETE"):
        assert code_of(await call(method, path, json={})) == (404, "wc_user_invalid_id")
    assert (await call("POST", BASE, json={"email": user["email"]})).status == 201


async def test_other_paths_and_credentials_are_refused_as_wordpress_does(call: Caller) -> None:
    assert code_of(await call("GET", f"{BASE}/jo@example.nl")) == (404, "rest_no_route")
    assert code_of(await call("GET", BASE, secret="wrong")) == (401, "woocommerce_rest_authentication_error")
    assert code_of(await call("POST", BASE, data="{")) == (400, "rest_invalid_json")
