"""What a spreadsheet did to values is undone before they are sent."""

from __future__ import annotations

import json

from .conftest import Opened


async def test_a_push_sends_no_word_for_nothing_and_no_lost_figure(shop_of: Opened) -> None:
    bad = {
        "nr": "7", "last_name": "Mol", "company_name": "#N/A", "city": "n.v.t.", "country": "NL",
        "coc_number": "1,036041E+06",
        "vat_number": "nvt", "street": "Dijk", "house_number": "12.0", "postcode": "8011 AA Zwolle",
        "email": "ans@mol.nl; wim@bos.nl", "phone": "038-4211999 / 06-12345678", "mobile": "",
    }  # fmt: skip
    async with shop_of("customers") as shop:
        report = await shop.push([bad], key="nr", ignore=["nr"])
        assert report.outcomes == {"created": 1}
        (sent,) = shop.log("created")
    text = json.dumps(sent["body"])
    assert [word for word in ("#N/A", "n.v.t.", "nvt", "E+06", "12.0", ";", " / ") if word in text] == []
    assert [word for word in ("ans@mol.nl", "+31384211999", "+31612345678") if word not in text] == []
