"""Customers into a WooCommerce shop: each once, by their e-mail addresses, and nobody else's account is touched."""

from __future__ import annotations

from typing import Any

import pytest

from etl.simulator.woocommerce.drawn_customers import FIRST_ID

from .conftest import Opened, Shop, people

STORE = "woocommerce.customers"


def held(shop: Shop, key: int = FIRST_ID) -> dict[str, Any]:
    user = shop.simulator.stores[STORE].get(key)
    assert user is not None
    return user


def stranger(shop: Shop, email: str, **fields: Any) -> int:
    """Somebody who made an account, and said no more than that."""
    store = shop.simulator.stores[STORE]
    key = store.reserve()
    user = {**STRANGER, "id": key, "email": email, "username": f"u{key}", **fields}
    assert store.add(user, shop.clock.now().timestamp()) == key
    return key


ADDRESS = dict.fromkeys(
    ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "phone"),
    "",
)
STRANGER: dict[str, Any] = {
    "first_name": "", "last_name": "", "role": "customer", "billing": {**ADDRESS, "email": ""}, "shipping": ADDRESS,
    "date_created": "2020-01-01T01:00:00", "date_created_gmt": "2020-01-01T00:00:00", "date_modified": None,
    "date_modified_gmt": None, "is_paying_customer": False, "avatar_url": "", "meta_data": [],
}  # fmt: skip


async def test_a_new_customer_has_the_names_and_the_address_in_all_their_places(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        rows = people(1, first_name="Jo", address_line="Dorpsstraat 12 bus 3, 2e verdieping", company_name="Bakkerij")
        report = await shop.push(rows)
        assert report.outcomes == {"created": 1}
        user = held(shop)
    address = {"address_1": "Dorpsstraat 12 bus 3", "address_2": "2e verdieping", "city": "Utrecht", "country": "NL"}
    names = {"first_name": "Jo", "last_name": "Jansen 1", "email": "j1@example.nl"}
    assert names.items() <= user.items()
    assert {**names, **address, "company": "Bakkerij", "postcode": "1337XD"}.items() <= user["billing"].items()
    assert not any(user["shipping"].values())


async def test_an_unchanged_row_makes_no_call_and_a_changed_one_changes_what_changed(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        rows = people(3)
        await shop.push(rows)
        before, asked = held(shop, FIRST_ID + 1), shop.simulator.stats["requests"]
        again = await shop.push(rows)
        assert (again.outcomes, shop.simulator.stats["requests"] - asked) == ({"unchanged": 3}, 0)
        rows[1] |= {"city": "Ede", "last_name": "Smit"}
        changed = await shop.push(rows)
        assert changed.outcomes == {"updated": 1, "unchanged": 2}
        after = held(shop, FIRST_ID + 1)
    billing = {**before["billing"], "city": "Ede", "last_name": "Smit"}
    stamped = {name: after[name] for name in ("date_modified", "date_modified_gmt")}
    assert after == {**before, **stamped, "last_name": "Smit", "billing": billing}


async def test_a_second_line_goes_where_the_row_has_none_any_more(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        await shop.push(people(1, address_line="Dorpsstraat 12, achter"))
        assert held(shop)["billing"]["address_2"] == "achter"
        await shop.push(people(1, address_line="Dorpsstraat 12"))
        assert [held(shop)["billing"][line] for line in ("address_1", "address_2")] == ["Dorpsstraat 12", ""]


async def test_the_name_that_a_customer_has_billed_is_theirs(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        await shop.push(people(1))
        store = shop.simulator.stores[STORE]
        user = held(shop)
        store.put(FIRST_ID, {**user, "billing": {**user["billing"], "last_name": "Inkoop BV"}})
        report = await shop.push(people(1, last_name="Smit"))
        assert (report.outcomes, held(shop)["last_name"]) == ({"updated": 1}, "Smit")
        assert held(shop)["billing"]["last_name"] == "Inkoop BV"


@pytest.mark.parametrize("action", [{"drop_after": True}, {"broken_json": True}, {"status": 500, "commit": True}])
async def test_rows_whose_answers_are_lost_are_there_once(action: dict[str, Any], shop_of: Opened) -> None:
    faults = [{"method": "POST", "when": {"nth": [2, 5]}, "action": action}]
    async with shop_of("shoppers", faults=faults, rows=3) as shop:
        report = await shop.push(people(6))
        assert (report.exit_code, report.outcomes) == (0, {"created": 6})
        assert len(shop.made) == len(set(shop.made)) == 6


async def test_a_create_that_the_list_shows_too_late_is_no_second_customer(shop_of: Opened) -> None:
    lost = {"method": "POST", "when": {"nth": [1]}, "action": {"drop_after": True}}
    lag = {"method": "GET", "path": "customers.role=all", "action": {"find_lag_s": 200}}
    async with shop_of("shoppers", faults=[lost, lag]) as shop:
        report = await shop.push(people(2))
        assert (report.outcomes, len(shop.made)) == ({"created": 2}, 2)
        posts = shop.simulator.stats["systems"]["woocommerce"]["statuses"]
        assert posts["400"] == 1, "it was sent again, and the shop had its e-mail address"


IN_DUTCH = """{"code": "registration-error-email-exists", "data": {"status": 400},
"message": "Er is al een account geregistreerd met dit e-mailadres. <a href=\\"#\\">Log in</a>."}"""


async def test_that_it_exists_is_understood_in_the_shops_language(shop_of: Opened) -> None:
    told = {"method": "POST", "when": {"nth": [1]}, "action": {"status": 400, "body": IN_DUTCH, "commit": True}}
    async with shop_of("shoppers", faults=[told]) as shop:
        report = await shop.push(people(2))
        assert (report.outcomes, len(shop.made)) == ({"created": 2}, 2)


async def test_an_email_address_in_other_capitals_stays_as_it_is_there(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        key = stranger(shop, "J1@Example.nl", last_name="Jansen 1")
        report = await shop.push(people(1), match="email")
        assert (report.outcomes, held(shop, key)["email"]) == ({"updated": 1}, "J1@Example.nl"), shop.results(report)


async def test_an_email_address_of_somebody_else_is_no_reason_to_write_to_them(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        key = stranger(shop, "J2@example.nl", first_name="Piet", last_name="Post")
        before = held(shop, key)
        first = await shop.push(people(3))
        assert (first.exit_code, first.outcomes) == (65, {"created": 2, "rejected": 1})
        (told,) = [one["message"] for one in shop.results(first) if one["outcome"] == "rejected"]
        assert "registration-error-email-exists" in told
        assert "example.nl" not in told
        again = await shop.push(people(3, city="Ede"))
        assert again.outcomes == {"updated": 2, "rejected": 1}
        assert (held(shop, key), len(shop.simulator.stores[STORE].ids())) == (before, 3)


async def test_an_account_that_somebody_makes_meanwhile_is_not_taken_for_the_rows(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        await shop.push(people(1))
        key = stranger(shop, "j2@example.nl")
        report = await shop.push(people(2))
        assert report.outcomes == {"unchanged": 1, "rejected": 1}
        assert held(shop, key)["last_name"] == ""


async def test_two_rows_with_one_email_address_are_one_customer_and_a_reason(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        rows = people(2)
        rows[1]["email"] = "J1@example.nl"
        report = await shop.push(rows)
        assert report.outcomes == {"created": 1, "rejected": 1}
        assert len(shop.simulator.stores[STORE].ids()) == 1


async def test_who_is_there_already_is_left_to_people_or_found_by_email(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        key = stranger(shop, "j1@example.nl", last_name="Jansen 1")
        first = await shop.push(people(1))
        assert (first.outcomes, held(shop, key)["billing"]["city"]) == ({"review": 1}, "")
        second = await shop.push(people(1), match="email")
        assert (second.outcomes, held(shop, key)["billing"]["city"]) == ({"updated": 1}, "Utrecht")
        assert len(shop.simulator.stores[STORE].ids()) == 1


async def test_the_email_address_of_staff_is_refused_for_that_row_alone(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        await shop.push(people(3))
        store = shop.simulator.stores[STORE]
        store.put(FIRST_ID + 1, {**held(shop, FIRST_ID + 1), "role": "shop_manager"})
        rows = people(3)
        for one in rows:
            one["email"] = f"new.{one['email']}"
        report = await shop.push(rows)
        assert (report.exit_code, report.outcomes) == (65, {"updated": 2, "rejected": 1})
        (told,) = [one["message"] for one in shop.results(report) if one["outcome"] == "rejected"]
        assert "with role shop_manager" in told
        addressed = await shop.push([{**one, "email": f"j{one['nr']}@example.nl", "city": "Ede"} for one in people(3)])
        assert addressed.outcomes["updated"] == 3


async def test_without_an_email_address_there_is_no_customer(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        rows = people(2)
        rows[0]["email"] = ""
        report = await shop.push(rows)
        assert report.outcomes == {"created": 1, "rejected": 1}
        (told,) = [one for one in shop.results(report) if one["outcome"] == "rejected"]
        assert "required" in told["message"]


async def test_what_was_created_is_deleted_again_for_good(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        report = await shop.push(people(2))
        gone = await shop.push(people(1), mode="delete")
        assert (report.outcomes, gone.outcomes) == ({"created": 2}, {"deleted": 1})
        assert [*shop.simulator.stores[STORE].ids()] == [FIRST_ID + 1]


async def test_an_emptied_cell_empties_its_field_but_for_the_email_address(shop_of: Opened) -> None:
    async with shop_of("shoppers") as shop:
        await shop.push(people(1))
        await shop.push(people(1, phone="", city="", email=""), clear_empty=True)
        user = held(shop)
    assert (user["billing"]["phone"], user["billing"]["city"]) == ("", "")
    assert (user["email"], user["billing"]["email"]) == ("j1@example.nl", "j1@example.nl")
