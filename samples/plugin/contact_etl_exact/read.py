"""Read Exact Online: the accounts of an administration, and the persons at them.

Documents: "Exact Online REST API - CRM/Accounts" (start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx), Exact's
articles "API limits", "OData - Best practices" and "OData - Query string options", and its pages on OAuth; where these
are silent, what clients of others do (picqer/exact-php-client). Nothing of it was tried with a live server. Most in
doubt are the filter of contacts, the zone of times, and what refusals look like: EXACT.unverified has the whole list.

    base_url        https://start.exactonline.nl, or the host of another country
    division        the number of the administration; a consent for another one gives 403
    pages           60 rows each, in the order of their ids; `__next` is the address of the next one
    $filter         must be there, with a field that Exact allows: one that holds for every record
    $select         the fields that are declared, and nothing else of anybody
    calls           one after another: Exact answers parallel ones in any order, and warns of holes
    access tokens   good for 600 s, and no other before 570 s have passed: the client's 20 s ahead keep to that

Left out are `--since` (the time would have to stand inside of $filter, and its zone is not documented), `etl get` (it
would send $filter, too), deletions as `/sync/Deleted` tells them (an export finds them, as the whole list lacks them),
the lists of 1,000 a page below /bulk, further addresses and bank accounts, and all writing.
"""

from __future__ import annotations

from typing import Any

from contact_etl_exact.fields import ACCOUNT, CONTACT
from etl.systems.declare import (
    Daily,
    Envelope,
    Fields,
    MovingWindow,
    NextUrl,
    RefreshToken,
    Refusal,
    Stream,
    System,
)
from etl.systems.shared.told_error import told_error

EVERY = "Modified ge datetime'1900-01-01T00:00:00'"
"""Holds for every record, also for one that is changed while the list is read."""


def refusal(body: Any) -> Refusal | None:
    """Read `{"error": {"message": {"value": …}}}`, or an error of OAuth."""
    message = told_error(body)
    if message is None:
        return None
    error = body["error"] if isinstance(body.get("error"), dict) else {}
    inner = error.get("message")
    said = inner.get("value") if isinstance(inner, dict) else None
    return Refusal("refused", said if isinstance(said, str) else message)


def listed(name: str, entity: str, fields: Fields) -> Stream:
    """Declare a list of crm."""
    return Stream(
        name=name,
        path=f"/api/v1/{{division}}/crm/{entity}",
        fields=fields,
        parameters={"$filter": EVERY, "$select": ",".join(fields)},
        paging=NextUrl("d.__next"),
        envelope=Envelope("d.results"),
    )


EXACT = System(
    id="exact",
    title="Exact Online",
    auth=(RefreshToken("/api/oauth2/token", client="body"),),
    limits=(
        MovingWindow(60, seconds=60, headers="X-RateLimit-Minutely-"),
        Daily(5000, headers="X-RateLimit-"),
    ),
    at_once=1,
    refusal=refusal,
    probe=("accounts", {"$top": "1"}),
    options={"division": ""},
    streams=(listed("accounts", "Accounts", ACCOUNT), listed("contacts", "Contacts", CONTACT)),
    unverified=(
        "that $filter by Modified is taken for contacts as for accounts, and that every record has a Modified",
        "that the times in /Date(…)/ are UTC",
        "that a blank in $filter may be sent as +",
        "what is answered where an access token is asked for too early, or a key is blocked after too many errors",
        "the body of a 429, and whether it has a Retry-After",
        "which spellings Country, StateName, Title and Gender have",
    ),
)
