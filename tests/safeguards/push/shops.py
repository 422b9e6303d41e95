"""Customers into a shop that tells people apart by their e-mail addresses."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard, pushes

_READ, _WRITE = "etl/systems/woocommerce/read.py", "etl/systems/woocommerce/write.py"

SHOPS = (
    Safeguard(
        "an e-mail address that a shop has is looked up, whatever its language",
        _READ,
        """{MEANT.get(code, message)} [{code}]""",
        """{MEANT.get(code, message)}""",
        pushes("woocommerce", "that_it_exists_is_understood_in_the_shops_language"),
        quick=True,
    ),
    Safeguard(
        "one user whom a shop does not change is no reason to doubt the keys",
        "etl/http/send.py",
        """kind != "record" and (""",
        """(""",
        pushes("woocommerce", "the_email_address_of_staff_is_refused_for_that_row_alone"),
        quick=True,
    ),
    Safeguard(
        "a billed name that is another one is theirs",
        _WRITE,
        """            body[f"billing.{name}"] = theirs
""",
        """            pass
""",
        pushes("woocommerce", "the_name_that_a_customer_has_billed_is_theirs"),
    ),
    Safeguard(
        "an e-mail address is not sent because of its capitals",
        _WRITE,
        """        body["email"] = own["email"]""",
        """        pass""",
        pushes("woocommerce", "an_email_address_in_other_capitals_stays_as_it_is_there"),
    ),
    Safeguard(
        "a second line that a row has no more goes",
        _WRITE,
        """emptied = LINES[1:] if""",
        """emptied = () if""",
        pushes("woocommerce", "a_second_line_goes_where_the_row_has_none_any_more"),
    ),
    Safeguard(
        "everybody with an account is in a shop's list, whatever their role",
        _READ,
        """parameters={"role": "all", """,
        """parameters={""",
        ("test_woocommerce.py::test_a_shop_of_250_is_read_whole_and_again_from_what_landed",),
        quick=True,
    ),
)
